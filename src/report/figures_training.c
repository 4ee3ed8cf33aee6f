/* SPDX-License-Identifier: GPL-3.0-or-later */

/* How the losses of the forecasters fell. */
#include "figures.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_MEMBERS = 5 };

/* Training and validation loss of a member by epoch, into a file; the number of epochs, 0 when there are none. */
static PetscErrorCode write_history(Drawing *d, const RunFiles *run, const char *method, int member,
                                    char path[PETSC_MAX_PATH_LEN], int64_t *n, double *last)
{
  static const char *const names[] = {"train_loss", "validation_loss"};
  const hsize_t zero[1] = {0};
  char dataset[PETSC_MAX_PATH_LEN], name[64];
  double *loss[2] = {NULL, NULL};
  PetscErrorCode status = 0;
  hsize_t count[1];
  int64_t length = 0;
  FILE *data;

  *n = 0;
  for (int k = 0; k < 2 && !status; k++) {
    PathPrint(dataset, "/%s/member_%d/history/%s", method, member, names[k]);
    status = DatasetRows(run->model, dataset, 1, count, n);
    if (status || *n < 1 || (k > 0 && *n != length)) {
      *n = 0;
      break;
    }
    length = *n;
    loss[k] = MemoryGrow(NULL, *n, sizeof(double));
    status = DatasetRead(run->model, dataset, H5T_NATIVE_DOUBLE, 1, zero, count, loss[k]);
  }
  if (!status && *n > 0) {
    (void)snprintf(name, sizeof(name), "history_%s_%d.txt", method, member);
    data = DrawingData(d, name, path);
    for (int64_t k = 0; k < *n; k++) {
      (void)fprintf(data, "%lld %.6g %.6g\n", (long long)k + 1, loss[0][k], loss[1][k]);
      last[0] = loss[0][k];
      last[1] = loss[1][k];
    }
    (void)fclose(data);
  }
  free(loss[0]);
  free(loss[1]);
  return status;
}

static PetscErrorCode draw_method(Drawing *d, const RunFiles *run, const char *method)
{
  char path[PETSC_MAX_PATH_LEN], name[80], title[160];
  PetscErrorCode status = 0;
  double last[2] = {NAN, NAN};
  Figure *figure = NULL;
  int64_t n = 0;
  int member;

  for (member = 0; member < MOST_MEMBERS && !status; member++) {
    status = write_history(d, run, method, member, path, &n, last);
    if (status || n < 1) {
      break;
    }
    if (member == 0) {
      (void)snprintf(name, sizeof(name), "training_%s", method);
      (void)snprintf(title, sizeof(title), "Training of %s", method);
      figure = FigureBegin(d, name, title, 560, 360);
      if (!figure) {
        return 0;
      }
      (void)fputs("set xlabel 'epoch'\nset ylabel 'loss'\nset key top right\nset grid ytics lc rgb "
                  "'#e4e8ec' lw 0.6\nplot ",
                  d->commands);
    }
    (void)fprintf(
        d->commands,
        "'%s' using 1:2 with lines lw 2 lc rgb '%s' %s, '%s' using 1:3 with lines lw 2 dt "
        "2 lc rgb '%s' %s, ",
        path, DrawingColour(0), member ? "notitle" : "title 'training'", path, DrawingColour(1),
        member ? "notitle" : "title 'validation'");
  }
  if (figure) {
    (void)fputs("NaN notitle\n", d->commands);
    FigureText(figure,
               "Mean loss by epoch of %d member%s; at the end %.4g in training, %.4g in "
               "validation.",
               member, member > 1 ? "s" : "", last[0], last[1]);
    FigureEnd(d);
  }
  return status;
}

PetscErrorCode DrawTraining(Drawing *d, const RunFiles *run)
{
  static const char *const methods[] = {"signed", "causalformer"};

  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(methods) && d->has_gnuplot; k++) {
    SerialCall(draw_method(d, run, methods[k]));
  }
  return 0;
}
