/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Spikes of SONATA, whose neurons are those that the ids name. */
#include "bins.h"

#include "causeway/error.h"

#include <string.h>

typedef struct {
  Bins bins;
  SpikeShare share;
} SonataSpikes;

static PetscErrorCode read_spikes(Recording r, int64_t n_mine, const int64_t channels[],
                                  int64_t n_most, int64_t first, int64_t count, double *values)
{
  const SonataSpikes *s = r->context;
  /* by number among the neurons, or by id; spikes of others are left out */
  const Observed nodes = {INT64_MAX, r->n_channels, r->names ? r->names : r->channels};

  PetscFunctionBegin;
  (void)channels; /* are those of the partition */
  (void)n_mine;
  (void)n_most;
  PetscCall(BinsCountShare(&s->bins, r, &s->share, &nodes, first, count, values));
  PetscFunctionReturn(0);
}

static PetscErrorCode close_spikes(Recording r)
{
  SonataSpikes *s = r->context;

  PetscFunctionBegin;
  PetscCall(SpikeShareDestroy(&s->share));
  PetscFunctionReturn(0);
}

/* Ids in a dataset, as this rank's part of them; none where there is no such dataset. */
static PetscErrorCode read_ids(Recording r, const char *path, int64_t *n, int64_t **ids)
{
  Partition part;
  int64_t n_all;
  PetscBool found;

  PetscFunctionBegin;
  *n = 0;
  *ids = NULL;
  PetscCall(DataFileIsDataset(r->file, path, &found));
  if (found) {
    PetscCall(DataFileShape(r->file, path, 1, &n_all));
    PetscCall(PartitionMake(r->comm, n_all, &part));
    *n = part.n_local;
    PetscCall(PetscMalloc1(part.n_local, ids));
    PetscCall(DataFileRead(r->file, path, DATA_INT64, &part.first, &part.n_local, *ids));
  }
  PetscFunctionReturn(0);
}

/* The neurons are those that have spikes, and those of the report of the same population: these may be silent. */
static PetscErrorCode find_neurons(Recording r, const SpikeShare *share)
{
  char what[PETSC_MAX_PATH_LEN + 32], path[PETSC_MAX_PATH_LEN + 32];
  const char *population = strrchr(r->path, '/') + 1;
  int64_t n_reported, *reported, *all, counts[2];
  Identity with_spikes = {0, NULL, NULL};
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(SpikeNodes(r->file, r->path, sizeof(path), path));
  PetscCall(PetscSNPrintf(what, sizeof(what), "%s:%s", r->name, path));
  PetscCall(IdentityGather(r->comm, what, share->n, share->nodes, &with_spikes));
  counts[0] = with_spikes.n;
  PetscCall(IdentityDestroy(&with_spikes));
  PetscCall(PetscSNPrintf(path, sizeof(path), "/report/%s/mapping/node_ids", population));
  PetscCall(read_ids(r, path, &n_reported, &reported));
  PetscCall(PetscMalloc1(share->n + n_reported, &all));
  PetscCall(PetscArraycpy(all, share->nodes, share->n));
  PetscCall(PetscArraycpy(all + share->n, reported, n_reported));
  status = IdentityGather(r->comm, what, share->n + n_reported, all, &r->identity);
  PetscCall(PetscFree(all));
  PetscCall(PetscFree(reported));
  PetscCall(status);
  r->n_all_channels = counts[1] = r->identity.n;
  if (counts[1] > counts[0]) {
    RecordingNote(r, "%lld neurons have spikes, %lld more are in the report", (long long)counts[0],
                  (long long)(counts[1] - counts[0]));
  } else {
    RecordingNote(r, "%lld neurons have spikes; the file names no others", (long long)counts[0]);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode RecordingOpenSonataSpikes(Recording r)
{
  static const RecordingFormat format = {read_spikes, close_spikes};
  char path[PETSC_MAX_PATH_LEN + 16];
  SonataSpikes *s;

  PetscFunctionBegin;
  PetscCall(PetscNew(&s));
  r->context = s;
  r->format = &format;
  PetscCall(SpikeNodes(r->file, r->path, sizeof(path), path));
  PetscCall(PetscSNPrintf(r->format_name, sizeof(r->format_name), "SONATA spikes%s",
                          strstr(path, "/gids") ? " as the format began (gids)" : ""));
  PetscCall(SpikeShareRead(r->comm, r->file, r->path, &s->share));
  PetscCall(find_neurons(r, &s->share));
  r->resolution_ms = s->share.resolution_ms;
  PetscCall(BinsSet(r, s->share.n, s->share.times, NULL, &s->bins));
  if (s->share.is_unit_assumed) {
    PetscCall(BinsCheckUnit(r, s->share.n, "give timestamps the attribute units: s, ms or us"));
    RecordingNote(r, "times in ms (assumed: timestamps has no attribute units)");
  }
  PetscFunctionReturn(0);
}
