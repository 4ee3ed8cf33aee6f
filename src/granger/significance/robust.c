/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "significance/robust.h"

#include "causeway/internal/core/blas.h"
#include "causeway/internal/linalg/inverse_form.h"
#include "causeway/log.h"
#include "regression/filtered.h"

#include <math.h>

/* Samples that a process row takes at a time. */
enum { STRETCH = 1024 };

/* Transposed matrices of one stretch of samples per process row: time is contiguous, and neurons are those of the process
   columns. The first `margin` samples of a stretch are those before it, for products of neighbours in time. */
typedef struct {
  Regression *r;
  PanelPlan plan;
  FilteredPanel panel;
  int64_t margin, length;          /* of a stretch: samples before it, and of it */
  BlockCyclic inverse;             /* (N p, N p) A */
  BlockCyclic terms, residualised; /* (samples, N p) X, and Q = X A */
  BlockCyclic residual;            /* (samples, N) E = Y - X B */
  BlockCyclic left, right;         /* (samples, N) products of columns of Q, and squares of E */
  BlockCyclic *blocks;           /* [p (p + 1) / 2] (N sources, N targets) entries k >= l of C_ij */
  double *of_source, *of_target; /* (N p, margin + 1), (N, margin + 1) autocovariances of Q and E,
                                    on every rank in the end */
} Robust;

/* Of estimators that are not inverted the factor is L itself. */
PetscErrorCode RobustInverse(const Regression *r, BlockCyclic *inverse)
{
  PetscFunctionBegin;
  PetscCall(BlockCyclicCreate(&r->grid, r->gram.n_rows, r->gram.n_rows, r->gram.row_block,
                              r->gram.column_block, inverse));
  if (r->is_inverted) {
    PetscCall(BlockCyclicMultiply(PETSC_TRUE, PETSC_FALSE, 1.0, &r->gram, &r->gram, 0.0, inverse));
    PetscFunctionReturn(0);
  }
  PetscCall(BlockCyclicIdentity(inverse));
  PetscCall(BlockCyclicSolveLower(&r->gram, PETSC_FALSE, inverse));
  PetscCall(BlockCyclicSolveLower(&r->gram, PETSC_TRUE, inverse));
  PetscFunctionReturn(0);
}

static int64_t n_blocks(const Regression *r)
{
  return r->p * (r->p + 1) / 2;
}

static PetscErrorCode create_matrices(Robust *w)
{
  const Regression *r = w->r;
  const int rows = (int)(w->margin + w->length), block = (int)(r->block * r->p);
  const int64_t all = (int64_t)rows * r->grid.rows;
  BlockCyclic *narrow[] = {&w->residual, &w->left, &w->right};

  PetscFunctionBegin;
  PetscCall(BlockCyclicCreate(&r->grid, all, r->n * r->p, rows, block, &w->terms));
  PetscCall(BlockCyclicCreate(&r->grid, all, r->n * r->p, rows, block, &w->residualised));
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(narrow); k++) {
    PetscCall(BlockCyclicCreate(&r->grid, all, r->n, rows, r->block, narrow[k]));
  }
  PetscCall(PetscCalloc1(n_blocks(r), &w->blocks));
  for (int64_t k = 0; k < n_blocks(r); k++) {
    PetscCall(BlockCyclicCreate(&r->grid, r->n, r->n, r->block, r->block, &w->blocks[k]));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode create(Regression *r, int64_t bandwidth, Robust *w)
{
  const int64_t gathered = bandwidth + STRETCH * (int64_t)r->grid.rows;
  double *means;

  PetscFunctionBegin;
  *w = (Robust){.r = r, .margin = bandwidth, .length = STRETCH};
  PetscCall(RobustInverse(r, &w->inverse));
  PetscCall(create_matrices(w));
  PetscCall(PetscCalloc2(r->n * r->p * (bandwidth + 1), &w->of_source, r->n * (bandwidth + 1),
                         &w->of_target));
  PetscCall(PanelPlanCreate(&r->grid, r->partition, r->block, PETSC_FALSE,
                            PetscMax(r->p + 1, r->reach + gathered), &w->plan));
  PetscCall(FilteredPanelCreate(r, &w->plan, gathered, w->margin + w->length, &w->panel));
  PetscCall(PetscMalloc1(r->partition->n_local * (r->p + 1), &means));
  PetscCall(RegressionTermMeans(r, r->activity, means));
  PetscCall(FilteredPanelMeans(r, &w->plan, means, &w->panel));
  PetscCall(PetscFree(means));
  PetscFunctionReturn(0);
}

static PetscErrorCode destroy(Robust *w)
{
  BlockCyclic *matrices[] = {&w->inverse,  &w->terms, &w->residualised,
                             &w->residual, &w->left,  &w->right};

  PetscFunctionBegin;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(matrices); k++) {
    PetscCall(BlockCyclicFree(matrices[k]));
  }
  for (int64_t k = 0; w->blocks && k < n_blocks(w->r); k++) {
    PetscCall(BlockCyclicFree(&w->blocks[k]));
  }
  PetscCall(PetscFree(w->blocks));
  PetscCall(PetscFree2(w->of_source, w->of_target));
  PetscCall(FilteredPanelFree(&w->panel));
  PetscCall(PanelPlanFree(&w->plan));
  PetscFunctionReturn(0);
}

/* X, Q and E of the stretches of all process rows, which follow each other from sample `start` on. */
static PetscErrorCode fill(Robust *w, int64_t start)
{
  Regression *r = w->r;
  const int64_t gathered = w->margin + w->length * r->grid.rows, count = w->margin + w->length;

  PetscFunctionBegin;
  PetscCall(FilteredPanelFill(r, &w->plan, r->activity, start - w->margin, gathered,
                              w->length * r->grid.row, count, &w->panel));
  for (int64_t i = 0; i < w->terms.local_columns; i++) {
    PetscCall(PetscArraycpy(w->terms.values + i * (int64_t)w->terms.leading,
                            w->panel.terms + i * count, count));
  }
  for (int64_t i = 0; i < w->residual.local_columns; i++) {
    PetscCall(PetscArraycpy(w->residual.values + i * (int64_t)w->residual.leading,
                            w->panel.present + i * count, count));
  }
  PetscCall(BlockCyclicMultiply(PETSC_FALSE, PETSC_FALSE, 1.0, &w->terms, &w->inverse, 0.0,
                                &w->residualised));
  PetscCall(
      BlockCyclicMultiply(PETSC_FALSE, PETSC_FALSE, -1.0, &w->terms, &r->rhs, 1.0, &w->residual));
  PetscFunctionReturn(0);
}

/* product(t, j) = a(t, j stride + k) a(t, j stride + l) for the samples of the stretch itself, zero before it */
static void multiply_columns(const Robust *w, const BlockCyclic *a, int64_t stride, int64_t k,
                             int64_t l, BlockCyclic *product)
{
  for (int64_t j = 0; j < product->local_columns; j++) {
    const double *restrict x = a->values + (j * stride + k) * a->leading;
    const double *restrict y = a->values + (j * stride + l) * a->leading;
    double *restrict z = product->values + j * (int64_t)product->leading;

    for (int64_t t = w->margin; t < w->margin + w->length; t++) {
      z[t] = x[t] * y[t];
    }
  }
}

/* blocks += (products of columns of Q)' (squares of E) */
static PetscErrorCode add_blocks(Robust *w)
{
  const int64_t p = w->r->p;

  PetscFunctionBegin;
  multiply_columns(w, &w->residual, 1, 0, 0, &w->right);
  for (int64_t k = 0, at = 0; k < p; k++) {
    for (int64_t l = 0; l <= k; l++, at++) {
      multiply_columns(w, &w->residualised, p, k, l, &w->left);
      PetscCall(BlockCyclicMultiply(PETSC_TRUE, PETSC_FALSE, 1.0, &w->left, &w->right, 1.0,
                                    &w->blocks[at]));
    }
  }
  PetscFunctionReturn(0);
}

/* covariances[column][lag] += sum over the stretch of a(t) a(t - lag), for the local columns */
static void add_autocovariances(const Robust *w, const BlockCyclic *a, double *covariances)
{
  for (int64_t j = 0; w->margin > 0 && j < a->local_columns; j++) {
    const int64_t column = BlockCyclicGlobal(j, a->column_block, a->grid->column, a->grid->columns);
    const double *x = a->values + j * (int64_t)a->leading + w->margin;

    for (int64_t lag = 0; lag <= w->margin; lag++) {
      covariances[column * (w->margin + 1) + lag] += cblas_ddot((int)w->length, x, 1, x - lag, 1);
    }
  }
}

static PetscErrorCode sum(Robust *w)
{
  Regression *r = w->r;
  const double n = (double)r->n, p = (double)r->p, ranks = r->grid.rows * r->grid.columns;
  Progress progress;

  PetscFunctionBegin;
  ProgressBegin(&progress, "granger", "samples", r->n_samples - r->reach);
  for (int64_t start = r->reach; start < r->n_samples; start += w->length * r->grid.rows) {
    const int64_t end = PetscMin(start + w->length * r->grid.rows, r->n_samples);

    PetscCall(fill(w, start));
    PetscCall(add_blocks(w));
    add_autocovariances(w, &w->residualised, w->of_source);
    add_autocovariances(w, &w->residual, w->of_target);
    PetscCall(RegressionFlops(r, 3.0 * p * (p + 1.0) * n * n * (double)(end - start) / ranks));
    PetscCall(ProgressUpdate(&progress, end - r->reach));
  }
  PetscCall(ProgressEnd(&progress));
  PetscCall(RegressionSum(r, r->n * r->p * (w->margin + 1), w->of_source));
  PetscCall(RegressionSum(r, r->n * (w->margin + 1), w->of_target));
  PetscFunctionReturn(0);
}

double RobustEnlarged(int64_t bandwidth, const double *q, const double *e)
{
  double sum = 1.0;

  for (int64_t lag = 1; lag <= bandwidth; lag++) {
    sum += 2.0 * q[lag] / q[0] * e[lag] / e[0];
  }
  return PetscMax(0.1, sum);
}

/* Workspace of one pair. */
typedef struct {
  double *c, *b, *root; /* (p, p), (p), (p) roots of enlarged() of the terms */
} Pair;

/* b' C^-1 b / p of local source j and target i; `enlarged`: the mean over the terms. */
static double wald(const Robust *w, int64_t j, int64_t i, const Pair *pair, double *mean_enlarged)
{
  const Regression *r = w->r;
  const int p = (int)r->p;
  const int64_t place = j + i * (int64_t)w->blocks[0].leading;
  const int64_t source = RegressionNeuron(r, 0, j), target = RegressionNeuron(r, 1, i);

  *mean_enlarged = 0;
  for (int k = 0, at = 0; k < p; k++) {
    const double factor =
        RobustEnlarged(w->margin, w->of_source + (source * p + k) * (w->margin + 1),
                       w->of_target + target * (w->margin + 1));

    *mean_enlarged += factor / p;
    pair->root[k] = sqrt(factor);
    pair->b[k] = r->rhs.values[j * p + k + i * (int64_t)r->rhs.leading];
    for (int l = 0; l <= k; l++, at++) {
      pair->c[k + l * p] = w->blocks[at].values[place] * pair->root[k] * pair->root[l];
    }
  }
  return InverseForm(p, pair->c, pair->b) / p;
}

static PetscErrorCode find_statistic(Robust *w, double *f, double *factor)
{
  const Regression *r = w->r;
  BlockCyclic statistic, factors;
  Pair pair;

  PetscFunctionBegin;
  PetscCall(PetscMalloc3(r->p * r->p, &pair.c, r->p, &pair.b, r->p, &pair.root));
  PetscCall(BlockCyclicCreate(&r->grid, r->n, r->n, r->block, r->block, &statistic));
  PetscCall(BlockCyclicCreate(&r->grid, r->n, r->n, r->block, r->block, &factors));
  for (int64_t i = 0; i < statistic.local_columns; i++) {
    for (int64_t j = 0; j < statistic.local_rows; j++) {
      const int64_t place = j + i * (int64_t)statistic.leading;

      statistic.values[place] = wald(w, j, i, &pair, &factors.values[place]);
    }
  }
  /* a column of the (source, target) matrix is a row of the (target, source) one */
  PetscCall(BlockCyclicToColumns(&statistic, r->partition->block, f));
  PetscCall(BlockCyclicToColumns(&factors, r->partition->block, factor));
  PetscCall(BlockCyclicFree(&statistic));
  PetscCall(BlockCyclicFree(&factors));
  PetscCall(PetscFree3(pair.c, pair.b, pair.root));
  PetscFunctionReturn(0);
}

PetscErrorCode RobustStatistic(GrangerSolution *s, double *f, double *factor)
{
  PetscErrorCode status;
  Robust w;

  PetscFunctionBegin;
  PetscCall(LogEventStart(EVENT_GRANGER_STATISTICS));
  PetscCall(create(s->regression, s->granger->bandwidth, &w));
  status = sum(&w);
  status = status ? status : find_statistic(&w, f, factor);
  PetscCall(destroy(&w));
  PetscCall(LogEventStop(EVENT_GRANGER_STATISTICS));
  PetscFunctionReturn(status);
}

double RobustNumbers(Granger g, const GrangerSize *size)
{
  const double n = (double)size->n_neurons, p = (double)size->order;
  int rows, columns;

  ProcessGridShape(size->ranks, &rows, &columns);
  /* A, and blocks of C or, from spikes, columns of A and coefficients; X, Q, E and products of a stretch, the panel and what is
     sent for it; the statistic */
  return n * n / size->ranks * (2.0 * p * p + 2.0 * p + 6.0) +
         n * (p + 1.0) * (double)(g->bandwidth + 1) +
         STRETCH * ceil(n / columns) * (3.0 * p + 4.0 + rows) +
         STRETCH * rows * ceil(n / size->ranks);
}
