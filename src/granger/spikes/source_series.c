/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "spikes/source_series.h"

#include "causeway/internal/core/vectors.h"

#include <math.h>

/* Numbers that are summed in registers; those of responses and of values that stay in a cache. */
enum {
  N_VECTORS = 4,
  REGISTERS = N_VECTORS * VECTOR,
  RESPONSE_NUMBERS = 1 << 17,
  VALUE_NUMBERS = 1 << 14
};

/* Operations from sample to sample in the time of one at a row, which is found through a list. */
static const double series_speed = 6.0;

static int64_t round_up(int64_t n, int64_t unit)
{
  return (n + unit - 1) / unit * unit;
}

/* Whether operations at wanted rows with spikes cost less than those from sample to sample. */
static PetscBool are_rows_faster(const Filters *f, const SpikeList *s, int64_t stride)
{
  const double rate = (double)s->n_spikes / (double)s->n_samples; /* of all neurons, per sample */
  const double rows = (1.0 - exp(-rate)) / (double)stride;
  const double averaged = f->mean ? (double)(2 * f->n_mean + 1) : 0.0;

  return series_speed * rows * (1.0 + rate * (double)(f->reach + 1)) <
                 rate * (double)f->span + averaged
             ? PETSC_TRUE
             : PETSC_FALSE;
}

PetscErrorCode SourceSeriesCreate(const Filters *f, const SpikeList *s, int64_t n_columns,
                                  int64_t n_together, int64_t stride, SourceSeries *x)
{
  int64_t fit;

  PetscFunctionBegin;
  *x = (SourceSeries){
      .filters = f, .spikes = s, .by_rows = are_rows_faster(f, s, stride), .stride = stride};
  x->n_lags = x->by_rows ? f->reach + 1 : f->span;
  fit = RESPONSE_NUMBERS / (s->n_neurons * x->n_lags) / n_together * n_together;
  x->n_most = PetscMax(n_together, PetscMin(fit, n_columns));
  x->length = PetscMax(REGISTERS, VALUE_NUMBERS / x->n_most);
  x->n_raw = round_up((x->length + 2 * f->n_mean + f->span) * x->n_most, REGISTERS) +
             round_up(f->span * x->n_most, REGISTERS);
  PetscCall(
      PetscMalloc4(s->n_neurons * round_up(x->n_lags * round_up(x->n_most, VECTOR), REGISTERS),
                   &x->responses, x->n_most, &x->constants, x->n_raw, &x->raw,
                   round_up(x->length * round_up(x->n_most, VECTOR), REGISTERS), &x->values));
  PetscFunctionReturn(0);
}

PetscErrorCode SourceSeriesFree(SourceSeries *x)
{
  PetscFunctionBegin;
  PetscCall(PetscFree4(x->responses, x->constants, x->raw, x->values));
  PetscFunctionReturn(0);
}

void SourceSeriesTake(SourceSeries *x, int64_t n_columns, const double coefficients[],
                      const double means[])
{
  const Filters *f = x->filters;
  const int64_t n = x->spikes->n_neurons, n_terms = f->n_filters - 1;
  const double *weight = x->by_rows ? f->weight + f->reach + 1 : f->plain;

  x->n_columns = n_columns;
  x->leading = x->by_rows ? round_up(n_columns, VECTOR) : n_columns;
  x->n_response = round_up(x->n_lags * x->leading, REGISTERS);
  for (int64_t e = 0; e < n * x->n_response; e++) {
    x->responses[e] = 0;
  }
  for (int64_t c = 0; c < n_columns; c++) {
    x->constants[c] = 0;
    for (int64_t m = 0; m < n; m++) {
      const double *a = coefficients + (c * n + m) * n_terms;
      double *response = x->responses + m * x->n_response + c;

      for (int64_t k = 0; k < n_terms; k++) {
        x->constants[c] += means[m * (n_terms + 1) + k + 1] * a[k];
        for (int64_t l = 0; l < x->n_lags; l++) {
          response[l * x->leading] += weight[k * x->n_lags + l] * a[k];
        }
      }
    }
  }
}

/* Adds the responses to spikes begin .. end - 1 of one sample to the raw series after it. */
CAUSEWAY_CLONES
static void add_responses(const SourceSeries *x, int64_t begin, int64_t end, double *raw)
{
  const SpikeList *s = x->spikes;

  for (int64_t first = 0; first < x->n_response; first += REGISTERS) {
    Vector *to = (Vector *)(raw + first);
    Vector sum[N_VECTORS] = {to[0], to[1], to[2], to[3]};

    for (int64_t e = begin; e < end; e++) {
      const Vector *response =
          (const Vector *)(x->responses + s->neuron[e] * x->n_response + first);

      for (int k = 0; k < N_VECTORS; k++) {
        sum[k] += s->count[e] * response[k];
      }
    }
    for (int k = 0; k < N_VECTORS; k++) {
      to[k] = sum[k];
    }
  }
}

/* values = raw less its running mean, at REGISTERS numbers; `raw` goes on for `half` samples on either side */
CAUSEWAY_CLONES
static void subtract_mean(int64_t half, int64_t n_columns, const double mean[], const double *raw,
                          double *values)
{
  const Vector *at = (const Vector *)raw;
  Vector *to = (Vector *)values;
  Vector sum[N_VECTORS] = {at[0], at[1], at[2], at[3]};

  for (int64_t d = -half; d <= half; d++) {
    at = (const Vector *)(raw - d * n_columns);
    for (int k = 0; k < N_VECTORS; k++) {
      sum[k] -= mean[half + d] * at[k];
    }
  }
  for (int k = 0; k < N_VECTORS; k++) {
    to[k] = sum[k];
  }
}

static double fill_series(SourceSeries *x, int64_t first, int64_t count)
{
  const Filters *f = x->filters;
  const SpikeList *s = x->spikes;
  const int64_t n = x->n_columns, half = f->n_mean;
  const int64_t start = first - half - f->span; /* the first sample whose spikes count */
  const int64_t begin = s->start[PetscMax(0, start)];
  const int64_t end = s->start[PetscMin(s->n_samples, first + count + half)];
  const double *raw = x->raw + (half + f->span) * n;

  for (int64_t e = 0; e < x->n_raw; e++) {
    x->raw[e] = 0;
  }
  for (int64_t e = begin; e < end;) {
    const int64_t sample = s->sample[e], next = PetscMin(end, s->start[sample + 1]);

    add_responses(x, e, next, x->raw + (sample + 1 - start) * n);
    e = next;
  }
  if (f->mean) {
    for (int64_t e = 0; e < count * n; e += REGISTERS) {
      subtract_mean(half, n, f->mean, raw + e, x->values + e);
    }
    raw = x->values;
  }
  for (int64_t t = 0; t < count; t++) {
    for (int64_t c = 0; c < n; c++) {
      x->values[t * n + c] = raw[t * n + c] - x->constants[c];
    }
  }
  return 2.0 * (double)(n * (end - begin) * f->span + (f->mean ? count * n * (2 * half + 1) : 0));
}

/* values += responses to spikes begin .. end - 1 at a row */
CAUSEWAY_CLONES
static void add_at_row(const SourceSeries *x, int64_t row, int64_t begin, int64_t end,
                       double *values)
{
  const SpikeList *s = x->spikes;

  for (int64_t first = 0; first < x->leading; first += VECTOR) {
    Vector sum = *(Vector *)(values + first);

    for (int64_t e = begin; e < end; e++) {
      sum += s->count[e] * *(const Vector *)(x->responses + s->neuron[e] * x->n_response +
                                             (row - s->sample[e]) * x->leading + first);
    }
    *(Vector *)(values + first) = sum;
  }
}

static double fill_rows(SourceSeries *x, int64_t first, int64_t count)
{
  const SpikeList *s = x->spikes;
  double flops = 0;

  for (int64_t e = s->start[first]; e < s->start[first + count]; e = s->start[s->sample[e] + 1]) {
    const int64_t row = s->sample[e] + x->filters->delay;
    double *values = x->values + (s->sample[e] - first) * x->leading;

    if (row % x->stride == 0 && row >= x->filters->reach && row < s->n_samples) {
      const int64_t begin = s->start[row - x->filters->reach], end = s->start[row + 1];

      for (int64_t c = 0; c < x->leading; c++) {
        values[c] = c < x->n_columns ? -x->constants[c] : 0.0;
      }
      add_at_row(x, row, begin, end, values);
      flops += 2.0 * (double)(x->n_columns * (end - begin));
    }
  }
  return flops;
}

double SourceSeriesFill(SourceSeries *x, int64_t first, int64_t count)
{
  return x->by_rows ? fill_rows(x, first, count) : fill_series(x, first, count);
}
