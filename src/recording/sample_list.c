/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/sample_list.h"

#include "causeway/internal/parallel/exchange.h"

typedef struct {
  int64_t neuron, sample;
  double value;
} Record;

PetscErrorCode SampleListCreate(int64_t n_local, int64_t n_most, PetscBool has_values,
                                SampleList *list)
{
  PetscFunctionBegin;
  *list = (SampleList){.has_values = has_values};
  PetscCall(PetscCalloc1(n_local + 1, &list->start));
  PetscCall(PetscMalloc1(n_most, &list->samples));
  PetscCall(has_values ? PetscMalloc1(n_most, &list->values) : 0);
  PetscFunctionReturn(0);
}

PetscErrorCode SampleListFree(SampleList *list)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(list->start));
  PetscCall(PetscFree(list->samples));
  PetscCall(PetscFree(list->values));
  PetscFunctionReturn(0);
}

void SampleListAdd(const SampleList *list, int64_t n_local, int64_t n_samples, double series[])
{
  for (int64_t i = 0; i < n_local; i++) {
    for (int64_t k = list->start[i]; k < list->start[i + 1]; k++) {
      series[i * n_samples + list->samples[k]] += list->values[k];
    }
  }
}

/* Replaces the list by records that are sorted by neuron. */
static PetscErrorCode take(const Partition *p, int64_t n, const Record records[], SampleList *list)
{
  PetscFunctionBegin;
  PetscCall(SampleListFree(list));
  PetscCall(SampleListCreate(p->n_local, n, list->has_values, list));
  for (int64_t k = 0; k < n; k++) {
    list->samples[k] = records[k].sample;
    if (list->has_values) {
      list->values[k] = records[k].value;
    }
    list->start[records[k].neuron - p->first + 1]++;
  }
  for (int64_t i = 0; i < p->n_local; i++) {
    list->start[i + 1] += list->start[i];
  }
  PetscFunctionReturn(0);
}

PetscErrorCode SampleListKeep(SampleList *list, const Partition *before, const Partition *now,
                              const Observed *kept)
{
  const int64_t first = ObservedBelow(kept, before->first);
  const int64_t end = ObservedBelow(kept, before->first + before->n_local);
  int64_t n = 0, n_received, *send_count;
  Record *records, *received = NULL;
  PetscErrorCode status;

  PetscFunctionBegin;
  if (!list->start) {
    PetscFunctionReturn(0);
  }
  PetscCall(PetscMalloc1(list->start[before->n_local], &records));
  PetscCall(PetscCalloc1(now->size, &send_count));
  for (int64_t neuron = first; neuron < end; neuron++) {
    const int64_t i = kept->index[neuron] - before->first;

    send_count[PartitionOwner(now, neuron)] += list->start[i + 1] - list->start[i];
    for (int64_t k = list->start[i]; k < list->start[i + 1]; k++) {
      records[n++] = (Record){neuron, list->samples[k], list->has_values ? list->values[k] : 1.0};
    }
  }
  status =
      ExchangeRecords(now->comm, sizeof(*records), records, send_count, &n_received, &received);
  if (!status) {
    PetscCall(take(now, n_received, received, list));
  }
  PetscCall(PetscFree(received));
  PetscCall(PetscFree(send_count));
  PetscCall(PetscFree(records));
  PetscFunctionReturn(status);
}
