/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Observes a source: selects some neurons, downsamples and adds noise. */
#include "activity_impl.h"

#include "causeway/log.h"
#include "causeway/random.h"

#include "causeway/internal/parallel/redistribute.h"

int64_t RecordedSamples(Activity a, int64_t n_source)
{
  return (n_source + a->downsample - 1) / a->downsample;
}

/* Keeps one of every `downsample` samples and compacts the series. */
static void take_samples(Activity a)
{
  const int64_t n = RecordedSamples(a, a->n_samples);

  for (int64_t i = 0; i < a->partition.n_local; i++) {
    for (int64_t t = 0; t < n; t++) {
      a->values[i * n + t] = a->values[i * a->n_samples + t * a->downsample];
    }
  }
  a->n_samples = n;
}

static void add_noise(Activity a)
{
  for (int64_t i = 0; i < a->partition.n_local; i++) {
    for (int64_t t = 0; t < a->n_samples; t++) {
      double normal[2];

      RandomNormal(a->seed, RANDOM_MEASUREMENT_NOISE, a->partition.first + i, t, normal);
      a->values[i * a->n_samples + t] += a->noise * normal[0];
    }
  }
}

/* Copies the values of some neurons, which lie in the layout `p`, into the present one. */
static PetscErrorCode take_values(Activity a, const Partition p, const Observed *o)
{
  const int64_t first = ObservedBelow(o, p.first),
                n = ObservedBelow(o, p.first + p.n_local) - first;
  double *values;

  PetscFunctionBegin;
  for (int64_t k = 0; k < n; k++) {
    const int64_t from = o->index[first + k] - p.first;

    PetscCall(PetscArraymove(a->values + k * a->n_samples, a->values + from * a->n_samples,
                             a->n_samples));
  }
  PetscCall(PetscMalloc1(a->partition.n_local * a->n_samples, &values));
  PetscCall(FetchRows(a->comm, (size_t)a->n_samples * sizeof(double), first, n, a->values,
                      a->partition.first, a->partition.n_local, values));
  PetscCall(PetscFree(a->values));
  a->values = values;
  PetscFunctionReturn(0);
}

/* Updates the observed neurons when some of them are dropped. */
static PetscErrorCode keep_observed(Activity a, const Observed *kept)
{
  Observed *o = &a->observed;
  int64_t *index;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(kept->n, &index));
  for (int64_t k = 0; k < kept->n; k++) {
    index[k] = o->index ? o->index[kept->index[k]] : kept->index[k];
  }
  PetscCall(PetscFree(o->index));
  o->index = index;
  o->n = kept->n;
  PetscFunctionReturn(0);
}

PetscErrorCode ActivityKeep(Activity a, const Observed *kept)
{
  const Partition before = a->partition;

  PetscFunctionBegin;
  PetscCall(LabelsTake(&a->labels, kept->n, kept->index, &a->labels));
  PetscCall(PartitionMake(a->comm, kept->n, &a->partition));
  if (IsList(a)) {
    PetscCall(SampleListKeep(&a->list, &before, &a->partition, kept));
    PetscCall(ListTake(a, &a->list));
  } else {
    PetscCall(take_values(a, before, kept));
  }
  PetscCall(SampleListKeep(&a->events, &before, &a->partition, kept));
  PetscCall(RareKeep(a, &before, kept));
  PetscCall(keep_observed(a, kept));
  PetscFunctionReturn(0);
}

/* Replaces observed columns of a report by the neurons of its source. */
static PetscErrorCode name_neurons(Activity a)
{
  Observed *o = &a->observed;

  PetscFunctionBegin;
  if (!o->index) {
    PetscCall(PetscMalloc1(o->n, &o->index));
    PetscCall(PetscArraycpy(o->index, a->columns.index, o->n));
  } else {
    for (int64_t k = 0; k < o->n; k++) {
      o->index[k] = a->columns.index[o->index[k]];
    }
  }
  PetscFunctionReturn(0);
}

/* Chooses the requested columns, or draws some at random. */
static PetscErrorCode choose_neurons(Activity a)
{
  const int64_t n_all = a->partition.n_global;
  Observed drawn;

  PetscFunctionBegin;
  PetscCall(SampleListFree(&a->events));
  PetscCall(ObservedDestroy(&a->observed));
  a->observed = (Observed){n_all, n_all, NULL};
  if (a->wanted.index) {
    PetscCall(ActivityKeep(a, &a->wanted));
    PetscFunctionReturn(0);
  }
  PetscCall(ObservedDraw(n_all, a->observe_fraction, a->seed, &drawn));
  if (drawn.index) {
    PetscCall(ActivityKeep(a, &drawn));
    PetscCall(LogPrintf("activity   %lld of %lld neurons are observed%s\n", (long long)drawn.n,
                        (long long)n_all,
                        a->observe_fraction * (double)n_all < 1.5
                            ? ", more than observe_fraction, because two are needed"
                            : ""));
  }
  PetscCall(ObservedDestroy(&drawn));
  PetscFunctionReturn(0);
}

PetscErrorCode ActivityTake(Activity a, const Observed *wanted)
{
  PetscFunctionBegin;
  PetscCall(ObservedDestroy(&a->wanted));
  a->wanted = *wanted;
  if (wanted->index) {
    PetscCall(PetscMalloc1(wanted->n, &a->wanted.index));
    PetscCall(PetscArraycpy(a->wanted.index, wanted->index, wanted->n));
  }
  a->keeps_all = PETSC_TRUE;
  a->constant = CONSTANT_REFUSE;
  PetscFunctionReturn(0);
}

PetscErrorCode Record(Activity a)
{
  PetscFunctionBegin;
  a->sample_ms = a->interval_ms * (double)a->downsample;
  if (a->downsample > 1) {
    take_samples(a);
  }
  if (a->noise > 0) {
    add_noise(a);
  }
  PetscCall(choose_neurons(a));
  if (a->columns.index) {
    PetscCall(name_neurons(a));
  }
  a->observed.n_all = a->columns.n_all;
  PetscFunctionReturn(0);
}
