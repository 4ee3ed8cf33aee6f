/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_DUAL_H
#define CAUSEWAY_DUAL_H

#include "granger_impl.h"

/*@
  RidgeDualSolve - ridge regression with more unknowns than rows, by the matrix K = X X' + lambda I of the rows

  With U = K^-1 X the coefficients are U'Y, the inverse Gram blocks (I - X_j'U_j) / lambda, and the covariance of the
  coefficients sigma^2 U_j'U_j. Each rank has the columns of its neurons; the blocks of U go around the ring of ranks,
  and each rank computes its targets against them tile by tile, so that no more than a tile of coefficients exists.

  Collective; offers nothing to the checkpoint
  Output: sink - all pairs of the local targets; opened here, closed by the caller; info->lambda, free_rows,
                 condition_number (of K), n_rows, flops of all ranks
  Cost:   M^2 (3 N p + 2 N) + 4.3 M^3 + 2 M N^2 p flops / ranks, M rows; 8 M N p bytes received in P - 1 messages by
          each rank for the ring, and M^2 numbers in blocks for the factor; memory RidgeDualMemory()
@*/
PetscErrorCode RidgeDualSolve(Granger granger, Activity activity, GrangerMatrices *matrices,
                              PairSink *sink);

/* Bytes on the fullest rank, beside the activity and what the sink keeps; gcv: the penalty is to be chosen. */
double RidgeDualMemory(int64_t n_neurons, int64_t order, int64_t n_rows, int ranks, PetscBool gcv);

#endif
