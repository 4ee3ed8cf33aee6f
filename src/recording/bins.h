/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_BINS_H
#define CAUSEWAY_BINS_H

#include "recording_impl.h"

/* Bins from the one of the earliest spike on, and their number in the recording. */
typedef struct {
  double start_ms, width_ms;
} Bins;

/*@
  BinsSet - makes bins the samples of the recording: from the first to the last spike, or those within the observed time

  Collective
  Input:  n, times - (n) spike times of this rank [ms]; the ranks together have all spikes
          observed - begin and end of the observed time [ms], or NULL when only the spikes tell it
  Output: bins
  Errors: CAUSEWAY_ERR_USER without activity_bin, without spikes, or for a time that is not finite
@*/
PetscErrorCode BinsSet(Recording recording, int64_t n, const double times[], const double *observed,
                       Bins *bins);

/* Number of whole bins between two times, not positive for none, and the first of them. Not collective. */
int64_t BinsWithin(const Bins *bins, double start_ms, double end_ms, int64_t *first);

/*@
  BinsCheckUnit - refuses times in an assumed unit that give an implausible rate: more than 100 spikes per second on average

  Collective
  Input:  n      - number of spikes of this rank
          remedy - advice for the message
@*/
PetscErrorCode BinsCheckUnit(Recording recording, int64_t n, const char *remedy);

/* Number of the bin of a time, also outside the recording. Not collective. */
double BinOf(const Bins *bins, double time_ms);

/*@
  BinsListAdd - appends the spikes of the next channel that lie in (count) bins from `first` on: the bins that hold any, counted
                from `first`, and their number of spikes

  Not collective
  Input:  channel - its number among those of the list
          times   - (n) [ms], in any order
  In/out: list    - with values, and room for the spikes
@*/
void BinsListAdd(const Bins *bins, int64_t channel, int64_t n, const double times[], int64_t first,
                 int64_t count, SampleList *list);

/*@
  BinsListShare - lists the bins of this rank's channels that hold spikes, from spikes that may lie on any rank

  Collective
  Input:  share        - spikes of this rank
          neurons      - numbers or ids of the channels in the share
          first, count - first bin and number of bins
  Output: list         - as that of BinsListAdd()
@*/
PetscErrorCode BinsListShare(const Bins *bins, Recording recording, const SpikeShare *share,
                             const Observed *neurons, int64_t first, int64_t count,
                             SampleList *list);

#endif
