/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_REAL_H
#define CAUSEWAY_REAL_H

#include "causeway/internal/core/blas.h"

#include <petscsys.h>
#include <stdint.h>

/* The number type of the forecasters: single precision. The tests compile the same sources a second time in double
   precision, in which finite differences can verify gradients. */
#ifdef CAUSEWAY_FORECAST_DOUBLE
typedef double Real;
#define MPI_REAL_TYPE MPI_DOUBLE
#define DATA_REAL     DATA_FLOAT64
#else
typedef float Real;
#define MPI_REAL_TYPE MPI_FLOAT
#define DATA_REAL     DATA_FLOAT32
#endif

/* C = op(A) op(B) + beta C of row-major matrices: C (m, n), op(A) (m, k), op(B) (k, n) */
static inline void Gemm(CBLAS_TRANSPOSE transpose_a, CBLAS_TRANSPOSE transpose_b, int64_t m,
                        int64_t n, int64_t k, const Real *a, int64_t lda, const Real *b,
                        int64_t ldb, Real beta, Real *c, int64_t ldc)
{
#ifdef CAUSEWAY_FORECAST_DOUBLE
  cblas_dgemm(CblasRowMajor, transpose_a, transpose_b, (int)m, (int)n, (int)k, 1, a, (int)lda, b,
              (int)ldb, beta, c, (int)ldc);
#else
  cblas_sgemm(CblasRowMajor, transpose_a, transpose_b, (int)m, (int)n, (int)k, 1, a, (int)lda, b,
              (int)ldb, beta, c, (int)ldc);
#endif
}

#endif
