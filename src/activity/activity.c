/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "activity_impl.h"

#include "causeway/error.h"
#include "causeway/log.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

PetscErrorCode ActivityCreate(MPI_Comm comm, Activity *activity)
{
  PetscFunctionBegin;
  PetscCall(PetscNew(activity));
  (*activity)->comm = comm;
  (*activity)->select_count = -1;
  PetscFunctionReturn(0);
}

PetscErrorCode ActivityDestroy(Activity *activity)
{
  PetscFunctionBegin;
  if (*activity) {
    PetscCall(PetscFree((*activity)->values));
    PetscCall(PetscFree((*activity)->segments));
    PetscCall(PetscFree((*activity)->event_start));
    PetscCall(PetscFree((*activity)->events));
    PetscCall(PetscFree(*activity));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode parse_clip(Activity a, Parameters parameters)
{
  char word[64] = "none", *end;

  PetscFunctionBegin;
  PetscCall(ParametersString(parameters, "activity_clip",
                             "larger values are set to this one before normalising, or none",
                             sizeof(word), word));
  if (strcmp(word, "none") != 0) {
    a->clips = PETSC_TRUE;
    a->clip = strtod(word, &end);
    UserCheck(end != word && !*end && isfinite(a->clip), "%s = %s: expected a number or none",
              ParametersSource(parameters, "activity_clip"), word);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode parse_selection(Activity a, Parameters parameters)
{
  char word[64] = "all";
  long long first, count;
  int used = 0;

  PetscFunctionBegin;
  PetscCall(ParametersString(parameters, "activity_samples",
                             "selection FIRST:COUNT after normalising, or all", sizeof(word),
                             word));
  if (strcmp(word, "all") != 0) {
    UserCheck(sscanf(word, "%lld:%lld%n", &first, &count, &used) == 2 && !word[used] &&
                  first >= 0 && count >= 1,
              "%s = %s: expected FIRST:COUNT with FIRST >= 0 and COUNT >= 1, or all",
              ParametersSource(parameters, "activity_samples"), word);
    a->select_first = first;
    a->select_count = count;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ActivitySetFromOptions(Activity a, Parameters parameters)
{
  static const char *const layouts[] = {"auto", "neuron_time", "time_neuron", NULL};
  static const char *const normalizations[] = {"zscore", "center", "none", NULL};

  PetscFunctionBegin;
  PetscCall(ParametersString(parameters, "activity",
                             "FILE.h5[:/path] of recorded or simulated activity", sizeof(a->source),
                             a->source));
  PetscCall(ParametersChoice(parameters, "activity_layout", "order of the dimensions", layouts,
                             &a->layout));
  PetscCall(parse_clip(a, parameters));
  PetscCall(ParametersChoice(parameters, "activity_normalize", "of each neuron over all samples",
                             normalizations, &a->normalize));
  PetscCall(parse_selection(a, parameters));
  PetscFunctionReturn(0);
}

const char *ActivityGetFile(Activity a)
{
  return a->source;
}

PetscErrorCode ActivitySetFile(Activity a, const char *specification)
{
  PetscFunctionBegin;
  PetscCall(PetscStrncpy(a->source, specification, sizeof(a->source)));
  PetscFunctionReturn(0);
}

const Partition *ActivityPartition(Activity a)
{
  return &a->partition;
}

int64_t ActivitySamples(Activity a)
{
  return a->n_samples;
}

const double *ActivityValues(Activity a)
{
  return a->values;
}

/* Clips and normalises one neuron's series in place. */
static PetscErrorCode normalize_neuron(Activity a, int64_t neuron, double *x)
{
  const int64_t n = a->n_samples;
  double mean = 0, variance = 0, lowest = INFINITY, highest = -INFINITY;

  for (int64_t t = 0; t < n; t++) {
    if (!isfinite(x[t])) {
      return UserError(
          "%s: neuron %lld, sample %lld is not finite (both counted from 0); remove or "
          "interpolate such samples",
          a->source, (long long)neuron, (long long)t);
    }
    if (a->clips && x[t] > a->clip) {
      x[t] = a->clip;
    }
    lowest = PetscMin(lowest, x[t]);
    highest = PetscMax(highest, x[t]);
    mean += x[t];
  }
  if (!(lowest < highest)) {
    return UserError(
        "%s: neuron %lld (counted from 0) is constant, %g in all %lld samples; leave it "
        "out",
        a->source, (long long)neuron, lowest, (long long)n);
  }
  mean /= (double)n;
  for (int64_t t = 0; t < n; t++) {
    variance += (x[t] - mean) * (x[t] - mean);
  }
  variance /= (double)n;
  if (a->normalize != NORMALIZE_NONE) {
    const double scale = a->normalize == NORMALIZE_ZSCORE ? 1.0 / sqrt(variance) : 1.0;

    for (int64_t t = 0; t < n; t++) {
      x[t] = (x[t] - mean) * scale;
    }
  }
  return 0;
}

PetscErrorCode ActivitySelection(Activity a, int64_t n_source, int64_t *n_samples)
{
  PetscFunctionBegin;
  *n_samples = a->select_count >= 0 ? a->select_count : n_source;
  UserCheck(a->select_count < 0 || a->select_first <= n_source - a->select_count,
            "activity_samples = %lld:%lld: reaches beyond the %lld samples of %s",
            (long long)a->select_first, (long long)a->select_count, (long long)n_source,
            a->source[0] ? a->source : "the simulation");
  PetscFunctionReturn(0);
}

/* Keeps the selected samples, moving each series to its place. */
static PetscErrorCode select_samples(Activity a)
{
  PetscFunctionBegin;
  if (a->select_count >= 0) {
    for (int64_t i = 0; i < a->partition.n_local; i++) {
      memmove(a->values + i * a->select_count, a->values + i * a->n_samples + a->select_first,
              (size_t)a->select_count * sizeof(double));
    }
    a->n_samples = a->select_count;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ActivityLoad(Activity a)
{
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  PetscCall(LogEventStart(EVENT_ACTIVITY_READ));
  PetscCall(ActivityRead(a));
  for (int64_t i = 0; i < a->partition.n_local && !status; i++) {
    status = normalize_neuron(a, a->partition.first + i, a->values + i * a->n_samples);
  }
  PetscCall(ErrorAgree(a->comm, status));
  PetscCall(select_samples(a));
  PetscCall(ActivitySetSegments(a, 1, &(Segment){0, a->n_samples}));
  PetscCall(LogEventStop(EVENT_ACTIVITY_READ));
  PetscFunctionReturn(0);
}

PetscErrorCode ActivitySetValues(Activity a, int64_t n_global, int64_t n_samples,
                                 const double *values)
{
  PetscFunctionBegin;
  PetscCall(PartitionMake(a->comm, n_global, &a->partition));
  a->n_samples = n_samples;
  PetscCall(PetscFree(a->values));
  PetscCall(PetscMalloc1(a->partition.n_local * n_samples, &a->values));
  PetscCall(PetscArraycpy(a->values, values, a->partition.n_local * n_samples));
  PetscCall(ActivitySetSegments(a, 1, &(Segment){0, n_samples}));
  PetscFunctionReturn(0);
}
