/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_CHECKPOINT_H
#define CAUSEWAY_CHECKPOINT_H

#include "causeway/datafile.h"
#include "causeway/error.h"
#include "causeway/extents.h"
#include "causeway/parameters.h"
#include "causeway/partition.h"

/* When a run is to be interrupted, and what it then leaves behind.

   A stage says at its safe points, by CheckpointOffer(), that its state may be saved. Whether it is,
   all ranks decide together: because the interval is over, a signal came (SIGUSR1, SIGTERM, SIGINT, SIGHUP), a file
   `stop` appeared in the run directory, or the time limit is near. A snapshot is one parallel HDF5
   file in global order, whatever the ranks, DIRECTORY/checkpoint/snapshot_NNNNNN.h5; the last two are
   kept. It is written under a provisional name, read back, closed with a checksum of all its bytes,
   synced and renamed. It also holds the checksums of the files beside it that the run needs to go on. */
typedef struct _p_Checkpoint *Checkpoint;

/* One pass over everything that is kept. The same function declares the fields for all passes: that
   which measures, writes, reads back or restores them. */
typedef struct _p_Snapshot *Snapshot;

/* Declares what is kept, by one call of Snapshot...() per field. */
typedef PetscErrorCode (*CheckpointKeep)(Snapshot snapshot, void *context);

/*@
  CheckpointCreate - an object that offers nothing until CheckpointStart(); collective on `comm`
@*/
PetscErrorCode CheckpointCreate(MPI_Comm comm, Checkpoint *checkpoint);
PetscErrorCode CheckpointDestroy(Checkpoint *checkpoint);

/*@
  CheckpointSetFromOptions - reads the parameters of section "checkpoint"

  Options: -checkpoint_interval m - minutes between two snapshots, 0 for none but those asked for
           -max_walltime t        - seconds, or H:M:S, after which the run ends itself; also taken
                                    from SLURM_JOB_END_TIME
           -max_steps n           - safe points after which the run ends itself, 0 for no limit
@*/
PetscErrorCode CheckpointSetFromOptions(Checkpoint checkpoint, Parameters parameters);

/*@
  CheckpointStart - from now on safe points count, and signals only set a flag

  Collective
  Input: directory       - of the run
         parameters_yaml, inputs - kept in every snapshot; borrowed
         keep, context   - what CheckpointOffer() saves
@*/
PetscErrorCode CheckpointStart(Checkpoint checkpoint, const char *directory,
                               const char *parameters_yaml, const char *inputs, CheckpointKeep keep,
                               void *context);

/*@
  CheckpointOffer - a safe point: every rank is at the same place

  Collective; may be called as often as convenient, most calls return at once
  Errors: CAUSEWAY_STOPPED on all ranks when a snapshot was written because the run has to end
  Cost:   one allreduce of 8 bytes about ten times a second
@*/
PetscErrorCode CheckpointOffer(Checkpoint checkpoint);

/*@
  CheckpointOfferPart - a safe point of the ranks of `part`, while other parts are elsewhere

  Collective on `part`; the parts together are all ranks, and each goes on calling it until
  CheckpointFinishPart()
  Errors: as CheckpointOffer()
  Cost:   one allreduce of 4 bytes on `part`, and a nonblocking one on all ranks
@*/
PetscErrorCode CheckpointOfferPart(Checkpoint checkpoint, MPI_Comm part);

/*@
  CheckpointFinishPart - waits for the other parts, and takes part in their snapshots meanwhile
  Collective on all ranks. Errors: as CheckpointOffer()
@*/
PetscErrorCode CheckpointFinishPart(Checkpoint checkpoint, MPI_Comm part);

/*@
  CheckpointMilestone - a safe point after work that was long enough to be kept: saves when more than
  a few seconds have passed since the last snapshot. Collective.
@*/
PetscErrorCode CheckpointMilestone(Checkpoint checkpoint);

/*@
  CheckpointFind - the newest sound snapshot of a run, for CheckpointRestore()

  Collective
  Input:  directory - of the run
          file      - a snapshot to use instead, "" for the newest
  Output: found     - damaged ones are named in a warning and passed over
  Errors: CAUSEWAY_ERR_USER when `file` is given and not sound
@*/
PetscErrorCode CheckpointFind(Checkpoint checkpoint, const char *directory, const char *file,
                              PetscBool *found);

/* Name, parameters and inputs of what was found; borrowed, "" when nothing was. Not collective. */
const char *CheckpointFound(Checkpoint checkpoint);
const char *CheckpointFoundParameters(Checkpoint checkpoint);
const char *CheckpointFoundInputs(Checkpoint checkpoint);

/*@
  CheckpointRestore - sets the fields that `keep` declares from the snapshot that was found
  Collective. Errors: CAUSEWAY_ERR_USER naming file and field when one is missing or damaged
@*/
PetscErrorCode CheckpointRestore(Checkpoint checkpoint, CheckpointKeep keep, void *context);

/*@
  CheckpointAddFile - a file of the run directory is complete, and part of what is kept from now on

  Not collective, but every rank makes the same calls. What a run writes before a snapshot, it or a later job
  counts on: a snapshot holds the checksum of each of these files, and is passed over when one has changed.
@*/
PetscErrorCode CheckpointAddFile(Checkpoint checkpoint, const char *path);

/*@
  CheckpointReplaceFile - to be called before such a file is replaced: the older one is kept as long as a
  snapshot may count on it. Collective.
@*/
PetscErrorCode CheckpointReplaceFile(Checkpoint checkpoint, const char *path);

/*@
  CheckpointRemove - deletes the snapshots of a run, and the directory that they were in
  Collective
@*/
PetscErrorCode CheckpointRemove(Checkpoint checkpoint, const char *directory);

/*@
  CheckpointVerify - whether a file is a snapshot, and sound

  Collective
  Output: is_snapshot - false for files of another kind, which is no error
  Errors: CAUSEWAY_ERR_USER when it is damaged or cut
@*/
PetscErrorCode CheckpointVerify(MPI_Comm comm, const char *path, PetscBool *is_snapshot);

enum { CHECKSUM_LENGTH = 20 };

/*@
  FileChecksum - length and checksum of the whole content of a file

  Collective; every rank reads its share
  Errors: CAUSEWAY_ERR_USER when it cannot be read
@*/
PetscErrorCode FileChecksum(MPI_Comm comm, const char *path, int64_t *bytes,
                            char checksum[CHECKSUM_LENGTH]);

/*@
  SnapshotGroup - prefix of the names of the fields that follow, e.g. "train/member_3"; not collective
@*/
PetscErrorCode SnapshotGroup(Snapshot snapshot, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Whether fields are being set, rather than kept; and whether this is the first pass of several, in which
   what is kept may still be brought into order: buffers flushed, clocks read. Not collective. */
PetscBool SnapshotRestores(Snapshot snapshot);
PetscBool SnapshotPrepares(Snapshot snapshot);

/*@
  SnapshotInteger, SnapshotReal - one number; that of rank 0 is kept, and all ranks get it back
@*/
PetscErrorCode SnapshotInteger(Snapshot snapshot, const char *name, int64_t *value);
PetscErrorCode SnapshotReal(Snapshot snapshot, const char *name, double *value);

/*@
  SnapshotArray - a box of a distributed array, C order

  Collective
  Input:  dims         - of the whole array
          first, count - this rank's box; every element is in the box of exactly one owner
          owner        - whether this rank's box counts when writing; all boxes are set when restoring
          values       - as many as the box has; may be NULL for an empty box
@*/
PetscErrorCode SnapshotArray(Snapshot snapshot, const char *name, const char *units, DataType type,
                             int n_dims, const int64_t dims[], const int64_t first[],
                             const int64_t count[], PetscBool owner, void *values);

/* Which part of a file that is not complete a snapshot counts on: what stays as it is while more is added, or what
   may also change from one snapshot to the next. A complete file is declared by CheckpointAddFile(). */
typedef enum { PART_COMPLETE, PART_GROWS, PART_CHANGES } SnapshotPart;

/*@
  SnapshotSeals - whether this is the pass in which SnapshotBeside() is to be called; not collective
@*/
PetscBool SnapshotSeals(Snapshot snapshot);

/*@
  SnapshotBeside - bytes of a file in the run directory that the state counts on: their checksum is kept, and
  a snapshot for which it does not hold any more is passed over

  Collective
  Input: path    - of the file; what is counted on has been synced
         extents - of the bytes, merged; taken over
  Cost:  reads what was added since the last snapshot, of PART_CHANGES all
@*/
PetscErrorCode SnapshotBeside(Snapshot snapshot, const char *path, SnapshotPart part,
                              Extents *extents);

/*@
  SnapshotByNeuron - SnapshotArray() of one double for each neuron of the partition
@*/
PetscErrorCode SnapshotByNeuron(Snapshot snapshot, const char *name, const char *units,
                                const Partition *partition, double *values);

#endif
