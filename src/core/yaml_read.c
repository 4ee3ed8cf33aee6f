/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/internal/core/yaml_read.h"

#include "causeway/error.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 32, MOST_NODES = 1000000, MOST_BYTES = 4 << 20 };

PetscErrorCode YamlText(const char *path, char **text, size_t *length)
{
  FILE *stream = fopen(path, "r");
  PetscErrorCode status = 0;

  *text = NULL;
  if (!stream) {
    return UserError("%s: cannot open the parameter file: %s", path, strerror(errno));
  }
  *text = malloc(MOST_BYTES + 1);
  errno = 0;
  *length = *text ? fread(*text, 1, MOST_BYTES + 1, stream) : 0;
  if (!*text || ferror(stream)) {
    status = UserError("%s: cannot read the parameter file: %s", path, strerror(errno));
  } else if (*length > MOST_BYTES) {
    status =
        UserError("%s: is larger than %d MB; expected a parameter file", path, MOST_BYTES >> 20);
  } else if (*length == 0) {
    status = UserError("%s: is empty; expected key: value lines", path);
  }
  (void)fclose(stream);
  if (status) {
    free(*text);
    *text = NULL;
  }
  return status;
}

/* Reports where the parser stopped; for bytes that are not text, libyaml knows only their offset. */
static PetscErrorCode syntax_error(const char *file, const yaml_parser_t *parser, const char *text)
{
  const char *problem = parser->problem ? parser->problem : "cannot be read";
  size_t line = parser->problem_mark.line + 1;

  if (parser->error == YAML_READER_ERROR) {
    line = 1;
    for (size_t k = 0; k < parser->problem_offset; k++) {
      line += text[k] == '\n' ? 1 : 0;
    }
    return UserError("%s: line %zu: is not UTF-8 text: %s", file, line, problem);
  }
  return UserError("%s: line %zu: is not valid YAML: %s", file, line, problem);
}

/* Checks depth and number of documents event by event: libyaml's loader takes time quadratic in the depth. */
static PetscErrorCode scan(const char *file, const char *text, size_t length)
{
  int depth = 0, n_documents = 0;
  yaml_parser_t parser;
  yaml_event_t event;
  PetscErrorCode status = 0;
  PetscBool more = PETSC_TRUE;

  if (!yaml_parser_initialize(&parser)) {
    return UserError("%s: there is not enough memory to read it", file);
  }
  yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
  while (more && !status) {
    if (!yaml_parser_parse(&parser, &event)) {
      status = syntax_error(file, &parser, text);
      break;
    }
    const yaml_event_type_t type = event.type;
    const size_t line = event.start_mark.line + 1;

    more = type == YAML_STREAM_END_EVENT ? PETSC_FALSE : PETSC_TRUE;
    depth += (type == YAML_SEQUENCE_START_EVENT || type == YAML_MAPPING_START_EVENT) -
             (type == YAML_SEQUENCE_END_EVENT || type == YAML_MAPPING_END_EVENT);
    n_documents += type == YAML_DOCUMENT_START_EVENT;
    if (depth > DEEPEST) {
      status = UserError("%s: line %zu: brackets or mappings are nested more than %d deep", file,
                         line, DEEPEST);
    } else if (n_documents > 1) {
      status =
          UserError("%s: line %zu: a second document begins; write one file for each", file, line);
    }
    yaml_event_delete(&event);
  }
  yaml_parser_delete(&parser);
  return status;
}

static PetscBool is_standard(const yaml_node_t *node)
{
  static const char *const tags[] = {YAML_STR_TAG,  YAML_INT_TAG, YAML_FLOAT_TAG, YAML_BOOL_TAG,
                                     YAML_NULL_TAG, YAML_MAP_TAG, YAML_SEQ_TAG};

  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(tags); k++) {
    if (!strcmp((const char *)node->tag, tags[k])) {
      return PETSC_TRUE;
    }
  }
  return PETSC_FALSE;
}

/* Aliases can make a few lines expand to an endless or huge tree. */
static PetscErrorCode check_node(const char *file, yaml_document_t *document, int id, int depth,
                                 int *n_nodes)
{
  const yaml_node_t *node = yaml_document_get_node(document, id);
  const size_t line = node->start_mark.line + 1;
  PetscErrorCode status = 0;

  if (!is_standard(node)) {
    return UserError("%s: line %zu: the type %s is unknown; remove it", file, line,
                     (const char *)node->tag);
  }
  if (depth > DEEPEST || ++*n_nodes > MOST_NODES) {
    return UserError("%s: line %zu: aliases contain themselves, or too many others", file, line);
  }
  if (node->type == YAML_SCALAR_NODE &&
      strlen((const char *)node->data.scalar.value) != node->data.scalar.length) {
    return UserError("%s: line %zu: a value contains a NUL character", file, line);
  }
  if (node->type == YAML_SEQUENCE_NODE) {
    for (yaml_node_item_t *i = node->data.sequence.items.start;
         i < node->data.sequence.items.top && !status; i++) {
      status = check_node(file, document, *i, depth + 1, n_nodes);
    }
  } else if (node->type == YAML_MAPPING_NODE) {
    for (yaml_node_pair_t *p = node->data.mapping.pairs.start;
         p < node->data.mapping.pairs.top && !status; p++) {
      status = check_node(file, document, p->key, depth + 1, n_nodes);
      status = status ? status : check_node(file, document, p->value, depth + 1, n_nodes);
    }
  }
  return status;
}

PetscErrorCode YamlRead(const char *file, const char *text, size_t length,
                        yaml_document_t *document)
{
  PetscErrorCode status = scan(file, text, length);
  yaml_parser_t parser;
  int n_nodes = 0;

  if (status) {
    return status;
  }
  if (!yaml_parser_initialize(&parser)) {
    return UserError("%s: there is not enough memory to read it", file);
  }
  yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
  if (!yaml_parser_load(&parser, document)) {
    status = syntax_error(file, &parser, text);
    yaml_parser_delete(&parser);
    return status;
  }
  yaml_parser_delete(&parser);
  if (yaml_document_get_root_node(document)) {
    status = check_node(file, document, 1, 0, &n_nodes);
  }
  if (status) {
    yaml_document_delete(document);
  }
  return status;
}

PetscErrorCode YamlReadFile(const char *path, yaml_document_t *document)
{
  PetscErrorCode status;
  size_t length = 0;
  char *text = NULL;

  status = YamlText(path, &text, &length);
  if (text) {
    status = YamlRead(path, text, length, document);
    free(text);
  }
  return status;
}

PetscBool YamlIsNull(const yaml_node_t *node)
{
  const char *text = node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : "!";

  return node->type == YAML_SCALAR_NODE && node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
                 (!text[0] || !strcmp(text, "~") || !strcasecmp(text, "null"))
             ? PETSC_TRUE
             : PETSC_FALSE;
}
