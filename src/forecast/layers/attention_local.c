/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "layers/attention.h"

PetscErrorCode ProjectionsDeclare(Weights *weights, const char *prefix, const char *norm,
                                  const ModelShape *shape)
{
  static const char *const names[] = {"query", "key", "value"};
  const int64_t dims[2] = {ModelHeads(shape), shape->width};
  const double bound = 1.0 / PetscSqrtReal((double)shape->width);
  char name[TENSOR_NAME];

  PetscFunctionBegin;
  PetscCall(NormDeclare(weights, norm, shape));
  for (int bias = 0; bias < 2; bias++) {
    for (int k = 0; k < 3; k++) {
      PetscCall(PetscSNPrintf(name, sizeof(name), "%s.%s_projection.%s", prefix, names[k],
                              bias ? "bias" : "weight"));
      PetscCall(
          WeightsAdd(weights, name, TENSOR_SHARED, bias ? 1 : 2, dims, INITIAL_UNIFORM, bound));
    }
  }
  PetscCall(PetscSNPrintf(name, sizeof(name), "%s.out_projection", prefix));
  PetscCall(LinearDeclare(weights, name, shape->width, ModelHeads(shape), PETSC_FALSE));
  PetscFunctionReturn(0);
}

PetscErrorCode ProjectionsCreate(Projections *p, const Weights *weights, const char *prefix,
                                 const char *norm, const ModelShape *shape)
{
  PetscFunctionBegin;
  PetscCall(NormCreate(&p->norm, weights, norm, shape));
  PetscCall(ParamFind(weights, prefix, "query_projection.weight", &p->weight_q));
  PetscCall(ParamFind(weights, prefix, "query_projection.bias", &p->bias_q));
  PetscCall(ParamFind(weights, prefix, "key_projection.weight", &p->weight_kv));
  PetscCall(ParamFind(weights, prefix, "key_projection.bias", &p->bias_kv));
  PetscCall(ParamFind(weights, prefix, "out_projection.weight", &p->weight_out));
  PetscCall(ParamFind(weights, prefix, "out_projection.bias", &p->bias_out));
  PetscFunctionReturn(0);
}

void ProjectionForward(const Pass *pass, int channels, int64_t rows, const Param *weight,
                       const Param *bias, const Real *x, Real *y)
{
  const int d = pass->shape->width;

  pass->kernels->element->bias_channels(channels, rows, rows, bias->value, y);
  Gemm(CblasNoTrans, CblasTrans, channels, rows, d, weight->value, d, x, d, 1, y, rows);
}

void ProjectionBackward(const Pass *pass, int channels, int64_t rows, const Param *weight,
                        const Param *bias, const Real *dy, const Real *x, Real beta, Real *dx)
{
  const int d = pass->shape->width;

  pass->kernels->element->bias_channels_backward(channels, rows, rows, dy, bias->gradient);
  Gemm(CblasNoTrans, CblasNoTrans, channels, d, rows, dy, rows, x, d, 1, weight->gradient, d);
  Gemm(CblasTrans, CblasNoTrans, rows, d, channels, dy, rows, weight->value, d, beta, dx, d);
}

PetscErrorCode LocalAttentionCreate(LocalAttention *a, PetscBool self, const Weights *weights,
                                    const char *prefix, const char *norm, const ModelShape *shape,
                                    int64_t rows, int64_t source_rows)
{
  const int64_t channels = ModelHeads(shape);

  PetscFunctionBegin;
  a->self = self;
  PetscCall(ProjectionsCreate(&a->p, weights, prefix, norm, shape));
  PetscCall(PetscMalloc1((self ? 3 : 1) * rows * channels, &a->q));
  PetscCall(PetscMalloc1(self ? 0 : 2 * source_rows * channels, &a->kv));
  PetscCall(PetscMalloc1(rows * channels, &a->o));
  PetscFunctionReturn(0);
}

PetscErrorCode LocalAttentionDestroy(LocalAttention *a)
{
  PetscFunctionBegin;
  PetscCall(NormDestroy(&a->p.norm));
  PetscCall(PetscFree(a->q));
  PetscCall(PetscFree(a->kv));
  PetscCall(PetscFree(a->o));
  PetscFunctionReturn(0);
}

/* Shape of the queries of a chunk, and of the keys of a source chunk whose pairs are among its pairs. */
static LocalShape local_shape(const Pass *pass, const Tokens *tokens, const Chunk *chunk,
                              const Tokens *source_tokens, const Chunk *source)
{
  return (LocalShape){.n_pairs = source->pairs,
                      .n_queries = tokens->per_pair,
                      .n_keys = source_tokens->per_pair,
                      .heads = pass->shape->heads,
                      .width = pass->shape->head_width,
                      .query_stride = chunk->rows,
                      .query_step = chunk->pairs,
                      .key_stride = source->rows,
                      .key_step = source->pairs};
}

static void self_forward(LocalAttention *a, const Pass *pass, const Tokens *tokens,
                         const Chunk *chunk)
{
  const int channels = ModelHeads(pass->shape);
  const LocalShape shape = local_shape(pass, tokens, chunk, tokens, chunk);
  const int64_t part = channels * chunk->rows;
  const Param weight = a->p.weight_q, bias = a->p.bias_q;
  Real *q = a->q + 3 * chunk->row * channels;

  ProjectionForward(pass, 3 * channels, chunk->rows, &weight, &bias, pass->work->normed, q);
  pass->kernels->attention->local_forward(&shape, q, q + part, q + 2 * part,
                                          a->o + chunk->row * channels);
}

static void cross_forward(LocalAttention *a, const Pass *pass, const Tokens *tokens,
                          const Chunk *chunk, const Tokens *source_tokens, const Real *source)
{
  const int channels = ModelHeads(pass->shape), d = pass->shape->width;
  Real *q = a->q + chunk->row * channels, *o = a->o + chunk->row * channels;

  ProjectionForward(pass, channels, chunk->rows, &a->p.weight_q, &a->p.bias_q, pass->work->normed,
                    q);
  for (int64_t first = chunk->first; first < chunk->first + chunk->pairs;
       first += source_tokens->chunk) {
    const Chunk part = TokensChunk(source_tokens, first);
    const LocalShape shape = local_shape(pass, tokens, chunk, source_tokens, &part);
    Real *k = a->kv + 2 * part.row * channels, *v = k + channels * part.rows;

    ProjectionForward(pass, 2 * channels, part.rows, &a->p.weight_kv, &a->p.bias_kv,
                      source + part.row * d, k);
    pass->kernels->attention->local_forward(&shape, q + first - chunk->first, k, v,
                                            o + first - chunk->first);
  }
}

PetscErrorCode LocalAttentionForward(LocalAttention *a, const Pass *pass, const Tokens *tokens,
                                     const Real *x, const Tokens *source_tokens, const Real *source,
                                     Norm *next, Real *y)
{
  const int d = pass->shape->width, channels = ModelHeads(pass->shape);
  const Dropout none = {NULL, 0, 0, 1};
  Workspace *w = pass->work;

  PetscFunctionBegin;
  PetscCall(NormReduce(&a->p.norm, pass, TokensGlobal(tokens)));
  for (int64_t first = 0; first < TokensPairs(tokens); first += tokens->chunk) {
    const Chunk chunk = TokensChunk(tokens, first);
    const int64_t at = chunk.row * d, rows = chunk.rows;

    NormApply(&a->p.norm, pass, rows, x + at, w->normed);
    if (a->self) {
      self_forward(a, pass, tokens, &chunk);
    } else {
      cross_forward(a, pass, tokens, &chunk, source_tokens, source);
    }
    Gemm(CblasTrans, CblasTrans, rows, d, channels, a->o + chunk.row * channels, rows,
         a->p.weight_out.value, channels, 0, w->narrow, d);
    pass->kernels->element->residual(rows, d, w->narrow, a->p.bias_out.value, none, x + at, y + at);
    if (next) {
      NormGather(next, pass, rows, y + at);
    }
  }
  PetscFunctionReturn(0);
}

static void self_backward(LocalAttention *a, const Pass *pass, const Tokens *tokens,
                          const Chunk *chunk, const Real *dout, Real *dn)
{
  const int channels = ModelHeads(pass->shape);
  const LocalShape shape = local_shape(pass, tokens, chunk, tokens, chunk);
  const int64_t part = channels * chunk->rows;
  const Real *q = a->q + 3 * chunk->row * channels;
  Real *dq = pass->work->wide[0];

  pass->kernels->attention->local_backward(&shape, q, q + part, q + 2 * part, dout, dq, dq + part,
                                           dq + 2 * part);
  ProjectionBackward(pass, 3 * channels, chunk->rows, &a->p.weight_q, &a->p.bias_q, dq,
                     pass->work->normed, 0, dn);
}

static void cross_backward(LocalAttention *a, const Pass *pass, const Tokens *tokens,
                           const Chunk *chunk, const Tokens *source_tokens, const Real *source,
                           const Real *dout, Real *dn, Real *dsource)
{
  const int channels = ModelHeads(pass->shape), d = pass->shape->width;
  const Real *q = a->q + chunk->row * channels;
  Real *dk = pass->work->wide[0], *dq = pass->work->narrow;

  for (int64_t first = chunk->first; first < chunk->first + chunk->pairs;
       first += source_tokens->chunk) {
    const Chunk part = TokensChunk(source_tokens, first);
    const LocalShape shape = local_shape(pass, tokens, chunk, source_tokens, &part);
    const int64_t at = first - chunk->first, values = channels * part.rows;
    const Real *k = a->kv + 2 * part.row * channels;

    pass->kernels->attention->local_backward(&shape, q + at, k, k + values, dout + at, dq + at, dk,
                                             dk + values);
    ProjectionBackward(pass, 2 * channels, part.rows, &a->p.weight_kv, &a->p.bias_kv, dk,
                       source + part.row * d, 1, dsource + part.row * d);
  }
  ProjectionBackward(pass, channels, chunk->rows, &a->p.weight_q, &a->p.bias_q, dq,
                     pass->work->normed, 0, dn);
}

PetscErrorCode LocalAttentionBackward(LocalAttention *a, const Pass *pass, const Tokens *tokens,
                                      const Real *x, const Tokens *source_tokens,
                                      const Real *source, PendingNorm pending, Real *g, Real *dn,
                                      Real *dsource)
{
  const int d = pass->shape->width, channels = ModelHeads(pass->shape);
  const Dropout none = {NULL, 0, 0, 1};
  Workspace *w = pass->work;

  PetscFunctionBegin;
  for (int64_t first = 0; first < TokensPairs(tokens); first += tokens->chunk) {
    const Chunk chunk = TokensChunk(tokens, first);
    const int64_t at = chunk.row * d, rows = chunk.rows;
    Real *dout = w->wide[1];

    PendingNormAdd(&pending, pass, &chunk, dn, g);
    pass->kernels->element->residual_backward(rows, d, g + at, none, w->narrow,
                                              a->p.bias_out.gradient);
    Gemm(CblasTrans, CblasTrans, d, channels, rows, w->narrow, d, a->o + chunk.row * channels, rows,
         1, a->p.weight_out.gradient, channels);
    Gemm(CblasTrans, CblasTrans, channels, rows, d, a->p.weight_out.value, channels, w->narrow, d,
         0, dout, rows);
    NormApply(&a->p.norm, pass, rows, x + at, w->normed);
    if (a->self) {
      self_backward(a, pass, tokens, &chunk, dout, dn + at);
    } else {
      cross_backward(a, pass, tokens, &chunk, source_tokens, source, dout, dn + at, dsource);
    }
    NormGatherBackward(&a->p.norm, pass, rows, dn + at, x + at);
  }
  PetscCall(NormReduceBackward(&a->p.norm, pass, TokensGlobal(tokens)));
  PetscFunctionReturn(0);
}
