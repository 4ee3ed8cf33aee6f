/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Snapshot data of a running solution, and of a finished one. */
#include "granger_impl.h"

#include "causeway/error.h"

#include <limits.h>

PetscErrorCode GrangerSetCheckpoint(Granger g, Checkpoint checkpoint)
{
  PetscFunctionBegin;
  g->checkpoint = checkpoint;
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerKeep(Granger g, Snapshot s)
{
  int64_t begun = g->under_way.stage;

  PetscFunctionBegin;
  PetscCall(SnapshotGroup(s, "granger"));
  PetscCall(SnapshotInteger(s, "begun", &begun));
  if (begun && g->under_way.keep) {
    PetscCall(g->under_way.keep(g->under_way.context, s));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode restore(Snapshot s, void *granger)
{
  PetscFunctionBegin;
  PetscCall(GrangerKeep(granger, s));
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerBegin(Granger g, UnderWay under_way, PetscBool resumes)
{
  PetscFunctionBegin;
  g->under_way = under_way;
  if (resumes) {
    PetscCall(CheckpointRestore(g->checkpoint, restore, g));
  }
  PetscFunctionReturn(0);
}

void GrangerEnd(Granger g)
{
  g->under_way = (UnderWay){BEGUN_NOTHING, NULL, NULL};
}

static PetscErrorCode read_begun(Snapshot s, void *begun)
{
  PetscFunctionBegin;
  PetscCall(SnapshotGroup(s, "granger"));
  PetscCall(SnapshotInteger(s, "begun", begun));
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerFindResampling(Granger g, PetscBool *found)
{
  int64_t begun = 0;

  PetscFunctionBegin;
  PetscCall(CheckpointRestore(g->checkpoint, read_begun, &begun));
  *found = begun == BEGUN_RESAMPLES ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerKeepResult(Granger g, Snapshot s)
{
  static const char *const names[] = {"significant_benjamini_hochberg",
                                      "significant_benjamini_yekutieli", "significant_bonferroni"};
  int64_t used = GrangerEstimatorIndex(g->used);

  PetscFunctionBegin;
  PetscCall(SnapshotGroup(s, "granger"));
  PetscCall(SnapshotInteger(s, "estimator", &used));
  UserCheck(used >= 0 && used <= INT_MAX && GrangerEstimatorGet((int)used),
            "the snapshot names estimator %lld, which does not exist", (long long)used);
  g->used = GrangerEstimatorGet((int)used);
  PetscCall(SnapshotReal(s, "lambda", &g->info.lambda));
  PetscCall(SnapshotInteger(s, "order", &g->info.order));
  PetscCall(SnapshotInteger(s, "rows", &g->info.n_rows));
  PetscCall(SnapshotInteger(s, "n_resamples", &g->info.n_resamples));
  PetscCall(SnapshotInteger(s, "resample_block", &g->info.resample_block));
  PetscCall(SnapshotReal(s, "resample_s", &g->info.resample_s));
  PetscCall(SnapshotReal(s, "free_rows", &g->info.free_rows));
  PetscCall(SnapshotReal(s, "inflation", &g->info.inflation));
  PetscCall(SnapshotReal(s, "largest_inflation", &g->info.largest_inflation));
  PetscCall(SnapshotReal(s, "spectral_radius", &g->info.spectral_radius));
  PetscCall(SnapshotReal(s, "condition_number", &g->info.condition_number));
  PetscCall(SnapshotReal(s, "regression_s", &g->info.regression_s));
  PetscCall(SnapshotReal(s, "flops", &g->info.flops));
  PetscCall(SnapshotInteger(s, "n_untested", &g->info.n_untested));
  PetscCall(SnapshotInteger(s, "n_untested_events", &g->info.n_untested_events));
  for (int k = 0; k < 3; k++) {
    PetscCall(SnapshotInteger(s, names[k], &g->info.significant[k]));
  }
  PetscCall(SnapshotInteger(s, "significant_pairwise", &g->info.significant_pairwise));
  PetscFunctionReturn(0);
}
