/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The curves of all scores of a window, for those who draw them. */
#include "app.h"

#include <string.h>

static PetscErrorCode write_curve(App *app, DataFile file, const Score *score)
{
  const int64_t dims[2] = {score->curve.n, CURVE_COLUMNS}, first[2] = {0, 0};
  const int64_t count[2] = {app->rank == 0 ? score->curve.n : 0, CURVE_COLUMNS};
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
  for (int k = 0; k < app->n_scores; k++) {
    if (app->scores[k].curve.n > 0 && app->scores[k].window == app->window) {
      PetscCall(write_curve(app, file, &app->scores[k]));
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode SummaryWriteCurves(App *app)
{
  PetscFunctionBegin;
  if (app->output[0]) {
    PetscCall(AppWriteWindow(app, "evaluation", write_curves));
  }
  PetscFunctionReturn(0);
}
