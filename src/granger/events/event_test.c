/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Event regressions: statistics and p-values of one target. */
#include "events/event_regression.h"

#include "causeway/error.h"

#include "tail.h"

#include <float.h>
#include <math.h>

/* Replaces growth by its logarithm; the diagonal is not a pair. */
static PetscErrorCode fill_statistics(const EventSources *s, int64_t self, double residual,
                                      double free_rows, double *growth, double *p_value)
{
  const int64_t n = s->n;
  const double terms = (double)s->n_terms;
  Tail tail;

  PetscFunctionBegin;
  PetscCall(TailCreate(PETSC_FALSE, terms, free_rows, n, &tail));
  growth[self] = 0.0;
  for (int64_t j = 0; j < n; j++) {
    const double ratio = growth[j] / residual;

    p_value[j] = ratio > 0 ? TailProbability(&tail, ratio * free_rows / terms) : 1.0;
    if (j != self && (double)s->n_events[j] < least_coincidences) {
      p_value[j] = NAN; /* too few events, each of which coincides with a sample of the target */
    }
    growth[j] = log1p(ratio);
  }
  PetscCall(TailFree(&tail));
  PetscFunctionReturn(0);
}

PetscErrorCode EventTest(const EventSources *s, const EventBorder *b, int64_t unknowns,
                         double residual, double *growth, double *p_value)
{
  const int64_t self = s->part->first + b->target, n_kept = s->n_rows - b->n_excluded;

  PetscFunctionBegin;
  if (n_kept <= unknowns) {
    return UserError("%s has %lld samples without an event, but its event regression has %lld "
                     "unknowns; record longer, or leave neurons out",
                     ActivityNeuron(s->activity, self), (long long)n_kept, (long long)unknowns);
  }
  if (!(residual > DBL_EPSILON * b->variation)) {
    return UserError("%s is predicted exactly between its events, like a spike train without a "
                     "potential, so its event regression is not defined; leave the neuron out",
                     ActivityNeuron(s->activity, self));
  }
  PetscCall(fill_statistics(s, self, residual, (double)(n_kept - unknowns), growth, p_value));
  PetscFunctionReturn(0);
}
