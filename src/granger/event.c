/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "event.h"

#include "causeway/error.h"
#include "causeway/log.h"

#include "lag_matrix.h"

#include <float.h>
#include <math.h>

/* Columns of the borders that a rank hands in at a time, at least. */
enum { CHUNK_COLUMNS = 512 };

typedef struct {
  Granger granger;
  Activity activity;
  const Partition *part;
  const ProcessGrid *grid;
  ProcessGrid columns;
  int block;
  int64_t n, n_rows;
  int64_t *row_of;    /* (T) row of a sample, or -1 */
  int64_t *row_start; /* (n_rows + 1) into sources */
  int32_t *sources;   /* neurons with an event at the sample before a row, by row */
  int64_t *n_events;  /* (N) of them */
  int64_t n_active;   /* neurons that have any */
  BlockCyclic factor; /* (N, N) of the Gram matrix of the indicators */
  double *diagonal;   /* (N) of its inverse */
  int64_t widest;     /* border, with the target, of all ranks */
} Events;

static PetscErrorCode number_rows(Events *e)
{
  const int64_t n_samples = ActivitySamples(e->activity);
  int64_t *position;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(n_samples, &e->row_of));
  PetscCall(PetscMalloc1(n_samples, &position));
  ActivityPositions(e->activity, position);
  for (int64_t t = 0; t < n_samples; t++) {
    e->row_of[t] = position[t] >= OWN_LAGS ? e->n_rows++ : -1;
  }
  PetscCall(PetscFree(position));
  PetscFunctionReturn(0);
}

/* The indicators as an activity, whose segments start where the first rows find their last lag. */
static PetscErrorCode indicate(Events *e, Activity *indicators)
{
  const int64_t n_samples = ActivitySamples(e->activity), *samples;
  const Segment *segments;
  const int64_t n_segments = ActivitySegments(e->activity, &segments);
  Segment *later;
  int64_t kept = 0;
  double *values;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(n_segments, &later));
  for (int64_t s = 0; s < n_segments; s++) {
    if (segments[s].end - segments[s].first > OWN_LAGS) {
      later[kept++] = (Segment){segments[s].first + OWN_LAGS - 1, segments[s].end};
    }
  }
  PetscCall(PetscCalloc1(e->part->n_local * n_samples, &values));
  for (int64_t i = 0; i < e->part->n_local; i++) {
    const int64_t count = ActivityEvents(e->activity, i, &samples);

    for (int64_t k = 0; k < count; k++) {
      values[i * n_samples + samples[k]] = 1.0;
    }
  }
  PetscCall(ActivityCreate(e->part->comm, indicators));
  PetscCall(ActivitySetValues(*indicators, e->n, n_samples, values));
  PetscCall(ActivitySetSegments(*indicators, kept, later));
  PetscCall(PetscFree(values));
  PetscCall(PetscFree(later));
  PetscFunctionReturn(0);
}

/* Local events before a row, as pairs of row and neuron. */
static PetscErrorCode list_local(const Events *e, int64_t *count, int64_t **pairs)
{
  const int64_t n_samples = ActivitySamples(e->activity), *samples;

  PetscFunctionBegin;
  *count = 0;
  for (int64_t i = 0; i < e->part->n_local; i++) {
    *count += ActivityEvents(e->activity, i, &samples);
  }
  PetscCall(PetscMalloc1(2 * *count, pairs));
  *count = 0;
  for (int64_t i = 0; i < e->part->n_local; i++) {
    const int64_t n_events = ActivityEvents(e->activity, i, &samples);

    for (int64_t k = 0; k < n_events; k++) {
      if (samples[k] + 1 < n_samples && e->row_of[samples[k] + 1] >= 0) {
        (*pairs)[2 * *count] = e->row_of[samples[k] + 1];
        (*pairs)[2 * (*count)++ + 1] = e->part->first + i;
      }
    }
  }
  PetscFunctionReturn(0);
}

/* The events of all neurons on every rank, sorted by row: they are few beside the samples. */
static PetscErrorCode share_events(Events *e)
{
  int64_t count, total = 0, *pairs, *all, *filled;
  int *counts, *starts, size = e->part->size, mine;
  MPI_Datatype pair;

  PetscFunctionBegin;
  PetscCall(list_local(e, &count, &pairs));
  mine = (int)count;
  PetscCall(PetscMalloc2(size, &counts, size, &starts));
  PetscCallMPI(MPI_Allgather(&mine, 1, MPI_INT, counts, 1, MPI_INT, e->part->comm));
  for (int r = 0; r < size; r++) {
    starts[r] = (int)total;
    total += counts[r];
  }
  PetscCall(PetscMalloc1(2 * total, &all));
  PetscCallMPI(MPI_Type_contiguous(2, MPI_INT64_T, &pair));
  PetscCallMPI(MPI_Type_commit(&pair));
  PetscCallMPI(MPI_Allgatherv(pairs, mine, pair, all, counts, starts, pair, e->part->comm));
  PetscCallMPI(MPI_Type_free(&pair));
  PetscCall(PetscFree(pairs));
  PetscCall(PetscFree2(counts, starts));
  PetscCall(PetscCalloc3(e->n_rows + 1, &e->row_start, total, &e->sources, e->n, &e->n_events));
  PetscCall(PetscCalloc1(e->n_rows, &filled));
  for (int64_t k = 0; k < total; k++) {
    e->row_start[all[2 * k] + 1]++;
    e->n_events[all[2 * k + 1]]++;
  }
  for (int64_t r = 0; r < e->n_rows; r++) {
    e->row_start[r + 1] += e->row_start[r];
  }
  for (int64_t k = 0; k < total; k++) {
    e->sources[e->row_start[all[2 * k]] + filled[all[2 * k]]++] = (int32_t)all[2 * k + 1];
  }
  for (int64_t j = 0; j < e->n; j++) {
    e->n_active += e->n_events[j] > 0;
  }
  PetscCall(PetscFree(filled));
  PetscCall(PetscFree(all));
  PetscFunctionReturn(0);
}

/* Neurons without events are zero columns: a one on their diagonal keeps them apart from all others. */
static void separate_silent(const Events *e, BlockCyclic *gram)
{
  for (int64_t m = 0; m < gram->local_columns; m++) {
    const int64_t j = BlockCyclicGlobal(m, gram->column_block, e->grid->column, e->grid->columns);
    const int64_t row = BlockCyclicLocal(j, gram->row_block, e->grid->row, e->grid->rows);

    if (row >= 0 && e->n_events[j] == 0) {
      gram->values[row + m * (int64_t)gram->leading] = 1.0;
    }
  }
}

/* (N) diagonal of the inverse, from the columns of L^-1 */
static PetscErrorCode invert_diagonal(Events *e)
{
  BlockCyclic l;

  PetscFunctionBegin;
  PetscCall(BlockCyclicCreate(e->grid, e->n, e->n, e->block, e->block, &l));
  PetscCall(BlockCyclicCopy(&e->factor, &l));
  PetscCall(BlockCyclicInvertLower(&l));
  PetscCall(PetscCalloc1(e->n, &e->diagonal));
  for (int64_t m = 0; m < l.local_columns; m++) {
    const int64_t j = BlockCyclicGlobal(m, l.column_block, e->grid->column, e->grid->columns);

    for (int64_t k = 0; k < l.local_rows; k++) {
      const double value = l.values[k + m * (int64_t)l.leading];

      e->diagonal[j] += value * value;
    }
  }
  PetscCallMPI(
      MPI_Allreduce(MPI_IN_PLACE, e->diagonal, (int)e->n, MPI_DOUBLE, MPI_SUM, e->part->comm));
  PetscCall(BlockCyclicFree(&l));
  PetscFunctionReturn(0);
}

static PetscErrorCode factorise(Events *e)
{
  Activity indicators;
  LagMatrix m;
  BlockCyclic past;
  double share;
  int64_t index;

  PetscFunctionBegin;
  PetscCall(indicate(e, &indicators));
  PetscCall(LagMatrixCreate(indicators, 1, e->block, &m));
  PetscCall(ActivityDestroy(&indicators));
  PetscCall(BlockCyclicCreate(e->grid, m.n_rows, e->n, e->block, e->block, &past));
  PetscCall(BlockCyclicCopy(&m.past, &past));
  PetscCall(LagMatrixFree(&m));
  PetscCall(BlockCyclicCreate(e->grid, e->n, e->n, e->block, e->block, &e->factor));
  PetscCall(BlockCyclicGram(1.0, &past, 0, past.n_rows, 0.0, &e->factor));
  PetscCall(BlockCyclicFree(&past));
  separate_silent(e, &e->factor);
  PetscCall(BlockCyclicClearUpper(&e->factor));
  PetscCall(BlockCyclicCholesky(&e->factor, &share, &index));
  UserCheck(share > (double)e->n * DBL_EPSILON,
            "the events of neuron %lld (counted from 0) are those of other neurons, which makes "
            "the event regression "
            "singular; leave it out",
            (long long)index);
  PetscCall(invert_diagonal(e));
  PetscFunctionReturn(0);
}

/* cross (N, n_columns + 1) = products of the centred indicators with the border's columns and the target */
static PetscErrorCode cross_products(const Events *e, const EventBorder *b, double *cross)
{
  const int64_t width = OWN_TERMS + 1;
  double *by_source;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(e->n * width, &by_source));
  for (int64_t r = 0; r < e->n_rows; r++) {
    const double *own = b->own + r * width;

    for (int64_t k = e->row_start[r]; k < e->row_start[r + 1]; k++) {
      double *to = by_source + e->sources[k] * width;

      for (int64_t c = 0; c < width; c++) {
        to[c] += own[c];
      }
    }
  }
  for (int64_t j = 0; j < e->n; j++) {
    for (int64_t c = 0; c < width; c++) { /* the target is the last column */
      cross[j + (c < OWN_TERMS ? c : b->n_columns) * e->n] = by_source[j * width + c];
    }
    for (int64_t c = 0; c < b->n_excluded; c++) {
      cross[j + (OWN_TERMS + c) * e->n] = -(double)e->n_events[j] / (double)e->n_rows;
    }
  }
  for (int64_t c = 0; c < b->n_excluded; c++) {
    for (int64_t k = e->row_start[b->excluded[c]]; k < e->row_start[b->excluded[c] + 1]; k++) {
      cross[e->sources[k] + (OWN_TERMS + c) * e->n] += 1.0;
    }
  }
  PetscCall(PetscFree(by_source));
  PetscFunctionReturn(0);
}

/* Statistics of one target from its bordered solution. */
static PetscErrorCode finish_target(const Events *e, const EventBorder *b, const double *cross,
                                    double *solved, double *gc, double *p_value)
{
  const int64_t i = b->target, self = e->part->first + i;
  double residual, free_rows, *growth = gc + i * e->n;
  int64_t used;
  Tail tail;

  PetscFunctionBegin;
  PetscCall(EventBorderSolve(b, e->n, e->diagonal, cross, solved, growth, &residual, &used));
  free_rows = (double)(e->n_rows - e->n_active - used) - 1.0;
  if (free_rows < 1.0 || !(residual > 0)) {
    return UserError("neuron %lld (counted from 0) has too few samples without an event for the "
                     "event regression, %lld "
                     "unknowns; record longer, or leave it out",
                     (long long)self, (long long)(e->n_active + used - b->n_excluded));
  }
  PetscCall(TailCreate(PETSC_FALSE, 1.0, free_rows, e->n, &tail));
  for (int64_t j = 0; j < e->n; j++) {
    const double ratio = e->n_events[j] == 0 || j == self ? 0.0 : growth[j] / residual;

    p_value[i * e->n + j] = ratio > 0 ? TailProbability(&tail, ratio * free_rows) : 1.0;
    growth[j] = log1p(ratio);
  }
  PetscCall(TailFree(&tail));
  PetscFunctionReturn(0);
}

/* As many of the next local targets as fit into the columns of a chunk; returns their number. */
static PetscErrorCode fill_chunk(const Events *e, int64_t next, int64_t chunk, EventBorder *borders,
                                 double *cross, int64_t *count)
{
  int64_t filled = 0;

  PetscFunctionBegin;
  *count = 0;
  while (next + *count < e->part->n_local) {
    EventBorder *b = &borders[*count];
    const int64_t *samples;
    const int64_t most = OWN_TERMS + 1 + ActivityEvents(e->activity, next + *count, &samples);

    if (filled + most > chunk) {
      break;
    }
    *b = (EventBorder){.n_rows = e->n_rows};
    PetscCall(PetscMalloc2(e->n_rows * (OWN_TERMS + 1), &b->own, most, &b->excluded));
    EventBorderFill(e->activity, e->row_of, next + *count, b);
    PetscCall(cross_products(e, b, cross + filled * e->n));
    filled += b->n_columns + 1;
    (*count)++;
  }
  PetscFunctionReturn(0);
}

/* All ranks hand in the borders of some of their targets, which are solved together. */
static PetscErrorCode solve_targets(Events *e, double *gc, double *p_value)
{
  const int64_t chunk = PetscMax(CHUNK_COLUMNS, e->widest), most = chunk / (OWN_TERMS + 1);
  EventBorder *borders;
  BlockCyclic cross, blocks, solved;
  int64_t next = 0, done = 0;
  Progress progress;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(most, &borders));
  PetscCall(BlockCyclicCreate(&e->columns, e->n, chunk * e->part->size, e->n, (int)chunk, &cross));
  PetscCall(BlockCyclicCreate(&e->columns, e->n, chunk * e->part->size, e->n, (int)chunk, &solved));
  PetscCall(BlockCyclicCreate(e->grid, e->n, chunk * e->part->size, e->block, e->block, &blocks));
  ProgressBegin(&progress, "granger", "event regressions", e->n);
  while (done < e->n) {
    int64_t count, column = 0;
    PetscErrorCode status = 0;

    PetscCall(fill_chunk(e, next, chunk, borders, cross.values, &count));
    PetscCall(BlockCyclicCopy(&cross, &blocks));
    PetscCall(BlockCyclicSolveLower(&e->factor, PETSC_FALSE, &blocks));
    PetscCall(BlockCyclicSolveLower(&e->factor, PETSC_TRUE, &blocks));
    PetscCall(BlockCyclicCopy(&blocks, &solved));
    for (int64_t k = 0; k < count; k++) {
      if (!status) {
        status = finish_target(e, &borders[k], cross.values + column * e->n,
                               solved.values + column * e->n, gc, p_value);
      }
      column += borders[k].n_columns + 1;
      PetscCall(PetscFree2(borders[k].own, borders[k].excluded));
    }
    PetscCall(ErrorAgree(e->part->comm, status));
    next += count;
    PetscCallMPI(MPI_Allreduce(&next, &done, 1, MPI_INT64_T, MPI_SUM, e->part->comm));
    PetscCall(ProgressUpdate(&progress, done));
  }
  PetscCall(ProgressEnd(&progress));
  PetscCall(BlockCyclicFree(&cross));
  PetscCall(BlockCyclicFree(&blocks));
  PetscCall(BlockCyclicFree(&solved));
  PetscCall(PetscFree(borders));
  PetscFunctionReturn(0);
}

static PetscErrorCode find_widest(Events *e)
{
  const int64_t *samples;
  int64_t widest = 0;

  PetscFunctionBegin;
  for (int64_t i = 0; i < e->part->n_local; i++) {
    widest = PetscMax(widest, ActivityEvents(e->activity, i, &samples) + OWN_TERMS + 1);
  }
  PetscCallMPI(MPI_Allreduce(&widest, &e->widest, 1, MPI_INT64_T, MPI_MAX, e->part->comm));
  PetscFunctionReturn(0);
}

static PetscErrorCode run(Events *e, double *gc, double *p_value)
{
  PetscFunctionBegin;
  PetscCall(number_rows(e));
  UserCheck(e->n_rows > 0, "the event regression needs more than %d samples in one piece",
            OWN_LAGS);
  PetscCall(share_events(e));
  UserCheck(e->n_active > 0,
            "no neuron has an event before a sample that could be predicted: give the potential of "
            "spikes as -activity_event_threshold, or as -activity_clip");
  PetscCall(find_widest(e));
  PetscCall(factorise(e));
  PetscCall(solve_targets(e, gc, p_value));
  PetscFunctionReturn(0);
}

PetscErrorCode EventSolve(Granger g, const ProcessGrid *grid, Activity activity, double *gc,
                          double *p_value)
{
  Events e = {
      .granger = g, .activity = activity, .part = ActivityPartition(activity), .grid = grid};
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(LogEventStart(EVENT_GRANGER_EVENT));
  e.n = e.part->n_global;
  e.block = GrangerBlockNeurons(g, 1, e.n, grid->rows, grid->columns);
  PetscCall(ProcessGridCreateColumns(e.part->comm, &e.columns));
  status = run(&e, gc, p_value);
  PetscCall(ProcessGridFree(&e.columns));
  PetscCall(BlockCyclicFree(&e.factor));
  PetscCall(PetscFree(e.diagonal));
  PetscCall(PetscFree3(e.row_start, e.sources, e.n_events));
  PetscCall(PetscFree(e.row_of));
  PetscCall(LogEventStop(EVENT_GRANGER_EVENT));
  PetscFunctionReturn(status);
}
