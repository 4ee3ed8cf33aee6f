/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "granger_impl.h"

#include "causeway/error.h"
#include "causeway/log.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_sf_gamma.h>
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

static PetscErrorCode check_size(Granger g, int ranks, int64_t n_neurons, int64_t n_samples)
{
  const int64_t n_rows = n_samples - g->order, unknowns = n_neurons * g->order;
  const char *hint =
      n_neurons > n_samples ? "; are neurons and time exchanged (activity_layout)?" : "";

  PetscFunctionBegin;
  UserCheck(n_rows > 0,
            "the activity has %lld samples, but granger_order = %lld lags need more; are neurons "
            "and time exchanged (activity_layout)?",
            (long long)n_samples, (long long)g->order);
  UserCheck(
      unknowns < n_rows,
      "%lld neurons x %lld lags = %lld unknowns need more than the %lld rows that %lld samples "
      "give; lower granger_order, record longer or take fewer neurons%s",
      (long long)n_neurons, (long long)g->order, (long long)unknowns, (long long)n_rows,
      (long long)n_samples, hint);
  PetscCall(RegressionCheckSize(g, ranks, n_neurons));
  PetscFunctionReturn(0);
}

/* P(F > f). With few lags and very many rows GSL's routine takes one minus a lower tail, and loses
   everything below 1e-16; there the expansion of the beta distribution in the gamma distribution (Abramowitz & Stegun
   26.5.20) is used for the upper tail itself. */
static double upper_tail(double f, double d1, double d2)
{
  const double many = 2e5, a = 0.5 * d1, b = 0.5 * d2;

  if (d2 < many || d1 >= 20.0 || f <= 0.0) {
    return gsl_cdf_fdist_Q(f, d1, d2);
  }
  return gsl_sf_gamma_inc_Q(a, (b + 0.5 * (a - 1.0)) * log1p(d1 * f / d2));
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
      p_value[at] = upper_tail(growth[at], p, free_rows);
    }
    gc[i * r->n + part->first + i] = 0.0;
    growth[i * r->n + part->first + i] = 0.0;
    p_value[i * r->n + part->first + i] = 1.0;
  }
  PetscFunctionReturn(0);
}

static const struct {
  const char *reading, *description;
} matrices[] = {{"gc", "log of the ratio of residual sums of squares without and with the source"},
                {"f_statistic", "F of the restriction that the source has no influence"},
                {"p_value", "upper tail of the F distribution"}};

static const struct {
  Multiplicity multiplicity;
  const char *reading, *description;
} masks[] = {{MULTIPLICITY_BENJAMINI_HOCHBERG, "significant_benjamini_hochberg",
              "1 where significant, false-discovery rate of Benjamini and Hochberg"},
             {MULTIPLICITY_BENJAMINI_YEKUTIELI, "significant_benjamini_yekutieli",
              "1 where significant, false-discovery rate of Benjamini and Yekutieli"},
             {MULTIPLICITY_BONFERRONI, "significant_bonferroni",
              "1 where significant, family-wise error of Bonferroni"}};

enum {
  N_MATRICES = PETSC_STATIC_ARRAY_LENGTH(matrices),
  N_MASKS = PETSC_STATIC_ARRAY_LENGTH(masks)
};

/* gc, F and p, zero */
static PetscErrorCode add_matrices(Causality causality, double *values[N_MATRICES])
{
  PetscFunctionBegin;
  for (int k = 0; k < N_MATRICES; k++) {
    PetscCall(CausalityAdd(causality, method, matrices[k].reading, "1", matrices[k].description,
                           &values[k]));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode add_masks(Granger g, Causality causality, const double *p_value)
{
  PetscFunctionBegin;
  for (int k = 0; k < N_MASKS; k++) {
    uint8_t *mask;

    PetscCall(CausalityAddMask(causality, method, masks[k].reading, masks[k].description, &mask));
    PetscCall(MultiplicityMask(masks[k].multiplicity, CausalityPartition(causality), p_value,
                               g->level, mask, &g->info.significant[k]));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode add_notes(Granger g, Causality causality)
{
  const int64_t p = g->info.order, n_rows = g->info.n_rows;
  const int64_t n = CausalityPartition(causality)->n_global;

  PetscFunctionBegin;
  PetscCall(
      CausalityNoteText(causality, method, "estimator",
                        "ordinary least squares VAR with intercept, dual regression, Cholesky "
                        "of the shifted Gram matrix"));
  PetscCall(CausalityNote(causality, method, "order_samples", (double)p));
  PetscCall(CausalityNote(causality, method, "rows", (double)n_rows));
  PetscCall(CausalityNote(causality, method, "degrees_of_freedom_1", (double)p));
  PetscCall(CausalityNote(causality, method, "degrees_of_freedom_2", (double)(n_rows - n * p)));
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
  double flops;

  PetscFunctionBegin;
  if (!r->factored) {
    PetscCall(RegressionProducts(r, activity));
    PetscCall(RegressionGram(r));
    PetscCall(RegressionFactor(r));
    PetscCall(CheckpointMilestone(g->checkpoint));
  }
  PetscCall(RegressionSolve(r, &g->info.condition_number));
  PetscCall(RegressionGrowth(r, part, growth));
  PetscCallMPI(MPI_Allreduce(&r->flops, &flops, 1, MPI_DOUBLE, MPI_SUM, g->comm));
  g->info.flops = r->earlier_flops + flops;
  g->info.regression_s = r->earlier_s + MPI_Wtime() - r->start_s;
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerSolve(Granger g, Activity activity, PetscBool resumes, Causality causality)
{
  const Partition *part = CausalityPartition(causality);
  Regression r;
  double *values[N_MATRICES];
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(check_size(g, part->size, part->n_global, ActivitySamples(activity)));
  PetscCall(add_matrices(causality, values));
  PetscCall(RegressionCreate(g, activity, &r));
  g->regression = &r;
  status = resumes ? GrangerResume(g) : 0;
  status = status ? status : regress(g, &r, activity, part, values[1]);
  g->regression = NULL;
  if (!status) {
    g->info.order = r.p;
    g->info.n_rows = r.n_rows;
    PetscCall(fill_statistics(&r, part, values[1], values[0], values[2]));
    PetscCall(add_masks(g, causality, values[2]));
    PetscCall(add_notes(g, causality));
    PetscCall(warn_ill_conditioned(g->info.condition_number));
  }
  PetscCall(RegressionFree(&r));
  PetscFunctionReturn(status);
}

PetscErrorCode GrangerReload(Granger g, const char *file, Causality causality)
{
  char path[PETSC_MAX_PATH_LEN];
  double *values[N_MATRICES], *stored;
  Partition part;

  PetscFunctionBegin;
  PetscCall(add_matrices(causality, values));
  for (int k = 0; k < N_MATRICES; k++) {
    PetscCall(PetscSNPrintf(path, sizeof(path), "%s:/%s/%s", file, method, matrices[k].reading));
    PetscCall(CausalityReadMatrix(g->comm, path, &part, &stored));
    UserCheck(part.n_global == CausalityPartition(causality)->n_global, "%s: is of %lld neurons",
              path, (long long)part.n_global);
    PetscCall(PetscArraycpy(values[k], stored, part.n_local * part.n_global));
    PetscCall(PetscFree(stored));
  }
  PetscCall(add_masks(g, causality, values[2]));
  PetscCall(add_notes(g, causality));
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerEstimate(Granger g, int ranks, int64_t n_neurons, int64_t n_samples,
                               double *memory, double *file)
{
  const double n = (double)n_neurons, p = (double)g->order, t = (double)n_samples;
  const double local = ceil(n / ranks), share = n * n / ranks;
  double panels;
  int rows, columns;

  PetscFunctionBegin;
  PetscCall(check_size(g, ranks, n_neurons, n_samples));
  ProcessGridShape(ranks, &rows, &columns);
  panels = ceil(n / rows) + ceil(n / columns) + 2.0 * local;
  /* activity; panels and what is sent for them; Gram matrix, right-hand sides, products and one
     transpose; inverse blocks on every rank; three statistics, three masks, one sorted copy; copy
     for a snapshot */
  *memory = 8.0 * (local * t + panels * (2048.0 + p) + share * (p * p + 2.0 * p + 2.0) +
                   n * (p * p + p + 2.0) + local * n * 4.0) +
            3.0 * local * n + 8.0 * PetscMin((double)KEEP_ENTRIES, local * n * p * p);
  *file = n * n * (3 * 8 + 3);
  PetscFunctionReturn(0);
}
