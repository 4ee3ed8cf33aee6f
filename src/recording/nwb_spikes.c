/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Takes NWB Units as the spikes of the channels of a series in the same file. */
#include "nwb.h"
#include "recording_impl.h"

#include "causeway/error.h"

static const char table[] = "/units";

PetscErrorCode NwbIsUnits(DataFile file, const char *group, PetscBool *found)
{
  PetscFunctionBegin;
  PetscCall(DataFileHasDataset(file, group, "spike_times", found));
  if (*found) {
    PetscCall(DataFileHasDataset(file, group, "spike_times_index", found));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode NwbReadIndex(DataFile file, const char *group, const char *name, const char *entry,
                            int64_t n_entries, int64_t *n_units, int64_t **end)
{
  const int64_t zero = 0;
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(path, sizeof(path), "%s/%s", group, name));
  PetscCall(DataFileShape(file, path, 1, n_units));
  PetscCall(PetscMalloc1(*n_units, end));
  PetscCall(DataFileRead(file, path, DATA_INT64, &zero, n_units, *end));
  for (int64_t k = 0; k < *n_units; k++) {
    const int64_t start = k ? (*end)[k - 1] : 0;

    UserCheck((*end)[k] >= start && (*end)[k] <= n_entries,
              "%s:%s: unit %lld (counted from 0) ends at %s %lld of %lld, after %lld",
              DataFileName(file), path, (long long)k, entry, (long long)(*end)[k],
              (long long)n_entries, (long long)start);
  }
  PetscFunctionReturn(0);
}

/* Channel of each unit by its name, or by its position when channels have no names; -1 for none. */
static PetscErrorCode match(Recording r, int64_t n_units, int64_t channel[])
{
  const Labels *channels = &r->all_labels;
  Labels units = {0, 0, NULL};

  PetscFunctionBegin;
  PetscCall(NwbTableLabels(r->file, table, &units));
  for (int64_t u = 0; u < n_units; u++) {
    const char *name = units.n == n_units ? LabelsGet(&units, u) : NULL;
    char number[32];

    channel[u] = -1;
    (void)snprintf(number, sizeof(number), "%lld", (long long)u);
    if (!channels->n && (!name || !strcmp(name, number)) && u < r->n_all_channels) {
      channel[u] = u;
    }
    for (int64_t k = 0; name && k < channels->n && channel[u] < 0; k++) {
      channel[u] = strcmp(name, LabelsGet(channels, k)) ? -1 : k;
    }
  }
  PetscCall(LabelsDestroy(&units));
  PetscFunctionReturn(0);
}

/* Whether each channel has one unit, and each unit one channel. */
static PetscErrorCode is_one_to_one(Recording r, int64_t n_units, const int64_t channel[],
                                    PetscBool *matches)
{
  unsigned char *taken;

  PetscFunctionBegin;
  *matches = n_units == r->n_all_channels ? PETSC_TRUE : PETSC_FALSE;
  PetscCall(PetscCalloc1(r->n_all_channels, &taken));
  for (int64_t u = 0; u < n_units && *matches; u++) {
    *matches = channel[u] >= 0 && !taken[channel[u]] ? PETSC_TRUE : PETSC_FALSE;
    if (*matches) {
      taken[channel[u]] = 1;
    }
  }
  PetscCall(PetscFree(taken));
  PetscFunctionReturn(0);
}

PetscErrorCode NwbFindSpikes(Recording r, RecordingSpikes *spikes)
{
  char path[PETSC_MAX_PATH_LEN];
  int64_t n_units, *channel;
  PetscBool is_series, has_units, matches = PETSC_FALSE;

  PetscFunctionBegin;
  PetscCall(NwbIsSeries(r->file, r->path, &is_series));
  PetscCall(NwbIsUnits(r->file, table, &has_units));
  if (!is_series || !has_units) {
    PetscFunctionReturn(0);
  }
  PetscCall(PetscSNPrintf(path, sizeof(path), "%s/spike_times_index", table));
  PetscCall(DataFileShape(r->file, path, 1, &n_units));
  PetscCall(PetscMalloc1(n_units, &channel));
  PetscCall(match(r, n_units, channel));
  PetscCall(is_one_to_one(r, n_units, channel, &matches));
  PetscCall(PetscFree(channel));
  if (r->has_sites) {
    (void)snprintf(spikes->note, sizeof(spikes->note),
                   "%s has units, but the channels of %.300s are recording sites, not neurons",
                   table, r->path);
  } else if (!matches) {
    (void)snprintf(
        spikes->note, sizeof(spikes->note),
        "%s has %lld units, whose names differ from those of the %lld channels of %.300s", table,
        (long long)n_units, (long long)r->n_all_channels, r->path);
  } else {
    PetscCall(PetscStrncpy(spikes->path, table, sizeof(spikes->path)));
  }
  PetscFunctionReturn(0);
}

/* Sets the channels of the spikes [first, first + count) of the file. */
static void name_nodes(int64_t n_units, const int64_t end[], const int64_t channel[], int64_t first,
                       int64_t count, int64_t nodes[])
{
  int64_t unit = 0;

  for (int64_t k = 0; k < count; k++) {
    while (unit + 1 < n_units && end[unit] <= first + k) {
      unit++;
    }
    nodes[k] = channel[unit];
  }
}

PetscErrorCode NwbReadSpikes(Recording r, const char *group, SpikeShare *share)
{
  char path[PETSC_MAX_PATH_LEN];
  int64_t n_spikes, n_units, *end, *channel;
  Partition part;
  PetscErrorCode status;

  PetscFunctionBegin;
  *share = (SpikeShare){.n = 0};
  PetscCall(PetscSNPrintf(path, sizeof(path), "%s/spike_times", group));
  PetscCall(NwbCheckSeconds(r->file, path));
  PetscCall(DataFileShape(r->file, path, 1, &n_spikes));
  PetscCall(NwbReadIndex(r->file, group, "spike_times_index", "spike", n_spikes, &n_units, &end));
  PetscCall(PetscMalloc1(n_units, &channel));
  PetscCall(match(r, n_units, channel));
  PetscCall(PartitionMake(r->comm, n_units > 0 ? end[n_units - 1] : 0, &part));
  share->n = part.n_local;
  PetscCall(PetscMalloc1(share->n, &share->times));
  PetscCall(PetscMalloc1(share->n, &share->nodes));
  status = DataFileRead(r->file, path, DATA_FLOAT64, &part.first, &share->n, share->times);
  name_nodes(n_units, end, channel, part.first, share->n, share->nodes);
  for (int64_t k = 0; k < share->n; k++) {
    share->times[k] *= 1e3;
  }
  PetscCall(PetscFree(channel));
  PetscCall(PetscFree(end));
  PetscFunctionReturn(status);
}
