/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Data shared by stages: the activity that they read, the scores that they compute, and their
   files. */
#include "app.h"

#include <math.h>

static PetscErrorCode write_file(App *app, const char *path, WriteFile write)
{
  DataFile file;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(CheckpointReplaceFile(app->run.checkpoint, path));
  PetscCall(DataFileCreate(app->run.comm, path, &file));
  status = DataFileProvenance(file, app->run.parameters_yaml);
  status = status ? status : write(app, file);
  if (status) {
    PetscCall(DataFileDiscard(&file));
    PetscFunctionReturn(status);
  }
  PetscCall(DataFileClose(&file));
  PetscCall(CheckpointAddFile(app->run.checkpoint, path));
  PetscCall(OutputCommit(app, path));
  PetscFunctionReturn(0);
}

PetscErrorCode AppWriteFile(App *app, const char *name, WriteFile write)
{
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  PetscCall(RunPath(&app->run, name, sizeof(path), path));
  PetscCall(write_file(app, path, write));
  PetscFunctionReturn(0);
}

PetscErrorCode AppWriteWindow(App *app, const char *name, WriteFile write)
{
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  PetscCall(RunWindowPath(&app->run, name, sizeof(path), path));
  PetscCall(write_file(app, path, write));
  PetscFunctionReturn(0);
}

PetscErrorCode AppInspectActivity(App *app)
{
  PetscFunctionBegin;
  if (!app->simulate.applies) {
    UserCheck(ActivityGetFile(app->data.activity)[0],
              "no activity to work on: give -activity FILE.h5:/path");
    if (!app->train.applies && app->granger.applies && GrangerTakesList(app->granger.granger)) {
      ActivityKeepSparse(app->data.activity);
    }
    PetscCall(ActivityInspect(app->data.activity, &app->data.n_population, &app->data.n_samples));
    /* leaving out constant neurons holds the values twice for a moment */
    app->run.memory =
        PetscMax(app->run.memory,
                 2.0 * ActivityBytes(app->run.size, app->data.n_population, app->data.n_samples,
                                     ActivityListed(app->data.activity)));
  } else {
    const PetscBool observes = ObservationIsSet(app->observe.observation);

    UserCheck(
        observes || SimulationSamples(app->simulate.simulation) > 0,
        "record_variables = none: leaves no activity to infer from; name a variable to record");
    app->data.n_population = observes && ObservationNeedsSpikes(app->observe.observation)
                                 ? NetworkExpectedNeurons(app->simulate.network)
                                 : SimulationRecorded(app->simulate.simulation);
    PetscCall(ActivitySelection(app->data.activity,
                                observes ? app->observe.n_samples
                                         : SimulationSamples(app->simulate.simulation),
                                &app->data.n_samples));
  }
  app->data.n_neurons = app->data.n_population < 0
                            ? -1
                            : ActivityObservedCount(app->data.activity, app->data.n_population);
  PetscFunctionReturn(0);
}

PetscErrorCode AppLoadActivity(App *app)
{
  PetscFunctionBegin;
  if (!app->data.is_loaded) {
    PetscCall(ActivityLoad(app->data.activity));
    app->data.n_neurons = ActivityPartition(app->data.activity)->n_global;
    app->data.n_samples = ActivitySamples(app->data.activity);
    if (app->train.applies) { /* checked before another method spends time on the activity */
      PetscCall(ForecasterCheckActivity(app->data.activity, app->data.n_samples));
    }
    app->data.is_loaded = PETSC_TRUE;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode AppCausality(App *app)
{
  PetscFunctionBegin;
  if (!app->data.causality) {
    PetscCall(CausalityCreate(app->run.comm, app->data.n_neurons, &app->data.causality));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode write_causality(App *app, DataFile file)
{
  PetscFunctionBegin;
  PetscCall(CausalityWrite(app->data.causality, file));
  PetscCall(AppWriteNeurons(app, file));
  PetscFunctionReturn(0);
}

PetscErrorCode AppWriteCausality(App *app)
{
  PetscFunctionBegin;
  PetscCall(AppWriteWindow(app, "causality", write_causality));
  PetscFunctionReturn(0);
}
