/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What a solution takes: memory, and work and messages by formulas that bench_cost holds against counts. */
#include "granger_impl.h"

#include "dual.h"
#include "event.h"
#include "state_space.h"

#include <math.h>

double GrangerLagMatrixMemory(int64_t n, int64_t p, int64_t n_samples, int ranks)
{
  return 16.0 * (double)((p + 1) * n_samples) * ceil((double)n / ranks);
}

/* of the Gram route, numbers on the fullest rank */
static double gram_memory(Granger g, double n, double p, int ranks)
{
  const double local = ceil(n / ranks), share = n * n / ranks;
  double panels, matrices = p * p, pairs = 0;
  int rows, columns;

  if (g->wants[STATISTIC_PAIRWISE]) {
    /* beside the products: both directions and a transpose; regressions on own pasts on every rank */
    matrices = GrangerNeedsModel(g) ? p * p + 3.0 : 3.0;
    pairs = n * (p * p + p + 1.0);
  }
  ProcessGridShape(ranks, &rows, &columns);
  panels = ceil(n / rows) + ceil(n / columns) + 2.0 * local;
  /* panels and what is sent for them; Gram matrix, right-hand sides, products and one transpose;
     inverse blocks on every rank; copy for a snapshot; one sorted copy of p-values */
  return panels * (2048.0 + p) + share * (matrices + 2.0 * p + 3.0) + pairs +
         n * (p * p + p + 2.0) + PetscMin((double)KEEP_ENTRIES, local * n * p * p) + local * n;
}

double GrangerGramMemory(Granger g, int ranks, int64_t n_neurons, int64_t order)
{
  return 8.0 * gram_memory(g, (double)n_neurons, (double)order, ranks);
}

/* of causality between groups: coefficients and residuals in their order, and, of the largest group, the
   columns of the inverse, (G^-1)_JJ and the whitened coefficients; blocks of small groups on every rank */
static double group_memory(Granger g, double n, double p, int ranks)
{
  const double m = (double)g->groups.n_members, largest = (double)g->groups.largest;
  const double small = PetscMin(largest, 2.0 * (double)g->block);

  return (m * n * p + 3.0 * m * m + largest * p * (n * p + largest * p + m)) / ranks + small * m;
}

/* of the recursion: residuals, coefficients of both directions; the model; state-space solution */
static double recursion_memory(Granger g, double n, double p, double t, int ranks)
{
  const double share = n * n / ranks;
  const double model = g->estimator == ESTIMATOR_LWR ? (p + 1.0) * share : 0.0;
  const double pairs = (p + 4.0) * share + n * (3.0 * p * p + p + 2.0);
  const double points =
      g->wants[STATISTIC_SPECTRAL]
          ? 2.0 * p * p * n * (double)SpectralPoints((int64_t)n, (int64_t)p) + share
          : 0.0;

  return 4.0 * t * n / ranks + (2.0 * p + 9.0) * share + model + pairs + points;
}

/* Whether anything but event regressions is asked for. */
static PetscBool needs_regression(Granger g)
{
  return GrangerNeedsModel(g) || g->wants[STATISTIC_PAIRWISE] ? PETSC_TRUE : PETSC_FALSE;
}

double GrangerSolveNumbers(Granger g, int ranks, int64_t n_neurons, int64_t n_samples)
{
  const double n = (double)n_neurons, t = (double)n_samples;
  const double p = (double)GrangerHighestOrder(g), local = ceil(n / ranks);
  double numbers = 0;

  if (GrangerIsDual(g, n_neurons, n_samples - GrangerHighestOrder(g))) {
    numbers = RidgeDualMemory(n_neurons, GrangerHighestOrder(g), n_samples, ranks,
                              g->lambda == 0 ? PETSC_TRUE : PETSC_FALSE) /
              8.0;
  } else if (g->estimator != ESTIMATOR_LWR && needs_regression(g)) {
    numbers = gram_memory(g, n, p, ranks);
    numbers += g->wants[STATISTIC_GROUP] ? group_memory(g, n, p, ranks) : 0.0;
    /* of ridge: the inverse, a copy of the coefficients; eigenvectors and their workspace */
    numbers += g->estimator == ESTIMATOR_RIDGE
                   ? n * n / ranks * (p * p * (g->lambda == 0 ? 5.0 : 1.0) + p + 1.0)
                   : 0.0;
  }
  if (g->estimator == ESTIMATOR_QR) {
    numbers += GrangerLagMatrixMemory(n_neurons, GrangerHighestOrder(g), n_samples, ranks) / 8.0;
  }
  if (g->estimator == ESTIMATOR_LWR || g->criterion != ORDER_GIVEN) {
    numbers = PetscMax(numbers, recursion_memory(g, n, p, t, ranks));
  }
  if (g->wants[STATISTIC_EVENT]) { /* after all others */
    numbers = PetscMax(numbers, EventMemory(ranks, n_neurons, n_samples));
  }
  if (!g->keeps_all) { /* two sorted halves of a row, or the most candidates; both matrices unless in the dual form */
    const double pairs = g->keep_rule == KEEP_TOP ? 2.0 * (double)g->keep_top * local
                                                  : PetscMin((double)(1 << 25), local * n);

    numbers += 4.0 * pairs;
    numbers +=
        GrangerIsDual(g, n_neurons, n_samples - GrangerHighestOrder(g)) ? 0.0 : 2.0 * local * n;
  }
  return numbers;
}

PetscErrorCode GrangerEstimate(Granger g, int ranks, int64_t n_neurons, int64_t n_samples,
                               double *memory, double *file)
{
  const double n = (double)n_neurons, local = ceil(n / ranks);
  double numbers;
  int n_matrices, n_masks;

  PetscFunctionBegin;
  PetscCall(GrangerCheckRows(g, n_neurons, n_samples, n_samples - GrangerHighestOrder(g)));
  if (needs_regression(g) && !GrangerIsDual(g, n_neurons, n_samples - GrangerHighestOrder(g))) {
    PetscCall(RegressionCheckSize(g, ranks, n_neurons));
  }
  GrangerCountMatrices(g, &n_matrices, &n_masks);
  numbers = PetscMax(GrangerSolveNumbers(g, ranks, n_neurons, n_samples),
                     GrangerResampleNumbers(g, ranks, n_neurons, n_samples));
  *memory = 8.0 * (local * (double)n_samples + numbers) + local * n * (8.0 * n_matrices + n_masks);
  *file = n * n * (8.0 * n_matrices + n_masks);
  PetscFunctionReturn(0);
}

/* Parts of a vector in a process row and column that come from other ranks, of an update of a triangle. */
static double triangle_share(int rows, int columns)
{
  return (1.0 - 1.0 / columns) / rows + (1.0 - 1.0 / rows) / columns;
}

/* Panels of both sides; transposes; factor and its inverse; two solutions; radius; statistics. */
static void predict_gram(Granger g, int ranks, double n, double p, double t, GrangerCost *cost)
{
  const double unknowns = n * p, others = 1.0 - 1.0 / ranks, panels = ceil((t - p) / 2048.0);
  int rows, columns;
  double numbers, block;

  ProcessGridShape(ranks, &rows, &columns);
  block = GrangerBlockNeurons(g, (int64_t)p, (int64_t)n, rows, columns);
  numbers = others * n * (t / rows + (t + p * panels) / columns);
  numbers += others * (2.0 * p + 1.0) * n * n / ranks + n * (p * p + 32.0 * p);
  numbers += 1.075 * unknowns * unknowns * triangle_share(rows, columns);
  numbers += unknowns * unknowns * (1.0 - 1.0 / columns) / rows +
             3.5 * unknowns * n * (1.0 - 1.0 / rows) / columns;
  cost->received = 8.0 * numbers;
  cost->messages = 192.0 * p + 100.0 + 32.0 * n / block + 2.0 * (ranks - 1.0) * (panels + 3.0);
  cost->flops = (2.0 * (p + 1.0) * n * n * (t - p) + 2.0 / 3.0 * unknowns * unknowns * unknowns +
                 2.0 * unknowns * unknowns * n) /
                ranks;
}

/* The ring; the sum of K, its factor, and three solutions by its columns; eigenvalues for the penalty. */
static void predict_dual(Granger g, int ranks, double n, double p, double t, GrangerCost *cost)
{
  const double m = t - p, others = 1.0 - 1.0 / ranks;
  const double searches = g->lambda == 0 ? 1.0 : 0.0;

  cost->received = 8.0 * others * (m * n * p + (4.5 + 4.7 * searches) * m * m);
  cost->messages = 45.0 + 15.0 * m / 64.0 + 2.0 * ranks + searches * 2.9 * m;
  cost->flops =
      (m * m * (3.0 * n * p + 2.0 * n) + 7.0 / 3.0 * m * m * m + 2.0 * m * n * n * p) / ranks;
}

void GrangerPredict(Granger g, int ranks, int64_t n_neurons, int64_t n_samples, GrangerCost *cost)
{
  const int64_t order = GrangerHighestOrder(g);
  const double n = (double)n_neurons, p = (double)order, t = (double)n_samples;

  *cost = (GrangerCost){NAN, NAN, NAN};
  if (g->criterion != ORDER_GIVEN || !g->wants[STATISTIC_DUAL]) {
    return;
  }
  if (GrangerIsDual(g, n_neurons, n_samples - order)) {
    predict_dual(g, ranks, n, p, t, cost);
  } else if (g->estimator == ESTIMATOR_GRAM || g->estimator == ESTIMATOR_AUTO) {
    predict_gram(g, ranks, n, p, t, cost);
  }
}
