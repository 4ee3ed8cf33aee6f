/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Spiking models against what is known of them in closed form, or by finer steps. */
#include "spiking_setup.h"

#include <string.h>

/* One neuron of each population, without synapses, and a constant input. */
#define ALONE                                                                                      \
  "-network_excitatory 1 -network_inhibitory 1 -network_probability 0 -simulate_input_variance 0 "

/* Steps between the second and the third spike of neuron 0; 0 when there is none within `most`. */
static PetscErrorCode interval(const char *options, int64_t most, int64_t *steps)
{
  Made made;
  int64_t n = 0, previous = 0;

  PetscFunctionBegin;
  *steps = 0;
  PetscCall(made_create(PETSC_COMM_SELF, options, &made));
  while (n < 3 && made.spiking->step < most) {
    PetscCall(SpikingStep(made.spiking));
    if (made.spiking->n_fired > 0 && made.spiking->fired[0] == 0) {
      *steps = ++n == 3 ? made.spiking->step - previous : 0;
      previous = made.spiking->step;
    }
  }
  PetscCall(made_destroy(&made));
  PetscFunctionReturn(0);
}

/* The interval is t_ref + tau ln(R I / (R I - theta)), rounded up to the grid. */
static PetscErrorCode test_lif_frequency(void)
{
  static const struct {
    double current, capacitance, tau, refractory, step;
  } cases[] = {{376, 250, 10, 2, 0.1},   {500, 250, 10, 2, 0.1}, {900, 250, 10, 0, 0.1},
               {2500, 250, 10, 5, 0.25}, {700, 400, 20, 2, 0.1}, {374, 250, 10, 2, 0.1}};

  PetscFunctionBegin;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(cases); k++) {
    const double h = cases[k].step, v = cases[k].current * cases[k].tau / cases[k].capacitance;
    const int64_t expected = v > 15
                                 ? llround(cases[k].refractory / h) +
                                       (int64_t)ceil(cases[k].tau * log(v / (v - 15.0)) / h - 1e-9)
                                 : 0;
    char options[512];
    int64_t steps;

    PetscCall(PetscSNPrintf(options, sizeof(options),
                            ALONE "-simulate_neuron lif_exp -simulate_input_mean %g,0 "
                                  "-lif_exp_capacitance %g,300 -lif_exp_tau_m %g "
                                  "-lif_exp_refractory %g -simulate_step %g",
                            cases[k].current, cases[k].capacitance, cases[k].tau,
                            cases[k].refractory, h));
    PetscCall(interval(options, 20000, &steps));
    CHECK(steps == expected, "current %g: interval of %lld steps, expected %lld", cases[k].current,
          (long long)steps, (long long)expected);
  }
  PetscFunctionReturn(0);
}

/* V after a constant current and weights that arrive at 2, 5 and 9 ms, at 20 ms. */
static double exact_potential(double tau_m, double tau, double capacitance, double drive,
                              const double weights[3])
{
  static const double times[3] = {2, 5, 9};
  double v = drive * tau_m / capacitance * -expm1(-20.0 / tau_m);

  for (int k = 0; k < 3; k++) {
    const double t = 20.0 - times[k], rate = 1.0 / tau_m - 1.0 / tau;

    v += weights[k] / capacitance * exp(-t / tau_m) *
         (fabs(rate) > 1e-14 ? expm1(t * rate) / rate : t);
  }
  return -65.0 + v;
}

/* The same on every grid, as Rotter & Diesmann (1999) promise; also where both time constants agree. */
static PetscErrorCode test_lif_exact(void)
{
  static const double steps[] = {0.1, 0.25, 0.5}, taus[] = {0.5, 2, 10, 10.0000001};
  static const double weights[3] = {300, 150, -200};

  PetscFunctionBegin;
  for (int q = 0; q < 4; q++) {
    for (int k = 0; k < 3; k++) {
      const int64_t per_ms = llround(1.0 / steps[k]);
      double expected = exact_potential(10, taus[q], 250, 100, weights);
      char options[512];
      Made made;

      PetscCall(PetscSNPrintf(options, sizeof(options),
                              ALONE "-simulate_neuron lif_exp -simulate_input_mean 100 "
                                    "-simulate_step %g -synapse_tau_excitatory %.10g "
                                    "-synapse_tau_inhibitory %.10g -simulate_initial_v_min -65 "
                                    "-simulate_initial_v_max -65",
                              steps[k], taus[q], taus[q]));
      PetscCall(made_create(PETSC_COMM_SELF, options, &made));
      PetscCall(SpikingConnect(made.spiking));
      while (made.spiking->step < 20 * per_ms) {
        const int64_t step = made.spiking->step;

        for (int w = 0; w < 3; w++) {
          if (step == (w == 0 ? 2 : (w == 1 ? 5 : 9)) * per_ms) {
            InputRingRow(&made.spiking->ring, step, w == 2)[0] += weights[w];
          }
        }
        PetscCall(SpikingStep(made.spiking));
        CHECK(made.spiking->n_fired == 0, "a spike at %lld", (long long)step);
      }
      CHECK_CLOSE(made.spiking->block.state[0][0], expected, 2e-13);
      PetscCall(made_destroy(&made));
    }
  }
  PetscFunctionReturn(0);
}

/* V and w of an adex neuron after 20 ms below threshold. */
static PetscErrorCode adex_state(double step, double state[2])
{
  char options[512];
  Made made;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(options, sizeof(options),
                          ALONE "-simulate_neuron adex -simulate_input_mean 550 -simulate_step %g "
                                "-simulate_initial_v_min -75 -simulate_initial_v_max -75",
                          step));
  PetscCall(made_create(PETSC_COMM_SELF, options, &made));
  while (made.spiking->step < llround(20.0 / step)) {
    PetscCall(SpikingStep(made.spiking));
    CHECK(made.spiking->n_fired == 0, "a spike");
  }
  state[0] = made.spiking->block.state[0][0];
  state[1] = made.spiking->block.state[1][0];
  PetscCall(made_destroy(&made));
  PetscFunctionReturn(0);
}

static PetscErrorCode test_adex_order(void)
{
  double reference[2], coarse[2], fine[2];

  PetscFunctionBegin;
  PetscCall(adex_state(0.001, reference));
  PetscCall(adex_state(0.1, coarse));
  PetscCall(adex_state(0.05, fine));
  for (int k = 0; k < 2; k++) {
    const double ratio = fabs(coarse[k] - reference[k]) / fabs(fine[k] - reference[k]);

    CHECK(ratio > 3.6 && ratio < 4.6, "variable %d: halving the step divides the error by %g", k,
          ratio);
  }
  PetscFunctionReturn(0);
}

/* Spikes of a second with 900 pA, and the potential at rest. */
static PetscErrorCode count_adex(double step, double current, int64_t *n, double *v)
{
  char options[512];
  Made made;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(options, sizeof(options),
                          ALONE "-simulate_neuron adex -simulate_input_mean %g -simulate_step %g "
                                "-simulate_initial_v_min -70.6 -simulate_initial_v_max -70.6",
                          current, step));
  PetscCall(made_create(PETSC_COMM_SELF, options, &made));
  *n = 0;
  while (made.spiking->step < llround(1000.0 / step)) {
    PetscCall(SpikingStep(made.spiking));
    *n += made.spiking->n_fired > 0 && made.spiking->fired[0] == 0;
  }
  *v = made.spiking->block.state[0][0];
  PetscCall(made_destroy(&made));
  PetscFunctionReturn(0);
}

static PetscErrorCode test_adex_spikes(void)
{
  int64_t n[2];
  double v;

  PetscFunctionBegin;
  PetscCall(count_adex(0.1, 900, &n[0], &v));
  PetscCall(count_adex(0.002, 900, &n[1], &v));
  CHECK(n[1] > 5 && llabs(n[0] - n[1]) <= 1, "%lld spikes, with a fine step %lld", (long long)n[0],
        (long long)n[1]);
  PetscCall(count_adex(0.1, 0, &n[0], &v));
  CHECK(n[0] == 0 && fabs(v + 70.6) < 0.01, "rest at %g mV, %lld spikes", v, (long long)n[0]);
  PetscFunctionReturn(0);
}

/* Given parameters take the place of those that are drawn, by population. */
static PetscErrorCode test_izhikevich_parameters(void)
{
  Made made;

  PetscFunctionBegin;
  PetscCall(made_create(PETSC_COMM_SELF,
                        "-network_excitatory 3 -network_inhibitory 2 -izhikevich_a 0.03,0.07 "
                        "-izhikevich_d 4",
                        &made));
  for (int i = 0; i < 5; i++) {
    double *const *p = made.spiking->block.parameters;

    CHECK(p[0][i] == (i < 3 ? 0.03 : 0.07) && p[3][i] == 4.0 && p[1][i] == -0.1,
          "neuron %d: a %g, b %g, d %g", i, p[0][i], p[1][i], p[3][i]);
    CHECK(i >= 3 || p[2][i] > -65.0, "c of neuron %d is drawn: %g", i, p[2][i]);
  }
  PetscCall(made_destroy(&made));
  PetscFunctionReturn(0);
}

/* What a spike brings through an exponential synapse is weight times time constant, whatever the step. */
static PetscErrorCode test_charge(void)
{
  static const double steps[] = {0.05, 0.1, 0.4};

  PetscFunctionBegin;
  for (int k = 0; k < 3; k++) {
    char options[512];
    double charge = 0;
    Made made;

    PetscCall(PetscSNPrintf(options, sizeof(options),
                            ALONE "-simulate_neuron adex -simulate_step %g "
                                  "-synapse_tau_excitatory 3",
                            steps[k]));
    PetscCall(made_create(PETSC_COMM_SELF, options, &made));
    PetscCall(SpikingConnect(made.spiking));
    InputRingRow(&made.spiking->ring, 0, 0)[0] = 10.0;
    while (made.spiking->step < llround(120.0 / steps[k])) {
      const double before = made.spiking->block.state[3][0] +
                            (made.spiking->step == 0 ? 10.0 : 0.0); /* of the synapse */

      charge += made.spiking->constants[0].mean[0] * before * steps[k];
      PetscCall(SpikingStep(made.spiking));
    }
    CHECK_CLOSE(charge, 30.0, 1e-12);
    PetscCall(made_destroy(&made));
  }
  PetscFunctionReturn(0);
}

/* A conductance pulls to its reversal potential, also when the weight is negative. */
static PetscErrorCode test_conductance(void)
{
  Made made;

  PetscFunctionBegin;
  PetscCall(made_create(PETSC_COMM_SELF,
                        ALONE "-simulate_neuron adex -simulate_synapse conductance "
                              "-synapse_reversal_inhibitory -72 -synapse_tau_inhibitory 1000 "
                              "-simulate_initial_v_min -60 -simulate_initial_v_max -60",
                        &made));
  PetscCall(SpikingConnect(made.spiking));
  InputRingRow(&made.spiking->ring, 0, 1)[0] = -1000.0;
  for (int k = 0; k < 200; k++) {
    PetscCall(SpikingStep(made.spiking));
  }
  CHECK(fabs(made.spiking->block.state[0][0] + 72) < 0.1, "v = %g, reversal -72",
        made.spiking->block.state[0][0]);
  PetscCall(made_destroy(&made));
  PetscFunctionReturn(0);
}

/* Counts of Poisson spikes in a step: mean, variance, and no correlation between neurons or steps. */
static PetscErrorCode test_poisson(double mean)
{
  enum { N = 1000, STEPS = 400 };
  double sum = 0, squares = 0, neighbours = 0, steps = 0, n = (double)N * STEPS;
  double current[N], previous[N] = {0};
  char options[512];
  Made made;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(options, sizeof(options),
                          "-network_excitatory 1000 -network_inhibitory 0 -network_probability 0 "
                          "-simulate_neuron lif_exp -simulate_poisson_rate %g "
                          "-simulate_poisson_weight 2",
                          mean * 1e4));
  PetscCall(made_create(PETSC_COMM_SELF, options, &made));
  PetscCall(SpikingConnect(made.spiking));
  for (int64_t step = 0; step < STEPS; step++) {
    double *arriving = InputRingRow(&made.spiking->ring, step, 0);

    PetscCall(PetscArrayzero(arriving, N));
    PetscCall(DriveBegin(&made.spiking->drive, step));
    DriveRun(&made.spiking->drive, step, 0, 0, N, &made.spiking->ring, current);
    for (int i = 0; i < N; i++) {
      const double count = arriving[i] / 2, off = count - mean;

      CHECK(count >= 0 && count == floor(count), "%g spikes", count);
      sum += count;
      squares += off * off;
      neighbours += i ? off * (arriving[i - 1] / 2 - mean) : 0;
      steps += step ? off * previous[i] : 0;
      previous[i] = off;
    }
  }
  CHECK(fabs(sum - mean * n) <= 5 * sqrt(mean * n), "mean %g, expected %g", sum / n, mean);
  CHECK(fabs(squares - mean * n) <= 5 * sqrt((mean + 2 * mean * mean) * n),
        "variance %g of mean %g", squares / n, mean);
  CHECK(fabs(neighbours) <= 5 * mean * sqrt(n), "neighbours correlate: %g", neighbours / n / mean);
  CHECK(fabs(steps) <= 5 * mean * sqrt(n), "steps correlate: %g", steps / n / mean);
  PetscCall(made_destroy(&made));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  static const double means[] = {0.05, 1.3, 40};

  check_begin(&argc, &argv);
  for (int k = 0; k < 3; k++) {
    CHECK(!test_poisson(means[k]), "%s", UserErrorMessage());
  }
  CHECK(!test_lif_frequency(), "%s", UserErrorMessage());
  CHECK(!test_lif_exact(), "%s", UserErrorMessage());
  CHECK(!test_adex_order(), "%s", UserErrorMessage());
  CHECK(!test_adex_spikes(), "%s", UserErrorMessage());
  CHECK(!test_izhikevich_parameters(), "%s", UserErrorMessage());
  CHECK(!test_charge(), "%s", UserErrorMessage());
  CHECK(!test_conductance(), "%s", UserErrorMessage());
  return check_end();
}
