/* SPDX-License-Identifier: GPL-3.0-or-later */

/* An activity whose values the caller has in memory. */
#include "activity_impl.h"

#include "causeway/error.h"

PetscErrorCode ActivitySetInterval(Activity a, double interval_ms)
{
  PetscFunctionBegin;
  a->sample_ms = interval_ms;
  PetscFunctionReturn(0);
}

static PetscErrorCode check_size(int64_t n_global, int64_t n_samples)
{
  PetscFunctionBegin;
  UserCheck(n_global > 0 && n_samples > 0,
            "an activity of %lld neurons x %lld samples has no values; both must be positive",
            (long long)n_global, (long long)n_samples);
  PetscFunctionReturn(0);
}

/* Refuses values that are missing or not finite, on this rank. */
static PetscErrorCode check_values(Activity a, int64_t n_global, int64_t n_samples,
                                   const double *values)
{
  Partition part;

  PetscFunctionBegin;
  PetscCall(PartitionMake(a->comm, n_global, &part));
  UserCheck(values || part.n_local == 0,
            "the values of the activity are NULL; give those of %lld neurons x %lld samples",
            (long long)part.n_local, (long long)n_samples);
  for (int64_t k = 0; k < part.n_local * n_samples; k++) {
    UserCheck(isfinite(values[k]),
              "the value of neuron %lld at sample %lld (both counted from 0) is not finite; "
              "correct or leave out such samples",
              (long long)(part.first + k / n_samples), (long long)(k % n_samples));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ActivitySetValues(Activity a, int64_t n_global, int64_t n_samples,
                                 const double *values)
{
  double *own;

  PetscFunctionBegin;
  PetscCall(check_size(n_global, n_samples));
  PetscCall(ErrorAgree(a->comm, check_values(a, n_global, n_samples, values)));
  PetscCall(ActivityAllocate(a, n_global, n_samples, &own));
  PetscCall(PetscArraycpy(own, values, a->partition.n_local * n_samples));
  PetscFunctionReturn(0);
}

/* Sets the shape of values to come. */
static PetscErrorCode take_shape(Activity a, int64_t n_global, int64_t n_samples)
{
  PetscFunctionBegin;
  PetscCall(ActivityCheckMemory(a));
  PetscCall(check_size(n_global, n_samples));
  PetscCall(PartitionMake(a->comm, n_global, &a->partition));
  a->n_samples = n_samples;
  a->n_missing = 0;
  PetscCall(PetscFree(a->rare));
  PetscCall(PetscFree(a->values));
  PetscCall(ListFree(a));
  PetscCall(ActivitySetSegments(a, 1, &(Segment){0, n_samples}));
  PetscFunctionReturn(0);
}

PetscErrorCode ActivityAllocate(Activity a, int64_t n_global, int64_t n_samples, double **values)
{
  PetscFunctionBegin;
  PetscCall(take_shape(a, n_global, n_samples));
  PetscCall(PetscCalloc1(a->partition.n_local * n_samples, &a->values));
  *values = a->values;
  PetscFunctionReturn(0);
}

PetscErrorCode ActivitySetList(Activity a, int64_t n_global, int64_t n_samples, SampleList *list)
{
  PetscFunctionBegin;
  PetscCall(take_shape(a, n_global, n_samples));
  PetscCall(ListTake(a, list));
  PetscFunctionReturn(0);
}
