/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The steps of preprocessing: which, in which order. */
#include "steps.h"

#include "causeway/error.h"
#include "causeway/log.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const PreprocessStep *const steps[] = {&StepClip,          &StepDetrend,  &StepDifference,
                                              &StepCommonAverage, &StepDecimate, &StepDff,
                                              &StepDeconvolve,    &StepEvents};

static const PreprocessStep *find_step(const char *name)
{
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(steps); k++) {
    if (!strcmp(steps[k]->name, name)) {
      return steps[k];
    }
  }
  return NULL;
}

static PetscBool has_step(Activity a, const PreprocessStep *step)
{
  for (int k = 0; k < a->n_steps; k++) {
    if (a->steps[k] == step) {
      return PETSC_TRUE;
    }
  }
  return PETSC_FALSE;
}

void StepsDefaults(StepOptions *options)
{
  *options = (StepOptions){
      .decimate_factor = 2, .dff_percentile = 8, .deconvolve_order = 1, .events_level = 2};
}

/* Without a list, what the parameters of these ask for, in this order. */
static void take_asked(Activity a)
{
  if (a->clips) {
    a->steps[a->n_steps++] = &StepClip;
  }
  if (a->detrend == DETREND_LINEAR) {
    a->steps[a->n_steps++] = &StepDetrend;
  }
  if (a->difference > 0) {
    a->steps[a->n_steps++] = &StepDifference;
  }
}

static PetscErrorCode take_list(Activity a, Parameters parameters, char *list)
{
  const char *source = ParametersSource(parameters, "activity_steps");
  char *rest = list, *word;

  PetscFunctionBegin;
  while ((word = strsep(&rest, ","))) {
    const PreprocessStep *step = find_step(word);

    UserCheck(step,
              "%s: %s is not a step; known are clip, detrend, difference, common_average, "
              "decimate, dff, deconvolve, events; activity_normalize comes last",
              source, word);
    UserCheck(!has_step(a, step), "%s: has %s twice", source, word);
    a->steps[a->n_steps++] = step;
  }
  UserCheck(!has_step(a, &StepClip) || a->clips, "%s: has clip: say with activity_clip to what",
            source);
  UserCheck(!a->clips || has_step(a, &StepClip),
            "activity_clip: is not among the steps of %s; add clip to them", source);
  UserCheck(!a->detrend || has_step(a, &StepDetrend),
            "activity_detrend: is not among the steps of %s; add detrend to them", source);
  UserCheck(!a->difference || has_step(a, &StepDifference),
            "activity_difference: is not among the steps of %s; add difference to them", source);
  a->detrend = has_step(a, &StepDetrend) ? DETREND_LINEAR : DETREND_NONE;
  a->difference = has_step(a, &StepDifference) ? PetscMax(a->difference, 1) : 0;
  PetscFunctionReturn(0);
}

PetscErrorCode StepsSetFromOptions(Activity a, Parameters parameters)
{
  char list[256] = "auto";

  PetscFunctionBegin;
  PetscCall(ParametersString(parameters, "activity_steps",
                             "of preprocessing in their order, with commas: clip, detrend, "
                             "difference, common_average, decimate, dff, deconvolve, events; auto: "
                             "the first three as far as their parameters ask for them",
                             sizeof(list), list));
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(steps); k++) {
    if (steps[k]->set_from_options) {
      PetscCall(steps[k]->set_from_options(a, parameters));
    }
  }
  if (!strcmp(list, "auto")) {
    take_asked(a);
  } else {
    PetscCall(take_list(a, parameters, list));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode StepsShape(Activity a, SegmentList *trials, SegmentList *pieces, int64_t *n_samples)
{
  PetscFunctionBegin;
  for (int k = 0; k < a->n_steps; k++) {
    if (a->steps[k]->shape) {
      PetscCall(a->steps[k]->shape(a, trials, pieces, n_samples));
    }
  }
  PetscFunctionReturn(0);
}

int64_t StepsFactor(Activity a)
{
  return has_step(a, &StepDecimate) ? a->options.decimate_factor : 1;
}

const char *ActivityDependence(Activity a)
{
  const char *name = NULL;

  for (int k = 0; k < a->n_steps; k++) {
    name = a->steps[k]->loses_rank ? a->steps[k]->name : name;
    name = a->steps[k]->bends ? NULL : name;
  }
  return name;
}

/* A mean and a slope for each trial of which something is selected; one mean is the regression's own. */
int64_t ActivityFitted(Activity a)
{
  const Segment window = {a->selected_first, a->selected_first + a->n_samples};
  int64_t n = 0;

  for (int64_t k = 0; k < a->trials.n; k++) {
    n += a->trials.list[k].first < window.end && a->trials.list[k].end > window.first;
  }
  return has_step(a, &StepDetrend) && n > 0 ? 2 * n - 1 : 0;
}

/* Values between the pieces say nothing, and may not be finite; in an import they are missing. */
static void clear_between(Activity a)
{
  for (int64_t i = 0; i < a->partition.n_local; i++) {
    double *x = a->values + i * a->n_samples;

    for (int64_t s = 0, t = 0; s <= a->pieces.n; s++) {
      const int64_t end = s < a->pieces.n ? a->pieces.list[s].first : a->n_samples;

      for (; t < end; t++) {
        x[t] = a->imports ? NAN : 0;
      }
      t = s < a->pieces.n ? PetscMax(t, a->pieces.list[s].end) : t;
    }
  }
}

/* What remains of values that cancel is rounding, in proportion to what they were. */
static PetscErrorCode find_magnitudes(Activity a)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(a->magnitude));
  if (a->n_steps > (has_step(a, &StepClip) ? 1 : 0)) {
    PetscCall(PetscCalloc1(a->partition.n_local, &a->magnitude));
    for (int64_t i = 0; i < a->partition.n_local; i++) {
      for (int64_t s = 0; s < a->pieces.n; s++) {
        for (int64_t t = a->pieces.list[s].first; t < a->pieces.list[s].end; t++) {
          a->magnitude[i] = PetscMax(a->magnitude[i], fabs(a->values[i * a->n_samples + t]));
        }
      }
    }
  }
  PetscFunctionReturn(0);
}

PetscBool StepsKeepMissing(Activity a)
{
  return a->imports && a->n_steps == 0 && a->normalize == NORMALIZE_NONE ? PETSC_TRUE : PETSC_FALSE;
}

PetscErrorCode StepsApply(Activity a)
{
  PetscFunctionBegin;
  if (StepsKeepMissing(a)) {
    PetscFunctionReturn(0);
  }
  PetscCall(find_magnitudes(a));
  PetscCall(RareFind(a));
  for (int k = 0; k < a->n_steps; k++) {
    PetscCall(a->steps[k]->apply(a));
  }
  if (a->n_steps > 0 || a->lags > 0) {
    PetscCall(ConstantFind(a, &a->pieces, ActivitySelected(a, a->n_samples), a->lags,
                           a->n_steps > 0 ? " after the steps of preprocessing" : ""));
  }
  PetscCall(PetscFree(a->magnitude));
  if (ActivityDependence(a)) {
    PetscCall(
        LogPrintf("activity   %s takes one rank away: at every sample each neuron is given by "
                  "the others\n",
                  ActivityDependence(a)));
  }
  PetscCall(NormalizeApply(a));
  clear_between(a);
  PetscFunctionReturn(0);
}

PetscErrorCode StepPieces(Activity a, StepChange change)
{
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  for (int64_t i = 0; i < a->partition.n_local && !status; i++) {
    for (int64_t s = 0; s < a->pieces.n && !status; s++) {
      const Segment piece = a->pieces.list[s];

      if (piece.end > piece.first) {
        status = change(a, a->partition.first + i, piece.end - piece.first,
                        a->values + i * a->n_samples + piece.first);
      }
    }
  }
  PetscFunctionReturn(ErrorAgree(a->comm, status));
}

PetscErrorCode StepSamples(Activity a, const char *key, double ms, double *samples)
{
  PetscFunctionBegin;
  UserCheck(a->sample_ms > 0,
            "%s: when the samples of %s were taken is not known: give activity_interval [ms]", key,
            a->source);
  *samples = ms / a->sample_ms;
  PetscFunctionReturn(0);
}
