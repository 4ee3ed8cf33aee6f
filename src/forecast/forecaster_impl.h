/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_FORECASTER_IMPL_H
#define CAUSEWAY_FORECASTER_IMPL_H

#include "causeway/forecaster.h"

#include "ensemble/training.h"
#include "readings/reading.h"

enum { MOST_READINGS = 16 };

/* One member of the ensemble. The arrays exist on the ranks of its group. */
typedef struct {
  ForecasterMember result;
  char reading[MOST_READINGS][64]; /* "attention_member_K" and so on */
  TrainingState state;
  Real *weights; /* (WeightsLength()) kept weights */
  Real *
      current; /* (WeightsLength()) weights of an unfinished training while another member is active */
  History history;
  double
      *score[MOST_READINGS]; /* (n_local of the ring, n_neurons) rows of targets; on batch part 0 */
  double *error[MOST_READINGS]; /* for readings with a standard error */
} Member;

struct _p_Forecaster {
  MPI_Comm comm;
  Parameters own; /* register of ForecasterSetOptions(), or NULL */
  int rank, size;
  uint32_t seed;

  const ForecasterType *type;
  int n_readings;
  const Reading *readings[MOST_READINGS]; /* requested readings */
  char effect[MOST_READINGS][64];         /* "intervention_effect": names of signed values */
  char z_score[MOST_READINGS][64], p_value[MOST_READINGS][64];
  PetscBool type_given; /* by ForecasterSetType(): a model file must have this type */
  ModelShape *shape;    /* shape of the type, from ShapeCreate() */
  TrainingPlan plan;
  ParameterList readings_asked; /* all, or names of readings */
  char split_word[64], grid_word[64];
  double fraction[2];
  int kernels_asked; /* KernelName() */
  char grid_source[256], kernels_source[256];
  uint64_t given; /* bits of the parameters of the type's shape that the user set */

  const Kernels *kernels;
  TrainGrid grid;
  Windows windows;
  ForecastModel *model;
  PetscBool ready;  /* grid, model and members exist */
  PetscBool loaded; /* the members come from a file */
  Member *members;  /* (n_members) */
  ForecasterInfo info;

  Checkpoint checkpoint; /* borrowed, or NULL */
  int64_t active;        /* member in training, whose weights the model holds, or -1 */

  int64_t first_window, n_windows; /* windows that were forecast */
  Real *prediction; /* (n_windows, n_local of the ring, horizon) mean of the members */
  double *neuron_mse, *neuron_r2; /* (n_local of the ring) */
};

/* Group of ranks that holds a member. */
static inline int ForecasterGroup(const struct _p_Forecaster *f, int64_t member)
{
  return (int)(member % f->grid.n_groups);
}

/* Checks the shape, and chooses kernels and grid. Collective. */
PetscErrorCode ForecasterPlan(Forecaster forecaster, int64_t n_neurons, int shape[3]);

/* Limits a batch to the training windows of the data, count[SPLIT_TRAINING] of WindowsCount(). */
void ForecasterLimitBatch(Forecaster forecaster, const int64_t count[4]);

/* Type with this name, NULL without one. */
const ForecasterType *ForecasterFindType(const char *name);
/* Rank in tables of the first score of a type. */
int ForecasterTypeOrder(const ForecasterType *type);

/* Takes a type with its defaults. Not collective. */
PetscErrorCode ForecasterTakeType(Forecaster forecaster, const ForecasterType *type);

/* Creates grid, model and members once. Collective. */
PetscErrorCode ForecasterSetUp(Forecaster forecaster, int64_t n_neurons);

/*@
  ForecasterEvaluate - computes forecasts and readings of a split by all members with their kept weights

  Collective. Sets prediction, neuron_mse, neuron_r2, the scores of the members, and mse and r2 of the ensemble.
@*/
PetscErrorCode ForecasterEvaluate(Forecaster forecaster, Split split);

/* ForecasterSetUp() for training on an activity, which is checked first. Collective. */
PetscErrorCode ForecasterSetUpTraining(Forecaster forecaster, Activity activity);

/* Creates the default shape of a type; freed with PetscFree(). Not collective. */
PetscErrorCode ShapeCreate(const ForecasterType *type, ModelShape **shape);

/* Records which parameters of the shape the user has set. Not collective. */
PetscErrorCode ShapeRemember(Forecaster forecaster, Parameters parameters);

/* Write the shape of a model as attributes of a group, and read it; parameters that the user has set must agree. Collective
   on the file. */
PetscErrorCode ShapeWrite(Forecaster forecaster, DataFile file, const char *group);
PetscErrorCode ShapeRead(Forecaster forecaster, DataFile file, const char *group);

#endif
