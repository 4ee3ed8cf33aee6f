/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Event regressions: the events of all neurons by row or sample, and their Gram matrix or its
   inverse. */
#include "events/event_regression.h"

#include "causeway/error.h"

#include <math.h>

/* Number of events exchanged at a time. */
enum { PIECE = 1 << 20 };

/* Rows have all their own terms, and all samples that filters reach back to. */
static PetscErrorCode number_rows(EventSources *s)
{
  const int64_t n_samples = ActivitySamples(s->activity);
  const int64_t margin = PetscMax(EVENT_LAGS, s->reach);

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(n_samples, &s->row_of));
  ActivityPositions(s->activity, s->row_of);
  if (s->filters) {
    PetscCall(PetscMalloc2(n_samples, &s->position, n_samples, &s->sample_of));
    PetscCall(PetscArraycpy(s->position, s->row_of, n_samples));
  }
  for (int64_t t = 0; t < n_samples; t++) {
    const PetscBool is_row = s->row_of[t] >= margin ? PETSC_TRUE : PETSC_FALSE;

    if (is_row && s->filters) {
      s->sample_of[s->n_rows] = t;
    }
    s->row_of[t] = is_row ? s->n_rows++ : -1;
  }
  s->n_slots = s->filters ? n_samples : s->n_rows;
  UserCheck(s->n_rows > 0, "the event regression needs more than %lld samples in one piece",
            (long long)margin);
  PetscFunctionReturn(0);
}

/* Returns where an event counts: in the row that its sample precedes, or with filters at the sample
   itself when they reach a row from there; else -1. */
static int64_t find_slot(const EventSources *s, int64_t sample)
{
  const int64_t n_samples = ActivitySamples(s->activity);
  int64_t next, before;

  if (!s->filters) {
    return sample + 1 < n_samples ? s->row_of[sample + 1] : -1;
  }
  before = s->position[sample];
  next = PetscMax(sample + 1, sample - before + PetscMax(EVENT_LAGS, s->reach));
  return before >= 0 && next <= sample + s->reach && next < n_samples &&
                 s->position[next] == before + next - sample
             ? sample
             : -1;
}

/* Counts events; neurons with too few are not sources. */
static PetscErrorCode count_events(EventSources *s)
{
  const int64_t *samples;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(s->n, &s->n_events));
  for (int64_t i = 0; i < s->part->n_local; i++) {
    for (int64_t k = 0, n = ActivityEvents(s->activity, i, &samples); k < n; k++) {
      s->n_events[s->part->first + i] += find_slot(s, samples[k]) >= 0;
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

/* Lists the slots of the events of local sources, neuron by neuron. */
static PetscErrorCode list_local(const EventSources *s, int64_t **slots)
{
  const int64_t *samples;
  int64_t filled = 0;

  PetscFunctionBegin;
  for (int64_t i = 0; i < s->part->n_local; i++) {
    filled += s->n_events[s->part->first + i];
  }
  PetscCall(PetscMalloc1(filled, slots));
  filled = 0;
  for (int64_t i = 0; i < s->part->n_local; i++) {
    const int64_t n =
        s->n_events[s->part->first + i] ? ActivityEvents(s->activity, i, &samples) : 0;

    for (int64_t k = 0; k < n; k++) {
      if (find_slot(s, samples[k]) >= 0) {
        (*slots)[filled++] = find_slot(s, samples[k]);
      }
    }
  }
  PetscFunctionReturn(0);
}

/* Visits the events of all ranks once, in pieces: counts them by slot, or puts them into their
   slots. */
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
      int64_t *slots = rank == s->part->rank ? mine + done : piece;

      PetscCallMPI(MPI_Bcast(slots, (int)count, MPI_INT64_T, rank, s->part->comm));
      for (int64_t k = 0; k < count; k++, left--) {
        while (left == 0) {
          left = s->n_events[++neuron];
        }
        if (fills) {
          s->sources[s->event_start[slots[k]]++] = (int32_t)neuron;
        } else {
          s->event_start[slots[k] + 1]++;
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
  PetscCall(PetscCalloc1(s->n_slots + 1, &s->event_start));
  PetscCall(tour(s, mine, PETSC_FALSE));
  for (int64_t k = 0; k < s->n_slots; k++) {
    s->event_start[k + 1] += s->event_start[k];
  }
  PetscCall(PetscMalloc1(s->event_start[s->n_slots], &s->sources));
  PetscCall(tour(s, mine, PETSC_TRUE));
  /* filling has advanced every start to the next one */
  for (int64_t k = s->n_slots; k > 0; k--) {
    s->event_start[k] = s->event_start[k - 1];
  }
  s->event_start[0] = 0;
  PetscCall(PetscFree(mine));
  PetscFunctionReturn(0);
}

/* Finds the neurons of a row that have local matrix rows [0] and columns [1], as their place in the
   row and their local index. */
static void localise(const EventSources *s, const EventRow *row, int64_t count[2],
                     int64_t *place[2], int64_t *local[2])
{
  count[0] = count[1] = 0;
  for (int64_t k = 0; k < row->n_filled; k++) {
    const int64_t at[2] = {
        BlockCyclicLocal(row->source[k], s->block, s->grid->row, s->grid->rows),
        BlockCyclicLocal(row->source[k], s->block, s->grid->column, s->grid->columns)};

    for (int side = 0; side < 2; side++) {
      if (at[side] >= 0) {
        place[side][count[side]] = k;
        local[side][count[side]++] = at[side];
      }
    }
  }
}

/* Adds the products of the terms of a row. */
static void add_products(const EventSources *s, const EventRow *row, const int64_t count[2],
                         int64_t *const place[2], int64_t *const local[2], BlockCyclic *gram)
{
  const int64_t terms = s->n_terms;

  for (int64_t m = 0; m < count[1] * terms; m++) {
    const int64_t neuron = m / terms, term = m % terms;
    const double x = row->terms[place[1][neuron] * terms + term];
    double *column = gram->values + (local[1][neuron] * terms + term) * (int64_t)gram->leading;

    for (int64_t k = 0; k < count[0]; k++) {
      const double *y = row->terms + place[0][k] * terms;
      double *to = column + local[0][k] * terms;

      for (int64_t l = 0; l < terms; l++) {
        to[l] += x * y[l];
      }
    }
  }
}

/* Sums the products of the terms of all sources; of single events, how often two sources have them
   in the same sample. */
static PetscErrorCode fill_gram(const EventSources *s, BlockCyclic *gram)
{
  int64_t count[2], *place[2], *local[2];
  EventRow row;

  PetscFunctionBegin;
  PetscCall(EventRowCreate(s, &row));
  PetscCall(PetscMalloc4(s->n, &place[0], s->n, &place[1], s->n, &local[0], s->n, &local[1]));
  for (int64_t r = 0; r < s->n_rows; r++) {
    EventRowFill(s, r, &row);
    localise(s, &row, count, place, local);
    add_products(s, &row, count, place, local, gram);
  }
  PetscCall(PetscFree4(place[0], place[1], local[0], local[1]));
  PetscCall(EventRowFree(&row));
  PetscFunctionReturn(0);
}

/* Neurons that are not sources have zero columns; a one on their diagonal keeps the matrix
   regular. */
static void fill_diagonal(const EventSources *s, BlockCyclic *gram)
{
  for (int64_t m = 0; m < gram->local_columns; m++) {
    const int64_t j = BlockCyclicGlobal(m, gram->column_block, s->grid->column, s->grid->columns);
    const int64_t row = BlockCyclicLocal(j, gram->row_block, s->grid->row, s->grid->rows);

    if (row >= 0 && s->n_events[j / s->n_terms] == 0) {
      gram->values[row + m * (int64_t)gram->leading] = 1.0;
    }
  }
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

/* Of filters the Gram matrix itself is kept: each target takes its left-out rows away. */
static PetscErrorCode keep_gram(EventSources *s, const BlockCyclic *gram)
{
  PetscFunctionBegin;
  PetscCall(PetscMalloc1(s->part->n_local * s->n_terms * gram->n_rows, &s->gram));
  PetscCall(BlockCyclicToColumns(gram, s->part->block * s->n_terms, s->gram));
  PetscFunctionReturn(0);
}

static PetscErrorCode refuse_dependent(const EventSources *s, int64_t column)
{
  const char *neuron = ActivityNeuron(s->activity, column / s->n_terms);

  return s->filters ? UserError("the filtered events of %s are a linear combination of those of "
                                "other filters or neurons, which makes the event regression "
                                "singular; take fewer filters, or leave the neuron out",
                                neuron)
                    : UserError("the events of %s are a linear combination of those of other "
                                "neurons, which makes the event regression singular; leave the "
                                "neuron out",
                                neuron);
}

static PetscErrorCode solve_gram(EventSources *s)
{
  const int64_t size = s->n * s->n_terms;
  const int block = (int)(s->block * s->n_terms);
  BlockCyclic gram;
  double share;
  int64_t index;

  PetscFunctionBegin;
  PetscCall(BlockCyclicCreate(s->grid, size, size, block, block, &gram));
  PetscCall(fill_gram(s, &gram));
  if (s->filters) {
    PetscCall(keep_gram(s, &gram));
  }
  fill_diagonal(s, &gram);
  PetscCall(BlockCyclicClearUpper(&gram));
  PetscCall(BlockCyclicCholesky(&gram, &share, &index));
  if (share > least_share && !s->filters) {
    PetscCall(invert(s, &gram));
  }
  PetscCall(BlockCyclicFree(&gram));
  if (!(share > least_share)) {
    PetscCall(refuse_dependent(s, index));
  }
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
                                  const EventTerms *terms, EventSources *s)
{
  const Partition *part = ActivityPartition(activity);
  const Basis *filters = terms->filters;

  PetscFunctionBegin;
  *s = (EventSources){.activity = activity,
                      .part = part,
                      .grid = grid,
                      .block = block,
                      .n = part->n_global,
                      .filters = filters,
                      .n_terms = filters ? filters->n_terms : 1,
                      .reach = filters ? filters->reach : 1,
                      .refractory = terms->refractory};
  PetscCall(number_rows(s));
  PetscCall(count_events(s));
  UserCheck(s->n_active > 0,
            "no neuron has more than one event before samples to predict; set "
            "-activity_event_threshold or -activity_clip to the potential of spikes");
  PetscCall(share_events(s));
  PetscCall(solve_gram(s));
  PetscFunctionReturn(0);
}

PetscErrorCode EventSourcesFree(EventSources *s)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(s->inverse));
  PetscCall(PetscFree(s->gram));
  PetscCall(PetscFree(s->diagonal));
  PetscCall(PetscFree(s->event_start));
  PetscCall(PetscFree(s->sources));
  PetscCall(PetscFree(s->n_events));
  PetscCall(PetscFree2(s->position, s->sample_of));
  PetscCall(PetscFree(s->row_of));
  PetscFunctionReturn(0);
}
