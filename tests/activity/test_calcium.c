/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Deconvolution: fits are the minima they should be, spikes of simulated calcium are found, its noise and decay too. */
#include "load_steps.h"
#include "steps/calcium_estimate.h"

enum { SHORT = 200, SERIES = 4, LENGTH = 2000, LONG = 20000, SWEEPS = 3000 };

static const CalciumModel quick = {1, {0.95, 0}};
static const CalciumModel slow = {2, {0.95 + 0.6, -0.95 * 0.6}};

/* Calcium of spikes 1 in every 50 samples or `mean`, of sizes about 1. */
static double spike(int64_t i, int64_t t, double mean)
{
  return occurs(i, t, mean) ? 1 + 0.2 * normal(i + 1000, t) : 0;
}

static void simulate(const CalciumModel *m, int64_t i, int64_t n, double mean, double noise,
                     double y[])
{
  for (int64_t t = 0; t < n; t++) {
    y[t] = spike(i, t, mean) + (t > 0 ? m->g[0] * y[t - 1] : 0) + (t > 1 ? m->g[1] * y[t - 2] : 0);
  }
  for (int64_t t = 0; t < n; t++) {
    y[t] += noise * normal(i, t);
  }
}

static double influx(const CalciumModel *m, const double c[], int64_t t)
{
  return c[t] - (t > 0 ? m->g[0] * c[t - 1] : 0) - (t > 1 ? m->g[1] * c[t - 2] : 0);
}

static double objective(const CalciumModel *m, int64_t n, const double y[], double penalty,
                        const double c[])
{
  double sum = 0;

  for (int64_t t = 0; t < n; t++) {
    sum += (y[t] - c[t]) * (y[t] - c[t]) / 2 + penalty * influx(m, c, t);
  }
  return sum;
}

/* Karush, Kuhn and Tucker: influxes s >= 0, their multipliers w >= 0, and w s = 0. */
static void check_optimal(const CalciumModel *m, int64_t n, const double y[], double penalty,
                          const double c[], const double s[], double tolerance)
{
  double w[3] = {0, 0, 0}; /* at t, t + 1, t + 2, without the penalty */

  for (int64_t t = n - 1; t >= 0; t--) {
    w[2] = w[1];
    w[1] = w[0];
    w[0] = c[t] - y[t] + m->g[0] * w[1] + m->g[1] * w[2];
    CHECK_CLOSE(s[t], influx(m, c, t), 1e-9);
    CHECK(s[t] >= 0 && c[t] >= -tolerance, "sample %lld: %g, %g", (long long)t, s[t], c[t]);
    CHECK(penalty + w[0] >= -tolerance, "sample %lld: multiplier %g", (long long)t, penalty + w[0]);
    CHECK(fabs((penalty + w[0]) * s[t]) <= tolerance, "sample %lld: multiplier %g, influx %g",
          (long long)t, penalty + w[0], s[t]);
  }
}

/* The same minimum by coordinate descent over the influxes, whose matrix is that of all answers. */
static void descend(const CalciumModel *m, const double y[], double penalty, double c[])
{
  static double gram[SHORT][SHORT], answer[SHORT][SHORT], gradient[SHORT], s[SHORT];

  for (int64_t k = 0; k < SHORT; k++) {
    s[k] = 0;
    gradient[k] = penalty;
    for (int64_t t = 0; t < SHORT; t++) {
      answer[k][t] = (t == k ? 1 : 0) + (t > k ? m->g[0] * answer[k][t - 1] : 0) +
                     (t > k + 1 ? m->g[1] * answer[k][t - 2] : 0);
      gradient[k] -= answer[k][t] * y[t];
    }
  }
  for (int64_t e = 0; e < SHORT * SHORT; e++) {
    gram[e / SHORT][e % SHORT] = 0;
    for (int64_t t = 0; t < SHORT; t++) {
      gram[e / SHORT][e % SHORT] += answer[e / SHORT][t] * answer[e % SHORT][t];
    }
  }
  for (int64_t step = 0; step < SWEEPS * SHORT; step++) {
    const int64_t k = step % SHORT;
    const double change = PetscMax(-s[k], -gradient[k] / gram[k][k]);

    s[k] += change;
    for (int64_t t = 0; t < SHORT && change != 0; t++) {
      gradient[t] += change * gram[k][t];
    }
  }
  for (int64_t t = 0; t < SHORT; t++) {
    c[t] = s[t] + (t > 0 ? m->g[0] * c[t - 1] : 0) + (t > 1 ? m->g[1] * c[t - 2] : 0);
  }
}

/* With noise of any size, far below zero, and with nothing to find. */
static PetscErrorCode test_fit(const CalciumModel *m)
{
  static const double penalties[] = {0, 0.1, 2}, noises[] = {0, 0.2, 3}, levels[] = {0, -0.5, -50};
  static double y[LENGTH], c[LENGTH], s[LENGTH], other[SHORT];
  const double tolerance = m->order == 1 ? 1e-9 : 1e-4;

  PetscFunctionBegin;
  for (int k = 0; k < 27; k++) {
    const double penalty = penalties[k % 3], noise = noises[k / 3 % 3], level = levels[k / 9];

    simulate(m, k, LENGTH, 50, noise, y);
    for (int64_t t = 0; t < LENGTH; t++) {
      y[t] += level;
    }
    PetscCall(CalciumFit(m, LENGTH, y, penalty, 0, c, s));
    check_optimal(m, LENGTH, y, penalty, c, s, tolerance * (1 + fabs(level)));
    PetscCall(CalciumFit(m, SHORT, y, penalty, 0, c, s));
    check_optimal(m, SHORT, y, penalty, c, s, tolerance * (1 + fabs(level)));
    if (k / 9 < 2 && k % 9 != 0) {
      descend(m, y, penalty, other);
      CHECK_CLOSE(objective(m, SHORT, y, penalty, c), objective(m, SHORT, y, penalty, other), 1e-6);
      for (int64_t t = 0; t < SHORT; t++) {
        CHECK_CLOSE(c[t], other[t], 1e-3);
      }
    }
  }
  for (int64_t n = 1; n < 4; n++) { /* shorter than the memory of the model */
    PetscCall(CalciumFit(m, n, y, 0.1, 0, c, s));
    check_optimal(m, n, y, 0.1, c, s, tolerance * 51);
  }
  PetscFunctionReturn(0);
}

/* No influx is smaller than the smallest one that is asked for. */
static PetscErrorCode test_minimum(void)
{
  static double y[LENGTH], c[LENGTH], s[LENGTH];
  int64_t n = 0, n_true = 0;

  PetscFunctionBegin;
  simulate(&quick, 3, LENGTH, 50, 0.1, y);
  PetscCall(CalciumFit(&quick, LENGTH, y, 0, 0.4, c, s));
  for (int64_t t = 1; t < LENGTH; t++) {
    CHECK(s[t] == 0 || s[t] > 0.4 - 1e-9, "an influx of %g", s[t]);
    CHECK_CLOSE(s[t], influx(&quick, c, t), 1e-12);
    n += s[t] > 0;
    n_true += spike(3, t, 50) > 0;
  }
  CHECK(n >= n_true - 3 && n <= n_true + 3, "%lld influxes of %lld spikes", (long long)n,
        (long long)n_true);
  PetscFunctionReturn(0);
}

static double log_decay(const CalciumModel *m)
{
  const double root = m->g[0] * m->g[0] + 4 * m->g[1];

  return log((m->g[0] + sqrt(PetscMax(root, 0))) / 2);
}

/* Noise and time constant of long series with few spikes, to a tenth: the time constant on average, since that of each
   series varies with its 200 spikes. In one piece and in several. */
static PetscErrorCode test_estimates(const CalciumModel *m, double noise)
{
  enum { TIMES = 8 };
  static double y[LONG];
  const Segment pieces[] = {{0, 5000}, {5000, 5003}, {5010, 12000}, {12000, LONG}};
  const Segment whole = {0, LONG};
  double ratio = 0;

  PetscFunctionBegin;
  for (int k = 0; k < TIMES; k++) {
    const Segment *list = k % 2 ? pieces : &whole;
    CalciumModel found = {m->order, {0, 0}};
    double estimate;
    PetscBool decays;

    simulate(m, k, LONG, 100, noise, y);
    for (int64_t t = 0; t < LONG; t++) {
      y[t] += 100;
    }
    PetscCall(CalciumNoise(k % 2 ? 4 : 1, list, y, &estimate));
    CHECK(fabs(estimate / noise - 1) < 0.1, "noise %g, expected %g", estimate, noise);
    PetscCall(CalciumDynamics(k % 2 ? 4 : 1, list, y, estimate, &found, &decays));
    CHECK(decays && fabs(log_decay(m) / log_decay(&found) - 1) < 0.35, "decays by %g, expected %g",
          exp(log_decay(&found)), exp(log_decay(m)));
    ratio += log_decay(m) / log_decay(&found) / TIMES;
  }
  CHECK(fabs(ratio - 1) < 0.1, "order %d, noise %g: %g of the time constant", m->order, noise,
        ratio);
  PetscFunctionReturn(0);
}

static PetscErrorCode write_calcium(const char *name, const CalciumModel *m, double noise)
{
  static double values[SERIES * LENGTH];

  PetscFunctionBegin;
  for (int64_t i = 0; i < SERIES; i++) {
    simulate(m, i, LENGTH, 50, noise, values + i * LENGTH);
    for (int64_t t = 0; t < LENGTH; t++) {
      values[i * LENGTH + t] += 20;
    }
  }
  PetscCall(write_matrix(name, SERIES, LENGTH, values));
  PetscFunctionReturn(0);
}

/* Events of the step go with the spikes, its calcium with that of the simulation. */
static PetscErrorCode check_recovery(Activity a, const CalciumModel *m, int is_calcium,
                                     double least)
{
  static double truth[LENGTH];

  PetscFunctionBegin;
  for (int64_t i = 0; i < ActivityPartition(a)->n_local; i++) {
    const int64_t neuron = ActivityPartition(a)->first + i;
    const double *x = ActivityValues(a) + i * LENGTH;
    double sums[5] = {0, 0, 0, 0, 0}, correlation;

    simulate(m, neuron, LENGTH, 50, 0, truth);
    for (int64_t t = 1; t < LENGTH; t++) {
      const double y = is_calcium ? truth[t] : spike(neuron, t, 50);

      CHECK(x[t] >= 0, "%g at %lld", x[t], (long long)t);
      sums[0] += x[t];
      sums[1] += y;
      sums[2] += x[t] * x[t];
      sums[3] += y * y;
      sums[4] += x[t] * y;
    }
    correlation = (sums[4] - sums[0] * sums[1] / (LENGTH - 1)) /
                  sqrt((sums[2] - sums[0] * sums[0] / (LENGTH - 1)) *
                       (sums[3] - sums[1] * sums[1] / (LENGTH - 1)));
    CHECK(correlation > least, "order %d, %s, neuron %lld: correlation %g", m->order,
          is_calcium ? "calcium" : "events", (long long)neuron, correlation);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode test_recovery(const char *file, const CalciumModel *m, const char *output,
                                    const char *decay, const char *rise, const char *minimum)
{
  const ParameterSetting options[] = {{"activity_steps", "deconvolve"},
                                      {"deconvolve_order", m->order == 1 ? "1" : "2"},
                                      {"deconvolve_output", output},
                                      {"deconvolve_decay", decay},
                                      {"deconvolve_rise", rise},
                                      {"deconvolve_minimum", minimum},
                                      {NULL, NULL}};
  const int is_calcium = !strcmp(output, "calcium");
  Activity a;

  PetscFunctionBegin;
  PetscCall(load_steps(file, options, &a));
  CHECK(ActivityPartition(a)->n_global == SERIES && ActivitySamples(a) == LENGTH, "shape");
  PetscCall(check_recovery(a, m, is_calcium, is_calcium ? 0.99 : 0.9));
  PetscCall(ActivityDestroy(&a));
  PetscFunctionReturn(0);
}

/* Time constants are estimated, or given: 10 ms / -log g. */
static PetscErrorCode test_step(void)
{
  static const char decay[] = "194.957", rise[] = "19.5762";

  PetscFunctionBegin;
  PetscCall(write_calcium("quick.h5", &quick, 0.1));
  PetscCall(write_calcium("slow.h5", &slow, 0.05));
  PetscCall(test_recovery("quick.h5:/v", &quick, "events", "0", "0", "0"));
  PetscCall(test_recovery("quick.h5:/v", &quick, "events", decay, "0", "0"));
  PetscCall(test_recovery("quick.h5:/v", &quick, "events", decay, "0", "0.4"));
  PetscCall(test_recovery("quick.h5:/v", &quick, "calcium", "0", "0", "0"));
  PetscCall(test_recovery("slow.h5:/v", &slow, "events", decay, rise, "0"));
  PetscCall(test_recovery("slow.h5:/v", &slow, "calcium", decay, rise, "0"));
  PetscCall(test_recovery("slow.h5:/v", &slow, "calcium", "0", "0", "0"));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  check_begin(&argc, &argv);
  scratch_begin("calcium");
  if (scratch_rank() == 0) {
    CHECK(!test_fit(&quick), "first order");
    CHECK(!test_fit(&slow), "second order");
    CHECK(!test_minimum(), "smallest influx");
    CHECK(!test_estimates(&quick, 0.2), "estimates");
    CHECK(!test_estimates(&quick, 0.3), "estimates");
    CHECK(!test_estimates(&slow, 0.2), "estimates of order 2");
  }
  CHECK(!test_step(), "step: %s", UserErrorMessage());
  scratch_end();
  return check_end();
}
