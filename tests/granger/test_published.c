/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Mean AUROC of the conditional regression on published networks, seeds 0 to 4, against an independent
   computation: one reduced regression per source and an AUROC by counting. */
#include "check.h"
#include "granger/reference.h"
#include "granger/setup.h"

#include <string.h>

typedef struct {
  const char *file, *probability;
  int order;
  double all_ten_seeds; /* known mean over seeds 0 to 9, published convention */
} Case;

static const Case cases[] = {
    {"networks_n5.h5", "p0.2", 1, .9234},  {"networks_n5.h5", "p0.2", 5, .9528},
    {"networks_n10.h5", "p0.4", 1, .9107}, {"networks_n10.h5", "p0.4", 5, .9539},
    {"networks_n20.h5", "p0.8", 1, .8292}, {"networks_n20.h5", "p0.8", 5, .8035},
    {"networks_n40.h5", "p0.4", 1, .7885}, {"networks_n40.h5", "p0.4", 5, .8177},
};

/* Both AUROCs of the program: everything distributed. */
static PetscErrorCode program_auroc(const char *file, const char *group, const char *truth_name,
                                    int order, double auroc[2])
{
  Activity activity;
  Causality causality;
  Granger granger;
  Network truth;
  Evaluation evaluation;

  PetscFunctionBegin;
  PetscCall(setup_published(PETSC_COMM_WORLD, file, group, &activity));
  PetscCall(CausalityCreate(PETSC_COMM_WORLD, ActivityPartition(activity)->n_global, &causality));
  PetscCall(GrangerCreate(PETSC_COMM_WORLD, &granger));
  PetscCall(GrangerSetOrder(granger, order));
  PetscCall(GrangerSolve(granger, activity, PETSC_FALSE, causality));
  PetscCall(NetworkCreate(PETSC_COMM_WORLD, &truth));
  PetscCall(NetworkLoad(truth, truth_name));
  PetscCall(EvaluationCompute(CausalityPartition(causality),
                              CausalityFind(causality, "granger", "f_statistic"), NULL, truth, "F",
                              &evaluation, NULL));
  auroc[0] = evaluation.auroc_published;
  auroc[1] = evaluation.auroc_offdiagonal;
  PetscCall(NetworkDestroy(&truth));
  PetscCall(GrangerDestroy(&granger));
  PetscCall(CausalityDestroy(&causality));
  PetscCall(ActivityDestroy(&activity));
  PetscFunctionReturn(0);
}

/* The same by brute force, on every rank. */
static PetscErrorCode independent_auroc(const char *file, const char *group, const char *truth_name,
                                        int order, double auroc[2])
{
  Activity activity;
  Partition part;
  double *truth, *scores, *full;
  int n;

  PetscFunctionBegin;
  PetscCall(setup_published(PETSC_COMM_SELF, file, group, &activity));
  PetscCall(CausalityReadMatrix(PETSC_COMM_SELF, truth_name, &part, &truth));
  n = (int)part.n_global;
  PetscCall(PetscMalloc2(n * n, &scores, n, &full));
  PetscCall(ReferenceGrowth(n, (int)ActivitySamples(activity), order, ActivityValues(activity),
                            NULL, scores, full));
  for (int k = 0; k < n * n; k++) {
    scores[k] /= full[k / n];
  }
  auroc[0] = ReferenceAuroc(n, scores, truth, PETSC_TRUE);
  auroc[1] = ReferenceAuroc(n, scores, truth, PETSC_FALSE);
  PetscCall(PetscFree2(scores, full));
  PetscCall(PetscFree(truth));
  PetscCall(ActivityDestroy(&activity));
  PetscFunctionReturn(0);
}

static PetscErrorCode test_case(const Case *c)
{
  enum { SEEDS = 5 };
  char file[4096], group[256], truth[8192];
  double mean[2] = {0, 0}, expected[2] = {0, 0};

  PetscFunctionBegin;
  PetscCall(PetscStrncpy(file, check_data(c->file), sizeof(file)));
  for (int seed = 0; seed < SEEDS; seed++) {
    double auroc[2] = {0, 0}, reference[2] = {0, 0};

    PetscCall(PetscSNPrintf(group, sizeof(group), "/%s/seed%d", c->probability, seed));
    PetscCall(PetscSNPrintf(truth, sizeof(truth), "%s:%s/connectivity", file, group));
    PetscCall(program_auroc(file, group, truth, c->order, auroc));
    PetscCall(independent_auroc(file, group, truth, c->order, reference));
    for (int k = 0; k < 2; k++) {
      CHECK_CLOSE(auroc[k], reference[k], 1e-12);
      mean[k] += auroc[k] / SEEDS;
      expected[k] += reference[k] / SEEDS;
    }
  }
  PetscCall(PetscPrintf(PETSC_COMM_WORLD,
                        "%s %s order %d: mean AUROC %.4f published, %.4f off-diagonal; independent "
                        "%.4f, %.4f; all ten seeds %.4f\n",
                        c->file, c->probability, c->order, mean[0], mean[1], expected[0],
                        expected[1], c->all_ten_seeds));
  CHECK_CLOSE(mean[0], expected[0], 1e-12);
  /* half of the networks: near the mean of all, not equal to it */
  CHECK(fabs(mean[0] - c->all_ten_seeds) < 0.03, "%g is far from %g", mean[0], c->all_ten_seeds);
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  check_begin(&argc, &argv);
  if (!check_data("networks_n5.h5")) {
    return check_skip("the published simulations are not there (CAUSEWAY_DATA)");
  }
  for (size_t k = 0; k < sizeof(cases) / sizeof(*cases); k++) {
    CHECK(!test_case(&cases[k]), "%s", UserErrorMessage());
  }
  return check_end();
}
