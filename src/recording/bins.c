/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Counts the spikes of spike trains in bins. */
#include "bins.h"

#include "causeway/error.h"
#include "causeway/internal/core/order.h"

#include <math.h>
#include <stdlib.h>

/* A spike at the border of two bins, up to this rounding, belongs to the later one [bins]. */
#define ROUNDING 1e-6

/* Number of time steps in a bin from which one step more or less is negligible. */
enum { MANY_STEPS = 20 };

/* Number of bins that fits into 64-bit integers and doubles with a wide margin. */
static const double MOST_BINS = 1e15;

/* Mean rate above which times of an assumed unit are doubted [spikes per second]. */
enum { HIGHEST_RATE = 100 };

int64_t BinsWithin(const Bins *bins, double start_ms, double end_ms, int64_t *first)
{
  *first = (int64_t)ceil((start_ms - bins->start_ms) / bins->width_ms - ROUNDING);
  return (int64_t)floor((end_ms - bins->start_ms) / bins->width_ms + ROUNDING) - *first;
}

/* Refuses a width that is not a multiple of the resolution unless it is much larger: some bins would hold one time step more
   than others, so that all channels seemed to be coupled. */
static PetscErrorCode check_resolution(Recording r, double width)
{
  const double steps = r->resolution_ms > 0 ? width / r->resolution_ms : INFINITY;

  PetscFunctionBegin;
  UserCheck(
      steps > MANY_STEPS || (steps > 0.5 && fabs(steps - round(steps)) < ROUNDING * steps),
      "activity_bin = %g ms: the times of %s have a resolution of %g ms (attribute resolution); "
      "use a multiple of it",
      width, r->specification, r->resolution_ms);
  PetscFunctionReturn(0);
}

PetscErrorCode BinsSet(Recording r, int64_t n, const double times[], const double *observed,
                       Bins *bins)
{
  double range[2] = {INFINITY, INFINITY}; /* earliest, and the negative of the latest */
  double width =
      r->options.bin_ms == BIN_CHOSEN ? PetscMax(1, r->resolution_ms) : r->options.bin_ms;
  int64_t unused;
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  UserCheck(width > 0,
            "%s: holds spikes; give -activity_bin MS, the width of the bins in which they are "
            "counted, or -recipe spikes, which sets it",
            r->specification);
  PetscCall(check_resolution(r, width));
  for (int64_t k = 0; k < n && !status; k++) {
    status = isfinite(times[k])
                 ? 0
                 : UserError("%s: has a spike at a time that is not finite", r->specification);
    range[0] = PetscMin(range[0], times[k]);
    range[1] = PetscMin(range[1], -times[k]);
  }
  PetscCall(ErrorAgree(r->comm, status));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, range, 2, MPI_DOUBLE, MPI_MIN, r->comm));
  UserCheck(isfinite(range[0]), "%s: has no spikes", r->specification);
  UserCheck((-range[1] - range[0]) / width < MOST_BINS,
            "%s: has spikes from %g to %g ms, too long for bins of %g ms; check the spike times",
            r->specification, range[0], -range[1], width);
  if (observed) {
    *bins = (Bins){width * ceil(observed[0] / width - ROUNDING) + 0.0, width};
    r->n_all_samples = BinsWithin(bins, bins->start_ms, observed[1], &unused);
  } else {
    *bins = (Bins){width * floor(range[0] / width + ROUNDING), width};
    r->n_all_samples = (int64_t)floor((-range[1] - bins->start_ms) / width + ROUNDING) + 1;
  }
  r->start_ms = bins->start_ms;
  r->interval_ms = width;
  r->counts = PETSC_TRUE;
  PetscCallMPI(MPI_Allreduce(&n, &r->n_spikes, 1, MPI_INT64_T, MPI_SUM, r->comm));
  PetscCall(PetscStrncpy(r->unit, "spikes", sizeof(r->unit)));
  RecordingNote(r, "spikes are counted in %lld bins of %g ms, from %.9g ms on",
                (long long)r->n_all_samples, width, r->start_ms);
  PetscFunctionReturn(0);
}

PetscErrorCode BinsCheckUnit(Recording r, int64_t n, const char *remedy)
{
  const double seconds = 1e-3 * (double)r->n_all_samples * r->interval_ms;
  double rate;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &n, 1, MPI_INT64_T, MPI_SUM, r->comm));
  rate = (double)n / (double)r->n_all_channels / seconds;
  UserCheck(rate <= HIGHEST_RATE,
            "%s: a neuron has %.3g spikes per second on average if times are in ms; %s", r->name,
            rate, remedy);
  PetscFunctionReturn(0);
}

double BinOf(const Bins *bins, double time_ms)
{
  return floor((time_ms - bins->start_ms) / bins->width_ms + ROUNDING);
}

void BinsListAdd(const Bins *bins, int64_t channel, int64_t n, const double times[], int64_t first,
                 int64_t count, SampleList *list)
{
  const int64_t begin = list->start[channel];
  int64_t end = begin, last = begin;
  PetscBool ascend = PETSC_TRUE;

  for (int64_t k = 0; k < n; k++) {
    const double place = BinOf(bins, times[k]);

    if (place >= (double)first && place < (double)(first + count)) {
      list->samples[end] = (int64_t)place - first;
      ascend = end == begin || list->samples[end - 1] <= list->samples[end] ? ascend : PETSC_FALSE;
      end++;
    }
  }
  if (!ascend) {
    qsort(list->samples + begin, (size_t)(end - begin), sizeof(*list->samples), AscendingInt64);
  }
  for (int64_t k = begin; k < end; k++) {
    if (last == begin || list->samples[last - 1] != list->samples[k]) {
      list->samples[last] = list->samples[k];
      list->values[last++] = 0;
    }
    list->values[last - 1] += 1;
  }
  list->start[channel + 1] = last;
}

PetscErrorCode BinsListShare(const Bins *bins, Recording r, const SpikeShare *share,
                             const Observed *neurons, int64_t first, int64_t count,
                             SampleList *list)
{
  const double everything[2] = {-INFINITY, INFINITY};
  Partition partition;
  SpikeTrains trains;

  PetscFunctionBegin;
  PetscCall(PartitionMake(r->comm, r->n_channels, &partition));
  PetscCall(SpikeTrainsMake(share, r->specification, &partition, neurons, everything, &trains));
  PetscCall(SampleListCreate(partition.n_local, trains.start[partition.n_local], PETSC_TRUE, list));
  for (int64_t i = 0; i < partition.n_local; i++) {
    BinsListAdd(bins, i, trains.start[i + 1] - trains.start[i], trains.times + trains.start[i],
                first, count, list);
  }
  PetscCall(SpikeTrainsDestroy(&trains));
  PetscFunctionReturn(0);
}
