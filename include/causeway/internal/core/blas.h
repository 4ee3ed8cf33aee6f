/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_BLAS_H
#define CAUSEWAY_BLAS_H

#include <petscsys.h>

/* The CBLAS functions that the program uses, on top of the Fortran symbols: every BLAS library has these, but not every one
   has CBLAS. Matrices are column-major, except in products that state their order. */
typedef enum { CblasRowMajor = 101, CblasColMajor = 102 } CBLAS_ORDER;
typedef enum { CblasNoTrans = 111, CblasTrans = 112 } CBLAS_TRANSPOSE;
typedef enum { CblasUpper = 121, CblasLower = 122 } CBLAS_UPLO;
typedef enum { CblasNonUnit = 131, CblasUnit = 132 } CBLAS_DIAG;
typedef enum { CblasLeft = 141, CblasRight = 142 } CBLAS_SIDE;

extern void dgemm_(const char *transpose_a, const char *transpose_b, const int *m, const int *n,
                   const int *k, const double *alpha, const double *a, const int *lda,
                   const double *b, const int *ldb, const double *beta, double *c, const int *ldc);
extern void sgemm_(const char *transpose_a, const char *transpose_b, const int *m, const int *n,
                   const int *k, const float *alpha, const float *a, const int *lda, const float *b,
                   const int *ldb, const float *beta, float *c, const int *ldc);
extern void dgemv_(const char *transpose, const int *m, const int *n, const double *alpha,
                   const double *a, const int *lda, const double *x, const int *stride_x,
                   const double *beta, double *y, const int *stride_y);
extern void dsyrk_(const char *uplo, const char *transpose, const int *n, const int *k,
                   const double *alpha, const double *a, const int *lda, const double *beta,
                   double *c, const int *ldc);
extern void dtrsm_(const char *side, const char *uplo, const char *transpose, const char *diag,
                   const int *m, const int *n, const double *alpha, const double *a, const int *lda,
                   double *b, const int *ldb);
extern void dtrsv_(const char *uplo, const char *transpose, const char *diag, const int *n,
                   const double *a, const int *lda, double *x, const int *stride_x);
extern void daxpy_(const int *n, const double *alpha, const double *x, const int *stride_x,
                   double *y, const int *stride_y);
extern double ddot_(const int *n, const double *x, const int *stride_x, const double *y,
                    const int *stride_y);
extern int idamax_(const int *n, const double *x, const int *stride_x);

/* Cholesky factor of LAPACK, which comes without a C header in some BLAS libraries. */
extern void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info);

static inline const char *blas_transpose(CBLAS_TRANSPOSE transpose)
{
  return transpose == CblasTrans ? "T" : "N";
}

static inline const char *blas_uplo(CBLAS_UPLO uplo)
{
  return uplo == CblasUpper ? "U" : "L";
}

static inline const char *blas_diag(CBLAS_DIAG diag)
{
  return diag == CblasUnit ? "U" : "N";
}

/* A row-major C is its transpose in column-major order: op(B)^T op(A)^T */
static inline void cblas_dgemm(CBLAS_ORDER order, CBLAS_TRANSPOSE transpose_a,
                               CBLAS_TRANSPOSE transpose_b, int m, int n, int k, double alpha,
                               const double *a, int lda, const double *b, int ldb, double beta,
                               double *c, int ldc)
{
  if (order == CblasColMajor) {
    dgemm_(blas_transpose(transpose_a), blas_transpose(transpose_b), &m, &n, &k, &alpha, a, &lda, b,
           &ldb, &beta, c, &ldc);
  } else {
    dgemm_(blas_transpose(transpose_b), blas_transpose(transpose_a), &n, &m, &k, &alpha, b, &ldb, a,
           &lda, &beta, c, &ldc);
  }
}

static inline void cblas_sgemm(CBLAS_ORDER order, CBLAS_TRANSPOSE transpose_a,
                               CBLAS_TRANSPOSE transpose_b, int m, int n, int k, float alpha,
                               const float *a, int lda, const float *b, int ldb, float beta,
                               float *c, int ldc)
{
  if (order == CblasColMajor) {
    sgemm_(blas_transpose(transpose_a), blas_transpose(transpose_b), &m, &n, &k, &alpha, a, &lda, b,
           &ldb, &beta, c, &ldc);
  } else {
    sgemm_(blas_transpose(transpose_b), blas_transpose(transpose_a), &n, &m, &k, &alpha, b, &ldb, a,
           &lda, &beta, c, &ldc);
  }
}

static inline void cblas_dgemv(CBLAS_ORDER order, CBLAS_TRANSPOSE transpose, int m, int n,
                               double alpha, const double *a, int lda, const double *x,
                               int stride_x, double beta, double *y, int stride_y)
{
  (void)order;
  dgemv_(blas_transpose(transpose), &m, &n, &alpha, a, &lda, x, &stride_x, &beta, y, &stride_y);
}

static inline void cblas_dsyrk(CBLAS_ORDER order, CBLAS_UPLO uplo, CBLAS_TRANSPOSE transpose, int n,
                               int k, double alpha, const double *a, int lda, double beta,
                               double *c, int ldc)
{
  (void)order;
  dsyrk_(blas_uplo(uplo), blas_transpose(transpose), &n, &k, &alpha, a, &lda, &beta, c, &ldc);
}

static inline void cblas_dtrsm(CBLAS_ORDER order, CBLAS_SIDE side, CBLAS_UPLO uplo,
                               CBLAS_TRANSPOSE transpose, CBLAS_DIAG diag, int m, int n,
                               double alpha, const double *a, int lda, double *b, int ldb)
{
  (void)order;
  dtrsm_(side == CblasLeft ? "L" : "R", blas_uplo(uplo), blas_transpose(transpose), blas_diag(diag),
         &m, &n, &alpha, a, &lda, b, &ldb);
}

static inline void cblas_dtrsv(CBLAS_ORDER order, CBLAS_UPLO uplo, CBLAS_TRANSPOSE transpose,
                               CBLAS_DIAG diag, int n, const double *a, int lda, double *x,
                               int stride_x)
{
  (void)order;
  dtrsv_(blas_uplo(uplo), blas_transpose(transpose), blas_diag(diag), &n, a, &lda, x, &stride_x);
}

static inline void cblas_daxpy(int n, double alpha, const double *x, int stride_x, double *y,
                               int stride_y)
{
  daxpy_(&n, &alpha, x, &stride_x, y, &stride_y);
}

static inline double cblas_ddot(int n, const double *x, int stride_x, const double *y, int stride_y)
{
  return ddot_(&n, x, &stride_x, y, &stride_y);
}

/* Index of the largest entry in magnitude, counted from 0. */
static inline int cblas_idamax(int n, const double *x, int stride_x)
{
  return idamax_(&n, x, &stride_x) - 1;
}

/*@
  BlasSetThreads - threads of BLAS in this process

  Output: (return value) whether the library that is linked can be told: OpenBLAS, MKL and BLIS can
@*/
PetscBool BlasSetThreads(int n_threads);

/* Name of the BLAS library, with its version if the library reports it; owned by the library. */
const char *BlasName(void);

#endif
