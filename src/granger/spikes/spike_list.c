/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "spikes/spike_list.h"

#include "causeway/memory.h"

/* Time of an increment at a place in memory that is not next to the last one, in multiply-adds of a matrix product. */
static const double increment_cost = 16.0;

typedef struct {
  int64_t sample;
  double count;
  int64_t neuron;
} Spike;

/* Local spikes of a list in the segments, which follow each other as its samples do. */
static int64_t copy_list(Activity activity, const SampleList *list, Spike *spikes)
{
  const Partition *part = ActivityPartition(activity);
  const Segment *segments;
  const int64_t n_segments = ActivitySegments(activity, &segments);
  int64_t n = 0;

  for (int64_t i = 0; i < part->n_local; i++) {
    int64_t k = 0;

    for (int64_t e = list->start[i]; e < list->start[i + 1]; e++) {
      while (k < n_segments && segments[k].end <= list->samples[e]) {
        k++;
      }
      if (k < n_segments && segments[k].first <= list->samples[e]) {
        if (spikes) {
          spikes[n] = (Spike){list->samples[e], list->values[e], part->first + i};
        }
        n++;
      }
    }
  }
  return n;
}

/* Local spikes in the segments, by neuron; only counted when `spikes` is NULL. */
static int64_t list_local(Activity activity, Spike *spikes)
{
  const SampleList *list = ActivityList(activity);
  const Partition *part = ActivityPartition(activity);
  const Segment *segments;
  const int64_t n_segments = ActivitySegments(activity, &segments);
  int64_t n = 0;

  if (list) {
    return copy_list(activity, list, spikes);
  }
  for (int64_t i = 0; i < part->n_local; i++) {
    const double *x = ActivityValues(activity) + i * ActivitySamples(activity);

    for (int64_t k = 0; k < n_segments; k++) {
      for (int64_t t = segments[k].first; t < segments[k].end; t++) {
        if (x[t] != 0.0) {
          if (spikes) {
            spikes[n] = (Spike){t, x[t], part->first + i};
          }
          n++;
        }
      }
    }
  }
  return n;
}

/* All spikes on every rank, by neuron. */
static PetscErrorCode gather(const Partition *part, int64_t n_mine, const Spike *mine, Spike *all)
{
  int *counts, *starts;
  const int n = (int)n_mine;
  MPI_Datatype type;

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(part->size, &counts, part->size, &starts));
  PetscCallMPI(MPI_Allgather(&n, 1, MPI_INT, counts, 1, MPI_INT, part->comm));
  for (int k = 0; k < part->size; k++) {
    starts[k] = k ? starts[k - 1] + counts[k - 1] : 0;
  }
  PetscCallMPI(MPI_Type_contiguous((int)sizeof(Spike), MPI_BYTE, &type));
  PetscCallMPI(MPI_Type_commit(&type));
  PetscCallMPI(MPI_Allgatherv(mine, n, type, all, counts, starts, type, part->comm));
  PetscCallMPI(MPI_Type_free(&type));
  PetscCall(PetscFree2(counts, starts));
  PetscFunctionReturn(0);
}

/* Puts spikes that are sorted by neuron into the order of samples; neurons keep their order within a sample. */
static void sort_spikes(const Spike *all, SpikeList *s)
{
  for (int64_t e = 0; e < s->n_spikes; e++) {
    s->start[all[e].sample + 1]++;
    s->own_start[all[e].neuron + 1]++;
  }
  for (int64_t t = 0; t < s->n_samples; t++) {
    s->start[t + 1] += s->start[t];
  }
  for (int64_t i = 0; i < s->n_neurons; i++) {
    s->own_start[i + 1] += s->own_start[i];
  }
  for (int64_t e = 0; e < s->n_spikes; e++) {
    const int64_t to = s->start[all[e].sample]++;

    s->neuron[to] = (int32_t)all[e].neuron;
    s->sample[to] = all[e].sample;
    s->count[to] = all[e].count;
    s->of_neuron[e] = to;
  }
  for (int64_t t = s->n_samples; t > 0; t--) {
    s->start[t] = s->start[t - 1];
  }
  s->start[0] = 0;
}

static PetscErrorCode fill(const Partition *part, int64_t n_mine, const Spike *mine, SpikeList *s)
{
  Spike *all;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(s->n_spikes, &all));
  PetscCall(gather(part, n_mine, mine, all));
  PetscCall(PetscMalloc4(s->n_spikes, &s->neuron, s->n_spikes, &s->sample, s->n_spikes, &s->count,
                         s->n_spikes, &s->of_neuron));
  PetscCall(PetscCalloc2(s->n_samples + 1, &s->start, s->n_neurons + 1, &s->own_start));
  sort_spikes(all, s);
  PetscCall(PetscFree(all));
  PetscFunctionReturn(0);
}

/* With the copy that is sorted. */
double SpikeListBytes(int64_t n_samples, int64_t n_spikes)
{
  return (double)n_spikes * (28.0 + (double)sizeof(Spike)) + 8.0 * (double)n_samples;
}

PetscErrorCode SpikeListCreate(Activity activity, SpikeList *s)
{
  const Partition *part = ActivityPartition(activity);
  const int64_t n_mine = list_local(activity, NULL);
  Spike *mine;

  PetscFunctionBegin;
  *s = (SpikeList){.n_neurons = part->n_global, .n_samples = ActivitySamples(activity)};
  PetscCallMPI(MPI_Allreduce(&n_mine, &s->n_spikes, 1, MPI_INT64_T, MPI_SUM, part->comm));
  PetscCall(MemoryCheck(part->comm, "the list of all spikes",
                        SpikeListBytes(s->n_samples, s->n_spikes),
                        "use fewer ranks on a node, each of which has the list"));
  PetscCall(PetscMalloc1(n_mine, &mine));
  (void)list_local(activity, mine);
  PetscCall(fill(part, n_mine, mine, s));
  PetscCall(PetscFree(mine));
  PetscFunctionReturn(0);
}

/* Work per pair of neurons and sample from pairs of spikes over that from series; rate: share of values that are not zero. */
static double relative_cost(const Filters *f, double rate)
{
  const double terms = (double)(f->n_filters - 1);

  return increment_cost * rate * rate * (double)(2 * f->reach + 1) / (terms * terms);
}

/* The edges of segments are taken as series. */
PetscErrorCode SpikesAreCheaper(Activity activity, const Filters *f, PetscBool *are_cheaper)
{
  const Partition *part = ActivityPartition(activity);
  const Segment *segments;
  const double n_edges = 2.0 * (double)(ActivitySegments(activity, &segments) * f->reach);
  const double n_samples = (double)ActivityRows(activity, 0);
  int64_t n = list_local(activity, NULL);
  double rate;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &n, 1, MPI_INT64_T, MPI_SUM, part->comm));
  rate = (double)n / (n_samples * (double)part->n_global);
  *are_cheaper = n > 0 && n <= INT_MAX && relative_cost(f, rate) + n_edges / n_samples < 1.0
                     ? PETSC_TRUE
                     : PETSC_FALSE;
  PetscFunctionReturn(0);
}

PetscErrorCode SpikeListFree(SpikeList *s)
{
  PetscFunctionBegin;
  PetscCall(PetscFree4(s->neuron, s->sample, s->count, s->of_neuron));
  PetscCall(PetscFree2(s->start, s->own_start));
  PetscFunctionReturn(0);
}
