/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Neurons behind the rows of a result file: /labels and /observed_neurons. */
#include "app.h"

#include <stdio.h>
#include <string.h>

static const char observed_path[] = "/observed_neurons", ids_path[] = "/node_ids",
                  labels_path[] = "/labels";

/* Names shown in a message. */
enum { MOST_NAMES = 10 };

static PetscErrorCode write_observed(App *app, DataFile file)
{
  const Observed *observed = ActivityObserved(app->data.activity);
  const int64_t first[1] = {0}, count[1] = {app->run.rank == 0 ? observed->n : 0};

  PetscFunctionBegin;
  PetscCall(DataFileAddDataset(file, observed_path, DATA_INT64, 1, &observed->n, NULL));
  PetscCall(
      DataFileDescribe(file, observed_path, "1", "index among all neurons of each row and column"));
  PetscCall(DataFileSetInteger(file, observed_path, "ids", ActivityHasIds(app->data.activity)));
  if (observed->n_all < INT64_MAX) {
    PetscCall(DataFileSetInteger(file, observed_path, "population", observed->n_all));
  }
  PetscCall(DataFileWrite(file, observed_path, DATA_INT64, first, count, observed->index));
  PetscFunctionReturn(0);
}

PetscErrorCode AppWriteNeurons(App *app, DataFile file)
{
  PetscFunctionBegin;
  PetscCall(LabelsWrite(ActivityLabels(app->data.activity), file, labels_path));
  if (ActivityObserved(app->data.activity)->index) {
    PetscCall(write_observed(app, file));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode AppReadObserved(DataFile file, Observed *observed)
{
  const char *path = observed_path;
  const int64_t zero = 0;
  double n_all = (double)INT64_MAX;
  PetscBool found;

  PetscFunctionBegin;
  *observed = (Observed){0, 0, NULL};
  PetscCall(DataFileIsDataset(file, path, &found));
  if (!found) { /* other programs name the rows of a matrix this way */
    path = ids_path;
    PetscCall(DataFileIsDataset(file, path, &found));
  }
  if (!found) {
    PetscFunctionReturn(0);
  }
  PetscCall(DataFileShape(file, path, 1, &observed->n));
  PetscCall(DataFileGetReal(file, path, "population", &n_all, &found));
  observed->n_all = found ? (int64_t)n_all : INT64_MAX;
  PetscCall(PetscMalloc1(observed->n, &observed->index));
  PetscCall(DataFileRead(file, path, DATA_INT64, &zero, &observed->n, observed->index));
  for (int64_t k = 0; k < observed->n; k++) {
    UserCheck(
        observed->index[k] >= 0 && (k == 0 || observed->index[k] > observed->index[k - 1]) &&
            observed->index[k] < observed->n_all,
        "%s:%s: entry %lld (counted from 0) is %lld; expected neuron numbers in ascending order",
        DataFileName(file), path, (long long)k, (long long)observed->index[k]);
  }
  PetscFunctionReturn(0);
}

/* Adds a name to a list if `have` lacks it. */
static void note_missing(const Labels *have, const char *name, size_t length, char list[],
                         int64_t *n_missing)
{
  const size_t used = strlen(list);

  for (int64_t k = 0; k < have->n; k++) {
    if (!strcmp(LabelsGet(have, k), name)) {
      return;
    }
  }
  if ((*n_missing)++ < MOST_NAMES) {
    (void)snprintf(list + used, length - used, "%s%.80s", used ? ", " : "", name);
  }
}

PetscErrorCode AppMatchNames(const Labels *have, const char *source, const Labels *need,
                             const char *user, int64_t index[], int64_t *n_found)
{
  char missing[1024] = "";
  int64_t at = 0, n_missing = 0;

  *n_found = 0;
  for (int64_t k = 0; k < need->n; k++) {
    int64_t found = at;

    while (found < have->n && strcmp(LabelsGet(have, found), LabelsGet(need, k)) != 0) {
      found++;
    }
    if (found < have->n) {
      index[k] = found;
      at = found + 1;
      (*n_found)++;
    } else {
      note_missing(have, LabelsGet(need, k), sizeof(missing), missing, &n_missing);
    }
  }
  if (n_missing > 0) {
    return UserError("%s: lacks %lld of the %lld neurons of %s: %s%s", source, (long long)n_missing,
                     (long long)need->n, user, missing, n_missing > MOST_NAMES ? ", ..." : "");
  }
  return *n_found == need->n ? 0
                             : UserError("%s: has the %lld neurons of %s in another order; reorder "
                                         "one to match the other",
                                         source, (long long)need->n, user);
}

PetscErrorCode AppReadLabels(DataFile file, Labels *labels)
{
  PetscBool found;

  PetscFunctionBegin;
  *labels = (Labels){0, 0, NULL};
  PetscCall(DataFileIsDataset(file, labels_path, &found));
  PetscCall(found ? LabelsRead(file, labels_path, labels) : 0);
  PetscFunctionReturn(0);
}

/* Finds the columns that are the model's neurons, by number. */
static PetscErrorCode match_numbers(App *app, const Observed *need, int64_t index[])
{
  const Observed *have = ActivitySourceNeurons(app->data.activity);

  PetscFunctionBegin;
  UserCheck(have->index || need->n_all == have->n,
            "%s: has %lld neurons without names, among which the model %s cannot identify its %lld "
            "of %lld",
            ActivityGetFile(app->data.activity), (long long)have->n, app->forecast.model_file,
            (long long)need->n, (long long)need->n_all);
  for (int64_t k = 0; k < need->n; k++) {
    index[k] = ObservedBelow(have, need->index[k]);
    UserCheck(ObservedHas(have, need->index[k]), "%s: has no neuron %lld, which the model %s needs",
              ActivityGetFile(app->data.activity), (long long)need->index[k],
              app->forecast.model_file);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode match(App *app, const Labels *names, const Observed *numbers)
{
  const PetscBool by_name =
      names->n && ActivityLabels(app->data.activity)->n ? PETSC_TRUE : PETSC_FALSE;
  Observed wanted = {app->data.n_population, by_name ? names->n : numbers->n, NULL};
  char user[PETSC_MAX_PATH_LEN + 16];
  int64_t n_found;
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  (void)snprintf(user, sizeof(user), "the model %s", app->forecast.model_file);
  if (by_name || numbers->index) {
    PetscCall(PetscMalloc1(wanted.n, &wanted.index));
    status = by_name ? AppMatchNames(ActivityLabels(app->data.activity),
                                     ActivityGetFile(app->data.activity), names, user, wanted.index,
                                     &n_found)
                     : match_numbers(app, numbers, wanted.index);
    app->data.n_neurons = wanted.n;
  }
  if (!status) { /* a model whose neurons have no identity takes all columns */
    PetscCall(ActivityTake(app->data.activity, &wanted));
  }
  PetscCall(ObservedDestroy(&wanted));
  PetscFunctionReturn(status);
}

PetscErrorCode AppTakeModelNeurons(App *app)
{
  char name[PETSC_MAX_PATH_LEN], path[PETSC_MAX_PATH_LEN];
  Labels names = {0, 0, NULL};
  Observed numbers = {0, 0, NULL};
  PetscErrorCode status;
  DataFile file;

  PetscFunctionBegin;
  PetscCall(ParseFilePath(app->forecast.model_file, sizeof(name), name, path));
  PetscCall(DataFileOpen(app->run.comm, name, &file));
  status = AppReadLabels(file, &names);
  status = status ? status : AppReadObserved(file, &numbers);
  PetscCall(DataFileDiscard(&file));
  status = status ? status : match(app, &names, &numbers);
  PetscCall(LabelsDestroy(&names));
  PetscCall(ObservedDestroy(&numbers));
  PetscFunctionReturn(status);
}
