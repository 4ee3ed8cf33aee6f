/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SIMULATION_IMPL_H
#define CAUSEWAY_SIMULATION_IMPL_H

#include "causeway/simulation.h"

#include "recorder.h"
#include "smooth.h"
#include "spiking.h"

struct _p_Simulation {
  MPI_Comm comm;
  Parameters own; /* register of SimulationSetOptions(), or NULL */
  Network network;
  const Partition *partition;
  PetscBool is_set_up;

  int model_index;
  double duration_ms, initial_v[2];
  char switch_word[64];              /* as given by the user */
  double switch_ms, switch_fraction; /* switch_ms negative for no switch */
  Network switched;                  /* network after the switch, NULL until it is created */
  PetscBool owns_switched;           /* no caller has taken `switched` over */
  uint32_t seed;

  RecordPlan record;

  PetscBool is_spiking; /* which of the two models is used */
  Spiking spiking;
  Smooth smooth;

  Checkpoint checkpoint; /* borrowed, NULL for none */
  Recorder recorder;     /* during a run, else NULL */
};

#endif
