/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Event regressions on filtered sources: the ranks hand each other the shared Gram matrix, and each
   target takes its own terms and left-out rows away from it. */
#include "events/event_regression.h"

#include "causeway/error.h"
#include "causeway/internal/core/blas.h"
#include "causeway/log.h"

#include <math.h>

/* Most numbers that one broadcast carries, and that lagged products take; of one source with a long
   memory they may take more. */
enum { PIECE_NUMBERS = 1 << 22, LAGGED_NUMBERS = 1 << 20 };

typedef struct {
  const EventSources *s;
  int64_t m;      /* columns of all sources */
  double *own;    /* (n_rows, EVENT_WIDTH) of one target */
  double *lagged; /* (neurons of a pass, reach, EVENT_WIDTH) own terms after their events */
  double *cross;  /* (EVENT_WIDTH, m) products of the sources with own terms, then the target */
  double *matrix; /* (m, m) */
  double *scale;  /* (m) see EventSystem */
  double *b;      /* (m) coefficients */
  int64_t n_pass; /* neurons of a pass */
  EventRow row;
  int64_t n_fitted;
  double flops;
} Work;

double EventFilteredMemory(double n_columns, double n_samples)
{
  /* own terms and numbers of rows and samples; lagged products; products with own terms; matrix */
  return (EVENT_WIDTH + 5.0) * n_samples + LAGGED_NUMBERS + (EVENT_WIDTH + 6.0) * n_columns +
         n_columns * n_columns;
}

/* 1 / root of the diagonal of G */
static PetscErrorCode find_scale(Work *w)
{
  const EventSources *s = w->s;
  const int64_t first = s->part->first * s->n_terms;

  PetscFunctionBegin;
  PetscCall(PetscArrayzero(w->scale, w->m));
  for (int64_t k = 0; k < s->part->n_local * s->n_terms; k++) {
    const double square = s->gram[k * w->m + first + k];

    w->scale[first + k] = square > 0 ? 1.0 / sqrt(square) : 0.0;
  }
  PetscCallMPI(
      MPI_Allreduce(MPI_IN_PLACE, w->scale, (int)w->m, MPI_DOUBLE, MPI_SUM, s->part->comm));
  PetscFunctionReturn(0);
}

static PetscErrorCode create(const EventSources *s, int64_t n_fitted, Work *w)
{
  const int64_t m = s->n * s->n_terms;
  const int64_t n_pass = PetscMin(s->n, PetscMax(1, LAGGED_NUMBERS / (s->reach * EVENT_WIDTH)));

  PetscFunctionBegin;
  *w = (Work){.s = s, .m = m, .n_pass = n_pass, .n_fitted = n_fitted};
  PetscCall(PetscMalloc3(s->n_rows * EVENT_WIDTH, &w->own, n_pass * s->reach * EVENT_WIDTH,
                         &w->lagged, m * m, &w->matrix));
  PetscCall(PetscMalloc3(m * EVENT_WIDTH, &w->cross, m, &w->scale, m, &w->b));
  PetscCall(EventRowCreate(s, &w->row));
  PetscCall(find_scale(w));
  PetscFunctionReturn(0);
}

static PetscErrorCode destroy(Work *w)
{
  PetscFunctionBegin;
  PetscCall(PetscFree3(w->own, w->lagged, w->matrix));
  PetscCall(PetscFree3(w->cross, w->scale, w->b));
  PetscCall(EventRowFree(&w->row));
  PetscFunctionReturn(0);
}

/* Gives the Gram matrix to every rank, in pieces of whole columns. */
static PetscErrorCode receive_gram(Work *w)
{
  const Partition *part = w->s->part;
  const int64_t most = PetscMax(1, PIECE_NUMBERS / w->m), terms = w->s->n_terms;

  PetscFunctionBegin;
  PetscCall(PetscArraycpy(w->matrix + part->first * terms * w->m, w->s->gram,
                          part->n_local * terms * w->m));
  for (int rank = 0; rank < part->size; rank++) {
    const int64_t end = PartitionFirst(part, rank + 1) * terms;

    for (int64_t first = PartitionFirst(part, rank) * terms; first < end; first += most) {
      const int64_t count = PetscMin(most, end - first);

      PetscCallMPI(
          MPI_Bcast(w->matrix + first * w->m, (int)(count * w->m), MPI_DOUBLE, rank, part->comm));
    }
  }
  PetscFunctionReturn(0);
}

/* Takes the products of a left-out row from the lower triangle. */
static void subtract_row(Work *w, int64_t index)
{
  const int64_t terms = w->s->n_terms;
  EventRow *row = &w->row;

  EventRowFill(w->s, index, row);
  for (int64_t a = 0; a < row->n_filled * terms; a++) {
    const int64_t column = row->source[a / terms] * terms + a % terms;

    for (int64_t c = 0; c < row->n_filled; c++) {
      double *to = w->matrix + column * w->m + row->source[c] * terms;

      for (int64_t k = 0; row->source[c] >= row->source[a / terms] && k < terms; k++) {
        to[k] -= row->terms[a] * row->terms[c * terms + k];
      }
    }
  }
  w->flops += (double)(row->n_filled * terms) * (double)(row->n_filled * terms);
}

/* Sums the own terms that follow the events of neurons [first, first + n_pass), lag by lag; rows of a
   segment are contiguous. */
static void add_lagged(Work *w, int64_t first)
{
  const EventSources *s = w->s;
  const Segment *segments;
  const int64_t n_segments = ActivitySegments(s->activity, &segments);
  const int64_t margin = PetscMax(EVENT_LAGS, s->reach);

  for (int64_t k = 0; k < n_segments; k++) {
    for (int64_t t = segments[k].first; t < segments[k].end; t++) {
      const int64_t from = PetscMax(t + 1, segments[k].first + margin);
      const int64_t end = PetscMin(t + s->reach + 1, segments[k].end);

      for (int64_t e = s->event_start[t]; from < end && e < s->event_start[t + 1]; e++) {
        const int64_t neuron = s->sources[e] - first;

        if (neuron >= 0 && neuron < w->n_pass) {
          cblas_daxpy((int)((end - from) * EVENT_WIDTH), 1.0,
                      w->own + s->row_of[from] * EVENT_WIDTH, 1,
                      w->lagged + (neuron * s->reach + from - t - 1) * EVENT_WIDTH, 1);
        }
      }
    }
  }
}

/* cross = own' X: a column is the sum over lags of a filter's weight times the own terms at that lag
   behind the events of its source. */
static PetscErrorCode multiply_own(Work *w)
{
  const EventSources *s = w->s;
  const int64_t size = s->reach * EVENT_WIDTH;

  PetscFunctionBegin;
  for (int64_t first = 0; first < s->n; first += w->n_pass) {
    const int64_t count = PetscMin(w->n_pass, s->n - first);

    PetscCall(PetscArrayzero(w->lagged, count * size));
    add_lagged(w, first);
    for (int64_t j = 0; j < count; j++) {
      cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, EVENT_WIDTH, (int)s->n_terms,
                  (int)s->reach, 1.0, w->lagged + j * size, EVENT_WIDTH, s->filters->filter,
                  (int)s->reach, 0.0, w->cross + (first + j) * s->n_terms * EVENT_WIDTH,
                  EVENT_WIDTH);
    }
  }
  w->flops += 2.0 * (double)size * (double)(s->event_start[s->n_slots] + w->m);
  PetscFunctionReturn(0);
}

/* Weight, sign and latency; 0 without coefficients, and on the diagonal. */
static PetscErrorCode describe(const Work *w, int64_t target, const EventScores *scores)
{
  const EventSources *s = w->s;
  const double scale = ActivityScale(s->activity, target);
  const double interval_ms = ActivityInterval(s->activity);

  PetscFunctionBegin;
  for (int64_t j = 0; j < s->n; j++) {
    const double *b = w->b + j * s->n_terms;
    const int64_t at = target * s->n + j;
    double sum = 0;

    for (int64_t k = 0; j != s->part->first + target && k < s->n_terms; k++) {
      sum += b[k];
    }
    scores->weight[at] = sum / scale;
    scores->sign[at] = (sum > 0) - (sum < 0);
    scores->latency[at] = sum == 0 ? 0.0 : BasisPeak(s->filters, b, scores->sign[at]) * interval_ms;
  }
  PetscFunctionReturn(0);
}

/* The system of a target, from G and its own terms. */
static PetscErrorCode assemble(Work *w, int64_t target, EventBorder *border, EventSystem *system)
{
  const double m = (double)w->m;

  PetscFunctionBegin;
  PetscCall(EventOwn(w->s, target, w->own, border));
  PetscCall(multiply_own(w));
  for (int64_t k = 0; k < border->n_excluded; k++) {
    subtract_row(w, border->excluded[k]);
  }
  cblas_dsyrk(CblasColMajor, CblasLower, CblasTrans, (int)w->m, (int)border->n_own, -1.0, w->cross,
              EVENT_WIDTH, 1.0, w->matrix, (int)w->m);
  for (int64_t k = 0; k < w->m; k++) {
    w->b[k] = w->cross[k * EVENT_WIDTH + border->n_own];
  }
  PetscCall(PetscArraycpy(w->cross, w->b, w->m));
  *system = (EventSystem){
      .m = w->m, .matrix = w->matrix, .cross = w->cross, .scale = w->scale, .power = border->power};
  w->flops += (double)w->s->n_rows * 4.0 * EVENT_OWN * EVENT_OWN + m * m * (double)border->n_own +
              m * m * (2.0 / 3.0 * m + (double)w->s->n_terms);
  PetscFunctionReturn(0);
}

static PetscErrorCode solve_target(Work *w, int64_t target, const EventScores *scores)
{
  const EventSources *s = w->s;
  double *growth = scores->gc + target * s->n, residual = 0;
  EventBorder border;
  EventSystem system;
  int64_t rank = 0, unknowns;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(assemble(w, target, &border, &system));
  if (border.power > 0) {
    PetscCall(EventSystemSolve(s, &system, growth, w->b, &residual, &rank));
    PetscCall(describe(w, target, scores));
  }
  unknowns = rank + border.n_own + w->n_fitted; /* the constant is among the own terms */
  status = EventTest(s, &border, unknowns, residual, growth, scores->p_value + target * s->n);
  PetscCall(PetscFree(border.excluded));
  PetscFunctionReturn(status);
}

PetscErrorCode EventSolveFiltered(const EventSources *s, int64_t n_fitted,
                                  const EventScores *scores, double *flops)
{
  const Partition *part = s->part;
  PetscErrorCode status = 0;
  Progress progress;
  Work w;

  PetscFunctionBegin;
  PetscCall(create(s, n_fitted, &w));
  ProgressBegin(&progress, "granger", "event regressions", part->n_global);
  for (int64_t target = 0; target < part->block && !status; target++) {
    PetscCall(receive_gram(&w));
    status = target < part->n_local ? solve_target(&w, target, scores) : 0;
    status = ErrorAgree(part->comm, status);
    PetscCall(ProgressUpdate(&progress, PetscMin(part->n_global, (target + 1) * part->size)));
  }
  PetscCall(ProgressEnd(&progress));
  *flops += w.flops;
  PetscCall(destroy(&w));
  PetscFunctionReturn(status);
}
