/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_FORECAST_REFERENCE_H
#define CAUSEWAY_FORECAST_REFERENCE_H

#include "causalformer/causalformer.h"

/*@
  ReferenceForward - the forward pass of the transformer on one rank, in plain loops over tokens

  The oracle of the tests: double precision, written from the formulas of the published model; of the
  program it uses the names and values of the weights, and the numbering of the dropout masks.

  Input:  model      - its shape, and where each tensor is
          batch      - all neurons
          training   - batch statistics and dropout
          seed, member, step - keys of the dropout masks
  In/out: value      - (n_total) values of the weights; with training the running statistics move
  Output: prediction - (n_samples, n_neurons, horizon)
          loss       - sum over all entries
          score      - (2, n_neurons targets, n_neurons sources) of the decoder's global layers, summed over
                       samples, lags, forecast samples and layers: attention of all heads, and the norm of
                       what a target gets of a token
@*/
PetscErrorCode ReferenceForward(const Causalformer *model, const Batch *batch, PetscBool training,
                                uint32_t seed, int64_t member, int64_t step, double *value,
                                double *prediction, double *loss, double *score);

#endif
