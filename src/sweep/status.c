/* SPDX-License-Identifier: GPL-3.0-or-later */

/* causeway sweep status: what is done and what is not. */
#include "sweep_impl.h"

#include <inttypes.h>

PetscErrorCode SweepStatusPrint(const SweepOptions *options, int *exit_status)
{
  Manifest manifest;
  int64_t n[N_STATES] = {0};

  SweepCall(ManifestRead(options->input, &manifest));
  for (int64_t e = 0; e < manifest.n_entries; e++) {
    const SweepEntry *entry = &manifest.entries[e];
    SweepStatus status;
    char text[1024];

    EntryStatus(&manifest, entry, &status);
    n[status.state]++;
    if (status.state == STATE_FAILED) {
      (void)printf("%6" PRId64 "  %s  failed  %s: %s\n", entry->number, entry->id,
                   EntryText(&manifest, entry, sizeof(text), text), status.reason);
    } else if (status.state == STATE_RUNNING) {
      (void)printf("%6" PRId64 "  %s  running  %s\n", entry->number, entry->id,
                   EntryText(&manifest, entry, sizeof(text), text));
    }
  }
  (void)printf("sweep %s: %" PRId64 " runs: %" PRId64 " done, %" PRId64 " running, %" PRId64
               " stopped, %" PRId64 " failed, %" PRId64 " missing\n",
               manifest.name, manifest.n_entries, n[STATE_DONE], n[STATE_RUNNING], n[STATE_STOPPED],
               n[STATE_FAILED], n[STATE_MISSING]);
  ManifestFree(&manifest);
  *exit_status = SWEEP_DONE;
  return 0;
}
