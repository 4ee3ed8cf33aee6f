/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Finds neurons that do not vary: they permit no inference and make regressions singular. */
#include "activity_impl.h"

#include "causeway/error.h"
#include "causeway/log.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { VARIES, CONSTANT, SILENT, EMPTY, AT_ENDS, EXTREME, N_KINDS };

/* Number of names per kind in a line of the log; length of the line. */
enum { MOST_NAMES = 10, LONGEST_LINE = 4096 };

/* Spread of a straight line after the steps, relative to the values before them. */
#define ROUNDING 1e-12

/* Largest spread whose sum of squares over any recording is finite in double precision; its inverse is the smallest. */
#define LARGEST_SPREAD 1e140

/* Kind of a series inside some segments; missing values are ignored. */
static unsigned char kind_of(const SegmentList *where, const double x[], double rounding,
                             PetscBool counts)
{
  double lowest = INFINITY, highest = -INFINITY;
  int64_t count = 0;

  for (int64_t s = 0; s < where->n; s++) {
    count += where->list[s].end - where->list[s].first;
    for (int64_t t = where->list[s].first; t < where->list[s].end; t++) {
      if (isfinite(x[t])) {
        lowest = PetscMin(lowest, x[t]);
        highest = PetscMax(highest, x[t]);
      }
    }
  }
  if (count < 2) { /* one sample cannot vary */
    return VARIES;
  }
  if (lowest > highest) {
    return EMPTY;
  }
  if (lowest == highest || highest - lowest <= rounding) {
    return counts && lowest == 0 ? SILENT : CONSTANT;
  }
  return highest - lowest > LARGEST_SPREAD || highest - lowest < 1 / LARGEST_SPREAD ? EXTREME
                                                                                    : VARIES;
}

/* Whether a series varies in the regressed samples, and in their past at every lag. */
static PetscBool varies_at_lags(const SegmentList *where, int64_t lags, const double x[],
                                double rounding)
{
  for (int64_t lag = 0; lag <= lags; lag++) {
    double lowest = INFINITY, highest = -INFINITY;

    for (int64_t s = 0; s < where->n; s++) {
      const int64_t first = where->list[s].first + lags - lag, end = where->list[s].end - lag;

      for (int64_t t = first; t < end && !(highest - lowest > rounding); t++) {
        if (isfinite(x[t])) {
          lowest = PetscMin(lowest, x[t]);
          highest = PetscMax(highest, x[t]);
        }
      }
    }
    if (lowest <= highest && highest - lowest <= rounding) {
      return PETSC_FALSE;
    }
  }
  return PETSC_TRUE;
}

/* Finds the kind of every neuron, on all ranks. */
static PetscErrorCode find_kinds(Activity a, const SegmentList *segments, Segment window,
                                 int64_t lags, unsigned char kinds[])
{
  const Partition *p = &a->partition;
  SegmentList where = {0, NULL};
  int *counts, *starts;

  PetscFunctionBegin;
  if (a->keeps_all) { /* a neuron may be silent in the part that a model forecasts */
    window = (Segment){0, a->n_samples};
  }
  PetscCall(SegmentListSelect(segments, window, &where));
  for (int64_t i = 0; i < p->n_local; i++) {
    const double *x = ActivityRow(a, i) + window.first;
    const double rounding = a->magnitude ? ROUNDING * a->magnitude[i] : 0;
    unsigned char *kind = &kinds[p->first + i];

    *kind = kind_of(&where, x, rounding, a->counts);
    if (*kind == VARIES && lags > 0 && !varies_at_lags(&where, lags, x, rounding)) {
      *kind = AT_ENDS;
    }
  }
  PetscCall(SegmentListDestroy(&where));
  PetscCall(PetscMalloc2(p->size, &counts, p->size, &starts));
  for (int rank = 0; rank < p->size; rank++) {
    starts[rank] = (int)PartitionFirst(p, rank);
    counts[rank] = (int)(PartitionFirst(p, rank + 1) - PartitionFirst(p, rank));
  }
  PetscCallMPI(MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, kinds, counts, starts,
                              MPI_UNSIGNED_CHAR, a->comm));
  PetscCall(PetscFree2(counts, starts));
  PetscFunctionReturn(0);
}

static void add(char line[], const char *text)
{
  const size_t at = strlen(line);

  (void)snprintf(line + at, LONGEST_LINE - at, "%s", text);
}

/* Appends "2 constant (E1, E2)" for the neurons of one kind, if any. */
static void add_kind(Activity a, const unsigned char kinds[], int kind, const char *word,
                     char line[])
{
  int64_t n = 0, n_named = 0;
  char text[128];

  for (int64_t i = 0; i < a->partition.n_global; i++) {
    n += kinds[i] == kind;
  }
  if (n == 0) {
    return;
  }
  (void)snprintf(text, sizeof(text), "%s%lld %s (%s", line[0] ? ", " : "", (long long)n, word,
                 a->labels.n ? ""
                 : n > 1     ? "numbers "
                             : "number ");
  add(line, text);
  for (int64_t i = 0; i < a->partition.n_global && n_named < MOST_NAMES; i++) {
    if (kinds[i] == kind) {
      add(line, n_named++ ? ", " : "");
      if (a->labels.n) {
        (void)snprintf(text, sizeof(text), "%.100s", LabelsGet(&a->labels, i));
      } else {
        (void)snprintf(text, sizeof(text), "%lld", (long long)ActivityNumber(a, i));
      }
      add(line, text);
    }
  }
  (void)snprintf(text, sizeof(text), " and %lld more", (long long)(n - n_named));
  add(line, n > n_named ? text : "");
  add(line, ")");
}

/* Keeps the neurons that vary. */
static PetscErrorCode keep(Activity a, const unsigned char kinds[], int64_t n_kept)
{
  Observed kept = {a->partition.n_global, n_kept, NULL};

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(n_kept, &kept.index));
  for (int64_t i = 0, n = 0; i < a->partition.n_global; i++) {
    if (kinds[i] == VARIES) {
      kept.index[n++] = i;
    }
  }
  PetscCall(ActivityKeep(a, &kept));
  PetscCall(ObservedDestroy(&kept));
  PetscFunctionReturn(0);
}

/* Leaves out, or refuses, the neurons that do not vary. */
static PetscErrorCode treat(Activity a, const char *when, const unsigned char kinds[])
{
  static const char *const words[N_KINDS] = {[CONSTANT] = "constant",
                                             [SILENT] = "silent",
                                             [EMPTY] = "without any value",
                                             [AT_ENDS] =
                                                 "constant except for the first or last samples",
                                             [EXTREME] = "out of range"};
  const char *const source = a->source[0] ? a->source : "the simulation";
  const int64_t n = a->partition.n_global;
  char line[LONGEST_LINE] = "";
  int64_t n_kept = 0, n_extreme = 0;

  PetscFunctionBegin;
  for (int64_t i = 0; i < n; i++) {
    n_kept += kinds[i] == VARIES;
    n_extreme += kinds[i] == EXTREME;
  }
  if (n_kept == n) {
    PetscFunctionReturn(0);
  }
  for (int kind = n_extreme ? EXTREME : CONSTANT; kind < N_KINDS; kind++) {
    add_kind(a, kinds, kind, words[kind], line);
  }
  UserCheck(n_extreme == 0,
            "%s: neurons vary by more than %g or by less than %g, whose squares overflow or "
            "vanish: %s; "
            "give the values in another unit",
            source, LARGEST_SPREAD, 1 / LARGEST_SPREAD, line);
  UserCheck(a->constant == CONSTANT_DROP, "%s: %lld of %lld neurons do not vary%s: %s; %s", source,
            (long long)(n - n_kept), (long long)n, when, line,
            a->keeps_all ? "the model needs all neurons"
                         : "leave them out with -activity_constant drop");
  UserCheck(n_kept >= 2, "%s: %s of %lld neurons var%s%s, but two are needed: %s", source,
            n_kept ? "only 1" : "none", (long long)n, n_kept ? "ies" : "y", when, line);
  PetscCall(LogPrintf("activity   %lld of %lld neurons left out%s: %s; rows of results count the "
                      "other neurons from 0\n",
                      (long long)(n - n_kept), (long long)n, when, line));
  a->n_dropped += n - n_kept;
  PetscCall(keep(a, kinds, n_kept));
  PetscFunctionReturn(0);
}

PetscErrorCode ConstantFind(Activity a, const SegmentList *segments, Segment window, int64_t lags,
                            const char *when)
{
  unsigned char *kinds;
  PetscErrorCode status;

  PetscFunctionBegin;
  if (a->constant == CONSTANT_KEEP) {
    PetscFunctionReturn(0);
  }
  PetscCall(PetscMalloc1(a->partition.n_global, &kinds));
  status = find_kinds(a, segments, window, lags, kinds);
  status = status ? status : treat(a, when, kinds);
  PetscCall(PetscFree(kinds));
  PetscFunctionReturn(status);
}
