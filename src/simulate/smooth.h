/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SMOOTH_H
#define CAUSEWAY_SMOOTH_H

#include "causeway/checkpoint.h"
#include "causeway/network.h"
#include "causeway/neuron.h"

#include <petscts.h>

/* A network of neurons of a smooth model: its state in one Vec, (n_global, n_state) by blocks of neurons, its
   right-hand side and Jacobian for PETSc TS. What the sources send is fetched once per evaluation, by an index of the
   sources that the local targets have. */
typedef struct {
  MPI_Comm comm;
  const SmoothModel *model;
  const CouplingModel *coupling;
  double parameters[NEURON_MAX_PARAMETERS], coupling_parameters[COUPLING_PARAMETERS];
  double interval; /* between samples */
  double input_mean, input_spread, input_variance;
  double radius; /* of a map's matrix */
  uint32_t seed;

  Network network; /* borrowed */
  const Partition *partition;
  TS ts; /* NULL for a map */
  Vec x;
  Mat slopes;
  double scale;      /* of coupling and own influence of a map, else 1 */
  double *drive;     /* (n_local) constant part of the input */
  double *noise;     /* (n_local) that of the interval under way */
  int64_t n_seen;    /* different sources of this rank's targets */
  int32_t *position; /* (synapses) of each source among those that are seen */
  Vec sent[2],
      seen[2]; /* what sources send and its slope; of this rank's neurons, of those that are seen */
  VecScatter scatter;
  int64_t most;                  /* synapses of a target */
  double *row_sent, *row_slopes; /* (most) */
  PetscInt *row_columns;         /* (most) */

  int64_t sample;    /* that comes next */
  double time, step; /* of the integrator, when it was last asked */
} Smooth;

/*@
  SmoothSetFromOptions - parameters of all smooth models, those of `model` counting; and an integrator that has read its
  own options

  Collective
  Input: model - NULL when a spiking model is simulated: then there is nothing but documentation to do
@*/
PetscErrorCode SmoothSetFromOptions(Smooth *smooth, MPI_Comm comm, const SmoothModel *model,
                                    Parameters parameters, uint32_t seed);
PetscErrorCode SmoothDestroy(Smooth *smooth);

/*@
  SmoothSetUp - vectors, index of sources, Jacobian; the network must be set up

  Collective
  Input:  first - range of the initial first variable, uniform
  Cost:   8 bytes per synapse beside those of the network, 12 of the Jacobian of an implicit integrator
@*/
PetscErrorCode SmoothSetUp(Smooth *smooth, Network network, const double first[2]);

/* dx/dt at time t; collective. */
PetscErrorCode SmoothRhs(Smooth *smooth, double t, Vec x, Vec dx);

/* Its derivatives by x into smooth->slopes; collective. */
PetscErrorCode SmoothSlopes(Smooth *smooth, double t, Vec x);

/*@
  SmoothRun - integrates to sample `n_samples` - 1, one after the other being handed over

  Collective. Without noise by one integration, whose own interpolation gives the samples; with noise, which is
  constant between two samples, by one for each interval.
  Input:  take  - with the next sample: state[k][i n_state] is variable k of local neuron i
          offer - whenever the state is one that SmoothKeep() can keep
  Errors: those of `take` and `offer`; CAUSEWAY_ERR_USER when the integrator gives up, naming the time
@*/
typedef PetscErrorCode (*SmoothTake)(void *context, const double *const state[]);
typedef PetscErrorCode (*SmoothOffer)(void *context);
PetscErrorCode SmoothRun(Smooth *smooth, int64_t n_samples, SmoothTake take, SmoothOffer offer,
                         void *context);

/* Declares state and time for a snapshot. Collective. */
PetscErrorCode SmoothKeep(Smooth *smooth, Snapshot snapshot);

/* Bytes per rank of a run. */
double SmoothMemory(const Smooth *smooth, double neurons, double synapses);

#endif
