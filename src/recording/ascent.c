/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Detects channels that ascend from sample to sample, as times and running numbers do. */
#include "recording_impl.h"

#include "causeway/error.h"
#include "causeway/log.h"

#include <math.h>
#include <string.h>

/* Numbers of samples from which an ascent, or an ascent in equal steps, is not accidental. */
enum { ENOUGH_SAMPLES = 10, ENOUGH_EQUAL = 4 };

/* Relative difference up to which steps count as equal. */
#define ROUNDING 1e-6

/* Whether the values ascend; missing values are skipped. */
static PetscBool ascends(int64_t n, const double x[])
{
  double last = -INFINITY, first_step = 0;
  int64_t n_known = 0;
  PetscBool is_equal = PETSC_TRUE;

  for (int64_t t = 0; t < n; t++) {
    if (isnan(x[t])) {
      is_equal = PETSC_FALSE;
      continue;
    }
    if (x[t] <= last) {
      return PETSC_FALSE;
    }
    first_step = n_known == 1 ? x[t] - last : first_step;
    is_equal = is_equal && (n_known < 2 || fabs(x[t] - last - first_step) <= ROUNDING * first_step)
                   ? PETSC_TRUE
                   : PETSC_FALSE;
    last = x[t];
    n_known++;
  }
  return n_known >= ENOUGH_SAMPLES || (is_equal && n_known >= ENOUGH_EQUAL) ? PETSC_TRUE
                                                                            : PETSC_FALSE;
}

PetscErrorCode RecordingCheckAscent(Recording r, const Partition *partition, const double *values)
{
  int64_t first = r->n_channels, n = 0;
  char name[300];

  PetscFunctionBegin;
  if (!r->times_among_channels || !strcmp(r->options.time_column, "none")) {
    PetscFunctionReturn(0);
  }
  for (int64_t i = partition->n_local - 1; i >= 0; i--) {
    if (ascends(r->n_samples, values + i * r->n_samples)) {
      first = partition->first + i;
      n++;
    }
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &first, 1, MPI_INT64_T, MPI_MIN, r->comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &n, 1, MPI_INT64_T, MPI_SUM, r->comm));
  if (n == 0) {
    PetscFunctionReturn(0);
  }
  PetscCall(PetscSNPrintf(name, sizeof(name), "%lld%s%s%s",
                          (long long)(r->channels ? r->channels[first] : first),
                          r->labels.n ? " (\"" : "", LabelsGet(&r->labels, first),
                          r->labels.n ? "\")" : ", counted from 0,"));
  if (n == r->n_channels && n > 1) { /* then none of them can be the times of the others */
    PetscCall(LogWarning("%s: all %lld channels ascend from sample to sample, as times do\n",
                         r->specification, (long long)n));
    PetscFunctionReturn(0);
  }
  if (r->times_among_channels == TIMES_WARN) {
    PetscCall(LogWarning("%s: channel %s ascends in every sample, as times and running numbers do; "
                         "leave it out with -activity_channels\n",
                         r->specification, name));
    PetscFunctionReturn(0);
  }
  PetscFunctionReturn(UserError(
      "%s: channel %s ascends in every sample, as times and running numbers do; leave it out "
      "with -activity_channels, name it with -activity_time_column, or take it as a channel "
      "with -activity_time_column none",
      r->specification, name));
}
