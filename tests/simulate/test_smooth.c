/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Smooth models: their Jacobians against differences, the order at which integrators converge, the samples between
   steps, the same on all numbers of ranks, and what others have published of them. */
#include "settings.h"

#include "smooth.h"

#include <string.h>

enum { N = 8, MOST_SAMPLES = 20001 };

/* What a run hands over, (samples, n_local). */
typedef struct {
  int64_t n_local, n_state, n;
  double *values;
} Samples;

typedef struct {
  Network network;
  Smooth smooth;
} Made;

/* Of a test alone; all vary with the model. */
typedef struct {
  double input, noise, first[2];
} Own;

static const ParameterSpec own_parameters[] = {{.key = "input",
                                                .kind = PARAMETER_REAL,
                                                .unit = "1",
                                                .standard = "by model",
                                                .varies = PETSC_TRUE,
                                                .low = -1e9,
                                                .high = 1e9,
                                                .text = "Mean input of all neurons",
                                                PARAMETER_MEMBER(Own, input)},
                                               {.key = "noise",
                                                .kind = PARAMETER_REAL,
                                                .unit = "1",
                                                .standard = "by model",
                                                .varies = PETSC_TRUE,
                                                .high = 1e9,
                                                .text = "Variance of the input",
                                                PARAMETER_MEMBER(Own, noise)},
                                               {.key = "low",
                                                .kind = PARAMETER_REAL,
                                                .unit = "1",
                                                .standard = "by model",
                                                .varies = PETSC_TRUE,
                                                .low = -1e9,
                                                .high = 1e9,
                                                .text = "Lowest initial value",
                                                PARAMETER_MEMBER(Own, first[0])},
                                               {.key = "high",
                                                .kind = PARAMETER_REAL,
                                                .unit = "1",
                                                .standard = "by model",
                                                .varies = PETSC_TRUE,
                                                .low = -1e9,
                                                .high = 1e9,
                                                .text = "Highest initial value",
                                                PARAMETER_MEMBER(Own, first[1])},
                                               {.key = NULL}};

/* Options as words: "-key value ..." */
static PetscErrorCode make(MPI_Comm comm, const char *model, const char *options, Made *made)
{
  Parameters p;
  Settings settings;
  const SmoothModel *smooth = SmoothModelGet(NeuronModelFind(model));
  Own own = {smooth->input_mean, smooth->input_variance, {smooth->first[0], smooth->first[1]}};

  PetscFunctionBegin;
  *made = (Made){0};
  PetscCall(NetworkCreate(comm, &made->network));
  PetscCall(NetworkSetOptions(
      made->network, SETTINGS({"network_excitatory", "6"}, {"network_inhibitory", "2"},
                              {"network_probability", "0.5"}, {"network_weight_excitatory", "0.1"},
                              {"network_weight_inhibitory", "-0.1"}, {"seed", "3"})));
  PetscCall(
      NetworkSetOptions(made->network, settings_read(&settings, options, "network_", PETSC_TRUE)));
  PetscCall(NetworkSetUp(made->network));
  PetscCall(PetscOptionsClear(NULL)); /* options of the integrator are those of PETSc */
  PetscCall(PetscOptionsInsertString(NULL, options));
  PetscCall(ParametersCreate(comm, &p));
  PetscCall(SmoothDeclareParameters(p));
  PetscCall(SmoothSetFromOptions(&made->smooth, comm, smooth, p, 3));
  PetscCall(ParametersDeclare(p, own_parameters));
  PetscCall(ParametersRead(p, own_parameters, &own));
  made->smooth.input_mean = own.input;
  made->smooth.input_variance = own.noise;
  PetscCall(SmoothSetUp(&made->smooth, made->network, own.first));
  PetscCall(ParametersDestroy(&p));
  PetscFunctionReturn(0);
}

static PetscErrorCode unmake(Made *made)
{
  PetscFunctionBegin;
  PetscCall(SmoothDestroy(&made->smooth));
  PetscCall(NetworkDestroy(&made->network));
  PetscFunctionReturn(0);
}

static PetscErrorCode keep_sample(void *context, const double *const state[])
{
  Samples *s = context;

  PetscFunctionBegin;
  for (int64_t i = 0; i < s->n_local; i++) {
    s->values[s->n * s->n_local + i] = state[0][i * s->n_state];
  }
  s->n++;
  PetscFunctionReturn(0);
}

static PetscErrorCode offer_nothing(void *context)
{
  PetscFunctionBegin;
  (void)context;
  PetscFunctionReturn(0);
}

/* A whole run: samples 0 .. n - 1; values are freed by the caller. */
static PetscErrorCode run(MPI_Comm comm, const char *model, const char *options, int64_t n,
                          Samples *samples)
{
  Made made;

  PetscFunctionBegin;
  PetscCall(make(comm, model, options, &made));
  *samples =
      (Samples){.n_local = made.smooth.partition->n_local, .n_state = made.smooth.model->n_state};
  PetscCall(PetscMalloc1(n * samples->n_local, &samples->values));
  PetscCall(SmoothRun(&made.smooth, n, keep_sample, offer_nothing, samples));
  CHECK(samples->n == n, "%s: %lld of %lld samples", model, (long long)samples->n, (long long)n);
  PetscCall(unmake(&made));
  PetscFunctionReturn(0);
}

/* Largest difference of the last sample of two runs on one rank. */
static double distance(const Samples *a, const Samples *b)
{
  double largest = 0;

  for (int64_t i = 0; i < a->n_local; i++) {
    largest = fmax(largest, fabs(a->values[(a->n - 1) * a->n_local + i] -
                                 b->values[(b->n - 1) * b->n_local + i]));
  }
  return largest;
}

/* Columns of the Jacobian against central differences. */
static PetscErrorCode test_jacobian(const char *model, const char *options)
{
  char words[512];
  Made made;
  Smooth *s = &made.smooth;
  Vec direction, column, up, down;
  PetscInt size, first, end;
  double largest = 0, error, norm;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(words, sizeof(words), "-ts_type theta %s", options));
  PetscCall(make(PETSC_COMM_WORLD, model, words, &made));
  PetscCall(VecDuplicate(s->x, &direction));
  PetscCall(VecDuplicate(s->x, &column));
  PetscCall(VecDuplicate(s->x, &up));
  PetscCall(VecDuplicate(s->x, &down));
  PetscCall(VecGetSize(s->x, &size));
  PetscCall(VecGetOwnershipRange(s->x, &first, &end));
  PetscCall(SmoothSlopes(s, 0, s->x));
  for (PetscInt k = 0; k < size; k++) {
    const double step = 1e-6;

    PetscCall(VecSet(direction, 0));
    if (k >= first && k < end) {
      PetscCall(VecSetValue(direction, k, 1.0, INSERT_VALUES));
    }
    PetscCall(VecAssemblyBegin(direction));
    PetscCall(VecAssemblyEnd(direction));
    PetscCall(MatMult(s->slopes, direction, column));
    PetscCall(VecAXPY(s->x, step, direction));
    PetscCall(SmoothRhs(s, 0, s->x, up));
    PetscCall(VecAXPY(s->x, -2.0 * step, direction));
    PetscCall(SmoothRhs(s, 0, s->x, down));
    PetscCall(VecAXPY(s->x, step, direction));
    PetscCall(VecAXPY(up, -1.0, down));
    PetscCall(VecAXPBY(up, -1.0, 0.5 / step, column));
    PetscCall(VecNorm(up, NORM_INFINITY, &error));
    PetscCall(VecNorm(column, NORM_INFINITY, &norm));
    largest = fmax(largest, norm);
    CHECK(error < 1e-6 * fmax(1.0, norm), "%s %s: column %d: %g of %g", model, options, (int)k,
          error, norm);
  }
  CHECK(largest > 0, "%s %s: no slopes", model, options);
  PetscCall(VecDestroy(&direction));
  PetscCall(VecDestroy(&column));
  PetscCall(VecDestroy(&up));
  PetscCall(VecDestroy(&down));
  PetscCall(unmake(&made));
  PetscFunctionReturn(0);
}

/* With half the step, errors against steps of a sixteenth fall by 2^order; where a flow contracts by more. */
static PetscErrorCode test_order(const char *model, const char *network, const char *options,
                                 double interval, double step, double order)
{
  Samples s[3];
  double ratio;

  PetscFunctionBegin;
  for (int k = 0; k < 3; k++) {
    char words[512];

    PetscCall(PetscSNPrintf(words, sizeof(words),
                            "-simulate_interval %.17g -ts_dt %.17g -ts_adapt_type none "
                            "-ts_exact_final_time matchstep %s %s",
                            interval, k == 2 ? step / 16 : step / (1 << k), network,
                            k == 2 ? "" : options));
    PetscCall(run(PETSC_COMM_SELF, model, words, 2, &s[k]));
  }
  ratio = log2(distance(&s[0], &s[2]) / distance(&s[1], &s[2]));
  CHECK(ratio > order - 0.5, "%s %s: order %.2f (errors %.2g, %.2g), expected %g or more", model,
        options, ratio, distance(&s[0], &s[2]), distance(&s[1], &s[2]), order);
  for (int k = 0; k < 3; k++) {
    PetscCall(PetscFree(s[k].values));
  }
  PetscFunctionReturn(0);
}

/* Samples of a run on all ranks, with steps that the integrator chooses, against those of one rank with short steps. */
static PetscErrorCode test_samples(const char *model, const char *options, double tolerance)
{
  enum { SAMPLES = 40 };
  char words[512];
  Samples all, one;
  Partition p;

  PetscFunctionBegin;
  PetscCall(run(PETSC_COMM_WORLD, model, options, SAMPLES, &all));
  PetscCall(PetscSNPrintf(words, sizeof(words), "%s -ts_rtol 1e-11 -ts_atol 1e-11", options));
  PetscCall(run(PETSC_COMM_SELF, model, words, SAMPLES, &one));
  PetscCall(PartitionMake(PETSC_COMM_WORLD, N, &p));
  for (int64_t t = 0; t < SAMPLES; t++) {
    for (int64_t i = 0; i < p.n_local; i++) {
      const double expected = one.values[t * N + p.first + i];

      CHECK(fabs(all.values[t * p.n_local + i] - expected) < tolerance * fmax(1, fabs(expected)),
            "%s %s: neuron %lld, sample %lld: %.9g, expected %.9g", model, options,
            (long long)(p.first + i), (long long)t, all.values[t * p.n_local + i], expected);
    }
  }
  PetscCall(PetscFree(all.values));
  PetscCall(PetscFree(one.values));
  PetscFunctionReturn(0);
}

/* Spikes per second of an unconnected neuron in the second half of 2 s, by passages through 0. */
static PetscErrorCode rate(const char *model, double input, double *hertz)
{
  enum { SAMPLES = MOST_SAMPLES };
  char words[256];
  Samples s;
  int n = 0;

  PetscFunctionBegin;
  PetscCall(
      PetscSNPrintf(words, sizeof(words),
                    "-network_excitatory 1 -network_inhibitory 0 -simulate_interval 0.1 -input %g "
                    "-low -65 -high -65",
                    input));
  PetscCall(run(PETSC_COMM_SELF, model, words, SAMPLES, &s));
  for (int64_t t = SAMPLES / 2; t < SAMPLES; t++) {
    n += s.values[t - 1] < 0 && s.values[t] >= 0;
  }
  *hertz = n;
  PetscCall(PetscFree(s.values));
  PetscFunctionReturn(0);
}

/* Rest, current of repetitive firing, and frequency of the squid axon at 6.3 degrees: Hodgkin & Huxley 1952; Rinzel &
   Miller 1980, Math. Biosci. 49:27 (repetitive firing from 6.26 to 154.5 uA/cm2). */
static PetscErrorCode test_hodgkin_huxley(void)
{
  double hertz;
  Samples s;

  PetscFunctionBegin;
  PetscCall(run(PETSC_COMM_SELF, "hodgkin_huxley",
                "-network_excitatory 1 -network_inhibitory 0 -input 0 -simulate_interval 100", 3,
                &s));
  CHECK(fabs(s.values[2] + 65.0) < 0.01, "rest at %g mV", s.values[2]);
  PetscCall(PetscFree(s.values));
  PetscCall(rate("hodgkin_huxley", 6.0, &hertz));
  CHECK(hertz == 0, "6 uA/cm2: %g Hz", hertz);
  PetscCall(rate("hodgkin_huxley", 6.5, &hertz));
  CHECK(hertz > 50 && hertz < 60, "6.5 uA/cm2: %g Hz", hertz);
  PetscCall(rate("hodgkin_huxley", 10.0, &hertz));
  CHECK(hertz >= 67 && hertz <= 70, "10 uA/cm2: %g Hz", hertz);
  PetscCall(rate("hodgkin_huxley", 160.0, &hertz));
  CHECK(hertz == 0, "160 uA/cm2: %g Hz", hertz);
  PetscFunctionReturn(0);
}

/* Mean 2.34 and deviation 3.64 of 40 places with F = 8: Lorenz & Emanuel 1998, J. Atmos. Sci. 55:399. */
static PetscErrorCode test_lorenz96(void)
{
  enum { SAMPLES = 8001, PLACES = 40, SKIPPED = 400 };
  double sum = 0, square = 0;
  Samples s;

  PetscFunctionBegin;
  PetscCall(run(PETSC_COMM_SELF, "lorenz96",
                "-network_type lorenz96 -network_excitatory 40 -network_inhibitory 0", SAMPLES,
                &s));
  for (int64_t k = SKIPPED * PLACES; k < SAMPLES * PLACES; k++) {
    sum += s.values[k];
    square += s.values[k] * s.values[k];
  }
  sum /= (double)(SAMPLES - SKIPPED) * PLACES;
  square = sqrt(square / ((double)(SAMPLES - SKIPPED) * PLACES) - sum * sum);
  CHECK(fabs(sum - 2.34) < 0.05, "mean %g", sum);
  CHECK(fabs(square - 3.64) < 0.05, "deviation %g", square);
  PetscCall(PetscFree(s.values));
  PetscFunctionReturn(0);
}

/* Fixed points and synchrony that can be had with a pencil. */
static PetscErrorCode test_others(void)
{
  double largest = 0;
  Samples s;

  PetscFunctionBegin;
  PetscCall(run(PETSC_COMM_SELF, "fitzhugh_nagumo",
                "-network_excitatory 1 -network_inhibitory 0 -input 0 -simulate_interval 500", 2,
                &s));
  CHECK_CLOSE(s.values[1], -1.1994080352440348, 1e-5); /* v - v^3 / 3 = (v + .7) / .8 */
  PetscCall(PetscFree(s.values));
  PetscCall(run(PETSC_COMM_SELF, "wilson_cowan",
                "-network_excitatory 1 -network_inhibitory 0 -input 1 -simulate_interval 500", 2,
                &s));
  CHECK_CLOSE(s.values[1], 1.0 / (1.0 + exp(-1.0)), 1e-5);
  PetscCall(PetscFree(s.values));
  /* equal oscillators that all attract each other fall into step */
  PetscCall(run(PETSC_COMM_SELF, "kuramoto",
                "-network_probability 1 -network_weight_inhibitory 0.1 -simulate_interval 100", 3,
                &s));
  for (int64_t i = 1; i < N; i++) {
    largest = fmax(largest, fabs(s.values[2 * N + i] - s.values[2 * N]));
  }
  CHECK(largest < 1e-3, "phases differ by %g", largest);
  PetscCall(PetscFree(s.values));
  PetscFunctionReturn(0);
}

/* x(t + 1) = A x(t): after many steps without noise it shrinks by the spectral radius. */
static PetscErrorCode test_var(void)
{
  Samples s;
  double norm[2] = {0, 0};

  PetscFunctionBegin;
  PetscCall(run(PETSC_COMM_SELF, "var", "-noise 0 -var_radius 0.8", 401, &s));
  for (int64_t i = 0; i < N; i++) {
    norm[0] += pow(s.values[200 * N + i], 2);
    norm[1] += pow(s.values[400 * N + i], 2);
  }
  CHECK(fabs(pow(norm[1] / norm[0], 1.0 / 400) - 0.8) < 0.004, "radius %g",
        pow(norm[1] / norm[0], 1.0 / 400));
  PetscCall(PetscFree(s.values));
  PetscFunctionReturn(0);
}

static PetscErrorCode test_all_jacobians(void)
{
  static const char *const models[] = {"hodgkin_huxley", "traub_miles",  "fitzhugh_nagumo",
                                       "hindmarsh_rose", "wilson_cowan", "kuramoto"};
  const char *unused;

  PetscFunctionBegin;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(models); k++) {
    for (int c = 0; CouplingWord(c, &unused); c++) {
      char words[256];

      PetscCall(PetscSNPrintf(words, sizeof(words),
                              "-simulate_coupling %s -simulate_coupling_width 3 "
                              "-simulate_coupling_threshold -1",
                              CouplingWord(c, &unused)));
      PetscCall(test_jacobian(models[k], words));
    }
  }
  PetscCall(test_jacobian("lorenz96", "-network_type lorenz96"));
  PetscFunctionReturn(0);
}

static PetscErrorCode test_all_orders(void)
{
  static const struct {
    const char *model, *network, *options;
    double interval, step, order;
  } orders[] = {{"hodgkin_huxley", "", "", 2.0, 0.0125, 5},
                {"traub_miles", "", "", 2.0, 0.0125, 5},
                {"fitzhugh_nagumo", "", "", 4.0, 0.25, 5},
                {"hindmarsh_rose", "", "", 0.5, 0.03125, 5},
                {"wilson_cowan", "", "", 40.0, 2.5, 5},
                {"lorenz96", "-network_type lorenz96", "", 0.4, 0.025, 5},
                {"kuramoto", "", "", 8.0, 0.5, 5},
                {"fitzhugh_nagumo", "", "-ts_rk_type 4", 4.0, 0.125, 4},
                {"fitzhugh_nagumo", "", "-ts_type cn -snes_rtol 1e-13", 4.0, 0.0625, 2},
                {"fitzhugh_nagumo", "", "-ts_type beuler -snes_rtol 1e-13", 4.0, 0.0625, 1},
                {"hodgkin_huxley", "", "-ts_type rosw -ts_rosw_type ra34pw2", 2.0, 0.0125, 3},
                {"fitzhugh_nagumo", "",
                 "-ts_type arkimex -ts_arkimex_fully_implicit -ts_arkimex_type 3 -snes_rtol 1e-13",
                 4.0, 0.125, 3}};

  PetscFunctionBegin;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(orders); k++) {
    PetscCall(test_order(orders[k].model, orders[k].network, orders[k].options, orders[k].interval,
                         orders[k].step, orders[k].order));
  }
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  int size;

  check_begin(&argc, &argv);
  (void)MPI_Comm_size(PETSC_COMM_WORLD, &size);
  CHECK(!test_all_jacobians(), "%s", UserErrorMessage());
  CHECK(!test_samples("fitzhugh_nagumo", "", 1e-4), "%s", UserErrorMessage());
  CHECK(!test_samples("fitzhugh_nagumo", "-noise 0.01", 1e-4), "%s", UserErrorMessage());
  CHECK(!test_samples("wilson_cowan", "-noise 1 -network_weight_excitatory 2", 1e-4), "%s",
        UserErrorMessage());
  CHECK(!test_samples("hindmarsh_rose", "-ts_type bdf", 1e-2), "%s", UserErrorMessage());
  CHECK(!test_samples("kuramoto", "-simulate_input_spread 0.3", 1e-4), "%s", UserErrorMessage());
  CHECK(!test_samples("lorenz96", "-network_type lorenz96", 1e-3), "%s", UserErrorMessage());
  CHECK(!test_samples("var", "-var_radius 0.9", 1e-10), "%s", UserErrorMessage());
  if (size == 1) {
    CHECK(!test_all_orders(), "%s", UserErrorMessage());
    CHECK(!test_hodgkin_huxley(), "%s", UserErrorMessage());
    CHECK(!test_lorenz96(), "%s", UserErrorMessage());
    CHECK(!test_others(), "%s", UserErrorMessage());
    CHECK(!test_var(), "%s", UserErrorMessage());
  }
  return check_end();
}
