/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The passes over the saved fields, and the file that they write and read. Numbers that are the same on all ranks are lines
   of one text, /numbers; arrays are datasets with a checksum each. */
#include "checkpoint_impl.h"

#include "causeway/log.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define NUMBERS "/numbers"

typedef enum { PASS_MEASURE, PASS_WRITE, PASS_VERIFY, PASS_RESTORE } Pass;

struct _p_Snapshot {
  Checkpoint checkpoint;
  MPI_Comm comm;
  Pass pass;
  DataFile file; /* NULL when measuring */
  char group[256];
  double bytes;
  char *numbers; /* "group/name value" lines */
  size_t length, capacity;
};

PetscBool SnapshotRestores(Snapshot s)
{
  return s->pass == PASS_RESTORE ? PETSC_TRUE : PETSC_FALSE;
}

PetscBool SnapshotPrepares(Snapshot s)
{
  return s->pass == PASS_MEASURE ? PETSC_TRUE : PETSC_FALSE;
}

PetscBool SnapshotSeals(Snapshot s)
{
  return s->pass == PASS_WRITE ? PETSC_TRUE : PETSC_FALSE;
}

PetscErrorCode SnapshotBeside(Snapshot s, const char *path, SnapshotPart part, Extents *extents)
{
  PetscFunctionBegin;
  PetscCall(BesideGrow(s->checkpoint, path, part, extents));
  PetscFunctionReturn(0);
}

PetscErrorCode SnapshotGroup(Snapshot s, const char *format, ...)
{
  va_list arguments;

  PetscFunctionBegin;
  va_start(arguments, format);
  (void)vsnprintf(s->group, sizeof(s->group), format, arguments);
  va_end(arguments);
  PetscFunctionReturn(0);
}

/* Adds a line, or finds an existing one; `text` then points to its value. */
static PetscErrorCode number_line(Snapshot s, const char *name, const char *value,
                                  const char **text)
{
  char key[384];
  size_t used;

  PetscFunctionBegin;
  (void)snprintf(key, sizeof(key), "%s/%s ", s->group, name);
  used = strlen(key);
  if (s->pass == PASS_RESTORE) {
    for (*text = s->numbers; *text && strncmp(*text, key, used) != 0;) {
      *text = strchr(*text, '\n');
      *text += *text ? 1 : 0;
    }
    UserCheck(*text, "%s: lacks %s/%s; it belongs to another kind of run", DataFileName(s->file),
              s->group, name);
    *text += used;
    PetscFunctionReturn(0);
  }
  used += strlen(value) + 2;
  if (s->length + used > s->capacity) {
    s->capacity = 2 * (s->length + used);
    PetscCall(PetscRealloc(s->capacity, &s->numbers));
  }
  (void)snprintf(s->numbers + s->length, s->capacity - s->length, "%s%s\n", key, value);
  s->length += strlen(s->numbers + s->length);
  PetscFunctionReturn(0);
}

PetscErrorCode SnapshotInteger(Snapshot s, const char *name, int64_t *value)
{
  const char *text = NULL;
  char word[32];

  PetscFunctionBegin;
  (void)snprintf(word, sizeof(word), "%lld", (long long)*value);
  PetscCall(number_line(s, name, word, &text));
  *value = text ? strtoll(text, NULL, 10) : *value;
  PetscFunctionReturn(0);
}

PetscErrorCode SnapshotReal(Snapshot s, const char *name, double *value)
{
  const char *text = NULL;
  char word[64];

  PetscFunctionBegin;
  (void)snprintf(word, sizeof(word), "%a", *value);
  PetscCall(number_line(s, name, word, &text));
  *value = text ? strtod(text, NULL) : *value;
  PetscFunctionReturn(0);
}

static int64_t box_size(int n_dims, const int64_t count[])
{
  int64_t size = 1;

  for (int d = 0; d < n_dims; d++) {
    size *= count[d];
  }
  return size;
}

/* Checksum of a box in the file, read in slices that fit into the cache. */
static PetscErrorCode read_back(Snapshot s, const char *path, DataType type, int n_dims,
                                const int64_t dims[], const int64_t first[], const int64_t count[],
                                uint64_t *sum)
{
  const int64_t slice_bytes = (int64_t)1 << 22, rows = count[0];
  int64_t corner[DATAFILE_MAX_DIMS], part[DATAFILE_MAX_DIMS], row_bytes, width, most = rows;
  void *buffer;

  PetscFunctionBegin;
  row_bytes = (int64_t)DataTypeBytes(type);
  for (int d = 0; d < n_dims; d++) {
    corner[d] = first[d];
    part[d] = count[d];
    row_bytes *= d ? dims[d] : 1;
  }
  width = PetscMax(1, slice_bytes / PetscMax(1, row_bytes));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &most, 1, MPI_INT64_T, MPI_MAX, s->comm));
  PetscCall(PetscMalloc((size_t)(PetscMin(width, PetscMax(1, rows)) * row_bytes), &buffer));
  for (int64_t done = 0; done < most; done += width) {
    corner[0] = first[0] + PetscMin(done, rows);
    part[0] = PetscMax(0, PetscMin(width, rows - done));
    PetscCall(DataFileRead(s->file, path, type, corner, part, buffer));
    *sum += part[0] ? ChecksumBox(type, n_dims, dims, corner, part, buffer) : 0;
  }
  PetscCall(PetscFree(buffer));
  PetscFunctionReturn(0);
}

/* Writes values to the file, or reads them to be compared or restored. */
static PetscErrorCode transfer_array(Snapshot s, const char *path, const char *units, DataType type,
                                     int n_dims, const int64_t dims[], const int64_t first[],
                                     const int64_t count[], PetscBool owner, void *values)
{
  int64_t box[DATAFILE_MAX_DIMS], found[DATAFILE_MAX_DIMS];
  const int64_t size = box_size(n_dims, count);
  uint64_t sum = 0;

  PetscFunctionBegin;
  for (int d = 0; d < n_dims; d++) {
    box[d] = owner ? count[d] : 0;
  }
  if (s->pass == PASS_WRITE) {
    PetscCall(DataFileAddDataset(s->file, path, type, n_dims, dims, NULL));
    PetscCall(DataFileWrite(s->file, path, type, first, box, owner && size ? values : NULL));
    sum = owner && size ? ChecksumBox(type, n_dims, dims, first, count, values) : 0;
    PetscCall(DataFileDescribe(s->file, path, units, "state of the run"));
    PetscCall(ChecksumNote(s->file, path, sum));
    PetscFunctionReturn(0);
  }
  PetscCall(DataFileShape(s->file, path, n_dims, found));
  for (int d = 0; d < n_dims; d++) {
    UserCheck(found[d] == dims[d], "%s:%s: has another shape than this run needs",
              DataFileName(s->file), path);
  }
  if (s->pass == PASS_VERIFY) {
    PetscCall(read_back(s, path, type, n_dims, dims, first, box, &sum));
  } else {
    PetscCall(DataFileRead(s->file, path, type, first, count, size ? values : NULL));
    sum = owner && size ? ChecksumBox(type, n_dims, dims, first, count, values) : 0;
  }
  PetscCall(ChecksumCompare(s->file, s->comm, path, sum, PETSC_TRUE));
  PetscFunctionReturn(0);
}

PetscErrorCode SnapshotArray(Snapshot s, const char *name, const char *units, DataType type,
                             int n_dims, const int64_t dims[], const int64_t first[],
                             const int64_t count[], PetscBool owner, void *values)
{
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  if (s->pass == PASS_MEASURE) {
    s->bytes += (double)box_size(n_dims, dims) * (double)DataTypeBytes(type) + 1024.0;
    PetscFunctionReturn(0);
  }
  PetscCall(PetscSNPrintf(path, sizeof(path), "/%s/%s", s->group, name));
  PetscCall(transfer_array(s, path, units, type, n_dims, dims, first, count, owner, values));
  PetscFunctionReturn(0);
}

PetscErrorCode SnapshotByNeuron(Snapshot s, const char *name, const char *units, const Partition *p,
                                double *values)
{
  PetscFunctionBegin;
  PetscCall(SnapshotArray(s, name, units, DATA_FLOAT64, 1, &p->n_global, &p->first, &p->n_local,
                          PETSC_TRUE, values));
  PetscFunctionReturn(0);
}

/* Writes or reads the text of the numbers; rank 0 decides its content. */
static PetscErrorCode transfer_numbers(Snapshot s)
{
  int rank;
  int64_t length = (int64_t)s->length, first = 0, count;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(s->comm, &rank));
  PetscCallMPI(MPI_Bcast(&length, 1, MPI_INT64_T, 0, s->comm));
  if (s->pass == PASS_RESTORE) {
    PetscCall(DataFileShape(s->file, NUMBERS, 1, &length));
    PetscCall(PetscCalloc1(length + 1, &s->numbers));
  }
  count = rank == 0 || s->pass == PASS_RESTORE ? length : 0;
  PetscCall(transfer_array(s, NUMBERS, "1", DATA_UINT8, 1, &length, &first, &count,
                           rank == 0 ? PETSC_TRUE : PETSC_FALSE, s->numbers));
  PetscFunctionReturn(0);
}

static PetscErrorCode run_pass(Checkpoint c, Pass pass, DataFile file, double *bytes)
{
  struct _p_Snapshot s = {.checkpoint = c, .comm = c->comm, .pass = pass, .file = file};

  PetscFunctionBegin;
  PetscCall(c->keep(&s, c->context));
  if (pass != PASS_MEASURE) {
    PetscCall(transfer_numbers(&s));
  }
  PetscCall(PetscFree(s.numbers));
  if (bytes) {
    *bytes = s.bytes + (double)s.length;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode CheckpointRestore(Checkpoint c, CheckpointKeep keep, void *context)
{
  struct _p_Snapshot s = {.checkpoint = c, .comm = c->comm, .pass = PASS_RESTORE};

  PetscFunctionBegin;
  PetscCall(DataFileOpen(c->comm, c->found, &s.file));
  PetscCall(transfer_numbers(&s));
  PetscCall(keep(&s, context));
  PetscCall(PetscFree(s.numbers));
  PetscCall(DataFileClose(&s.file));
  PetscFunctionReturn(0);
}

/* Whether the disk has room for a snapshot and for closing the file; on rank 0. */
static PetscErrorCode check_room(Checkpoint c, const char *folder, double bytes, PetscBool *room)
{
  const double spare = 8.0 * 1048576.0;
  struct statvfs disk;
  int enough = 1;

  PetscFunctionBegin;
  if (c->rank == 0) {
    (void)mkdir(folder, 0777);
    enough =
        !statvfs(folder, &disk) && (double)disk.f_bavail * (double)disk.f_frsize > bytes + spare;
  }
  PetscCallMPI(MPI_Bcast(&enough, 1, MPI_INT, 0, c->comm));
  *room = enough ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(0);
}

static PetscErrorCode write_file(Checkpoint c, const char *path)
{
  DataFile file;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(DataFileCreate(c->comm, path, &file));
  status = DataFileProvenance(file, c->parameters_yaml);
  status = status ? status : DataFileSetInteger(file, "/", "snapshot_version", SNAPSHOT_VERSION);
  status = status || !c->inputs[0] ? status : DataFileSetString(file, "/", "inputs", c->inputs);
  status = status ? status : run_pass(c, PASS_WRITE, file, NULL);
  status = status ? status : BesideWrite(c, file);
  if (status) {
    PetscCall(DataFileDiscard(&file));
    PetscFunctionReturn(status);
  }
  PetscCall(DataFileClose(&file));
  PetscCall(DataFileOpen(c->comm, path, &file));
  status = run_pass(c, PASS_VERIFY, file, NULL);
  PetscCall(DataFileClose(&file));
  PetscCall(status);
  PetscCall(SealAdd(c->comm, path));
  PetscFunctionReturn(0);
}

/* Renames the new snapshot, then removes those before the previous one; on rank 0. */
static PetscErrorCode publish(Checkpoint c, const char *from, const char *to)
{
  char name[64], path[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  PetscCall(FileRename(c->comm, from, to));
  for (int64_t old = c->number - 2; c->rank == 0 && old >= 0 && old > c->number - 6; old--) {
    (void)snprintf(name, sizeof(name), "snapshot_%06lld.h5", (long long)old);
    PetscCall(CheckpointPath(c->directory, name, path));
    (void)unlink(path);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode SnapshotWrite(Checkpoint c, PetscBool *written)
{
  char name[64], folder[PETSC_MAX_PATH_LEN], path[PETSC_MAX_PATH_LEN], partial[PETSC_MAX_PATH_LEN];
  const double start = MPI_Wtime();
  double bytes, seconds;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(LogEventStart(EVENT_CHECKPOINT));
  PetscCall(run_pass(c, PASS_MEASURE, NULL, &bytes));
  PetscCall(CheckpointPath(c->directory, "", folder));
  PetscCall(check_room(c, folder, bytes, written));
  if (!*written) {
    PetscCall(LogWarning(
        "%s: the disk has no room for a snapshot of %.1f MB; the run continues without it\n",
        folder, bytes * 1e-6));
    c->schedule.last_s = MPI_Wtime();
    PetscCall(LogEventStop(EVENT_CHECKPOINT));
    PetscFunctionReturn(0);
  }
  c->number++;
  (void)snprintf(name, sizeof(name), "snapshot_%06lld.h5", (long long)c->number);
  PetscCall(CheckpointPath(c->directory, name, path));
  PetscCall(PetscSNPrintf(partial, sizeof(partial), "%s.new", path));
  status = write_file(c, partial);
  status = status ? status : publish(c, partial, path);
  if (status) {
    (void)(c->rank == 0 ? unlink(partial) : 0);
    PetscFunctionReturn(status);
  }
  seconds = MPI_Wtime() - start;
  c->schedule.write_s = PetscMax(c->schedule.write_s, seconds);
  c->schedule.last_s = c->schedule.poll_s = MPI_Wtime();
  PetscCall(LogPrintf("checkpoint %s, %.1f MB in %.2g s\n", path, bytes * 1e-6, seconds));
  PetscCall(LogEventStop(EVENT_CHECKPOINT));
  PetscFunctionReturn(0);
}
