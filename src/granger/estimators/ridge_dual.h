/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_RIDGE_DUAL_H
#define CAUSEWAY_RIDGE_DUAL_H

#include "pairs.h"

/*@
  RidgeDualSolve - solves ridge regression with more unknowns than rows, by the matrix K = X X' +
                   lambda I of the rows

  With U = K^-1 X the coefficients are U'Y, the inverse Gram blocks (I - X_j'U_j) / lambda, and the
  covariance of the coefficients sigma^2 U_j'U_j. Each rank has the columns of its neurons. The
  blocks of U go around the ring of ranks, and each rank computes its targets against them tile by
  tile, so that only one tile of coefficients exists at a time.

  Collective; offers nothing to the checkpoint
  Output: sink - all pairs of the local targets; opened here, freed by the caller; info->lambda,
                 free_rows, condition_number (of K), n_rows, flops of all ranks
  Cost:   M^2 (3 N p + 2 N) + 4.3 M^3 + 2 M N^2 p flops / ranks, M rows; 8 M N p bytes received in P
          - 1 messages by each rank for the ring, and M^2 numbers in blocks for the factor; memory
          RidgeDualNumbers()
@*/
PetscErrorCode RidgeDualSolve(Granger granger, Activity activity, PairSink *sink);

/* Memory [8-byte numbers] on the fullest rank, without the activity and the selected pairs; gcv:
   the penalty is chosen by cross-validation. */
double RidgeDualNumbers(const GrangerSize *size, PetscBool gcv);

/* Predicts flops, bytes and messages. Not collective. */
void RidgeDualPredict(const GrangerSize *size, PetscBool gcv, GrangerCost *cost);

#endif
