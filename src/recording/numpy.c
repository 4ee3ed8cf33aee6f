/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Recordings in NumPy arrays. */
#include "recording_impl.h"

#include "causeway/error.h"
#include "causeway/log.h"
#include "causeway/npy.h"

#include <math.h>

typedef struct {
  Npy file;
  PetscBool time_major; /* order in the file */
  int64_t *row_start;   /* of RecordingTurn() */
  PetscBool warned;     /* of rounded numbers */
} NumpyArray;

static PetscErrorCode read_rows(Recording r, int64_t row, int64_t n_rows, double *rows)
{
  const NumpyArray *a = r->context;

  PetscFunctionBegin;
  PetscCall(
      NpyReadValues(r->name, &a->file, row * r->n_all_channels, n_rows * r->n_all_channels, rows));
  PetscFunctionReturn(0);
}

/* Double precision cannot represent all 64-bit integers. */
static PetscErrorCode warn_rounded(Recording r, int64_t n, const double values[])
{
  const double exact = 9007199254740992.0; /* 2^53 */
  NumpyArray *a = r->context;
  double largest = 0;

  PetscFunctionBegin;
  if (a->file.kind == 'f' || a->file.bytes < 8 || a->warned) {
    PetscFunctionReturn(0);
  }
  for (int64_t k = 0; k < n; k++) {
    largest = PetscMax(largest, fabs(values[k]));
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &largest, 1, MPI_DOUBLE, MPI_MAX, r->comm));
  if (largest > exact) {
    a->warned = PETSC_TRUE;
    PetscCall(LogWarning("%s: integers beyond 2^53 are rounded to double precision; subtract a "
                         "common offset if digits are lost\n",
                         r->name));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode read_array(Recording r, int64_t n_mine, const int64_t channels[],
                                 int64_t n_most, int64_t first, int64_t count, double *values)
{
  const NumpyArray *a = r->context;
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  (void)n_most;
  if (a->time_major) {
    PetscCall(RecordingTurn(r, a->row_start, read_rows, first, count, values));
  }
  for (int64_t i = 0; i < n_mine && !a->time_major && !status; i++) {
    status = NpyReadValues(r->name, &a->file, channels[i] * r->n_all_samples + first, count,
                           values + i * count);
  }
  PetscCall(ErrorAgree(r->comm, status));
  PetscCall(warn_rounded(r, n_mine * count, values));
  PetscFunctionReturn(0);
}

static PetscErrorCode close_array(Recording r)
{
  NumpyArray *a = r->context;

  PetscFunctionBegin;
  NpyClose(&a->file);
  PetscCall(PetscFree(a->row_start));
  PetscFunctionReturn(0);
}

static PetscErrorCode open_array(Recording r, PetscBool is_archive)
{
  static const RecordingReader reader = {.read = read_array, .close = close_array};
  PetscBool time_first;
  NumpyArray *a;
  Partition share;
  FilePart part = {.descriptor = -1};
  PetscErrorCode status = 0;
  int rank;

  PetscFunctionBegin;
  PetscCall(PetscNew(&a));
  r->context = a;
  r->reader = &reader;
  a->file.part.descriptor = -1;
  r->times_among_channels = TIMES_WARN;
  PetscCall(PetscStrncpy(r->format_name, "NumPy array", sizeof(r->format_name)));
  PetscCallMPI(MPI_Comm_rank(r->comm, &rank));
  if (rank == 0) {
    status = is_archive ? NpzFind(r->name, r->path[0] ? r->path + 1 : "", &part) : 0;
    status = status       ? status
             : is_archive ? NpyReadPart(r->name, &part, &a->file)
                          : NpyReadHeader(r->name, &a->file);
  }
  PetscCall(ErrorAgree(r->comm, status));
  PetscCallMPI(MPI_Bcast(&a->file, (int)sizeof(a->file), MPI_BYTE, 0, r->comm));
  PetscCall(ErrorAgree(r->comm, NpyOpen(r->name, &a->file)));
  time_first =
      a->file.n_dims == 1 || r->options.layout == LAYOUT_TIME_NEURON ? PETSC_TRUE : PETSC_FALSE;
  r->n_all_samples = time_first ? a->file.rows : a->file.columns;
  r->n_all_channels = time_first ? a->file.columns : a->file.rows;
  a->time_major = time_first != (a->file.fortran && a->file.n_dims == 2) ? PETSC_TRUE : PETSC_FALSE;
  PetscCall(PartitionMake(r->comm, r->n_all_samples, &share));
  PetscCall(PetscMalloc1(share.size + 1, &a->row_start));
  for (int k = 0; k <= share.size; k++) {
    a->row_start[k] = PartitionFirst(&share, k);
  }
  PetscFunctionReturn(0);
}

static PetscBool begins_array(const FileBeginning *b)
{
  return FileBegins(b, "\x93NUMPY", 6);
}

static PetscErrorCode open_file(Recording r)
{
  PetscFunctionBegin;
  PetscCall(open_array(r, PETSC_FALSE));
  PetscFunctionReturn(0);
}

/* A zip file, in which the name of the first member follows 30 bytes. */
static PetscBool begins_archive(const FileBeginning *b)
{
  const size_t length = b->bytes[26] + 256 * (size_t)b->bytes[27], end = 30 + length;
  const size_t name_length = strlen(b->name);

  return FileBegins(b, "PK\3\4", 4) &&
                 ((length > 4 && end <= b->n && !memcmp(b->bytes + end - 4, ".npy", 4)) ||
                  (name_length > 4 && !strcmp(b->name + name_length - 4, ".npz")))
             ? PETSC_TRUE
             : PETSC_FALSE;
}

static PetscErrorCode open_archive(Recording r)
{
  PetscFunctionBegin;
  PetscCall(open_array(r, PETSC_TRUE));
  PetscFunctionReturn(0);
}

const FileFormat FormatNpy = {.begins = begins_array, .open = open_file};
const FileFormat FormatNpz = {
    .begins = begins_archive, .open = open_archive, .has_parts = PETSC_TRUE};
