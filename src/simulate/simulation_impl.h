/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SIMULATION_IMPL_H
#define CAUSEWAY_SIMULATION_IMPL_H

#include "causeway/simulation.h"

#include "recorder.h"
#include "smooth.h"

/* Spikes that travel with the count of a rank in the first message of a step. */
enum { SPIKE_PACKET = 62 };

/* Exchange of the spikes of one step between all ranks. */
typedef struct {
  MPI_Comm comm;
  int size;
  int32_t *mine;      /* (1 + SPIKE_PACKET) count, then the first spikes */
  int32_t *packets;   /* (size, 1 + SPIKE_PACKET) */
  int *count, *start; /* (size) of the second message */
  int32_t *overflow;  /* what did not fit, of all ranks */
  int32_t *all;       /* ascending indices of all ranks */
  int64_t n_all;
} SpikeExchange;

PetscErrorCode SpikeExchangeCreate(MPI_Comm comm, int64_t n_global, SpikeExchange *exchange);
PetscErrorCode SpikeExchangeFree(SpikeExchange *exchange);

/* Collective. fired: ascending global indices of this rank; exchange->all, n_all: of all ranks. */
PetscErrorCode SpikeExchangeStep(SpikeExchange *exchange, int64_t n_fired, const int64_t *fired);

struct _p_Simulation {
  MPI_Comm comm;
  Network network;
  const Partition *partition;
  const NeuronModel *model; /* NULL for a smooth one */
  Smooth smooth;            /* used then, and nothing below `recorder` */
  PetscBool is_set_up;

  int model_index, precision;
  double duration_ms, input_mean, input_variance, initial_v[2];
  char parameter_file[PETSC_MAX_PATH_LEN], input_file[PETSC_MAX_PATH_LEN];
  uint32_t seed;

  Checkpoint checkpoint; /* borrowed, NULL for none */
  Recorder recorder;     /* while it runs, else NULL */
  int64_t step;          /* number of the next step */
  NeuronBlock block;
  OutgoingIndex outgoing;
  double switch_ms, switch_fraction; /* negative for no switch */
  Network switched;
  OutgoingIndex switched_outgoing;
  SpikeExchange exchange;
  int64_t *fired;     /* (n_local) */
  double *current;    /* (n_local) */
  double *noise[2];   /* (n_local) normal numbers of an even step and the step after it */
  int64_t noise_pair; /* step / 2 that `noise` belongs to, -1 for none */
  DataFile input;     /* NULL when the input is drawn */
  char input_path[PETSC_MAX_PATH_LEN];
  double *input_block;  /* (n_local, INPUT_STEPS) */
  int64_t input_first;  /* first step of input_block */
  int64_t input_length; /* steps in it */
};

#endif
