/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "steps.h"

/* From the end, so that each value is still there when it is subtracted. */
static PetscErrorCode difference_piece(Activity a, int64_t neuron, int64_t n, double x[])
{
  (void)neuron;
  for (int64_t order = 1; order <= a->difference; order++) {
    for (int64_t t = n - 1; t >= order; t--) {
      x[t] -= x[t - 1];
    }
  }
  return 0;
}

/* The first samples of a piece have nothing before them. */
static PetscErrorCode shape(Activity a, SegmentList *trials, SegmentList *pieces,
                            int64_t *n_samples)
{
  PetscFunctionBegin;
  (void)trials;
  (void)n_samples;
  for (int64_t s = 0; s < pieces->n; s++) {
    Segment *piece = &pieces->list[s];

    piece->first = PetscMin(piece->first + a->difference, piece->end);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode apply(Activity a)
{
  PetscFunctionBegin;
  PetscCall(StepPieces(a, difference_piece));
  PetscCall(shape(a, &a->trials, &a->pieces, &a->n_samples));
  PetscFunctionReturn(0);
}

const PreprocessStep StepDifference = {.name = "difference", .apply = apply, .shape = shape};
