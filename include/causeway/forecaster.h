/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_FORECASTER_H
#define CAUSEWAY_FORECASTER_H

#include "causeway/activity.h"
#include "causeway/causality.h"
#include "causeway/checkpoint.h"
#include "causeway/declare.h"
#include "causeway/uses.h"

CAUSEWAY_BEGIN_DECLARATIONS

/* An ensemble of trainable models that forecast an activity. Readings of the trained models give the causal graph: how
   much each neuron's forecast depends on every other neuron. */
typedef struct _p_Forecaster *Forecaster;

/* Parts of the windows of an activity, in the order of time. */
typedef enum { SPLIT_TRAINING, SPLIT_VALIDATION, SPLIT_TEST, SPLIT_ALL } Split;

/* Result of training one member of the ensemble; the same on all ranks. */
typedef struct {
  int64_t n_epochs, best_epoch; /* epochs trained; epoch of the kept weights, counted from 1 */
  int64_t n_steps;              /* optimiser steps up to the kept weights */
  int64_t diverged_step;        /* step whose loss is not finite, or -1 */
  double best_loss;             /* validation loss at the kept weights */
  double mse, r2;               /* of the member's forecasts on the requested split */
} ForecasterMember;

typedef struct {
  int64_t n_members, n_used; /* members; members that learned something and enter the mean */
  int grid[3];               /* groups of members x batch x neurons */
  double mse, r2; /* of the mean forecast; R2 is the mean over neurons that vary, NaN without any */
  int64_t n_without_r2;  /* neurons that do not vary in the split that was forecast */
  double train_s, flops; /* time [s]; flops of all members, counted as 3 x forward per step */
  double step_s;         /* mean time of a step [s] */
  double memory;         /* predicted memory of the fullest rank [bytes] */
  int64_t n_matrices;    /* number of N x N matrices that ForecasterAddScores() adds */
} ForecasterInfo;

/*@
  ForecasterCreate - creates a forecaster of the default type; destroyed with ForecasterDestroy()

  Collective on `comm`
@*/
PetscErrorCode ForecasterCreate(MPI_Comm comm, Forecaster *forecaster);
PetscErrorCode ForecasterDestroy(Forecaster *forecaster);

/*@
  ForecasterIsType   - whether a type of models has this name
  ForecasterTypeName - name of the k-th type and its description; the first is the default, NULL beyond the last
  ForecasterSetType  - chooses the type and resets all settings to its defaults; a loaded model must be of this type

  Not collective
@*/
PetscBool ForecasterIsType(const char *name);
const char *ForecasterTypeName(int k, const char **text);
PetscErrorCode ForecasterSetType(Forecaster forecaster, const char *name);

/*@
  ForecasterDeclareParameters - declares the parameters of a type, with its defaults, in the current section

  Not collective, but every rank makes the same calls. Each parameter has two keys: train_x and TYPE_x; TYPE_x takes
  precedence.
  Input: type    - name of a type
         renames - whether the parameters are recorded as TYPE_x, for several types in one run that share parameters
@*/
PetscErrorCode ForecasterDeclareParameters(Parameters parameters, const char *type,
                                           PetscBool renames);

/*@
  ForecasterSetFromOptions - reads the declared parameters of the forecaster's type

  Collective; may be repeated for another forecaster of the type
  Input:   seed    - random seed for initial weights, order of the windows and dropout
           renames - as in ForecasterDeclareParameters()
  Options: -train_readings, -train_split, -train_grid, -train_kernels, and the type's own parameters of shape and training
  Errors:  CAUSEWAY_ERR_USER for a reading that the type does not have, or a split with an empty part
@*/
PetscErrorCode ForecasterSetFromOptions(Forecaster forecaster, Parameters parameters, uint32_t seed,
                                        PetscBool renames);

/*@
  ForecasterSetOptions - sets parameters from a list; parameters set by earlier calls keep their values

  Collective; call it after ForecasterSetType(). PETSc's options database is not read.
  Errors: CAUSEWAY_ERR_USER for an unknown key or a refused value; then `forecaster` can only be destroyed
@*/
PetscErrorCode ForecasterSetOptions(Forecaster forecaster, const ParameterSetting settings[]);

/*@
  ForecasterEstimate - checks sizes; predicts the memory of the fullest rank and the size of model.h5 [bytes]

  Collective
  Errors: CAUSEWAY_ERR_USER when context and horizon exceed the samples, a split is empty, the grid does not match the
          number of ranks, or a size exceeds the limit of the kernels
@*/
PetscErrorCode ForecasterEstimate(Forecaster forecaster, int64_t n_neurons, int64_t n_samples,
                                  double *memory, double *file);

/*@
  ForecasterCheckActivity - checks that windows can be cut: the activity must be one segment of all samples

  Not collective
  Input:  n_samples - number of samples after the selection
  Errors: CAUSEWAY_ERR_USER for other segments, which ActivityInspect() or ActivityLoad() has found
@*/
PetscErrorCode ForecasterCheckActivity(Activity activity, int64_t n_samples);

/*@
  ForecasterTrain - trains all members, forecasts the test split and accumulates the attention

  Collective. Logs one line per epoch of the members of the first group, and one line per member.
  Input:  activity - loaded; borrowed
  Errors: CAUSEWAY_ERR_USER when no member learns anything, the values do not suit the loss, or
          ForecasterCheckActivity() refuses the activity;
          CAUSEWAY_STOPPED when the checkpoint ends the run
  Cost:   3 x ForecasterFlops() flops per step and sample, shared by the ranks of a group; docs/cost.md states messages
          and memory
@*/
PetscErrorCode ForecasterTrain(Forecaster forecaster, Activity activity);

/*@
  ForecasterResume - restores the members from the snapshot that the checkpoint has found, if training had begun in it

  Collective. With several forecasters, all resume before the first trains, because training replaces the snapshot that
  was found.
  Input:  activity - loaded; the activity for ForecasterTrain(); borrowed
  Errors: as ForecasterTrain() for an activity; CAUSEWAY_ERR_USER when the snapshot has another shape
@*/
PetscErrorCode ForecasterResume(Forecaster forecaster, Activity activity);

/* Sets the checkpoint to which ForecasterTrain() offers every step; borrowed. Not collective. */
PetscErrorCode ForecasterSetCheckpoint(Forecaster forecaster, Checkpoint checkpoint);

/* Declares the state of all members that a snapshot of an unfinished training holds. Collective. */
PetscErrorCode ForecasterKeep(Forecaster forecaster, Snapshot snapshot);

/*@
  ForecasterModelType - type of the model in a file

  Collective
  Input:  specification - as for ForecasterLoad()
  Output: type   - name of the type, in static storage
  Errors: CAUSEWAY_ERR_USER when the file has no model there, or a model of an unknown type
@*/
PetscErrorCode ForecasterModelType(MPI_Comm comm, const char *specification, const char **type);

/*@
  ForecasterLoad - loads the members of a model file for forecasting

  Collective
  Input:  specification - FILE.h5:/group with the weights of one model or of an ensemble written by this program.
                          Properties of the shape that the file does not state come from ForecasterSetFromOptions().
          n_neurons     - number of neurons of the activity to be forecast
  Errors: CAUSEWAY_ERR_USER for a missing or damaged file, other shapes or another number of neurons
@*/
PetscErrorCode ForecasterLoad(Forecaster forecaster, const char *specification, int64_t n_neurons);

/*@
  ForecasterForecast - forecasts a split of an activity with a loaded model and accumulates its attention

  Collective
  Input: activity - loaded; borrowed
@*/
PetscErrorCode ForecasterForecast(Forecaster forecaster, Activity activity, Split split);

/*@
  ForecasterAddScores - adds the scores of each reading on the split that was forecast: /TYPE/READING, the mean over
  members, and /TYPE/READING_member_K

  Collective; call after ForecasterTrain() or ForecasterForecast()
  Input: causality - receives the matrices (n_local targets, n_global sources)
@*/
PetscErrorCode ForecasterAddScores(Forecaster forecaster, Causality causality);

/*@
  ForecasterWriteModel    - writes weights, optimiser state and history of all members
  ForecasterWriteForecast - writes forecasts and their errors by neuron

  Collective; `file` is being written
@*/
PetscErrorCode ForecasterWriteModel(Forecaster forecaster, DataFile file);
PetscErrorCode ForecasterWriteForecast(Forecaster forecaster, DataFile file);

/* Results of the last training or forecast. Members are counted from 0. Not collective. */
PetscErrorCode ForecasterGetInfo(Forecaster forecaster, ForecasterInfo *info);
PetscErrorCode ForecasterGetMember(Forecaster forecaster, int64_t member, ForecasterMember *result);
/* Name of the type. Not collective. */
const char *ForecasterName(Forecaster forecaster);

/*@
  ForecasterUses - adds the trained models of an HDF5 file to `uses`, with the options that read them; collective
@*/
PetscErrorCode ForecasterUses(MPI_Comm comm, const char *file, Uses *uses);

CAUSEWAY_END_DECLARATIONS

#endif
