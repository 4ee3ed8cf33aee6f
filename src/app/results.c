/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What stages share: the activity that they read, the scores that they make, and their files. */
#include "app.h"

static PetscErrorCode write_file(App *app, const char *path, WriteFile write)
{
  DataFile file;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(DataFileCreate(app->comm, path, &file));
  status = DataFileProvenance(file, app->parameters_yaml);
  status = status ? status : write(app, file);
  if (status) {
    PetscCall(DataFileDiscard(&file));
    PetscFunctionReturn(status);
  }
  PetscCall(DataFileClose(&file));
  PetscCall(OutputCommit(app, path));
  PetscFunctionReturn(0);
}

PetscErrorCode AppWriteFile(App *app, const char *name, WriteFile write)
{
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  PetscCall(AppPath(app, name, sizeof(path), path));
  PetscCall(write_file(app, path, write));
  PetscFunctionReturn(0);
}

PetscErrorCode AppWriteWindow(App *app, const char *name, WriteFile write)
{
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  PetscCall(AppWindowPath(app, name, sizeof(path), path));
  PetscCall(write_file(app, path, write));
  PetscFunctionReturn(0);
}

PetscErrorCode AppInspectActivity(App *app)
{
  PetscFunctionBegin;
  if (!app->simulates) {
    UserCheck(ActivityGetFile(app->activity)[0],
              "no activity to work on: give -activity FILE.h5:/path");
    PetscCall(ActivityInspect(app->activity, &app->n_population, &app->n_samples));
  } else {
    const PetscBool observes = ObservationIsSet(app->observation);

    UserCheck(observes || SimulationSamples(app->simulation) > 0,
              "record_variables = none: there is nothing to infer from");
    app->n_population = observes && ObservationNeedsSpikes(app->observation)
                            ? NetworkExpectedNeurons(app->network)
                            : SimulationRecorded(app->simulation);
    PetscCall(ActivitySelection(app->activity,
                                observes ? app->n_observed : SimulationSamples(app->simulation),
                                &app->n_samples));
  }
  app->n_neurons =
      app->n_population < 0 ? -1 : ActivityObservedCount(app->activity, app->n_population);
  PetscFunctionReturn(0);
}

PetscErrorCode AppLoadActivity(App *app)
{
  PetscFunctionBegin;
  if (!app->loaded) {
    PetscCall(ActivityLoad(app->activity));
    app->n_neurons = ActivityPartition(app->activity)->n_global;
    app->n_samples = ActivitySamples(app->activity);
    if (app->infers_forecaster) { /* before another method spends its time on it */
      PetscCall(ForecasterCheckActivity(app->activity, app->n_samples));
    }
    app->loaded = PETSC_TRUE;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode AppCausality(App *app)
{
  PetscFunctionBegin;
  if (!app->causality) {
    PetscCall(CausalityCreate(app->comm, app->n_neurons, &app->causality));
  }
  PetscFunctionReturn(0);
}

/* Of all neurons, which are those of the rows and columns. */
static PetscErrorCode write_observed(App *app, DataFile file)
{
  const Observed *observed = ActivityObserved(app->activity);
  const int64_t first[1] = {0}, count[1] = {app->rank == 0 ? observed->n : 0};

  PetscFunctionBegin;
  PetscCall(DataFileAddDataset(file, "/observed_neurons", DATA_INT64, 1, &observed->n, NULL));
  PetscCall(DataFileDescribe(file, "/observed_neurons", "1",
                             "index among all neurons of each row and column"));
  PetscCall(DataFileWrite(file, "/observed_neurons", DATA_INT64, first, count, observed->index));
  PetscFunctionReturn(0);
}

static PetscErrorCode write_causality(App *app, DataFile file)
{
  PetscFunctionBegin;
  PetscCall(CausalityWrite(app->causality, file));
  PetscCall(LabelsWrite(ActivityLabels(app->activity), file, "/labels"));
  if (ActivityObserved(app->activity)->index) {
    PetscCall(write_observed(app, file));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode AppWriteCausality(App *app)
{
  PetscFunctionBegin;
  PetscCall(AppWriteWindow(app, "causality", write_causality));
  PetscFunctionReturn(0);
}
