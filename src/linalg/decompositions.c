/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decompositions.h"

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
extern void pdsyevr_(const char *jobz, const char *range, const char *uplo, const int *n, double *a,
                     const int *ia, const int *ja, const int *desc_a, const double *low,
                     const double *high, const int *first, const int *last, int *n_values,
                     int *n_vectors, double *values, double *z, const int *iz, const int *jz,
                     const int *desc_z, double *work, const int *work_length, int *iwork,
                     const int *iwork_length, int *info);

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

/* PDSYEVD of ScaLAPACK 2.2 returns wrong vectors on grids of one row. */
PetscErrorCode BlockCyclicEigen(BlockCyclic *a, double *values, BlockCyclic *vectors)
{
  const double unused = 0;
  double size, *work;
  int info, n_values, n_vectors, integer_size, length, *iwork;

  PetscFunctionBegin;
  pdsyevr_("V", "A", "L", &a->n_rows, a->values, &one, &one, a->descriptor, &unused, &unused, &one,
           &one, &n_values, &n_vectors, values, vectors->values, &one, &one, vectors->descriptor,
           &size, &query, &integer_size, &query, &info);
  length = (int)size;
  PetscCall(PetscMalloc2(length, &work, integer_size, &iwork));
  pdsyevr_("V", "A", "L", &a->n_rows, a->values, &one, &one, a->descriptor, &unused, &unused, &one,
           &one, &n_values, &n_vectors, values, vectors->values, &one, &one, vectors->descriptor,
           work, &length, iwork, &integer_size, &info);
  PetscCheck(!info, a->grid->comm, PETSC_ERR_LIB, "PDSYEVR: info %d", info);
  PetscCall(PetscFree2(work, iwork));
  PetscFunctionReturn(0);
}
