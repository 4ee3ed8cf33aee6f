/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_YAML_READ_H
#define CAUSEWAY_YAML_READ_H

#include <petscsys.h>
#include <yaml.h>

/*@
  YamlRead - parses one YAML document that is safe to traverse: of bounded depth and size, without cyclic aliases, with
  words, numbers, lists and mappings only

  Not collective; usable before PetscInitialize()
  Input:  file - name for messages
  Output: document - destroyed with yaml_document_delete(); its root may be NULL
  Errors: CAUSEWAY_ERR_USER with file and line; also for a second document
@*/
PetscErrorCode YamlRead(const char *file, const char *text, size_t length,
                        yaml_document_t *document);

/* YamlRead() for a file of at most 4 MB. */
PetscErrorCode YamlReadFile(const char *path, yaml_document_t *document);

/* Reads a file of at most 4 MB; `text` is freed with free(). */
PetscErrorCode YamlText(const char *path, char **text, size_t *length);

/* Whether a scalar has no value: nothing, ~ or null without quotes. */
PetscBool YamlIsNull(const yaml_node_t *node);

#endif
