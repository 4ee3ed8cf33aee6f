/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Reads sweep files and files of parameters. */
#include "causeway/internal/core/yaml_read.h"
#include "sweep_impl.h"

#include "causeway/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

PetscBool (*SweepIsIdle)(const char *key);

/* A pair of a mapping that is being read. */
typedef struct {
  yaml_document_t *document;
  const char *file, *section; /* section: "" at the top */
  const char *key;
  yaml_node_t *value;
} Pair;

typedef PetscErrorCode (*ReadPair)(const Pair *pair, void *context);

static const char *scalar_text(const yaml_node_t *node)
{
  return node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : NULL;
}

/* `word` after "FILE: " or "FILE: section: " */
static PetscErrorCode pair_error(const Pair *pair, const char *text)
{
  return UserError("%s: %s%s%s: %s", pair->file, pair->section, pair->section[0] ? ": " : "",
                   pair->key, text);
}

/* Lines and words of the manifest end where these characters stand. */
static PetscErrorCode check_value(const Pair *pair, const char *value)
{
  if (!value[0]) {
    return pair_error(pair, "has an empty value");
  }
  if (strpbrk(value, "\t\n\r")) {
    return pair_error(pair, "a value must not contain tabs or more than one line");
  }
  if (value[0] == '-' && strspn(value + 1, "0123456789.") == 0) {
    return pair_error(pair, "a value that starts with a dash would be taken for an option");
  }
  return 0;
}

static PetscErrorCode check_key(const Pair *pair)
{
  static const char *const ours[] = {"output", "overwrite", "dry_run", "restart"};

  if (!pair->key[0] ||
      strspn(pair->key, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(pair->key)) {
    return pair_error(pair, "is not the name of a parameter");
  }
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(ours); k++) {
    if (!strcmp(pair->key, ours[k])) {
      return pair_error(pair, "is set by the sweep itself; remove it");
    }
  }
  return 0;
}

/* Calls `read` for every pair; a key that stands twice would hide one of its values. */
static PetscErrorCode for_pairs(Pair at, yaml_node_t *mapping, ReadPair read, void *context)
{
  if (YamlIsNull(mapping)) {
    return 0;
  }
  if (mapping->type != YAML_MAPPING_NODE) {
    return UserError("%s: %s%sexpected key: value lines", at.file, at.section,
                     at.section[0] ? ": " : "");
  }
  for (yaml_node_pair_t *p = mapping->data.mapping.pairs.start; p < mapping->data.mapping.pairs.top;
       p++) {
    at.key = scalar_text(yaml_document_get_node(at.document, p->key));
    at.value = yaml_document_get_node(at.document, p->value);
    if (!at.key) {
      return UserError("%s: %s%sa key must be a word", at.file, at.section,
                       at.section[0] ? ": " : "");
    }
    for (yaml_node_pair_t *q = mapping->data.mapping.pairs.start; q < p; q++) {
      if (!strcmp(at.key, scalar_text(yaml_document_get_node(at.document, q->key)))) {
        return pair_error(&at, "stands there twice");
      }
    }
    SerialCall(read(&at, context));
  }
  return 0;
}

typedef struct {
  const char *prefix; /* "a_" inside of "a: {...}" */
  PetscBool checks;   /* of a sweep file; a base is checked by the program that runs it */
  Words *words;
} Flat;

/* "[a, b]" is the value a,b. */
static PetscErrorCode join_list(const Pair *pair, char **text)
{
  const yaml_node_t *list = pair->value;
  size_t length = 0;

  *text = TextCopy("");
  for (yaml_node_item_t *i = list->data.sequence.items.start; i < list->data.sequence.items.top;
       i++) {
    const char *word = scalar_text(yaml_document_get_node(pair->document, *i));

    if (!word) {
      free(*text);
      return pair_error(pair, "a list may only hold words and numbers");
    }
    *text = MemoryGrow(*text, (int64_t)(length + strlen(word) + 2), 1);
    length += (size_t)sprintf(*text + length, "%s%s", length ? "," : "", word);
  }
  return 0;
}

static PetscErrorCode read_flat(const Pair *pair, void *context)
{
  const Flat *flat = context;
  const PetscBool is_list = pair->value->type == YAML_SEQUENCE_NODE ? PETSC_TRUE : PETSC_FALSE;
  char key[256], inner[260], *list = NULL;
  const char *value = scalar_text(pair->value);
  Pair full = *pair;
  PetscErrorCode status = 0;

  (void)snprintf(key, sizeof(key), "%s%s", flat->prefix, pair->key);
  full.key = key;
  if (pair->value->type == YAML_MAPPING_NODE) {
    Flat deeper = *flat;

    (void)snprintf(inner, sizeof(inner), "%s_", key);
    deeper.prefix = inner;
    return for_pairs(full, pair->value, read_flat, &deeper);
  }
  if (is_list) {
    SerialCall(join_list(&full, &list));
    value = list;
  }
  if (flat->checks) {
    status = check_key(&full);
    status = status ? status : check_value(&full, value);
  }
  if (!status && (flat->checks || !SweepIsIdle(key))) {
    WordsSet(flat->words, key, value);
  }
  free(list);
  return status;
}

PetscErrorCode ParameterFileRead(const char *path, Words *words)
{
  yaml_document_t document;
  yaml_node_t *root;
  PetscErrorCode status = 0;

  *words = (Words){0};
  SerialCall(YamlReadFile(path, &document));
  root = yaml_document_get_root_node(&document);
  if (root) {
    Flat flat = {"", PETSC_FALSE, words};

    status = for_pairs((Pair){&document, path, "", "", root}, root, read_flat, &flat);
  }
  yaml_document_delete(&document);
  if (status) {
    WordsFree(words);
  }
  WordsSort(words);
  return status;
}

typedef struct {
  SweepList **lists;
  int64_t *n_lists;
} Lists;

static PetscErrorCode read_list(const Pair *pair, void *context)
{
  const Lists *to = context;
  const yaml_node_t *node = pair->value;
  SweepList *list;

  SerialCall(check_key(pair));
  if (node->type != YAML_SEQUENCE_NODE) {
    return pair_error(pair, "expected a list of values: [a, b]");
  }
  if (node->data.sequence.items.start == node->data.sequence.items.top) {
    return pair_error(pair, "the list is empty; remove the key, or add a value");
  }
  *to->lists = MemoryGrow(*to->lists, *to->n_lists + 1, sizeof(SweepList));
  list = &(*to->lists)[(*to->n_lists)++];
  *list = (SweepList){.key = TextCopy(pair->key)};
  for (yaml_node_item_t *i = node->data.sequence.items.start; i < node->data.sequence.items.top;
       i++) {
    const char *value = scalar_text(yaml_document_get_node(pair->document, *i));

    if (!value) {
      return pair_error(pair, "the list may only hold words and numbers");
    }
    SerialCall(check_value(pair, value));
    list->values = MemoryGrow(list->values, list->n_values + 1, sizeof(char *));
    list->values[list->n_values++] = TextCopy(value);
  }
  return 0;
}

/* The base, relative to the folder of the sweep file, as an absolute path. */
static PetscErrorCode read_base(const Pair *pair, SweepFile *file)
{
  const char *base = scalar_text(pair->value), *slash = strrchr(pair->file, '/');
  char path[PETSC_MAX_PATH_LEN], *absolute;

  if (!base || !base[0]) {
    return pair_error(pair, "expected the path of a file of parameters");
  }
  PathPrint(path, "%.*s%s", base[0] == '/' || !slash ? 0 : (int)(slash - pair->file) + 1,
            pair->file, base);
  absolute = realpath(path, NULL);
  if (!absolute) {
    return UserError("%s: base: %s: cannot open the file: %s", pair->file, path, strerror(errno));
  }
  PathPrint(file->base, "%s", absolute);
  free(absolute);
  SerialCall(ParameterFileRead(file->base, &file->base_words));
  return 0;
}

static PetscErrorCode read_count(const Pair *pair, int64_t *value)
{
  const char *text = scalar_text(pair->value);

  return text && TextInteger(text, 1, 1000000, value)
             ? 0
             : pair_error(pair, "expected an integer between 1 and 1000000");
}

static PetscErrorCode read_top(const Pair *pair, void *context)
{
  SweepFile *file = context;
  Pair inside = *pair;

  inside.section = pair->key;
  inside.key = "";
  if (!strcmp(pair->key, "base")) {
    return read_base(pair, file);
  }
  if (!strcmp(pair->key, "parameters")) {
    Flat flat = {"", PETSC_TRUE, &file->fixed};

    return for_pairs(inside, pair->value, read_flat, &flat);
  }
  if (!strcmp(pair->key, "grid")) {
    Lists lists = {&file->grid, &file->n_grid};

    return for_pairs(inside, pair->value, read_list, &lists);
  }
  if (!strcmp(pair->key, "zip")) {
    Lists lists = {&file->zip, &file->n_zip};

    return for_pairs(inside, pair->value, read_list, &lists);
  }
  if (!strcmp(pair->key, "replicates")) {
    return read_count(pair, &file->replicates);
  }
  if (!strcmp(pair->key, "ranks")) {
    return read_count(pair, &file->ranks);
  }
  return pair_error(pair,
                    "unknown key; a sweep has base, parameters, grid, zip, replicates, ranks");
}

/* A list, whether of `grid` or `zip`. */
static const SweepList *list_at(const SweepFile *file, int64_t k)
{
  return k < file->n_grid ? &file->grid[k] : &file->zip[k - file->n_grid];
}

static PetscErrorCode check_lists(const SweepFile *file)
{
  for (int64_t k = 0; k < file->n_grid + file->n_zip; k++) {
    const SweepList *list = list_at(file, k);

    if (WordsFind(&file->fixed, list->key)) {
      return UserError("%s: %s: stands in parameters and in a list; remove one", file->file,
                       list->key);
    }
    for (int64_t other = 0; other < k; other++) {
      if (!strcmp(list->key, list_at(file, other)->key)) {
        return UserError("%s: %s: stands in grid and in zip; remove one", file->file, list->key);
      }
    }
    if (!strcmp(list->key, "seed") && file->replicates > 1) {
      return UserError("%s: seed: is a list, and replicates counts seeds up; use one of them",
                       file->file);
    }
  }
  for (int64_t k = 1; k < file->n_zip; k++) {
    if (file->zip[k].n_values != file->zip[0].n_values) {
      return UserError("%s: zip: %s has %lld values and %s has %lld; lists that go together need "
                       "the same number",
                       file->file, file->zip[0].key, (long long)file->zip[0].n_values,
                       file->zip[k].key, (long long)file->zip[k].n_values);
    }
  }
  return 0;
}

PetscErrorCode SweepFileRead(const char *path, SweepFile *file)
{
  yaml_document_t document;
  yaml_node_t *root;
  PetscErrorCode status;

  *file = (SweepFile){.file = path, .replicates = 1, .ranks = 1};
  SerialCall(YamlReadFile(path, &document));
  root = yaml_document_get_root_node(&document);
  status = !root || YamlIsNull(root)
               ? UserError("%s: is empty; a sweep needs at least a grid or a zip", path)
               : for_pairs((Pair){&document, path, "", "", root}, root, read_top, file);
  status = status ? status : check_lists(file);
  yaml_document_delete(&document);
  if (status) {
    SweepFileFree(file);
  }
  return status;
}

static void free_lists(SweepList *lists, int64_t n)
{
  for (int64_t k = 0; k < n; k++) {
    for (int64_t v = 0; v < lists[k].n_values; v++) {
      free(lists[k].values[v]);
    }
    free(lists[k].values);
    free(lists[k].key);
  }
  free(lists);
}

void SweepFileFree(SweepFile *file)
{
  WordsFree(&file->base_words);
  WordsFree(&file->fixed);
  free_lists(file->grid, file->n_grid);
  free_lists(file->zip, file->n_zip);
  *file = (SweepFile){0};
}
