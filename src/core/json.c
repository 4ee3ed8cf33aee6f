/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/internal/core/json.h"

#include "causeway/error.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

PetscErrorCode JsonPrint(const json_t *document)
{
  const int failed =
      json_dumpf(document, stdout, JSON_INDENT(2)) || putchar('\n') == EOF || fflush(stdout);

  return failed ? UserError("standard output: cannot write: %s", strerror(errno)) : 0;
}

json_t *JsonText(const char *text)
{
  json_t *string = json_string(text);
  char *copy = string ? NULL : strdup(text);

  for (char *c = copy; c && *c; c++) {
    *c = (char)((unsigned char)*c < 0x80 ? *c : '?');
  }
  string = copy ? json_string(copy) : string;
  free(copy);
  return string;
}
