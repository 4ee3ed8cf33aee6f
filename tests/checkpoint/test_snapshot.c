/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Snapshots: what is kept comes back on any number of ranks, the last two stay, and every damage, wherever
   it is, is found and the snapshot before used. */
#include "check.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

enum { N = 37, COLUMNS = 3, DAMAGES = 200 };

static int rank, size;
static char directory[256];

/* A state that says by its values which snapshot it is of. */
typedef struct {
  Partition partition;
  int64_t step;
  double time;
  double v[N];
  float table[N * COLUMNS];
} State;

static PetscErrorCode keep(Snapshot s, void *context)
{
  State *state = context;
  const int64_t dims[2] = {N, COLUMNS}, first[2] = {state->partition.first, 0};
  const int64_t count[2] = {state->partition.n_local, COLUMNS};

  PetscFunctionBegin;
  PetscCall(SnapshotGroup(s, "test/%d", 7));
  PetscCall(SnapshotInteger(s, "step", &state->step));
  PetscCall(SnapshotReal(s, "time", &state->time));
  PetscCall(SnapshotByNeuron(s, "v", "mV", &state->partition, state->v));
  PetscCall(SnapshotArray(s, "table", "1", DATA_FLOAT32, 2, dims, first, count, PETSC_TRUE,
                          state->table));
  PetscFunctionReturn(0);
}

static void fill(State *state, int64_t step)
{
  state->step = step;
  state->time = (double)step / 3.0;
  for (int64_t i = 0; i < state->partition.n_local; i++) {
    const int64_t neuron = state->partition.first + i;

    state->v[i] = (double)(neuron * 1000 + step) / 7.0;
    for (int64_t c = 0; c < COLUMNS; c++) {
      state->table[i * COLUMNS + c] = (float)(neuron * COLUMNS + c) + (float)step / 16.0F;
    }
  }
}

static int equals(const State *state, int64_t step)
{
  State expected = {.partition = state->partition};
  int same;

  fill(&expected, step);
  same = state->step == step && state->time == expected.time;
  for (int64_t i = 0; i < state->partition.n_local; i++) {
    same = same && state->v[i] == expected.v[i];
  }
  for (int64_t k = 0; k < state->partition.n_local * COLUMNS; k++) {
    same = same && state->table[k] == expected.table[k];
  }
  (void)MPI_Allreduce(MPI_IN_PLACE, &same, 1, MPI_INT, MPI_LAND, PETSC_COMM_WORLD);
  return same;
}

/* Snapshots of steps 1 to n, each when asked for by the file `stop`. */
static PetscErrorCode write_snapshots(int64_t n)
{
  Checkpoint checkpoint;
  State state;

  PetscFunctionBegin;
  PetscCall(PartitionMake(PETSC_COMM_WORLD, N, &state.partition));
  PetscCall(CheckpointCreate(PETSC_COMM_WORLD, &checkpoint));
  PetscCall(CheckpointStart(checkpoint, directory, "seed: 0  # of all random numbers\n", "", keep,
                            &state));
  for (int64_t step = 1; step <= n; step++) {
    PetscErrorCode status;

    fill(&state, step);
    (void)raise(SIGUSR1);
    status = CheckpointMilestone(checkpoint);
    CHECK(status == CAUSEWAY_STOPPED, "a signal does not stop the run");
  }
  PetscCall(CheckpointDestroy(&checkpoint));
  PetscFunctionReturn(0);
}

/* The step that is restored; -1 when nothing is found. */
static PetscErrorCode restore(int64_t *step)
{
  Checkpoint checkpoint;
  State state = {.step = -1};
  PetscBool found;

  PetscFunctionBegin;
  PetscCall(PartitionMake(PETSC_COMM_WORLD, N, &state.partition));
  PetscCall(CheckpointCreate(PETSC_COMM_WORLD, &checkpoint));
  PetscCall(CheckpointFind(checkpoint, directory, "", &found));
  *step = -1;
  if (found) {
    PetscCall(CheckpointRestore(checkpoint, keep, &state));
    *step = state.step;
    CHECK(equals(&state, state.step), "step %lld comes back with other values",
          (long long)state.step);
    CHECK(!strcmp(CheckpointFoundParameters(checkpoint), "seed: 0  # of all random numbers\n"),
          "other parameters");
  }
  PetscCall(CheckpointDestroy(&checkpoint));
  PetscFunctionReturn(0);
}

static void snapshot_path(int64_t number, char path[512])
{
  (void)snprintf(path, 512, "%s/checkpoint/snapshot_%06lld.h5", directory, (long long)number);
}

/* The bytes of a file, to put back after a damage; on rank 0. */
static unsigned char *read_file(const char *path, long *length)
{
  FILE *stream = fopen(path, "rb");
  unsigned char *bytes;

  (void)fseek(stream, 0, SEEK_END);
  *length = ftell(stream);
  rewind(stream);
  bytes = malloc((size_t)*length);
  CHECK(fread(bytes, 1, (size_t)*length, stream) == (size_t)*length, "cannot read %s", path);
  (void)fclose(stream);
  return bytes;
}

static void write_file(const char *path, const unsigned char *bytes, long length)
{
  FILE *stream = fopen(path, "wb");

  CHECK(fwrite(bytes, 1, (size_t)length, stream) == (size_t)length, "cannot write %s", path);
  (void)fclose(stream);
}

/* One bit, some bytes, or everything behind a place, anywhere in the file. */
static void damage(const char *path, const unsigned char *bytes, long length, int number)
{
  unsigned char *copy = malloc((size_t)length);
  const long place = (long)(drand48() * (double)length);
  long kept = length;

  memcpy(copy, bytes, (size_t)length);
  if (number % 4 == 0) {
    kept = place;
  } else if (number % 4 == 1) {
    for (long k = place; k < length && k < place + 16; k++) {
      copy[k] = (unsigned char)(copy[k] + 1 + (int)(drand48() * 254));
    }
  } else {
    copy[place] ^= (unsigned char)(1 << (int)(drand48() * 8));
  }
  write_file(path, copy, kept);
  free(copy);
}

static PetscErrorCode check_damages(void)
{
  unsigned char *bytes = NULL;
  char path[512];
  long length = 0;
  int64_t step;

  PetscFunctionBegin;
  snapshot_path(3, path);
  srand48(5);
  if (rank == 0) {
    bytes = read_file(path, &length);
  }
  for (int k = 0; k < DAMAGES; k++) {
    if (rank == 0) {
      damage(path, bytes, length, k);
    }
    PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
    PetscCall(restore(&step));
    CHECK(step == 2, "damage %d: step %lld is restored", k, (long long)step);
    PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
  }
  if (rank == 0) {
    write_file(path, bytes, length);
  }
  free(bytes);
  PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
  PetscCall(restore(&step));
  CHECK(step == 3, "the mended snapshot gives step %lld", (long long)step);
  PetscFunctionReturn(0);
}

/* A sound file of another program is none of ours. */
static PetscErrorCode check_foreign(void)
{
  char path[512];
  DataFile file;
  int64_t step;

  PetscFunctionBegin;
  snapshot_path(9, path);
  PetscCall(DataFileCreate(PETSC_COMM_WORLD, path, &file));
  PetscCall(DataFileClose(&file));
  PetscCall(restore(&step));
  CHECK(step == 3, "a foreign file gives step %lld", (long long)step);
  if (rank == 0) {
    (void)unlink(path);
  }
  PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  char path[512];
  int64_t step;

  check_begin(&argc, &argv);
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &size));
  if (rank == 0) {
    (void)snprintf(directory, sizeof(directory), "/tmp/causeway_snapshot_XXXXXX");
    CHECK(mkdtemp(directory), "cannot make a directory");
  }
  PetscCallMPI(MPI_Bcast(directory, sizeof(directory), MPI_CHAR, 0, PETSC_COMM_WORLD));

  PetscCall(restore(&step));
  CHECK(step == -1, "something is restored from nothing");
  PetscCall(write_snapshots(3));
  PetscCall(restore(&step));
  CHECK(step == 3, "the newest snapshot is of step %lld", (long long)step);
  snapshot_path(1, path);
  CHECK(access(path, F_OK) != 0, "an old snapshot is left");
  snapshot_path(2, path);
  CHECK(access(path, F_OK) == 0, "the snapshot before the last is gone");
  PetscCall(check_foreign());
  PetscCall(check_damages());
  if (rank == 0) {
    char command[600];

    (void)snprintf(command, sizeof(command), "rm -rf %s", directory);
    CHECK(system(command) == 0, "cannot clean up");
  }
  return check_end();
}
