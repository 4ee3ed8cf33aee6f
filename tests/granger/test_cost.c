/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The formula for flops, bytes and messages against what is counted. */
#include "check.h"
#include "count_cost.h"
#include "setup.h"

static PetscErrorCode test(const char *estimator, const char *lambda, int64_t n, int64_t n_samples,
                           int order)
{
  GrangerCost predicted, counted = {NAN, NAN, NAN};
  Granger granger;
  int size;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &size));
  PetscCall(setup_granger(PETSC_COMM_WORLD, order,
                          SETTINGS({"granger_estimator", estimator}, {"granger_lambda", lambda}),
                          &granger));
  GrangerPredict(granger, size, n, n_samples, &predicted);
  PetscCall(count_cost(granger, n, n_samples, &counted));
  CHECK_CLOSE(predicted.flops / counted.flops, 1.0, 1e-3);
  CHECK_CLOSE(predicted.received / counted.received, 1.0, 0.25);
  CHECK_CLOSE(predicted.messages / counted.messages, 1.0, 0.3);
  PetscCall(GrangerDestroy(&granger));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  check_begin(&argc, &argv);
  CHECK(!test("gram", "gcv", 300, 3000, 2), "%s", UserErrorMessage());
  CHECK(!test("gram", "gcv", 200, 5000, 4), "%s", UserErrorMessage());
  CHECK(!test("ridge", "1e4", 1000, 600, 1), "%s", UserErrorMessage());
  CHECK(!test("ridge", "gcv", 1000, 600, 1), "%s", UserErrorMessage());
  return check_end();
}
