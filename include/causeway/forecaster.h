/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_FORECASTER_H
#define CAUSEWAY_FORECASTER_H

#include "causeway/activity.h"
#include "causeway/causality.h"
#include "causeway/checkpoint.h"
#include "causeway/uses.h"

/* An ensemble of trainable models of an activity, and the causal graph that they have learned: readings of a
   trained model say how much each neuron's forecast depends on each other neuron. */
typedef struct _p_Forecaster *Forecaster;

/* Parts of the windows of an activity, in time order. */
typedef enum { SPLIT_TRAINING, SPLIT_VALIDATION, SPLIT_TEST, SPLIT_ALL } Split;

/* What became of one member of the ensemble; the same on all ranks. */
typedef struct {
  int64_t n_epochs, best_epoch; /* trained; that with the kept weights, both counted from 1 */
  int64_t n_steps;              /* of the optimiser, to the kept weights */
  int64_t diverged_step;        /* step with a loss that is not finite, or -1 */
  double best_loss;             /* on the validation split, at the kept weights */
  double mse, r2;               /* of its forecasts of the split that was asked for */
} ForecasterMember;

typedef struct {
  int64_t n_members, n_used; /* those that learned something enter the ensemble's mean */
  int grid[3];               /* groups of members x batch x neurons */
  double mse, r2; /* of the mean forecast; R2 is the mean over neurons that vary, NaN without any */
  int64_t n_without_r2;  /* neurons that do not vary in the part that was forecast */
  double train_s, flops; /* seconds; flops of all members, counted as 3 x forward per step */
  double step_s;         /* mean seconds of a step */
  double memory;         /* predicted bytes of the fullest rank */
  int64_t n_matrices;    /* N x N, that ForecasterAddScores() adds */
} ForecasterInfo;

/*@
  ForecasterCreate - destroyed with ForecasterDestroy()
  Collective on `comm`
@*/
PetscErrorCode ForecasterCreate(MPI_Comm comm, Forecaster *forecaster);
PetscErrorCode ForecasterDestroy(Forecaster *forecaster);

/* Types of models: signed (the first), causalformer. The type's defaults replace all settings; a model file that is
   loaded must then be of this type. Not collective. */
PetscBool ForecasterIsType(const char *name);
const char *ForecasterTypeName(int k); /* NULL beyond the last */
PetscErrorCode ForecasterSetType(Forecaster forecaster, const char *name);

/*@
  ForecasterSetFromOptions - reads the parameters of section "train"

  Collective
  Input:   seed - of initial weights, order of the windows and dropout
  Options: -train_readings all|NAME,...          - what is read from a trained model
           -train_context, -train_horizon     - samples seen, and forecast
           -train_width, -train_heads, -train_head_width, -train_hidden - channels
           -train_encoder_layers, -train_decoder_layers
           -train_norm batch|layer|none, -train_encoder_attention none|full
           -train_loss mse|poisson|bce, -train_dropout
           -train_members, -train_batch, -train_epochs, -train_patience
           -train_rate, -train_decay, -train_schedule constant|onecycle, -train_clip
           -train_split TRAINING,VALIDATION   - fractions of the windows in time order
           -train_grid auto|MxBxN, -train_kernels auto|...
@*/
PetscErrorCode ForecasterSetFromOptions(Forecaster forecaster, Parameters parameters,
                                        uint32_t seed);

/*@
  ForecasterEstimate - checks sizes, and predicts memory of the fullest rank and of model.h5 [bytes]

  Collective
  Errors: CAUSEWAY_ERR_USER when context and horizon do not fit the samples, a split is empty, the
          grid is not one of so many ranks, or a size is beyond what the kernels hold
@*/
PetscErrorCode ForecasterEstimate(Forecaster forecaster, int64_t n_neurons, int64_t n_samples,
                                  double *memory, double *file);

/*@
  ForecasterCheckActivity - whether windows can be cut from an activity: it must be one segment of all samples

  Not collective
  Input:  n_samples - after the selection
  Errors: CAUSEWAY_ERR_USER for other segments, as known after ActivityInspect() or ActivityLoad()
@*/
PetscErrorCode ForecasterCheckActivity(Activity activity, int64_t n_samples);

/*@
  ForecasterTrain - trains all members, forecasts the test split and gathers the attention

  Collective. Prints one line per epoch of the members of the first group, and one per member.
  Input:  activity - loaded; borrowed
  Errors: CAUSEWAY_ERR_USER when no member learns anything, the values are not ones of the loss, or
          ForecasterCheckActivity() refuses the activity;
          CAUSEWAY_STOPPED when the checkpoint ends the run
  Cost:   per step and sample 3 x ForecasterFlops() flops over the ranks of a group; see README for
          messages and memory
@*/
PetscErrorCode ForecasterTrain(Forecaster forecaster, Activity activity);

/*@
  ForecasterResume - takes the members from the snapshot that the checkpoint has found, if training had begun there

  Collective. Of several forecasters all resume before the first trains: its training writes snapshots, which replace
  the one that was found.
  Input:  activity - loaded; what ForecasterTrain() will be given
  Errors: those of ForecasterTrain() for an activity; CAUSEWAY_ERR_USER when the snapshot is of another shape
@*/
PetscErrorCode ForecasterResume(Forecaster forecaster, Activity activity);

/* The checkpoint to which ForecasterTrain() offers every step; borrowed. Not collective. */
PetscErrorCode ForecasterSetCheckpoint(Forecaster forecaster, Checkpoint checkpoint);

/* Declares what a training under way must keep of all members. Collective. */
PetscErrorCode ForecasterKeep(Forecaster forecaster, Snapshot snapshot);

/*@
  ForecasterLoad - takes the members of a model file, to forecast with

  Collective
  Input:  specification - FILE.h5:/group of one model's weights, or of an ensemble of ours; what the
          file does not say of the model's shape are the parameters of section "train"
          n_neurons     - of the activity to come
  Errors: CAUSEWAY_ERR_USER for a missing or damaged file, other shapes or another number of neurons
@*/
PetscErrorCode ForecasterLoad(Forecaster forecaster, const char *specification, int64_t n_neurons);

/*@
  ForecasterForecast - forecasts of a loaded model on a split of an activity, and its attention there

  Collective
@*/
PetscErrorCode ForecasterForecast(Forecaster forecaster, Activity activity, Split split);

/*@
  ForecasterAddScores - adds /TYPE/READING, the mean of the members, and /TYPE/READING_member_K, by target rows, for
  each reading, from the split that was forecast

  Collective. After ForecasterTrain() or ForecasterForecast()
  Source: of causalformer's attention, Lu et al. 2023: global cross-attention summed over heads, lags and layers,
          mean over the split, each row divided by its sum (diagonal included); then the diagonal is set to 0
@*/
PetscErrorCode ForecasterAddScores(Forecaster forecaster, Causality causality);

/*@
  ForecasterWriteModel - all members: weights, optimiser state, history. Collective.
  ForecasterWriteForecast - forecasts and their errors by neuron. Collective.
@*/
PetscErrorCode ForecasterWriteModel(Forecaster forecaster, DataFile file);
PetscErrorCode ForecasterWriteForecast(Forecaster forecaster, DataFile file);

/* About the last training or forecast; not collective. Members are counted from 0. */
PetscErrorCode ForecasterGetInfo(Forecaster forecaster, ForecasterInfo *info);
PetscErrorCode ForecasterGetMember(Forecaster forecaster, int64_t member, ForecasterMember *result);
/* Names of the type, of reading k (NULL beyond the last), and of that of a member ("attention_member_K"); owned by the
   forecaster. Not collective. */
const char *ForecasterName(Forecaster forecaster);
const char *ForecasterReading(Forecaster forecaster, int k);
const char *ForecasterMemberReading(Forecaster forecaster, int k, int64_t member);

/*@
  ForecasterUses - adds what of an HDF5 file is a trained model, with the option that reads it. Collective.
@*/
PetscErrorCode ForecasterUses(MPI_Comm comm, const char *file, Uses *uses);

#endif
