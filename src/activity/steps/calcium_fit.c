/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "steps/calcium_fit.h"

#include <math.h>

/* A pool of samples without influx except at its beginning. */
typedef struct {
  double value, weight; /* at the beginning */
  int64_t first, length;
} Pool;

/* Merges the next pool into this one because its value would fall below the decayed one. */
static void merge(Pool *p, const Pool *next, double g)
{
  const double decay = pow(g, (double)p->length);
  const double weight = p->weight + decay * decay * next->weight;

  p->value = (p->weight * p->value + decay * next->weight * next->value) / weight;
  p->weight = weight;
  p->length += next->length;
}

static PetscErrorCode fit_first(double g, int64_t n, const double y[], double penalty,
                                double minimum, double c[], double s[])
{
  int64_t n_pools = 0;
  Pool *pools;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(n, &pools));
  for (int64_t t = 0; t < n; t++) {
    pools[n_pools++] = (Pool){y[t] - penalty * (t + 1 < n ? 1 - g : 1), 1, t, 1};
    while (n_pools > 1) {
      Pool *p = &pools[n_pools - 2];

      if (pools[n_pools - 1].value >= pow(g, (double)p->length) * PetscMax(p->value, 0) + minimum) {
        break;
      }
      merge(p, &pools[n_pools - 1], g);
      n_pools--;
    }
  }
  for (int64_t k = 0; k < n_pools; k++) {
    double value = PetscMax(pools[k].value, 0);

    for (int64_t t = pools[k].first; t < pools[k].first + pools[k].length; t++) {
      c[t] = value;
      s[t] = 0;
      value *= g;
    }
  }
  for (int64_t k = 0; k < n_pools; k++) {
    const int64_t t = pools[k].first;

    s[t] = PetscMax(c[t] - (t ? g * c[t - 1] : 0), 0);
  }
  PetscCall(PetscFree(pools));
  PetscFunctionReturn(0);
}

/* y = G x, the influxes of calcium x. */
static void influx(const double g[2], int64_t n, const double x[], double y[])
{
  for (int64_t t = n - 1; t >= 0; t--) {
    y[t] = x[t] - (t > 0 ? g[0] * x[t - 1] : 0) - (t > 1 ? g[1] * x[t - 2] : 0);
  }
}

/* y = G' x */
static void influx_transposed(const double g[2], int64_t n, const double x[], double y[])
{
  for (int64_t t = 0; t < n; t++) {
    y[t] = x[t] - (t + 1 < n ? g[0] * x[t + 1] : 0) - (t + 2 < n ? g[1] * x[t + 2] : 0);
  }
}

/* Cholesky factor of I + G' D G: the diagonal and two subdiagonals; l[3 t + k] is in row t + k. */
static void factorise(const double g[2], int64_t n, const double d[], double l[])
{
  for (int64_t t = 0; t < n; t++) {
    const double d1 = t + 1 < n ? d[t + 1] : 0, d2 = t + 2 < n ? d[t + 2] : 0;
    double a0 = 1 + d[t] + g[0] * g[0] * d1 + g[1] * g[1] * d2;
    double a1 = -g[0] * d1 + g[0] * g[1] * d2, a2 = -g[1] * d2;

    if (t > 0) {
      a0 -= l[3 * (t - 1) + 1] * l[3 * (t - 1) + 1];
      a1 -= l[3 * (t - 1) + 1] * l[3 * (t - 1) + 2];
    }
    if (t > 1) {
      a0 -= l[3 * (t - 2) + 2] * l[3 * (t - 2) + 2];
    }
    l[3 * t] = sqrt(a0);
    l[3 * t + 1] = a1 / l[3 * t];
    l[3 * t + 2] = a2 / l[3 * t];
  }
}

static void solve(int64_t n, const double l[], double x[])
{
  for (int64_t t = 0; t < n; t++) {
    x[t] -= t > 0 ? l[3 * (t - 1) + 1] * x[t - 1] : 0;
    x[t] -= t > 1 ? l[3 * (t - 2) + 2] * x[t - 2] : 0;
    x[t] /= l[3 * t];
  }
  for (int64_t t = n - 1; t >= 0; t--) {
    x[t] -= t + 1 < n ? l[3 * t + 1] * x[t + 1] : 0;
    x[t] -= t + 2 < n ? l[3 * t + 2] * x[t + 2] : 0;
    x[t] /= l[3 * t];
  }
}

/* State of the interior-point method: influxes s, multipliers z, and a step in each. */
typedef struct {
  int64_t n;
  const double *g;
  double *c, *s, *z, *dc, *ds, *dz, *residual, *l, *work;
} Interior;

/* Step towards s z = `target`, with or without the second-order term of the previous step. */
static void find_step(Interior *p, double target, PetscBool corrects)
{
  for (int64_t t = 0; t < p->n; t++) {
    const double second = corrects ? p->ds[t] * p->dz[t] : 0;

    p->work[t] = (p->s[t] * p->z[t] + second - target) / p->s[t];
  }
  influx_transposed(p->g, p->n, p->work, p->dc);
  for (int64_t t = 0; t < p->n; t++) {
    p->dc[t] = -p->residual[t] - p->dc[t];
  }
  solve(p->n, p->l, p->dc);
  influx(p->g, p->n, p->dc, p->ds);
  for (int64_t t = 0; t < p->n; t++) {
    p->dz[t] = -p->work[t] - p->z[t] / p->s[t] * p->ds[t];
  }
}

/* Largest step length, at most 1, for which x + length dx stays positive. */
static double reach(int64_t n, const double x[], const double dx[])
{
  double most = 1;

  for (int64_t t = 0; t < n; t++) {
    if (x[t] + most * dx[t] < 0) {
      most = -x[t] / dx[t];
    }
  }
  return most;
}

static double gap(const Interior *p, double step_s, double step_z)
{
  double sum = 0;

  for (int64_t t = 0; t < p->n; t++) {
    sum += (p->s[t] + step_s * p->ds[t]) * (p->z[t] + step_z * p->dz[t]);
  }
  return sum / (double)p->n;
}

/* One predictor and one corrector step. */
static void advance(Interior *p, const double y[], double penalty)
{
  const double mu = gap(p, 0, 0);
  double step_s, step_z, ratio;

  for (int64_t t = 0; t < p->n; t++) {
    p->work[t] = penalty - p->z[t];
    p->l[t] = p->z[t] / p->s[t];
  }
  influx_transposed(p->g, p->n, p->work, p->residual);
  for (int64_t t = 0; t < p->n; t++) {
    p->residual[t] += p->c[t] - y[t];
    p->work[t] = p->l[t];
  }
  factorise(p->g, p->n, p->work, p->l);
  find_step(p, 0, PETSC_FALSE);
  step_s = reach(p->n, p->s, p->ds);
  step_z = reach(p->n, p->z, p->dz);
  ratio = gap(p, step_s, step_z) / mu;
  find_step(p, ratio * ratio * ratio * mu, PETSC_TRUE);
  step_s = PetscMin(1, 0.995 * reach(p->n, p->s, p->ds));
  step_z = PetscMin(1, 0.995 * reach(p->n, p->z, p->dz));
  for (int64_t t = 0; t < p->n; t++) {
    p->c[t] += step_s * p->dc[t];
    p->s[t] += step_s * p->ds[t];
    p->z[t] += step_z * p->dz[t];
  }
}

static PetscErrorCode fit_second(const double g[2], int64_t n, const double y[], double penalty,
                                 double c[], double s[])
{
  const int most = 100;
  const double tolerance = 1e-12; /* on s z, in units of y^2 */
  double *work, scale = 0;
  Interior p = {.n = n, .g = g, .c = c, .s = s};

  PetscFunctionBegin;
  for (int64_t t = 0; t < n; t++) {
    scale += y[t] * y[t] / (double)n;
  }
  scale = scale > 0 ? sqrt(scale) : 1;
  PetscCall(PetscMalloc1(9 * n, &work));
  p.z = work;
  p.dc = work + n;
  p.ds = work + 2 * n;
  p.dz = work + 3 * n;
  p.residual = work + 4 * n;
  p.work = work + 5 * n;
  p.l = work + 6 * n;
  for (int64_t t = 0; t < n; t++) {
    s[t] = scale * PetscMax(1 - g[0] - g[1], 1e-3);
    p.z[t] = scale;
    c[t] = s[t] + (t > 0 ? g[0] * c[t - 1] : 0) + (t > 1 ? g[1] * c[t - 2] : 0);
  }
  for (int k = 0; k < most && gap(&p, 0, 0) > tolerance * scale * scale; k++) {
    advance(&p, y, penalty);
  }
  PetscCall(PetscFree(work));
  PetscFunctionReturn(0);
}

PetscErrorCode CalciumFit(const CalciumModel *model, int64_t n, const double y[], double penalty,
                          double minimum, double c[], double s[])
{
  PetscFunctionBegin;
  if (model->order == 1) {
    PetscCall(fit_first(model->g[0], n, y, penalty, minimum, c, s));
  } else {
    PetscCall(fit_second(model->g, n, y, penalty, c, s));
  }
  PetscFunctionReturn(0);
}
