/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_THEORY_H
#define CAUSEWAY_THEORY_H

#include <petscsys.h>

/* A VAR of few neurons with independent noise. */
enum { THEORY_NEURONS = 5, THEORY_ORDER = 3 };

typedef struct {
  const char *source; /* where it was published */
  int n, p;
  double a[THEORY_ORDER][THEORY_NEURONS][THEORY_NEURONS]; /* [lag - 1][target][source] */
  double deviation[THEORY_NEURONS];                       /* of the noise */
} TheoryModel;

/*@
  TheoryCausality - conditional Granger causality from the coefficients, without any data: autocovariances by
  Lyapunov's equation, and the regression without the source on 40 lags

  Output: gc - (n targets, n sources), zero diagonal
@*/
PetscErrorCode TheoryCausality(const TheoryModel *model, double *gc);

/* (n, n_samples) after a transient; the same on every rank */
PetscErrorCode TheorySeries(const TheoryModel *model, int n_samples, double *values);

#endif
