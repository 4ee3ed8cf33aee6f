/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_WEIGHTS_H
#define CAUSEWAY_WEIGHTS_H

#include "causeway/checkpoint.h"
#include "causeway/datafile.h"
#include "causeway/partition.h"

#include "real.h"

/* All weights of one model: named tensors in one flat vector, so that optimiser, reduction over
   ranks and files need no list of layers. The vector holds, in this order,

     shared    - trained, the same on every rank of the model
     by neuron - trained, a row for each neuron, only the rows of this rank's neurons
     state     - not trained: running statistics of the norms

   and gradient and moments hold the first two. */

typedef enum { INITIAL_ZERO, INITIAL_ONE, INITIAL_UNIFORM, INITIAL_NORMAL } Initial;
typedef enum { TENSOR_SHARED, TENSOR_BY_NEURON, TENSOR_STATE } TensorKind;

enum { TENSOR_NAME = 96 };

typedef struct {
  char name[TENSOR_NAME]; /* as in files, e.g. "encoder.attn_layers.0.conv1.weight" */
  TensorKind kind;
  int n_dims;
  int64_t dims[3]; /* of all ranks, row-major */
  Initial initial;
  double bound;   /* of INITIAL_UNIFORM: +-bound */
  int64_t offset; /* of the local part in the flat vector, after WeightsAllocate() */
  int64_t length; /* of the local part */
} Tensor;

typedef struct {
  Partition partition; /* of the neurons over the ranks of the ring */
  int n_tensors, capacity;
  Tensor *tensors;
  int64_t n_shared, n_trained, n_total; /* lengths of: shared; + by neuron; + state */
  Real *value;                          /* (n_total) */
  Real *gradient;                       /* (n_trained) */
  Real *moment[2];                      /* (n_trained) first and second, of the optimiser */
} Weights;

/*@
  WeightsCreate / WeightsDestroy - no tensors yet; `partition` is copied
@*/
PetscErrorCode WeightsCreate(const Partition *partition, Weights *weights);
PetscErrorCode WeightsDestroy(Weights *weights);

/*@
  WeightsAdd - declares a tensor; tensors of a kind stand in the vector in the order of their
declaration

  Input: initial - for INITIAL_UNIFORM `bound` is the half width
@*/
PetscErrorCode WeightsAdd(Weights *weights, const char *name, TensorKind kind, int n_dims,
                          const int64_t dims[], Initial initial, double bound);

/*@
  WeightsAllocate - fixes the offsets and allocates all vectors, zeroed; after the last WeightsAdd()
@*/
PetscErrorCode WeightsAllocate(Weights *weights);

/* The tensor of a name, whose offset says where it is, from WeightsAllocate() to WeightsDestroy(); an
   unknown name is a fault of the program. */
PetscErrorCode WeightsFind(const Weights *weights, const char *name, const Tensor **tensor);

/*@
  WeightsInitialize - initial values: a pure function of seed, member, the tensor's name and the
global index of the entry, whatever the ranks; gradient and moments zero. Not collective.

  Source: RandomUniform() or RandomNormal() with RANDOM_WEIGHTS, i = entry / 2 and
          k = member 2^32 + hash of the name (FNV-1a, 32 bits)
@*/
PetscErrorCode WeightsInitialize(Weights *weights, uint32_t seed, int64_t member);

/* Numbers of a copy of values and moments. */
static inline int64_t WeightsLength(const Weights *weights)
{
  return weights->n_total + 2 * weights->n_trained;
}

/*@
  WeightsSave / WeightsRestore - a copy of this rank's values and moments. Not collective.

  Output (input): copy - (WeightsLength()), owned by the caller
@*/
PetscErrorCode WeightsSave(const Weights *weights, Real *copy);
PetscErrorCode WeightsRestore(Weights *weights, const Real *copy);

/*@
  WeightsKeep - declares a copy of values and moments for a snapshot, as few arrays

  Collective on the snapshot, whose ranks may be more than those of the model
  Input: copy - (WeightsLength()), or NULL on ranks that have no part in this model
         part - this rank's copy counts: of ranks with the same neurons only one may
@*/
PetscErrorCode WeightsKeep(const Weights *weights, Snapshot snapshot, PetscBool part, Real *copy);

/*@
  WeightsAddDatasets - declares the datasets GROUP/NAME of one model in a file

  Collective on the file
  Input: moments - also GROUP/optimizer/{first_moment,second_moment}/NAME
@*/
PetscErrorCode WeightsAddDatasets(const Weights *weights, DataFile file, const char *group,
                                  PetscBool moments);

/*@
  WeightsWrite / WeightsRead - the values (and moments) of GROUP/NAME, each dataset with a checksum

  Collective on the file, whose communicator may be larger than that of the model: several models
  on groups of ranks are written one after the other, all ranks taking part in each.

  Input:  writes - this rank gives its part of this model: its rows of the tensors by neuron, and on
          rank 0 of the partition everything else; of ranks with the same neurons only one may
          group - for WeightsRead: the same on all ranks; moments are read where the group has
          them, and zero where not
  Errors: CAUSEWAY_ERR_USER for a dataset that is missing, has other dimensions, holds numbers
          that are not finite or has a checksum of other values, naming file, dataset and both shapes; the file may hold more datasets
          than the model has
@*/
PetscErrorCode WeightsWrite(const Weights *weights, DataFile file, const char *group,
                            PetscBool moments, PetscBool writes);
PetscErrorCode WeightsRead(Weights *weights, DataFile file, const char *group);

#endif
