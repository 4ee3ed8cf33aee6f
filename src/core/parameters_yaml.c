/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Parameters from a YAML file: "a: {b: v}" is the key a_b, "[v, w]" the value v,w. */
#include "causeway/internal/core/yaml_read.h"
#include "parameters_impl.h"

#include "causeway/error.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  Parameters parameters;
  yaml_document_t *document;
} Reader;

static const char *scalar_text(const yaml_node_t *node)
{
  return node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : NULL;
}

static PetscErrorCode line_error(Parameters p, const yaml_node_t *node, const char *key,
                                 const char *text)
{
  return UserError("%s: line %zu: %s%s%s", p->file, node->start_mark.line + 1, key,
                   key[0] ? ": " : "", text);
}

FileKey *ParametersFileKey(Parameters p, const char *key)
{
  for (int k = 0; k < p->n_file_keys; k++) {
    if (!strcasecmp(p->file_keys[k].key, key)) { /* PETSc ignores case */
      return &p->file_keys[k];
    }
  }
  return NULL;
}

/* Refuses a word that cannot stand in a line of the log or of used_parameters.yaml. */
static PetscErrorCode check_word(Parameters p, const yaml_node_t *node, const char *key)
{
  const char *word = scalar_text(node);

  if (!word) {
    return line_error(p, node, key, "expected a word or a number in a list");
  }
  for (const char *c = word; *c; c++) {
    if ((unsigned char)*c < ' ') {
      return line_error(p, node, key, "a value must be on one line and contain no tabs");
    }
  }
  if (!word[0] || YamlIsNull(node)) {
    return line_error(p, node, key, "needs a value; give one, or remove the line");
  }
  return 0;
}

static PetscErrorCode join(Parameters p, yaml_document_t *document, const yaml_node_t *node,
                           const char *key, char value[VALUE_LENGTH])
{
  size_t used = 0;

  for (yaml_node_item_t *i = node->data.sequence.items.start; i < node->data.sequence.items.top;
       i++) {
    const yaml_node_t *item = yaml_document_get_node(document, *i);
    PetscErrorCode status = check_word(p, item, key);

    if (status) {
      return status;
    }
    if (strchr(scalar_text(item), ',')) {
      return line_error(p, item, key, "an item of a list must not contain a comma");
    }
    if (used + strlen(scalar_text(item)) + 2 > VALUE_LENGTH) {
      return line_error(p, item, key, "the list is too long");
    }
    used += (size_t)snprintf(value + used, VALUE_LENGTH - used, "%s%s", used ? "," : "",
                             scalar_text(item));
  }
  return used ? 0 : line_error(p, node, key, "the list is empty");
}

/* `merges`: the mapping's own keys take precedence over merged ones. */
static PetscErrorCode add_value(Reader *r, const char *key, const yaml_node_t *node,
                                PetscBool merges)
{
  Parameters p = r->parameters;
  const FileKey *other = ParametersFileKey(p, key);
  PetscErrorCode status;
  FileKey *entry;

  if (other && merges) {
    return 0;
  }
  if (other) {
    return UserError("%s: line %zu: %s occurs in line %zu already; remove one of the two", p->file,
                     node->start_mark.line + 1, key, other->line);
  }
  if (p->n_file_keys == MAX_ENTRIES) {
    return line_error(p, node, key, "there are more keys than there are parameters");
  }
  entry = &p->file_keys[p->n_file_keys];
  entry->is_list = node->type == YAML_SEQUENCE_NODE ? PETSC_TRUE : PETSC_FALSE;
  entry->line = node->start_mark.line + 1;
  (void)snprintf(entry->key, sizeof(entry->key), "%s", key);
  if (entry->is_list) {
    status = join(p, r->document, node, key, entry->value);
  } else {
    status = check_word(p, node, key);
    if (!status && strlen(scalar_text(node)) >= VALUE_LENGTH) {
      status = line_error(p, node, key, "the value is too long");
    }
    (void)snprintf(entry->value, VALUE_LENGTH, "%s", status ? "" : scalar_text(node));
  }
  p->n_file_keys += status ? 0 : 1;
  return status;
}

static PetscErrorCode add_mapping(Reader *r, const char *prefix, const yaml_node_t *node,
                                  PetscBool merges);

static PetscBool is_merge(const yaml_node_t *key)
{
  return scalar_text(key) && !strcmp(scalar_text(key), "<<") ? PETSC_TRUE : PETSC_FALSE;
}

static PetscErrorCode add_merge(Reader *r, const char *prefix, const yaml_node_t *node)
{
  PetscErrorCode status = 0;

  if (node->type != YAML_SEQUENCE_NODE) {
    return add_mapping(r, prefix, node, PETSC_TRUE);
  }
  for (yaml_node_item_t *i = node->data.sequence.items.start;
       i < node->data.sequence.items.top && !status; i++) {
    status = add_mapping(r, prefix, yaml_document_get_node(r->document, *i), PETSC_TRUE);
  }
  return status;
}

static PetscErrorCode add_pair(Reader *r, const char *prefix, const yaml_node_t *name,
                               const yaml_node_t *value, PetscBool merges)
{
  static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
  const char *word = scalar_text(name);
  char key[sizeof(r->parameters->file_keys->key)];

  if (!word || !isalpha((unsigned char)word[0]) || word[strspn(word, allowed)]) {
    return line_error(r->parameters, name, "", "a key must be the name of a parameter");
  }
  if ((size_t)snprintf(key, sizeof(key), "%s%s%s", prefix, prefix[0] ? "_" : "", word) >=
      sizeof(key)) {
    return line_error(r->parameters, name, "", "the key is longer than that of any parameter");
  }
  return value->type == YAML_MAPPING_NODE ? add_mapping(r, key, value, merges)
                                          : add_value(r, key, value, merges);
}

static PetscErrorCode add_mapping(Reader *r, const char *prefix, const yaml_node_t *node,
                                  PetscBool merges)
{
  PetscErrorCode status = 0;

  if (node->type != YAML_MAPPING_NODE) {
    return line_error(
        r->parameters, node, prefix,
        "expected YAML with key: value lines; if it is a recording, give it with -activity FILE");
  }
  for (int pass = 0; pass < 2; pass++) { /* merged keys come last */
    for (yaml_node_pair_t *p = node->data.mapping.pairs.start;
         p < node->data.mapping.pairs.top && !status; p++) {
      const yaml_node_t *name = yaml_document_get_node(r->document, p->key);
      const yaml_node_t *value = yaml_document_get_node(r->document, p->value);

      if (is_merge(name) != (pass == 1)) {
        continue;
      }
      status = pass ? add_merge(r, prefix, value) : add_pair(r, prefix, name, value, merges);
    }
  }
  return status;
}

static PetscErrorCode read_keys(Parameters p, const char *text, size_t length)
{
  yaml_document_t document;
  const yaml_node_t *root;
  PetscErrorCode status = YamlRead(p->file, text, length, &document);
  Reader reader = {p, &document};

  if (status) {
    return status;
  }
  root = yaml_document_get_root_node(&document);
  if (root && !YamlIsNull(root)) {
    status = add_mapping(&reader, "", root, PETSC_FALSE);
  }
  yaml_document_delete(&document);
  return status;
}

/* Refuses options that PETSc and the program take from the command line alone. */
static PetscErrorCode check_keys(Parameters p)
{
  static const char *const words[] = {"help", "version", "skip_petscrc", "info"};

  PetscFunctionBegin;
  for (int k = 0; k < p->n_file_keys; k++) {
    const FileKey *entry = &p->file_keys[k];
    PetscBool refused = strncasecmp(entry->key, "options_", 8) ? PETSC_FALSE : PETSC_TRUE;

    for (size_t w = 0; w < PETSC_STATIC_ARRAY_LENGTH(words); w++) {
      refused = refused || !strcasecmp(entry->key, words[w]) ? PETSC_TRUE : PETSC_FALSE;
    }
    UserCheck(!refused,
              "%s: line %zu: %s: is not a parameter but an option of the command line; remove it",
              p->file, entry->line, entry->key);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ParametersLoadFile(Parameters p, const char *file)
{
  PetscErrorCode status = 0;
  char *text = NULL;
  size_t length = 0;
  int64_t n = 0;
  int rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(p->comm, &rank));
  PetscCall(PetscStrncpy(p->file, file, sizeof(p->file)));
  if (rank == 0) {
    status = YamlText(file, &text, &length);
    n = (int64_t)length;
  }
  PetscCall(ErrorAgree(p->comm, status));
  PetscCallMPI(MPI_Bcast(&n, 1, MPI_INT64_T, 0, p->comm));
  if (rank != 0) {
    text = malloc((size_t)n + 1);
    PetscCheck(text, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for a file of parameters");
  }
  PetscCallMPI(MPI_Bcast(text, (int)n, MPI_CHAR, 0, p->comm));
  status = read_keys(p, text, (size_t)n);
  free(text);
  status = status ? status : check_keys(p);
  PetscCall(ErrorAgree(p->comm, status));
  for (int k = 0; k < p->n_file_keys; k++) {
    char name[PETSC_MAX_OPTION_NAME];

    PetscCall(PetscSNPrintf(name, sizeof(name), "-%s", p->file_keys[k].key));
    PetscCall(PetscOptionsSetValue(p->file_options, name, p->file_keys[k].value));
    PetscCall(PetscOptionsSetValue(p->options, name, p->file_keys[k].value));
  }
  PetscFunctionReturn(0);
}
