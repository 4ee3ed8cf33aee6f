/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_CHECKPOINT_IMPL_H
#define CAUSEWAY_CHECKPOINT_IMPL_H

#include "causeway/checkpoint.h"

/* What the ranks ask for at a safe point; the strongest wins. */
typedef enum { REQUEST_NONE, REQUEST_SAVE, REQUEST_STOP } Request;

/* When to save: see schedule.c. */
typedef struct {
  double start_s, deadline_s; /* MPI_Wtime(); deadline 0 for none */
  double interval_s;          /* 0 for none */
  double last_s;              /* when the last snapshot was complete */
  double write_s, gap_s;      /* longest writing, longest time between two polls */
  int64_t calls, next;        /* of CheckpointOffer(); of the next poll */
  double poll_s, stat_s;      /* last poll; last look for the stop file */
  PetscBool stop_file;
} Schedule;

struct _p_Checkpoint {
  MPI_Comm comm; /* a duplicate */
  int rank, size;
  PetscBool started;
  char directory[PETSC_MAX_PATH_LEN]; /* of the run */
  const char *parameters_yaml;
  CheckpointKeep keep;
  void *context;
  int64_t number; /* of the last snapshot that was written or found */
  double interval_min;
  char walltime_word[64]; /* "none" for no limit */
  PetscBool has_walltime;
  Schedule schedule;

  char found[PETSC_MAX_PATH_LEN]; /* "" for none */
  char *found_parameters;

  /* a round of the parts: request and number of those that are not finished */
  MPI_Request round;
  PetscBool in_round;
  int round_mine[2], round_all[2];
};

/* In schedule.c: what this rank asks for now; not collective. */
void ScheduleStart(Checkpoint checkpoint);
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

/* A sum over words keyed by their place: independent of the order in which they are added. */
static inline uint64_t ChecksumWord(uint64_t place, uint64_t word)
{
  uint64_t z = word + 0x9e3779b97f4a7c15U * (place + 1);

  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

/* "DIRECTORY/checkpoint[/NAME]" */
PetscErrorCode CheckpointPath(const char *directory, const char *name,
                              char path[PETSC_MAX_PATH_LEN]);

#endif
