/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Effect of a changed message of a source on the forecasts of all targets. The message of one source is a small part of a
   target's input, so only the layers after the mixing are computed again. */
#include "signed/experiments.h"

#include "causeway/internal/parallel/reduce.h"

#include <math.h>

/* Largest number of windows of a split with acts, without and with events; rows of a stretch of acts. */
enum { MOST_WINDOWS = 256, MOST_EVENT_WINDOWS = 16384, TARGET_ROWS = 512 };

/* A change of a source in one window. */
typedef struct {
  int64_t sample, source;
  double change; /* change of the state: 1 for a removed event, else that of the value */
} Act;

typedef struct {
  Signed *m;
  const Windows *windows;
  int64_t stride; /* acts use every stride-th window */
  const double
      *mean; /* (n_local, channels) message times gain, for removals; NULL for interventions */
  const Batch *batch; /* present batch */
  int64_t n_acts;
  Act *acts;             /* acts of all ranks of the ring */
  Real *changes;         /* (n_acts, channels) gain x (unchanged message - changed message) */
  double *rows, *square; /* (n_local, n_global) sums of effects, and of their squares */
  double *power;         /* (n_global) sums of squared changes of the state */
  Tokens tokens;         /* a stretch of acts on all local targets */
  Real *x1, *mixed, *x2, *x3, *output;
} Experiment;

static PetscBool is_chosen(const Experiment *e, int64_t sample)
{
  return e->batch->start[sample] % e->stride == 0 ? PETSC_TRUE : PETSC_FALSE;
}

/* Lists the local interventions of a batch: the last sample of a source is replaced by the one before, where it has an event
   or, without events, in the chosen windows. Messages are computed twice. */
static PetscErrorCode list_interventions(Experiment *e, int64_t *n_acts, Act *acts, Real *changes)
{
  Signed *m = e->m;
  const Batch *batch = e->batch;
  const int context = m->base.shape.context, lags = m->source_lags;
  const int channels = m->channels;
  const int64_t pairs = TokensPairs(&m->tokens);
  Real *before;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(pairs * channels, &before));
  PetscCall(PetscArraycpy(before, m->messages, pairs * channels));
  for (int64_t pair = 0; pair < pairs; pair++) {
    const int64_t last = pair * context + context - 1, sample = pair / m->tokens.n_local;
    const uint8_t *event = batch->context_event + last;
    Real *source = m->source_input + pair * m->source_inputs;

    if (!is_chosen(e, sample) || (e->windows->has_events && (!event[0] || event[-1]))) {
      continue;
    }
    source[lags - 1] = batch->context[last - 1];
    if (m->source_inputs > lags) {
      source[2 * lags - 1] = event[-1];
    }
    acts[(*n_acts)++] = (Act){sample, m->tokens.first_neuron + pair % m->tokens.n_local,
                              e->windows->has_events ? 1.0
                                                     : (double)batch->context[last] -
                                                           (double)batch->context[last - 1]};
  }
  SignedMessages(m);
  for (int64_t k = 0; k < *n_acts; k++) {
    const int64_t j = acts[k].source - m->tokens.first_neuron;
    const int64_t at = (acts[k].sample * m->tokens.n_local + j) * channels;

    for (int c = 0; c < channels; c++) {
      changes[k * channels + c] =
          m->gain.value[j * channels + c] * (before[at + c] - m->messages[at + c]);
    }
  }
  PetscCall(PetscFree(before));
  PetscFunctionReturn(0);
}

/* Lists the local removals: in the chosen windows, the message of every source is replaced by its mean. */
static void list_removals(const Experiment *e, int64_t *n_acts, Act *acts, Real *changes)
{
  const Signed *m = e->m;
  const int channels = m->channels;

  for (int64_t pair = 0; pair < TokensPairs(&m->tokens); pair++) {
    const int64_t sample = pair / m->tokens.n_local, j = pair % m->tokens.n_local;

    if (is_chosen(e, sample)) {
      for (int c = 0; c < channels; c++) {
        changes[*n_acts * channels + c] =
            m->gain.value[j * channels + c] * m->messages[pair * channels + c] -
            (Real)e->mean[j * channels + c];
      }
      acts[(*n_acts)++] = (Act){sample, m->tokens.first_neuron + j, 1.0};
    }
  }
}

/* Gathers the acts of all ranks of the ring on every rank. */
static PetscErrorCode share_acts(Experiment *e, int64_t n_own, const Act *own,
                                 const Real *own_changes)
{
  const Partition *p = &e->m->base.weights.partition;
  const int channels = e->m->channels, mine = (int)n_own;
  int *count, *start, total = 0;
  MPI_Datatype act_type, change_type;

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(p->size, &count, p->size, &start));
  PetscCallMPI(MPI_Allgather(&mine, 1, MPI_INT, count, 1, MPI_INT, p->comm));
  for (int r = 0; r < p->size; r++) {
    start[r] = total;
    total += count[r];
  }
  e->n_acts = total;
  PetscCall(PetscMalloc2(total, &e->acts, (int64_t)total * channels, &e->changes));
  PetscCallMPI(MPI_Type_contiguous((int)sizeof(Act), MPI_BYTE, &act_type));
  PetscCallMPI(MPI_Type_commit(&act_type));
  PetscCallMPI(MPI_Type_contiguous(channels, MPI_REAL_TYPE, &change_type));
  PetscCallMPI(MPI_Type_commit(&change_type));
  PetscCallMPI(MPI_Allgatherv(own, mine, act_type, e->acts, count, start, act_type, p->comm));
  PetscCallMPI(MPI_Allgatherv(own_changes, mine, change_type, e->changes, count, start, change_type,
                              p->comm));
  PetscCallMPI(MPI_Type_free(&act_type));
  PetscCallMPI(MPI_Type_free(&change_type));
  PetscCall(PetscFree2(count, start));
  PetscFunctionReturn(0);
}

/* Effect of an act on a target: on the output without an event, which a source shifts most directly; or the increase of the
   loss without the source. */
static double effect(const Experiment *e, int64_t pair, const Real *changed)
{
  const Signed *m = e->m;
  const Real *output = m->output + pair * m->outputs;

  if (!e->mean) {
    return (double)output[m->outputs - 1] - (double)changed[m->outputs - 1];
  }
  return SignedLoss(m, changed, (double)e->batch->target[pair], e->batch->target_event[pair]) -
         SignedLoss(m, output, (double)e->batch->target[pair], e->batch->target_event[pair]);
}

/* Changes the inputs of the targets for acts [first, first + n). */
static PetscErrorCode change_inputs(Experiment *e, int64_t first, int64_t n)
{
  const Signed *m = e->m;
  const int64_t n_local = m->tokens.n_local, n_global = m->tokens.n_global;
  const int d = m->base.shape.width, channels = m->channels, width = m->cross.width;

  PetscFunctionBegin;
  for (int64_t k = 0; k < n; k++) {
    const Act *act = &e->acts[first + k];
    const Real *change = e->changes + (first + k) * channels;
    const int64_t from = act->sample * n_local;

    PetscCall(PetscArraycpy(e->x1 + k * n_local * d, m->x[1] + from * d, n_local * d));
    for (int64_t i = 0; i < n_local; i++) {
      for (int c = 0; c < channels; c++) {
        e->mixed[(k * n_local + i) * channels + c] =
            m->mixed[(from + i) * channels + c] -
            m->cross.weight[(i * m->cross.heads + c / width) * n_global + act->source] * change[c];
      }
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode apply_acts(Experiment *e, const Pass *pass, int64_t first, int64_t n)
{
  Signed *m = e->m;
  const int64_t n_local = m->tokens.n_local, n_global = m->tokens.n_global;

  PetscFunctionBegin;
  e->tokens.n_samples = n;
  PetscCall(change_inputs(e, first, n));
  PetscCall(SignedFinish(m, pass, &e->tokens, e->x1, e->mixed, e->x2, e->x3, e->output));
  for (int64_t k = 0; k < n; k++) {
    const Act *act = &e->acts[first + k];

    for (int64_t i = 0; i < n_local; i++) {
      const double value = act->change * effect(e, act->sample * n_local + i,
                                                e->output + (k * n_local + i) * m->outputs);

      e->rows[i * n_global + act->source] += value;
      e->square[i * n_global + act->source] += value * value;
    }
    e->power[act->source] += act->change * act->change;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode act_on_batch(ForecastModel *model, const Batch *batch, void *context)
{
  Experiment *e = context;
  const Signed *m = e->m;
  const Pass pass = ForecastPass(&m->base, &e->m->work, PETSC_FALSE, 0, 0, 0);
  const int64_t pairs = TokensPairs(&m->tokens), n_local = PetscMax(1, m->tokens.n_local);
  const int64_t most = PetscMax(1, PetscMin(TARGET_ROWS / n_local, pairs / n_local));
  int64_t n_own = 0;
  Act *own;
  Real *changes;

  PetscFunctionBegin;
  (void)model;
  e->batch = batch;
  PetscCall(PetscMalloc2(pairs, &own, pairs * m->channels, &changes));
  if (e->mean) {
    list_removals(e, &n_own, own, changes);
  } else {
    PetscCall(list_interventions(e, &n_own, own, changes));
  }
  PetscCall(share_acts(e, n_own, own, changes));
  for (int64_t k = 0; k < e->n_acts; k += most) {
    PetscCall(apply_acts(e, &pass, k, PetscMin(most, e->n_acts - k)));
  }
  PetscCall(PetscFree2(e->acts, e->changes));
  PetscCall(PetscFree2(own, changes));
  PetscFunctionReturn(0);
}

PetscErrorCode SignedExperiment(Signed *m, const Windows *windows, int64_t batch_size,
                                int64_t first, int64_t count, const double *mean, double *rows,
                                double *square, double *power)
{
  const PetscBool by_events = windows->has_events && !mean ? PETSC_TRUE : PETSC_FALSE;
  const int64_t most = by_events ? MOST_EVENT_WINDOWS : MOST_WINDOWS;
  Experiment experiment = {.m = m,
                           .windows = windows,
                           .stride = PetscMax(1, count / most),
                           .mean = mean,
                           .rows = rows,
                           .square = square,
                           .power = power};
  Experiment *e = &experiment;
  ForecastModel *model = &m->base;
  const int64_t room = PetscMax(TARGET_ROWS, m->tokens.n_local);
  const int64_t length = m->tokens.n_local * m->tokens.n_global;
  const int d = model->shape.width;

  PetscFunctionBegin;
  e->tokens = m->tokens;
  PetscCall(PetscMalloc5(room * d, &e->x1, room * m->channels, &e->mixed, room * d, &e->x2,
                         room * d, &e->x3, room * m->outputs, &e->output));
  PetscCall(ForecastVisit(model, e->windows, batch_size, first, count, act_on_batch, e));
  PetscCall(SumOverRanks(model->grid->batch, length, MPI_DOUBLE, e->rows));
  PetscCall(SumOverRanks(model->grid->batch, length, MPI_DOUBLE, e->square));
  PetscCall(SumOverRanks(model->grid->batch, m->tokens.n_global, MPI_DOUBLE, e->power));
  PetscCall(PetscFree5(e->x1, e->mixed, e->x2, e->x3, e->output));
  PetscFunctionReturn(0);
}
