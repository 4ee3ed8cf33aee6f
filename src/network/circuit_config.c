/* SPDX-License-Identifier: GPL-3.0-or-later */

/* SONATA configurations of circuits and simulations in JSON. */
#include "circuit.h"

#include "causeway/error.h"

#include "causeway/internal/io/text_file.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { MOST_VARIABLES = 64, MOST_ROUNDS = 32 };

PetscBool CircuitIsConfiguration(const char *file)
{
  const size_t length = strlen(file);

  return length > 5 && !strcmp(file + length - 5, ".json") ? PETSC_TRUE : PETSC_FALSE;
}

/* Value of the variable at `name` ("$X" or "${X}", both for the manifest's "$X") and the end of its name; NULL when the
   manifest does not define it. */
static const char *variable(const json_t *manifest, const char *name, const char **end)
{
  const PetscBool braces = name[1] == '{' ? PETSC_TRUE : PETSC_FALSE;
  const char *word = name + (braces ? 2 : 1);
  const size_t length =
      strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
  static const char *const forms[] = {"$%.*s", "${%.*s}", "%.*s"};

  *end = word + length + (braces && word[length] == '}' ? 1 : 0);
  for (size_t f = 0; f < PETSC_STATIC_ARRAY_LENGTH(forms); f++) {
    char key[256];

    (void)snprintf(key, sizeof(key), forms[f], (int)length, word); // NOLINT
    if (json_is_string(json_object_get(manifest, key))) {
      return json_string_value(json_object_get(manifest, key));
    }
  }
  /* bmtk's name for the folder of the configuration */
  return length == 9 && !strncmp(word, "configdir", 9) ? "." : NULL;
}

/* Resolves the variables of a path, which is relative to the folder of the configuration. */
static PetscErrorCode resolve(const char *file, const json_t *manifest, const char *path,
                              char resolved[PETSC_MAX_PATH_LEN])
{
  char directory[PETSC_MAX_PATH_LEN], next[PETSC_MAX_PATH_LEN], *slash;

  PetscFunctionBegin;
  PetscCall(PetscStrncpy(directory, file, sizeof(directory)));
  slash = strrchr(directory, '/');
  PetscCall(PetscStrncpy(slash ? slash + 1 : directory, slash ? "" : "./", 3));
  PetscCall(PetscStrncpy(resolved, path, PETSC_MAX_PATH_LEN));
  for (int round = 0; strchr(resolved, '$'); round++) {
    const char *dollar = strchr(resolved, '$'), *end;
    const char *value = variable(manifest, dollar, &end);

    UserCheck(value, "%s: \"%s\": the manifest does not define %.*s", file, path,
              (int)(end - dollar), dollar);
    UserCheck(round < MOST_ROUNDS, "%s: \"%s\": the manifest defines %.*s by itself", file, path,
              (int)(end - dollar), dollar);
    PetscCall(PetscSNPrintf(next, sizeof(next), "%.*s%s%s", (int)(dollar - resolved), resolved,
                            value, end));
    PetscCall(PetscStrncpy(resolved, next, PETSC_MAX_PATH_LEN));
  }
  if (resolved[0] != '/') {
    PetscCall(PetscSNPrintf(next, sizeof(next), "%s%s", directory, resolved));
    PetscCall(PetscStrncpy(resolved, next, PETSC_MAX_PATH_LEN));
  }
  PetscFunctionReturn(0);
}

/* Reads a list of files, each with the table of its types. */
static PetscErrorCode read_parts(const char *file, const json_t *root, const char *what,
                                 const char *file_key, const char *types_key, int *n,
                                 CircuitPart **parts)
{
  const json_t *manifest = json_object_get(root, "manifest");
  const json_t *list = json_object_get(json_object_get(root, "networks"), what);

  PetscFunctionBegin;
  UserCheck(json_is_array(list) && json_array_size(list) > 0,
            "%s: has no list networks.%s; expected a SONATA circuit configuration", file, what);
  for (size_t k = 0; k < json_array_size(list); k++) {
    const json_t *entry = json_array_get(list, k);
    const json_t *name = json_object_get(entry, file_key),
                 *types = json_object_get(entry, types_key);
    char path[PETSC_MAX_PATH_LEN], types_path[PETSC_MAX_PATH_LEN] = "";

    UserCheck(json_is_string(name), "%s: entry %zu of networks.%s has no %s", file, k, what,
              file_key);
    if (json_is_false(json_object_get(entry, "enabled"))) {
      continue;
    }
    PetscCall(resolve(file, manifest, json_string_value(name), path));
    if (json_is_string(types) && json_string_value(types)[0] &&
        strcmp(json_string_value(types), "NULL") != 0) {
      PetscCall(resolve(file, manifest, json_string_value(types), types_path));
    }
    PetscCall(CircuitAddPart(n, parts, path, types_path));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode read_circuit(const char *file, const json_t *root, Circuit *c)
{
  const json_t *models =
      json_object_get(json_object_get(root, "components"), "synaptic_models_dir");

  PetscFunctionBegin;
  PetscCall(read_parts(file, root, "nodes", "nodes_file", "node_types_file", &c->n_node_parts,
                       &c->node_parts));
  PetscCall(read_parts(file, root, "edges", "edges_file", "edge_types_file", &c->n_edge_parts,
                       &c->edge_parts));
  if (json_is_string(models)) {
    PetscCall(
        resolve(file, json_object_get(root, "manifest"), json_string_value(models), c->dynamics));
  }
  PetscFunctionReturn(0);
}

/* Circuit configuration named by a simulation configuration; "" when the file is a circuit configuration. */
static PetscErrorCode find_network(const char *file, const json_t *root,
                                   char network[PETSC_MAX_PATH_LEN])
{
  const json_t *name = json_object_get(root, "network");

  PetscFunctionBegin;
  network[0] = 0;
  if (!json_object_get(root, "networks") && json_is_string(name)) {
    PetscCall(resolve(file, json_object_get(root, "manifest"), json_string_value(name), network));
  }
  PetscFunctionReturn(0);
}

/* depth: number of configurations that led to this one */
static PetscErrorCode read_configuration(MPI_Comm comm, const char *file, int depth, Circuit *c)
{
  char network[PETSC_MAX_PATH_LEN] = "", *text;
  json_error_t error;
  json_t *root;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(TextFileRead(comm, file, &text));
  root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
  PetscCall(PetscFree(text));
  UserCheck(json_is_object(root), "%s, line %d: is not JSON with one object: %s", file,
            root ? 1 : error.line, root ? "it is something else" : error.text);
  status = find_network(file, root, network);
  if (!status && !network[0]) {
    status = read_circuit(file, root, c);
  } else if (!status && depth > 0) {
    status = UserError("%s: names the network %s; expected a circuit with nodes and edges", file,
                       network);
  }
  json_decref(root);
  if (!status && network[0]) {
    status = read_configuration(comm, network, depth + 1, c);
  }
  PetscFunctionReturn(status);
}

PetscErrorCode CircuitReadConfiguration(MPI_Comm comm, const char *file, Circuit *c)
{
  PetscFunctionBegin;
  PetscCall(read_configuration(comm, file, 0, c));
  PetscFunctionReturn(0);
}
