/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Work, bytes and messages of a regression: the formula of GrangerPredict() beside what was counted.
   Options: -neurons N -samples T -order p, -settings "granger_estimator ridge ..." for the regression,
   and -ranks P to predict only. */
#include "check.h"
#include "granger/count_cost.h"
#include "granger/setup.h"
#include "settings.h"

static PetscErrorCode bench(int64_t n, int64_t n_samples, int64_t order,
                            const ParameterSetting settings[], int ranks)
{
  Granger granger;
  GrangerCost predicted, counted = {NAN, NAN, NAN};
  int size;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &size));
  PetscCall(setup_granger(PETSC_COMM_WORLD, (int)order, settings, &granger));
  GrangerPredict(granger, ranks > 0 ? ranks : size, n, n_samples, &predicted);
  if (ranks == 0) {
    PetscCall(count_cost(granger, n, n_samples, &counted));
  }
  PetscCall(PetscPrintf(
      PETSC_COMM_WORLD, "| %lld | %lld | %lld | %d | %.4g / %.4g | %.4g / %.4g | %.0f / %.0f |\n",
      (long long)n, (long long)order, (long long)n_samples, ranks > 0 ? ranks : size,
      predicted.flops * 1e-9, counted.flops * 1e-9, predicted.received * 1e-6,
      counted.received * 1e-6, predicted.messages, counted.messages));
  PetscCall(GrangerDestroy(&granger));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  PetscInt n = 400, n_samples = 3000, order = 3, ranks = 0;
  char text[4096] = "";
  Settings settings;

  check_begin(&argc, &argv);
  PetscCall(PetscOptionsGetInt(NULL, NULL, "-neurons", &n, NULL));
  PetscCall(PetscOptionsGetInt(NULL, NULL, "-samples", &n_samples, NULL));
  PetscCall(PetscOptionsGetInt(NULL, NULL, "-order", &order, NULL));
  PetscCall(PetscOptionsGetInt(NULL, NULL, "-ranks", &ranks, NULL));
  PetscCall(PetscOptionsGetString(NULL, NULL, "-settings", text, sizeof(text), NULL));
  PetscCall(PetscPrintf(PETSC_COMM_WORLD,
                        "Predicted / counted for each rank\n"
                        "| N | order | samples | ranks | Gflop | received MB | messages |\n"
                        "|---|---|---|---|---|---|---|\n"));
  CHECK(!bench(n, n_samples, order, settings_read(&settings, text, "", PETSC_TRUE), (int)ranks),
        "%s", UserErrorMessage());
  return check_end();
}
