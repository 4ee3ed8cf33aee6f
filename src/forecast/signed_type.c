/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The signed forecaster: its weights and arrays, what it costs, its hyper-parameters. */
#include "signed.h"

#include "causeway/error.h"
#include <math.h>

/* Pairs of a chunk, whose hidden channels stay in the second level of cache. */
enum { CHUNK_PAIRS = 512 };

static PetscErrorCode declare_rows(Weights *w, const char *name, int64_t columns, Initial initial,
                                   double bound)
{
  const int64_t dims[2] = {w->partition.n_global, columns};

  PetscFunctionBegin;
  PetscCall(WeightsAdd(w, name, TENSOR_BY_NEURON, 2, dims, initial, bound));
  PetscFunctionReturn(0);
}

static PetscErrorCode create_weights(Signed *m, const Partition *partition)
{
  const ModelShape *s = &m->base.shape;
  Weights *w = &m->base.weights;
  const double embedding = 0.1; /* small beside the inputs, of unit variance */
  const int64_t value[2] = {m->channels, s->width};

  PetscFunctionBegin;
  PetscCall(WeightsCreate(partition, w));
  PetscCall(LinearDeclare(w, "own.0", s->hidden, m->inputs, PETSC_FALSE));
  PetscCall(LinearDeclare(w, "own.1", s->width, s->hidden, PETSC_FALSE));
  PetscCall(declare_rows(w, "target.embedding", s->width, INITIAL_UNIFORM, embedding));
  PetscCall(declare_rows(w, "source.embedding", s->width, INITIAL_UNIFORM, embedding));
  PetscCall(LinearDeclare(w, "source.map", s->width, m->source_inputs, PETSC_FALSE));
  PetscCall(WeightsAdd(w, "source.value", TENSOR_SHARED, 2, value, INITIAL_UNIFORM,
                       1.0 / sqrt((double)s->width)));
  PetscCall(declare_rows(w, "source.gain", m->channels, INITIAL_ONE, 0));
  PetscCall(CrossDeclare(w, s));
  PetscCall(LinearDeclare(w, "cross.out", s->width, m->channels, PETSC_FALSE));
  PetscCall(FeedForwardDeclare(w, "before", "norm", s));
  PetscCall(FeedForwardDeclare(w, "after", "norm", s));
  PetscCall(LinearDeclare(w, "forecaster_onestep", m->outputs, s->width, PETSC_FALSE));
  PetscCall(WeightsAllocate(w));
  PetscFunctionReturn(0);
}

static PetscErrorCode find_linear(const Weights *w, const char *prefix, Param linear[2])
{
  PetscFunctionBegin;
  PetscCall(ParamFind(w, prefix, "weight", &linear[0]));
  PetscCall(ParamFind(w, prefix, "bias", &linear[1]));
  PetscFunctionReturn(0);
}

static PetscErrorCode find_weights(Signed *m)
{
  const Weights *w = &m->base.weights;

  PetscFunctionBegin;
  PetscCall(find_linear(w, "own.0", &m->own[0]));
  PetscCall(find_linear(w, "own.1", &m->own[2]));
  PetscCall(ParamFind(w, "target", "embedding", &m->target));
  PetscCall(ParamFind(w, "source", "embedding", &m->source));
  PetscCall(find_linear(w, "source.map", m->map));
  PetscCall(ParamFind(w, "source", "value", &m->value));
  PetscCall(ParamFind(w, "source", "gain", &m->gain));
  PetscCall(find_linear(w, "cross.out", m->out));
  PetscCall(find_linear(w, "forecaster_onestep", m->head));
  PetscFunctionReturn(0);
}

static int64_t widest(const Signed *m)
{
  return PetscMax(PetscMax(m->base.shape.hidden, m->base.shape.width), m->channels);
}

static PetscErrorCode create_arrays(Signed *m)
{
  const ModelShape *s = &m->base.shape;
  const int64_t pairs = TokensPairs(&m->tokens), chunk = m->tokens.chunk,
                words = KernelWords(s->hidden);
  Workspace *w = &m->work;

  PetscFunctionBegin;
  w->n_rows = chunk;
  PetscCall(PetscMalloc2(chunk * s->width, &w->normed, chunk * widest(m), &w->narrow));
  PetscCall(PetscMalloc2(chunk * widest(m), &w->wide[0], chunk * widest(m), &w->wide[1]));
  PetscCall(
      PetscMalloc3(chunk * words, &w->words[0], chunk * words, &w->words[1], chunk, &w->token));
  PetscCall(PetscMalloc2(pairs * m->inputs, &m->own_input, pairs * s->hidden, &m->own_hidden));
  PetscCall(PetscMalloc2(pairs * m->source_inputs, &m->source_input, pairs * s->width,
                         &m->source_hidden));
  PetscCall(PetscMalloc2(pairs * m->channels, &m->messages, pairs * m->channels, &m->mixed));
  for (int k = 0; k < 4; k++) {
    PetscCall(PetscMalloc1(pairs * s->width, &m->x[k]));
  }
  PetscCall(PetscMalloc2(pairs * m->outputs, &m->output, pairs * m->outputs, &m->slope));
  PetscCall(PetscMalloc2(pairs * s->width, &m->g, pairs * s->width, &m->dn));
  PetscFunctionReturn(0);
}

static PetscErrorCode check(const ModelShape *shape)
{
  PetscFunctionBegin;
  UserCheck(shape->horizon == 1, "train_horizon = %d: the forecaster signed forecasts one sample",
            shape->horizon);
  UserCheck(shape->source_lags <= shape->context,
            "train_source_lags = %d: a forecast sees train_context = %d samples",
            shape->source_lags, shape->context);
  UserCheck(shape->context > 1, "train_context = 1: the forecaster signed needs two samples");
  UserCheck(shape->norm == NORM_NONE && shape->encoder == ENCODER_LOCAL,
            "train_norm and train_encoder_attention are of the forecaster causalformer; remove "
            "them");
  PetscFunctionReturn(0);
}

static PetscErrorCode create(const ModelShape *shape, const TrainGrid *grid, const Kernels *kernels,
                             int64_t batch_size, ForecastModel **model)
{
  const int parts = shape->events == EVENTS_FLAG ? 2 : 1; /* value, event */
  const int64_t samples = (batch_size + grid->n_batch - 1) / grid->n_batch;
  Partition p;
  Signed *m;

  PetscFunctionBegin;
  PetscCall(PetscNew(&m));
  *model = &m->base;
  m->base.type = &SignedType;
  m->base.shape = *shape;
  m->base.grid = grid;
  m->base.kernels = kernels;
  m->inputs = parts * shape->context;
  m->source_inputs = parts * shape->source_lags;
  m->outputs = shape->loss == LOSS_HURDLE ? 2 : 1;
  m->channels = ModelHeads(shape);
  PetscCall(PartitionMake(grid->ring, shape->n_neurons, &p));
  m->tokens = (Tokens){.n_samples = samples,
                       .n_local = p.n_local,
                       .first_neuron = p.first,
                       .n_global = p.n_global,
                       .per_pair = 1,
                       .chunk = CHUNK_PAIRS};
  PetscCall(create_weights(m, &p));
  PetscCall(find_weights(m));
  PetscCall(FeedForwardCreate(&m->before, &m->base.weights, "before", "norm", shape, SITE_LAYERS,
                              TokensPairs(&m->tokens)));
  PetscCall(FeedForwardCreate(&m->after, &m->base.weights, "after", "norm", shape, SITE_LAYERS + 2,
                              TokensPairs(&m->tokens)));
  PetscCall(CrossCreate(&m->cross, &m->base.weights, shape, kernels, samples));
  PetscCall(create_arrays(m));
  PetscFunctionReturn(0);
}

static PetscErrorCode destroy(ForecastModel **model)
{
  Signed *m = (Signed *)*model;

  PetscFunctionBegin;
  PetscCall(FeedForwardDestroy(&m->before));
  PetscCall(FeedForwardDestroy(&m->after));
  PetscCall(CrossDestroy(&m->cross));
  PetscCall(PetscFree2(m->work.normed, m->work.narrow));
  PetscCall(PetscFree2(m->work.wide[0], m->work.wide[1]));
  PetscCall(PetscFree3(m->work.words[0], m->work.words[1], m->work.token));
  PetscCall(PetscFree2(m->own_input, m->own_hidden));
  PetscCall(PetscFree2(m->source_input, m->source_hidden));
  PetscCall(PetscFree2(m->messages, m->mixed));
  for (int k = 0; k < 4; k++) {
    PetscCall(PetscFree(m->x[k]));
  }
  PetscCall(PetscFree2(m->output, m->slope));
  PetscCall(PetscFree2(m->g, m->dn));
  PetscCall(WeightsDestroy(&m->base.weights));
  PetscCall(PetscFree(*model));
  PetscFunctionReturn(0);
}

/* Numbers of a pair's inputs, and of a source's. */
static double inputs_of(const ModelShape *s, int lags)
{
  return (s->events == EVENTS_FLAG ? 2.0 : 1.0) * lags;
}

static double flops(const ModelShape *s)
{
  const double n = (double)s->n_neurons, d = s->width, channels = ModelHeads(s);
  const double own = inputs_of(s, s->context) * s->hidden + (double)s->hidden * d;
  const double source = inputs_of(s, s->source_lags) * d + d * channels;
  const double feedforward = 4.0 * d * s->hidden;

  const double keys = s->queries == QUERIES_CONTENT ? (double)s->heads * s->key_width : 0;

  return 2.0 * n *
         (own + source + feedforward + n * (channels + keys) + d * (channels + 2.0 * keys) +
          2.0 * d);
}

static double memory(const ModelShape *s, int64_t n_samples, int64_t n_local)
{
  const double pairs = (double)n_samples * (double)n_local, local = (double)n_local;
  const double d = s->width, channels = ModelHeads(s), n = (double)s->n_neurons;
  const double keys = (double)s->heads * s->key_width;
  const PetscBool by_content = s->queries == QUERIES_CONTENT ? PETSC_TRUE : PETSC_FALSE;
  const double of_pair = inputs_of(s, s->context) + inputs_of(s, s->source_lags) + 3.0 * s->hidden +
                         7.0 * d + 2.0 * channels + 4.0 + 7.0 * channels +
                         (by_content ? 10.0 * keys + 2.0 * s->heads : 0);
  const double rows = local * (2.0 * d + channels + s->heads * n);
  const double shared =
      s->hidden * (inputs_of(s, s->context) + 5.0 * d) + 3.0 * d * channels + 2.0 * d * keys;
  const double attention = by_content ? local * s->heads * n + 2.0 * local * local
                                      : 2.0 * local * s->heads * n + 2.0 * n * keys;

  return (double)sizeof(Real) *
         (pairs * of_pair + 4.0 * (rows + shared) + (n_samples > 0 ? attention : 0.0));
}

static const Reading *const readings[] = {&SignedIntervention, &SignedValueWeighted,
                                          &SignedLossIncrease, &SignedAttention, NULL};

const ForecasterType SignedType = {
    .name = "signed",
    .description = "cross-attention with signed sources, over identities or content",
    .shape = {.n_neurons = -1,
              .context = 10,
              .horizon = 1,
              .width = 48,
              .heads = 4,
              .head_width = 8,
              .key_width = 16,
              .hidden = 64,
              .encoder_layers = 1,
              .decoder_layers = 1,
              .source_lags = 1,
              .events = EVENTS_FLAG,
              .pair_bias = PAIR_BIAS_FULL,
              .queries = QUERIES_IDENTITY,
              .norm = NORM_NONE,
              .loss = LOSS_HURDLE},
    .plan = {.optimizer = {.rate = 3e-3,
                           .rows_factor = 16.0,
                           .decay = 0.05,
                           .clip = 1.0,
                           .schedule = SCHEDULE_ONECYCLE},
             .batch_size = 16,
             .n_epochs = 18,
             .patience = 18},
    .n_members = 1,
    .readings = readings,
    .check = check,
    .create = create,
    .destroy = destroy,
    .forward = SignedForward,
    .backward = SignedBackward,
    .flops = flops,
    .memory = memory};
