/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Regressions on filtered spike trains, robust tests included: seconds from pairs of spikes and from series, operations by a
   formula and as counted, and what the formula says of larger populations. Independent trains of 5 Hz in samples of 1 ms, three
   filters over 20 ms. */
#include "check.h"
#include "noise.h"

#include <math.h>

enum { TERMS = 3, REACH = 20, REPEATS = 3 };
static const double rate = 5e-3; /* per sample */

/* Trains, plus a constant that changes no statistic but leaves no value at zero. */
static PetscErrorCode make(int64_t n, int64_t n_samples, double constant, Activity *activity)
{
  const Partition *part;
  double *values;

  PetscFunctionBegin;
  PetscCall(ActivityCreate(PETSC_COMM_WORLD, activity));
  PetscCall(ActivityAllocate(*activity, n, n_samples, &values));
  PetscCall(ActivitySetInterval(*activity, 1.0));
  part = ActivityPartition(*activity);
  for (int64_t i = 0; i < part->n_local; i++) {
    for (int64_t t = 0; t < n_samples; t++) {
      double uniform[2];

      RandomUniform(1, RANDOM_INPUT_CURRENT, part->first + i, t, uniform);
      values[i * n_samples + t] = constant + (uniform[0] < rate ? 1.0 : 0.0);
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode solve(int64_t n, int64_t n_samples, double constant, GrangerInfo *best)
{
  Activity activity;

  PetscFunctionBegin;
  PetscCall(make(n, n_samples, constant, &activity));
  best->regression_s = INFINITY;
  for (int repeat = 0; repeat < (n > 500 ? 1 : REPEATS); repeat++) {
    Causality causality;
    GrangerInfo info;
    Granger granger;

    PetscCall(CausalityCreate(PETSC_COMM_WORLD, n, &causality));
    PetscCall(GrangerCreate(PETSC_COMM_WORLD, &granger));
    PetscCall(GrangerSetOptions(granger,
                                SETTINGS({"granger_basis", "cosine:3"}, {"granger_memory", "20"},
                                         {"granger_test", "robust"}, {"granger_null", "empirical"},
                                         {"granger_statistics", "conditional,coupling"})));
    PetscCall(GrangerSolve(granger, activity, PETSC_FALSE, causality));
    PetscCall(GrangerGetInfo(granger, &info));
    *best = info.regression_s < best->regression_s ? info : *best;
    PetscCall(GrangerDestroy(&granger));
    PetscCall(CausalityDestroy(&causality));
  }
  PetscCall(ActivityDestroy(&activity));
  PetscFunctionReturn(0);
}

/* Operations of all ranks: pairs of spikes; correlograms and overlaps; factor and its inverse, as of any Gram matrix; responses of
   residualised sources to all spikes, some of which belong to two stretches; their products at samples with spikes, and the blocks of
   the covariance. */
static double predict(double n, double n_samples)
{
  const double unknowns = n * TERMS, reach = REACH, terms = TERMS;
  const double n_spikes = n * rate * n_samples, rows = n_samples * (1.0 - pow(1.0 - rate, n));
  const double products = 2.0 * n_spikes * n * rate * (2.0 * reach + 1.0) +
                          2.0 * n * n * (terms + 1.0) * (terms + 1.0) * (4.0 * reach + 1.0);
  const double factor = 2.0 / 3.0 * unknowns * unknowns * unknowns + 2.0 * unknowns * unknowns * n;
  const double columns = terms * PetscMax(1.0, floor((1 << 17) / (n * reach * terms)));
  const double twice = reach * columns / (1 << 14);

  return products + factor + 2.0 * n_spikes * unknowns * reach * (1.0 + twice) +
         (rows + 2.0 * n_spikes) * n * terms * (terms + 1.0) / 2.0;
}

static PetscErrorCode bench(int64_t n, int64_t n_samples, PetscBool with_series)
{
  const double predicted = predict((double)n, (double)n_samples);
  GrangerInfo spikes, series = {.regression_s = NAN};
  int size;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &size));
  PetscCall(solve(n, n_samples, 0.0, &spikes));
  PetscCall(with_series ? solve(n, n_samples, 1.0, &series) : 0);
  PetscCall(PetscPrintf(PETSC_COMM_WORLD, "| %lld | %lld | %d | %.2f | %.2f | %.2e | %.2f |\n",
                        (long long)n, (long long)(n_samples / 1000), size, spikes.regression_s,
                        series.regression_s, spikes.flops, predicted / spikes.flops));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  check_begin(&argc, &argv);
  (void)PetscPrintf(PETSC_COMM_WORLD,
                    "| neurons | seconds of recording | ranks | s from spikes | s from series | "
                    "operations | formula / counted |\n|---|---|---|---|---|---|---|\n");
  CHECK(!bench(100, 600000, PETSC_TRUE), "%s", UserErrorMessage());
  CHECK(!bench(300, 300000, PETSC_TRUE), "%s", UserErrorMessage());
  CHECK(!bench(1000, 600000, PETSC_FALSE), "%s", UserErrorMessage());
  (void)PetscPrintf(PETSC_COMM_WORLD,
                    "\nformula, 1 h: 1,000 neurons %.2e operations, 10,000 neurons %.2e\n",
                    predict(1000, 3.6e6), predict(10000, 3.6e6));
  return check_end();
}
