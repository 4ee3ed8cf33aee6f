/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Helpers for several steps. */
#include "steps/step.h"

#include "causeway/error.h"

PetscErrorCode StepPieces(Activity a, const void *settings, StepChange change)
{
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  for (int64_t i = 0; i < a->partition.n_local && !status; i++) {
    for (int64_t s = 0; s < a->pieces.n && !status; s++) {
      const Segment piece = a->pieces.list[s];

      if (piece.end > piece.first) {
        status = change(a, settings, a->partition.first + i, piece.end - piece.first,
                        a->values + i * a->n_samples + piece.first);
      }
    }
  }
  PetscFunctionReturn(ErrorAgree(a->comm, status));
}

PetscErrorCode StepNeedsTimes(Activity a, const char *key)
{
  PetscFunctionBegin;
  UserCheck(a->sample_ms > 0,
            "%s: the sampling interval of %s is unknown; give activity_interval [ms]", key,
            a->source);
  PetscFunctionReturn(0);
}
