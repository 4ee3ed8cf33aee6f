/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_FORECASTER_IMPL_H
#define CAUSEWAY_FORECASTER_IMPL_H

#include "causeway/forecaster.h"

#include "training.h"

enum { MOST_READINGS = 8 };

/* One member of the ensemble. The arrays are there on the ranks of the group that has it. */
typedef struct {
  ForecasterMember result;
  char reading[MOST_READINGS][64]; /* "attention_member_K" and so on */
  TrainingState state;
  Real *weights; /* (WeightsLength()) kept */
  Real *current; /* (WeightsLength()) of a training that is not done, while another has the model */
  History history;
  double
      *score[MOST_READINGS]; /* (n_local of the ring, n_neurons) rows of targets; on batch part 0 */
  double *error[MOST_READINGS]; /* of readings that have one */
} Member;

struct _p_Forecaster {
  MPI_Comm comm;
  int rank, size;
  uint32_t seed;

  const ForecasterType *type;
  int n_readings;
  const Reading *readings[MOST_READINGS]; /* those asked for */
  char effect[MOST_READINGS][64];         /* "intervention_effect": names of signed values */
  char z_score[MOST_READINGS][64], p_value[MOST_READINGS][64];
  PetscBool type_given; /* by ForecasterSetType(): a model file must be of it */
  ModelShape shape;     /* n_neurons -1 until known */
  TrainingPlan plan;
  int64_t n_members;
  double fraction[2];
  char grid_word[64], kernels_word[32];
  char grid_source[256], kernels_source[256];
  uint64_t given; /* bits of the shape's parameters that the user set, see shape_file.c */

  const Kernels *kernels;
  TrainGrid grid;
  Windows windows;
  ForecastModel *model;
  PetscBool ready;  /* grid, model and members exist */
  PetscBool loaded; /* the members come from a file */
  Member *members;  /* (n_members) */
  ForecasterInfo info;

  Checkpoint checkpoint; /* borrowed, or NULL */
  int64_t active;        /* member whose weights the model has while it is trained, or -1 */

  int64_t first_window, n_windows; /* that were forecast */
  Real *prediction; /* (n_windows, n_local of the ring, horizon) mean of the members */
  double *neuron_mse, *neuron_r2; /* (n_local of the ring) */
};

/* Group of ranks that has a member. */
static inline int ForecasterGroup(const struct _p_Forecaster *f, int64_t member)
{
  return (int)(member % f->grid.n_groups);
}

/* Checks the shape and finds kernels and grid. Collective. */
PetscErrorCode ForecasterPlan(Forecaster forecaster, int64_t n_neurons, int shape[3]);

/* A batch is at most the training windows of the data, count[SPLIT_TRAINING] of WindowsCount(). */
void ForecasterLimitBatch(Forecaster forecaster, const int64_t count[4]);

/* Another type, with its defaults where the user has set nothing. Not collective. */
PetscErrorCode ForecasterChangeType(Forecaster forecaster, const char *name);

/* Makes grid, model and members, once. Collective. */
PetscErrorCode ForecasterSetUp(Forecaster forecaster, int64_t n_neurons);

/*@
  ForecasterEvaluate - forecasts and readings of a split by all members with kept weights

  Collective. Sets prediction, neuron_mse, neuron_r2, the members' scores and mse and r2 of all.
@*/
PetscErrorCode ForecasterEvaluate(Forecaster forecaster, Split split);

/* ForecasterSetUp() for training on an activity, which is checked. Collective. */
PetscErrorCode ForecasterSetUpTraining(Forecaster forecaster, Activity activity);

/* Words of ModelShape's norm, encoder and loss; NULL-terminated. */
extern const char *const NormNames[], *const EncoderNames[], *const LossNames[];
extern const char *const EventsNames[], *const PairBiasNames[], *const QueriesNames[];

/* Remembers which parameters of the shape the user has set. Not collective. */
PetscErrorCode ShapeRemember(Forecaster forecaster, Parameters parameters);

/* The shape of the type, but for what the user has set. Not collective. */
void ShapeReset(Forecaster forecaster);

/* Attributes of a group that say what a model is, and the way back, where a parameter that the user has
   set must agree. Collective on the file. */
PetscErrorCode ShapeWrite(Forecaster forecaster, DataFile file, const char *group);
PetscErrorCode ShapeRead(Forecaster forecaster, DataFile file, const char *group);

#endif
