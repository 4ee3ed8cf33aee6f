/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_CHECKPOINT_H
#define CAUSEWAY_CHECKPOINT_H

#include "causeway/datafile.h"
#include "causeway/declare.h"
#include "causeway/error.h"
#include "causeway/extents.h"
#include "causeway/parameters.h"
#include "causeway/partition.h"

CAUSEWAY_BEGIN_DECLARATIONS

/* Decides when a run is interrupted and saves its state.

   A stage calls CheckpointOffer() at its safe points. All ranks then decide together whether to save the state: when the
   interval is over, a signal has arrived (SIGUSR1, SIGTERM, SIGINT, SIGHUP), a file `stop` is in the run directory, or the
   time limit is near. A snapshot is one parallel HDF5 file, DIRECTORY/checkpoint/snapshot_NNNNNN.h5, in global order and
   independent of the number of ranks. The last two are kept. A snapshot is written under a provisional name, read back,
   sealed with a checksum of all its bytes, synced and renamed. It also holds the checksums of the other files that the run
   needs to continue. */
typedef struct _p_Checkpoint *Checkpoint;

/* One pass over the saved fields. The same function declares the fields in all passes: measuring, writing, reading back
   and restoring. */
typedef struct _p_Snapshot *Snapshot;

/* Declares the saved fields, with one call of Snapshot...() per field. */
typedef PetscErrorCode (*CheckpointKeep)(Snapshot snapshot, void *context);

/*@
  CheckpointCreate - creates a checkpoint that saves nothing until CheckpointStart(); destroyed with CheckpointDestroy()

  Collective on `comm`
@*/
PetscErrorCode CheckpointCreate(MPI_Comm comm, Checkpoint *checkpoint);
PetscErrorCode CheckpointDestroy(Checkpoint *checkpoint);

/* Parameters for the times of snapshots and the end of a run; the function declares them. */
extern const ParameterSpec CheckpointParameters[];
PetscErrorCode CheckpointDeclareParameters(Parameters parameters);

/*@
  CheckpointSetFromOptions - reads the parameters of section "checkpoint"

  Options: -checkpoint_interval m - time between two snapshots, 0 for snapshots on request only [minutes]
           -max_walltime t        - time, also as H:M:S, after which the run ends itself [s]; SLURM_JOB_END_TIME is
                                    respected too
           -max_steps n           - number of safe points after which the run ends itself, 0 for no limit
@*/
PetscErrorCode CheckpointSetFromOptions(Checkpoint checkpoint, Parameters parameters);

/*@
  CheckpointStart - activates the safe points; from now on signals only set a flag

  Collective
  Input: directory       - directory of the run
         parameters_yaml, inputs - texts stored in every snapshot; borrowed
         keep, context   - function that declares the saved fields, and its context
@*/
PetscErrorCode CheckpointStart(Checkpoint checkpoint, const char *directory,
                               const char *parameters_yaml, const char *inputs, CheckpointKeep keep,
                               void *context);

/*@
  CheckpointOffer - a safe point, which all ranks reach at the same place of the computation

  Collective. Most calls return at once, so a stage may call it often.
  Errors: CAUSEWAY_STOPPED on all ranks after a snapshot with which the run ends
  Cost:   one allreduce of 8 bytes about ten times a second
@*/
PetscErrorCode CheckpointOffer(Checkpoint checkpoint);

/*@
  CheckpointOfferPart - a safe point of the ranks of `part` only

  Collective on `part`. Every rank belongs to one part, and each part calls this function until it calls
  CheckpointFinishPart().
  Errors: as CheckpointOffer()
  Cost:   one allreduce of 4 bytes on `part`, and one nonblocking allreduce on all ranks
@*/
PetscErrorCode CheckpointOfferPart(Checkpoint checkpoint, MPI_Comm part);

/*@
  CheckpointFinishPart - waits for the other parts and takes part in their snapshots

  Collective on all ranks
  Errors: as CheckpointOffer()
@*/
PetscErrorCode CheckpointFinishPart(Checkpoint checkpoint, MPI_Comm part);

/*@
  CheckpointMilestone - a safe point after long work: saves when the last snapshot is more than a few seconds old

  Collective
  Errors: as CheckpointOffer()
@*/
PetscErrorCode CheckpointMilestone(Checkpoint checkpoint);

/*@
  CheckpointFind - finds the newest intact snapshot of a run, for CheckpointRestore()

  Collective
  Input:  directory - directory of the run
          file      - snapshot to use, "" for the newest
  Output: found     - whether a snapshot was found; a warning names each damaged one, which is skipped
  Errors: CAUSEWAY_ERR_USER when `file` is given and damaged
@*/
PetscErrorCode CheckpointFind(Checkpoint checkpoint, const char *directory, const char *file,
                              PetscBool *found);

/* Name, parameters and inputs of the snapshot that was found, "" without one. Borrowed. Not collective. */
const char *CheckpointFound(Checkpoint checkpoint);
const char *CheckpointFoundParameters(Checkpoint checkpoint);
const char *CheckpointFoundInputs(Checkpoint checkpoint);

/*@
  CheckpointRestore - sets the fields that `keep` declares from the snapshot that was found

  Collective
  Errors: CAUSEWAY_ERR_USER with file and field when a field is missing or damaged
@*/
PetscErrorCode CheckpointRestore(Checkpoint checkpoint, CheckpointKeep keep, void *context);

/*@
  CheckpointAddFile - declares a file of the run directory complete; snapshots depend on it from now on

  Not collective, but every rank makes the same calls. Each snapshot holds the checksum of every such file and is skipped
  when a file has changed.
@*/
PetscErrorCode CheckpointAddFile(Checkpoint checkpoint, const char *path);

/*@
  CheckpointReplaceFile - announces that such a file is about to be replaced; the old file is kept while a snapshot
  depends on it

  Collective
@*/
PetscErrorCode CheckpointReplaceFile(Checkpoint checkpoint, const char *path);

/*@
  CheckpointRemove - deletes the snapshots of a run and their directory

  Collective
@*/
PetscErrorCode CheckpointRemove(Checkpoint checkpoint, const char *directory);

/*@
  CheckpointVerify - checks whether a file is an intact snapshot

  Collective
  Output: is_snapshot - false for files of another kind, which is no error
  Errors: CAUSEWAY_ERR_USER when the snapshot is damaged or truncated
@*/
PetscErrorCode CheckpointVerify(MPI_Comm comm, const char *path, PetscBool *is_snapshot);

enum { CHECKSUM_LENGTH = 20 };

/*@
  FileChecksum - length [bytes] and checksum of the content of a file

  Collective; every rank reads its share
  Errors: CAUSEWAY_ERR_USER when the file cannot be read
@*/
PetscErrorCode FileChecksum(MPI_Comm comm, const char *path, int64_t *bytes,
                            char checksum[CHECKSUM_LENGTH]);

/*@
  SnapshotGroup - sets the prefix of the names of the following fields, e.g. "train/member_3"; not collective
@*/
PetscErrorCode SnapshotGroup(Snapshot snapshot, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Whether this pass sets the fields instead of saving them; whether it is the first pass of a snapshot, in which buffers
   may still be flushed and clocks read. Not collective. */
PetscBool SnapshotRestores(Snapshot snapshot);
PetscBool SnapshotPrepares(Snapshot snapshot);

/*@
  SnapshotInteger, SnapshotReal - one number; the value of rank 0 is saved, and all ranks receive it on restoring

  Collective
@*/
PetscErrorCode SnapshotInteger(Snapshot snapshot, const char *name, int64_t *value);
PetscErrorCode SnapshotReal(Snapshot snapshot, const char *name, double *value);

/*@
  SnapshotArray - a box of a distributed array in C order

  Collective
  Input:  dims         - (n_dims) shape of the whole array
          first, count - (n_dims) this rank's box; every element belongs to the box of exactly one owner
          owner        - whether this rank writes its box; restoring sets the boxes of all ranks
          values       - elements of the box; NULL is allowed for an empty box
@*/
PetscErrorCode SnapshotArray(Snapshot snapshot, const char *name, const char *units, DataType type,
                             int n_dims, const int64_t dims[], const int64_t first[],
                             const int64_t count[], PetscBool owner, void *values);

/* How a snapshot depends on a file: PART_COMPLETE, the file is complete (declared with CheckpointAddFile()); PART_GROWS,
   existing bytes stay and more follow; PART_CHANGES, bytes may change between snapshots. */
typedef enum { PART_COMPLETE, PART_GROWS, PART_CHANGES } SnapshotPart;

/*@
  SnapshotSeals - whether SnapshotBeside() must be called in this pass; not collective
@*/
PetscBool SnapshotSeals(Snapshot snapshot);

/*@
  SnapshotBeside - declares the bytes of a file in the run directory on which the state depends. The snapshot holds their
  checksum and is skipped when it no longer matches.

  Collective
  Input: path    - name of the file; its bytes have been synced
         extents - ranges of these bytes, merged; taken over
  Cost:  reads the bytes added since the last snapshot, or all with PART_CHANGES
@*/
PetscErrorCode SnapshotBeside(Snapshot snapshot, const char *path, SnapshotPart part,
                              Extents *extents);

/*@
  SnapshotByNeuron - SnapshotArray() with one double per neuron of the partition

  Collective
  Input: values - (n_local)
@*/
PetscErrorCode SnapshotByNeuron(Snapshot snapshot, const char *name, const char *units,
                                const Partition *partition, double *values);

CAUSEWAY_END_DECLARATIONS

#endif
