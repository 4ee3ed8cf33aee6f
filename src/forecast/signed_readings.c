/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What a trained signed forecaster says of pairs of neurons. */
#include "signed.h"

#include <math.h>

/* Windows of a split without events that an intervention looks at. */
enum { MOST_WINDOWS = 64, TARGET_ROWS = 512 };

static PetscErrorCode read_attention(ForecastModel *model, const Windows *windows,
                                     int64_t batch_size, int64_t first, int64_t count, double *rows)
{
  Signed *m = (Signed *)model;
  const int64_t n = m->base.shape.n_neurons;

  PetscFunctionBegin;
  (void)windows, (void)batch_size, (void)first, (void)count; /* the same for all */
  PetscCall(CrossWeights(&m->cross, &m->base.shape, m->target.value, m->source.value));
  for (int64_t i = 0; i < m->tokens.n_local; i++) {
    for (int h = 0; h < m->cross.heads; h++) {
      for (int64_t j = 0; j < n; j++) {
        rows[i * n + j] += (double)m->cross.weight[(i * m->cross.heads + h) * n + j];
      }
    }
  }
  PetscFunctionReturn(0);
}

/* Sums over windows of what a source sends, of how it sends more of it in a stronger state: the event at the last lag,
   or without events the value. Per source: count, sum of the state, of its square, then of messages and of their
   products with the state. */
static void add_messages(const Signed *m, const Batch *batch, PetscBool has_events, double *sums)
{
  const int context = m->base.shape.context, channels = m->channels, columns = 3 + 2 * channels;

  for (int64_t pair = 0; pair < TokensPairs(&m->tokens); pair++) {
    const int64_t j = pair % m->tokens.n_local, last = pair * context + context - 1;
    const double state =
        has_events ? (double)batch->context_event[last] : (double)batch->context[last];
    double *s = sums + j * columns;

    s[0] += 1;
    s[1] += state;
    s[2] += state * state;
    for (int c = 0; c < channels; c++) {
      const double value =
          (double)(m->gain.value[j * channels + c] * m->messages[pair * channels + c]);

      s[3 + c] += value;
      s[3 + channels + c] += value * state;
    }
  }
}

/* Messages by state, (n_global, channels) on every rank: difference between windows with and without an event. */
static PetscErrorCode find_contrast(Signed *m, const double *sums, Real *contrast)
{
  const Partition *p = &m->base.weights.partition;
  const int channels = m->channels, columns = 3 + 2 * channels;

  PetscFunctionBegin;
  for (int64_t j = 0; j < p->n_local; j++) {
    const double *s = sums + j * columns, mean = s[1] / s[0];
    const double variance = s[2] / s[0] - mean * mean;

    for (int c = 0; c < channels; c++) {
      const double covariance = s[3 + channels + c] / s[0] - mean * s[3 + c] / s[0];

      contrast[(p->first + j) * channels + c] = variance > 0 ? (Real)(covariance / variance) : 0;
    }
  }
  PetscCallMPI(MPI_Allgather(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, contrast,
                             (int)(p->block * channels), MPI_REAL_TYPE, p->comm));
  PetscFunctionReturn(0);
}

/* rows(i, j) = | sum over heads of W_o a_ij contrast_j | */
static PetscErrorCode weigh_contrast(Signed *m, const Real *contrast, double *rows)
{
  const int64_t n = m->base.shape.n_neurons;
  const int channels = m->channels, d = m->base.shape.width, width = m->cross.width;
  Real *sent, *got;

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(n * channels, &sent, n * d, &got));
  for (int64_t i = 0; i < m->tokens.n_local; i++) {
    const Real *weight = m->cross.weight + i * m->cross.heads * n;

    for (int64_t j = 0; j < n; j++) {
      for (int c = 0; c < channels; c++) {
        sent[j * channels + c] = weight[c / width * n + j] * contrast[j * channels + c];
      }
    }
    Gemm(CblasNoTrans, CblasTrans, n, d, channels, sent, channels, m->out[0].value, channels, 0,
         got, d);
    for (int64_t j = 0; j < n; j++) {
      double square = 0;

      for (int c = 0; c < d; c++) {
        square += (double)got[j * d + c] * (double)got[j * d + c];
      }
      rows[i * n + j] = sqrt(square);
    }
  }
  PetscCall(PetscFree2(sent, got));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_value_weighted(ForecastModel *model, const Windows *windows,
                                          int64_t batch_size, int64_t first, int64_t count,
                                          double *rows)
{
  Signed *m = (Signed *)model;
  const Partition *p = &model->weights.partition;
  const int64_t length = p->n_local * (3 + 2 * m->channels);
  double *sums, loss;
  Real *contrast;
  Batch batch;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(length, &sums));
  PetscCall(PetscMalloc1(p->block * p->size * m->channels, &contrast));
  PetscCall(BatchCreate(windows, model->grid, batch_size, &batch));
  for (int64_t start = 0; start < count; start += batch_size) {
    BatchFill(windows, model->grid, NULL, first + start, PetscMin(batch_size, count - start),
              &batch);
    PetscCall(model->type->forward(model, &batch, PETSC_FALSE, 0, 0, 0, NULL, &loss));
    add_messages(m, &batch, windows->has_events, sums);
  }
  PetscCallMPI(
      MPI_Allreduce(MPI_IN_PLACE, sums, (int)length, MPI_DOUBLE, MPI_SUM, model->grid->batch));
  PetscCall(find_contrast(m, sums, contrast));
  PetscCall(weigh_contrast(m, contrast, rows));
  PetscCall(BatchDestroy(&batch));
  PetscCall(PetscFree(contrast));
  PetscCall(PetscFree(sums));
  PetscFunctionReturn(0);
}

/* An intervention on a source in one window: its message changes by so much. */
typedef struct {
  int64_t sample, source;
  double change; /* of the state: 1 for an event that is taken away, else that of the value */
} Act;

typedef struct {
  Signed *m;
  const Batch *batch;
  int64_t n_acts;
  Act *acts;     /* of all ranks of the ring */
  Real *changes; /* (n_acts, channels) gain x (message as it is - message of the act) */
  double *power; /* (n_global) sum of squared changes of the state */
  /* a stretch of acts on all local targets */
  Tokens tokens;
  Real *x1, *mixed, *x2, *x3, *output;
} Intervention;

/* Local acts of a batch, with what they change; messages are made twice. */
static PetscErrorCode list_acts(Intervention *v, PetscBool has_events, int64_t stride,
                                int64_t *n_acts, Act **acts, Real **changes)
{
  Signed *m = v->m;
  const Batch *batch = v->batch;
  const int context = m->base.shape.context, lags = m->base.shape.source_lags;
  const int channels = m->channels;
  const int64_t pairs = TokensPairs(&m->tokens);
  Real *before;

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(pairs, acts, pairs * channels, changes));
  PetscCall(PetscMalloc1(pairs * channels, &before));
  PetscCall(PetscArraycpy(before, m->messages, pairs * channels));
  *n_acts = 0;
  for (int64_t pair = 0; pair < pairs; pair++) {
    const int64_t last = pair * context + context - 1, sample = pair / m->tokens.n_local;
    const PetscBool acted = has_events
                                ? batch->context_event[last] && !batch->context_event[last - 1]
                                : (batch->start[sample] % stride == 0);
    Real *source = m->source_input + pair * m->source_inputs;

    if (!acted) {
      continue;
    }
    source[lags - 1] = batch->context[last - 1];
    if (m->source_inputs > lags) {
      source[2 * lags - 1] = batch->context_event[last - 1];
    }
    (*acts)[(*n_acts)++] =
        (Act){sample, m->tokens.first_neuron + pair % m->tokens.n_local,
              has_events ? 1.0 : (double)batch->context[last] - (double)batch->context[last - 1]};
  }
  SignedMessages(m);
  for (int64_t k = 0; k < *n_acts; k++) {
    const int64_t j = (*acts)[k].source - m->tokens.first_neuron;
    const int64_t at = ((*acts)[k].sample * m->tokens.n_local + j) * channels;

    for (int c = 0; c < channels; c++) {
      (*changes)[k * channels + c] =
          m->gain.value[j * channels + c] * (before[at + c] - m->messages[at + c]);
    }
  }
  PetscCall(PetscFree(before));
  PetscFunctionReturn(0);
}

/* Acts of all ranks of the ring on every one. */
static PetscErrorCode share_acts(Intervention *v, int64_t n_own, const Act *own,
                                 const Real *own_changes)
{
  const Partition *p = &v->m->base.weights.partition;
  const int channels = v->m->channels, mine = (int)n_own;
  int *count, *start, total = 0;
  MPI_Datatype act_type, change_type;

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(p->size, &count, p->size, &start));
  PetscCallMPI(MPI_Allgather(&mine, 1, MPI_INT, count, 1, MPI_INT, p->comm));
  for (int r = 0; r < p->size; r++) {
    start[r] = total;
    total += count[r];
  }
  v->n_acts = total;
  PetscCall(PetscMalloc2(total, &v->acts, (int64_t)total * channels, &v->changes));
  PetscCallMPI(MPI_Type_contiguous((int)sizeof(Act), MPI_BYTE, &act_type));
  PetscCallMPI(MPI_Type_commit(&act_type));
  PetscCallMPI(MPI_Type_contiguous(channels, MPI_REAL_TYPE, &change_type));
  PetscCallMPI(MPI_Type_commit(&change_type));
  PetscCallMPI(MPI_Allgatherv(own, mine, act_type, v->acts, count, start, act_type, p->comm));
  PetscCallMPI(MPI_Allgatherv(own_changes, mine, change_type, v->changes, count, start, change_type,
                              p->comm));
  PetscCallMPI(MPI_Type_free(&act_type));
  PetscCallMPI(MPI_Type_free(&change_type));
  PetscCall(PetscFree2(count, start));
  PetscFunctionReturn(0);
}

/* What is forecast when there is no event, which a source shifts most directly. */
static double response(const Signed *m, const Real *output)
{
  return (double)output[m->outputs - 1];
}

/* The effect of acts [first, first + n) on all local targets. */
static PetscErrorCode apply_acts(Intervention *v, const Pass *pass, int64_t first, int64_t n,
                                 double *rows)
{
  Signed *m = v->m;
  const int64_t n_local = m->tokens.n_local, n_global = m->tokens.n_global;
  const int d = m->base.shape.width, channels = m->channels, width = m->cross.width;

  PetscFunctionBegin;
  v->tokens.n_samples = n;
  for (int64_t k = 0; k < n; k++) {
    const Act *act = &v->acts[first + k];
    const Real *change = v->changes + (first + k) * channels;
    const int64_t from = act->sample * n_local;

    PetscCall(PetscArraycpy(v->x1 + k * n_local * d, m->x[1] + from * d, n_local * d));
    for (int64_t i = 0; i < n_local; i++) {
      for (int c = 0; c < channels; c++) {
        v->mixed[(k * n_local + i) * channels + c] =
            m->mixed[(from + i) * channels + c] -
            m->cross.weight[(i * m->cross.heads + c / width) * n_global + act->source] * change[c];
      }
    }
  }
  PetscCall(SignedFinish(m, pass, &v->tokens, v->x1, v->mixed, v->x2, v->x3, v->output));
  for (int64_t k = 0; k < n; k++) {
    const Act *act = &v->acts[first + k];

    for (int64_t i = 0; i < n_local; i++) {
      rows[i * n_global + act->source] +=
          act->change * (response(m, m->output + (act->sample * n_local + i) * m->outputs) -
                         response(m, v->output + (k * n_local + i) * m->outputs));
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode intervene(Intervention *v, PetscBool has_events, int64_t stride, double *rows)
{
  const ForecastModel *b = &v->m->base;
  const Pass pass = {
      .shape = &b->shape, .kernels = b->kernels, .grid = b->grid, .work = &v->m->work};
  const int64_t most =
      PetscMax(1, PetscMin(TARGET_ROWS / PetscMax(1, v->tokens.n_local), v->m->tokens.n_samples));
  int64_t n_own = 0;
  Act *own;
  Real *changes;

  PetscFunctionBegin;
  PetscCall(list_acts(v, has_events, stride, &n_own, &own, &changes));
  PetscCall(share_acts(v, n_own, own, changes));
  for (int64_t k = 0; k < v->n_acts; k += most) {
    PetscCall(apply_acts(v, &pass, k, PetscMin(most, v->n_acts - k), rows));
  }
  for (int64_t k = 0; k < v->n_acts; k++) {
    v->power[v->acts[k].source] += v->acts[k].change * v->acts[k].change;
  }
  PetscCall(PetscFree2(v->acts, v->changes));
  PetscCall(PetscFree2(own, changes));
  PetscFunctionReturn(0);
}

static PetscErrorCode create_intervention(Signed *m, const Batch *batch, Intervention *v)
{
  const int64_t rows = PetscMax(TARGET_ROWS, m->tokens.n_local);
  const int d = m->base.shape.width;

  PetscFunctionBegin;
  *v = (Intervention){.m = m, .batch = batch, .tokens = m->tokens};
  PetscCall(PetscCalloc1(m->tokens.n_global, &v->power));
  PetscCall(PetscMalloc5(rows * d, &v->x1, rows * m->channels, &v->mixed, rows * d, &v->x2,
                         rows * d, &v->x3, rows * m->outputs, &v->output));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_intervention(ForecastModel *model, const Windows *windows,
                                        int64_t batch_size, int64_t first, int64_t count,
                                        double *rows)
{
  Signed *m = (Signed *)model;
  const int64_t n = model->shape.n_neurons, length = m->tokens.n_local * n;
  const int64_t most = (int64_t)1 << 26;
  Intervention v;
  double loss;
  Batch batch;

  PetscFunctionBegin;
  PetscCall(BatchCreate(windows, model->grid, batch_size, &batch));
  PetscCall(create_intervention(m, &batch, &v));
  for (int64_t start = 0; start < count; start += batch_size) {
    BatchFill(windows, model->grid, NULL, first + start, PetscMin(batch_size, count - start),
              &batch);
    PetscCall(model->type->forward(model, &batch, PETSC_FALSE, 0, 0, 0, NULL, &loss));
    PetscCall(intervene(&v, windows->has_events, PetscMax(1, count / MOST_WINDOWS), rows));
  }
  for (int64_t at = 0; at < length; at += most) {
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, rows + at, (int)PetscMin(most, length - at),
                               MPI_DOUBLE, MPI_SUM, model->grid->batch));
  }
  PetscCallMPI(
      MPI_Allreduce(MPI_IN_PLACE, v.power, (int)n, MPI_DOUBLE, MPI_SUM, model->grid->batch));
  for (int64_t at = 0; at < length; at++) {
    rows[at] = v.power[at % n] > 0 ? rows[at] / v.power[at % n] : 0.0;
  }
  PetscCall(PetscFree(v.power));
  PetscCall(PetscFree5(v.x1, v.mixed, v.x2, v.x3, v.output));
  PetscCall(BatchDestroy(&batch));
  PetscFunctionReturn(0);
}

const Reading SignedAttention = {.name = "attention",
                                 .description = "attention over identities, summed over heads",
                                 .compute = read_attention};
const Reading SignedValueWeighted = {
    .name = "value_weighted",
    .description = "norm of what the message of a source adds to a target when the source has an "
                   "event, less what it adds without",
    .compute = read_value_weighted};
const Reading SignedIntervention = {
    .name = "intervention",
    .description = "change of the forecast of a target when the last event of a source is taken "
                   "away, or per unit of its last value where there are no events",
    .is_signed = PETSC_TRUE,
    .compute = read_intervention};
