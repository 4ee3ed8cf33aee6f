/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "coincidences.h"

#include <math.h>

typedef struct {
  const double *x;
  const Segment *segments;
  int64_t n_segments;
  double n_samples;
} Series;

/* max(squared skewness, excess kurtosis) */
static double find_shape(const Series *s)
{
  double mean = 0, square = 0, cube = 0, fourth = 0;

  for (int64_t k = 0; k < s->n_segments; k++) {
    for (int64_t t = s->segments[k].first; t < s->segments[k].end; t++) {
      mean += s->x[t] / s->n_samples;
    }
  }
  for (int64_t k = 0; k < s->n_segments; k++) {
    for (int64_t t = s->segments[k].first; t < s->segments[k].end; t++) {
      const double d = s->x[t] - mean, d2 = d * d;

      square += d2;
      cube += d2 * d;
      fourth += d2 * d2;
    }
  }
  if (!(square > 0)) {
    return 0.0;
  }
  return PetscMax(cube * cube / (square * square * square) * s->n_samples,
                  PetscMax(0.0, fourth / (square * square) * s->n_samples - 3.0));
}

PetscErrorCode CoincidencesCreate(Activity activity, double spread, Coincidences *c)
{
  const Partition *part = ActivityPartition(activity);
  double *all;
  Series s;

  PetscFunctionBegin;
  *c = (Coincidences){.n_samples = (double)ActivityRows(activity, 0), .spread = spread};
  PetscCall(PetscCalloc2(part->n_global, &c->off, part->n_global, &c->shape));
  PetscCall(ActivityCountRare(activity, c->off + part->first));
  s.n_segments = ActivitySegments(activity, &s.segments);
  s.n_samples = c->n_samples;
  for (int64_t i = 0; i < part->n_local; i++) {
    s.x = ActivityRow(activity, i);
    c->shape[part->first + i] = find_shape(&s);
  }
  all = c->off;
  PetscCallMPI(
      MPI_Allreduce(MPI_IN_PLACE, all, (int)part->n_global, MPI_DOUBLE, MPI_SUM, part->comm));
  all = c->shape;
  PetscCallMPI(
      MPI_Allreduce(MPI_IN_PLACE, all, (int)part->n_global, MPI_DOUBLE, MPI_SUM, part->comm));
  for (int64_t i = 0; i < part->n_global; i++) {
    c->any = c->any || c->off[i] > 0 ? PETSC_TRUE : PETSC_FALSE;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode CoincidencesFree(Coincidences *c)
{
  PetscFunctionBegin;
  PetscCall(PetscFree2(c->off, c->shape));
  c->any = PETSC_FALSE;
  PetscFunctionReturn(0);
}

PetscBool CoincidencesTested(const Coincidences *c, int64_t i, int64_t j, double terms)
{
  return !c->any || !CoincidencesApply(c, i, j) ||
                 !(CoincidencesExpected(c, i, j, terms) < least_coincidences)
             ? PETSC_TRUE
             : PETSC_FALSE;
}

int64_t CoincidencesCountUntested(const Coincidences *c, const Partition *part, double lags)
{
  int64_t n = 0;

  for (int64_t i = part->first; c->any && i < part->first + part->n_local; i++) {
    for (int64_t j = 0; j < part->n_global; j++) {
      n += i != j && !CoincidencesTested(c, i, j, lags);
    }
  }
  return n;
}

double CoincidencesBound(double statistic, double freedom, double expected)
{
  const double others = PetscMin(statistic, freedom - 1.0);
  const double u = sqrt(PetscMax(0.0, statistic - others) / expected);

  if (!(u > 1e-4)) { /* enough coincidences for normal theory, and the terms below would cancel */
    return statistic;
  }
  return others + 2.0 * expected * ((1.0 + u) * log1p(u) - u);
}

double CoincidencesBoundPair(const Coincidences *c, int64_t i, int64_t j, double lags,
                             double statistic)
{
  const double inverse = c->shape[i] * c->shape[j] / c->n_samples;

  return CoincidencesApply(c, i, j) && inverse > 0
             ? CoincidencesBound(statistic, lags, c->spread / inverse)
             : statistic;
}
