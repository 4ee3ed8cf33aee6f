/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_DECOMPOSITIONS_H
#define CAUSEWAY_DECOMPOSITIONS_H

#include "causeway/internal/linalg/blockcyclic.h"

/* ScaLAPACK decompositions other than Cholesky; each function is collective on the grid. */

/* A (m, n), m >= n, becomes R in its upper triangle with the reflectors below; B (m, k) becomes Q' B. */
PetscErrorCode BlockCyclicQr(BlockCyclic *a, BlockCyclic *b);

/* L (n, n) = R' from the upper triangle of the first n rows of A; zeros above the diagonal. */
PetscErrorCode BlockCyclicLowerOfQr(const BlockCyclic *a, BlockCyclic *l);

/* Estimated condition number of the lower triangle in the 1-norm; infinite when it is singular. */
PetscErrorCode BlockCyclicTriangularCondition(const BlockCyclic *l, double *condition);

/* A = V diag(values) V' for the symmetric matrix in the lower triangle of A, which is destroyed. values (n) ascend and are
   the same on every rank. */
PetscErrorCode BlockCyclicEigen(BlockCyclic *a, double *values, BlockCyclic *vectors);

#endif
