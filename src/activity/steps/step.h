/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_STEP_H
#define CAUSEWAY_STEP_H

#include "activity_impl.h"

/*@
  Step - a type of preprocessing step, which changes the values of an activity before they are normalised

  A step has its own source file, which holds its settings, and a line in the table of table.c. Members that it does not
  need are NULL.

  parameters - parameters of the settings; end with a key of NULL
  size       - size of the settings
  listed     - value of its first parameter that the step has when it is listed without one; with `asks`
  asks       - whether the settings request the step when no list of steps is given
  check      - refuses settings that the parameters alone cannot refuse; not collective
  apply      - changes the values, and trials and pieces as `shape` does; collective, errors are agreed on
  shape      - changes trials, pieces and the number of samples; not collective
  factor     - number of samples of which the step keeps one
  level      - whether the step knows the value that spikes reach in the source, and this value
@*/
typedef struct {
  const char *name, *text; /* text: line of help */
  const ParameterSpec *parameters;
  size_t size;
  const char *listed;
  PetscBool (*asks)(const void *settings);
  PetscErrorCode (*check)(const void *settings, Parameters parameters);
  PetscErrorCode (*apply)(Activity activity, const void *settings);
  void (*shape)(const void *settings, SegmentList *trials, SegmentList *pieces, int64_t *n_samples);
  int64_t (*factor)(const void *settings);
  PetscBool (*level)(const void *settings, double *level);
  PetscBool exact;       /* a series that is constant after the step is so without rounding */
  PetscBool looks_ahead; /* subtracts later samples, so that a coupling appears weakly in reverse */
  PetscBool loses_rank;  /* makes the neurons linearly dependent */
  PetscBool bends;       /* nonlinear rule for each neuron, which removes a linear dependence */
  int fits; /* number of parameters fitted to each trial of each neuron, including the mean */
} Step;

/* The k-th type of step, NULL beyond the last. */
const Step *StepType(int k);

/*@
  StepPieces - calls `change` for each piece of each local neuron

  Collective; the first error ends the loop and is agreed on
  Input: change - changes n samples of a neuron in place; the neuron's global index is for messages
@*/
typedef PetscErrorCode (*StepChange)(Activity activity, const void *settings, int64_t neuron,
                                     int64_t n, double x[]);
PetscErrorCode StepPieces(Activity activity, const void *settings, StepChange change);

/* Refuses a parameter in ms when the sampling interval is unknown. Not collective. */
PetscErrorCode StepNeedsTimes(Activity activity, const char *key);

#endif
