/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Statistics from spikes alone against those of the regression on whole series, which they exceed by a fifth where an influence is
   so strong that residuals vary between the spikes of the target: counts of coupled Poisson units, with and
   without a high-pass. */
#include "check.h"
#include "choice/spike_regression.h"
#include "setup.h"

#include <math.h>

enum { N = 5, SAMPLES = 40000, ALL = 1000000 };

static double counts[N * SAMPLES];

/* Each unit fires in one of 25 samples, and more often three samples after the one before it. */
static void make_counts(void)
{
  for (int64_t t = 0; t < SAMPLES; t++) {
    for (int64_t i = 0; i < N; i++) {
      const double driven = i > 0 && t >= 3 ? counts[(i - 1) * SAMPLES + t - 3] : 0.0;
      double uniform[2];

      RandomUniform(11, RANDOM_INPUT_CURRENT, i, t, uniform);
      counts[i * SAMPLES + t] = uniform[0] < 0.04 + 0.15 * driven ? 1.0 : 0.0;
    }
  }
}

static PetscErrorCode from_spikes(const BasisChoice *choice, double width, double *f)
{
  static int32_t neuron[N * SAMPLES];
  static int64_t sample[N * SAMPLES];
  static double count[N * SAMPLES];
  int64_t n_spikes = 0;
  SpikeFilters filters;
  Correlograms trains;
  Basis basis;

  PetscFunctionBegin;
  for (int64_t t = 0; t < SAMPLES; t++) {
    for (int i = 0; i < N; i++) {
      if (counts[i * SAMPLES + t] > 0) {
        neuron[n_spikes] = i;
        sample[n_spikes] = t;
        count[n_spikes++] = counts[i * SAMPLES + t];
      }
    }
  }
  PetscCall(BasisCreate(choice, 1.0, 0, &basis));
  PetscCall(SpikeFiltersCreate(&basis, width, &filters));
  PetscCall(
      CorrelogramsCreate(N, SAMPLES, n_spikes, neuron, sample, count, filters.widest, &trains));
  PetscCall(SpikeRegression(&trains, &filters, ALL, f));
  PetscCall(CorrelogramsFree(&trains));
  PetscCall(SpikeFiltersFree(&filters));
  PetscCall(BasisFree(&basis));
  PetscFunctionReturn(0);
}

/* x - g * x */
static void pass_high(double width, double *x)
{
  static double mean[SAMPLES];
  const int64_t reach = (int64_t)ceil(3.0 * width);

  for (int64_t t = 0; t < SAMPLES; t++) {
    double mass = 0;

    mean[t] = 0;
    for (int64_t s = PetscMax(0, t - reach); s <= PetscMin(SAMPLES - 1, t + reach); s++) {
      const double weight = exp(-0.5 * (double)((s - t) * (s - t)) / (width * width));

      mean[t] += weight * x[s];
      mass += weight;
    }
    mean[t] /= mass;
  }
  for (int64_t t = 0; t < SAMPLES; t++) {
    x[t] -= mean[t];
  }
}

static PetscErrorCode from_series(const BasisChoice *choice, double width, double *f)
{
  static double series[N * SAMPLES];
  char memory[32];
  Activity activity;
  Causality causality;
  Granger granger;

  PetscFunctionBegin;
  PetscCall(PetscArraycpy(series, counts, N * SAMPLES));
  for (int i = 0; i < N && width > 0; i++) {
    pass_high(width, series + i * SAMPLES);
  }
  PetscCall(PetscSNPrintf(memory, sizeof(memory), "%g", choice->memory_ms));
  PetscCall(ActivityCreate(PETSC_COMM_SELF, &activity));
  PetscCall(ActivitySetValues(activity, N, SAMPLES, series));
  PetscCall(ActivitySetInterval(activity, 1.0));
  PetscCall(GrangerCreate(PETSC_COMM_SELF, &granger));
  PetscCall(
      GrangerSetOptions(granger, SETTINGS({"granger_basis", choice->words},
                                          {"granger_memory", memory}, {"granger_test", "robust"})));
  PetscCall(CausalityCreate(PETSC_COMM_SELF, N, &causality));
  PetscCall(GrangerSolve(granger, activity, PETSC_FALSE, causality));
  PetscCall(PetscArraycpy(f, CausalityFind(causality, "granger", "f_statistic"), N * N));
  PetscCall(CausalityDestroy(&causality));
  PetscCall(GrangerDestroy(&granger));
  PetscCall(ActivityDestroy(&activity));
  PetscFunctionReturn(0);
}

static PetscErrorCode test(const char *words, double memory_ms, double width)
{
  BasisChoice choice = {.memory_ms = memory_ms};
  double spikes[N * N], series[N * N];

  PetscFunctionBegin;
  PetscCall(PetscStrncpy(choice.words, words, sizeof(choice.words)));
  CHECK(BasisParse(&choice), "%s is no basis", words);
  PetscCall(from_spikes(&choice, width, spikes));
  PetscCall(from_series(&choice, width, series));
  for (int e = 0; e < N * N; e++) {
    CHECK(e / N == e % N || fabs(spikes[e] - series[e]) < 0.05 + 0.25 * series[e],
          "%s, width %g: source %d on target %d has %g from spikes, %g from series", words, width,
          e % N, e / N, spikes[e], series[e]);
  }
  CHECK(series[1 * N + 0] > 20, "%s, width %g: the influence is not found", words, width);
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  check_begin(&argc, &argv);
  make_counts();
  CHECK(!test("box:6", 9, 0), "%s", UserErrorMessage());
  CHECK(!test("cosine:3", 20, 0), "%s", UserErrorMessage());
  CHECK(!test("box:6", 9, 5), "%s", UserErrorMessage());
  CHECK(!test("cosine:2", 20, 8), "%s", UserErrorMessage());
  return check_end();
}
