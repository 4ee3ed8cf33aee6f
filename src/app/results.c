/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What stages share: the activity that they read, the scores that they make, and their files. */
#include "app.h"

#include <math.h>

static PetscErrorCode write_file(App *app, const char *path, WriteFile write)
{
  DataFile file;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(CheckpointReplaceFile(app->checkpoint, path));
  PetscCall(DataFileCreate(app->comm, path, &file));
  status = DataFileProvenance(file, app->parameters_yaml);
  status = status ? status : write(app, file);
  if (status) {
    PetscCall(DataFileDiscard(&file));
    PetscFunctionReturn(status);
  }
  PetscCall(DataFileClose(&file));
  PetscCall(CheckpointAddFile(app->checkpoint, path));
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
    /* neurons that do not vary are left out: the values are held twice for a while */
    app->memory = PetscMax(app->memory, 16.0 * (double)app->n_samples *
                                            ceil((double)app->n_population / app->size));
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

static PetscErrorCode write_causality(App *app, DataFile file)
{
  PetscFunctionBegin;
  PetscCall(CausalityWrite(app->causality, file));
  PetscCall(AppWriteNeurons(app, file));
  PetscFunctionReturn(0);
}

PetscErrorCode AppWriteCausality(App *app)
{
  PetscFunctionBegin;
  PetscCall(AppWriteWindow(app, "causality", write_causality));
  PetscFunctionReturn(0);
}
