/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing a snapshot - values, reading back, checksum, sync - beside what plain writes of as many bytes
   from all ranks to the same disk take, synced too.
     mpirun -n 2 bench_checkpoint [-megabytes M] [-directory D] */
#include "causeway/causeway.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct {
  Partition partition;
  double *values;
} State;

static PetscErrorCode keep(Snapshot s, void *context)
{
  State *state = context;

  PetscFunctionBegin;
  PetscCall(SnapshotGroup(s, "bench"));
  PetscCall(SnapshotByNeuron(s, "values", "1", &state->partition, state->values));
  PetscFunctionReturn(0);
}

/* Seconds of writing this rank's values at its place of one file, until they are on the disk. */
static PetscErrorCode plain_write(const char *directory, const State *state, double *seconds)
{
  const char *from = (const char *)state->values;
  size_t left = (size_t)state->partition.n_local * sizeof(double);
  off_t at = (off_t)(state->partition.first * (int64_t)sizeof(double));
  char path[PETSC_MAX_PATH_LEN];
  double start;
  int descriptor;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(path, sizeof(path), "%s/plain", directory));
  PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
  start = MPI_Wtime();
  descriptor = open(path, O_CREAT | O_WRONLY, 0666);
  PetscCheck(descriptor >= 0, PETSC_COMM_SELF, PETSC_ERR_FILE_OPEN, "%s", path);
  while (left > 0) {
    const ssize_t done = pwrite(descriptor, from, PetscMin(left, (size_t)1 << 20), at);

    PetscCheck(done > 0, PETSC_COMM_SELF, PETSC_ERR_FILE_WRITE, "%s", path);
    from += done;
    at += done;
    left -= (size_t)done;
  }
  (void)fsync(descriptor);
  (void)close(descriptor);
  PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
  *seconds = MPI_Wtime() - start;
  (void)unlink(path);
  PetscFunctionReturn(0);
}

static PetscErrorCode snapshot(const char *directory, State *state, double *seconds)
{
  Checkpoint checkpoint;
  PetscErrorCode status;
  double start;

  PetscFunctionBegin;
  PetscCall(CheckpointCreate(PETSC_COMM_WORLD, &checkpoint));
  PetscCall(CheckpointStart(checkpoint, directory, "", "", keep, state));
  PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
  start = MPI_Wtime();
  (void)raise(SIGUSR1);
  status = CheckpointMilestone(checkpoint);
  *seconds = MPI_Wtime() - start;
  PetscCheck(status == CAUSEWAY_STOPPED, PETSC_COMM_SELF, PETSC_ERR_PLIB, "no snapshot");
  PetscCall(CheckpointRemove(checkpoint, directory));
  PetscCall(CheckpointDestroy(&checkpoint));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  char directory[PETSC_MAX_PATH_LEN] = ".";
  PetscReal megabytes = 256;
  double bytes, plain = 0, kept = 0;
  State state;
  int size;

  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  PetscCall(ErrorHandlerInstall());
  PetscCall(PetscOptionsGetReal(NULL, NULL, "-megabytes", &megabytes, NULL));
  PetscCall(PetscOptionsGetString(NULL, NULL, "-directory", directory, sizeof(directory), NULL));
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &size));
  PetscCall(PartitionMake(PETSC_COMM_WORLD, (int64_t)(megabytes * 131072.0), &state.partition));
  PetscCall(PetscMalloc1(state.partition.n_local, &state.values));
  for (int64_t i = 0; i < state.partition.n_local; i++) {
    state.values[i] = (double)(state.partition.first + i) / 7.0;
  }
  bytes = (double)state.partition.n_global * 8.0;
  PetscCall(PetscPrintf(PETSC_COMM_WORLD, "checkpoint, %d rank(s)\n%8s %12s %14s %9s\n", size, "MB",
                        "plain MB/s", "snapshot MB/s", "of plain"));
  for (int k = 0; k < 3; k++) {
    PetscCall(plain_write(directory, &state, &plain));
    PetscCall(snapshot(directory, &state, &kept));
    PetscCall(PetscPrintf(PETSC_COMM_WORLD, "%8.0f %12.0f %14.0f %8.0f%%\n", bytes * 1e-6,
                          bytes / plain * 1e-6, bytes / kept * 1e-6, 100.0 * plain / kept));
  }
  PetscCall(PetscFree(state.values));
  PetscCall(PetscFinalize());
  return 0;
}
