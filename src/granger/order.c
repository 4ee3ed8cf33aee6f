/* SPDX-License-Identifier: GPL-3.0-or-later */

/* One recursion over the orders: chooses the order, and gives the model. */
#include "order.h"

#include "causeway/error.h"
#include "causeway/log.h"

#include "var/lattice.h"

#include <math.h>

/* Fraction of the samples that fits the models of a forward validation. */
static const double fit_share = 0.8;

const ParameterWord OrderCriteria[] = {
    {"aicc", "corrected information criterion of Akaike", -ORDER_AICC},
    {"bic", "Bayesian information criterion of Schwarz", -ORDER_BIC},
    {"hq", "information criterion of Hannan and Quinn", -ORDER_HQ},
    {"validation", "least error in predicting the last fifth", -ORDER_VALIDATION},
    {NULL, NULL, 0}};

const char *OrderCriterionName(OrderCriterion criterion)
{
  return criterion == ORDER_GIVEN ? "given" : OrderCriteria[criterion - ORDER_AICC].name;
}

/* Information criterion of order q from n_rows rows; NaN where it is undefined. */
static double information(OrderCriterion criterion, double log_determinant, double n, double q,
                          double n_rows)
{
  const double k = q * n * n;

  switch (criterion) {
  case ORDER_AICC:
    return n_rows - k - 1.0 > 0 ? n_rows * log_determinant + 2.0 * k * n_rows / (n_rows - k - 1.0)
                                : NAN;
  case ORDER_BIC:
    return n_rows * log_determinant + k * log(n_rows);
  case ORDER_HQ:
    return n_rows * log_determinant + 2.0 * k * log(log(n_rows));
  default:
    return NAN;
  }
}

/* Evaluates the criterion at the current order. For the recursive estimator, each order uses all
   samples that it leaves, as in the MVGC toolbox. For other estimators, all orders are compared
   over the same samples. */
static PetscErrorCode evaluate(Granger g, Lattice *l, PetscBool for_model, double *value)
{
  const int64_t common = g->order_max;
  double log_determinant;

  PetscFunctionBegin;
  if (g->criterion == ORDER_VALIDATION) {
    PetscCall(LatticePredictionError(l, l->fit_end, value));
  } else if (for_model) {
    PetscCall(LatticeLogDeterminant(l, &log_determinant));
    *value = information(g->criterion, log_determinant, (double)l->n, (double)l->order,
                         (double)LatticeRows(l, l->order + 1, 0));
  } else {
    PetscCall(LatticeSampleLogDeterminant(l, common, &log_determinant));
    *value = information(g->criterion, log_determinant, (double)l->n, (double)l->order,
                         (double)LatticeRows(l, common, 0));
  }
  PetscCall(LogPrintf("granger    order %lld: %s %.8g\n", (long long)l->order,
                      OrderCriterionName(g->criterion), *value));
  PetscFunctionReturn(0);
}

/* Continues to the highest order; keeps the model of the best one. */
static PetscErrorCode climb(Granger g, Lattice *l, VarModel *model)
{
  double best = INFINITY, value;

  PetscFunctionBegin;
  while (l->order < l->most) {
    PetscCall(LatticeStep(l));
    if (g->criterion == ORDER_GIVEN && l->order < l->most) {
      continue;
    }
    if (g->criterion != ORDER_GIVEN) {
      PetscCall(evaluate(g, l, model ? PETSC_TRUE : PETSC_FALSE, &value));
      if (!(value < best)) {
        continue;
      }
      best = value;
    }
    g->info.order = l->order;
    if (model) {
      PetscCall(VarModelFree(model));
      PetscCall(LatticeModel(l, model));
    }
  }
  if (g->criterion != ORDER_GIVEN && best < INFINITY && g->info.order == l->most && l->most > 1 &&
      !g->quiet) {
    PetscCall(LogWarning("%s chooses order %lld, the highest allowed, although a higher one may be "
                         "better; raise granger_order_max\n",
                         OrderCriterionName(g->criterion), (long long)g->info.order));
  }
  UserCheck(g->criterion == ORDER_GIVEN || best < INFINITY,
            "granger_order = %s is not defined for any order up to granger_order_max = %lld: %lld "
            "neurons leave too few of %lld samples; give the order, or take bic",
            OrderCriterionName(g->criterion), (long long)g->order_max, (long long)l->n,
            (long long)l->n_samples);
  PetscFunctionReturn(0);
}

static PetscErrorCode run_lattice(Granger g, const ProcessGrid *grid, Activity activity,
                                  int64_t excluded, int64_t fit_end, VarModel *model)
{
  const int64_t n = ActivityPartition(activity)->n_global;
  const int64_t most = excluded < 0 ? GrangerHighestOrder(g) : g->info.order;
  Lattice lattice = {0};
  PetscErrorCode status;

  PetscFunctionBegin;
  status = LatticeCreate(grid, activity, excluded,
                         GrangerBlockNeurons(g, 1, n, grid->rows, grid->columns), most, fit_end,
                         &lattice);
  if (!status && excluded < 0) {
    status = climb(g, &lattice, model);
  }
  while (!status && lattice.order < most) {
    status = LatticeStep(&lattice);
  }
  if (!status && excluded >= 0) {
    status = LatticeModel(&lattice, model);
  }
  g->info.flops += lattice.flops;
  g->weakest_share = excluded < 0 ? lattice.weakest_share : g->weakest_share;
  PetscCall(LatticeFree(&lattice));
  PetscFunctionReturn(status);
}

PetscErrorCode RecursionSolve(Granger g, const ProcessGrid *grid, Activity activity,
                              VarModel *model)
{
  const int64_t n_samples = ActivitySamples(activity);
  const double start_s = MPI_Wtime();
  PetscBool validates = g->criterion == ORDER_VALIDATION ? PETSC_TRUE : PETSC_FALSE;

  PetscFunctionBegin;
  PetscCall(run_lattice(g, grid, activity, -1,
                        validates ? (int64_t)(fit_share * (double)n_samples) : n_samples, model));
  g->info.regression_s += MPI_Wtime() - start_s;
  if (validates && model) { /* refits the model from all samples */
    const OrderCriterion criterion = g->criterion;
    const int64_t order = g->order;
    PetscErrorCode status;

    g->criterion = ORDER_GIVEN;
    g->order = g->info.order;
    status = RecursionSolve(g, grid, activity, model);
    g->criterion = criterion;
    g->order = order;
    PetscCall(status);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode RecursionWithout(Granger g, const ProcessGrid *grid, Activity activity,
                                int64_t source, VarModel *model)
{
  PetscFunctionBegin;
  PetscCall(run_lattice(g, grid, activity, source, ActivitySamples(activity), model));
  PetscFunctionReturn(0);
}

double RecursionNumbers(const GrangerSize *size)
{
  const double n = (double)size->n_neurons, p = (double)size->order;
  const double share = n * n / size->ranks;

  /* residuals, coefficients of both directions; state-space solution */
  return 4.0 * (double)size->n_samples * n / size->ranks + (2.0 * p + 9.0) * share +
         (p + 4.0) * share + n * (3.0 * p * p + p + 2.0);
}
