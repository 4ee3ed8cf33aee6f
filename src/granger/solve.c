/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A whole run: checks, solution, resamples, and output. */
#include "statistics/statistic.h"

#include "causeway/error.h"
#include "causeway/log.h"

#include <math.h>

/* Logs for how many series the normal theory of the test does not hold. */
static PetscErrorCode log_sparse(const Coincidences *c, int64_t n_neurons)
{
  int64_t n = 0;

  PetscFunctionBegin;
  for (int64_t i = 0; i < n_neurons; i++) {
    n += c->off[i] > 0 ? 1 : 0;
  }
  if (n > 0) {
    PetscCall(LogPrintf("granger    %lld of %lld series have one value in more than half of their "
                        "samples: p-values of pairs with them are bounds by Bennett's inequality\n",
                        (long long)n, (long long)n_neurons));
  }
  PetscFunctionReturn(0);
}

/* Computes the solution, then the resamples. Once these have begun, snapshots contain only their
   state; a resumed run repeats the solution, which is a small part of the whole. */
static PetscErrorCode solve_and_resample(Granger g, Activity activity, PetscBool resumes,
                                         const Partition *part)
{
  Checkpoint checkpoint = g->checkpoint;
  PetscBool resampling = PETSC_FALSE;
  PetscErrorCode status;

  PetscFunctionBegin;
  if (resumes) {
    PetscCall(GrangerFindResampling(g, &resampling));
  }
  g->checkpoint = resampling ? NULL : checkpoint;
  status = GrangerSolveStatistics(g, activity, resumes && !resampling ? PETSC_TRUE : PETSC_FALSE);
  g->checkpoint = checkpoint;
  PetscCall(status);
  PetscCall(GrangerSetAside(g, GrangerResample(g, activity, resampling, part), "resamples",
                            &g->resamples_failed));
  PetscFunctionReturn(0);
}

/* Counts the pairs without a p-value, which corrections for multiple tests ignore. */
static PetscErrorCode count_untested(Granger g, const Partition *part)
{
  GrangerSolution total = {.granger = g, .partition = part};
  int64_t n = CoincidencesCountUntested(&g->coincidences, part, (double)g->info.order);

  PetscFunctionBegin;
  PetscCallMPI(MPI_Allreduce(&n, &g->info.n_untested, 1, MPI_INT64_T, MPI_SUM, g->comm));
  PetscCall(StatisticsWork(&total, PHASE_TOTAL));
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerPrepare(Granger g, double interval_ms)
{
  const double width_ms = g->basis_choice.type ? g->basis_choice.highpass_ms : 0.0;

  PetscFunctionBegin;
  PetscCall(BasisFree(&g->basis));
  PetscCall(BasisCreate(&g->basis_choice, interval_ms, g->order, &g->basis));
  g->bandwidth = g->bandwidth_choice;
  if (g->bandwidth_choice < 0) {
    g->bandwidth =
        g->basis.filter
            ? (int64_t)ceil(PetscMax((double)g->basis.reach, 4.0 * width_ms / interval_ms))
            : 0;
  }
  g->highpass = width_ms > 0 ? HIGHPASS_BOTH : HIGHPASS_NONE;
  g->highpass_samples = width_ms > 0 ? width_ms / interval_ms : 0.0;
  UserCheck(
      g->highpass_samples <= BASIS_MOST_REACH,
      "granger_highpass = %g ms covers %.3g samples of %g ms, but may cover at most %d; lower "
      "it",
      width_ms, g->highpass_samples, interval_ms, BASIS_MOST_REACH);
  UserCheck(width_ms == 0 || g->highpass_samples >= 1.0,
            "granger_highpass = %g ms is shorter than a sample of %g ms and would leave nothing; "
            "give a larger one",
            width_ms, interval_ms);
  PetscFunctionReturn(0);
}

static PetscErrorCode check(Granger g, Activity activity)
{
  const Partition *part = ActivityPartition(activity);
  double memory, file;

  PetscFunctionBegin;
  PetscCall(GrangerCheckActivity(g, activity));
  PetscCall(GrangerPrepare(g, ActivityInterval(activity)));
  PetscCall(GrangerEstimate(g, part->size, part->n_global, ActivitySamples(activity), -1, &memory,
                            &file));
  if (g->bandwidth_choice < 0) {
    g->bandwidth = PetscMin(g->bandwidth, ActivityRows(activity, GrangerReach(g)) / 2);
  }
  g->n_fitted = ActivityFitted(activity);
  PetscCall(GrangerCheckRows(g, part->n_global, ActivitySamples(activity),
                             ActivityRows(activity, GrangerReach(g))));
  PetscCall(GrangerCheckResample(g, activity));
  for (int k = 0; k < g->n_statistics; k++) {
    if (g->uses[k].wanted && g->uses[k].type->check_activity) {
      PetscCall(g->uses[k].type->check_activity(activity));
    }
  }
  PetscCall(GrangerWarnWandering(activity));
  PetscCall(GrangerWarnLimits(g, activity));
  PetscFunctionReturn(0);
}

/* Refuses objects that are missing, do not match, or lack what a solution needs. */
static PetscErrorCode check_objects(Granger g, Activity activity, PetscBool resumes,
                                    Causality causality)
{
  int64_t n_neurons;

  PetscFunctionBegin;
  UserCheck(g && activity && causality, "%s is NULL; create it before GrangerSolve()",
            !g          ? "the Granger analysis"
            : !activity ? "the activity"
                        : "the causality");
  n_neurons = ActivityPartition(activity)->n_global;
  UserCheck(ActivitySamples(activity) > 0,
            "the activity has no values; call ActivityLoad() or ActivitySetValues() before");
  UserCheck(CausalityPartition(causality)->n_global == n_neurons,
            "the causality has %lld neurons, the activity %lld; create a causality of %lld",
            (long long)CausalityPartition(causality)->n_global, (long long)n_neurons,
            (long long)n_neurons);
  UserCheck(!resumes || (g->checkpoint && CheckpointFound(g->checkpoint)[0]),
            "there is no snapshot to resume from; call GrangerSetCheckpoint() with a checkpoint in "
            "which CheckpointFind() has found one");
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerSolve(Granger g, Activity activity, PetscBool resumes, Causality causality)
{
  const Partition *part;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(check_objects(g, activity, resumes, causality));
  part = CausalityPartition(causality);
  PetscCall(check(g, activity));
  PetscCall(GrangerAddMatrices(g, causality));
  PetscCall(CoincidencesCreate(activity, BasisSpread(&g->basis), &g->coincidences));
  PetscCall(log_sparse(&g->coincidences, part->n_global));
  status = solve_and_resample(g, activity, resumes, part);
  status = status ? status : count_untested(g, part);
  PetscCall(CoincidencesFree(&g->coincidences));
  PetscCall(status);
  PetscCall(GrangerFinish(g, causality));
  PetscFunctionReturn(0);
}
