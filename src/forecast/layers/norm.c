/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "layers/norm.h"

#include <math.h>

static const double epsilon = 1e-5, momentum = 0.1;

PetscErrorCode NormDeclare(Weights *weights, const char *prefix, const ModelShape *shape)
{
  static const struct {
    const char *suffix;
    TensorKind kind;
    Initial initial;
  } tensors[] = {{"norm.weight", TENSOR_SHARED, INITIAL_ONE},
                 {"norm.bias", TENSOR_SHARED, INITIAL_ZERO},
                 {"norm.running_mean", TENSOR_STATE, INITIAL_ZERO},
                 {"norm.running_var", TENSOR_STATE, INITIAL_ONE}};
  const int count = shape->norm == NORM_BATCH ? 4 : (shape->norm == NORM_LAYER ? 2 : 0);
  const int64_t dims[1] = {shape->width};
  char name[TENSOR_NAME];

  PetscFunctionBegin;
  for (int k = 0; k < count; k++) {
    PetscCall(PetscSNPrintf(name, sizeof(name), "%s.%s", prefix, tensors[k].suffix));
    PetscCall(WeightsAdd(weights, name, tensors[k].kind, 1, dims, tensors[k].initial, 0.0));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode NormCreate(Norm *n, const Weights *weights, const char *prefix,
                          const ModelShape *shape)
{
  const int d = shape->width;

  PetscFunctionBegin;
  *n = (Norm){.type = (NormType)shape->norm, .d = d};
  PetscCall(PetscCalloc1(2 * d, &n->sum));
  PetscCall(PetscCalloc4(d, &n->scale, d, &n->shift, d, &n->mean, d, &n->rstd));
  PetscCall(PetscCalloc3(d, &n->a, d, &n->b, d, &n->e));
  for (int c = 0; c < d; c++) {
    n->scale[c] = n->a[c] = 1;
  }
  if (n->type != NORM_NONE) {
    PetscCall(ParamFind(weights, prefix, "norm.weight", &n->gamma));
    PetscCall(ParamFind(weights, prefix, "norm.bias", &n->beta));
  }
  if (n->type == NORM_BATCH) {
    PetscCall(ParamFind(weights, prefix, "norm.running_mean", &n->running_mean));
    PetscCall(ParamFind(weights, prefix, "norm.running_var", &n->running_var));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode NormDestroy(Norm *n)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(n->sum));
  PetscCall(PetscFree4(n->scale, n->shift, n->mean, n->rstd));
  PetscCall(PetscFree3(n->a, n->b, n->e));
  PetscFunctionReturn(0);
}

void NormGather(Norm *n, const Pass *pass, int64_t rows, const Real *x)
{
  if (n->type == NORM_BATCH && pass->training) {
    pass->kernels->element->moments(rows, n->d, x, n->sum, n->sum + n->d);
  }
}

/* Computes mean and variance of the batch from the gathered sums, and updates the running statistics. */
static PetscErrorCode batch_statistics(Norm *n, const Pass *pass, int64_t n_tokens)
{
  const double count = (double)n_tokens;

  PetscFunctionBegin;
  PetscCallMPI(
      MPI_Allreduce(MPI_IN_PLACE, n->sum, 2 * n->d, MPI_DOUBLE, MPI_SUM, pass->grid->group));
  for (int c = 0; c < n->d; c++) {
    const double mean = n->sum[c] / count;
    const double variance = PetscMax(n->sum[n->d + c] / count - mean * mean, 0.0);
    const double unbiased = variance * count / PetscMax(count - 1.0, 1.0);
    Real *running_mean = &n->running_mean.value[c], *running_var = &n->running_var.value[c];

    n->mean[c] = (Real)mean;
    n->rstd[c] = (Real)(1.0 / sqrt(variance + epsilon));
    *running_mean = (Real)((1.0 - momentum) * (double)*running_mean + momentum * mean);
    *running_var = (Real)((1.0 - momentum) * (double)*running_var + momentum * unbiased);
  }
  PetscCall(PetscArrayzero(n->sum, 2 * n->d));
  PetscFunctionReturn(0);
}

PetscErrorCode NormReduce(Norm *n, const Pass *pass, int64_t n_tokens)
{
  PetscFunctionBegin;
  if (n->type != NORM_BATCH) {
    PetscFunctionReturn(0);
  }
  if (pass->training) {
    PetscCall(batch_statistics(n, pass, n_tokens));
  } else {
    for (int c = 0; c < n->d; c++) {
      n->mean[c] = n->running_mean.value[c];
      n->rstd[c] = (Real)(1.0 / sqrt((double)n->running_var.value[c] + epsilon));
    }
  }
  for (int c = 0; c < n->d; c++) {
    n->scale[c] = n->gamma.value[c] * n->rstd[c];
    n->shift[c] = n->beta.value[c] - n->mean[c] * n->scale[c];
  }
  PetscFunctionReturn(0);
}

void NormApply(const Norm *n, const Pass *pass, int64_t rows, const Real *x, Real *y)
{
  if (n->type == NORM_LAYER) {
    pass->kernels->element->layer_norm(rows, n->d, x, n->gamma.value, n->beta.value, (Real)epsilon,
                                       y);
  } else {
    pass->kernels->element->affine(rows, n->d, x, n->scale, n->shift, y);
  }
}

void NormGatherBackward(Norm *n, const Pass *pass, int64_t rows, const Real *dy, const Real *x)
{
  if (n->type == NORM_BATCH) {
    pass->kernels->element->moments_backward(rows, n->d, dy, x, n->mean, n->rstd, n->sum,
                                             n->sum + n->d);
  }
}

PetscErrorCode NormReduceBackward(Norm *n, const Pass *pass, int64_t n_tokens)
{
  const double count = (double)n_tokens;

  PetscFunctionBegin;
  if (n->type != NORM_BATCH) {
    PetscFunctionReturn(0);
  }
  /* this rank's share of the gradients of scale and shift, which are reduced with all others */
  for (int c = 0; c < n->d; c++) {
    n->beta.gradient[c] += (Real)n->sum[c];
    n->gamma.gradient[c] += (Real)n->sum[n->d + c];
  }
  PetscCallMPI(
      MPI_Allreduce(MPI_IN_PLACE, n->sum, 2 * n->d, MPI_DOUBLE, MPI_SUM, pass->grid->group));
  /* dx = scale (dy - mean(dy) - xhat mean(dy xhat)), xhat = (x - mean) rstd */
  for (int c = 0; c < n->d; c++) {
    const double scale = n->scale[c], sum = n->sum[c] / count, product = n->sum[n->d + c] / count;

    n->a[c] = n->scale[c];
    n->b[c] = (Real)(-scale * (double)n->rstd[c] * product);
    n->e[c] = (Real)(-scale * (sum - (double)n->mean[c] * (double)n->rstd[c] * product));
  }
  PetscCall(PetscArrayzero(n->sum, 2 * n->d));
  PetscFunctionReturn(0);
}

void NormBackward(const Norm *n, const Pass *pass, int64_t rows, const Real *x, const Real *dy,
                  Real *dx)
{
  if (n->type == NORM_LAYER) {
    pass->kernels->element->layer_norm_backward(rows, n->d, x, n->gamma.value, (Real)epsilon, dy,
                                                dx, n->gamma.gradient, n->beta.gradient);
  } else {
    pass->kernels->element->affine_add(rows, n->d, n->a, dy, n->b, x, n->e, dx);
  }
}

void PendingNormAdd(const PendingNorm *pending, const Pass *pass, const Chunk *chunk,
                    const Real *dn, Real *g)
{
  if (pending->norm) {
    const int64_t at = chunk->row * pending->norm->d;

    NormBackward(pending->norm, pass, chunk->rows, pending->x + at, dn + at, g + at);
  }
}
