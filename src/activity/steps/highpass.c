/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Step highpass: subtracts a running mean with Gaussian weights, which removes whatever is slower than its width. The weights are
   symmetric, so there is no delay; cut off at three widths, and renormalised at the ends of a piece. */
#include "steps/step.h"

#include "causeway/error.h"
#include "causeway/internal/core/gaussian.h"

typedef struct {
  double width_ms; /* standard deviation of the weights; 0: not used */
} Highpass;

static const ParameterSpec parameters[] = {
    {.key = "highpass_width",
     .kind = PARAMETER_REAL,
     .unit = "ms",
     .standard = "0",
     .high = 1e9,
     .text = "Width (standard deviation) of the running mean that the step highpass subtracts; 0 "
             "for none",
     .prepares = PETSC_TRUE,
     .needs = "activity_steps=auto|highpass",
     .priority = 4,
     PARAMETER_MEMBER(Highpass, width_ms)},
    {.key = NULL}};

static PetscBool asks(const void *settings)
{
  return ((const Highpass *)settings)->width_ms > 0 ? PETSC_TRUE : PETSC_FALSE;
}

static PetscErrorCode check(const void *settings, Parameters p)
{
  PetscFunctionBegin;
  UserCheck(asks(settings), "%s: the step highpass needs a width; give highpass_width",
            ParametersSource(p, "activity_steps"));
  PetscFunctionReturn(0);
}

/* Sum of the weights of samples 0 .. n - 1 seen from sample t; cumulated: of weights 0 .. k. */
static double mass(const double cumulated[], int64_t reach, int64_t n, int64_t t)
{
  return cumulated[PetscMin(reach, t)] + cumulated[PetscMin(reach, n - 1 - t)] - cumulated[0];
}

/* mean[t] = sum of weight[|t - s|] x[s]. Spike counts are mostly zero, and cost little. */
static void running_mean(const double weight[], const double cumulated[], int64_t reach, int64_t n,
                         const double x[], double mean[])
{
  for (int64_t t = 0; t < n; t++) {
    mean[t] = 0.0;
  }
  for (int64_t s = 0; s < n; s++) {
    const int64_t first = PetscMax(0, s - reach), end = PetscMin(n, s + reach + 1);

    for (int64_t t = first; x[s] != 0.0 && t < s; t++) {
      mean[t] += weight[s - t] * x[s];
    }
    for (int64_t t = s; x[s] != 0.0 && t < end; t++) {
      mean[t] += weight[t - s] * x[s];
    }
  }
  for (int64_t t = 0; t < n; t++) {
    mean[t] /= mass(cumulated, reach, n, t);
  }
}

typedef struct {
  int64_t reach;              /* [samples] of the weights */
  double *weight, *cumulated; /* (reach + 1) */
  double *mean;               /* (samples) of a piece */
} Filter;

static PetscErrorCode subtract_mean(Activity a, const void *settings, int64_t neuron, int64_t n,
                                    double x[])
{
  const Filter *f = settings;

  (void)a;
  (void)neuron;
  running_mean(f->weight, f->cumulated, f->reach, n, x, f->mean);
  for (int64_t t = 0; t < n; t++) {
    x[t] -= f->mean[t];
  }
  return 0;
}

static PetscErrorCode apply(Activity a, const void *settings)
{
  const Highpass *highpass = settings;
  PetscErrorCode status;
  double width;
  Filter f;

  PetscFunctionBegin;
  PetscCall(StepNeedsTimes(a, "highpass_width"));
  width = highpass->width_ms / a->sample_ms;
  UserCheck(
      width >= 1.0,
      "highpass_width = %g ms is shorter than a sample of %g ms and would leave nothing; give a "
      "larger one",
      highpass->width_ms, a->sample_ms);
  f.reach = PetscMin(a->n_samples, GaussianReach(width));
  PetscCall(PetscMalloc3(f.reach + 1, &f.weight, f.reach + 1, &f.cumulated, a->n_samples, &f.mean));
  for (int64_t k = 0; k <= f.reach; k++) {
    f.weight[k] = GaussianWeight(k, width);
    f.cumulated[k] = f.weight[k] + (k ? f.cumulated[k - 1] : 0.0);
  }
  status = StepPieces(a, &f, subtract_mean);
  PetscCall(PetscFree3(f.weight, f.cumulated, f.mean));
  PetscFunctionReturn(status);
}

const Step StepHighpass = {.name = "highpass",
                           .text = "running mean with Gaussian weights subtracted",
                           .parameters = parameters,
                           .size = sizeof(Highpass),
                           .asks = asks,
                           .check = check,
                           .apply = apply,
                           .looks_ahead = PETSC_TRUE};
