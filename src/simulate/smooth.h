/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SMOOTH_H
#define CAUSEWAY_SMOOTH_H

#include "causeway/checkpoint.h"
#include "causeway/network.h"
#include "causeway/neuron.h"
#include "causeway/parameters.h"

#include <petscts.h>

/* A network of smooth neurons: its state in one Vec, (n_global, n_state) in blocks of neurons, and its right-hand side and
   Jacobian for PETSc TS. Each evaluation fetches once what the sources of the local targets send. */
typedef struct {
  MPI_Comm comm;
  const SmoothModel *model;
  const CouplingModel *coupling;
  int coupling_index;
  double parameters[NEURON_MAX_PARAMETERS], coupling_parameters[COUPLING_PARAMETERS];
  double interval; /* sampling interval */
  double input_mean, input_spread, input_variance;
  double radius; /* spectral radius of a map */
  uint32_t seed;

  Network network; /* borrowed */
  const Partition *partition;
  TS ts; /* NULL for a map */
  Vec x;
  Mat slopes;
  double scale;      /* factor on coupling and self-influence of a map, else 1 */
  double *drive;     /* (n_local) constant part of the input */
  double *noise;     /* (n_local) noise of the present interval */
  int64_t n_seen;    /* number of different sources of this rank's targets */
  int32_t *position; /* (synapses) position of each source among these */
  Vec sent[2],
      seen[2]; /* sent values and their derivatives: of this rank's neurons; of the sources seen */
  VecScatter scatter;
  int64_t most;                  /* largest number of synapses of a target */
  double *row_sent, *row_slopes; /* (most) */
  PetscInt *row_columns;         /* (most) */

  int64_t sample;    /* number of the next sample */
  double time, step; /* of the integrator at its last query */
} Smooth;

/* Declares the parameters of all smooth models. */
PetscErrorCode SmoothDeclareParameters(Parameters parameters);

/*@
  SmoothSetFromOptions - reads the parameters of all smooth models, of which those of `model` are used, and creates an
  integrator with its options

  Collective
  Input: model - NULL when a spiking model is simulated; the parameters are then only documented
@*/
PetscErrorCode SmoothSetFromOptions(Smooth *smooth, MPI_Comm comm, const SmoothModel *model,
                                    Parameters parameters, uint32_t seed);
PetscErrorCode SmoothDestroy(Smooth *smooth);

/*@
  SmoothSetUp - creates vectors, the index of sources and the Jacobian; the network must be set up

  Collective
  Input:  first - range of the uniform initial first variable
  Cost:   8 bytes per synapse besides the network, 12 more for the Jacobian of an implicit integrator
@*/
PetscErrorCode SmoothSetUp(Smooth *smooth, Network network, const double first[2]);

/* Computes dx/dt at time t. Collective. */
PetscErrorCode SmoothRhs(Smooth *smooth, double t, Vec x, Vec dx);

/* Computes the derivatives of dx/dt by x into smooth->slopes. Collective. */
PetscErrorCode SmoothSlopes(Smooth *smooth, double t, Vec x);

/*@
  SmoothRun - integrates to sample `n_samples` - 1 and hands over each sample

  Collective. Without noise, one integration interpolates all samples. With noise, which is constant between two samples,
  each interval is integrated separately.
  Input:  take  - called with each sample: state[k][i n_state] is variable k of local neuron i
          offer - called whenever SmoothKeep() can save the state
  Errors: those of `take` and `offer`; CAUSEWAY_ERR_USER with the time when the integrator fails
@*/
typedef PetscErrorCode (*SmoothTake)(void *context, const double *const state[]);
typedef PetscErrorCode (*SmoothOffer)(void *context);
PetscErrorCode SmoothRun(Smooth *smooth, int64_t n_samples, SmoothTake take, SmoothOffer offer,
                         void *context);

/* Declares state and time for a snapshot. Collective. */
PetscErrorCode SmoothKeep(Smooth *smooth, Snapshot snapshot);

/* Memory per rank of a run [bytes]. */
double SmoothMemory(const Smooth *smooth, double neurons, double synapses);

#endif
