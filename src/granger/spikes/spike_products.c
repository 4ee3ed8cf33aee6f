/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "spikes/spike_products.h"

#include "causeway/internal/core/blas.h"
#include "causeway/log.h"

/* Numbers of the correlograms that are filled at a time, so that they stay in a cache; rows of edges that are multiplied. */
enum { TILE_NUMBERS = 1 << 19, EDGE_ROWS = 1024 };

typedef struct {
  Regression *r;
  const SpikeList *s;
  int64_t n_filters, reach, width; /* width: 2 reach + 1 distances */
  double *overlap; /* (n_filters, n_filters, width): sum over lags l of f_a(l) f_b(l - distance) */
  int32_t *place[2];     /* (N) local row or column of a neuron, -1 elsewhere */
  double *sums[2];       /* (n_panel, n_filters) over the rows */
  int64_t first, n_rows; /* row neurons of the tile */
  double *correlograms;  /* (n_rows, n_columns, width) */
  double *contracted;    /* (n_columns, n_filters, n_filters) of one row */
  double *block;         /* (n_columns n_filters, n_rows n_filters) sums of the tile */
  double *edges[2];      /* (EDGE_ROWS at least, neurons n_filters) */
  double n_increments;   /* pairs of spikes */
} Work;

static int64_t edge_rows(const Work *w)
{
  return PetscMax(EDGE_ROWS, 2 * w->reach);
}

static void fill_overlaps(Work *w)
{
  const Filters *f = &w->r->filters;
  const int64_t n = f->reach + 1;

  for (int64_t d = -w->reach; d <= w->reach; d++) {
    for (int64_t a = 0; a < w->n_filters; a++) {
      for (int64_t b = 0; b < w->n_filters; b++) {
        double sum = 0;

        for (int64_t l = PetscMax(0, d); l < PetscMin(n, n + d); l++) {
          sum += f->weight[a * n + l] * f->weight[b * n + l - d];
        }
        w->overlap[(a * w->n_filters + b) * w->width + d + w->reach] = sum;
      }
    }
  }
}

static PetscErrorCode create(Regression *r, Work *w)
{
  const int64_t n_filters = r->filters.n_filters, width = 2 * r->reach + 1;
  const int64_t n_rows =
      PetscMax(1, PetscMin(r->n_panel[0], TILE_NUMBERS / PetscMax(1, r->n_panel[1] * width)));
  const int64_t of_row = r->n_panel[1] * n_filters;

  PetscFunctionBegin;
  *w = (Work){.r = r, .s = r->spikes, .n_filters = n_filters, .reach = r->reach, .width = width};
  w->n_rows = n_rows;
  PetscCall(PetscMalloc4(n_filters * n_filters * width, &w->overlap, n_rows * r->n_panel[1] * width,
                         &w->correlograms, of_row * n_filters, &w->contracted,
                         of_row * n_rows * n_filters, &w->block));
  PetscCall(PetscMalloc2(edge_rows(w) * n_rows * n_filters, &w->edges[0], edge_rows(w) * of_row,
                         &w->edges[1]));
  fill_overlaps(w);
  for (int side = 0; side < 2; side++) {
    PetscCall(PetscMalloc1(r->n, &w->place[side]));
    PetscCall(PetscCalloc1(r->n_panel[side] * n_filters, &w->sums[side]));
    for (int64_t i = 0; i < r->n; i++) {
      w->place[side][i] = -1;
    }
    for (int64_t k = 0; k < r->n_panel[side]; k++) {
      w->place[side][RegressionNeuron(r, side, k)] = (int32_t)k;
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode destroy(Work *w)
{
  PetscFunctionBegin;
  PetscCall(PetscFree4(w->overlap, w->correlograms, w->contracted, w->block));
  PetscCall(PetscFree2(w->edges[0], w->edges[1]));
  for (int side = 0; side < 2; side++) {
    PetscCall(PetscFree(w->place[side]));
    PetscCall(PetscFree(w->sums[side]));
  }
  PetscFunctionReturn(0);
}

/* Pairs of spikes of one segment: of a row neuron of the tile, and of a column neuron at most `reach` samples away. */
static void count_pairs(Work *w, Segment segment)
{
  const SpikeList *s = w->s;
  const int64_t last = s->start[segment.end];

  for (int64_t a = s->start[segment.first]; a < last; a++) {
    const int64_t row = w->place[0][s->neuron[a]] - w->first;
    const int64_t from = PetscMax(segment.first, s->sample[a] - w->reach);
    const int64_t to = PetscMin(segment.end, s->sample[a] + w->reach + 1);
    double *restrict counts =
        w->correlograms + row * w->r->n_panel[1] * w->width + w->reach - s->sample[a];

    if (row < 0 || row >= w->n_rows) {
      continue;
    }
    for (int64_t b = s->start[from]; b < s->start[to]; b++) {
      const int64_t column = w->place[1][s->neuron[b]];

      if (column >= 0) {
        counts[column * w->width + s->sample[b]] += s->count[a] * s->count[b];
      }
    }
    w->n_increments += (double)(s->start[to] - s->start[from]);
  }
}

/* block = sum over distances of correlogram and overlap */
static void contract(Work *w)
{
  const int64_t square = w->n_filters * w->n_filters, n_columns = w->r->n_panel[1];

  for (int64_t row = 0; row < w->n_rows; row++) {
    cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, (int)square, (int)n_columns, (int)w->width,
                1.0, w->overlap, (int)w->width, w->correlograms + row * n_columns * w->width,
                (int)w->width, 0.0, w->contracted, (int)square);
    for (int64_t e = 0; e < n_columns * square; e++) {
      const int64_t column = e / square, a = e % square / w->n_filters, b = e % w->n_filters;

      w->block[(row * w->n_filters + a) * n_columns * w->n_filters + column * w->n_filters + b] =
          w->contracted[e];
    }
  }
}

/* Adds the responses to one spike at samples [from, from + n) to rows `at` of the series, time contiguous. */
static void add_response(const Work *w, int64_t spike, int64_t from, int64_t n, int64_t at,
                         int64_t rows, double *series)
{
  const Filters *f = &w->r->filters;
  const int64_t t = w->s->sample[spike];

  for (int64_t k = 0; k < w->n_filters; k++) {
    for (int64_t sample = PetscMax(from, t); sample < PetscMin(from + n, t + w->reach + 1);
         sample++) {
      series[k * rows + at + sample - from] +=
          w->s->count[spike] * f->weight[k * (f->reach + 1) + sample - t];
    }
  }
}

/* Series of the edges of segments [begin, end): of their first `reach` samples, which are no rows, and of as many behind them, of
   neurons from `first` on. */
static void fill_edges(Work *w, int side, int64_t first, int64_t n_neurons, int64_t begin,
                       int64_t end)
{
  const SpikeList *s = w->s;
  const int64_t rows = edge_rows(w);

  for (int64_t e = 0; e < rows * n_neurons * w->n_filters; e++) {
    w->edges[side][e] = 0.0;
  }
  for (int64_t k = begin; k < end; k++) {
    const Segment segment = w->r->segments[k];
    const int64_t from[2] = {segment.first, segment.end};

    for (int edge = 0; edge < 2; edge++) {
      const int64_t reached = PetscMax(segment.first, from[edge] - w->reach);

      for (int64_t e = s->start[reached];
           e < s->start[PetscMin(segment.end, from[edge] + w->reach)]; e++) {
        const int64_t neuron = w->place[side][s->neuron[e]] - first;

        if (neuron >= 0 && neuron < n_neurons) {
          add_response(w, e, from[edge], w->reach, (2 * (k - begin) + edge) * w->reach, rows,
                       w->edges[side] + neuron * w->n_filters * rows);
        }
      }
    }
  }
}

/* Segments whose edges are taken at a time. */
static int64_t edges_at_once(const Work *w)
{
  return edge_rows(w) / (2 * w->reach);
}

/* block -= products of the edges */
static void subtract_edges(Work *w)
{
  const int64_t n_columns = w->r->n_panel[1], rows = edge_rows(w);
  const int m = (int)(n_columns * w->n_filters), n = (int)(w->n_rows * w->n_filters);

  for (int64_t k = 0; k < w->r->n_segments; k += edges_at_once(w)) {
    const int64_t end = PetscMin(w->r->n_segments, k + edges_at_once(w));

    fill_edges(w, 0, w->first, w->n_rows, k, end);
    fill_edges(w, 1, 0, n_columns, k, end);
    cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, m, n, (int)(2 * w->reach * (end - k)),
                -1.0, w->edges[1], (int)rows, w->edges[0], (int)rows, 1.0, w->block, m);
  }
}

/* Moves the sums of the tile, less those of the means, to where the regression keeps them. */
static void store(Work *w)
{
  Regression *r = w->r;
  const int64_t n = w->n_filters, p = r->p;

  for (int64_t row = 0; row < w->n_rows; row++) {
    for (int64_t a = 0; a < n; a++) {
      const double *from = w->block + (row * n + a) * r->n_panel[1] * n;
      const double mean = w->sums[0][(w->first + row) * n + a] / (double)r->n_rows;

      for (int64_t e = 0; e < r->n_panel[1] * n; e++) {
        const int64_t column = e / n, b = e % n;
        const double sum = from[e] - mean * w->sums[1][e];

        if (a == 0) {
          r->products[b].values[w->first + row + column * (int64_t)r->products[b].leading] = sum;
        } else if (b > 0) {
          r->gram.values[(w->first + row) * p + a - 1 +
                         (column * p + b - 1) * (int64_t)r->gram.leading] = sum;
        }
      }
    }
  }
}

/* Sum of the weights of a filter over lags [first, last]; `total` is that of all. */
static double sum_weights(const Filters *f, int64_t filter, double total, int64_t first,
                          int64_t last)
{
  const double *weight = f->weight + filter * (f->reach + 1);
  double sum = 0;

  if (first == 0 && last == f->reach) {
    return total;
  }
  for (int64_t l = first; l <= last; l++) {
    sum += weight[l];
  }
  return sum;
}

void SpikeSums(const Regression *r, const int32_t place[], double sums[])
{
  const SpikeList *s = r->spikes;
  const Filters *f = &r->filters;
  double totals[BASIS_MOST + 1];

  for (int64_t a = 0; a < f->n_filters; a++) {
    totals[a] = 0;
    for (int64_t l = 0; l <= f->reach; l++) {
      totals[a] += f->weight[a * (f->reach + 1) + l];
    }
  }
  for (int64_t k = 0; k < r->n_segments; k++) {
    const Segment segment = r->segments[k];

    for (int64_t e = s->start[segment.first]; e < s->start[segment.end]; e++) {
      const int64_t to = place[s->neuron[e]], t = s->sample[e];
      const int64_t first = PetscMax(0, segment.first + r->reach - t);
      const int64_t last = PetscMin(r->reach, segment.end - 1 - t);

      for (int64_t a = 0; to >= 0 && a < f->n_filters; a++) {
        sums[to * f->n_filters + a] += s->count[e] * sum_weights(f, a, totals[a], first, last);
      }
    }
  }
}

PetscErrorCode SpikeProducts(Regression *r)
{
  const int64_t n_rows = r->n_panel[0];
  Progress progress;
  double pairs;
  Work w;

  PetscFunctionBegin;
  PetscCall(LogEventStart(EVENT_GRANGER_PRODUCTS));
  PetscCall(create(r, &w));
  SpikeSums(r, w.place[0], w.sums[0]);
  SpikeSums(r, w.place[1], w.sums[1]);
  ProgressBegin(&progress, "granger", "neurons", n_rows);
  for (const int64_t most = w.n_rows; w.first < n_rows; w.first += most) {
    w.n_rows = PetscMin(most, n_rows - w.first);
    PetscCall(PetscArrayzero(w.correlograms, w.n_rows * r->n_panel[1] * w.width));
    for (int64_t k = 0; k < r->n_segments; k++) {
      count_pairs(&w, r->segments[k]);
    }
    contract(&w);
    subtract_edges(&w);
    store(&w);
    PetscCall(r->granger->quiet ? 0 : ProgressUpdate(&progress, w.first + w.n_rows));
  }
  PetscCall(ProgressEnd(&progress));
  pairs = (double)n_rows * (double)r->n_panel[1] * (double)(w.n_filters * w.n_filters);
  PetscCall(RegressionFlops(r, 2.0 * w.n_increments + 2.0 * pairs * (double)w.width +
                                   4.0 * pairs * (double)(r->reach * r->n_segments)));
  r->next_sample = r->n_samples;
  PetscCall(destroy(&w));
  PetscCall(LogEventStop(EVENT_GRANGER_PRODUCTS));
  PetscFunctionReturn(0);
}
