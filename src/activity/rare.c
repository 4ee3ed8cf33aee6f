/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Series of rare events have one value in more than half of their samples. Steps such as detrend change that value without
   adding information, so such series are counted before the steps too. */
#include "activity_impl.h"

#include <math.h>

/* The only value that more than half of the samples may have (Boyer & Moore 1981). */
static double find_candidate(const double *x, const SegmentList *where)
{
  double candidate = NAN;
  int64_t lead = 0;

  for (int64_t k = 0; k < where->n; k++) {
    for (int64_t t = where->list[k].first; t < where->list[k].end; t++) {
      if (lead == 0) {
        candidate = x[t];
      }
      lead += x[t] == candidate ? 1 : -1;
    }
  }
  return candidate;
}

/* Number of samples that differ from the value of more than half of them, 0 without such a value. */
static double count_off(const double *x, const SegmentList *where)
{
  const double candidate = find_candidate(x, where);
  double off = 0, n = 0;

  for (int64_t k = 0; k < where->n; k++) {
    n += (double)(where->list[k].end - where->list[k].first);
    for (int64_t t = where->list[k].first; t < where->list[k].end; t++) {
      off += x[t] != candidate;
    }
  }
  return 2.0 * off < n ? off : 0.0;
}

PetscErrorCode RareFind(Activity a)
{
  const Segment window = ActivitySelectedBefore(a);
  SegmentList where = {0, NULL};

  PetscFunctionBegin;
  PetscCall(PetscFree(a->rare));
  if (StepsCount(a->steps) > 0) {
    PetscCall(SegmentListSelect(&a->pieces, window, &where));
    PetscCall(PetscCalloc1(a->partition.n_local, &a->rare));
    for (int64_t i = 0; i < a->partition.n_local; i++) {
      a->rare[i] = count_off(a->values + i * a->n_samples + window.first, &where);
    }
    PetscCall(SegmentListDestroy(&where));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode RareKeep(Activity a, const Partition *before, const Observed *kept)
{
  const Partition *now = &a->partition;
  double *all;

  PetscFunctionBegin;
  if (!a->rare) {
    PetscFunctionReturn(0);
  }
  PetscCall(PetscCalloc1(before->n_global, &all));
  PetscCall(PetscArraycpy(all + before->first, a->rare, before->n_local));
  PetscCallMPI(
      MPI_Allreduce(MPI_IN_PLACE, all, (int)before->n_global, MPI_DOUBLE, MPI_SUM, a->comm));
  PetscCall(PetscFree(a->rare));
  PetscCall(PetscMalloc1(now->n_local, &a->rare));
  for (int64_t i = 0; i < now->n_local; i++) {
    a->rare[i] = all[kept->index[now->first + i]];
  }
  PetscCall(PetscFree(all));
  PetscFunctionReturn(0);
}

PetscErrorCode ActivityCountRare(Activity a, double *counts)
{
  const double n_rows = (double)ActivityRows(a, 0);

  PetscFunctionBegin;
  for (int64_t i = 0; i < a->partition.n_local; i++) {
    const double before = a->rare ? a->rare[i] : 0.0;

    counts[i] = count_off(ActivityRow(a, i), &a->segments);
    if (before > 0 && 2.0 * before < n_rows) {
      counts[i] = counts[i] > 0 ? PetscMin(counts[i], before) : before;
    }
  }
  PetscFunctionReturn(0);
}
