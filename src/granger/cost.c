/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Cost of a whole run: memory, and work and messages by formulas that bench_cost checks against
   counts. */
#include "estimators/estimator.h"
#include "significance/null.h"

#include <math.h>

PetscErrorCode GrangerEstimate(Granger g, int ranks, int64_t n_neurons, int64_t n_samples,
                               int64_t n_listed, double *memory, double *file)
{
  const GrangerSize size = {ranks, n_neurons, GrangerHighestOrder(g), n_samples};
  const double n = (double)n_neurons, local = ceil(n / ranks);
  double numbers;
  int n_matrices, n_masks;

  PetscFunctionBegin;
  PetscCall(GrangerCheckRows(g, n_neurons, n_samples, n_samples - size.order));
  if ((GrangerNeedsModel(g) || g->needs) && g->estimator->check_size) {
    PetscCall(g->estimator->check_size(g, &size));
  }
  GrangerCountMatrices(g, &n_matrices, &n_masks);
  numbers = PetscMax(GrangerSolutionNumbers(g, ranks, n_neurons, n_samples),
                     GrangerResampleNumbers(g, ranks, n_neurons, n_samples));
  *memory = ActivityBytes(ranks, n_neurons, n_samples, n_listed) + 8.0 * numbers +
            local * n * (8.0 * n_matrices + n_masks);
  if (n_listed >= 0) { /* also squares of robust tests */
    *memory += SpikeListBytes(n_samples, n_listed) + 8.0 * (double)n_listed;
  }
  *file = n * n * (8.0 * n_matrices + n_masks);
  PetscFunctionReturn(0);
}

void GrangerPredict(Granger g, int ranks, int64_t n_neurons, int64_t n_samples, GrangerCost *cost)
{
  const GrangerSize size = {ranks, n_neurons, GrangerHighestOrder(g), n_samples};

  *cost = (GrangerCost){NAN, NAN, NAN};
  if (g->criterion == ORDER_GIVEN && !g->basis_choice.type && (g->needs & FIT_PAIRS) &&
      g->estimator->predict) {
    g->estimator->predict(g, &size, cost);
    if (GrangerMeasuresInflation(g, n_neurons)) {
      NullPredict(ranks, n_neurons, cost);
    }
  }
}
