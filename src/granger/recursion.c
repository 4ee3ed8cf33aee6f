/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What one recursion over the orders gives: the choice of the order, the model, and, once more without
   each source, the dual statistics. */
#include "granger_impl.h"

#include "causeway/error.h"
#include "causeway/log.h"

#include "lattice.h"

#include <math.h>

/* Part of the samples from which the models of a forward validation are estimated. */
static const double fit_share = 0.8;

const char *OrderCriterionName(OrderCriterion criterion)
{
  static const char *const names[] = {"given", "aicc", "bic", "hq", "validation"};

  return names[criterion];
}

/* Of order q, n_rows of them; NaN where it is not defined. */
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

/* The criterion at the order reached. The recursive estimator uses all the samples that each order leaves,
   as the MVGC toolbox does; for the others the orders are compared over the same samples. */
static PetscErrorCode evaluate(Granger g, Lattice *l, double *value)
{
  const int64_t common = g->order_max;
  double log_determinant;

  PetscFunctionBegin;
  if (g->criterion == ORDER_VALIDATION) {
    PetscCall(LatticePredictionError(l, l->fit_end, value));
  } else if (g->estimator == ESTIMATOR_LWR) {
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

/* Goes on to the last order; keeps the model of the best one. */
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
      PetscCall(evaluate(g, l, &value));
      if (!(value < best)) {
        continue;
      }
      best = value;
    }
    g->info.order = l->order;
    if (g->estimator == ESTIMATOR_LWR) {
      PetscCall(VarModelFree(model));
      PetscCall(LatticeModel(l, model));
    }
  }
  if (g->criterion != ORDER_GIVEN && best < INFINITY && g->info.order == l->most && l->most > 1 &&
      !g->quiet) {
    PetscCall(
        LogWarning("the order that %s chooses, %lld, is the highest that it may: a higher one "
                   "may be better; raise granger_order_max\n",
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
  if (validates && g->estimator == ESTIMATOR_LWR) { /* once more, from all samples */
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

/* Column `source` of the growth of the variances. */
static void compare_variances(const Partition *part, int64_t source, const double *full,
                              const double *reduced, double *ratio)
{
  for (int64_t i = 0; i < part->n_local; i++) {
    const int64_t target = part->first + i;

    if (target != source) {
      ratio[i * part->n_global + source] =
          reduced[target - (target > source ? 1 : 0)] / full[target] - 1.0;
    }
  }
}

PetscErrorCode RecursionLeaveOneOut(Granger g, const ProcessGrid *grid, Activity activity,
                                    const VarModel *model, ReducedRecursions *reduced)
{
  const Partition *part = reduced->partition;
  double *full, *without;
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(model->n, &full, model->n, &without));
  PetscCall(VarModelVariances(model, full));
  g->info.flops += reduced->flops; /* of earlier jobs */
  g->info.regression_s += reduced->seconds;
  while (!status && model->n > 1 && reduced->next < model->n) {
    const double start_s = MPI_Wtime(), flops = g->info.flops;
    VarModel other = {0};

    status = run_lattice(g, grid, activity, reduced->next, ActivitySamples(activity), &other);
    if (!status) {
      PetscCall(VarModelVariances(&other, without));
      compare_variances(part, reduced->next, full, without, reduced->ratio);
      reduced->next++;
      reduced->seconds += MPI_Wtime() - start_s;
      reduced->flops += g->info.flops - flops;
      status = CheckpointOffer(g->checkpoint);
    }
    PetscCall(VarModelFree(&other));
  }
  PetscCall(PetscFree2(full, without));
  PetscFunctionReturn(status);
}

PetscErrorCode ReducedRecursionsKeep(ReducedRecursions *r, Snapshot s)
{
  const Partition *part = r->partition;
  const int64_t dims[2] = {part->n_global, part->n_global}, first[2] = {part->first, 0};
  const int64_t count[2] = {part->n_local, part->n_global};

  PetscFunctionBegin;
  PetscCall(SnapshotInteger(s, "next_source", &r->next));
  PetscCall(SnapshotReal(s, "seconds", &r->seconds));
  PetscCall(SnapshotReal(s, "flops", &r->flops));
  PetscCall(
      SnapshotArray(s, "ratio", "1", DATA_FLOAT64, 2, dims, first, count, PETSC_TRUE, r->ratio));
  PetscFunctionReturn(0);
}
