/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regression/filtered.h"
#include "spikes/spike_products.h"

#include "causeway/internal/core/blas.h"
#include "causeway/log.h"

/* Samples per panel: enough for the full rate of the matrix product, and few enough that panels
   stay small compared with the matrices. */
enum { CHUNK = 2048 };

/* Computes the mean of each local neuron. Subtracting it keeps the sums accurate, and does not
   change the statistics, since the regression has a constant. */
static void series_means(Activity activity, double *means)
{
  const int64_t n_samples = ActivitySamples(activity);
  const double *x = ActivityValues(activity);
  const Segment *segments;
  const int64_t n_segments = ActivitySegments(activity, &segments);

  for (int64_t i = 0; i < ActivityPartition(activity)->n_local; i++) {
    double sum = 0;

    for (int64_t s = 0; s < n_segments; s++) {
      for (int64_t t = segments[s].first; t < segments[s].end; t++) {
        sum += x[i * n_samples + t];
      }
    }
    means[i] = sum / (double)ActivityRows(activity, 0);
  }
}

/* sums[i][k] = sum over rows t of x_i(t - k), k = 0 .. reach; in a segment each lag drops one end and gains the other */
static void lag_sums(const Regression *r, Activity activity, const double *means, double *sums)
{
  const int64_t p = r->reach;

  for (int64_t i = 0; i < ActivityPartition(activity)->n_local; i++) {
    double *of_neuron = sums + i * (p + 1);

    for (int64_t k = 0; k <= p; k++) {
      of_neuron[k] = 0;
    }
    for (int64_t s = 0; s < r->n_segments; s++) {
      const double *x = ActivityValues(activity) + i * r->n_samples;
      double sum = 0;

      for (int64_t t = r->segments[s].first + p; t < r->segments[s].end; t++) {
        sum += x[t] - means[i];
      }
      of_neuron[0] += sum;
      for (int64_t k = 1; k <= p; k++) {
        sum += x[r->segments[s].first + p - k] - x[r->segments[s].end - k];
        of_neuron[k] += sum;
      }
    }
  }
}

PetscErrorCode RegressionTermMeans(const Regression *r, Activity activity, double *means)
{
  const int64_t reach = r->reach, p = r->p, n_local = ActivityPartition(activity)->n_local;
  double *lagged, *of_series;

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(n_local * (reach + 1), &lagged, n_local, &of_series));
  series_means(activity, of_series);
  lag_sums(r, activity, of_series, lagged);
  for (int64_t i = 0; i < n_local; i++) {
    const double *sums = lagged + i * (reach + 1);

    for (int64_t k = 0; k <= p; k++) {
      double mean = 0;

      for (int64_t l = 0; l <= reach; l++) {
        mean +=
            r->filters.weight[k * (reach + 1) + l] * (of_series[i] + sums[l] / (double)r->n_rows);
      }
      means[i * (p + 1) + k] = mean;
    }
  }
  PetscCall(PetscFree2(lagged, of_series));
  PetscFunctionReturn(0);
}

/* The p samples before the rows of each segment, or the last p of it: (n_local, n_segments, p) */
static void cut_borders(const Regression *r, Activity activity, const double *means,
                        PetscBool tails, double *borders)
{
  const int64_t p = r->p;

  for (int64_t i = 0; i < ActivityPartition(activity)->n_local; i++) {
    const double *x = ActivityValues(activity) + i * r->n_samples;

    for (int64_t s = 0; s < r->n_segments; s++) {
      const int64_t first = tails ? r->segments[s].end - p : r->segments[s].first;

      for (int64_t k = 0; k < p; k++) {
        borders[(i * r->n_segments + s) * p + k] = x[first + k] - means[i];
      }
    }
  }
}

static PetscErrorCode gather_borders(Regression *r, Activity activity, const double *means,
                                     const double *sums, int side, PanelPlan *plan)
{
  const int64_t length = r->basis.filter ? 0 : r->n_segments * r->p;
  double *borders;

  PetscFunctionBegin;
  PetscCall(PetscMalloc3(plan->n_panel * length, &r->head[side], plan->n_panel * length,
                         &r->tail[side], plan->n_panel * (r->p + 1), &r->sums[side]));
  PetscCall(PanelGather(plan, sums, r->p + 1, 0, r->p + 1, NULL, r->sums[side]));
  if (length == 0) {
    PetscFunctionReturn(0);
  }
  PetscCall(PetscMalloc1(ActivityPartition(activity)->n_local * length, &borders));
  cut_borders(r, activity, means, PETSC_FALSE, borders);
  PetscCall(PanelGather(plan, borders, length, 0, length, NULL, r->head[side]));
  cut_borders(r, activity, means, PETSC_TRUE, borders);
  PetscCall(PanelGather(plan, borders, length, 0, length, NULL, r->tail[side]));
  PetscCall(PetscFree(borders));
  PetscFunctionReturn(0);
}

/* Sets samples to zero whose lags are not all in their segment; returns the number of other
   samples. */
static int64_t mask_rows(const Regression *r, int64_t start, int64_t length, double *rows)
{
  int64_t left = 0;

  for (int64_t t = 0; t < length; t++) {
    if (r->position[start + t] >= r->p) {
      left++;
      continue;
    }
    for (int64_t i = 0; i < r->n_panel[0]; i++) {
      rows[i * length + t] = 0.0;
    }
  }
  return left;
}

/* Adds X(t)' X(t - k) over one panel of time to products[k]; a lag is an offset into the column
   panel. */
static PetscErrorCode add_products(Regression *r, int64_t length, const double *rows,
                                   const double *columns)
{
  const int m = (int)r->n_panel[0], n = (int)r->n_panel[1];

  PetscFunctionBegin;
  if (m == 0 || n == 0) {
    PetscFunctionReturn(0);
  }
  for (int64_t k = 0; k <= r->p; k++) {
    cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, m, n, (int)length, 1.0, rows, (int)length,
                columns + r->p - k, (int)(length + r->p), 1.0, r->products[k].values,
                r->products[k].leading);
  }
  PetscCall(RegressionFlops(r, 2.0 * (double)(r->p + 1) * m * n * (double)length));
  PetscFunctionReturn(0);
}

static PetscErrorCode multiply(Regression *r, Activity activity, const double *means,
                               PanelPlan plans[2])
{
  const double *x = ActivityValues(activity);
  double *rows, *columns;
  Progress progress;

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(r->n_panel[0] * CHUNK, &rows, r->n_panel[1] * (CHUNK + r->p), &columns));
  ProgressBegin(&progress, "granger", "samples", r->n_rows);
  while (r->next_sample < r->n_samples) {
    const int64_t start = r->next_sample, length = PetscMin(CHUNK, r->n_samples - start);

    PetscCall(LogEventStart(EVENT_GRANGER_GATHER));
    PetscCall(PanelGather(&plans[0], x, r->n_samples, start, length, means, rows));
    PetscCall(PanelGather(&plans[1], x, r->n_samples, start - r->p, length + r->p, means, columns));
    PetscCall(LogEventStop(EVENT_GRANGER_GATHER));
    PetscCall(LogEventStart(EVENT_GRANGER_PRODUCTS));
    if (mask_rows(r, start, length, rows) > 0) {
      PetscCall(add_products(r, length, rows, columns));
    }
    PetscCall(LogEventStop(EVENT_GRANGER_PRODUCTS));
    r->next_sample += length;
    PetscCall(r->granger->quiet ? 0 : ProgressUpdate(&progress, r->next_sample - r->p));
    PetscCall(CheckpointOffer(r->granger->checkpoint));
  }
  PetscCall(ProgressEnd(&progress));
  PetscCall(PetscFree2(rows, columns));
  PetscCall(CheckpointMilestone(r->granger->checkpoint));
  PetscFunctionReturn(0);
}

PetscErrorCode RegressionAllocateProducts(Regression *r)
{
  PetscFunctionBegin;
  PetscCall(PetscMalloc1(r->p + 1, &r->products));
  for (int64_t k = 0; k <= r->p; k++) {
    PetscCall(BlockCyclicCreate(&r->grid, r->n, r->n, r->block, r->block, &r->products[k]));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode RegressionProducts(Regression *r, Activity activity)
{
  const Partition *part = ActivityPartition(activity);
  PanelPlan plans[2];
  const int64_t n_means = part->n_local * (r->basis.filter ? r->p + 1 : 1);
  double *means, *sums; /* sums of filtered series less their means are zero */

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(n_means, &means));
  PetscCall(PetscCalloc1(part->n_local * (r->p + 1), &sums));
  if (r->basis.filter) {
    PetscCall(r->spikes ? 0 : RegressionTermMeans(r, activity, means));
  } else {
    series_means(activity, means);
    lag_sums(r, activity, means, sums);
  }
  for (int side = 0; side < 2; side++) {
    PetscCall(PanelPlanCreate(&r->grid, part, r->block, side == 0 ? PETSC_TRUE : PETSC_FALSE,
                              PetscMax(CHUNK, r->n_segments * r->p) + r->reach, &plans[side]));
    PetscCall(gather_borders(r, activity, means, sums, side, &plans[side]));
  }
  if (!r->products) {
    PetscCall(RegressionAllocateProducts(r));
    PetscCall(r->basis.filter ? RegressionAllocateGram(r) : 0);
  }
  if (r->next_sample < r->n_samples) { /* after a restart the products may be complete */
    PetscCall(r->spikes         ? SpikeProducts(r)
              : r->basis.filter ? FilteredProducts(r, activity, means, plans)
                                : multiply(r, activity, means, plans));
  }
  for (int side = 0; side < 2; side++) {
    PetscCall(PanelPlanFree(&plans[side]));
  }
  PetscCall(PetscFree(means));
  PetscCall(PetscFree(sums));
  PetscFunctionReturn(0);
}
