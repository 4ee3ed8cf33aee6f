/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_BINS_H
#define CAUSEWAY_BINS_H

#include "recording_impl.h"
#include "spike_trains.h"

/* The first bin of spikes, that of the earliest one; and their number in the recording. */
typedef struct {
  double start_ms, width_ms;
} Bins;

/*@
  BinsSet - bins from the first to the last of the spikes, or those inside a stretch of time, become the samples of the
  recording

  Collective
  Input:  n, times - spikes of this rank, all ranks have all [ms]
          observed - begin and end of what was observed [ms], or NULL when only the spikes tell
  Output: bins
  Errors: CAUSEWAY_ERR_USER without activity_bin, without spikes, or for a time that is not finite
@*/
PetscErrorCode BinsSet(Recording recording, int64_t n, const double times[], const double *observed,
                       Bins *bins);

/* The number of whole bins in a stretch of time, negative or 0 for none, and the first; not collective. */
int64_t BinsWithin(const Bins *bins, double start_ms, double end_ms, int64_t *first);

/*@
  BinsCheckUnit - refuses times in an assumed unit that neurons rarely have: more than 100 spikes a second on average

  Collective
  Input:  n      - spikes of this rank
          remedy - what to do about it
@*/
PetscErrorCode BinsCheckUnit(Recording recording, int64_t n, const char *remedy);

/* Number of the bin that a time is in, also outside the recording; not collective. */
double BinOf(const Bins *bins, double time_ms);

/* Adds the spikes of one channel to (count) bins from `first` on; not collective. */
void BinsCount(const Bins *bins, int64_t n, const double times[], int64_t first, int64_t count,
               double values[]);

/*@
  BinsCountShare - spikes of this rank's channels by bin, from spikes that lie anywhere on the ranks

  Collective
  Input:  share        - spikes of this rank
          neurons      - numbers by which the share names the channels
          first, count - bins
  Output: values       - (n_local, count)
@*/
PetscErrorCode BinsCountShare(const Bins *bins, Recording recording, const SpikeShare *share,
                              const Observed *neurons, int64_t first, int64_t count,
                              double values[]);

#endif
