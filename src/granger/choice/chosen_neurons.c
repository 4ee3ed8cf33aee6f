/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "choice/chosen_neurons.h"

#include "causeway/error.h"
#include "causeway/internal/core/order.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_NEURONS = 512, FEWEST_SPIKES = 20, FEWEST_NEURONS = 2 };

static PetscErrorCode refuse(Activity activity, int64_t local, int64_t sample, double value)
{
  return UserError("the recipe spikes takes spike counts, but sample %lld of %s is %g; give spike "
                   "trains, or another recipe",
                   (long long)sample,
                   ActivityNeuron(activity, ActivityPartition(activity)->first + local), value);
}

static PetscErrorCode find_not_counts(Activity activity)
{
  const int64_t n_samples = ActivitySamples(activity);

  if (ActivityList(activity)) { /* of counts */
    return 0;
  }
  for (int64_t i = 0; i < ActivityPartition(activity)->n_local; i++) {
    const double *x = ActivityRow(activity, i);

    for (int64_t t = 0; t < n_samples; t++) {
      if (x[t] < 0 || x[t] != floor(x[t])) {
        return refuse(activity, i, t, x[t]);
      }
    }
  }
  return 0;
}

typedef struct {
  double total; /* spikes; less than zero where a half has too few, and of a copy */
  int64_t neuron;
} Rank;

static int more_active(const void *a, const void *b)
{
  const Rank *x = a, *y = b;

  return x->total != y->total ? (x->total < y->total) - (x->total > y->total)
                              : (x->neuron > y->neuron) - (x->neuron < y->neuron);
}

/* Whether an earlier neuron has the same spikes. */
static PetscBool is_copy(const SpikeList *s, int64_t neuron)
{
  const int64_t *own = s->of_neuron + s->own_start[neuron];
  const int64_t n = s->own_start[neuron + 1] - s->own_start[neuron];

  for (int64_t i = 0; i < neuron; i++) {
    const int64_t *other = s->of_neuron + s->own_start[i];
    int64_t k = 0;

    if (s->own_start[i + 1] - s->own_start[i] != n) {
      continue;
    }
    while (k < n && s->sample[own[k]] == s->sample[other[k]] &&
           s->count[own[k]] == s->count[other[k]]) {
      k++;
    }
    if (k == n) {
      return PETSC_TRUE;
    }
  }
  return PETSC_FALSE;
}

/* The chosen neurons in ascending order. */
static PetscErrorCode choose(const SpikeList *s, int64_t *n, int64_t chosen[])
{
  Rank *ranks;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(s->n_neurons, &ranks));
  for (int64_t i = 0; i < s->n_neurons; i++) {
    double half[2] = {0, 0};

    for (int64_t k = s->own_start[i]; k < s->own_start[i + 1]; k++) {
      half[2 * s->sample[s->of_neuron[k]] >= s->n_samples] += s->count[s->of_neuron[k]];
    }
    ranks[i] = (Rank){half[0] + half[1], i};
    if (PetscMin(half[0], half[1]) < FEWEST_SPIKES || is_copy(s, i)) {
      ranks[i].total = ranks[i].total - 1e300;
    }
  }
  qsort(ranks, (size_t)s->n_neurons, sizeof(*ranks), more_active);
  *n = 0;
  while (*n < PetscMin(MOST_NEURONS, s->n_neurons) &&
         (*n < FEWEST_NEURONS || ranks[*n].total > 0)) {
    chosen[*n] = ranks[*n].neuron;
    (*n)++;
  }
  PetscCall(PetscFree(ranks));
  qsort(chosen, (size_t)*n, sizeof(*chosen), AscendingInt64);
  PetscFunctionReturn(0);
}

/* Counts of the chosen neurons on this rank. */
static PetscErrorCode list_chosen(const SpikeList *s, const Partition *part, const int64_t chosen[],
                                  SampleList *list)
{
  int64_t n = 0;

  PetscFunctionBegin;
  *list = (SampleList){.has_values = PETSC_TRUE};
  PetscCall(PetscCalloc1(part->n_local + 1, &list->start));
  for (int64_t i = 0; i < part->n_local; i++) {
    const int64_t neuron = chosen[part->first + i];

    list->start[i + 1] = list->start[i] + s->own_start[neuron + 1] - s->own_start[neuron];
  }
  PetscCall(PetscMalloc1(list->start[part->n_local], &list->samples));
  PetscCall(PetscMalloc1(list->start[part->n_local], &list->values));
  for (int64_t i = 0; i < part->n_local; i++) {
    const int64_t *own = s->of_neuron + s->own_start[chosen[part->first + i]];

    for (; n < list->start[i + 1]; n++, own++) {
      list->samples[n] = s->sample[*own];
      list->values[n] = s->count[*own];
    }
  }
  PetscFunctionReturn(0);
}

/* Counts of the chosen neurons, with the segments of the recording. */
static PetscErrorCode copy(Activity activity, const SpikeList *s, int64_t n, const int64_t chosen[],
                           Activity copied)
{
  const Segment *segments;
  const int64_t n_segments = ActivitySegments(activity, &segments);
  Partition part;
  SampleList list;

  PetscFunctionBegin;
  PetscCall(PartitionMake(ActivityPartition(activity)->comm, n, &part));
  PetscCall(list_chosen(s, &part, chosen, &list));
  PetscCall(ActivitySetList(copied, n, s->n_samples, &list));
  PetscCall(ActivitySetSegments(copied, n_segments, segments));
  PetscCall(ActivitySetInterval(copied, ActivityInterval(activity)));
  PetscFunctionReturn(0);
}

PetscErrorCode ChosenNeurons(Activity activity, Activity *chosen)
{
  SpikeList s;
  int64_t n = 0, *neurons;
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  PetscCall(ErrorAgree(ActivityPartition(activity)->comm, find_not_counts(activity)));
  PetscCall(SpikeListCreate(activity, &s));
  PetscCall(PetscMalloc1(s.n_neurons, &neurons));
  PetscCall(choose(&s, &n, neurons));
  *chosen = activity;
  if (n < s.n_neurons) {
    PetscCall(ActivityCreate(ActivityPartition(activity)->comm, chosen));
    status = copy(activity, &s, n, neurons, *chosen);
  }
  PetscCall(PetscFree(neurons));
  PetscCall(SpikeListFree(&s));
  PetscFunctionReturn(status);
}
