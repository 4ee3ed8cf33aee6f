/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "granger_impl.h"

#include "causeway/error.h"
#include "causeway/log.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <math.h>

static const char method[] = "granger";

PetscErrorCode GrangerCreate(MPI_Comm comm, Granger *granger)
{
  PetscFunctionBegin;
  PetscCall(PetscNew(granger));
  (*granger)->comm = comm;
  (*granger)->order = 5;
  (*granger)->level = 0.05;
  (*granger)->block = 128;
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerDestroy(Granger *granger)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(*granger));
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerSetFromOptions(Granger g, Parameters parameters)
{
  PetscFunctionBegin;
  PetscCall(ParametersInteger(parameters, "granger_order", "samples", "lags of the regression", 1,
                              100000, &g->order));
  PetscCall(ParametersReal(parameters, "granger_level", "1",
                           "level of the significance masks (false-discovery rate, or family-wise)",
                           0.0, 1.0, &g->level));
  PetscCall(ParametersInteger(parameters, "granger_block", "1",
                              "rows of a block of the block-cyclic layout", 1, 65536, &g->block));
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerSetOrder(Granger g, int64_t order)
{
  PetscFunctionBegin;
  g->order = order;
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerGetInfo(Granger g, GrangerInfo *info)
{
  PetscFunctionBegin;
  *info = g->info;
  PetscFunctionReturn(0);
}

static PetscErrorCode check_size(Granger g, int64_t n_neurons, int64_t n_samples)
{
  const int64_t n_rows = n_samples - g->order;

  PetscFunctionBegin;
  UserCheck(
      n_rows > 0,
      "the activity has %lld samples, but granger_order = %lld lags need more; are neurons and "
      "time exchanged (activity_layout)?",
      (long long)n_samples, (long long)g->order);
  UserCheck(
      n_neurons *
              g->order<n_rows,
                       "%lld neurons x %lld lags = %lld unknowns need more than the %lld rows that "
                       "%lld samples "
                       "give; lower granger_order, record longer or take fewer neurons%s",
                       (long long)n_neurons, (long long)g->order, (long long)(n_neurons * g->order),
                       (long long)n_rows, (long long)n_samples, n_neurons>
                  n_samples
          ? "; are neurons and time exchanged (activity_layout)?"
          : "");
  PetscFunctionReturn(0);
}

/* From the growth of the residuals to F, GC and p; the diagonal is not a pair. */
static PetscErrorCode fill_statistics(const Regression *r, const Partition *part, double *growth,
                                      double *gc, double *p_value)
{
  const double free_rows = (double)(r->n_rows - r->n * r->p), p = (double)r->p;

  PetscFunctionBegin;
  (void)gsl_set_error_handler_off();
  for (int64_t i = 0; i < part->n_local; i++) {
    const double residual = r->residual[part->first + i];

    for (int64_t j = 0; j < r->n; j++) {
      const int64_t at = i * r->n + j;
      const double ratio = growth[at] / residual;

      gc[at] = log1p(ratio);
      growth[at] = ratio / p * free_rows;
      p_value[at] = gsl_cdf_fdist_Q(growth[at], p, free_rows);
    }
    gc[i * r->n + part->first + i] = 0.0;
    growth[i * r->n + part->first + i] = 0.0;
    p_value[i * r->n + part->first + i] = 1.0;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode add_masks(Granger g, Causality causality, const double *p_value)
{
  static const struct {
    Multiplicity multiplicity;
    const char *reading, *description;
  } masks[] = {{MULTIPLICITY_BENJAMINI_HOCHBERG, "significant_benjamini_hochberg",
                "1 where significant, false-discovery rate of Benjamini and Hochberg"},
               {MULTIPLICITY_BENJAMINI_YEKUTIELI, "significant_benjamini_yekutieli",
                "1 where significant, false-discovery rate of Benjamini and Yekutieli"},
               {MULTIPLICITY_BONFERRONI, "significant_bonferroni",
                "1 where significant, family-wise error of Bonferroni"}};

  PetscFunctionBegin;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(masks); k++) {
    uint8_t *mask;

    PetscCall(CausalityAddMask(causality, method, masks[k].reading, masks[k].description, &mask));
    PetscCall(MultiplicityMask(masks[k].multiplicity, CausalityPartition(causality), p_value,
                               g->level, mask, &g->info.significant[k]));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode add_notes(Granger g, Causality causality, const Regression *r)
{
  PetscFunctionBegin;
  PetscCall(
      CausalityNoteText(causality, method, "estimator",
                        "ordinary least squares VAR with intercept, dual regression, Cholesky "
                        "of the shifted Gram matrix"));
  PetscCall(CausalityNote(causality, method, "order_samples", (double)r->p));
  PetscCall(CausalityNote(causality, method, "rows", (double)r->n_rows));
  PetscCall(CausalityNote(causality, method, "degrees_of_freedom_1", (double)r->p));
  PetscCall(
      CausalityNote(causality, method, "degrees_of_freedom_2", (double)(r->n_rows - r->n * r->p)));
  PetscCall(CausalityNote(causality, method, "condition_number", g->info.condition_number));
  PetscCall(CausalityNote(causality, method, "level", g->level));
  PetscFunctionReturn(0);
}

static PetscErrorCode warn_ill_conditioned(double condition_number)
{
  /* the Gram route loses about eps cond^2 */
  const double error = 2.2e-16 * condition_number * condition_number;

  PetscFunctionBegin;
  if (error > 1e-6) {
    PetscCall(LogWarning("the lag matrix has condition number %.2g: expect a relative error near "
                         "%.0e in the Granger statistics\n",
                         condition_number, error));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode regress(Granger g, Regression *r, Activity activity, const Partition *part,
                              double *growth)
{
  double flops, start = MPI_Wtime();

  PetscFunctionBegin;
  PetscCall(RegressionProducts(r, activity));
  PetscCall(RegressionGram(r));
  PetscCall(RegressionSolve(r, &g->info.condition_number));
  PetscCall(RegressionGrowth(r, part, growth));
  PetscCallMPI(MPI_Allreduce(&r->flops, &flops, 1, MPI_DOUBLE, MPI_SUM, g->comm));
  g->info.flops = flops;
  g->info.regression_s = MPI_Wtime() - start;
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerSolve(Granger g, Activity activity, Causality causality)
{
  const Partition *part = CausalityPartition(causality);
  Regression r;
  double *gc, *f_statistic, *p_value;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(check_size(g, part->n_global, ActivitySamples(activity)));
  PetscCall(CausalityAdd(causality, method, "gc", "1",
                         "log of the ratio of residual sums of squares without and with the source",
                         &gc));
  PetscCall(CausalityAdd(causality, method, "f_statistic", "1",
                         "F of the restriction that the source has no influence", &f_statistic));
  PetscCall(CausalityAdd(causality, method, "p_value", "1", "upper tail of the F distribution",
                         &p_value));
  PetscCall(RegressionCreate(g, activity, &r));
  status = regress(g, &r, activity, part, f_statistic);
  if (!status) {
    g->info.order = r.p;
    g->info.n_rows = r.n_rows;
    PetscCall(fill_statistics(&r, part, f_statistic, gc, p_value));
    PetscCall(add_masks(g, causality, p_value));
    PetscCall(add_notes(g, causality, &r));
    PetscCall(warn_ill_conditioned(g->info.condition_number));
  }
  PetscCall(RegressionFree(&r));
  PetscFunctionReturn(status);
}

PetscErrorCode GrangerEstimate(Granger g, int ranks, int64_t n_neurons, int64_t n_samples,
                               double *memory, double *file)
{
  const double n = (double)n_neurons, p = (double)g->order, t = (double)n_samples;
  const double side = ceil(n / sqrt((double)ranks)), local = ceil(n / ranks);

  PetscFunctionBegin;
  PetscCall(check_size(g, n_neurons, n_samples));
  /* activity; panels and their send buffers; Gram matrix, right-hand sides, products and one
     transpose; three statistics, three masks and one sorted copy */
  *memory =
      8.0 * (local * t + 2.0 * (side + local) * (2048.0 + p) +
             n * n / ranks * (p * p + p + p + 2.0) + n * (p * p + p + 2.0) + local * n * 4.0) +
      3.0 * local * n;
  *file = n * n * (3 * sizeof(double) + 3);
  PetscFunctionReturn(0);
}
