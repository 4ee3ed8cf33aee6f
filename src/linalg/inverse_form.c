/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/internal/linalg/inverse_form.h"

#include "causeway/internal/core/blas.h"

#include <math.h>

/* |L^-1 b|^2 with S = L L' */
double InverseForm(int n, double *s, double *b)
{
  int info;

  dpotrf_("L", &n, s, &n, &info);
  if (info) {
    return INFINITY;
  }
  cblas_dtrsv(CblasColMajor, CblasLower, CblasNoTrans, CblasNonUnit, n, s, n, b, 1);
  return cblas_ddot(n, b, 1, b, 1);
}
