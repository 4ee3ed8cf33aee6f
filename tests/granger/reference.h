/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_REFERENCE_H
#define CAUSEWAY_REFERENCE_H

#include <petscsys.h>
#include <stdint.h>

/*@
  ReferenceGrowth - what leaving out a source costs each target, by one reduced regression per
source

  The oracle of the tests: ordinary least squares by QR on one rank, with a constant, nothing shared
with the program.

  Input:  values   - (n, n_samples)
          position - (n_samples) in the segments, see ActivityPositions(); NULL for one segment
  Output: growth - (n targets, n sources) reduced minus full residual sum of squares
          full   - (n) residual sum of squares of the full regression
@*/
PetscErrorCode ReferenceGrowth(int n, int n_samples, int order, const double *values,
                               const int64_t *position, double *growth, double *full);

/*@
  ReferenceAuroc - AUROC by comparing every edge with every other pair; ties count one half

  Input: published - all n^2 entries with the diagonal 0 and no edge, else off-diagonal entries only
@*/
double ReferenceAuroc(int n, const double *scores, const double *truth, PetscBool published);

#endif
