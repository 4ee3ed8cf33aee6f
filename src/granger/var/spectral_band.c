/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Spectral Granger causality of a band: see state_space.h. */
#include "var/state_space.h"

#include "causeway/error.h"
#include "causeway/log.h"

#include <complex.h>
#include <gsl/gsl_integration.h>
#include <math.h>

extern void zgesv_(const int *n, const int *n_rhs, double complex *a, const int *lda, int *pivots,
                   double complex *b, const int *ldb, int *info);

enum { PANEL_POINTS = 16, PANELS_PER_CYCLE = 64 };

typedef struct {
  int64_t n_points;
  double *frequency, *weight; /* (n_points) quadrature points of the band */
  int64_t first, count;       /* points of the current pass */
  double complex *response;   /* (N, count, p, p) (z - a + K C)^-1 P of every source */
} Band;

/* Places Gauss-Legendre points in equal panels. */
static PetscErrorCode place_points(double low, double high, Band *b)
{
  const int64_t n_panels = PetscMax(1, (int64_t)ceil((high - low) * PANELS_PER_CYCLE - 1e-9));
  const double width = (high - low) / (double)n_panels;
  gsl_integration_glfixed_table *table = gsl_integration_glfixed_table_alloc(PANEL_POINTS);

  PetscFunctionBegin;
  b->n_points = n_panels * PANEL_POINTS;
  PetscCall(PetscMalloc2(b->n_points, &b->frequency, b->n_points, &b->weight));
  for (int64_t k = 0; k < b->n_points; k++) {
    const int64_t panel = k / PANEL_POINTS;
    const double start = low + width * (double)panel;

    (void)gsl_integration_glfixed_point(start, start + width, (size_t)(k % PANEL_POINTS),
                                        &b->frequency[k], &b->weight[k], table);
  }
  gsl_integration_glfixed_table_free(table);
  PetscFunctionReturn(0);
}

/* Limits the responses of all sources in one pass to 64 MB. */
int64_t SpectralPoints(int64_t n_neurons, int64_t order)
{
  return PetscMax(1, ((int64_t)1 << 22) / (n_neurons * order * order));
}

/* Computes responses, each rank for some sources; all responses end on every rank. */
static PetscErrorCode respond(const StateSpace *s, Band *b)
{
  MPI_Comm comm = s->model->factor.grid->comm;
  const int p = (int)s->order;
  const int64_t size = s->order * s->order;
  double complex *matrix;
  int *pivots, rank, ranks, info = 0;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  PetscCall(PetscMalloc2(size, &matrix, p, &pivots));
  PetscCall(PetscArrayzero(b->response, s->n * b->count * size));
  for (int64_t j = rank; j < s->n; j += ranks) {
    const double *transposed = s->transition + j * size, *covariance = s->covariance + j * size;

    for (int64_t f = 0; f < b->count; f++) {
      const double complex z = cexp(2.0 * M_PI * b->frequency[b->first + f] * I);
      double complex *x = b->response + (j * b->count + f) * size;

      for (int k = 0; k < p; k++) {
        for (int q = 0; q < p; q++) {
          matrix[k + q * p] = (k == q ? z : 0.0) - transposed[q + k * p];
          x[k + q * p] = covariance[k + q * p];
        }
      }
      zgesv_(&p, &p, matrix, &p, pivots, x, &p, &info);
    }
  }
  PetscCall(PetscFree2(matrix, pivots));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, b->response, (int)(2 * s->n * b->count * size),
                             MPI_DOUBLE, MPI_SUM, comm));
  PetscFunctionReturn(0);
}

/* Computes minus log |g|^2 S_ii over the variance of the target's residual when the source is not
   observed; g is the response of that residual to the target's own noise. */
static double integrate(const StateSpace *s, int64_t target, int64_t source, const double *c,
                        const void *context)
{
  const Band *b = context;
  const int64_t p = s->order;
  const double growth = StateSpaceGrowth(s, source, c) / s->variance[target];
  double sum = 0;

  for (int64_t f = 0; f < b->count; f++) {
    const double complex z = cexp(2.0 * M_PI * b->frequency[b->first + f] * I);
    const double complex *x = b->response + (source * b->count + f) * p * p;
    double complex form = 0, g;

    for (int64_t q = 0; q < p; q++) {
      for (int64_t k = 0; k < p; k++) {
        form += c[k] * x[k + q * p] * c[q];
      }
    }
    g = growth - z * form / s->variance[target]; /* g minus 1 */
    sum += b->weight[b->first + f] *
           (log1p(growth) - log1p(creal(g) * (2.0 + creal(g)) + cimag(g) * cimag(g)));
  }
  return 2.0 * sum;
}

PetscErrorCode SpectralGc(const StateSpace *s, double low, double high, const Partition *partition,
                          double *gc)
{
  const int64_t size = s->order * s->order, length = partition->n_local * s->n;
  Band band = {0};
  int64_t most;
  double *part;

  PetscFunctionBegin;
  PetscCall(LogEventStart(EVENT_GRANGER_SPECTRAL));
  PetscCall(place_points(low, high, &band));
  most = PetscMin(band.n_points, SpectralPoints(s->n, s->order));
  PetscCall(PetscMalloc2(s->n * most * size, &band.response, length, &part));
  PetscCall(PetscArrayzero(gc, length));
  for (; band.first < band.n_points; band.first += most) {
    band.count = PetscMin(most, band.n_points - band.first);
    PetscCall(respond(s, &band));
    PetscCall(StateSpaceForPairs(s, integrate, &band, partition, part));
    for (int64_t k = 0; k < length; k++) {
      gc[k] += part[k];
    }
  }
  PetscCall(PetscFree2(band.frequency, band.weight));
  PetscCall(PetscFree2(band.response, part));
  PetscCall(LogEventStop(EVENT_GRANGER_SPECTRAL));
  PetscFunctionReturn(0);
}
