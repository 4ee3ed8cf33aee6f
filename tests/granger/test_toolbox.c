/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The published state-space statistics of all 80 networks, as the MVGC toolbox gave them: chosen by AIC
   and by BIC, of maximum order 5 and 10; and their AUROC. */
#include "check.h"
#include "setup.h"

#include <string.h>

static const char *const criteria[] = {"aic", "bic"};

static PetscErrorCode infer(const char *file, const char *group, const char *criterion,
                            int order_max, Causality *causality)
{
  char number[32];
  Activity activity;
  Granger granger;

  PetscFunctionBegin;
  PetscCall(setup_published(PETSC_COMM_WORLD, file, group, &activity));
  PetscCall(PetscSNPrintf(number, sizeof(number), "%d", order_max));
  PetscCall(GrangerCreate(PETSC_COMM_WORLD, &granger));
  PetscCall(GrangerSetOptions(
      granger, SETTINGS({"granger_estimator", "lwr"}, {"granger_statistics", "state_space"},
                        {"granger_order", strcmp(criterion, "aic") ? "bic" : "aicc"},
                        {"granger_order_max", number})));
  PetscCall(CausalityCreate(PETSC_COMM_WORLD, ActivityPartition(activity)->n_global, causality));
  PetscCall(GrangerSolve(granger, activity, PETSC_FALSE, *causality));
  PetscCall(GrangerDestroy(&granger));
  PetscCall(ActivityDestroy(&activity));
  PetscFunctionReturn(0);
}

/* A wrong order changes the statistics by far more than the tolerance. */
static PetscErrorCode check_network(const char *file, const char *group, const char *criterion,
                                    int order_max, double *worst)
{
  char text[8192];
  Causality causality;
  const double *gc;
  double *published, most = 0;
  Partition part;

  PetscFunctionBegin;
  PetscCall(infer(file, group, criterion, order_max, &causality));
  gc = CausalityFind(causality, "granger", "state_space_gc");
  PetscCall(PetscSNPrintf(text, sizeof(text), "%s:%s/published/mvgc_%s_F_p%d", file, group,
                          criterion, order_max));
  PetscCall(CausalityReadMatrix(PETSC_COMM_WORLD, text, &part, &published));
  for (int64_t i = 0; i < part.n_local; i++) {
    for (int64_t j = 0; j < part.n_global; j++) {
      const int64_t at = i * part.n_global + j;

      if (part.first + i != j) {
        most = PetscMax(most, fabs(gc[at] - published[at]));
      }
    }
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &most, 1, MPI_DOUBLE, MPI_MAX, PETSC_COMM_WORLD));
  CHECK(most <= 1e-12, "%s differs by %g", text, most);
  *worst = PetscMax(*worst, most);
  if (order_max == 10) {
    Network truth;
    Evaluation evaluation;
    DataFile data;
    double auroc = NAN;
    PetscBool found = PETSC_FALSE;

    PetscCall(PetscSNPrintf(text, sizeof(text), "%s:%s/connectivity", file, group));
    PetscCall(NetworkCreate(PETSC_COMM_WORLD, &truth));
    PetscCall(NetworkLoad(truth, text));
    PetscCall(EvaluationCompute(&part, gc, NULL, truth, "gc", &evaluation, NULL));
    PetscCall(NetworkDestroy(&truth));
    PetscCall(DataFileOpen(PETSC_COMM_WORLD, file, &data));
    PetscCall(PetscSNPrintf(text, sizeof(text), "%s/published", group));
    PetscCall(DataFileGetReal(data, text,
                              strcmp(criterion, "aic") ? "auroc_mvgc_bic" : "auroc_mvgc_aic",
                              &auroc, &found));
    PetscCall(DataFileClose(&data));
    CHECK(found, "no published AUROC in %s", text);
    CHECK_CLOSE(evaluation.auroc_published, auroc, 1e-6);
  }
  PetscCall(PetscFree(published));
  PetscCall(CausalityDestroy(&causality));
  PetscFunctionReturn(0);
}

static PetscErrorCode check_all(int n_neurons)
{
  char name[64], file[4096], group[64];
  double worst = 0;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(name, sizeof(name), "networks_n%d.h5", n_neurons));
  PetscCall(PetscStrncpy(file, check_data(name), sizeof(file)));
  for (int p = 2; p <= 8; p += 2) {
    for (int seed = 0; seed < 5; seed++) {
      PetscCall(PetscSNPrintf(group, sizeof(group), "/p0.%d/seed%d", p, seed));
      for (int k = 0; k < 4; k++) {
        PetscCall(check_network(file, group, criteria[k / 2], k % 2 ? 10 : 5, &worst));
      }
    }
  }
  PetscCall(PetscPrintf(PETSC_COMM_WORLD, "%s: largest difference %g\n", name, worst));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  const int sizes[] = {5, 10, 20, 40};

  check_begin(&argc, &argv);
  if (!check_data("networks_n5.h5")) {
    return check_skip("the published simulations are not there (CAUSEWAY_DATA)");
  }
  for (int k = 0; k < 4; k++) {
    CHECK(!check_all(sizes[k]), "%s", UserErrorMessage());
  }
  return check_end();
}
