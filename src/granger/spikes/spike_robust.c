/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "spikes/spike_robust.h"

#include "causeway/internal/core/blas.h"
#include "causeway/internal/core/vectors.h"
#include "causeway/internal/linalg/inverse_form.h"
#include "causeway/internal/parallel/redistribute.h"
#include "causeway/log.h"
#include "regression/regression.h"
#include "significance/robust.h"
#include "spikes/own_covariance.h"
#include "spikes/source_series.h"
#include "spikes/spike_products.h"

#include <math.h>

typedef struct {
  Regression *r;
  const SpikeList *s;
  const Partition *partition;
  int64_t n, p, n_lags;      /* neurons, terms, reach + 1 */
  int64_t bandwidth, stride; /* [samples]; one of so many rows stands for all */
  double *inverse;           /* (n_local p, N p) columns of A of local sources */
  double *b_target,
      *b_source; /* (n_local, N p) coefficients of local targets; (n_local p, N) of local sources */
  double *mean;  /* (N, p + 1) over the rows */
  double *
      square; /* (n_spikes) squared residual of the target at its spike, times the stride; 0 where that is no row */
  double *rest; /* (N) mean of the squared residuals of all other samples */
  double *of_target,
      *of_source;             /* (N, bandwidth + 1), (n_local p, bandwidth + 1) autocovariances */
  double *statistic, *factor; /* (N, n_local) by local source */
} Work;

/* Row of spike e, the sample at which the spike itself is the target; -1 when there is none, or it is skipped. */
static int64_t row_of(const Work *w, int64_t e)
{
  const int64_t row = w->s->sample[e] + w->r->filters.delay;

  return row < w->s->n_samples && row % w->stride == 0 && w->r->position[row] >= w->r->reach ? row
                                                                                             : -1;
}

/* The first spike that filters reach at a row; those up to start[row + 1] follow. */
static int64_t first_of(const Work *w, int64_t row)
{
  return w->s->start[row - w->r->reach];
}

/* responses[neuron][lag] = sum over terms of filter(lag) b(neuron, term) */
static void fill_responses(const Work *w, const double *b, double *responses)
{
  const double *weight = w->r->filters.weight + w->n_lags;

  cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, (int)w->n_lags, (int)w->n, (int)w->p, 1.0,
              weight, (int)w->n_lags, b, (int)w->p, 0.0, responses, (int)w->n_lags);
}

/* Target less its prediction at a row. */
static double residual_at(const Work *w, int64_t target, int64_t row, const double *responses)
{
  const SpikeList *s = w->s;
  double sum = 0;

  for (int64_t e = first_of(w, row); e < s->start[row + 1]; e++) {
    const int64_t lag = row - s->sample[e];

    sum -= s->count[e] * responses[s->neuron[e] * w->n_lags + lag];
    if (s->neuron[e] == target) {
      sum += s->count[e] * w->r->filters.weight[lag];
    }
  }
  return sum;
}

/* Squared residuals at the spikes of the local targets, and the mean of the others. */
static PetscErrorCode fill_squares(Work *w)
{
  const Partition *part = w->partition;
  const SpikeList *s = w->s;
  double *responses;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(w->n * w->n_lags, &responses));
  for (int64_t i = 0; i < part->n_local; i++) {
    const int64_t target = part->first + i;
    const double *b = w->b_target + i * w->n * w->p;
    double constant = w->mean[target * (w->p + 1)], sum = 0;

    for (int64_t k = 0; k < w->n * w->p; k++) {
      constant -= w->mean[k / w->p * (w->p + 1) + k % w->p + 1] * b[k];
    }
    fill_responses(w, b, responses);
    for (int64_t k = s->own_start[target]; k < s->own_start[target + 1]; k++) {
      const int64_t e = s->of_neuron[k], row = row_of(w, e);

      if (row >= 0) {
        const double residual = residual_at(w, target, row, responses) - constant;

        w->square[e] = (double)w->stride * residual * residual;
        sum += w->square[e];
      }
    }
    w->rest[target] = PetscMax(0.0, w->r->residual[target] - sum) / (double)w->r->n_rows;
  }
  PetscCall(PetscFree(responses));
  PetscCall(RegressionSum(w->r, s->n_spikes, w->square));
  PetscCall(RegressionSum(w->r, w->n, w->rest));
  PetscFunctionReturn(0);
}

/* The residualised terms of a few local sources, and what their products sum up to. */
typedef struct {
  SourceSeries series;
  int64_t first, count;         /* local sources */
  int64_t n_products, n_padded; /* k >= l of terms k and l of a source; of all sources */
  double *products, *blocks;    /* (n_padded) at one sample; (N, n_padded) C_ij of all targets */
} Batch;

static PetscErrorCode batch_create(const Work *w, Batch *b)
{
  PetscFunctionBegin;
  *b = (Batch){.n_products = w->p * (w->p + 1) / 2};
  PetscCall(SourceSeriesCreate(&w->r->filters, w->s, w->partition->n_local * w->p, w->p, w->stride,
                               &b->series));
  b->n_padded = (b->series.n_most / w->p * b->n_products + VECTOR - 1) / VECTOR * VECTOR;
  PetscCall(PetscCalloc2(b->n_padded, &b->products, w->n * b->n_padded, &b->blocks));
  PetscFunctionReturn(0);
}

static PetscErrorCode batch_free(Batch *b)
{
  PetscFunctionBegin;
  PetscCall(SourceSeriesFree(&b->series));
  PetscCall(PetscFree2(b->products, b->blocks));
  PetscFunctionReturn(0);
}

/* Takes the sources from local source `first` on. */
static void batch_take(const Work *w, int64_t first, Batch *b)
{
  b->first = first;
  b->count = PetscMin(b->series.n_most / w->p, w->partition->n_local - first);
  SourceSeriesTake(&b->series, b->count * w->p, w->inverse + first * w->p * w->n * w->p, w->mean);
  for (int64_t e = 0; e < w->n * b->n_padded; e++) {
    b->blocks[e] = 0.0;
  }
}

static void fill_products(const Work *w, const Batch *b, const double values[])
{
  for (int64_t j = 0; j < b->count; j++) {
    double *products = b->products + j * b->n_products;

    for (int64_t k = 0, at = 0; k < w->p; k++) {
      for (int64_t l = 0; l <= k; l++, at++) {
        products[at] = values[j * w->p + k] * values[j * w->p + l];
      }
    }
  }
}

/* blocks += squared residual times products, for spikes begin .. end - 1 of a sample */
CAUSEWAY_CLONES
static void add_products(const Work *w, const Batch *b, int64_t begin, int64_t end)
{
  const Vector *products = (const Vector *)b->products;

  for (int64_t e = begin; e < end; e++) {
    Vector *block = (Vector *)(b->blocks + w->s->neuron[e] * b->n_padded);

    for (int64_t k = 0; k < b->n_padded / VECTOR; k++) {
      block[k] += w->square[e] * products[k];
    }
  }
}

/* Sums up the blocks over all spikes; returns flops. */
static double sum_batch(const Work *w, Batch *b)
{
  const SpikeList *s = w->s;
  double flops = 0;

  for (int64_t first = 0; first < s->n_samples; first += b->series.length) {
    const int64_t count = PetscMin(b->series.length, s->n_samples - first);

    if (s->start[first] < s->start[first + count]) {
      flops += SourceSeriesFill(&b->series, first, count);
    }
    for (int64_t e = s->start[first]; e < s->start[first + count];) {
      const int64_t next = s->start[s->sample[e] + 1];

      if (row_of(w, e) >= 0) {
        fill_products(w, b, b->series.values + (s->sample[e] - first) * b->series.leading);
        add_products(w, b, e, next);
        flops += (double)(b->count * b->n_products * (1 + 2 * (next - e)));
      }
      e = next;
    }
  }
  return flops;
}

/* b' C^-1 b / p of a target and source j of the batch, and the mean factor of the bandwidth. */
static double wald(const Work *w, const Batch *b, int64_t target, int64_t j, double *mean_enlarged)
{
  const int64_t p = w->p, source = (b->first + j) * p;
  const double *block = b->blocks + target * b->n_padded + j * b->n_products;
  double c[BASIS_MOST * BASIS_MOST], coefficients[BASIS_MOST], root[BASIS_MOST];

  *mean_enlarged = 0;
  for (int64_t k = 0, at = 0; k < p; k++) {
    const double enlarged =
        RobustEnlarged(w->bandwidth, w->of_source + (source + k) * (w->bandwidth + 1),
                       w->of_target + target * (w->bandwidth + 1));
    const double *inverse =
        w->inverse + (source + k) * w->n * p + (w->partition->first + b->first + j) * p;

    *mean_enlarged += enlarged / (double)p;
    root[k] = sqrt(enlarged);
    coefficients[k] = w->b_source[(source + k) * w->n + target];
    for (int64_t l = 0; l <= k; l++, at++) {
      c[k + l * p] = (block[at] + w->rest[target] * inverse[l]) * root[k] * root[l];
    }
  }
  return InverseForm((int)p, c, coefficients) / (double)p;
}

static PetscErrorCode sum(Work *w)
{
  const int64_t n_local = w->partition->n_local;
  double flops = 0;
  Progress progress;
  Batch b;

  PetscFunctionBegin;
  PetscCall(batch_create(w, &b));
  ProgressBegin(&progress, "granger", "sources", n_local);
  for (int64_t first = 0; first < n_local; first += b.count) {
    batch_take(w, first, &b);
    flops += sum_batch(w, &b);
    for (int64_t target = 0; target < w->n; target++) {
      for (int64_t j = 0; j < b.count; j++) {
        const int64_t place = target * n_local + first + j;

        w->statistic[place] = wald(w, &b, target, j, &w->factor[place]);
      }
    }
    PetscCall(w->r->granger->quiet ? 0 : ProgressUpdate(&progress, first + b.count));
  }
  PetscCall(ProgressEnd(&progress));
  PetscCall(batch_free(&b));
  PetscCall(RegressionFlops(w->r, flops));
  PetscFunctionReturn(0);
}

/* Columns of A, coefficients by target and by source, on their ranks. */
static PetscErrorCode distribute(Work *w)
{
  const Regression *r = w->r;
  const int64_t block = w->partition->block;
  BlockCyclic inverse, by_source;

  PetscFunctionBegin;
  PetscCall(RobustInverse(w->r, &inverse));
  PetscCall(BlockCyclicToColumns(&inverse, block * w->p, w->inverse));
  PetscCall(BlockCyclicFree(&inverse));
  PetscCall(BlockCyclicToColumns(&r->rhs, block, w->b_target));
  PetscCall(
      BlockCyclicCreate(&r->grid, r->n, r->n * r->p, r->block, (int)(r->block * r->p), &by_source));
  PetscCall(BlockCyclicTranspose(&r->rhs, &by_source));
  PetscCall(BlockCyclicToColumns(&by_source, block * w->p, w->b_source));
  PetscCall(BlockCyclicFree(&by_source));
  PetscFunctionReturn(0);
}

/* Means over the rows. */
static PetscErrorCode fill_means(Work *w)
{
  int32_t *place;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(w->n, &place));
  for (int64_t i = 0; i < w->n; i++) {
    place[i] = (int32_t)i;
  }
  SpikeSums(w->r, place, w->mean);
  for (int64_t k = 0; k < w->n * (w->p + 1); k++) {
    w->mean[k] /= (double)w->r->n_rows;
  }
  PetscCall(PetscFree(place));
  PetscFunctionReturn(0);
}

/* Autocovariances of the own parts of targets and residualised terms. */
static PetscErrorCode fill_covariances(Work *w)
{
  const Partition *part = w->partition;
  const int64_t p = w->p, length = w->bandwidth + 1;
  OwnCovariance own;
  double *filter;

  PetscFunctionBegin;
  PetscCall(OwnCovarianceCreate(w->s, w->r->reach, w->bandwidth, &own));
  PetscCall(PetscMalloc1(w->n_lags, &filter));
  for (int64_t i = 0; i < part->n_local; i++) {
    const int64_t own_terms = (part->first + i) * p;

    OwnCovarianceCount(&own, part->first + i);
    for (int64_t l = 0; l < w->n_lags; l++) {
      filter[l] = w->r->filters.weight[l];
      for (int64_t k = 0; k < p; k++) {
        filter[l] -= w->r->filters.weight[(k + 1) * w->n_lags + l] *
                     w->b_target[i * w->n * p + own_terms + k];
      }
    }
    OwnCovarianceFind(&own, filter, w->of_target + (part->first + i) * length);
    for (int64_t c = 0; c < p; c++) {
      const double *a = w->inverse + (i * p + c) * w->n * p + own_terms;

      for (int64_t l = 0; l < w->n_lags; l++) {
        filter[l] = 0;
        for (int64_t k = 0; k < p; k++) {
          filter[l] += w->r->filters.weight[(k + 1) * w->n_lags + l] * a[k];
        }
      }
      OwnCovarianceFind(&own, filter, w->of_source + (i * p + c) * length);
    }
  }
  PetscCall(PetscFree(filter));
  PetscCall(OwnCovarianceFree(&own));
  PetscCall(RegressionSum(w->r, w->n * length, w->of_target));
  PetscFunctionReturn(0);
}

static int64_t find_stride(const Regression *r)
{
  const int64_t n = PetscMin(r->n_samples, r->spikes->n_spikes), most = r->granger->most_rows;

  return most > 0 ? PetscMax(1, n / most) : 1;
}

static PetscErrorCode create(GrangerSolution *s, Work *w)
{
  Regression *r = s->regression;
  const int64_t n = r->n, p = r->p, n_local = s->partition->n_local;
  const int64_t length = s->granger->bandwidth + 1;

  PetscFunctionBegin;
  *w = (Work){.r = r,
              .s = r->spikes,
              .partition = s->partition,
              .n = n,
              .p = p,
              .n_lags = r->reach + 1,
              .bandwidth = s->granger->bandwidth,
              .stride = find_stride(r)};
  PetscCall(PetscMalloc3(n_local * p * n * p, &w->inverse, n_local * n * p, &w->b_target,
                         n_local * p * n, &w->b_source));
  PetscCall(PetscCalloc3(n * (p + 1), &w->mean, w->s->n_spikes, &w->square, n, &w->rest));
  PetscCall(PetscCalloc2(n * length, &w->of_target, n_local * p * length, &w->of_source));
  PetscCall(PetscMalloc2(n * n_local, &w->statistic, n * n_local, &w->factor));
  PetscFunctionReturn(0);
}

static PetscErrorCode destroy(Work *w)
{
  PetscFunctionBegin;
  PetscCall(PetscFree3(w->inverse, w->b_target, w->b_source));
  PetscCall(PetscFree3(w->mean, w->square, w->rest));
  PetscCall(PetscFree2(w->of_target, w->of_source));
  PetscCall(PetscFree2(w->statistic, w->factor));
  PetscFunctionReturn(0);
}

PetscErrorCode SpikeRobustStatistic(GrangerSolution *s, double *f, double *factor)
{
  Work w;

  PetscFunctionBegin;
  PetscCall(LogEventStart(EVENT_GRANGER_STATISTICS));
  PetscCall(create(s, &w));
  PetscCall(distribute(&w));
  PetscCall(fill_means(&w));
  PetscCall(fill_squares(&w));
  PetscCall(fill_covariances(&w));
  PetscCall(sum(&w));
  PetscCall(ColumnsToRows(s->partition, w.statistic, f));
  PetscCall(ColumnsToRows(s->partition, w.factor, factor));
  PetscCall(destroy(&w));
  PetscCall(LogEventStop(EVENT_GRANGER_STATISTICS));
  PetscFunctionReturn(0);
}
