/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "choice/spike_regression.h"

#include "causeway/internal/core/blas.h"
#include "causeway/internal/linalg/inverse_form.h"

#include <math.h>

/* LAPACK comes without a C header in Debian's OpenBLAS. */
extern void dpotri_(const char *uplo, const int *n, double *a, const int *lda, int *info);

/* Spikes whose rows are multiplied at a time, and what is added to a correlation matrix to keep it regular. */
enum { BATCH = 256 };
static const double ridge = 1e-8;

PetscErrorCode CorrelogramsCreate(int64_t n, int64_t n_samples, int64_t n_spikes,
                                  const int32_t neuron[], const int64_t sample[],
                                  const double count[], int64_t widest, Correlograms *s)
{
  const int64_t width = 2 * widest + 1;

  PetscFunctionBegin;
  *s = (Correlograms){.n = n,
                      .n_spikes = n_spikes,
                      .n_samples = n_samples,
                      .neuron = neuron,
                      .sample = sample,
                      .count = count,
                      .widest = widest};
  PetscCall(PetscCalloc2(n, &s->total, n * n * width, &s->correlogram));
  for (int64_t a = 0, first = 0; a < n_spikes; a++) {
    s->total[neuron[a]] += count[a];
    while (sample[a] - sample[first] > widest) {
      first++;
    }
    for (int64_t b = first; b < n_spikes && sample[b] - sample[a] <= widest; b++) {
      s->correlogram[(neuron[a] * n + neuron[b]) * width + sample[b] - sample[a] + widest] +=
          count[a] * count[b];
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode CorrelogramsFree(Correlograms *s)
{
  PetscFunctionBegin;
  PetscCall(PetscFree2(s->total, s->correlogram));
  PetscFunctionReturn(0);
}

typedef struct {
  const Correlograms *s;
  const SpikeFilters *f;
  int n, k, unknowns;  /* neurons, terms of a source, n k */
  double *gram;        /* (unknowns, unknowns), then its inverse, whole */
  double *cross, *b;   /* (unknowns, n) X'Y, coefficients */
  double *power, *rss; /* (n) of the targets */
  double *mean;        /* (unknowns + n) of terms, then of targets */
  double *rows, *q;    /* (unknowns, BATCH) terms of spikes, less their means, and residualised */
  double *blocks;      /* (n, k, k) of the covariance of one target */
} Work;

/* Sum over time of the product of filter a of neuron i and filter b of neuron j, less that of the means. */
static double product(const Work *w, int64_t i, int64_t a, int64_t j, int64_t b)
{
  const Correlograms *s = w->s;
  const SpikeFilters *f = w->f;
  const double *pairs =
      s->correlogram + (i * s->n + j) * (2 * s->widest + 1) + s->widest - f->widest;
  const double *overlap = f->overlap + (a * f->n_filters + b) * (2 * f->widest + 1);

  return cblas_ddot((int)(2 * f->widest + 1), pairs, 1, overlap, 1) -
         s->total[i] * f->sum[a] * s->total[j] * f->sum[b] / (double)s->n_samples;
}

static void fill_products(Work *w)
{
  for (int64_t j = 0; j < w->n; j++) {
    w->power[j] = product(w, j, 0, j, 0);
    w->mean[w->unknowns + j] = w->s->total[j] * w->f->sum[0] / (double)w->s->n_samples;
    for (int64_t l = 0; l < w->k; l++) {
      const int64_t column = j * w->k + l;

      w->mean[column] = w->s->total[j] * w->f->sum[l + 1] / (double)w->s->n_samples;
      for (int64_t i = 0; i < w->n; i++) {
        w->cross[column + i * w->unknowns] = product(w, j, l + 1, i, 0);
        for (int64_t a = 0; a < w->k && i >= j; a++) {
          w->gram[i * w->k + a + column * w->unknowns] = product(w, i, a + 1, j, l + 1);
        }
      }
    }
  }
}

/* The inverse, whole, of the scaled matrix with a trace of ridge; false where there is none. */
static PetscBool invert(Work *w)
{
  const int m = w->unknowns;
  double *scale = w->rows; /* free until then */
  int info;

  for (int k = 0; k < m; k++) {
    scale[k] = 1.0 / sqrt(w->gram[k + (int64_t)k * m] + 1e-12);
  }
  for (int c = 0; c < m; c++) {
    for (int k = c; k < m; k++) {
      w->gram[k + (int64_t)c * m] *= scale[k] * scale[c];
    }
    w->gram[c + (int64_t)c * m] += ridge;
  }
  dpotrf_("L", &m, w->gram, &m, &info);
  if (!info) {
    dpotri_("L", &m, w->gram, &m, &info);
  }
  for (int c = 0; !info && c < m; c++) {
    for (int k = c; k < m; k++) {
      w->gram[k + (int64_t)c * m] *= scale[k] * scale[c];
      w->gram[c + (int64_t)k * m] = w->gram[k + (int64_t)c * m];
    }
  }
  return info ? PETSC_FALSE : PETSC_TRUE;
}

/* b' S^-1 b / k with S (k, k) in the lower triangle, which is destroyed */
static double wald(int k, double *s, const double *coefficients)
{
  double b[BASIS_MOST];

  for (int64_t l = 0; l < k; l++) {
    b[l] = coefficients[l];
  }
  return InverseForm(k, s, b) / k;
}

/* Terms of all neurons and the target at one sample, less their means; returns the target. */
static double fill_row(const Work *w, int64_t at, int64_t *first, int target, double *row)
{
  const Correlograms *s = w->s;
  const SpikeFilters *f = w->f;
  const int64_t t = s->sample[at], n_lags = f->last - f->first + 1;
  double y = -w->mean[w->unknowns + target];

  for (int k = 0; k < w->unknowns; k++) {
    row[k] = -w->mean[k];
  }
  while (s->sample[*first] < t - f->last) {
    (*first)++;
  }
  for (int64_t e = *first; e < s->n_spikes && s->sample[e] <= t - f->first; e++) {
    const double *weight = f->weight + t - s->sample[e] - f->first;
    double *terms = row + (int64_t)s->neuron[e] * w->k;

    y += s->neuron[e] == target ? weight[0] * s->count[e] : 0.0;
    for (int k = 0; k < w->k; k++) {
      terms[k] += weight[(k + 1) * n_lags] * s->count[e];
    }
  }
  return y;
}

/* a += factor q q' in the lower triangle */
static void add_square(int k, double factor, const double *q, double *a)
{
  for (int64_t l = 0; l < k; l++) {
    for (int64_t m = l; m < k; m++) {
      a[l * k + m] += factor * q[l] * q[m];
    }
  }
}

/* blocks += sum over a batch of factor q_j q_j' */
static void add_batch(Work *w, int n_rows, const double *factor)
{
  cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, w->unknowns, n_rows, w->unknowns, 1.0,
              w->gram, w->unknowns, w->rows, w->unknowns, 0.0, w->q, w->unknowns);
  for (int r = 0; r < n_rows; r++) {
    for (int64_t j = 0; j < w->n; j++) {
      add_square(w->k, factor[r], w->q + (int64_t)r * w->unknowns + j * w->k,
                 w->blocks + j * w->k * w->k);
    }
  }
}

/* Covariances of the coefficients of a target: squared residuals at one of `stride` of its spikes for all of them, and their
   mean for all other samples, over which the sum of q_j q_j' is nearly the block of the inverse. */
static void fill_blocks(Work *w, int target, int64_t stride)
{
  const int k = w->k;
  double factor[BATCH], square = 0, rest;
  int64_t first = 0, number = 0;
  int n_rows = 0;

  for (int64_t e = 0; e < (int64_t)w->n * k * k; e++) {
    w->blocks[e] = 0.0;
  }
  for (int64_t e = 0; e < w->s->n_spikes; e++) {
    if (w->s->neuron[e] == target && number++ % stride == 0) {
      double *row = w->rows + (int64_t)n_rows * w->unknowns;
      const double residual =
          fill_row(w, e, &first, target, row) -
          cblas_ddot(w->unknowns, row, 1, w->b + (int64_t)target * w->unknowns, 1);

      factor[n_rows] = residual * residual * (double)stride;
      square += factor[n_rows++];
    }
    if (n_rows == BATCH) {
      add_batch(w, n_rows, factor);
      n_rows = 0;
    }
  }
  add_batch(w, n_rows, factor);
  rest = PetscMax(0.0, w->rss[target] - square) / (double)w->s->n_samples;
  for (int64_t j = 0; j < w->n; j++) {
    for (int64_t l = 0; l < k; l++) {
      for (int64_t m = l; m < k; m++) {
        w->blocks[(j * k + l) * k + m] += rest * w->gram[j * k + m + (j * k + l) * w->unknowns];
      }
    }
  }
}

/* The smaller of both statistics of the sources of one target. */
static void fill_target(Work *w, int target, double *f)
{
  const int k = w->k;
  const double *b = w->b + (int64_t)target * w->unknowns;
  const double variance = w->rss[target] / (double)(w->s->n_samples - w->unknowns - 1);
  double plain[BASIS_MOST * BASIS_MOST];

  for (int64_t j = 0; j < w->n; j++) {
    for (int64_t l = 0; l < k; l++) {
      for (int64_t m = l; m < k; m++) {
        plain[m + l * k] = variance * w->gram[j * k + m + (j * k + l) * w->unknowns];
      }
    }
    if (j == target || !(variance > 0)) {
      f[j] = NAN;
    } else {
      const double by_variance = wald(k, plain, b + j * k);
      const double by_spikes = wald(k, w->blocks + j * k * k, b + j * k);

      f[j] = PetscMin(by_variance, by_spikes);
    }
  }
}

static void solve(Work *w, int64_t most, double *f)
{
  fill_products(w);
  if (!invert(w)) {
    for (int64_t e = 0; e < (int64_t)w->n * w->n; e++) {
      f[e] = NAN;
    }
    return;
  }
  cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, w->unknowns, w->n, w->unknowns, 1.0,
              w->gram, w->unknowns, w->cross, w->unknowns, 0.0, w->b, w->unknowns);
  for (int i = 0; i < w->n; i++) {
    const int64_t at = (int64_t)i * w->unknowns;

    w->rss[i] = w->power[i] - cblas_ddot(w->unknowns, w->b + at, 1, w->cross + at, 1);
    fill_blocks(w, i, PetscMax(1, (int64_t)w->s->total[i] / most));
    fill_target(w, i, f + (int64_t)i * w->n);
  }
}

PetscErrorCode SpikeRegression(const Correlograms *s, const SpikeFilters *filters, int64_t most,
                               double *f)
{
  const int64_t n = s->n, k = filters->n_filters - 1, unknowns = n * k;
  Work w = {.s = s, .f = filters, .n = (int)n, .k = (int)k, .unknowns = (int)unknowns};

  PetscFunctionBegin;
  PetscCall(PetscCalloc4(unknowns * unknowns, &w.gram, unknowns * n, &w.cross, unknowns * n, &w.b,
                         unknowns + n, &w.mean));
  PetscCall(PetscCalloc5(n, &w.power, n, &w.rss, unknowns * BATCH, &w.rows, unknowns * BATCH, &w.q,
                         n * k * k, &w.blocks));
  solve(&w, most, f);
  PetscCall(PetscFree4(w.gram, w.cross, w.b, w.mean));
  PetscCall(PetscFree5(w.power, w.rss, w.rows, w.q, w.blocks));
  PetscFunctionReturn(0);
}
