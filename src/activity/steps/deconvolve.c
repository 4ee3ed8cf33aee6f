/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Step deconvolve: estimates the influxes of calcium that explain fluorescence by non-negative deconvolution. The penalty is
   chosen so that the residual has the variance of the noise (Friedrich, Zhou & Paninski 2017). */
#include "steps/step.h"

#include "steps/calcium_estimate.h"

#include "causeway/error.h"

#include <math.h>

enum { OUTPUT_EVENTS, OUTPUT_CALCIUM };
/* Number of steps of the search for the penalty, and of baseline updates per step. */
enum { SEARCH = 12, SWEEPS = 2 };
/* Relative tolerance between residual variance and noise variance. */
#define AGREEMENT 1e-2

typedef struct {
  int64_t order;
  double decay_ms, rise_ms, noise, minimum;
  int output;
} Deconvolve;

static const ParameterWord outputs[] = {{"events", "influx of calcium at each sample", 0},
                                        {"calcium", "calcium without noise and baseline", 0},
                                        {NULL, NULL, 0}};

#define DECONVOLVES "activity_steps=deconvolve"

static const ParameterSpec parameters[] = {
    {.key = "deconvolve_order",
     .kind = PARAMETER_INTEGER,
     .unit = "1",
     .standard = "1",
     .low = 1,
     .high = 2,
     .text =
         "Order of the calcium's autoregression in the step deconvolve: 1 for an immediate rise, "
         "2 for a rise that takes time",
     .prepares = PETSC_TRUE,
     .needs = DECONVOLVES,
     PARAMETER_MEMBER(Deconvolve, order)},
    {.key = "deconvolve_decay",
     .kind = PARAMETER_REAL,
     .unit = "ms",
     .standard = "0",
     .high = 1e9,
     .text = "Time constant of the decay of calcium; 0 to estimate it for each neuron",
     .prepares = PETSC_TRUE,
     .needs = DECONVOLVES,
     PARAMETER_MEMBER(Deconvolve, decay_ms)},
    {.key = "deconvolve_rise",
     .kind = PARAMETER_REAL,
     .unit = "ms",
     .standard = "0",
     .high = 1e9,
     .text = "Time constant of the rise of calcium, given together with deconvolve_decay; 0 to "
             "estimate it for each neuron",
     .prepares = PETSC_TRUE,
     .needs = DECONVOLVES "&deconvolve_order=2",
     PARAMETER_MEMBER(Deconvolve, rise_ms)},
    {.key = "deconvolve_noise",
     .kind = PARAMETER_REAL,
     .unit = "unit of the values",
     .standard = "0",
     .high = 1e12,
     .text = "Standard deviation of the noise; 0 to estimate it for each neuron",
     .prepares = PETSC_TRUE,
     .needs = DECONVOLVES,
     PARAMETER_MEMBER(Deconvolve, noise)},
    {.key = "deconvolve_minimum",
     .kind = PARAMETER_REAL,
     .unit = "unit of the values",
     .standard = "0",
     .high = 1e12,
     .text = "Size of the smallest event, in place of a penalty that the noise chooses; 0 for none",
     .prepares = PETSC_TRUE,
     .needs = DECONVOLVES "&deconvolve_order=1",
     PARAMETER_MEMBER(Deconvolve, minimum)},
    {.key = "deconvolve_output",
     .kind = PARAMETER_CHOICE,
     .standard = "events",
     .words = outputs,
     .text = "Result of the step deconvolve",
     .prepares = PETSC_TRUE,
     .needs = DECONVOLVES,
     PARAMETER_MEMBER(Deconvolve, output)},
    {.key = NULL}};

static PetscErrorCode check(const void *settings, Parameters p)
{
  const Deconvolve *d = settings;

  PetscFunctionBegin;
  UserCheck(d->order == 1 || (d->rise_ms > 0) == (d->decay_ms > 0),
            "deconvolve_order = 2: give both deconvolve_decay and deconvolve_rise, or neither");
  UserCheck(d->order == 1 || d->rise_ms == 0 || d->rise_ms < d->decay_ms,
            "%s = %g: must be shorter than deconvolve_decay = %g ms",
            ParametersSource(p, "deconvolve_rise"), d->rise_ms, d->decay_ms);
  PetscFunctionReturn(0);
}

/* Data of one neuron. */
typedef struct {
  const SegmentList *pieces;
  CalciumModel model;
  double noise, minimum;
  double baseline;
  const double *y; /* (n_samples) */
  double *rest;    /* (n_samples) y minus the baseline */
  double *c, *s;   /* (n_samples) */
  int64_t count;   /* number of samples in the pieces */
} Neuron;

/* Fits all pieces; returns the mean square of the residual, and its mean in `mean`. */
static PetscErrorCode fit(Neuron *p, double penalty, double *square, double *mean)
{
  PetscFunctionBegin;
  *square = *mean = 0;
  for (int64_t k = 0; k < p->pieces->n; k++) {
    const Segment piece = p->pieces->list[k];
    const int64_t n = piece.end - piece.first;

    for (int64_t t = piece.first; t < piece.end; t++) {
      p->rest[t] = p->y[t] - p->baseline;
    }
    if (n > 0) {
      PetscCall(CalciumFit(&p->model, n, p->rest + piece.first, penalty, p->minimum,
                           p->c + piece.first, p->s + piece.first));
    }
    for (int64_t t = piece.first; t < piece.end; t++) {
      const double left = p->rest[t] - p->c[t];

      *square += left * left / (double)p->count;
      *mean += left / (double)p->count;
    }
  }
  PetscFunctionReturn(0);
}

/* Fits the pieces together with the best baseline. */
static PetscErrorCode fit_baseline(Neuron *p, double penalty, double *square)
{
  double mean;

  PetscFunctionBegin;
  for (int sweep = 0; sweep < SWEEPS; sweep++) {
    PetscCall(fit(p, penalty, square, &mean));
    *square -= mean * mean;
    p->baseline += mean;
  }
  PetscCall(fit(p, penalty, square, &mean));
  PetscFunctionReturn(0);
}

/* Finds the penalty at which the residual has the variance of the noise; the residual grows with the penalty. */
static PetscErrorCode search_penalty(Neuron *p)
{
  const double target = p->noise * p->noise;
  double low = 0, high = p->noise, square;

  PetscFunctionBegin;
  PetscCall(fit_baseline(p, 0, &square));
  if (p->minimum > 0 || square >= target) {
    PetscFunctionReturn(0);
  }
  for (int k = 0; k < SEARCH; k++) {
    PetscCall(fit_baseline(p, high, &square));
    if (square >= target) {
      break;
    }
    low = high;
    high *= 2;
  }
  for (int k = 0; k < SEARCH && fabs(square - target) > AGREEMENT * target; k++) {
    const double middle = (low + high) / 2;

    PetscCall(fit_baseline(p, middle, &square));
    if (square < target) {
      low = middle;
    } else {
      high = middle;
    }
  }
  PetscFunctionReturn(0);
}

/* Typical value at low calcium: the lower half of the values is mostly baseline. */
static double low_value(const Neuron *p)
{
  double lowest = INFINITY, mean = 0;

  for (int64_t k = 0; k < p->pieces->n; k++) {
    for (int64_t t = p->pieces->list[k].first; t < p->pieces->list[k].end; t++) {
      lowest = PetscMin(lowest, p->y[t]);
      mean += p->y[t] / (double)p->count;
    }
  }
  return PetscMin(lowest + 3 * p->noise, mean);
}

static PetscErrorCode find_model(Activity a, const Deconvolve *d, int64_t neuron, Neuron *p)
{
  PetscBool found = PETSC_TRUE;

  PetscFunctionBegin;
  p->noise = d->noise;
  if (p->noise == 0) {
    PetscCall(CalciumNoise(p->pieces->n, p->pieces->list, p->y, &p->noise));
    UserCheck(p->noise > 0,
              "activity_steps: deconvolve: the noise of %s cannot be estimated; give "
              "deconvolve_noise",
              ActivityNeuron(a, neuron));
  }
  p->model.order = (int)d->order;
  if (d->decay_ms == 0) {
    PetscCall(CalciumDynamics(p->pieces->n, p->pieces->list, p->y, p->noise, &p->model, &found));
    UserCheck(found,
              "activity_steps: deconvolve: the decay of the calcium of %s cannot be estimated; "
              "give deconvolve_decay%s",
              ActivityNeuron(a, neuron), d->order == 2 ? " and deconvolve_rise" : "");
  } else {
    const double decay = exp(-a->sample_ms / d->decay_ms);
    const double rise = d->order == 2 ? exp(-a->sample_ms / d->rise_ms) : 0;

    p->model.g[0] = decay + rise;
    p->model.g[1] = -decay * rise;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode deconvolve(Activity a, const Deconvolve *d, int64_t local, double *work)
{
  double *x = a->values + local * a->n_samples;
  Neuron p = {.pieces = &a->pieces,
              .y = x,
              .rest = work,
              .c = work + a->n_samples,
              .s = work + 2 * a->n_samples,
              .minimum = d->order == 1 ? d->minimum : 0};

  PetscFunctionBegin;
  for (int64_t k = 0; k < a->pieces.n; k++) {
    p.count += a->pieces.list[k].end - a->pieces.list[k].first;
  }
  PetscCall(find_model(a, d, a->partition.first + local, &p));
  p.baseline = low_value(&p);
  PetscCall(search_penalty(&p));
  for (int64_t k = 0; k < a->pieces.n; k++) {
    const Segment piece = a->pieces.list[k];
    const double *result = d->output == OUTPUT_EVENTS ? p.s : p.c;

    PetscCall(PetscArraycpy(x + piece.first, result + piece.first, piece.end - piece.first));
    if (d->output == OUTPUT_EVENTS && piece.end > piece.first) {
      x[piece.first] = 0; /* calcium from before the piece */
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode apply(Activity a, const void *settings)
{
  const Deconvolve *d = settings;
  PetscErrorCode status = 0;
  double *work;

  PetscFunctionBegin;
  if (d->decay_ms > 0) {
    PetscCall(StepNeedsTimes(a, "deconvolve_decay"));
  }
  PetscCall(PetscMalloc1(3 * a->n_samples, &work));
  for (int64_t i = 0; i < a->partition.n_local && !status; i++) {
    status = deconvolve(a, d, i, work);
  }
  PetscCall(PetscFree(work));
  PetscFunctionReturn(ErrorAgree(a->comm, status));
}

const Step StepDeconvolve = {.name = "deconvolve",
                             .text = "influxes of calcium that explain fluorescence",
                             .parameters = parameters,
                             .size = sizeof(Deconvolve),
                             .check = check,
                             .apply = apply,
                             .bends = PETSC_TRUE};
