/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Arrays of NumPy: a text that describes them, then their values (NEP 1). */
#include "recording_impl.h"

#include "causeway/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LONGEST_HEADER = 1 << 16, READ_BYTES = 1 << 24 };

typedef struct {
  int descriptor;
  int64_t data_at; /* byte of the first value */
  int64_t rows, columns;
  int32_t fortran, n_dims;
  char kind; /* f, i, u or b */
  int32_t bytes, swaps;
  PetscBool time_major; /* in the file, whatever the shape says */
  int64_t *row_start;   /* of RecordingTurn() */
} NumpyArray;

/* The text behind 'key': in the header. */
static const char *find_key(const char *header, const char *key)
{
  char quoted[32];
  const char *at;

  (void)snprintf(quoted, sizeof(quoted), "'%s':", key);
  at = strstr(header, quoted);
  return at ? at + strlen(quoted) + strspn(at + strlen(quoted), " ") : NULL;
}

static PetscErrorCode parse_header(const char *name, const char *header, NumpyArray *a)
{
  const char *descr = find_key(header, "descr"), *order = find_key(header, "fortran_order");
  const char *shape = find_key(header, "shape");
  const uint16_t one = 1;
  const char other_end = *(const char *)&one ? '>' : '<';
  long long dims[3] = {1, 1, 1};
  char kind[3] = "";
  int n_dims;

  PetscFunctionBegin;
  UserCheck(descr && order && shape, "%s: has no header of NumPy that could be read", name);
  UserCheck(sscanf(descr, "'%1[<>|=]%1[fiub]%d'", kind, kind + 1, &a->bytes) == 3,
            "%s: holds %.12s..., expected numbers; save it with .astype('float64')", name, descr);
  a->kind = kind[1];
  a->swaps = kind[0] == other_end;
  UserCheck(a->bytes == 8 || a->bytes == 4 || (a->kind != 'f' && (a->bytes == 1 || a->bytes == 2)),
            "%s: holds numbers of %d bytes; save it with .astype('float64')", name, a->bytes);
  a->fortran = !strncmp(order, "True", 4);
  n_dims = sscanf(shape, "(%lld, %lld, %lld", &dims[0], &dims[1], &dims[2]);
  n_dims = n_dims < 1 ? 0 : n_dims;
  UserCheck(n_dims == 1 || n_dims == 2,
            "%s: has %s dimensions where 2 are expected, channels and time", name,
            n_dims ? "more than 2" : "no");
  a->n_dims = n_dims;
  a->rows = dims[0];
  a->columns = n_dims == 2 ? dims[1] : 1;
  PetscFunctionReturn(0);
}

/* On rank 0. */
static PetscErrorCode read_header(const char *name, NumpyArray *a)
{
  unsigned char start[12];
  char header[LONGEST_HEADER];
  int64_t length, expected;
  struct stat entry;
  FILE *stream = fopen(name, "rb");
  size_t got;

  PetscFunctionBegin;
  UserCheck(stream, "%s: cannot open the file: %s", name, strerror(errno));
  got = fread(start, 1, sizeof(start), stream);
  /* 2 bytes of length in version 1, 4 in those after it */
  length = start[8] + 256 * start[9] + (start[6] > 1 ? 65536 * start[10] : 0);
  a->data_at = (start[6] > 1 ? 12 : 10) + length;
  (void)fseek(stream, start[6] > 1 ? 12 : 10, SEEK_SET);
  got = got == sizeof(start) && length < LONGEST_HEADER ? fread(header, 1, (size_t)length, stream)
                                                        : 0;
  (void)fstat(fileno(stream), &entry);
  (void)fclose(stream);
  UserCheck(length > 0 && got == (size_t)length, "%s: the file is cut short", name);
  header[got] = 0;
  PetscCall(parse_header(name, header, a));
  expected = a->data_at + a->rows * a->columns * a->bytes;
  UserCheck(entry.st_size >= expected, "%s: the file is cut short, it has %lld bytes of %lld", name,
            (long long)entry.st_size, (long long)expected);
  PetscFunctionReturn(0);
}

static void swap_bytes(int64_t n, int32_t size, unsigned char *bytes)
{
  for (int64_t k = 0; k < n; k++) {
    for (int32_t b = 0; b < size / 2; b++) {
      const unsigned char byte = bytes[k * size + b];

      bytes[k * size + b] = bytes[k * size + size - 1 - b];
      bytes[k * size + size - 1 - b] = byte;
    }
  }
}

/* One loop per type that a value may have. */
#define CONVERT(type)                                                                              \
  for (int64_t k = 0; k < n; k++) {                                                                \
    type value;                                                                                    \
    memcpy(&value, bytes + k * (int64_t)sizeof(value), sizeof(value));                             \
    values[k] = (double)value;                                                                     \
  }

static void convert(const NumpyArray *a, int64_t n, const unsigned char *bytes, double *values)
{
  const int type = (a->kind == 'f' ? 0 : a->kind == 'i' ? 16 : 32) + a->bytes;

  switch (type) {
  case 4:
    CONVERT(float);
    break;
  case 8:
    CONVERT(double);
    break;
  case 17:
    CONVERT(int8_t);
    break;
  case 18:
    CONVERT(int16_t);
    break;
  case 20:
    CONVERT(int32_t);
    break;
  case 24:
    CONVERT(int64_t);
    break;
  case 33:
    CONVERT(uint8_t);
    break;
  case 34:
    CONVERT(uint16_t);
    break;
  case 36:
    CONVERT(uint32_t);
    break;
  default:
    CONVERT(uint64_t);
  }
}

/* n consecutive values from number `first` on. */
static PetscErrorCode read_values(Recording r, int64_t first, int64_t n, double *values)
{
  const NumpyArray *a = r->context;
  const int64_t block = READ_BYTES / a->bytes;
  unsigned char *bytes;
  int64_t done = 0;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(PetscMin(n, block) * a->bytes, &bytes));
  while (done < n) {
    const int64_t count = PetscMin(block, n - done);
    const ssize_t wanted = (ssize_t)(count * a->bytes);

    if (pread(a->descriptor, bytes, (size_t)wanted, a->data_at + (first + done) * a->bytes) !=
        wanted) {
      PetscCall(PetscFree(bytes));
      PetscFunctionReturn(UserError("%s: cannot read: %s", r->name, strerror(errno)));
    }
    if (a->swaps) {
      swap_bytes(count, a->bytes, bytes);
    }
    convert(a, count, bytes, values + done);
    done += count;
  }
  PetscCall(PetscFree(bytes));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_rows(Recording r, int64_t row, int64_t n_rows, double *rows)
{
  PetscFunctionBegin;
  PetscCall(read_values(r, row * r->n_all_channels, n_rows * r->n_all_channels, rows));
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
    status = read_values(r, channels[i] * r->n_all_samples + first, count, values + i * count);
  }
  PetscFunctionReturn(ErrorAgree(r->comm, status));
}

static PetscErrorCode close_array(Recording r)
{
  NumpyArray *a = r->context;

  PetscFunctionBegin;
  if (a->descriptor >= 0) {
    (void)close(a->descriptor);
  }
  PetscCall(PetscFree(a->row_start));
  PetscFunctionReturn(0);
}

PetscErrorCode RecordingOpenNumpy(Recording r)
{
  static const RecordingFormat format = {read_array, close_array};
  PetscBool time_first;
  NumpyArray *a;
  Partition share;
  PetscErrorCode status = 0;
  int rank;

  PetscFunctionBegin;
  PetscCall(PetscNew(&a));
  r->context = a;
  r->format = &format;
  a->descriptor = -1;
  PetscCall(PetscStrncpy(r->format_name, "NumPy array", sizeof(r->format_name)));
  PetscCallMPI(MPI_Comm_rank(r->comm, &rank));
  if (rank == 0) {
    status = read_header(r->name, a);
  }
  PetscCall(ErrorAgree(r->comm, status));
  PetscCallMPI(MPI_Bcast(a, (int)sizeof(*a), MPI_BYTE, 0, r->comm));
  a->descriptor = open(r->name, O_RDONLY);
  status =
      a->descriptor < 0 ? UserError("%s: cannot open the file: %s", r->name, strerror(errno)) : 0;
  PetscCall(ErrorAgree(r->comm, status));
  time_first = a->n_dims == 1 || r->options.layout == LAYOUT_TIME_NEURON ? PETSC_TRUE : PETSC_FALSE;
  r->n_all_samples = time_first ? a->rows : a->columns;
  r->n_all_channels = time_first ? a->columns : a->rows;
  a->time_major = time_first != (a->fortran && a->n_dims == 2) ? PETSC_TRUE : PETSC_FALSE;
  PetscCall(PartitionMake(r->comm, r->n_all_samples, &share));
  PetscCall(PetscMalloc1(share.size + 1, &a->row_start));
  for (int k = 0; k <= share.size; k++) {
    a->row_start[k] = PartitionFirst(&share, k);
  }
  PetscFunctionReturn(0);
}
