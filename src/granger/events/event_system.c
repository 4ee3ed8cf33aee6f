/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Event regressions: one target on the filtered events of all sources. */
#include "causeway/internal/core/blas.h"
#include "causeway/internal/linalg/inverse_form.h"
#include "events/event_regression.h"

#include <math.h>

extern void dpstrf_(const char *uplo, const int *n, double *a, const int *lda, int *pivots,
                    int *rank, const double *tolerance, double *work, int *info);
extern void dtrtri_(const char *uplo, const char *diagonal, const int *n, double *a, const int *lda,
                    int *info);

/* Squared length below which the rest of a column of unit length depends on other columns. */
static const double redundant = 1e-10;

/* Columns in the order of pivots. */
typedef struct {
  int m, rank;
  int *pivots;     /* (m) from 1 */
  int64_t *place;  /* (m) of a column in this order */
  PetscBool *lost; /* (N) sources that are not identifiable */
  double *u;       /* (m) L^-1 c, then the coefficients of scaled columns */
} Order;

/* Columns get unit length, less what is left out and what own terms explain. */
static void scale_system(EventSystem *system)
{
  for (int64_t k = 0; k < system->m; k++) {
    for (int64_t l = k; l < system->m; l++) {
      system->matrix[l + k * system->m] *= system->scale[k] * system->scale[l];
    }
    system->cross[k] *= system->scale[k];
  }
}

static PetscErrorCode factor(EventSystem *system, Order *o)
{
  double *work;
  int info;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(2 * system->m, &work));
  dpstrf_("L", &o->m, system->matrix, &o->m, o->pivots, &o->rank, &redundant, work, &info);
  PetscCheck(info >= 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "DPSTRF: info %d", info);
  PetscCall(PetscFree(work));
  for (int k = 0; k < o->m; k++) {
    o->place[o->pivots[k] - 1] = k;
  }
  PetscFunctionReturn(0);
}

/* A redundant column is a linear combination of columns before it, with the coefficients l L^-1, l
   its row of the factor. The sources in this combination cannot be told apart. */
static void find_lost(const EventSources *s, EventSystem *system, Order *o)
{
  const double negligible = 1e-6;
  double *rows = system->matrix + o->rank;

  if (o->rank > 0 && o->rank < o->m) {
    cblas_dtrsm(CblasColMajor, CblasRight, CblasLower, CblasNoTrans, CblasNonUnit, o->m - o->rank,
                o->rank, 1.0, system->matrix, o->m, rows, o->m);
  }
  for (int64_t d = o->rank; d < o->m; d++) {
    o->lost[(o->pivots[d] - 1) / s->n_terms] = PETSC_TRUE;
  }
  for (int64_t k = 0; k < o->rank; k++) {
    for (int64_t d = 0; d < o->m - o->rank; d++) {
      if (fabs(rows[d + k * o->m]) > negligible) {
        o->lost[(o->pivots[k] - 1) / s->n_terms] = PETSC_TRUE;
      }
    }
  }
}

/* u = L^-1 c; the residual; u = L^-T u, the coefficients; then L is inverted. */
static PetscErrorCode solve(EventSystem *system, Order *o, double *residual)
{
  int info = 0;

  PetscFunctionBegin;
  for (int64_t k = 0; k < o->rank; k++) {
    o->u[k] = system->cross[o->pivots[k] - 1];
  }
  cblas_dtrsv(CblasColMajor, CblasLower, CblasNoTrans, CblasNonUnit, o->rank, system->matrix, o->m,
              o->u, 1);
  *residual = system->power - cblas_ddot(o->rank, o->u, 1, o->u, 1);
  cblas_dtrsv(CblasColMajor, CblasLower, CblasTrans, CblasNonUnit, o->rank, system->matrix, o->m,
              o->u, 1);
  dtrtri_("L", "N", &o->rank, system->matrix, &o->m, &info);
  PetscCheck(!info, PETSC_COMM_SELF, PETSC_ERR_LIB, "DTRTRI: info %d", info);
  PetscFunctionReturn(0);
}

/* Entry of the inverse: product of two columns of L^-1. */
static double inverse_at(const EventSystem *system, const Order *o, int64_t k, int64_t l)
{
  const int64_t p = o->place[k], q = o->place[l], first = PetscMax(p, q);

  return cblas_ddot((int)(o->rank - first), system->matrix + first + p * o->m, 1,
                    system->matrix + first + q * o->m, 1);
}

/* growth = b' C^-1 b with the block C of the inverse; workspace block (K, K), form (K) */
static void test_sources(const EventSources *s, const EventSystem *system, const Order *o,
                         double *growth, double *b, double *block, double *form)
{
  const int64_t terms = s->n_terms;

  for (int64_t j = 0; j < s->n; j++) {
    growth[j] = 0.0;
    for (int64_t k = 0; k < terms; k++) {
      const int64_t column = j * terms + k;

      b[column] = form[k] = o->lost[j] ? 0.0 : o->u[o->place[column]];
      b[column] *= system->scale[column];
      for (int64_t l = 0; !o->lost[j] && l <= k; l++) {
        block[k + l * terms] = inverse_at(system, o, column, j * terms + l);
      }
    }
    growth[j] = o->lost[j] ? 0.0 : InverseForm((int)terms, block, form);
  }
}

PetscErrorCode EventSystemSolve(const EventSources *s, EventSystem *system, double *growth,
                                double *b, double *residual, int64_t *rank)
{
  Order o = {.m = (int)system->m};
  double *block, *form;

  PetscFunctionBegin;
  PetscCall(PetscMalloc6(system->m, &o.pivots, system->m, &o.place, s->n, &o.lost, system->m, &o.u,
                         s->n_terms * s->n_terms, &block, s->n_terms, &form));
  PetscCall(PetscArrayzero(o.lost, s->n));
  scale_system(system);
  PetscCall(factor(system, &o));
  find_lost(s, system, &o);
  PetscCall(solve(system, &o, residual));
  test_sources(s, system, &o, growth, b, block, form);
  *rank = o.rank;
  PetscCall(PetscFree6(o.pivots, o.place, o.lost, o.u, block, form));
  PetscFunctionReturn(0);
}
