/* SPDX-License-Identifier: GPL-3.0-or-later */

/* From fluorescence to the influxes of calcium that explain it: non-negative deconvolution whose penalty is such that
   what is left over has the variance of the noise (Friedrich, Zhou & Paninski 2017). */
#include "steps.h"

#include "calcium_estimate.h"

#include "causeway/error.h"

#include <math.h>

enum { OUTPUT_EVENTS, OUTPUT_CALCIUM };
/* Steps of the search for the penalty, and of the baseline for each. */
enum { SEARCH = 12, SWEEPS = 2 };
/* How well the variance left over is to agree with that of the noise, relative. */
#define AGREEMENT 1e-2

static PetscErrorCode set_from_options(Activity a, Parameters parameters)
{
  static const char *const outputs[] = {"events", "calcium", NULL};
  StepOptions *o = &a->options;

  PetscFunctionBegin;
  PetscCall(ParametersInteger(parameters, "deconvolve_order", "1",
                              "of the step deconvolve: 1, calcium rises at once, 2, with a rise "
                              "time",
                              1, 2, &o->deconvolve_order));
  PetscCall(ParametersReal(parameters, "deconvolve_decay", "ms",
                           "time constant of the decay of calcium, 0: estimated for each neuron", 0,
                           1e9, &o->deconvolve_decay_ms));
  PetscCall(ParametersReal(parameters, "deconvolve_rise", "ms",
                           "of order 2, time constant of the rise, together with deconvolve_decay",
                           0, 1e9, &o->deconvolve_rise_ms));
  PetscCall(ParametersReal(parameters, "deconvolve_noise", "unit of the values",
                           "standard deviation of the noise, 0: estimated for each neuron", 0, 1e12,
                           &o->deconvolve_noise));
  PetscCall(ParametersReal(parameters, "deconvolve_minimum", "unit of the values",
                           "of order 1, size of the smallest event, instead of a penalty that the "
                           "noise chooses; 0 for none",
                           0, 1e12, &o->deconvolve_minimum));
  PetscCall(ParametersChoice(parameters, "deconvolve_output", "of the step deconvolve", outputs,
                             &o->deconvolve_output));
  UserCheck(o->deconvolve_order == 2 || o->deconvolve_rise_ms == 0,
            "%s: is of deconvolve_order = 2", ParametersSource(parameters, "deconvolve_rise"));
  UserCheck(o->deconvolve_order == 1 || o->deconvolve_minimum == 0,
            "%s: is of deconvolve_order = 1", ParametersSource(parameters, "deconvolve_minimum"));
  UserCheck(o->deconvolve_order == 1 || (o->deconvolve_rise_ms > 0) == (o->deconvolve_decay_ms > 0),
            "deconvolve_order = 2: give both deconvolve_decay and deconvolve_rise, or neither");
  UserCheck(o->deconvolve_rise_ms == 0 || o->deconvolve_rise_ms < o->deconvolve_decay_ms,
            "%s = %g: must be shorter than deconvolve_decay = %g ms",
            ParametersSource(parameters, "deconvolve_rise"), o->deconvolve_rise_ms,
            o->deconvolve_decay_ms);
  PetscFunctionReturn(0);
}

/* One neuron while it is worked on. */
typedef struct {
  const SegmentList *pieces;
  CalciumModel model;
  double noise, minimum;
  double baseline;
  const double *y; /* (n_samples) */
  double *rest;    /* (n_samples) y without the baseline */
  double *c, *s;   /* (n_samples) */
  int64_t count;   /* samples of the pieces */
} Neuron;

/* Fits all pieces; the mean square of what is left over, and its mean into `mean`. */
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

/* The same with the baseline that goes best with it. */
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

/* The penalty at which what is left over has the variance of the noise; it grows with the penalty. */
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

/* Where calcium is low: the lower half of the values has it for the most part. */
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

static PetscErrorCode find_model(Activity a, int64_t neuron, Neuron *p)
{
  const StepOptions *o = &a->options;
  PetscBool found = PETSC_TRUE;

  PetscFunctionBegin;
  p->noise = o->deconvolve_noise;
  if (p->noise == 0) {
    PetscCall(CalciumNoise(p->pieces->n, p->pieces->list, p->y, &p->noise));
    UserCheck(p->noise > 0,
              "activity_steps: deconvolve: the noise of %s cannot be estimated; give "
              "deconvolve_noise",
              ActivityNeuron(a, neuron));
  }
  p->model.order = (int)o->deconvolve_order;
  if (o->deconvolve_decay_ms == 0) {
    PetscCall(CalciumDynamics(p->pieces->n, p->pieces->list, p->y, p->noise, &p->model, &found));
    UserCheck(found,
              "activity_steps: deconvolve: the decay of the calcium of %s cannot be estimated; "
              "give deconvolve_decay%s",
              ActivityNeuron(a, neuron), o->deconvolve_order == 2 ? " and deconvolve_rise" : "");
  } else {
    const double decay = exp(-a->sample_ms / o->deconvolve_decay_ms);
    const double rise = o->deconvolve_rise_ms > 0 ? exp(-a->sample_ms / o->deconvolve_rise_ms) : 0;

    p->model.g[0] = decay + rise;
    p->model.g[1] = -decay * rise;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode deconvolve(Activity a, int64_t local, double *work)
{
  double *x = a->values + local * a->n_samples;
  Neuron p = {.pieces = &a->pieces,
              .y = x,
              .rest = work,
              .c = work + a->n_samples,
              .s = work + 2 * a->n_samples,
              .minimum = a->options.deconvolve_minimum};

  PetscFunctionBegin;
  for (int64_t k = 0; k < a->pieces.n; k++) {
    p.count += a->pieces.list[k].end - a->pieces.list[k].first;
  }
  PetscCall(find_model(a, a->partition.first + local, &p));
  p.baseline = low_value(&p);
  PetscCall(search_penalty(&p));
  for (int64_t k = 0; k < a->pieces.n; k++) {
    const Segment piece = a->pieces.list[k];
    const double *result = a->options.deconvolve_output == OUTPUT_EVENTS ? p.s : p.c;

    PetscCall(PetscArraycpy(x + piece.first, result + piece.first, piece.end - piece.first));
    if (a->options.deconvolve_output == OUTPUT_EVENTS && piece.end > piece.first) {
      x[piece.first] = 0; /* is the calcium that was there before */
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode apply(Activity a)
{
  PetscErrorCode status = 0;
  double *work, unused;

  PetscFunctionBegin;
  if (a->options.deconvolve_decay_ms > 0) {
    PetscCall(StepSamples(a, "deconvolve_decay", a->options.deconvolve_decay_ms, &unused));
  }
  PetscCall(PetscMalloc1(3 * a->n_samples, &work));
  for (int64_t i = 0; i < a->partition.n_local && !status; i++) {
    status = deconvolve(a, i, work);
  }
  PetscCall(PetscFree(work));
  PetscFunctionReturn(ErrorAgree(a->comm, status));
}

const PreprocessStep StepDeconvolve = {.name = "deconvolve",
                                       .set_from_options = set_from_options,
                                       .apply = apply,
                                       .bends = PETSC_TRUE};
