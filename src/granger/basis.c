/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "basis.h"

#include "causeway/error.h"
#include "causeway/internal/core/blas.h"
#include "causeway/internal/core/number.h"

#include <math.h>
#include <string.h>

/* Places of the first and the last peak of cosines in the memory. */
static const double first_peak = 0.1, last_peak = 0.5;

static const ParameterWord words[] = {{"lags", "the values at granger_order lags, one by one", 0},
                                      {NULL, NULL, 0}};

const ParameterSpec BasisParameters[] = {
    {.key = "granger_basis",
     .kind = PARAMETER_TEXT,
     .standard = "lags",
     .words = words,
     .form = "cosine:K or box:K",
     .text = "Terms for the past of a neuron: single lags, or K filters (at most 64), smooth or "
             "boxes, over granger_memory",
     .priority = 6,
     PARAMETER_MEMBER(BasisChoice, words)},
    {.key = "granger_memory",
     .kind = PARAMETER_REAL,
     .unit = "ms",
     .standard = "20",
     .high = 1e9,
     .text = "Time that the filters of granger_basis reach back",
     .needs = "granger_basis!=lags",
     PARAMETER_MEMBER(BasisChoice, memory_ms)},
    {.key = "granger_highpass",
     .kind = PARAMETER_REAL,
     .unit = "ms",
     .standard = "0",
     .high = 1e9,
     .text =
         "Width (standard deviation) of the running mean that the regression subtracts from all "
         "series; images of strong influences in the opposite direction are removed by a second "
         "regression; 0 for none",
     .needs = "granger_basis!=lags",
     PARAMETER_MEMBER(BasisChoice, highpass_ms)},
    {.key = NULL}};

/* Weights of lags 1 .. reach of each filter, not normalised. */
typedef void (*Fill)(int64_t n_filters, int64_t reach, double *filter);

static double warp(double lag)
{
  return log(lag + 1.0);
}

static void fill_cosines(int64_t n, int64_t reach, double *filter)
{
  const double first = warp(PetscMax(1.0, first_peak * (double)reach));
  const double last = warp(PetscMax(2.0, last_peak * (double)reach));
  const double distance = (last - first) / (double)(n == 1 ? 2 : n - 1);

  for (int64_t k = 0; k < n; k++) {
    const double peak =
        n > 1 ? first + (double)k * (last - first) / (double)(n - 1) : 0.5 * (first + last);

    for (int64_t l = 0; l < reach; l++) {
      const double angle = (warp((double)(l + 1)) - peak) * M_PI / (2.0 * distance);

      filter[k * reach + l] = fabs(angle) < M_PI ? 0.5 * (1.0 + cos(angle)) : 0.0;
    }
  }
}

static void fill_boxes(int64_t n, int64_t reach, double *filter)
{
  int64_t begin = 0;

  for (int64_t k = 0; k < n; k++) {
    const double border = exp(warp((double)reach) * (double)(k + 1) / (double)n) - 1.0;
    const int64_t most = reach - (n - 1 - k); /* one lag is left for each of the others */
    const int64_t end = PetscMin(most, PetscMax(begin + 1, (int64_t)round(border)));

    for (int64_t l = begin; l < end; l++) {
      filter[k * reach + l] = 1.0;
    }
    begin = end;
  }
}

static const struct {
  const char *name; /* with the colon before K */
  Fill fill;
} kinds[] = {{"cosine:", fill_cosines}, {"box:", fill_boxes}};

enum { N_KINDS = PETSC_STATIC_ARRAY_LENGTH(kinds) };

PetscBool BasisParse(BasisChoice *c)
{
  c->type = 0;
  c->n_filters = 0;
  for (int k = 0; k < N_KINDS; k++) {
    const size_t length = strlen(kinds[k].name);

    if (!strncmp(c->words, kinds[k].name, length)) {
      c->type = k + 1;
      return NumberInteger(c->words + length, &c->n_filters) && c->n_filters >= 1 &&
                     c->n_filters <= BASIS_MOST
                 ? PETSC_TRUE
                 : PETSC_FALSE;
    }
  }
  return strcmp(c->words, "lags") ? PETSC_FALSE : PETSC_TRUE;
}

PetscErrorCode BasisChoose(BasisChoice *c, Parameters p)
{
  PetscFunctionBegin;
  UserCheck(BasisParse(c), "%s = %s: expected lags, cosine:K or box:K with K from 1 to %d",
            ParametersSource(p, "granger_basis"), c->words, BASIS_MOST);
  PetscFunctionReturn(0);
}

static void normalise(Basis *b)
{
  for (int64_t k = 0; k < b->n_terms; k++) {
    double *weight = b->filter + k * b->reach, sum = 0;

    for (int64_t l = 0; l < b->reach; l++) {
      sum += weight[l];
    }
    for (int64_t l = 0; l < b->reach; l++) {
      weight[l] /= sum;
    }
  }
}

/* Whether a filter is zero at all samples, or hardly more than a combination of those before it. */
static PetscErrorCode find_dependent(const Basis *b, PetscBool *dependent)
{
  const double least = 1e-10; /* share of its square that those leave */
  const int reach = (int)b->reach;
  double *rest;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(b->n_terms * b->reach, &rest));
  PetscCall(PetscArraycpy(rest, b->filter, b->n_terms * b->reach));
  *dependent = PETSC_FALSE;
  for (int64_t k = 0; k < b->n_terms && !*dependent; k++) {
    double *x = rest + k * b->reach;
    const double before = cblas_ddot(reach, x, 1, x, 1);

    for (int64_t j = 0; j < k; j++) {
      const double *other = rest + j * b->reach;
      const double share =
          cblas_ddot(reach, other, 1, x, 1) / cblas_ddot(reach, other, 1, other, 1);

      cblas_daxpy(reach, -share, other, 1, x, 1);
    }
    *dependent = cblas_ddot(reach, x, 1, x, 1) > least * before ? PETSC_FALSE : PETSC_TRUE;
  }
  PetscCall(PetscFree(rest));
  PetscFunctionReturn(0);
}

PetscErrorCode BasisCreate(const BasisChoice *c, double interval_ms, int64_t order, Basis *b)
{
  PetscBool dependent = PETSC_FALSE;

  PetscFunctionBegin;
  *b = (Basis){.n_terms = order, .reach = order};
  if (!c->type) {
    PetscFunctionReturn(0);
  }
  UserCheck(
      interval_ms > 0,
      "granger_memory is in ms, but the sampling interval is unknown; give activity_interval");
  UserCheck(c->memory_ms / interval_ms <= BASIS_MOST_REACH,
            "granger_memory = %g ms covers %.3g samples of %g ms, but filters may reach back over "
            "at most %d; lower it",
            c->memory_ms, c->memory_ms / interval_ms, interval_ms, BASIS_MOST_REACH);
  b->n_terms = c->n_filters;
  b->reach = (int64_t)floor(c->memory_ms / interval_ms + 1e-9);
  UserCheck(
      b->reach >= c->n_filters,
      "granger_memory = %g ms is %lld samples of %g ms, too few for %lld filters; raise it, or "
      "lower the number in granger_basis",
      c->memory_ms, (long long)b->reach, interval_ms, (long long)c->n_filters);
  PetscCall(PetscCalloc1(b->n_terms * b->reach, &b->filter));
  kinds[c->type - 1].fill(b->n_terms, b->reach, b->filter);
  PetscCall(find_dependent(b, &dependent));
  UserCheck(
      !dependent,
      "granger_basis = %s: over %lld samples of %g ms, some of these filters are combinations "
      "of the others; lower their number, or raise granger_memory",
      c->words, (long long)b->reach, interval_ms);
  normalise(b);
  PetscFunctionReturn(0);
}

PetscErrorCode BasisFree(Basis *b)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(b->filter));
  PetscFunctionReturn(0);
}

double BasisSpread(const Basis *b)
{
  double spread = 0;

  for (int64_t k = 0; b->filter && k < b->n_terms; k++) {
    double square = 0;

    for (int64_t l = 0; l < b->reach; l++) {
      square += b->filter[k * b->reach + l] * b->filter[k * b->reach + l];
    }
    spread += 1.0 / square / (double)b->n_terms;
  }
  return b->filter ? spread : 1.0;
}

/* The kernel sum_k b_k phi_k(lag); at single lags the coefficients themselves. */
static double kernel_at(const Basis *basis, const double *b, int64_t lag)
{
  double sum = 0;

  for (int64_t k = 0; basis->filter && k < basis->n_terms; k++) {
    sum += b[k] * basis->filter[k * basis->reach + lag - 1];
  }
  return basis->filter ? sum : b[lag - 1];
}

double BasisPeak(const Basis *basis, const double *b, double sign)
{
  double before, peak, after, bend;
  int64_t best = 1;

  for (int64_t lag = 2; lag <= basis->reach; lag++) {
    best = sign * kernel_at(basis, b, lag) > sign * kernel_at(basis, b, best) ? lag : best;
  }
  if (best == 1 || best == basis->reach) {
    return (double)best;
  }
  before = kernel_at(basis, b, best - 1);
  peak = kernel_at(basis, b, best);
  after = kernel_at(basis, b, best + 1);
  bend = before - 2.0 * peak + after;
  return (double)best + (bend * sign < 0 ? 0.5 * (before - after) / bend : 0.0);
}
