/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Converts the readings of all members to score matrices. */
#include "forecaster_impl.h"

#include "causeway/error.h"

#include "causeway/internal/parallel/redistribute.h"

#include <math.h>
#include <stdio.h>

/* Fetches the rows of a member's scores in the common layout from its group. */
static PetscErrorCode fetch_scores(Forecaster f, int64_t m, const double *rows,
                                   const Partition *common, double *values)
{
  const Partition *ring = &f->windows.partition;
  const PetscBool here = ForecasterGroup(f, m) == f->grid.group_index && f->grid.batch_index == 0
                             ? PETSC_TRUE
                             : PETSC_FALSE;

  PetscFunctionBegin;
  PetscCall(FetchRows(f->comm, (size_t)common->n_global * sizeof(double), ring->first,
                      here ? ring->n_local : 0, rows, common->first, common->n_local, values));
  PetscFunctionReturn(0);
}

/* Describes a matrix of reading `k`. */
static ScoreInfo describe(Forecaster f, int k, const char *name, const char *description)
{
  return (ScoreInfo){.method = f->type->name,
                     .reading = name,
                     .units = f->readings[k]->units,
                     .description = description,
                     .order = ForecasterTypeOrder(f->type) + k};
}

/* For a reading with a standard error: mean of the members over mean of their errors, and its upper tail. The error does not
   shrink with the number of members because all have seen the same windows. */
static PetscErrorCode add_significance(Forecaster f, Causality causality, int k, const double *mean)
{
  const Partition *common = CausalityPartition(causality);
  const int64_t n = common->n_global, length = common->n_local * n;
  double *error, *values, *z, *p;
  ScoreInfo info;

  PetscFunctionBegin;
  PetscCall(PetscCalloc2(length, &error, length, &values));
  for (int64_t m = 0; m < f->plan.n_members; m++) {
    if (f->members[m].result.best_epoch > 0) {
      PetscCall(fetch_scores(f, m, f->members[m].error[k], common, values));
      for (int64_t at = 0; at < length; at++) {
        error[at] += values[at] / (double)f->info.n_used;
      }
    }
  }
  info = describe(f, k, f->z_score[k], "the same by its standard error over windows");
  info.units = "1";
  info.order = 0; /* the reading represents it in tables */
  PetscCall(CausalityAdd(causality, &info, &z));
  info = describe(f, k, f->p_value[k], "upper tail of the normal distribution at the z score");
  info.units = "1";
  info.order = 0;
  info.role = ROLE_P_VALUE;
  info.sense = SENSE_SMALLER;
  PetscCall(CausalityAdd(causality, &info, &p));
  for (int64_t at = 0; at < length; at++) {
    z[at] = error[at] > 0 ? mean[at] / error[at] : 0.0;
    p[at] = at % n == common->first + at / n ? 1.0 : 0.5 * erfc(z[at] / sqrt(2.0));
  }
  PetscCall(PetscFree2(error, values));
  PetscFunctionReturn(0);
}

/* Makes the names of all matrices of a reading; they stay borrowed. */
static void name_matrices(Forecaster f, int k)
{
  const char *name = f->readings[k]->name;

  (void)snprintf(f->effect[k], sizeof(f->effect[k]), "%s_effect", name);
  (void)snprintf(f->z_score[k], sizeof(f->z_score[k]), "%s_z", name);
  (void)snprintf(f->p_value[k], sizeof(f->p_value[k]), "%s_p_value", name);
  for (int64_t m = 0; m < f->plan.n_members; m++) {
    char *member = f->members[m].reading[k];

    (void)snprintf(member, sizeof(f->members[m].reading[k]), "%s_member_%lld", name, (long long)m);
  }
}

/* Adds one reading: the mean of the members, and each member if there are several. */
static PetscErrorCode add_reading(Forecaster f, Causality causality, int k)
{
  const Partition *common = CausalityPartition(causality);
  const int64_t n = common->n_global;
  ScoreInfo info = describe(f, k, f->effect[k], "the same with its sign, mean of the members");
  double *mean, *values, *effect = NULL;

  PetscFunctionBegin;
  info.p_value = f->readings[k]->has_error ? f->p_value[k] : NULL;
  if (f->readings[k]->is_signed) {
    info.order = 0; /* the reading represents it in tables */
    info.role = ROLE_SIGN;
    info.sense = SENSE_MAGNITUDE;
    PetscCall(CausalityAdd(causality, &info, &effect));
  }
  info = describe(f, k, f->readings[k]->name, f->readings[k]->description);
  info.p_value = f->readings[k]->has_error ? f->p_value[k] : NULL;
  info.sign = effect ? f->effect[k] : NULL;
  PetscCall(CausalityAdd(causality, &info, &mean));
  for (int64_t m = 0; m < f->plan.n_members; m++) {
    if (f->members[m].result.best_epoch == 0) {
      continue;
    }
    info = describe(f, k, f->members[m].reading[k], "the same of one member");
    info.role = ROLE_MEMBER;
    PetscCall(CausalityAdd(causality, &info, &values));
    PetscCall(fetch_scores(f, m, f->members[m].score[k], common, values));
    for (int64_t i = 0; i < common->n_local; i++) {
      values[i * n + common->first + i] = 0;
      for (int64_t j = 0; j < n; j++) {
        mean[i * n + j] += values[i * n + j] / (double)f->info.n_used;
        values[i * n + j] = f->readings[k]->is_signed ? fabs(values[i * n + j]) : values[i * n + j];
      }
    }
  }
  if (f->readings[k]->has_error) {
    PetscCall(add_significance(f, causality, k, mean));
  }
  for (int64_t at = 0; effect && at < common->n_local * n; at++) {
    effect[at] = mean[at];
    mean[at] = fabs(mean[at]);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ForecasterAddScores(Forecaster f, Causality causality)
{
  const char *method = f->type->name;

  PetscFunctionBegin;
  UserCheck(causality, "the causality is NULL; create it before ForecasterAddScores()");
  UserCheck(f->info.n_used > 0, "the forecaster has no scores yet; call ForecasterTrain() or "
                                "ForecasterForecast() before ForecasterAddScores()");
  UserCheck(CausalityPartition(causality)->n_global == f->shape->n_neurons,
            "the causality has %lld neurons, the forecaster %lld; create a causality of %lld",
            (long long)CausalityPartition(causality)->n_global, (long long)f->shape->n_neurons,
            (long long)f->shape->n_neurons);
  for (int k = 0; k < f->n_readings; k++) {
    name_matrices(f, k);
    PetscCall(add_reading(f, causality, k));
  }
  PetscCall(CausalityNote(causality, method, "members", (double)f->info.n_used));
  PetscCall(CausalityNote(causality, method, "context_samples", (double)f->shape->context));
  PetscCall(CausalityNote(causality, method, "forecast_mse", f->info.mse));
  PetscCall(CausalityNote(causality, method, "forecast_r2", f->info.r2));
  PetscFunctionReturn(0);
}
