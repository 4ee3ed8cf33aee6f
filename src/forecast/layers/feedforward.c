/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "layers/feedforward.h"

static PetscErrorCode name_part(const char *prefix, const char *part, char name[TENSOR_NAME])
{
  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(name, TENSOR_NAME, "%s.%s", prefix, part));
  PetscFunctionReturn(0);
}

PetscErrorCode FeedForwardDeclare(Weights *weights, const char *prefix, const char *norm,
                                  const ModelShape *shape)
{
  char name[TENSOR_NAME];

  PetscFunctionBegin;
  PetscCall(name_part(prefix, norm, name));
  PetscCall(NormDeclare(weights, name, shape));
  PetscCall(name_part(prefix, "conv1", name));
  PetscCall(LinearDeclare(weights, name, shape->hidden, shape->width, PETSC_TRUE));
  PetscCall(name_part(prefix, "conv2", name));
  PetscCall(LinearDeclare(weights, name, shape->width, shape->hidden, PETSC_TRUE));
  PetscFunctionReturn(0);
}

PetscErrorCode FeedForwardCreate(FeedForward *f, const Weights *weights, const char *prefix,
                                 const char *norm, const ModelShape *shape, int site, int64_t rows)
{
  char name[TENSOR_NAME];

  PetscFunctionBegin;
  f->site = site;
  PetscCall(name_part(prefix, norm, name));
  PetscCall(NormCreate(&f->norm, weights, name, shape));
  PetscCall(ParamFind(weights, prefix, "conv1.weight", &f->weight1));
  PetscCall(ParamFind(weights, prefix, "conv1.bias", &f->bias1));
  PetscCall(ParamFind(weights, prefix, "conv2.weight", &f->weight2));
  PetscCall(ParamFind(weights, prefix, "conv2.bias", &f->bias2));
  PetscCall(PetscMalloc1(rows * shape->hidden, &f->hidden));
  PetscFunctionReturn(0);
}

PetscErrorCode FeedForwardDestroy(FeedForward *f)
{
  PetscFunctionBegin;
  PetscCall(NormDestroy(&f->norm));
  PetscCall(PetscFree(f->hidden));
  PetscFunctionReturn(0);
}

PetscErrorCode FeedForwardForward(FeedForward *f, const Pass *pass, const Tokens *tokens,
                                  const Real *x, Norm *next, Real *y)
{
  const int d = pass->shape->width, hidden = pass->shape->hidden;
  const Kernels *kernels = pass->kernels;
  Workspace *w = pass->work;

  PetscFunctionBegin;
  PetscCall(NormReduce(&f->norm, pass, TokensGlobal(tokens)));
  for (int64_t first = 0; first < TokensPairs(tokens); first += tokens->chunk) {
    const Chunk chunk = TokensChunk(tokens, first);
    const int64_t at = chunk.row * d, rows = chunk.rows;
    Real *h = f->hidden + chunk.row * hidden;
    Dropout dropout = PassDropout(pass, tokens, &chunk, f->site, hidden, 0);

    NormApply(&f->norm, pass, rows, x + at, w->normed);
    Gemm(CblasNoTrans, CblasTrans, rows, hidden, d, w->normed, d, f->weight1.value, d, 0, h,
         hidden);
    kernels->attention->gelu(rows, hidden, f->bias1.value, dropout, h, w->wide[0]);
    Gemm(CblasNoTrans, CblasTrans, rows, d, hidden, w->wide[0], hidden, f->weight2.value, hidden, 0,
         w->narrow, d);
    dropout = PassDropout(pass, tokens, &chunk, f->site + 1, d, 0);
    kernels->element->residual(rows, d, w->narrow, f->bias2.value, dropout, x + at, y + at);
    if (next) {
      NormGather(next, pass, rows, y + at);
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode FeedForwardBackward(FeedForward *f, const Pass *pass, const Tokens *tokens,
                                   const Real *x, PendingNorm pending, Real *g, Real *dn)
{
  const int d = pass->shape->width, hidden = pass->shape->hidden;
  const Kernels *kernels = pass->kernels;
  Workspace *w = pass->work;

  PetscFunctionBegin;
  for (int64_t first = 0; first < TokensPairs(tokens); first += tokens->chunk) {
    const Chunk chunk = TokensChunk(tokens, first);
    const int64_t at = chunk.row * d, rows = chunk.rows;
    Real *a = w->wide[0], *dh = w->wide[1], *dy = w->narrow;
    Dropout dropout = PassDropout(pass, tokens, &chunk, f->site + 1, d, 0);

    PendingNormAdd(&pending, pass, &chunk, dn, g);
    kernels->element->residual_backward(rows, d, g + at, dropout, dy, f->bias2.gradient);
    Gemm(CblasNoTrans, CblasNoTrans, rows, hidden, d, dy, d, f->weight2.value, hidden, 0, dh,
         hidden);
    dropout = PassDropout(pass, tokens, &chunk, f->site, hidden, 0);
    kernels->attention->gelu_backward(rows, hidden, f->hidden + chunk.row * hidden, dropout, a, dh,
                                      f->bias1.gradient);
    Gemm(CblasTrans, CblasNoTrans, d, hidden, rows, dy, d, a, hidden, 1, f->weight2.gradient,
         hidden);
    NormApply(&f->norm, pass, rows, x + at, w->normed);
    Gemm(CblasTrans, CblasNoTrans, hidden, d, rows, dh, hidden, w->normed, d, 1,
         f->weight1.gradient, d);
    Gemm(CblasNoTrans, CblasNoTrans, rows, d, hidden, dh, hidden, f->weight1.value, d, 0, dn + at,
         d);
    NormGatherBackward(&f->norm, pass, rows, dn + at, x + at);
  }
  PetscCall(NormReduceBackward(&f->norm, pass, TokensGlobal(tokens)));
  PetscFunctionReturn(0);
}
