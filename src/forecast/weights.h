/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_WEIGHTS_H
#define CAUSEWAY_WEIGHTS_H

#include "causeway/checkpoint.h"
#include "causeway/datafile.h"
#include "causeway/partition.h"

#include "real.h"

/* All weights of one model: named tensors in one flat vector, so that optimiser, reduction over ranks and files need no list
   of layers. The vector holds, in this order,

     shared    - trained, the same on every rank of the model
     by neuron - trained, one row per neuron, only the rows of this rank's neurons
     state     - not trained: running statistics of the norms

   Gradient and moments hold the first two parts. */

typedef enum { INITIAL_ZERO, INITIAL_ONE, INITIAL_UNIFORM, INITIAL_NORMAL } Initial;
typedef enum { TENSOR_SHARED, TENSOR_BY_NEURON, TENSOR_STATE } TensorKind;

enum { TENSOR_NAME = 96 };

typedef struct {
  char name[TENSOR_NAME]; /* as in files, e.g. "encoder.attn_layers.0.conv1.weight" */
  TensorKind kind;
  int n_dims;
  int64_t dims[3]; /* dimensions on all ranks, row-major */
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
  WeightsCreate / WeightsDestroy - creates weights without tensors; `partition` is copied
@*/
PetscErrorCode WeightsCreate(const Partition *partition, Weights *weights);
PetscErrorCode WeightsDestroy(Weights *weights);

/*@
  WeightsAdd - declares a tensor; tensors of a kind are stored in the order of their declaration

  Input: initial - for INITIAL_UNIFORM, `bound` is the half width
@*/
PetscErrorCode WeightsAdd(Weights *weights, const char *name, TensorKind kind, int n_dims,
                          const int64_t dims[], Initial initial, double bound);

/*@
  WeightsAllocate - fixes the offsets and allocates all vectors, zeroed; called after the last WeightsAdd()
@*/
PetscErrorCode WeightsAllocate(Weights *weights);

/* Finds a tensor by its name; its offset is valid from WeightsAllocate() to WeightsDestroy(). An unknown name is a fault of
   the program. */
PetscErrorCode WeightsFind(const Weights *weights, const char *name, const Tensor **tensor);

/*@
  WeightsInitialize - sets the initial values, a pure function of seed, member, the tensor's name and the global index of the
  entry, independent of the ranks; gradient and moments become zero. Not collective.

  Source: RandomUniform() or RandomNormal() with RANDOM_WEIGHTS, i = entry / 2 and
          k = member 2^32 + hash of the name (FNV-1a, 32 bits)
@*/
PetscErrorCode WeightsInitialize(Weights *weights, uint32_t seed, int64_t member);

/* Length of a copy of values and moments. */
static inline int64_t WeightsLength(const Weights *weights)
{
  return weights->n_total + 2 * weights->n_trained;
}

/*@
  WeightsSave / WeightsRestore - copies this rank's values and moments, and copies them back. Not collective.

  In/out: copy - (WeightsLength()), owned by the caller
@*/
PetscErrorCode WeightsSave(const Weights *weights, Real *copy);
PetscErrorCode WeightsRestore(Weights *weights, const Real *copy);

/*@
  WeightsKeep - declares a copy of values and moments for a snapshot, in few arrays

  Collective on the snapshot, whose ranks may include others than those of the model
  Input: copy - (WeightsLength()), or NULL on ranks that do not hold this model
         part - whether this rank's copy is saved; only one of the ranks with the same neurons may set it
@*/
PetscErrorCode WeightsKeep(const Weights *weights, Snapshot snapshot, PetscBool part, Real *copy);

/*@
  WeightsAddDatasets - declares the datasets GROUP/NAME of one model in a file

  Collective on the file
  Input: moments - whether GROUP/optimizer/{first_moment,second_moment}/NAME are declared too
@*/
PetscErrorCode WeightsAddDatasets(const Weights *weights, DataFile file, const char *group,
                                  PetscBool moments);

/*@
  WeightsWrite / WeightsRead - writes or reads the values (and moments) of GROUP/NAME, each dataset with a checksum

  Collective on the file, whose communicator may be larger than that of the model: several models
  on groups of ranks are written one after the other, and all ranks take part in each.

  Input:  writes - whether this rank writes its part of the model: its rows of the tensors by neuron, and on rank 0 of the
          partition everything else; only one of the ranks with the same neurons may set it
          group - the same on all ranks for WeightsRead(); moments that the group does not have become zero
  Errors: CAUSEWAY_ERR_USER with file, dataset and both shapes for a dataset that is missing, has other dimensions, contains
          numbers that are not finite, or does not match its checksum; the file may hold more datasets than the model
@*/
PetscErrorCode WeightsWrite(const Weights *weights, DataFile file, const char *group,
                            PetscBool moments, PetscBool writes);
PetscErrorCode WeightsRead(Weights *weights, DataFile file, const char *group);

#endif
