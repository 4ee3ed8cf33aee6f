/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_CHECKPOINT_IMPL_H
#define CAUSEWAY_CHECKPOINT_IMPL_H

#include "causeway/checkpoint.h"
#include "causeway/extents.h"

#include "causeway/internal/io/checksum.h"

enum { SNAPSHOT_VERSION = 2 };

/* Request of a rank at a safe point; the strongest request wins. */
typedef enum { REQUEST_NONE, REQUEST_SAVE, REQUEST_STOP } Request;

/* Timing of snapshots, see schedule.c. */
typedef struct {
  double start_s, deadline_s; /* MPI_Wtime(); deadline 0 for none */
  double interval_s;          /* 0 for none */
  double last_s;              /* end of the last snapshot */
  double write_s, gap_s;      /* longest writing; longest time between two polls */
  int64_t calls, next;        /* safe points since the last poll; number at which the next is due */
  int64_t steps;              /* safe points of this run */
  double poll_s, stat_s;      /* time of the last poll; of the last check for the stop file */
  PetscBool stop_file;
  PetscBool in_vain; /* the time limit was reached before the second safe point */
} Schedule;

/* Bytes of a file in the run directory on which a snapshot depends, with their checksum; see beside.c. */
typedef struct {
  char name[256];
  SnapshotPart part;
  int64_t number;  /* number of the snapshot for which it was declared */
  Extents extents; /* empty when the checksum is unknown */
  uint64_t inner;  /* sum over the words that lie wholly inside */
  uint64_t checksum;
  int64_t identity[4]; /* of a complete file */
} Sealed;

struct _p_Checkpoint {
  MPI_Comm comm; /* a duplicate */
  int rank, size;
  PetscBool started;
  char directory[PETSC_MAX_PATH_LEN]; /* directory of the run */
  const char *parameters_yaml, *inputs;
  CheckpointKeep keep;
  void *context;
  int64_t number; /* number of the last snapshot that was written or found */
  double interval_min;
  char walltime_word[64]; /* "none" for no limit */
  double walltime_s;
  PetscBool has_walltime;
  int64_t max_steps; /* safe points after which the run ends itself, 0 for no limit */
  Schedule schedule;

  int n_sealed;
  Sealed *sealed;
  char lost[PETSC_MAX_PATH_LEN]; /* a complete file that differs from a snapshot's; "" for none */

  char found[PETSC_MAX_PATH_LEN]; /* "" for none */
  char *found_parameters, *found_inputs;

  /* a round of the parts: request, and number of unfinished parts */
  MPI_Request round;
  PetscBool in_round;
  int round_mine[2], round_all[2];
};

/* In schedule.c; not collective. They count a safe point; say whether a poll is due, the same on all ranks; and give the
   present request of this rank. */
void ScheduleStart(Checkpoint checkpoint);
void ScheduleCount(Checkpoint checkpoint);
PetscBool ScheduleDue(Checkpoint checkpoint);
Request ScheduleRequest(Checkpoint checkpoint);

/* In snapshot.c: writes a snapshot with the next number. Collective. A full disk causes a warning, and `written` is
   false. */
PetscErrorCode SnapshotWrite(Checkpoint checkpoint, PetscBool *written);

/* In seal.c. A sealed file ends with 32 bytes, which HDF5 ignores: a magic number, the length before them, and a checksum of
   all bytes before them. Collective; the checksum does not depend on the ranks. */
PetscErrorCode SealAdd(MPI_Comm comm, const char *path);
/* Errors: CAUSEWAY_ERR_USER for a broken seal, or a missing seal of a file with the name of a snapshot. */
PetscErrorCode SealCheck(MPI_Comm comm, const char *path, PetscBool *sealed);

/* Adds the terms of words [first, last) of an open file of `length` bytes. */
PetscErrorCode SealSumWords(int descriptor, const char *path, uint64_t length, uint64_t first,
                            uint64_t last, uint64_t *sum);

/* In ranges.c: checksum of merged ranges of a file. `inner` is the sum of their whole words; on entry it is the sum for the
   ranges `known`. Collective. */
PetscErrorCode RangeSum(Checkpoint checkpoint, const char *path, const Extents *extents,
                        const Extents *known, uint64_t *inner, uint64_t *sum);

/* In beside.c. BesideGrow() takes over `extents`. BesideCheck() compares the files with a snapshot and keeps the checksums
   for the next one; errors: CAUSEWAY_ERR_USER. Collective. */
PetscErrorCode BesideGrow(Checkpoint checkpoint, const char *path, SnapshotPart part,
                          Extents *extents);
PetscErrorCode BesideWrite(Checkpoint checkpoint, DataFile file);
PetscErrorCode BesideCheck(Checkpoint checkpoint, DataFile file, const char *directory);
void BesideFree(Checkpoint checkpoint);
/* At the end of a stage: whether the last snapshot depends on files that the stage has completed since. */
PetscBool BesideIsOver(Checkpoint checkpoint);

/* "DIRECTORY/checkpoint[/NAME]" */
PetscErrorCode CheckpointPath(const char *directory, const char *name,
                              char path[PETSC_MAX_PATH_LEN]);

#endif
