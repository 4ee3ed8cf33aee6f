/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Event regressions: the events of all neurons by row, and the inverse of their Gram matrix. */
#include "events/event_regression.h"

#include "causeway/error.h"

#include <math.h>

/* Number of events exchanged at a time. */
enum { PIECE = 1 << 20 };

static PetscErrorCode number_rows(EventSources *s)
{
  const int64_t n_samples = ActivitySamples(s->activity);

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(n_samples, &s->row_of));
  ActivityPositions(s->activity, s->row_of);
  for (int64_t t = 0; t < n_samples; t++) {
    s->row_of[t] = s->row_of[t] >= EVENT_LAGS ? s->n_rows++ : -1;
  }
  PetscFunctionReturn(0);
}

/* Returns the row that a sample precedes, or -1. */
static int64_t row_after(const EventSources *s, int64_t sample)
{
  return sample + 1 < ActivitySamples(s->activity) ? s->row_of[sample + 1] : -1;
}

/* Counts events; neurons with too few are not sources. */
static PetscErrorCode count_events(EventSources *s)
{
  const int64_t *samples;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(s->n, &s->n_events));
  for (int64_t i = 0; i < s->part->n_local; i++) {
    for (int64_t k = 0, n = ActivityEvents(s->activity, i, &samples); k < n; k++) {
      s->n_events[s->part->first + i] += row_after(s, samples[k]) >= 0;
    }
  }
  PetscCallMPI(
      MPI_Allreduce(MPI_IN_PLACE, s->n_events, (int)s->n, MPI_INT64_T, MPI_SUM, s->part->comm));
  for (int64_t j = 0; j < s->n; j++) {
    s->n_events[j] = s->n_events[j] < EVENT_FEWEST ? 0 : s->n_events[j];
    s->n_active += s->n_events[j] > 0;
  }
  PetscFunctionReturn(0);
}

/* Lists the rows after the events of local sources, neuron by neuron. */
static PetscErrorCode list_local(const EventSources *s, int64_t **rows)
{
  const int64_t *samples;
  int64_t filled = 0;

  PetscFunctionBegin;
  for (int64_t i = 0; i < s->part->n_local; i++) {
    filled += s->n_events[s->part->first + i];
  }
  PetscCall(PetscMalloc1(filled, rows));
  filled = 0;
  for (int64_t i = 0; i < s->part->n_local; i++) {
    const int64_t n =
        s->n_events[s->part->first + i] ? ActivityEvents(s->activity, i, &samples) : 0;

    for (int64_t k = 0; k < n; k++) {
      if (row_after(s, samples[k]) >= 0) {
        (*rows)[filled++] = row_after(s, samples[k]);
      }
    }
  }
  PetscFunctionReturn(0);
}

/* Visits the events of all ranks once, in pieces: counts them by row, or puts them into their
   rows. */
static PetscErrorCode tour(EventSources *s, int64_t *mine, PetscBool fills)
{
  int64_t *piece, neuron = 0, left;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(PIECE, &piece));
  left = s->n_events[0]; /* remaining events of `neuron` */
  for (int rank = 0; rank < s->part->size; rank++) {
    int64_t total = 0;

    for (int64_t j = PartitionFirst(s->part, rank); j < PartitionFirst(s->part, rank + 1); j++) {
      total += s->n_events[j];
    }
    for (int64_t done = 0; done < total; done += PIECE) {
      const int64_t count = PetscMin(PIECE, total - done);
      int64_t *rows = rank == s->part->rank ? mine + done : piece;

      PetscCallMPI(MPI_Bcast(rows, (int)count, MPI_INT64_T, rank, s->part->comm));
      for (int64_t k = 0; k < count; k++, left--) {
        while (left == 0) {
          left = s->n_events[++neuron];
        }
        if (fills) {
          s->sources[s->row_start[rows[k]]++] = (int32_t)neuron;
        } else {
          s->row_start[rows[k] + 1]++;
        }
      }
    }
  }
  PetscCall(PetscFree(piece));
  PetscFunctionReturn(0);
}

/* Shares the events of all neurons with every rank, 4 bytes each: they are few compared with the
   samples. */
static PetscErrorCode share_events(EventSources *s)
{
  int64_t *mine;

  PetscFunctionBegin;
  PetscCall(list_local(s, &mine));
  PetscCall(PetscCalloc1(s->n_rows + 1, &s->row_start));
  PetscCall(tour(s, mine, PETSC_FALSE));
  for (int64_t r = 0; r < s->n_rows; r++) {
    s->row_start[r + 1] += s->row_start[r];
  }
  PetscCall(PetscMalloc1(s->row_start[s->n_rows], &s->sources));
  PetscCall(tour(s, mine, PETSC_TRUE));
  /* filling has advanced every start to the next one */
  for (int64_t r = s->n_rows; r > 0; r--) {
    s->row_start[r] = s->row_start[r - 1];
  }
  s->row_start[0] = 0;
  PetscCall(PetscFree(mine));
  PetscFunctionReturn(0);
}

/* Finds local row [0] and column [1] indices of the sources of a row. */
static void localise(const EventSources *s, int64_t row, int64_t count[2], int64_t *local[2])
{
  count[0] = count[1] = 0;
  for (int64_t k = s->row_start[row]; k < s->row_start[row + 1]; k++) {
    const int64_t at[2] = {
        BlockCyclicLocal(s->sources[k], s->block, s->grid->row, s->grid->rows),
        BlockCyclicLocal(s->sources[k], s->block, s->grid->column, s->grid->columns)};

    for (int side = 0; side < 2; side++) {
      if (at[side] >= 0) {
        local[side][count[side]++] = at[side];
      }
    }
  }
}

/* Counts how often two sources have events in the same sample. Neurons that are not sources have
   zero columns; a one on their diagonal keeps the matrix regular. */
static PetscErrorCode fill_gram(const EventSources *s, BlockCyclic *gram)
{
  int64_t count[2], *local[2];

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(s->n, &local[0], s->n, &local[1]));
  for (int64_t r = 0; r < s->n_rows; r++) {
    localise(s, r, count, local);
    for (int64_t m = 0; m < count[1]; m++) {
      double *column = gram->values + local[1][m] * (int64_t)gram->leading;

      for (int64_t k = 0; k < count[0]; k++) {
        column[local[0][k]] += 1.0;
      }
    }
  }
  for (int64_t m = 0; m < gram->local_columns; m++) {
    const int64_t j = BlockCyclicGlobal(m, s->block, s->grid->column, s->grid->columns);
    const int64_t row = BlockCyclicLocal(j, s->block, s->grid->row, s->grid->rows);

    if (row >= 0 && s->n_events[j] == 0) {
      gram->values[row + m * (int64_t)gram->leading] = 1.0;
    }
  }
  PetscCall(PetscFree2(local[0], local[1]));
  PetscFunctionReturn(0);
}

/* Replaces L by L^-1; computes inverse and diagonal from L^-T L^-1. */
static PetscErrorCode invert(EventSources *s, BlockCyclic *l)
{
  BlockCyclic inverse;

  PetscFunctionBegin;
  PetscCall(BlockCyclicInvertLower(l));
  PetscCall(BlockCyclicCreate(s->grid, s->n, s->n, s->block, s->block, &inverse));
  PetscCall(BlockCyclicMultiply(PETSC_TRUE, PETSC_FALSE, 1.0, l, l, 0.0, &inverse));
  PetscCall(PetscMalloc1(s->part->n_local * s->n, &s->inverse));
  PetscCall(BlockCyclicToColumns(&inverse, s->part->block, s->inverse));
  PetscCall(BlockCyclicFree(&inverse));
  PetscCall(PetscCalloc1(s->n, &s->diagonal));
  for (int64_t i = 0; i < s->part->n_local; i++) {
    s->diagonal[s->part->first + i] = s->inverse[i * s->n + s->part->first + i];
  }
  PetscCallMPI(
      MPI_Allreduce(MPI_IN_PLACE, s->diagonal, (int)s->n, MPI_DOUBLE, MPI_SUM, s->part->comm));
  PetscFunctionReturn(0);
}

static PetscErrorCode invert_gram(EventSources *s)
{
  BlockCyclic gram;
  double share;
  int64_t index;

  PetscFunctionBegin;
  PetscCall(BlockCyclicCreate(s->grid, s->n, s->n, s->block, s->block, &gram));
  PetscCall(fill_gram(s, &gram));
  PetscCall(BlockCyclicClearUpper(&gram));
  PetscCall(BlockCyclicCholesky(&gram, &share, &index));
  if (share > least_share) {
    PetscCall(invert(s, &gram));
  }
  PetscCall(BlockCyclicFree(&gram));
  UserCheck(share > least_share,
            "the events of %s are a linear combination of those of other neurons, which makes the "
            "event regression singular; leave the neuron out",
            ActivityNeuron(s->activity, index));
  PetscFunctionReturn(0);
}

/* Whether a local neuron has one value at all samples without an event. */
static PetscBool is_spike_train(Activity activity, int64_t i)
{
  const double *x = ActivityValues(activity) + i * ActivitySamples(activity);
  const Segment *segments;
  const int64_t n_segments = ActivitySegments(activity, &segments), *events;
  const int64_t n_events = ActivityEvents(activity, i, &events);
  double value = NAN;
  int64_t next = 0;

  for (int64_t s = 0; s < n_segments; s++) {
    for (int64_t t = segments[s].first; t < segments[s].end; t++) {
      while (next < n_events && events[next] < t) {
        next++;
      }
      if (next < n_events && events[next] == t) {
        continue;
      }
      if (!isnan(value) && x[t] != value) {
        return PETSC_FALSE;
      }
      value = x[t];
    }
  }
  return PETSC_TRUE;
}

PetscErrorCode EventCheck(Activity activity)
{
  const Partition *part = ActivityPartition(activity);
  int64_t n_events,
      counts[2] = {0, part->n_global}; /* number of spike trains, and the first of them */

  PetscFunctionBegin;
  PetscCall(ActivityCountEvents(activity, &n_events));
  UserCheck(
      n_events > 0,
      "the statistic `event` needs events, but no neuron has one; set -activity_event_threshold or "
      "-activity_clip to the potential of spikes, or take -granger_statistics conditional");
  for (int64_t i = 0; i < part->n_local; i++) {
    if (is_spike_train(activity, i)) {
      counts[1] = counts[0]++ ? counts[1] : part->first + i;
    }
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &counts[0], 1, MPI_INT64_T, MPI_SUM, part->comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &counts[1], 1, MPI_INT64_T, MPI_MIN, part->comm));
  UserCheck(counts[0] == 0,
            "the statistic `event` predicts potentials between spikes, but %lld of %lld neurons "
            "(first: %s) are spike trains, with one value at all samples without a spike; take "
            "-granger_statistics conditional or pairwise",
            (long long)counts[0], (long long)part->n_global, ActivityNeuron(activity, counts[1]));
  PetscFunctionReturn(0);
}

PetscErrorCode EventSourcesCreate(Activity activity, const ProcessGrid *grid, int block,
                                  EventSources *s)
{
  const Partition *part = ActivityPartition(activity);

  PetscFunctionBegin;
  *s = (EventSources){
      .activity = activity, .part = part, .grid = grid, .block = block, .n = part->n_global};
  PetscCall(number_rows(s));
  UserCheck(s->n_rows > 0, "the event regression needs more than %d samples in one piece",
            EVENT_LAGS);
  PetscCall(count_events(s));
  UserCheck(s->n_active > 0,
            "no neuron has more than one event before samples to predict; set "
            "-activity_event_threshold or -activity_clip to the potential of spikes");
  PetscCall(share_events(s));
  PetscCall(invert_gram(s));
  PetscFunctionReturn(0);
}

PetscErrorCode EventSourcesFree(EventSources *s)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(s->inverse));
  PetscCall(PetscFree(s->diagonal));
  PetscCall(PetscFree(s->row_start));
  PetscCall(PetscFree(s->sources));
  PetscCall(PetscFree(s->n_events));
  PetscCall(PetscFree(s->row_of));
  PetscFunctionReturn(0);
}
