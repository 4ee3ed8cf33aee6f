/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_JSON_IMPL_H
#define CAUSEWAY_JSON_IMPL_H

#include <jansson.h>
#include <petscsys.h>

/* Prints a document and a newline on standard output. Not collective. */
PetscErrorCode JsonPrint(const json_t *document);

/* Makes a JSON string; bytes that are not UTF-8 become question marks. */
json_t *JsonText(const char *text);

#endif
