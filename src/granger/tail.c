/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tail.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>

/* Nodes per unit of the root of the statistic, and the range of the table; tails beyond it are
   rare, and computed directly. */
enum { NODES_PER_UNIT = 128, MOST_UNITS = 36, FEW_VALUES = 50000 };

/* P(F > f). With few lags and very many rows, GSL's routine computes one minus a lower tail, and
   loses everything below 1e-16. Here, the expansion of the beta distribution in the gamma
   distribution (Abramowitz & Stegun 26.5.20) gives the upper tail itself. */
static double f_tail(double f, double d1, double d2)
{
  const double many = 2e5, a = 0.5 * d1, b = 0.5 * d2;

  if (d2 < many || d1 >= 20.0 || f <= 0.0) {
    return gsl_cdf_fdist_Q(f, d1, d2);
  }
  return gsl_sf_gamma_inc_Q(a, (b + 0.5 * (a - 1.0)) * log1p(d1 * f / d2));
}

static double exact(const Tail *t, double value)
{
  return t->likelihood_ratio ? gsl_cdf_chisq_Q(PetscMax(0.0, value), t->d1)
                             : f_tail(value, t->d1, t->d2);
}

/* Density of the root of the statistic. */
static double root_density(const Tail *t, double root)
{
  const double x = PetscMax(root, 1e-9), value = x * x;

  return 2.0 * x *
         (t->likelihood_ratio ? gsl_ran_chisq_pdf(value, t->d1)
                              : gsl_ran_fdist_pdf(value, t->d1, t->d2));
}

PetscErrorCode TailCreate(PetscBool likelihood_ratio, double d1, double d2, int64_t n_values,
                          Tail *t)
{
  PetscFunctionBegin;
  *t = (Tail){.likelihood_ratio = likelihood_ratio, .d1 = d1, .d2 = d2};
  (void)gsl_set_error_handler_off();
  if (n_values < FEW_VALUES) {
    PetscFunctionReturn(0);
  }
  PetscCall(PetscMalloc1(2 * (NODES_PER_UNIT * MOST_UNITS + 1), &t->nodes));
  for (int64_t k = 0; k <= (int64_t)NODES_PER_UNIT * MOST_UNITS; k++) {
    const double root = (double)k / NODES_PER_UNIT, tail = exact(t, root * root);

    if (!(tail > 1e-290)) {
      break;
    }
    t->nodes[2 * k] = log(tail);
    t->nodes[2 * k + 1] = -root_density(t, root) / tail / NODES_PER_UNIT;
    t->n_nodes = k + 1;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode TailFree(Tail *t)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(t->nodes));
  PetscFunctionReturn(0);
}

double TailProbability(const Tail *t, double value)
{
  const double at = sqrt(PetscMax(0.0, value)) * NODES_PER_UNIT;

  if (!(at < (double)(t->n_nodes - 1))) {
    return value < 0.0 ? 1.0 : exact(t, value); /* a recursion may fit better without a source */
  }
  const int64_t k = (int64_t)at;
  const double *node = t->nodes + 2 * k, x = at - (double)k, y = 1.0 - x;

  /* cubic Hermite interpolation between two nodes */
  return exp(y * y * ((1.0 + 2.0 * x) * node[0] + x * node[1]) +
             x * x * ((1.0 + 2.0 * y) * node[2] - y * node[3]));
}

double TailQuantile(const Tail *t, double probability)
{
  double low = 0.0, high = 1.0;

  while (exact(t, high) > probability) {
    low = high;
    high *= 2.0;
  }
  while (high - low > 1e-9 * high) {
    const double middle = 0.5 * (low + high);

    if (exact(t, middle) > probability) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return low;
}
