/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_YAML_READ_H
#define CAUSEWAY_YAML_READ_H

#include <petscsys.h>
#include <yaml.h>

/*@
  YamlRead - one YAML document that can be walked: no more than one, of bounded depth and size, without cycles of
  aliases, with no types but words, numbers, lists and mappings

  Not collective; needs no PetscInitialize()
  Input:  file - for messages
  Output: document - destroyed with yaml_document_delete(); its root may be NULL
  Errors: CAUSEWAY_ERR_USER with file and line
@*/
PetscErrorCode YamlRead(const char *file, const char *text, size_t length,
                        yaml_document_t *document);

/* The same of a file of at most 4 MB. */
PetscErrorCode YamlReadFile(const char *path, yaml_document_t *document);

/* The whole of a file of at most 4 MB; freed with free(). */
PetscErrorCode YamlText(const char *path, char **text, size_t *length);

/* A scalar without a value: nothing, ~ or null without quotes. */
PetscBool YamlIsNull(const yaml_node_t *node);

#endif
