/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SIMULATION_IMPL_H
#define CAUSEWAY_SIMULATION_IMPL_H

#include "causeway/simulation.h"

#include "recorder.h"
#include "smooth.h"
#include "spiking.h"

struct _p_Simulation {
  MPI_Comm comm;
  Network network;
  const Partition *partition;
  PetscBool is_set_up;

  int model_index;
  double duration_ms, initial_v[2];
  double switch_ms, switch_fraction; /* negative for no switch */
  Network switched;                  /* made once, NULL until then */
  PetscBool owns_switched;           /* nobody else has asked for it */
  uint32_t seed;

  RecordPlan record;

  PetscBool is_spiking; /* which of the two it is */
  Spiking spiking;
  Smooth smooth;

  Checkpoint checkpoint; /* borrowed, NULL for none */
  Recorder recorder;     /* while it runs, else NULL */
};

#endif
