/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The summary of an earlier run: its inputs, whether its outputs are still there, and its text once more. */
#include "app.h"
#include "causeway/internal/core/json.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static PetscErrorCode check_output(const Run *run, const char *name, long long bytes)
{
  char path[PETSC_MAX_PATH_LEN];
  struct stat entry;

  (void)RunPath(run, name, sizeof(path), path);
  if (stat(path, &entry)) {
    return UserError("output = %s: holds a finished run, but %s is gone; replace the run with "
                     "-overwrite, without -restart",
                     run->output, name);
  }
  if (entry.st_size != bytes) {
    return UserError("output = %s: holds a finished run, but %s has %lld bytes instead of %lld; "
                     "replace the run with -overwrite, without -restart",
                     run->output, name, (long long)entry.st_size, bytes);
  }
  return 0;
}

static PetscErrorCode check_outputs(const Run *run, const json_t *summary, PetscBool parameters)
{
  const json_t *output;
  size_t k;

  json_array_foreach(json_object_get(summary, "outputs"), k, output)
  {
    const char *name = json_string_value(json_object_get(output, "file"));
    const PetscBool is_other = !name || (parameters && strcmp(name, "used_parameters.yaml") != 0);
    const PetscErrorCode status =
        is_other ? 0
                 : check_output(run, name, json_integer_value(json_object_get(output, "bytes")));

    if (status) {
      return status;
    }
  }
  return 0;
}

PetscErrorCode SummaryCheckOutputs(const Run *run, const char *summary, PetscBool parameters)
{
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  if (run->rank == 0) {
    json_t *object = json_loads(summary, 0, NULL);

    status = object ? check_outputs(run, object, parameters)
                    : UserError("output = %s: holds a finished run, but summary.json is damaged; "
                                "replace the run with -overwrite, without -restart",
                                run->output);
    json_decref(object);
  }
  PetscCall(ErrorAgree(run->comm, status));
  PetscFunctionReturn(0);
}

PetscErrorCode SummaryInputs(const char *summary, char **text)
{
  json_t *object = json_loads(summary, 0, NULL), *input;
  size_t k, used = 0, length = strlen(summary) + 1;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(length, text));
  json_array_foreach(json_object_get(object, "inputs"), k, input)
  {
    const char *key = NULL, *file = NULL, *checksum = NULL;
    json_int_t bytes;

    if (!json_unpack(input, "{s:s, s:s, s:I, s:s}", "parameter", &key, "file", &file, "bytes",
                     &bytes, "checksum", &checksum)) {
      used += (size_t)snprintf(*text + used, length - used, "%s %lld %s %s\n", key,
                               (long long)bytes, checksum, file);
    }
  }
  json_decref(object);
  PetscFunctionReturn(0);
}

PetscErrorCode SummaryRepeat(const Run *run)
{
  char path[PETSC_MAX_PATH_LEN];
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  PetscCall(RunPath(run, "summary.json", sizeof(path), path));
  if (run->rank == 0 && run->json) {
    json_error_t error;
    json_t *summary = json_load_file(path, 0, &error);

    status = summary ? JsonPrint(summary) : UserError("%s: cannot read: %s", path, error.text);
    json_decref(summary);
  }
  PetscCall(ErrorAgree(run->comm, status));
  PetscFunctionReturn(0);
}
