/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_JSON_IMPL_H
#define CAUSEWAY_JSON_IMPL_H

#include <jansson.h>
#include <petscsys.h>

/* Prints a document and an end of line on standard output. Not collective. */
PetscErrorCode JsonPrint(const json_t *document);

/* A text; bytes that are not UTF-8, which JSON does not have, become question marks. */
json_t *JsonText(const char *text);

#endif
