/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Granger causality from the parameters of a VAR: see state_space.h. */
#include "var/state_space.h"

#include "causeway/error.h"
#include "causeway/internal/core/blas.h"
#include "causeway/log.h"

#include <float.h>
#include <math.h>
#include <string.h>

extern void dgesv_(const int *n, const int *n_rhs, double *a, const int *lda, int *pivots,
                   double *b, const int *ldb, int *info);

/* Sums of one source j, with Z_k = L^-1 A_k and y = L^-1 e_j: Z'Z, Z'y and y'y of columns j. */
static int64_t sums_length(int64_t p)
{
  return p * p + p + 1;
}

/* Collects the sums, (N, sums_length), on every rank. */
static PetscErrorCode collect_sums(const VarModel *m, double *sums)
{
  const int64_t p = m->order, length = sums_length(p);
  const BlockCyclic *l = &m->factor;
  const double **columns;
  BlockCyclic *solved; /* [p + 1] Z_1 .. Z_p, L^-1 */

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(p + 1, &solved, p + 1, &columns));
  for (int64_t k = 0; k <= p; k++) {
    PetscCall(BlockCyclicCreate(l->grid, m->n, m->n, l->row_block, l->column_block, &solved[k]));
    PetscCall(BlockCyclicCopy(k < p ? &m->lags[k] : l, &solved[k]));
    PetscCall(k < p ? BlockCyclicSolveLower(l, PETSC_FALSE, &solved[k])
                    : BlockCyclicInvertLower(&solved[k]));
  }
  PetscCall(PetscArrayzero(sums, m->n * length));
  for (int64_t j = 0; j < l->local_columns; j++) {
    const int64_t source = BlockCyclicGlobal(j, l->column_block, l->grid->column, l->grid->columns);
    double *s = sums + source * length;

    for (int64_t k = 0; k <= p; k++) {
      columns[k] = solved[k].values + j * (int64_t)solved[k].leading;
    }
    for (int64_t k = 0; k < p; k++) {
      for (int64_t q = 0; q < p; q++) {
        s[k * p + q] = cblas_ddot(l->local_rows, columns[k], 1, columns[q], 1);
      }
      s[p * p + k] = cblas_ddot(l->local_rows, columns[k], 1, columns[p], 1);
    }
    s[p * p + p] = cblas_ddot(l->local_rows, columns[p], 1, columns[p], 1);
  }
  for (int64_t k = 0; k <= p; k++) {
    PetscCall(BlockCyclicFree(&solved[k]));
  }
  PetscCall(PetscFree2(solved, columns));
  PetscCallMPI(
      MPI_Allreduce(MPI_IN_PLACE, sums, (int)(m->n * length), MPI_DOUBLE, MPI_SUM, l->grid->comm));
  PetscFunctionReturn(0);
}

/* Workspace of the doubling: p x p matrices, column-major. */
typedef struct {
  int p;
  int *pivots;
  double *a, *g, *h;   /* the iterates */
  double *m, *x, *y;   /* I + G H; (I + G H)^-1 [A, G A'] in x and, after it, y */
  double *change, *hx; /* change of H; H x */
} Doubling;

static void multiply(int p, CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, const double *a,
                     const double *b, double beta, double *c)
{
  cblas_dgemm(CblasColMajor, ta, tb, p, p, p, 1.0, a, p, b, p, beta, c, p);
}

/* H += A' H W A, G += A W G A', A = A W A with W = (I + G H)^-1; change: of H. */
static int double_once(Doubling *d)
{
  const int p = d->p, both = 2 * p;
  const size_t bytes = sizeof(double) * (size_t)p * (size_t)p;
  int info;

  memset(d->m, 0, bytes);
  for (int k = 0; k < p; k++) {
    d->m[k + k * p] = 1.0;
  }
  multiply(p, CblasNoTrans, CblasNoTrans, d->g, d->h, 1.0, d->m);
  memcpy(d->x, d->a, bytes);
  multiply(p, CblasNoTrans, CblasTrans, d->g, d->a, 0.0, d->y);
  dgesv_(&p, &both, d->m, &p, d->pivots, d->x, &p, &info);
  if (info) {
    return 0;
  }
  multiply(p, CblasNoTrans, CblasNoTrans, d->h, d->x, 0.0, d->hx);
  multiply(p, CblasTrans, CblasNoTrans, d->a, d->hx, 0.0, d->change);
  multiply(p, CblasNoTrans, CblasNoTrans, d->a, d->y, 1.0, d->g);
  multiply(p, CblasNoTrans, CblasNoTrans, d->a, d->x, 0.0, d->m);
  memcpy(d->a, d->m, bytes);
  cblas_daxpy(p * p, 1.0, d->change, 1, d->h, 1);
  return 1;
}

/* The transposed companion matrix of the source given the others: v / w is its first column. */
static void fill_companion(int p, const double *v, double w, double *a)
{
  memset(a, 0, sizeof(double) * (size_t)(p * p));
  for (int k = 0; k < p; k++) {
    a[k] = v[k] / w;
    if (k + 1 < p) {
      a[k + (k + 1) * p] = 1.0;
    }
  }
}

/* Computes the error covariance P (p, p) of the source's past given all others, in d->h; returns
   whether it converged. g0: C'R^-1 C, kept for the caller. */
static int solve_riccati(Doubling *d, const double *sums, double *g0)
{
  enum { MOST_STEPS = 100 };
  const int p = d->p, size = p * p;
  const double *v = sums + size, w = sums[size + p];

  memset(d->h, 0, sizeof(double) * (size_t)size);
  fill_companion(p, v, w, d->a);
  for (int k = 0; k < size; k++) {
    d->g[k] = g0[k] = sums[k] - v[k % p] * v[k / p] / w;
  }
  d->h[0] = 1.0 / w;
  for (int step = 0; step < MOST_STEPS; step++) {
    double change, norm;

    if (!double_once(d)) {
      return 0;
    }
    change = fabs(d->change[cblas_idamax(size, d->change, 1)]);
    norm = fabs(d->h[cblas_idamax(size, d->h, 1)]);
    if (!isfinite(change) || !isfinite(norm)) {
      return 0;
    }
    if (change <= DBL_EPSILON * norm) {
      return 1;
    }
  }
  return 0;
}

/* Computes the transition of the error, a (I + P G)^-1 = a - K C; transposed: (I + G P)^-1 a'. */
static void close_loop(Doubling *d, const double *sums, const double *g0, double *transposed)
{
  const int p = d->p;
  int info;

  memset(d->m, 0, sizeof(double) * (size_t)(p * p));
  for (int k = 0; k < p; k++) {
    d->m[k + k * p] = 1.0;
  }
  multiply(p, CblasNoTrans, CblasNoTrans, g0, d->h, 1.0, d->m);
  fill_companion(p, sums + (ptrdiff_t)p * p, sums[p * p + p], transposed);
  dgesv_(&p, &p, d->m, &p, d->pivots, transposed, &p, &info);
}

/* Solves the equations, each rank for some sources; all results end on every rank. */
static PetscErrorCode solve_sources(MPI_Comm comm, const double *sums, Activity activity,
                                    StateSpace *s)
{
  const int64_t p = s->order, size = p * p;
  int64_t failed = -1;
  Doubling d = {.p = (int)p};
  double *work, *g0;
  int rank, ranks;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  PetscCall(PetscMalloc3(8 * size, &work, size, &g0, p, &d.pivots));
  d.a = work;
  d.g = work + size;
  d.h = work + 2 * size;
  d.m = work + 3 * size;
  d.x = work + 4 * size; /* y follows it */
  d.y = work + 5 * size;
  d.change = work + 6 * size;
  d.hx = work + 7 * size;
  for (int64_t j = rank; j < s->n; j += ranks) {
    const double *of_source = sums + j * sums_length(p);

    if (!solve_riccati(&d, of_source, g0)) {
      failed = PetscMax(failed, j);
      continue;
    }
    memcpy(s->covariance + j * size, d.h, sizeof(double) * (size_t)size);
    close_loop(&d, of_source, g0, s->transition + j * size);
    s->innovation[j] = 1.0 / of_source[size + p];
  }
  PetscCall(PetscFree3(work, g0, d.pivots));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &failed, 1, MPI_INT64_T, MPI_MAX, comm));
  UserCheck(failed < 0,
            "%s: the Riccati equation of its state-space statistic has no solution, because the "
            "autoregression is not stable; lower granger_order or leave the neuron out",
            ActivityNeuron(activity, failed));
  PetscCallMPI(
      MPI_Allreduce(MPI_IN_PLACE, s->covariance, (int)(s->n * size), MPI_DOUBLE, MPI_SUM, comm));
  PetscCallMPI(
      MPI_Allreduce(MPI_IN_PLACE, s->transition, (int)(s->n * size), MPI_DOUBLE, MPI_SUM, comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, s->innovation, (int)s->n, MPI_DOUBLE, MPI_SUM, comm));
  PetscFunctionReturn(0);
}

PetscErrorCode StateSpaceCreate(const VarModel *m, Activity activity, StateSpace *s)
{
  const int64_t p = m->order;
  double *sums;

  PetscFunctionBegin;
  PetscCall(LogEventStart(EVENT_GRANGER_STATE_SPACE));
  *s = (StateSpace){.model = m, .n = m->n, .order = p};
  PetscCall(PetscCalloc4(m->n * p * p, &s->covariance, m->n * p * p, &s->transition, m->n,
                         &s->innovation, m->n, &s->variance));
  PetscCall(PetscMalloc1(m->n * sums_length(p), &sums));
  PetscCall(collect_sums(m, sums));
  PetscCall(solve_sources(m->factor.grid->comm, sums, activity, s));
  PetscCall(VarModelVariances(m, s->variance));
  PetscCall(PetscFree(sums));
  PetscCall(LogEventStop(EVENT_GRANGER_STATE_SPACE));
  PetscFunctionReturn(0);
}

PetscErrorCode StateSpaceFree(StateSpace *s)
{
  PetscFunctionBegin;
  PetscCall(PetscFree4(s->covariance, s->transition, s->innovation, s->variance));
  PetscFunctionReturn(0);
}

double StateSpaceGrowth(const StateSpace *s, int64_t source, const double *c)
{
  const int64_t p = s->order;
  const double *covariance = s->covariance + source * p * p;
  double sum = 0;

  for (int64_t k = 0; k < p; k++) {
    for (int64_t q = 0; q < p; q++) {
      sum += c[k] * covariance[k + q * p] * c[q];
    }
  }
  return sum;
}

PetscErrorCode StateSpaceForPairs(const StateSpace *s, StateSpacePair pair, const void *context,
                                  const Partition *partition, double *rows)
{
  const VarModel *m = s->model;
  const BlockCyclic *l = &m->factor;
  BlockCyclic by_target, by_source;
  double *c;

  PetscFunctionBegin;
  PetscCall(BlockCyclicCreate(l->grid, m->n, m->n, l->row_block, l->column_block, &by_target));
  PetscCall(BlockCyclicCreate(l->grid, m->n, m->n, l->row_block, l->column_block, &by_source));
  PetscCall(PetscMalloc1(s->order, &c));
  for (int64_t j = 0; j < l->local_columns; j++) {
    const int64_t source = BlockCyclicGlobal(j, l->column_block, l->grid->column, l->grid->columns);

    for (int64_t i = 0; i < l->local_rows; i++) {
      const int64_t at = i + j * (int64_t)l->leading;
      const int64_t target = BlockCyclicGlobal(i, l->row_block, l->grid->row, l->grid->rows);

      for (int64_t k = 0; k < s->order; k++) {
        c[k] = m->lags[k].values[at];
      }
      by_target.values[at] = target == source ? 0.0 : pair(s, target, source, c, context);
    }
  }
  PetscCall(PetscFree(c));
  PetscCall(BlockCyclicTranspose(&by_target, &by_source));
  PetscCall(BlockCyclicFree(&by_target));
  PetscCall(BlockCyclicToColumns(&by_source, partition->block, rows));
  PetscCall(BlockCyclicFree(&by_source));
  PetscFunctionReturn(0);
}

static double time_domain(const StateSpace *s, int64_t target, int64_t source, const double *c,
                          const void *context)
{
  (void)context;
  return log1p(StateSpaceGrowth(s, source, c) / s->variance[target]);
}

PetscErrorCode StateSpaceGc(const StateSpace *s, const Partition *partition, double *gc)
{
  PetscFunctionBegin;
  PetscCall(LogEventStart(EVENT_GRANGER_STATE_SPACE));
  PetscCall(StateSpaceForPairs(s, time_domain, NULL, partition, gc));
  PetscCall(LogEventStop(EVENT_GRANGER_STATE_SPACE));
  PetscFunctionReturn(0);
}
