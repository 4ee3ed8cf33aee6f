/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_CHECKPOINT_IMPL_H
#define CAUSEWAY_CHECKPOINT_IMPL_H

#include "causeway/checkpoint.h"
#include "causeway/extents.h"

#include "checksum.h"

enum { SNAPSHOT_VERSION = 2 };

/* What the ranks ask for at a safe point; the strongest wins. */
typedef enum { REQUEST_NONE, REQUEST_SAVE, REQUEST_STOP } Request;

/* When to save: see schedule.c. */
typedef struct {
  double start_s, deadline_s; /* MPI_Wtime(); deadline 0 for none */
  double interval_s;          /* 0 for none */
  double last_s;              /* when the last snapshot was complete */
  double write_s, gap_s;      /* longest writing, longest time between two polls */
  int64_t calls, next;        /* safe points since the last poll; at which the next is due */
  int64_t steps;              /* safe points of this run */
  double poll_s, stat_s;      /* last poll; last look for the stop file */
  PetscBool stop_file;
  PetscBool in_vain; /* the time was over before the second safe point */
} Schedule;

/* Bytes of a file in the run directory that a snapshot counts on, and their checksum; see beside.c. */
typedef struct {
  char name[256];
  SnapshotPart part;
  int64_t number;  /* of the snapshot that it was declared for */
  Extents extents; /* none when the checksum is not known */
  uint64_t inner;  /* sum over the words that are wholly inside */
  uint64_t checksum;
  int64_t identity[4]; /* of a complete file */
} Sealed;

struct _p_Checkpoint {
  MPI_Comm comm; /* a duplicate */
  int rank, size;
  PetscBool started;
  char directory[PETSC_MAX_PATH_LEN]; /* of the run */
  const char *parameters_yaml, *inputs;
  CheckpointKeep keep;
  void *context;
  int64_t number; /* of the last snapshot that was written or found */
  double interval_min;
  char walltime_word[64]; /* "none" for no limit */
  double walltime_s;
  PetscBool has_walltime;
  int64_t max_steps; /* safe points after which the run ends itself, 0 for no limit */
  Schedule schedule;

  int n_sealed;
  Sealed *sealed;
  char lost
      [PETSC_MAX_PATH_LEN]; /* a complete file that is not what a snapshot counts on; "" for none */

  char found[PETSC_MAX_PATH_LEN]; /* "" for none */
  char *found_parameters, *found_inputs;

  /* a round of the parts: request and number of those that are not finished */
  MPI_Request round;
  PetscBool in_round;
  int round_mine[2], round_all[2];
};

/* In schedule.c; not collective. Counts a safe point; whether a poll is due there, the same on all ranks; what this
   rank asks for now. */
void ScheduleStart(Checkpoint checkpoint);
void ScheduleCount(Checkpoint checkpoint);
PetscBool ScheduleDue(Checkpoint checkpoint);
Request ScheduleRequest(Checkpoint checkpoint);

/* In snapshot.c: writes one, named by the next number. Collective. A full disk is a warning, and
   `written` false. */
PetscErrorCode SnapshotWrite(Checkpoint checkpoint, PetscBool *written);

/* In seal.c. A sealed file ends with 32 bytes: a magic number, the length before them and a checksum
   of all bytes before them; HDF5 does not mind. Collective; the sum does not depend on the ranks. */
PetscErrorCode SealAdd(MPI_Comm comm, const char *path);
/* Errors: CAUSEWAY_ERR_USER when there is a seal that is broken, or no seal while the name is that of a
   snapshot. */
PetscErrorCode SealCheck(MPI_Comm comm, const char *path, PetscBool *sealed);

/* Adds what words [first, last) of an open file of `length` bytes make. */
PetscErrorCode SealSumWords(int descriptor, const char *path, uint64_t length, uint64_t first,
                            uint64_t last, uint64_t *sum);

/* In ranges.c: checksum of ranges of a file, merged. `inner` is what their whole words add, on entry those
   of the ranges `known`. Collective. */
PetscErrorCode RangeSum(Checkpoint checkpoint, const char *path, const Extents *extents,
                        const Extents *known, uint64_t *inner, uint64_t *sum);

/* In beside.c. BesideGrow() takes over `extents`. BesideCheck() compares what a snapshot counts on with what
   there is, and keeps the checksums for the next one; errors: CAUSEWAY_ERR_USER. Collective. */
PetscErrorCode BesideGrow(Checkpoint checkpoint, const char *path, SnapshotPart part,
                          Extents *extents);
PetscErrorCode BesideWrite(Checkpoint checkpoint, DataFile file);
PetscErrorCode BesideCheck(Checkpoint checkpoint, DataFile file, const char *directory);
void BesideFree(Checkpoint checkpoint);
/* At the end of a stage: whether the last snapshot counts on files that it has completed meanwhile. */
PetscBool BesideIsOver(Checkpoint checkpoint);

/* "DIRECTORY/checkpoint[/NAME]" */
PetscErrorCode CheckpointPath(const char *directory, const char *name,
                              char path[PETSC_MAX_PATH_LEN]);

#endif
