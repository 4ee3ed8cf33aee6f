/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/internal/linalg/decompositions.h"

#include <math.h>

/* ScaLAPACK publishes no C header. */
extern void pdgeqrf_(const int *m, const int *n, double *a, const int *ia, const int *ja,
                     const int *desc_a, double *tau, double *work, const int *work_length,
                     int *info);
extern void pdormqr_(const char *side, const char *trans, const int *m, const int *n, const int *k,
                     const double *a, const int *ia, const int *ja, const int *desc_a,
                     const double *tau, double *c, const int *ic, const int *jc, const int *desc_c,
                     double *work, const int *work_length, int *info);
extern void pdtran_(const int *m, const int *n, const double *alpha, const double *a, const int *ia,
                    const int *ja, const int *desc_a, const double *beta, double *c, const int *ic,
                    const int *jc, const int *desc_c);
extern void pdtrcon_(const char *norm, const char *uplo, const char *diag, const int *n,
                     const double *a, const int *ia, const int *ja, const int *desc_a,
                     double *reciprocal, double *work, const int *work_length, int *iwork,
                     const int *iwork_length, int *info);
extern void pdsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *ia,
                     const int *ja, const int *desc_a, double *values, double *z, const int *iz,
                     const int *jz, const int *desc_z, double *work, const int *work_length,
                     int *iwork, const int *iwork_length, int *info);

static const int one = 1, query = -1;

PetscErrorCode BlockCyclicQr(BlockCyclic *a, BlockCyclic *b)
{
  double size[2], *tau, *work;
  int info, length;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(a->local_columns + 1, &tau));
  pdgeqrf_(&a->n_rows, &a->n_columns, a->values, &one, &one, a->descriptor, tau, &size[0], &query,
           &info);
  pdormqr_("L", "T", &b->n_rows, &b->n_columns, &a->n_columns, a->values, &one, &one, a->descriptor,
           tau, b->values, &one, &one, b->descriptor, &size[1], &query, &info);
  length = (int)PetscMax(size[0], size[1]);
  PetscCall(PetscMalloc1(length, &work));
  pdgeqrf_(&a->n_rows, &a->n_columns, a->values, &one, &one, a->descriptor, tau, work, &length,
           &info);
  PetscCheck(!info, a->grid->comm, PETSC_ERR_LIB, "PDGEQRF: info %d", info);
  pdormqr_("L", "T", &b->n_rows, &b->n_columns, &a->n_columns, a->values, &one, &one, a->descriptor,
           tau, b->values, &one, &one, b->descriptor, work, &length, &info);
  PetscCheck(!info, a->grid->comm, PETSC_ERR_LIB, "PDORMQR: info %d", info);
  PetscCall(PetscFree(work));
  PetscCall(PetscFree(tau));
  PetscFunctionReturn(0);
}

PetscErrorCode BlockCyclicLowerOfQr(const BlockCyclic *a, BlockCyclic *l)
{
  const double alpha = 1.0, beta = 0.0;

  PetscFunctionBegin;
  pdtran_(&l->n_rows, &l->n_columns, &alpha, a->values, &one, &one, a->descriptor, &beta, l->values,
          &one, &one, l->descriptor);
  PetscCall(BlockCyclicClearUpper(l));
  PetscFunctionReturn(0);
}

PetscErrorCode BlockCyclicTriangularCondition(const BlockCyclic *l, double *condition)
{
  double reciprocal, size, *space, *work;
  int info, integer_size, length, *iwork;

  PetscFunctionBegin;
  pdtrcon_("1", "L", "N", &l->n_rows, l->values, &one, &one, l->descriptor, &reciprocal, &size,
           &query, &integer_size, &query, &info);
  length = (int)size;
  PetscCall(PetscMalloc2(length + BLOCKCYCLIC_ALIGNMENT, &space, integer_size, &iwork));
  work = BlockCyclicAlign(space);
  pdtrcon_("1", "L", "N", &l->n_rows, l->values, &one, &one, l->descriptor, &reciprocal, work,
           &length, iwork, &integer_size, &info);
  PetscCheck(!info, l->grid->comm, PETSC_ERR_LIB, "PDTRCON: info %d", info);
  *condition = reciprocal > 0 ? 1.0 / reciprocal : INFINITY;
  PetscCall(PetscFree2(space, iwork));
  PetscFunctionReturn(0);
}

/* Sum of the diagonal, on every rank. */
static PetscErrorCode find_trace(const BlockCyclic *a, double *trace)
{
  PetscFunctionBegin;
  *trace = 0;
  for (int64_t j = 0; j < a->local_columns; j++) {
    const int64_t column = BlockCyclicGlobal(j, a->column_block, a->grid->column, a->grid->columns);
    const int64_t i = BlockCyclicLocal(column, a->row_block, a->grid->row, a->grid->rows);

    *trace += i >= 0 ? a->values[i + j * (int64_t)a->leading] : 0;
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, trace, 1, MPI_DOUBLE, MPI_SUM, a->grid->comm));
  PetscFunctionReturn(0);
}

/* Divide and conquer (PDSYEVD): for some matrices PDSYEVR of ScaLAPACK 2.2.1 returns some pairs twice and misses others.
   PDSYEVD of ScaLAPACK 2.2 returns wrong vectors on grids of one row. It leaves the values of a matrix of a single block on
   the process that owns it. */
PetscErrorCode BlockCyclicEigen(BlockCyclic *a, double *values, BlockCyclic *vectors)
{
  const int block = PetscMax(a->row_block, a->column_block);
  double size, *space, *work, trace, sum = 0, size_of_sum = 0;
  int info, integer_size, length, *iwork;

  PetscFunctionBegin;
  PetscCall(find_trace(a, &trace));
  pdsyevd_("V", "L", &a->n_rows, a->values, &one, &one, a->descriptor, values, vectors->values,
           &one, &one, vectors->descriptor, &size, &query, &integer_size, &query, &info);
  /* the workspace query omits the needs of PDORMTR */
  length = (int)size + 4 * a->n_rows + (a->local_rows + a->local_columns + 2 * block) * block;
  PetscCall(PetscMalloc2(length + BLOCKCYCLIC_ALIGNMENT, &space, integer_size, &iwork));
  work = BlockCyclicAlign(space);
  pdsyevd_("V", "L", &a->n_rows, a->values, &one, &one, a->descriptor, values, vectors->values,
           &one, &one, vectors->descriptor, work, &length, iwork, &integer_size, &info);
  PetscCheck(!info, a->grid->comm, PETSC_ERR_LIB, "PDSYEVD: info %d", info);
  PetscCall(PetscFree2(space, iwork));
  PetscCallMPI(MPI_Bcast(values, a->n_rows, MPI_DOUBLE, 0, a->grid->comm));
  for (int64_t k = 0; k < a->n_rows; k++) {
    sum += values[k];
    size_of_sum += fabs(values[k]);
  }
  PetscCheck(fabs(sum - trace) <= 1e-10 * size_of_sum, a->grid->comm, PETSC_ERR_LIB,
             "PDSYEVD: eigenvalues add up to %.17g, not to the trace %.17g", sum, trace);
  PetscFunctionReturn(0);
}
