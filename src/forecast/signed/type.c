/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The signed forecaster: parameters, weights, arrays and cost. */
#include "signed/signed.h"

#include "causeway/error.h"

#include "layers/loss.h"
#include "train_parameters.h"

#include <math.h>

/* Number of pairs in a chunk, whose hidden channels fit into the second-level cache. */
enum { CHUNK_PAIRS = 512 };

static const ParameterWord events[] = {{"none", "values alone", 0},
                                       {"flag", "values, and whether there is an event", 0},
                                       {NULL, NULL, 0}};
static const ParameterWord pair_biases[] = {
    {"none", "no bias", 0}, {"full", "one number for each pair and head", 0}, {NULL, NULL, 0}};
static const ParameterWord queries[] = {
    {"identity", "which neurons they are, the same at all times", 0},
    {"content", "their values at the time", 0},
    {NULL, NULL, 0}};

static const ParameterWord losses[] = {
    LOSS_WORDS,
    {"hurdle", "log-likelihood of events and squared error between them, of signed alone", 0},
    {NULL, NULL, 0}};

static const ParameterSpec shape_parameters[] = {
    TRAIN_CONTEXT("10"),
    TRAIN_HORIZON("1", "; signed forecasts one"),
    TRAIN_WIDTH("48"),
    TRAIN_HEADS("4"),
    TRAIN_HEAD_WIDTH("8"),
    TRAIN_HIDDEN("64"),
    {.key = "train_key_width",
     .kind = PARAMETER_INTEGER,
     .unit = "1",
     .standard = "16",
     .low = 1,
     .high = 65536,
     .text = "Number of channels of a query and of a key of each head, of signed",
     PARAMETER_MEMBER(SignedShape, key_width)},
    {.key = "train_source_lags",
     .kind = PARAMETER_INTEGER,
     .unit = "samples",
     .standard = "1",
     .low = 1,
     .high = CONTEXT_MOST,
     .text = "Number of last samples of a source that its targets see, of signed",
     PARAMETER_MEMBER(SignedShape, source_lags)},
    {.key = "train_events",
     .kind = PARAMETER_CHOICE,
     .standard = "flag",
     .words = events,
     .text = "Inputs of a sample, of signed",
     PARAMETER_MEMBER(SignedShape, events)},
    {.key = "train_pair_bias",
     .kind = PARAMETER_CHOICE,
     .standard = "full",
     .words = pair_biases,
     .text = "Bias of the attention that is learned for each pair of neurons, of signed",
     PARAMETER_MEMBER(SignedShape, pair_bias)},
    {.key = "train_queries",
     .kind = PARAMETER_CHOICE,
     .standard = "identity",
     .words = queries,
     .text = "What of two neurons determines the attention between them, of signed",
     PARAMETER_MEMBER(SignedShape, queries)},
    TRAIN_LOSS("hurdle", losses),
    TRAIN_DROPOUT("0"),
    {.key = NULL}};

static const ParameterSpec training_parameters[] = {
    TRAIN_MEMBERS("1"),         TRAIN_BATCH("16"),   TRAIN_EPOCHS("18"),
    TRAIN_PATIENCE("18"),       TRAIN_RATE("0.003"), TRAIN_DECAY("0.05"),
    TRAIN_SCHEDULE("onecycle"), TRAIN_CLIP("1"),     {.key = NULL}};

static PetscErrorCode declare_rows(Weights *w, const char *name, int64_t columns, Initial initial,
                                   double bound)
{
  const int64_t dims[2] = {w->partition.n_global, columns};

  PetscFunctionBegin;
  PetscCall(WeightsAdd(w, name, TENSOR_BY_NEURON, 2, dims, initial, bound));
  PetscFunctionReturn(0);
}

static PetscErrorCode create_weights(Signed *m, const SignedShape *shape,
                                     const Partition *partition)
{
  const ModelShape *s = &m->base.shape;
  Weights *w = &m->base.weights;
  const double embedding = 0.1; /* small compared to the inputs, which have unit variance */
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
  PetscCall(CrossDeclare(w, shape));
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
  const SignedShape *s = (const SignedShape *)shape;

  PetscFunctionBegin;
  UserCheck(shape->horizon == 1, "train_horizon = %d: the forecaster signed forecasts one sample",
            shape->horizon);
  UserCheck(s->source_lags <= shape->context,
            "train_source_lags = %d: must not exceed train_context = %d samples", s->source_lags,
            shape->context);
  UserCheck(shape->context > 1, "train_context = 1: the forecaster signed needs two samples");
  PetscFunctionReturn(0);
}

static PetscErrorCode create(const ModelShape *shape, const TrainGrid *grid, const Kernels *kernels,
                             int64_t batch_size, ForecastModel **model)
{
  const SignedShape *s = (const SignedShape *)shape;
  const int parts = s->events == EVENTS_FLAG ? 2 : 1; /* value, event */
  const int64_t samples = (batch_size + grid->n_batch - 1) / grid->n_batch;
  Partition p;
  Signed *m;

  PetscFunctionBegin;
  PetscCall(PetscNew(&m));
  *model = &m->base;
  m->base.type = &SignedType;
  m->base.shape = *shape;
  m->base.shape.norm = NORM_NONE;
  m->base.grid = grid;
  m->base.kernels = kernels;
  m->inputs = parts * shape->context;
  m->source_lags = s->source_lags;
  m->source_inputs = parts * s->source_lags;
  m->outputs = shape->loss == LOSS_HURDLE ? 2 : 1;
  m->channels = ModelHeads(shape);
  PetscCall(PartitionMake(grid->ring, shape->n_neurons, &p));
  m->tokens = (Tokens){.n_samples = samples,
                       .n_local = p.n_local,
                       .first_neuron = p.first,
                       .n_global = p.n_global,
                       .per_pair = 1,
                       .chunk = CHUNK_PAIRS};
  PetscCall(create_weights(m, s, &p));
  PetscCall(find_weights(m));
  PetscCall(FeedForwardCreate(&m->before, &m->base.weights, "before", "norm", &m->base.shape,
                              SITE_LAYERS, TokensPairs(&m->tokens)));
  PetscCall(FeedForwardCreate(&m->after, &m->base.weights, "after", "norm", &m->base.shape,
                              SITE_LAYERS + 2, TokensPairs(&m->tokens)));
  PetscCall(CrossCreate(&m->cross, &m->base.weights, s, kernels, samples));
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

/* Number of inputs of a pair, or of a source. */
static double inputs_of(const SignedShape *s, int lags)
{
  return (s->events == EVENTS_FLAG ? 2.0 : 1.0) * lags;
}

static double flops(const ModelShape *shape)
{
  const SignedShape *s = (const SignedShape *)shape;
  const double n = (double)shape->n_neurons, d = shape->width, channels = ModelHeads(shape);
  const double own = inputs_of(s, shape->context) * shape->hidden + (double)shape->hidden * d;
  const double source = inputs_of(s, s->source_lags) * d + d * channels;
  const double feedforward = 4.0 * d * shape->hidden;

  const double keys = s->queries == QUERIES_CONTENT ? (double)shape->heads * s->key_width : 0;

  return 2.0 * n *
         (own + source + feedforward + n * (channels + keys) + d * (channels + 2.0 * keys) +
          2.0 * d);
}

static double memory(const ModelShape *shape, int64_t n_samples, int64_t n_local)
{
  const SignedShape *s = (const SignedShape *)shape;
  const double pairs = (double)n_samples * (double)n_local, local = (double)n_local;
  const double d = shape->width, channels = ModelHeads(shape), n = (double)shape->n_neurons;
  const double heads = shape->heads, hidden = shape->hidden, keys = heads * s->key_width;
  const PetscBool by_content = s->queries == QUERIES_CONTENT ? PETSC_TRUE : PETSC_FALSE;
  const double of_pair = inputs_of(s, shape->context) + inputs_of(s, s->source_lags) +
                         3.0 * hidden + 7.0 * d + 2.0 * channels + 4.0 + 5.0 * channels +
                         (by_content ? 8.0 * keys + 2.0 * heads : 0);
  const double rows = local * (2.0 * d + channels + heads * n);
  const double shared =
      hidden * (inputs_of(s, shape->context) + 5.0 * d) + 3.0 * d * channels + 2.0 * d * keys;
  const double attention = by_content ? local * heads * n + 2.0 * local * local
                                      : 2.0 * local * heads * n + 2.0 * n * keys;

  return (double)sizeof(Real) *
         (pairs * of_pair + 4.0 * (rows + shared) + (n_samples > 0 ? attention : 0.0));
}

static const Reading *const readings[] = {&SignedIntervention, &SignedValueWeighted,
                                          &SignedLossIncrease, &SignedAttention, NULL};

const ForecasterType SignedType = {
    .name = "signed",
    .description = "cross-attention with signed sources, over identities or content",
    .parameters = shape_parameters,
    .shape_size = sizeof(SignedShape),
    .training = training_parameters,
    .rows_factor = 16.0,
    .mark = "forecaster_onestep.weight",
    .readings = readings,
    .check = check,
    .create = create,
    .destroy = destroy,
    .forward = SignedForward,
    .backward = SignedBackward,
    .flops = flops,
    .memory = memory};
