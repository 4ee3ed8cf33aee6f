/* SPDX-License-Identifier: GPL-3.0-or-later */

/* causeway sweep status: what is done and what is not. */
#include "sweep_impl.h"

#include "causeway/internal/core/json.h"

#include <inttypes.h>
#include <jansson.h>

static void print_entry(const Manifest *manifest, const SweepEntry *entry,
                        const SweepStatus *status)
{
  char text[1024];

  if (status->state == STATE_FAILED) {
    (void)printf("%6" PRId64 "  %s  failed  %s: %s\n", entry->number, entry->id,
                 EntryText(manifest, entry, sizeof(text), text), status->reason);
  } else if (status->state == STATE_RUNNING) {
    (void)printf("%6" PRId64 "  %s  running  %s\n", entry->number, entry->id,
                 EntryText(manifest, entry, sizeof(text), text));
  }
}

static json_t *entry_object(const SweepEntry *entry, const SweepStatus *status)
{
  json_t *object = json_object(), *parameters = json_object();

  (void)json_object_set_new(object, "number", json_integer(entry->number));
  (void)json_object_set_new(object, "id", json_string(entry->id));
  (void)json_object_set_new(object, "state", json_string(SweepStateNames[status->state]));
  for (int64_t k = 0; k < entry->words.n; k++) {
    (void)json_object_set_new(parameters, entry->words.words[k].key,
                              JsonText(entry->words.words[k].value));
  }
  (void)json_object_set_new(object, "parameters", parameters);
  if (status->state == STATE_FAILED) {
    (void)json_object_set_new(object, "reason", JsonText(status->reason));
  }
  return object;
}

static PetscErrorCode print_json(const Manifest *manifest, const int64_t n[], json_t *runs)
{
  json_t *document = json_object(), *counts = json_object();
  PetscErrorCode status;

  for (int s = 0; s < N_STATES; s++) {
    (void)json_object_set_new(counts, SweepStateNames[s], json_integer(n[s]));
  }
  (void)json_object_set_new(document, "sweep", JsonText(manifest->name));
  (void)json_object_set_new(document, "directory", JsonText(manifest->directory));
  (void)json_object_set_new(document, "counts", counts);
  (void)json_object_set_new(document, "runs", runs);
  status = JsonPrint(document);
  json_decref(document);
  return status;
}

PetscErrorCode SweepStatusPrint(const SweepOptions *options, int *exit_status)
{
  PetscErrorCode failed = 0;
  Manifest manifest;
  int64_t n[N_STATES] = {0};
  json_t *runs = options->json ? json_array() : NULL;

  SerialCall(ManifestRead(options->input, &manifest));
  for (int64_t e = 0; e < manifest.n_entries; e++) {
    const SweepEntry *entry = &manifest.entries[e];
    SweepStatus status;

    EntryStatus(&manifest, entry, &status);
    n[status.state]++;
    if (runs) {
      (void)json_array_append_new(runs, entry_object(entry, &status));
    } else {
      print_entry(&manifest, entry, &status);
    }
  }
  if (runs) {
    failed = print_json(&manifest, n, runs);
  } else {
    (void)printf("sweep %s: %" PRId64 " runs: %" PRId64 " done, %" PRId64 " running, %" PRId64
                 " stopped, %" PRId64 " failed, %" PRId64 " missing\n",
                 manifest.name, manifest.n_entries, n[STATE_DONE], n[STATE_RUNNING],
                 n[STATE_STOPPED], n[STATE_FAILED], n[STATE_MISSING]);
  }
  ManifestFree(&manifest);
  *exit_status = SWEEP_DONE;
  return failed;
}
