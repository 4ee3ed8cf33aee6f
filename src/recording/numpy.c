/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Recordings in arrays of NumPy. */
#include "recording_impl.h"

#include "causeway/error.h"
#include "causeway/npy.h"

typedef struct {
  Npy file;
  PetscBool time_major; /* in the file, whatever the shape says */
  int64_t *row_start;   /* of RecordingTurn() */
} NumpyArray;

static PetscErrorCode read_rows(Recording r, int64_t row, int64_t n_rows, double *rows)
{
  const NumpyArray *a = r->context;

  PetscFunctionBegin;
  PetscCall(
      NpyReadValues(r->name, &a->file, row * r->n_all_channels, n_rows * r->n_all_channels, rows));
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
    PetscFunctionReturn(RecordingTurn(r, a->row_start, read_rows, first, count, values));
  }
  for (int64_t i = 0; i < n_mine && !status; i++) {
    status = NpyReadValues(r->name, &a->file, channels[i] * r->n_all_samples + first, count,
                           values + i * count);
  }
  PetscFunctionReturn(ErrorAgree(r->comm, status));
}

static PetscErrorCode close_array(Recording r)
{
  NumpyArray *a = r->context;

  PetscFunctionBegin;
  NpyClose(&a->file);
  PetscCall(PetscFree(a->row_start));
  PetscFunctionReturn(0);
}

PetscErrorCode RecordingOpenNumpy(Recording r, PetscBool is_archive)
{
  static const RecordingFormat format = {read_array, close_array};
  PetscBool time_first;
  NumpyArray *a;
  Partition share;
  FilePart part = {.descriptor = -1};
  PetscErrorCode status = 0;
  int rank;

  PetscFunctionBegin;
  PetscCall(PetscNew(&a));
  r->context = a;
  r->format = &format;
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
