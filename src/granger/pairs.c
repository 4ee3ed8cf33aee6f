/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Converts ratios of residuals to tests. */
#include "pairs.h"

#include "causeway/internal/parallel/redistribute.h"

#include <math.h>

const char *const PairTests[] = {
    "upper tail of the F distribution, a bound by Bennett's inequality for pairs with a sparse "
    "series",
    "upper tail of the chi-square distribution of the likelihood ratio, a bound by Bennett's "
    "inequality for pairs with a sparse series",
    "upper tail of the F distribution at the smaller of F and the heteroscedasticity-consistent "
    "Wald "
    "statistic, a bound by Bennett's inequality for pairs with a sparse series"};

PetscErrorCode PairsOpposite(const Partition *part, const double *values, double *opposite)
{
  const int64_t n = part->n_global, n_local = part->n_local;
  double *columns;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(n_local * n, &columns));
  for (int64_t i = 0; i < n_local; i++) {
    for (int64_t j = 0; j < n; j++) {
      columns[j * n_local + i] = values[i * n + j];
    }
  }
  PetscCall(ColumnsToRows(part, columns, opposite));
  PetscCall(PetscFree(columns));
  PetscFunctionReturn(0);
}

PetscErrorCode PairSinkRows(PairSink *sink)
{
  const int64_t entries = sink->partition->n_local * sink->partition->n_global;

  PetscFunctionBegin;
  if (sink->sparse) {
    PetscCall(PetscMalloc2(entries, &sink->gc, entries, &sink->f_statistic));
    sink->allocated = PETSC_TRUE;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode PairSinkOpen(PairSink *sink, double free_rows)
{
  Granger g = sink->granger;
  const Partition *part = sink->partition;

  PetscFunctionBegin;
  sink->largest_p = 1.0;
  g->info.free_rows = free_rows;
  if (sink->p_value || sink->sparse) {
    PetscCall(TailCreate(g->test == TEST_LIKELIHOOD_RATIO ? PETSC_TRUE : PETSC_FALSE,
                         (double)g->info.order, free_rows, part->n_local * part->n_global,
                         &sink->tail));
  }
  PetscFunctionReturn(0);
}

double PairTail(Granger g, const Tail *tail, int64_t target, int64_t source, double statistic,
                double scale)
{
  const Coincidences *c = &g->coincidences;

  if (target == source) {
    return 1.0; /* the diagonal is not a pair */
  }
  if (c->any && CoincidencesApply(c, target, source)) {
    if (!CoincidencesTested(c, target, source, tail->d1)) {
      return NAN;
    }
    statistic = CoincidencesBoundPair(c, target, source, tail->d1, statistic * scale) / scale;
  }
  return TailProbability(tail, statistic);
}

/* Adds the few pairs beyond the limits; the tail is computed only for them. */
static PetscErrorCode put_sparse(PairSink *sink, int64_t row, int64_t first, int64_t count,
                                 const double *ratio, const double *f)
{
  const int64_t target = sink->partition->first + row;
  double least_f, largest_p;

  PetscFunctionBegin;
  SparseScoresLimits(sink->sparse, row, &least_f, &largest_p);
  if (largest_p < sink->largest_p) {
    sink->largest_p = largest_p;
    sink->least_f = TailQuantile(&sink->tail, largest_p);
  }
  least_f = PetscMax(least_f, sink->least_f);
  for (int64_t j = 0; j < count; j++) {
    if (f[j] >= least_f) {
      const SparsePair pair = {
          first + j, log1p(ratio[j]), f[j],
          PairTail(sink->granger, &sink->tail, target, first + j, f[j], sink->tail.d1)};

      PetscCall(SparseScoresPut(sink->sparse, row, &pair));
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode PairSinkPut(PairSink *sink, int64_t row, int64_t first, int64_t count,
                           const double *ratio, const double *f)
{
  const double lr_scale = LikelihoodRatioScale((double)sink->granger->info.order, sink->tail.d2);
  const double larger = sink->granger->info.free_rows / (double)sink->granger->info.n_rows;
  const int64_t at = row * sink->partition->n_global + first;
  double *gc, *f_statistic, *p_value; /* p_value NULL for resamples */

  PetscFunctionBegin;
  if (sink->sparse) {
    PetscCall(put_sparse(sink, row, first, count, ratio, f));
    PetscFunctionReturn(0);
  }
  gc = sink->gc + at;
  f_statistic = sink->f_statistic + at;
  p_value = sink->p_value ? sink->p_value + at : NULL;
  for (int64_t j = 0; j < count; j++) {
    gc[j] = log1p(ratio[j]);
    f_statistic[j] =
        sink->robust ? PetscMin(f[j] / sink->factor[at + j], sink->robust[at + j] * larger) : f[j];
    if (p_value) {
      p_value[j] = PairTail(sink->granger, &sink->tail, sink->partition->first + row, first + j,
                            sink->tail.likelihood_ratio ? lr_scale * gc[j] : f_statistic[j],
                            sink->tail.likelihood_ratio ? 1.0 : sink->tail.d1);
    }
  }
  if (sink->partition->first + row >= first && sink->partition->first + row < first + count) {
    const int64_t self = sink->partition->first + row - first;

    gc[self] = f_statistic[self] = 0.0; /* the diagonal is not a pair */
  }
  PetscFunctionReturn(0);
}

PetscErrorCode PairSinkFree(PairSink *sink)
{
  PetscFunctionBegin;
  PetscCall(TailFree(&sink->tail));
  if (sink->allocated) {
    PetscCall(PetscFree2(sink->gc, sink->f_statistic));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode PairSinkFill(PairSink *sink, double free_rows)
{
  const double scale = free_rows / (double)sink->granger->info.order;
  const int64_t n = sink->partition->n_global;

  PetscFunctionBegin;
  PetscCall(PairSinkOpen(sink, free_rows));
  for (int64_t i = 0; i < sink->partition->n_local; i++) {
    const double *ratio = sink->gc + i * n;
    double *f = sink->f_statistic + i * n;

    for (int64_t j = 0; j < n; j++) {
      f[j] = ratio[j] * scale;
    }
    PetscCall(PairSinkPut(sink, i, 0, n, ratio, f));
  }
  PetscFunctionReturn(0);
}
