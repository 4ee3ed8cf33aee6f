/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "significance/null.h"

#include "causeway/internal/parallel/select.h"
#include "pairs.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>

/* Moves those that are numbers to the front, none negative; returns how many. */
static int64_t keep_numbers(int64_t n, double *values)
{
  int64_t kept = 0;

  for (int64_t k = 0; k < n; k++) {
    if (!isnan(values[k])) {
      values[kept++] = PetscMax(0.0, values[k]);
    }
  }
  return kept;
}

/* Median and upper tercile of the numbers among the values of all ranks, which are moved; NAN without any. */
static PetscErrorCode find_middle(MPI_Comm comm, int64_t n, double *values, double *median,
                                  double *tercile)
{
  const int64_t kept = keep_numbers(n, values);
  double lower, upper;
  int64_t all;

  PetscFunctionBegin;
  *median = *tercile = NAN;
  PetscCallMPI(MPI_Allreduce(&kept, &all, 1, MPI_INT64_T, MPI_SUM, comm));
  if (all > 0) {
    PetscCall(SelectOverRanks(comm, kept, values, (all - 1) / 2, &lower));
    PetscCall(SelectOverRanks(comm, kept, values, all / 2, &upper));
    *median = 0.5 * (lower + upper);
    PetscCall(SelectOverRanks(comm, kept, values, 2 * (all - 1) / 3, tercile));
  }
  PetscFunctionReturn(0);
}

/* The same on this rank alone, by sorting. */
static PetscErrorCode sort_median(int64_t n, double *values, double *median)
{
  const int64_t kept = keep_numbers(n, values);

  PetscFunctionBegin;
  PetscCall(PetscSortReal((PetscInt)kept, values));
  *median = kept > 0 ? 0.5 * (values[(kept - 1) / 2] + values[kept / 2]) : NAN;
  PetscFunctionReturn(0);
}

/* Medians of the rows of the local block, in their places of a zero vector on every rank. */
static PetscErrorCode find_rows(const Partition *part, const double *rows, double scale,
                                double *medians)
{
  const int64_t n = part->n_global;
  double *row;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(n, &row));
  PetscCall(PetscArrayzero(medians, n));
  for (int64_t i = 0; i < part->n_local; i++) {
    PetscCall(PetscArraycpy(row, rows + i * n, n));
    PetscCall(sort_median(n, row, &medians[part->first + i]));
    medians[part->first + i] *= scale;
  }
  PetscCall(PetscFree(row));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, medians, (int)n, MPI_DOUBLE, MPI_SUM, part->comm));
  PetscFunctionReturn(0);
}

/* The share of the spread of the logarithms of medians that is more than chance: with `n` values of density f at their median m,
   the logarithm of the median has the variance 1 / (4 n f^2 m^2). */
static double real_share(int64_t n, double n_degrees, double all, const double *medians)
{
  const double m = gsl_cdf_chisq_Pinv(0.5, n_degrees), f = gsl_ran_chisq_pdf(m, n_degrees);
  const double by_chance = 1.0 / (4.0 * (double)(n - 1) * f * f * m * m);
  double square = 0;
  int64_t n_medians = 0;

  for (int64_t k = 0; k < n; k++) {
    if (medians[k] > 0) {
      square += log(medians[k] / all) * log(medians[k] / all);
      n_medians++;
    }
  }
  return square > 0 ? PetscMax(0.0, 1.0 - by_chance * (double)n_medians / square) : 0.0;
}

static void draw_to_all(int64_t n, double n_degrees, double all, double *medians)
{
  const double share = real_share(n, n_degrees, all, medians);

  for (int64_t k = 0; k < n; k++) {
    medians[k] = medians[k] > 0 ? all * pow(medians[k] / all, share) : all;
  }
}

PetscErrorCode NullCreate(const Partition *part, const double *f, double n_degrees,
                          NullModel *model)
{
  const double scale = n_degrees / gsl_cdf_chisq_Pinv(0.5, n_degrees);
  const int64_t n = part->n_global, n_local = part->n_local;
  double *rows, *columns;

  PetscFunctionBegin;
  *model = (NullModel){.n = n};
  PetscCall(PetscMalloc2(n, &model->target, n, &model->source));
  PetscCall(PetscMalloc2(n_local * n, &rows, n_local * n, &columns));
  for (int64_t e = 0; e < n_local * n; e++) {
    rows[e] = e % n == part->first + e / n ? NAN : f[e];
  }
  PetscCall(find_rows(part, rows, scale, model->target));
  PetscCall(PairsOpposite(part, rows, columns));
  PetscCall(find_rows(part, columns, scale, model->source));
  PetscCall(find_middle(part->comm, n_local * n, rows, &model->all, &model->tercile));
  model->all *= scale;
  model->tercile *= n_degrees / gsl_cdf_chisq_Pinv(2.0 / 3.0, n_degrees);
  draw_to_all(n, n_degrees, model->all, model->target);
  draw_to_all(n, n_degrees, model->all, model->source);
  PetscCall(PetscFree2(rows, columns));
  PetscFunctionReturn(0);
}

PetscErrorCode NullFree(NullModel *model)
{
  PetscFunctionBegin;
  PetscCall(PetscFree2(model->target, model->source));
  PetscFunctionReturn(0);
}

double NullInflation(const NullModel *m, int64_t target, int64_t source)
{
  const double broader = m->tercile > m->all ? m->tercile / m->all : 1.0;
  const double inflation = broader * m->target[target] * m->source[source] / m->all;

  return inflation > 1.0 ? inflation : 1.0; /* also where a median is not a number, or zero */
}

/* Rows and columns exchanged; medians of both; 24 histograms of 256 counts. */
void NullPredict(int ranks, int64_t n_neurons, GrangerCost *cost)
{
  const double n = (double)n_neurons, others = 1.0 - 1.0 / ranks;

  cost->received += 8.0 * (others * n * n / ranks + 2.0 * n + 24.0 * 256.0);
  cost->messages += ranks + 28.0;
}
