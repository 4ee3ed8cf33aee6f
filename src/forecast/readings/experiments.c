/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "readings/experiments.h"

#include "causeway/internal/parallel/reduce.h"
#include "layers/loss.h"

#include <math.h>

enum { ACTS_OF_SOURCE = 64 };

typedef struct {
  int64_t window, source;
  double
      change; /* change of the state: 1 for a removed event or past, else that of the last value */
} Act;

typedef struct {
  ForecastModel *model;
  const Windows *windows;
  const double *mean;    /* (n_local) replacement values of removals; NULL for interventions */
  double *rows, *square; /* (n_local, n_global) sums of effects, and of their squares or NULL */
  double *power;         /* (n_global) sums of squared changes */
  Batch batch;
  Real *forecast[2]; /* (samples, n_local, horizon) of unchanged and of changed windows */
  int64_t *order;    /* (batch_size) windows of a batch */
} Experiment;

void EffectsPerUnit(int64_t n_local, int64_t n, const double *power, double *rows)
{
  for (int64_t at = 0; at < n_local * n; at++) {
    rows[at] = power[at % n] > 0 ? rows[at] / power[at % n] : 0.0;
  }
}

void EffectsMeans(int64_t n_local, int64_t n, const double *power, double *rows, double *error)
{
  for (int64_t at = 0; at < n_local * n; at++) {
    const double n_acts = PetscMax(power[at % n], 2.0), mean = rows[at] / n_acts;

    error[at] = sqrt(fmax(0.0, error[at] / n_acts - mean * mean) / (n_acts - 1.0));
    rows[at] = mean;
  }
}

static PetscBool is_open(const Windows *w, PetscBool removes, int64_t j, int64_t window)
{
  const int64_t last = window + w->context - 1;
  const uint8_t *event = w->events + j * w->n_samples + last;

  if (removes) {
    return PETSC_TRUE;
  }
  return last > 0 && (!w->has_events || (event[0] && !event[-1])) ? PETSC_TRUE : PETSC_FALSE;
}

/* Lists the acts on a local source: equally spaced ones among the windows in which it can be changed. */
static int64_t list_acts(const Windows *w, PetscBool removes, int64_t j, int64_t first,
                         int64_t count, Act *acts)
{
  int64_t n_open = 0, n = 0, seen = 0, most;

  for (int64_t k = first; k < first + count; k++) {
    n_open += is_open(w, removes, j, k);
  }
  most = PetscMin(n_open, ACTS_OF_SOURCE);
  for (int64_t k = first; k < first + count && n < most; k++) {
    if (is_open(w, removes, j, k) && seen++ == n * n_open / most) {
      const Real *last = w->values + j * w->n_samples + k + w->context - 1;
      const PetscBool by_value = removes || w->has_events ? PETSC_FALSE : PETSC_TRUE;

      acts[n++] =
          (Act){k, w->partition.first + j, by_value ? (double)last[0] - (double)last[-1] : 1.0};
    }
  }
  return n;
}

/* Gathers the acts on all sources in order on every rank of the ring; freed by the caller. */
static PetscErrorCode share_acts(const Windows *w, PetscBool removes, int64_t first, int64_t count,
                                 int64_t *n_acts, Act **acts)
{
  const Partition *p = &w->partition;
  int *number, *start, total = 0, mine = 0;
  MPI_Datatype type;
  Act *own;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(p->n_local * ACTS_OF_SOURCE, &own));
  for (int64_t j = 0; j < p->n_local; j++) {
    mine += (int)list_acts(w, removes, j, first, count, own + mine);
  }
  PetscCall(PetscMalloc2(p->size, &number, p->size, &start));
  PetscCallMPI(MPI_Allgather(&mine, 1, MPI_INT, number, 1, MPI_INT, p->comm));
  for (int r = 0; r < p->size; r++) {
    start[r] = total;
    total += number[r];
  }
  *n_acts = total;
  PetscCall(PetscMalloc1(total, acts));
  PetscCallMPI(MPI_Type_contiguous((int)sizeof(Act), MPI_BYTE, &type));
  PetscCallMPI(MPI_Type_commit(&type));
  PetscCallMPI(MPI_Allgatherv(own, mine, type, *acts, number, start, type, p->comm));
  PetscCallMPI(MPI_Type_free(&type));
  PetscCall(PetscFree2(number, start));
  PetscCall(PetscFree(own));
  PetscFunctionReturn(0);
}

/* Changes this rank's sources in a batch. */
static void change_sources(Experiment *e, const Act *acts)
{
  const Partition *p = &e->windows->partition;
  const int context = e->windows->context;

  for (int64_t s = 0; s < e->batch.n_samples; s++) {
    const int64_t j = acts[s].source - p->first, at = (s * p->n_local + j) * context;

    if (j < 0 || j >= p->n_local) {
      continue;
    }
    for (int t = 0; e->mean && t < context; t++) {
      e->batch.context[at + t] = (Real)e->mean[j];
      e->batch.context_event[at + t] = 0;
    }
    if (!e->mean) {
      const int64_t before = j * e->windows->n_samples + acts[s].window + context - 2;

      e->batch.context[at + context - 1] = e->windows->values[before];
      e->batch.context_event[at + context - 1] = e->windows->events[before];
    }
  }
}

/* Effect of an act on entry `at` of the forecasts. */
static double effect(const Experiment *e, int64_t at)
{
  const LossType loss = (LossType)e->model->shape.loss;
  const double y = (double)e->batch.target[at];
  const double as_is = (double)e->forecast[0][at], changed = (double)e->forecast[1][at];

  return e->mean ? LossOfForecast(loss, changed, y) - LossOfForecast(loss, as_is, y)
                 : as_is - changed;
}

static void add_effects(Experiment *e, const Act *acts)
{
  const Partition *p = &e->windows->partition;
  const int horizon = e->windows->horizon;

  for (int64_t s = 0; s < e->batch.n_samples; s++) {
    const Act *act = &acts[s];

    for (int64_t i = 0; i < p->n_local; i++) {
      const int64_t to = i * p->n_global + act->source;
      double value = 0;

      for (int t = 0; t < horizon; t++) {
        value += act->change * effect(e, (s * p->n_local + i) * horizon + t) / horizon;
      }
      e->rows[to] += value;
      if (e->square) {
        e->square[to] += value * value;
      }
    }
    e->power[act->source] += act->change * act->change;
  }
}

static PetscErrorCode act_on_batch(Experiment *e, const Act *acts, int64_t n)
{
  ForecastModel *m = e->model;
  double loss;

  PetscFunctionBegin;
  for (int64_t k = 0; k < n; k++) {
    e->order[k] = acts[k].window;
  }
  BatchFill(e->windows, m->grid, e->order, 0, n, &e->batch);
  acts += e->batch.first_sample;
  PetscCall(m->type->forward(m, &e->batch, PETSC_FALSE, 0, 0, 0, e->forecast[0], &loss));
  change_sources(e, acts);
  PetscCall(m->type->forward(m, &e->batch, PETSC_FALSE, 0, 0, 0, e->forecast[1], &loss));
  add_effects(e, acts);
  PetscFunctionReturn(0);
}

PetscErrorCode ExperimentRun(ForecastModel *model, const Windows *w, int64_t batch_size,
                             int64_t first, int64_t count, const double *mean, double *rows,
                             double *square, double *power)
{
  Experiment experiment = {
      .model = model, .windows = w, .mean = mean, .rows = rows, .square = square, .power = power};
  Experiment *e = &experiment;
  const TrainGrid *grid = model->grid;
  const int64_t length = w->partition.n_local * w->partition.n_global;
  const int64_t room = batch_size * w->partition.n_local * w->horizon;
  int64_t n_acts;
  Act *acts;

  PetscFunctionBegin;
  PetscCall(share_acts(w, e->mean ? PETSC_TRUE : PETSC_FALSE, first, count, &n_acts, &acts));
  PetscCall(BatchCreate(w, grid, batch_size, &e->batch));
  PetscCall(PetscMalloc3(room, &e->forecast[0], room, &e->forecast[1], batch_size, &e->order));
  for (int64_t k = 0; k < n_acts; k += batch_size) {
    PetscCall(act_on_batch(e, acts + k, PetscMin(batch_size, n_acts - k)));
  }
  PetscCall(SumOverRanks(grid->batch, length, MPI_DOUBLE, e->rows));
  if (e->square) {
    PetscCall(SumOverRanks(grid->batch, length, MPI_DOUBLE, e->square));
  }
  PetscCall(SumOverRanks(grid->batch, w->partition.n_global, MPI_DOUBLE, e->power));
  PetscCall(PetscFree3(e->forecast[0], e->forecast[1], e->order));
  PetscCall(BatchDestroy(&e->batch));
  PetscCall(PetscFree(acts));
  PetscFunctionReturn(0);
}
