/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Spectral Granger causality of a band: see state_space.h. */
#include "state_space.h"

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
  double *frequency, *weight; /* (n_points) of the band */
  double *real, *imaginary;   /* (N, n_points, p) response of the hidden past */
} Band;

/* Gauss-Legendre points in equal panels */
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

/* (z - a + K C)^-1 e_1 of every source at every point, the sources shared out among the ranks */
static PetscErrorCode respond(const StateSpace *s, Band *b)
{
  MPI_Comm comm = s->model->factor.grid->comm;
  const int p = (int)s->order, one = 1;
  const int64_t length = b->n_points * s->order;
  double complex *matrix, *x;
  int *pivots, rank, ranks, info = 0;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  PetscCall(PetscCalloc2(s->n * length, &b->real, s->n * length, &b->imaginary));
  PetscCall(PetscMalloc3(p * p, &matrix, p, &x, p, &pivots));
  for (int64_t j = rank; j < s->n; j += ranks) {
    const double *transposed = s->transition + j * p * p;

    for (int64_t f = 0; f < b->n_points; f++) {
      const double complex z = cexp(2.0 * M_PI * b->frequency[f] * I);

      for (int k = 0; k < p; k++) {
        for (int q = 0; q < p; q++) {
          matrix[k + q * p] = (k == q ? z : 0.0) - transposed[q + k * p];
        }
        x[k] = k == 0 ? 1.0 : 0.0;
      }
      zgesv_(&p, &one, matrix, &p, pivots, x, &p, &info);
      for (int k = 0; k < p; k++) {
        b->real[j * length + f * p + k] = creal(x[k]);
        b->imaginary[j * length + f * p + k] = cimag(x[k]);
      }
    }
  }
  PetscCall(PetscFree3(matrix, x, pivots));
  for (int64_t j = 0; j < s->n; j++) { /* counts of MPI are of 32 bits */
    PetscCallMPI(MPI_Bcast(b->real + j * length, (int)length, MPI_DOUBLE, (int)(j % ranks), comm));
    PetscCallMPI(
        MPI_Bcast(b->imaginary + j * length, (int)length, MPI_DOUBLE, (int)(j % ranks), comm));
  }
  PetscFunctionReturn(0);
}

static double integrate(const StateSpace *s, int64_t target, int64_t source, const double *c,
                        const void *context)
{
  const Band *b = context;
  const int64_t p = s->order;
  const double *real = b->real + source * b->n_points * p;
  const double *imaginary = b->imaginary + source * b->n_points * p;
  const double share =
      s->innovation[source] / (s->variance[target] + StateSpaceGrowth(s, source, c));
  double sum = 0;

  for (int64_t f = 0; f < b->n_points; f++) {
    double x = 0, y = 0;

    for (int64_t k = 0; k < p; k++) {
      x += c[k] * real[f * p + k];
      y += c[k] * imaginary[f * p + k];
    }
    sum -= b->weight[f] * log1p(-(x * x + y * y) * share);
  }
  return 2.0 * sum;
}

PetscErrorCode SpectralGc(const StateSpace *s, double low, double high, const Partition *partition,
                          double *gc)
{
  Band band = {0};

  PetscFunctionBegin;
  PetscCall(LogEventStart(EVENT_GRANGER_SPECTRAL));
  PetscCall(place_points(low, high, &band));
  PetscCall(respond(s, &band));
  PetscCall(StateSpaceForPairs(s, integrate, &band, partition, gc));
  PetscCall(PetscFree2(band.frequency, band.weight));
  PetscCall(PetscFree2(band.real, band.imaginary));
  PetscCall(LogEventStop(EVENT_GRANGER_SPECTRAL));
  PetscFunctionReturn(0);
}
