/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_DECOMPOSITIONS_H
#define CAUSEWAY_DECOMPOSITIONS_H

#include "blockcyclic.h"

/* Decompositions of ScaLAPACK beyond Cholesky's, each collective on the grid. */

/* A (m, n), m >= n, becomes R in its upper triangle and the reflectors below; B (m, k) becomes Q' B. */
PetscErrorCode BlockCyclicQr(BlockCyclic *a, BlockCyclic *b);

/* L (n, n) = R' of the upper triangle of A's first n rows, zeros above the diagonal */
PetscErrorCode BlockCyclicLowerOfQr(const BlockCyclic *a, BlockCyclic *l);

/* condition number in the 1-norm of the lower triangle, estimated; infinite when it is singular */
PetscErrorCode BlockCyclicTriangularCondition(const BlockCyclic *l, double *condition);

/* A = V diag(values) V' of the symmetric matrix in the lower triangle of A, which is destroyed; values (n) ascending,
   on every rank */
PetscErrorCode BlockCyclicEigen(BlockCyclic *a, double *values, BlockCyclic *vectors);

#endif
