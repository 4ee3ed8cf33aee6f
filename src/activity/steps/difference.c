/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Step difference: differences of consecutive samples; a piece loses its first samples. */
#include "steps/step.h"

typedef struct {
  int64_t order;
} Difference;

static const ParameterSpec parameters[] = {
    {.key = "activity_difference",
     .kind = PARAMETER_INTEGER,
     .unit = "1",
     .standard = "0",
     .high = 2,
     .text = "Order of the differences of consecutive samples that take the place of the values",
     .prepares = PETSC_TRUE,
     .needs = "activity_steps=auto|difference",
     PARAMETER_MEMBER(Difference, order)},
    {.key = NULL}};

static PetscBool asks(const void *settings)
{
  return ((const Difference *)settings)->order > 0 ? PETSC_TRUE : PETSC_FALSE;
}

/* The step in a list has at least order 1, also when the parameter is 0. */
static int64_t order_of(const void *settings)
{
  return PetscMax(1, ((const Difference *)settings)->order);
}

/* Runs from the end, so that each value is used before it is overwritten. */
static PetscErrorCode difference_piece(Activity a, const void *settings, int64_t neuron, int64_t n,
                                       double x[])
{
  (void)a;
  (void)neuron;
  for (int64_t order = 1; order <= order_of(settings); order++) {
    for (int64_t t = n - 1; t >= order; t--) {
      x[t] -= x[t - 1];
    }
  }
  return 0;
}

/* The first samples of a piece have no predecessor. */
static void shape(const void *settings, SegmentList *trials, SegmentList *pieces,
                  int64_t *n_samples)
{
  (void)trials;
  (void)n_samples;
  for (int64_t s = 0; s < pieces->n; s++) {
    Segment *piece = &pieces->list[s];

    piece->first = PetscMin(piece->first + order_of(settings), piece->end);
  }
}

static PetscErrorCode apply(Activity a, const void *settings)
{
  PetscFunctionBegin;
  PetscCall(StepPieces(a, settings, difference_piece));
  shape(settings, &a->trials, &a->pieces, &a->n_samples);
  PetscFunctionReturn(0);
}

const Step StepDifference = {.name = "difference",
                             .text = "differences of order activity_difference, at least 1",
                             .parameters = parameters,
                             .size = sizeof(Difference),
                             .listed = "1",
                             .asks = asks,
                             .apply = apply,
                             .shape = shape};
