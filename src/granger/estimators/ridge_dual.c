/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimators/ridge_dual.h"

#include "causeway/error.h"
#include "causeway/log.h"

#include "causeway/internal/core/blas.h"
#include "causeway/internal/parallel/ring.h"
#include "estimators/penalty.h"
#include "regression/lag_matrix.h"

#include <math.h>

/* LAPACK comes without a C header in Debian's OpenBLAS. */
extern void dtrtri_(const char *uplo, const char *diag, const int *n, double *a, const int *lda,
                    int *info);

/* Rows per block of K; columns and rows of a tile of coefficients. */
enum { ROW_BLOCK = 64, TILE_TARGETS = 256, TILE_COEFFICIENTS = 1024 };

typedef struct {
  Granger granger;
  const Partition *partition;
  int64_t p;
  double lambda;
  LagMatrix x;
  BlockCyclic kernel; /* (M, M) K, then its Cholesky factor */
  BlockCyclic solved; /* (M, N p) U = K^-1 X */
  double *objective;  /* (n_local) 1 / penalised objective of each target */
  double *variance;   /* (n_local) 1 / (p sigma^2) */
  double *inverse;    /* (N, p, p) inverse Cholesky factors of the Gram blocks of the inverse */
  double *covariance; /* (N, p, p) inverse Cholesky factors of U_j'U_j */
  double flops;       /* of this rank */
} Dual;

double RidgeDualNumbers(const GrangerSize *size, PetscBool gcv)
{
  const double rows = (double)size->n_samples, order = (double)size->order;
  const double n = (double)size->n_neurons, local = ceil(n / size->ranks);

  /* X, U and two blocks of the ring; Y and K^-1 Y; K and its inverse, or the workspace of its
     eigenvectors */
  return rows * local * (4.0 * order + 2.0) + (gcv ? 6.0 : 2.0) * rows * rows / size->ranks +
         2.0 * n * order * order + TILE_TARGETS * TILE_COEFFICIENTS;
}

/* The terms are: the ring; the sum of K, its factor, and three solutions by its columns;
   eigenvalues for the penalty. */
void RidgeDualPredict(const GrangerSize *size, PetscBool gcv, GrangerCost *cost)
{
  const double n = (double)size->n_neurons, p = (double)size->order, t = (double)size->n_samples;
  const int ranks = size->ranks;
  const double m = t - p, others = 1.0 - 1.0 / ranks;
  const double searches = gcv ? 1.0 : 0.0;

  cost->received = 8.0 * others * (m * n * p + (4.5 + 4.7 * searches) * m * m);
  cost->messages = 45.0 + 15.0 * m / 64.0 + 2.0 * ranks + searches * 2.9 * m;
  cost->flops =
      (m * m * (3.0 * n * p + 2.0 * n) + 7.0 / 3.0 * m * m * m + 2.0 * m * n * n * p) / ranks;
}

static PetscErrorCode solve_kernel(const BlockCyclic *factor, BlockCyclic *b)
{
  PetscFunctionBegin;
  PetscCall(BlockCyclicSolveLower(factor, PETSC_FALSE, b));
  PetscCall(BlockCyclicSolveLower(factor, PETSC_TRUE, b));
  PetscFunctionReturn(0);
}

static PetscErrorCode choose_penalty(Dual *d)
{
  Granger g = d->granger;
  PetscBool at_border = PETSC_FALSE;
  double total;

  PetscFunctionBegin;
  g->info.lambda = g->lambda;
  if (g->lambda == 0) {
    RidgeSpectrum spectrum;

    PetscCall(BlockCyclicSquaredNorm(&d->x.present, &total));
    PetscCall(
        RidgeSpectrumCreate(&d->kernel, &d->x.present, PETSC_FALSE, total, d->x.n_rows, &spectrum));
    g->info.lambda = RidgeGcv(&spectrum, &at_border);
    PetscCall(RidgeSpectrumFree(&spectrum));
  }
  PetscCall(RidgeSayPenalty(g, at_border));
  d->lambda = g->info.lambda;
  PetscFunctionReturn(0);
}

/* Computes K, lambda, the factor, and the second degrees of freedom, lambda^2 |K^-1|^2 minus those
   of the constant. */
static PetscErrorCode factorise(Dual *d)
{
  const double m = (double)d->x.n_rows, unknowns = (double)(d->partition->n_global * d->p);
  double share, norm, squared;
  int64_t index;
  BlockCyclic inverse;

  PetscFunctionBegin;
  PetscCall(LogEventStart(EVENT_GRANGER_FACTOR));
  PetscCall(
      BlockCyclicCreate(&d->x.columns, d->x.n_rows, d->x.n_rows, ROW_BLOCK, ROW_BLOCK, &d->kernel));
  PetscCall(BlockCyclicOuterProduct(1.0, &d->x.past, 0.0, &d->kernel));
  PetscCall(choose_penalty(d));
  BlockCyclicShiftDiagonal(d->lambda, &d->kernel);
  PetscCall(BlockCyclicSymmetricNorm1(&d->kernel, &norm));
  PetscCall(BlockCyclicCholesky(&d->kernel, &share, &index));
  UserCheck(share > 0, "granger_lambda = %g is too small for a stable solution; give a larger one",
            d->lambda);
  PetscCall(BlockCyclicConditionNumber(&d->kernel, norm, &d->granger->info.condition_number));
  PetscCall(
      BlockCyclicCreate(&d->x.columns, d->x.n_rows, d->x.n_rows, ROW_BLOCK, ROW_BLOCK, &inverse));
  PetscCall(BlockCyclicIdentity(&inverse));
  PetscCall(solve_kernel(&d->kernel, &inverse));
  PetscCall(BlockCyclicSquaredNorm(&inverse, &squared));
  PetscCall(BlockCyclicFree(&inverse));
  /* the trace counts the rows; the constant and trends fitted by preprocessing use some of them */
  d->granger->info.free_rows =
      GrangerFreeRows(d->granger, (double)d->x.n_rows) + d->lambda * d->lambda * squared;
  d->flops += (m * m * unknowns + 7.0 / 3.0 * m * m * m) / d->partition->size;
  PetscCall(LogEventStop(EVENT_GRANGER_FACTOR));
  PetscCall(RidgeCheckFreedom(d->granger, d->granger->info.free_rows));
  PetscFunctionReturn(0);
}

/* Computes the penalised objective lambda y'K^-1 y and residual sum of squares lambda^2 |K^-1 y|^2
   of each target. */
static PetscErrorCode fit_targets(Dual *d)
{
  const Partition *part = d->partition;
  const int m = (int)d->x.n_rows;
  const double free_rows = d->granger->info.free_rows;
  BlockCyclic fitted;

  PetscFunctionBegin;
  PetscCall(
      BlockCyclicCreate(&d->x.columns, m, part->n_global, ROW_BLOCK, (int)part->block, &fitted));
  PetscCall(PetscArraycpy(fitted.values, d->x.present.values, m * part->n_local));
  PetscCall(solve_kernel(&d->kernel, &fitted));
  PetscCall(PetscMalloc2(part->n_local, &d->objective, part->n_local, &d->variance));
  for (int64_t i = 0; i < part->n_local; i++) {
    const double *y = d->x.present.values + i * m, *k = fitted.values + i * m;

    d->objective[i] = 1.0 / (d->lambda * cblas_ddot(m, y, 1, k, 1));
    d->variance[i] = free_rows / (d->lambda * d->lambda * cblas_ddot(m, k, 1, k, 1) * (double)d->p);
  }
  PetscCall(BlockCyclicFree(&fitted));
  d->flops += 2.0 * (double)m * m * (double)part->n_local;
  PetscFunctionReturn(0);
}

/* block = the inverse of the lower Cholesky factor of block */
static PetscErrorCode invert_factor(int p, double *block)
{
  int info;

  PetscFunctionBegin;
  dpotrf_("L", &p, block, &p, &info);
  if (!info) {
    dtrtri_("L", "N", &p, block, &p, &info);
  }
  PetscCheck(!info, PETSC_COMM_SELF, PETSC_ERR_LIB, "a block of order %d is not positive definite",
             p);
  PetscFunctionReturn(0);
}

/* Computes U, and the factors that turn coefficients into the two statistics, for all sources on
   every rank. */
static PetscErrorCode solve_sources(Dual *d)
{
  const Partition *part = d->partition;
  const int m = (int)d->x.n_rows, p = (int)d->p;
  const int64_t size = d->p * d->p, first = part->first * size;

  PetscFunctionBegin;
  PetscCall(BlockCyclicCreate(&d->x.columns, m, part->n_global * d->p, ROW_BLOCK,
                              (int)(part->block * d->p), &d->solved));
  PetscCall(PetscArraycpy(d->solved.values, d->x.past.values, m * part->n_local * d->p));
  PetscCall(solve_kernel(&d->kernel, &d->solved));
  PetscCall(
      PetscCalloc2(part->n_global * size, &d->inverse, part->n_global * size, &d->covariance));
  for (int64_t j = 0; j < part->n_local; j++) {
    const double *x = d->x.past.values + j * p * m, *u = d->solved.values + j * p * m;
    double *inverse = d->inverse + first + j * size, *covariance = d->covariance + first + j * size;

    cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, p, p, m, -1.0 / d->lambda, x, m, u, m, 0.0,
                inverse, p);
    for (int k = 0; k < p; k++) {
      inverse[(int64_t)k * (p + 1)] += 1.0 / d->lambda;
    }
    cblas_dsyrk(CblasColMajor, CblasLower, CblasTrans, p, m, 1.0, u, m, 0.0, covariance, p);
    PetscCall(invert_factor(p, inverse));
    PetscCall(invert_factor(p, covariance));
  }
  PetscCall(BlockCyclicFree(&d->x.past));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, d->inverse, (int)(part->n_global * size), MPI_DOUBLE,
                             MPI_SUM, part->comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, d->covariance, (int)(part->n_global * size), MPI_DOUBLE,
                             MPI_SUM, part->comm));
  d->flops += 2.0 * (double)m * m * (double)(part->n_local * d->p);
  PetscFunctionReturn(0);
}

/* |L b|^2 of each source, L (n_sources, p, p) in the lower triangles */
static void quadratic_forms(int64_t p, int64_t n_sources, const double *restrict l,
                            const double *restrict b, double scale, double *restrict values)
{
  if (p == 1) {
    for (int64_t j = 0; j < n_sources; j++) {
      const double x = l[j] * b[j];

      values[j] = scale * x * x;
    }
    return;
  }
  for (int64_t j = 0; j < n_sources; j++) {
    double sum = 0;

    for (int64_t row = 0; row < p; row++) {
      double x = 0;

      for (int64_t k = 0; k <= row; k++) {
        x += l[j * p * p + k * p + row] * b[j * p + k];
      }
      sum += x * x;
    }
    values[j] = scale * sum;
  }
}

/* Computes the pairs of all local targets with the sources of a block of U. */
static PetscErrorCode compute_block(Dual *d, const RingBlock *block, double *tile, double *rows[2],
                                    PairSink *sink)
{
  const Partition *part = d->partition;
  const int64_t first = block->first, end = first + block->n;
  const double *u = (const double *)block->values;
  const int64_t p = d->p, width = PetscMax(1, TILE_COEFFICIENTS / p), size = p * p;
  const int m = (int)d->x.n_rows;

  PetscFunctionBegin;
  for (int64_t i = 0; i < part->n_local; i += TILE_TARGETS) {
    const int n_targets = (int)PetscMin(TILE_TARGETS, part->n_local - i);

    for (int64_t j = first; j < end; j += width) {
      const int64_t n_sources = PetscMin(width, end - j);
      const int n_coefficients = (int)(n_sources * p);

      cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, n_coefficients, n_targets, m, 1.0,
                  u + (j - first) * p * m, m, d->x.present.values + i * m, m, 0.0, tile,
                  n_coefficients);
      for (int64_t k = 0; k < n_targets; k++) {
        const double *b = tile + k * n_coefficients;

        quadratic_forms(p, n_sources, d->inverse + j * size, b, d->objective[i + k], rows[0]);
        quadratic_forms(p, n_sources, d->covariance + j * size, b, d->variance[i + k], rows[1]);
        PetscCall(PairSinkPut(sink, i + k, j, n_sources, rows[0], rows[1]));
      }
    }
  }
  d->flops += 2.0 * m * (double)((end - first) * p) * (double)part->n_local;
  PetscFunctionReturn(0);
}

/* Passes the blocks of U around the ring; the next one arrives while the current one is
   computed. */
static PetscErrorCode go_round(Dual *d, PairSink *sink)
{
  const Partition *part = d->partition;
  const int64_t length[1] = {d->p * d->x.n_rows};
  const int64_t width = PetscMax(1, TILE_COEFFICIENTS / d->p);
  double *tile, *rows[2];
  Progress progress;
  RingTrip trip;

  PetscFunctionBegin;
  PetscCall(LogEventStart(EVENT_GRANGER_STATISTICS));
  PetscCall(PetscMalloc3(TILE_TARGETS * width * d->p, &tile, width, &rows[0], width, &rows[1]));
  PetscCall(RingTripCreate(part, RING_DOWN, 1, length[0], MPI_DOUBLE, PETSC_TRUE, &trip));
  trip.here[0] = d->solved.values;
  ProgressBegin(&progress, "granger", "sources", part->n_global);
  PetscCall(RingTripBegin(&trip, RING_READ, length));
  while (trip.has_block) {
    PetscCall(compute_block(d, &trip.block, tile, rows, sink));
    PetscCall(RingTripNext(&trip));
    PetscCall(
        d->granger->quiet ? 0 : ProgressUpdate(&progress, part->n_global * trip.stop / part->size));
  }
  PetscCall(ProgressEnd(&progress));
  PetscCall(RingTripDestroy(&trip));
  PetscCall(PetscFree3(tile, rows[0], rows[1]));
  PetscCall(LogEventStop(EVENT_GRANGER_STATISTICS));
  PetscFunctionReturn(0);
}

static PetscErrorCode run(Dual *d, Activity activity, PairSink *sink)
{
  Granger g = d->granger;
  Filters filters;

  PetscFunctionBegin;
  PetscCall(GrangerFilters(g, &filters));
  PetscCall(LagMatrixCreate(activity, &filters, ROW_BLOCK, &d->x));
  PetscCall(FiltersFree(&filters));
  g->info.n_rows = d->x.n_rows;
  PetscCall(factorise(d));
  PetscCall(LogEventStart(EVENT_GRANGER_SOLVE));
  PetscCall(fit_targets(d));
  PetscCall(solve_sources(d));
  PetscCall(LogEventStop(EVENT_GRANGER_SOLVE));
  PetscCall(PairSinkOpen(sink, g->info.free_rows));
  PetscCall(go_round(d, sink));
  PetscCallMPI(MPI_Allreduce(&d->flops, &g->info.flops, 1, MPI_DOUBLE, MPI_SUM, g->comm));
  PetscFunctionReturn(0);
}

PetscErrorCode RidgeDualSolve(Granger g, Activity activity, PairSink *sink)
{
  Dual d = {.granger = g, .partition = ActivityPartition(activity), .p = g->info.order};
  PetscErrorCode status;

  PetscFunctionBegin;
  status = run(&d, activity, sink);
  PetscCall(PetscFree2(d.objective, d.variance));
  PetscCall(PetscFree2(d.inverse, d.covariance));
  PetscCall(BlockCyclicFree(&d.kernel));
  PetscCall(BlockCyclicFree(&d.solved));
  PetscCall(LagMatrixFree(&d.x));
  PetscFunctionReturn(status);
}
