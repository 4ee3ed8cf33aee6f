/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Event regressions: the shared inverse is applied to the borders of many targets at once, then
   each target is solved separately. */
#include "events/event_regression.h"

#include "causeway/error.h"
#include "causeway/internal/core/blas.h"
#include "causeway/log.h"

#include <math.h>

/* Least size of the borders that a rank holds at once, which grows with its activity; size of one
   piece of the inverse [8-byte numbers]. */
enum { CHUNK_NUMBERS = 1 << 23, PIECE_NUMBERS = 1 << 22 };

typedef struct {
  const EventSources *sources;
  int64_t width;           /* columns allocated */
  int64_t n_dense, n_left; /* columns used: cross products; indicators of left-out rows */
  int64_t n_borders;       /* targets */
  EventBorder *borders;    /* (local targets) */
  double *own;             /* (n_rows, EVENT_WIDTH) of one target */
  double *cross, *solved;  /* (N, width) n_dense columns */
  double *left;            /* (N, width) n_left columns */
  int64_t n_fitted;        /* see GrangerFreeRows() */
  double flops;
} Chunk;

/* Largest number of columns of a target with this number of left-out samples. */
static double most_columns(double n, double n_excluded)
{
  return EVENT_WIDTH + PetscMin(n, n_excluded);
}

static double chunk_width(int ranks, double n, double n_rows, double n_excluded)
{
  const double targets = ceil(n / ranks), room = PetscMax(CHUNK_NUMBERS, targets * n_rows) / n;
  const double most = most_columns(n, n_excluded);

  return PetscMax(most, floor(PetscMin(room, targets * most)));
}

double EventMemory(int ranks, int64_t n_neurons, int64_t n_samples, int64_t n_filters,
                   PetscBool leaves_more)
{
  const double n = (double)n_neurons, t = (double)n_samples, often = 0.05 * t;
  const double excluded = leaves_more ? t : often;
  const double q = most_columns(n, excluded), m = n * (double)PetscMax(1, n_filters);
  const double share = m * m / ranks, events = 0.5 * n * often + n / ranks * often;

  if (n_filters > 0) {
    return events + EventFilteredMemory(m, t) + 3.0 * share;
  }
  /* events of all neurons and of the local ones; rows; three matrices of a chunk; one border; a
     piece; inverse */
  return events + (EVENT_WIDTH + 3.0) * t + 3.0 * n * chunk_width(ranks, n, t, excluded) +
         q * (2.0 * n + q) + PetscMax(n, PetscMin(PIECE_NUMBERS, share)) + 3.0 * share;
}

static PetscErrorCode chunk_create(const EventSources *s, Chunk *c)
{
  int64_t most = 0;

  PetscFunctionBegin;
  for (int64_t i = 0; i < s->part->n_local; i++) {
    most = PetscMax(most, EventMostExcluded(s, i));
  }
  *c = (Chunk){
      .sources = s,
      .width = (int64_t)chunk_width(s->part->size, (double)s->n, (double)s->n_rows, (double)most)};
  PetscCall(PetscMalloc2(s->part->n_local, &c->borders, s->n_rows * EVENT_WIDTH, &c->own));
  PetscCall(PetscMalloc3(s->n * c->width, &c->cross, s->n * c->width, &c->solved, s->n * c->width,
                         &c->left));
  PetscFunctionReturn(0);
}

static PetscErrorCode chunk_free(Chunk *c)
{
  PetscFunctionBegin;
  PetscCall(PetscFree2(c->borders, c->own));
  PetscCall(PetscFree3(c->cross, c->solved, c->left));
  PetscFunctionReturn(0);
}

static PetscBool chunk_has_room(const Chunk *c, int64_t target)
{
  const int64_t n_excluded = EventMostExcluded(c->sources, target);
  const int64_t most = EVENT_WIDTH + PetscMin(c->sources->n, n_excluded);

  return PetscMax(c->n_dense, c->n_left) + most <= c->width ? PETSC_TRUE : PETSC_FALSE;
}

/* Adds the products of the indicators with own terms and target. */
static PetscErrorCode add_own(Chunk *c, EventBorder *b)
{
  const EventSources *s = c->sources;
  const int64_t width = b->n_own + 1;
  double *by_source;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(s->n * EVENT_WIDTH, &by_source));
  for (int64_t r = 0; r < s->n_rows; r++) {
    const double *own = c->own + r * EVENT_WIDTH;

    for (int64_t k = s->event_start[r]; k < s->event_start[r + 1]; k++) {
      double *to = by_source + (int64_t)s->sources[k] * EVENT_WIDTH;

      for (int64_t m = 0; m < width; m++) {
        to[m] += own[m];
      }
    }
  }
  for (int64_t m = 0; m < width; m++) {
    for (int64_t j = 0; j < s->n; j++) {
      b->cross[j + m * s->n] = by_source[j * EVENT_WIDTH + m];
    }
  }
  c->flops += 2.0 * (double)(s->event_start[s->n_rows] * width);
  PetscCall(PetscFree(by_source));
  PetscFunctionReturn(0);
}

static PetscErrorCode add_border(Chunk *c, int64_t target)
{
  const EventSources *s = c->sources;
  EventBorder *b = &c->borders[c->n_borders++];

  PetscFunctionBegin;
  PetscCall(EventOwn(s, target, c->own, b));
  c->flops += (double)s->n_rows * 4.0 * EVENT_OWN * EVENT_OWN;
  b->cross = c->cross + c->n_dense * s->n;
  b->solved = c->solved + c->n_dense * s->n;
  PetscCall(add_own(c, b));
  c->n_dense += b->n_own + 1;
  b->squeezed = b->n_excluded > s->n ? PETSC_TRUE : PETSC_FALSE;
  if (b->squeezed) {
    PetscCall(EventSqueeze(s, b, c->cross + c->n_dense * s->n, &b->n_left));
    b->left = c->solved + c->n_dense * s->n;
    c->n_dense += b->n_left;
  } else {
    b->n_left = b->n_excluded;
    b->left = c->left + c->n_left * s->n;
    c->n_left += b->n_left;
  }
  PetscFunctionReturn(0);
}

/* Takes as many of the next local targets as fit. */
static PetscErrorCode chunk_fill(Chunk *c, int64_t next)
{
  PetscFunctionBegin;
  c->n_dense = c->n_left = c->n_borders = 0;
  while (next < c->sources->part->n_local && chunk_has_room(c, next)) {
    PetscCall(add_border(c, next++));
  }
  PetscFunctionReturn(0);
}

/* Adds the columns of the inverse within [first, first + count) whose sources occur in left-out
   rows. */
static void sum_left_out(Chunk *c, EventBorder *b, const double *piece, int64_t first,
                         int64_t count)
{
  const EventSources *s = c->sources;

  for (int64_t k = 0; !b->squeezed && k < b->n_left; k++) {
    const int64_t row = b->excluded[k];

    for (int64_t m = s->event_start[row]; m < s->event_start[row + 1]; m++) {
      const int64_t column = s->sources[m] - first;

      if (column >= 0 && column < count) {
        cblas_daxpy((int)s->n, 1.0, piece + column * s->n, 1, b->left + k * s->n, 1);
        c->flops += 2.0 * (double)s->n;
      }
    }
  }
}

/* Processes the inverse in pieces of whole columns: solved = inverse times cross, left = sums of
   its columns. */
static PetscErrorCode chunk_solve(Chunk *c)
{
  const EventSources *s = c->sources;
  const int64_t most = PetscMax(1, PetscMin(PIECE_NUMBERS / s->n, s->part->block));
  const int n = (int)s->n, n_dense = (int)c->n_dense;
  double *buffer;

  PetscFunctionBegin;
  PetscCall(PetscArrayzero(c->solved, s->n * c->n_dense));
  PetscCall(PetscArrayzero(c->left, s->n * c->n_left));
  PetscCall(PetscMalloc1(most * s->n, &buffer));
  for (int rank = 0; rank < s->part->size; rank++) {
    const int64_t start = PartitionFirst(s->part, rank), end = PartitionFirst(s->part, rank + 1);

    for (int64_t first = start; first < end; first += most) {
      const int count = (int)PetscMin(most, end - first);
      double *piece = rank == s->part->rank ? s->inverse + (first - start) * s->n : buffer;

      PetscCallMPI(MPI_Bcast(piece, count * n, MPI_DOUBLE, rank, s->part->comm));
      cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, n, n_dense, count, 1.0, piece, n,
                  c->cross + first, n, 1.0, c->solved, n);
      for (int64_t k = 0; k < c->n_borders; k++) {
        sum_left_out(c, &c->borders[k], piece, first, count);
      }
    }
  }
  c->flops += 2.0 * (double)s->n * (double)s->n * (double)n_dense;
  PetscCall(PetscFree(buffer));
  PetscFunctionReturn(0);
}

static PetscErrorCode finish_target(Chunk *c, const EventBorder *b, double *gc, double *p_value)
{
  const EventSources *s = c->sources;
  const int64_t at = b->target * s->n;
  double residual = 0;
  int64_t used = 0, unknowns;

  PetscFunctionBegin;
  if (b->power > 0) {
    PetscCall(EventBorderSolve(s, b, gc + at, &residual, &used, &c->flops));
  }
  /* left-out rows use up their own unknowns; the constant is among the own terms */
  unknowns = s->n_active + used - b->n_left + c->n_fitted;
  PetscCall(EventTest(s, b, unknowns, residual, gc + at, p_value + at));
  PetscFunctionReturn(0);
}

/* Finishes the targets of a chunk; returns an error that occurs on any rank. */
static PetscErrorCode chunk_finish(Chunk *c, double *gc, double *p_value)
{
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  for (int64_t k = 0; k < c->n_borders; k++) {
    status = status ? status : finish_target(c, &c->borders[k], gc, p_value);
    PetscCall(PetscFree(c->borders[k].excluded));
  }
  PetscFunctionReturn(ErrorAgree(c->sources->part->comm, status));
}

static PetscErrorCode solve_targets(Chunk *c, double *gc, double *p_value)
{
  const Partition *part = c->sources->part;
  int64_t next = 0, done = 0;
  Progress progress;
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  ProgressBegin(&progress, "granger", "event regressions", part->n_global);
  while (done < part->n_global && !status) {
    PetscCall(chunk_fill(c, next));
    PetscCall(chunk_solve(c));
    status = chunk_finish(c, gc, p_value);
    next += c->n_borders;
    PetscCallMPI(MPI_Allreduce(&next, &done, 1, MPI_INT64_T, MPI_SUM, part->comm));
    PetscCall(ProgressUpdate(&progress, done));
  }
  PetscCall(ProgressEnd(&progress));
  PetscFunctionReturn(status);
}

/* Solves all targets in chunks. */
static PetscErrorCode solve_chunks(const EventSources *s, int64_t n_fitted, double *gc,
                                   double *p_value, double *flops)
{
  const double n = (double)s->n;
  Chunk chunk;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(chunk_create(s, &chunk));
  chunk.n_fitted = n_fitted;
  chunk.flops = 8.0 / 3.0 * n * n * n / s->part->size;
  status = solve_targets(&chunk, gc, p_value);
  *flops = chunk.flops;
  PetscCall(chunk_free(&chunk));
  PetscFunctionReturn(status);
}

static PetscErrorCode run(Granger g, const EventSources *s, const EventScores *scores)
{
  PetscErrorCode status;
  double flops = 0;

  PetscFunctionBegin;
  status = s->filters ? EventSolveFiltered(s, g->n_fitted, scores, &flops)
                      : solve_chunks(s, g->n_fitted, scores->gc, scores->p_value, &flops);
  PetscCall(PetscLogFlops(flops));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &flops, 1, MPI_DOUBLE, MPI_SUM, s->part->comm));
  g->info.flops += flops;
  PetscFunctionReturn(status);
}

PetscErrorCode EventSolve(Granger g, const ProcessGrid *grid, Activity activity,
                          const EventTerms *terms, const EventScores *scores)
{
  const int64_t n = ActivityPartition(activity)->n_global;
  const int64_t order = terms->filters ? terms->filters->n_terms : 1;
  const int block = GrangerBlockNeurons(g, order, n, grid->rows, grid->columns);
  EventSources sources;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(LogEventStart(EVENT_GRANGER_EVENT));
  status = EventSourcesCreate(activity, grid, block, terms, &sources);
  status = status ? status : run(g, &sources, scores);
  PetscCall(EventSourcesFree(&sources));
  PetscCall(LogEventStop(EVENT_GRANGER_EVENT));
  PetscFunctionReturn(status);
}
