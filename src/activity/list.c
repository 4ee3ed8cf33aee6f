/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Spike counts as a list: an hour of a thousand neurons at 1 ms is 29 GB as series, and 0.3 GB of spikes. */
#include "activity_impl.h"

#include "causeway/memory.h"

void ActivityKeepSparse(Activity a)
{
  a->keeps_list = PETSC_TRUE;
}

PetscBool ListIsKept(Activity a)
{
  return a->keeps_list && a->recording && RecordingListsCounts(a->recording) &&
                 a->downsample == 1 && a->noise == 0 && StepsCount(a->steps) == 0 &&
                 a->normalize == NORMALIZE_NONE && !a->imports
             ? PETSC_TRUE
             : PETSC_FALSE;
}

int64_t ActivityListed(Activity a)
{
  return ListIsKept(a) ? a->n_spikes : -1;
}

double ActivityBytes(int ranks, int64_t n_neurons, int64_t n_samples, int64_t n_listed)
{
  const double bytes_of_entry = 16.0;

  return n_listed < 0 ? 8.0 * (double)n_samples * ceil((double)n_neurons / ranks)
                      : bytes_of_entry * (double)n_listed / ranks + 8.0 * (double)n_samples;
}

const SampleList *ActivityList(Activity a)
{
  return IsList(a) ? &a->list : NULL;
}

/* Allocates the row again: all zeros, the series of no neuron. */
static PetscErrorCode clear_row(Activity a)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(a->row));
  PetscCall(PetscCalloc1(a->n_samples, &a->row));
  a->row_neuron = -1;
  PetscFunctionReturn(0);
}

PetscErrorCode ListTake(Activity a, SampleList *list)
{
  PetscFunctionBegin;
  if (list != &a->list) {
    PetscCall(ListFree(a));
    a->list = *list;
    *list = (SampleList){.start = NULL};
  }
  PetscCall(PetscFree(a->values));
  PetscCall(clear_row(a));
  PetscFunctionReturn(0);
}

PetscErrorCode ListFree(Activity a)
{
  PetscFunctionBegin;
  PetscCall(SampleListFree(&a->list));
  PetscCall(PetscFree(a->row));
  PetscFunctionReturn(0);
}

PetscErrorCode ListSelect(Activity a, const SegmentList *segments, int64_t first)
{
  PetscFunctionBegin;
  SampleListSelect(&a->list, a->partition.n_local, segments, first);
  PetscCall(clear_row(a));
  PetscFunctionReturn(0);
}

const double *ActivityRow(Activity a, int64_t local)
{
  if (!IsList(a)) {
    return a->values + local * a->n_samples;
  }
  if (a->row_neuron >= 0) {
    for (int64_t k = a->list.start[a->row_neuron]; k < a->list.start[a->row_neuron + 1]; k++) {
      a->row[a->list.samples[k]] = 0;
    }
  }
  for (int64_t k = a->list.start[local]; k < a->list.start[local + 1]; k++) {
    a->row[a->list.samples[k]] = a->list.values[k];
  }
  a->row_neuron = local;
  return a->row;
}

PetscErrorCode ActivityExpand(Activity a)
{
  const int64_t n = a->partition.n_local;
  double *values;

  PetscFunctionBegin;
  if (!IsList(a)) {
    PetscFunctionReturn(0);
  }
  PetscCall(MemoryCheck(a->comm, "the activity", 8.0 * (double)n * (double)a->n_samples,
                        "give a larger activity_bin or a shorter activity_time"));
  PetscCall(PetscCalloc1(n * a->n_samples, &values));
  SampleListAdd(&a->list, n, a->n_samples, values);
  PetscCall(ListFree(a));
  a->values = values;
  PetscFunctionReturn(0);
}
