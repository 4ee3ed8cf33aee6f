/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Writes the evaluation curves of all scores of a window, for plotting. */
#include "app.h"

#include <string.h>

static PetscErrorCode write_curve(Run *run, DataFile file, const Score *score)
{
  const int64_t dims[2] = {score->curve.n, CURVE_COLUMNS}, first[2] = {0, 0};
  const int64_t count[2] = {run->rank == 0 ? score->curve.n : 0, CURVE_COLUMNS};
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(path, sizeof(path), "/%s/%s/curve", score->method,
                          strcmp(score->method, "file") ? score->reading : "scores"));
  PetscCall(DataFileAddDataset(file, path, DATA_FLOAT64, 2, dims, NULL));
  PetscCall(DataFileWrite(file, path, DATA_FLOAT64, first, count, score->curve.points));
  PetscCall(DataFileDescribe(file, path, "1",
                             "threshold, false-positive rate, true-positive rate, precision of the "
                             "pairs of two neurons at or above it"));
  PetscFunctionReturn(0);
}

static PetscErrorCode write_curves(App *app, DataFile file)
{
  PetscFunctionBegin;
  for (int k = 0; k < app->evaluate.n_scores; k++) {
    if (app->evaluate.scores[k].curve.n > 0 && app->evaluate.scores[k].window == app->run.window) {
      PetscCall(write_curve(&app->run, file, &app->evaluate.scores[k]));
    }
  }
  PetscFunctionReturn(0);
}

/* Number of scores of this window; statistics of groups are not among them. */
static int count_scores(const App *app)
{
  int n = 0;

  for (int k = 0; k < app->evaluate.n_scores; k++) {
    n += app->evaluate.scores[k].window == app->run.window;
  }
  return n;
}

PetscErrorCode SummaryWriteCurves(App *app)
{
  PetscFunctionBegin;
  if (count_scores(app) == 0) {
    PetscCall(LogPrintf("evaluate   nothing is evaluated: the truth is over pairs of neurons, and "
                        "no statistic of this run is\n"));
  } else if (app->run.output[0]) {
    PetscCall(AppWriteWindow(app, "evaluation", write_curves));
  }
  PetscFunctionReturn(0);
}
