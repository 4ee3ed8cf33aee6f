/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Event regressions: the terms of all sources in one row. */
#include "events/event_regression.h"

PetscErrorCode EventRowCreate(const EventSources *s, EventRow *row)
{
  PetscFunctionBegin;
  row->n_filled = 0;
  PetscCall(PetscMalloc3(s->n, &row->source, s->n * s->n_terms, &row->terms, s->n, &row->place));
  for (int64_t j = 0; j < s->n; j++) {
    row->place[j] = -1;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode EventRowFree(EventRow *row)
{
  PetscFunctionBegin;
  PetscCall(PetscFree3(row->source, row->terms, row->place));
  PetscFunctionReturn(0);
}

/* Returns the terms of a source, zeros the first time. */
static double *terms_of(const EventSources *s, int32_t source, EventRow *row)
{
  double *terms;

  if (row->place[source] >= 0) {
    return row->terms + row->place[source] * s->n_terms;
  }
  row->place[source] = row->n_filled;
  row->source[row->n_filled] = source;
  terms = row->terms + row->n_filled++ * s->n_terms;
  for (int64_t k = 0; k < s->n_terms; k++) {
    terms[k] = 0.0;
  }
  return terms;
}

void EventRowFill(const EventSources *s, int64_t r, EventRow *row)
{
  for (int64_t k = 0; k < row->n_filled; k++) {
    row->place[row->source[k]] = -1;
  }
  row->n_filled = 0;
  for (int64_t lag = 1; lag <= s->reach; lag++) {
    const int64_t slot = s->filters ? s->sample_of[r] - lag : r;

    for (int64_t e = s->event_start[slot]; e < s->event_start[slot + 1]; e++) {
      double *terms = terms_of(s, s->sources[e], row);

      for (int64_t k = 0; k < s->n_terms; k++) {
        terms[k] += s->filters ? s->filters->filter[k * s->reach + lag - 1] : 1.0;
      }
    }
  }
}
