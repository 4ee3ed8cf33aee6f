/* SPDX-License-Identifier: GPL-3.0-or-later */

/* SONATA spikes; node ids identify the neurons. */
#include "bins.h"

#include "causeway/error.h"

#include <string.h>

typedef struct {
  Bins bins;
  SpikeShare share;
} SonataSpikes;

static PetscErrorCode holds(DataFile file, const char *group, PetscBool *found)
{
  PetscFunctionBegin;
  PetscCall(DataFileHasDataset(file, group, "timestamps", found));
  if (*found) {
    PetscCall(DataFileHasDataset(file, group, "node_ids", found));
    if (!*found) { /* early versions of the format */
      PetscCall(DataFileHasDataset(file, group, "gids", found));
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode list_spikes(Recording r, int64_t n_mine, const int64_t channels[],
                                  int64_t first, int64_t count, SampleList *list)
{
  const SonataSpikes *s = r->context;
  /* by number among the neurons, or by id; spikes of other neurons are skipped */
  const Observed nodes = {INT64_MAX, r->n_channels, r->names ? r->names : r->channels};

  PetscFunctionBegin;
  (void)channels; /* the same as those of the partition */
  (void)n_mine;
  PetscCall(BinsListShare(&s->bins, r, &s->share, &nodes, first, count, list));
  PetscFunctionReturn(0);
}

static PetscErrorCode close_spikes(Recording r)
{
  SonataSpikes *s = r->context;

  PetscFunctionBegin;
  PetscCall(SpikeShareDestroy(&s->share));
  PetscFunctionReturn(0);
}

/* Reads this rank's share of a dataset of ids; none without the dataset. */
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

/* The neurons are those with spikes and those of the population's report, which may be silent. */
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
    RecordingNote(r, "%lld neurons have spikes; the file lists no silent ones",
                  (long long)counts[0]);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode open_spikes(Recording r)
{
  static const RecordingReader reader = {.list = list_spikes, .close = close_spikes};
  char path[PETSC_MAX_PATH_LEN + 16];
  SonataSpikes *s;

  PetscFunctionBegin;
  PetscCall(PetscNew(&s));
  r->context = s;
  r->reader = &reader;
  PetscCall(SpikeNodes(r->file, r->path, sizeof(path), path));
  PetscCall(PetscSNPrintf(r->format_name, sizeof(r->format_name), "SONATA spikes%s",
                          strstr(path, "/gids") ? " of an early version (gids)" : ""));
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

/* Population of a report /report/NAME, whose further variables are NAME_VARIABLE; "" for none. */
static PetscErrorCode population_of(Recording r, char path[])
{
  static const char reports[] = "/report/";
  const char *name = r->path + sizeof(reports) - 1;
  PetscBool found = PETSC_FALSE;

  PetscFunctionBegin;
  path[0] = 0;
  if (strncmp(r->path, reports, sizeof(reports) - 1) != 0) {
    PetscFunctionReturn(0);
  }
  for (size_t length = strlen(name); length > 0 && !found; length--) {
    if (!name[length] || name[length] == '_') {
      PetscCall(PetscSNPrintf(path, PETSC_MAX_PATH_LEN, "/spikes/%.*s", (int)PetscMin(length, 1024),
                              name));
      PetscCall(DataFileIsGroup(r->file, path, &found));
    }
  }
  if (!found) {
    path[0] = 0;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode find_spikes(Recording r, RecordingSpikes *spikes)
{
  PetscBool found, is_report = strncmp(r->path, "/report/", 8) ? PETSC_FALSE : PETSC_TRUE;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(DataFileIsGroup(r->file, "/spikes", &found));
  if (!found) {
    PetscFunctionReturn(0);
  }
  PetscCall(population_of(r, spikes->path));
  if (spikes->path[0]) {
    PetscFunctionReturn(0);
  }
  status = SpikePopulation(r->file, sizeof(spikes->path), spikes->path);
  if (status == CAUSEWAY_ERR_USER) {
    spikes->path[0] = 0;
    PetscCall(PetscStrncpy(spikes->note, UserErrorMessage(), sizeof(spikes->note)));
    PetscFunctionReturn(0);
  }
  if (!status && is_report && strcmp(spikes->path, "/spikes") != 0) {
    (void)snprintf(
        spikes->note, sizeof(spikes->note),
        "%.200s and %.200s have different names; -activity_spikes own takes these spikes",
        spikes->path, r->path);
  }
  PetscFunctionReturn(status);
}

static PetscErrorCode share_spikes(Recording r, const char *path, SpikeShare *share)
{
  PetscFunctionBegin;
  PetscCall(SpikeShareRead(r->comm, r->file, path, share));
  PetscFunctionReturn(0);
}

const PartFormat PartSonataSpikes = {
    .holds = holds, .open = open_spikes, .find_spikes = find_spikes, .read_spikes = share_spikes};
