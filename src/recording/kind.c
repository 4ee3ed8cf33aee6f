/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Which format a file has, by what it begins with. */
#include "recording_impl.h"

#include "causeway/error.h"

#include "magic.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

static const unsigned char hdf5[] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};

static PetscBool begins(size_t n, const unsigned char bytes[], const void *with, size_t length)
{
  return n >= length && !memcmp(bytes, with, length) ? PETSC_TRUE : PETSC_FALSE;
}

/* HDF5 may begin behind a block of the user's own, of 512 bytes, 1024, 2048, ... */
static PetscBool has_hdf5(FILE *stream, int64_t size)
{
  unsigned char bytes[sizeof(hdf5)];

  for (int64_t at = 0; at + (int64_t)sizeof(hdf5) <= size; at = at ? 2 * at : 512) {
    if (fseeko(stream, at, SEEK_SET) || fread(bytes, 1, sizeof(bytes), stream) != sizeof(bytes)) {
      return PETSC_FALSE;
    }
    if (begins(sizeof(bytes), bytes, hdf5, sizeof(hdf5))) {
      return PETSC_TRUE;
    }
  }
  return PETSC_FALSE;
}

/* Text has hardly any bytes below a blank but these; in UTF-16 it begins with a mark. */
static PetscBool is_text(size_t n, const unsigned char bytes[])
{
  enum { RARE = 50 };
  size_t n_others = 0;

  if (begins(n, bytes, "\xff\xfe", 2) || begins(n, bytes, "\xfe\xff", 2)) {
    return PETSC_TRUE;
  }
  for (size_t k = 0; k < n; k++) {
    n_others += bytes[k] < ' ' && (!bytes[k] || !strchr("\t\n\r\f", bytes[k])) ? 1 : 0;
  }
  return n_others * RARE <= n ? PETSC_TRUE : PETSC_FALSE;
}

/* Half of the bytes of plain text in UTF-16 are 0. */
static PetscBool is_unmarked_utf16(size_t n, const unsigned char bytes[])
{
  size_t zeros[2] = {0, 0};

  for (size_t k = 0; k < n; k++) {
    zeros[k % 2] += !bytes[k] ? 1 : 0;
  }
  return n >= 8 && zeros[0] + zeros[1] > n / 3 && (zeros[0] == 0 || zeros[1] == 0) ? PETSC_TRUE
                                                                                   : PETSC_FALSE;
}

/* The name of the first member of a zip file is behind 30 bytes. */
static PetscBool is_npz(const char *name, size_t n, const unsigned char bytes[])
{
  const size_t length = bytes[26] + 256 * (size_t)bytes[27], end = 30 + length;
  const size_t name_length = strlen(name);

  return (length > 4 && end <= n && !memcmp(bytes + end - 4, ".npy", 4)) ||
                 (name_length > 4 && !strcmp(name + name_length - 4, ".npz"))
             ? PETSC_TRUE
             : PETSC_FALSE;
}

/* What is in a file that is packed by gzip, which text may be. */
static PetscErrorCode look_into_gzip(const char *name, size_t *n, unsigned char bytes[MAGIC_BYTES])
{
  gzFile file = gzopen(name, "rb");
  int got = -1;

  PetscFunctionBegin;
  if (file) {
    got = gzread(file, bytes, MAGIC_BYTES);
    (void)gzclose(file);
  }
  UserCheck(got >= 0, "%s: is packed by gzip, and damaged", name);
  UserCheck(got > 0, "%s: the file is empty", name);
  *n = (size_t)got;
  UserCheck(is_text(*n, bytes),
            "%s: is packed by gzip: unpack it with gunzip, since only text is "
            "read as it is",
            name);
  PetscFunctionReturn(0);
}

/* What is neither text nor an array nor, certainly, HDF5. */
static PetscErrorCode recognise_other(const char *name, size_t n, const unsigned char bytes[],
                                      int *kind)
{
  PetscFunctionBegin;
  UserCheck(!is_unmarked_utf16(n, bytes),
            "%s: looks like text in UTF-16 without a mark; convert it, for example with iconv -f "
            "utf-16le -t utf-8",
            name);
  /* DataFileOpen() knows better what is wrong with such names */
  UserCheck(strstr(name, ".h5") || strstr(name, ".nwb"),
            "%s: is of no format that is known: HDF5 (NWB, SONATA), .npy, .npz or a table of text",
            name);
  *kind = FILE_HDF5;
  PetscFunctionReturn(0);
}

static PetscErrorCode recognise_bytes(const char *name, PetscBool contains_hdf5, size_t n,
                                      unsigned char bytes[MAGIC_BYTES], int *kind)
{
  const ForeignFormat *foreign;
  PetscBool text;

  PetscFunctionBegin;
  if (contains_hdf5) {
    *kind = FILE_HDF5;
    PetscFunctionReturn(0);
  }
  if (begins(n, bytes, "\x93NUMPY", 6)) {
    *kind = FILE_NUMPY;
    PetscFunctionReturn(0);
  }
  if (begins(n, bytes, "\x1f\x8b", 2)) {
    PetscCall(look_into_gzip(name, &n, bytes));
  }
  if (begins(n, bytes, "PK\3\4", 4) && is_npz(name, n, bytes)) {
    *kind = FILE_NPZ;
    PetscFunctionReturn(0);
  }
  text = is_text(n, bytes);
  foreign = ForeignFormatFind(n, bytes, text);
  UserCheck(!foreign, "%s: is %s, which is not read: %s", name, foreign->name, foreign->advice);
  if (text) {
    *kind = FILE_TEXT;
    PetscFunctionReturn(0);
  }
  PetscFunctionReturn(recognise_other(name, n, bytes, kind));
}

/* On rank 0. */
static PetscErrorCode recognise(const char *name, int *kind)
{
  unsigned char bytes[MAGIC_BYTES] = {0};
  PetscBool contains_hdf5;
  struct stat entry;
  size_t n;
  FILE *stream;

  PetscFunctionBegin;
  UserCheck(!stat(name, &entry), "%s: cannot open the file: %s", name, strerror(errno));
  UserCheck(!S_ISDIR(entry.st_mode), "%s: is a directory, not a file with activity", name);
  UserCheck(S_ISREG(entry.st_mode),
            "%s: is a pipe or device, which can be read only once; write it to a file first", name);
  stream = fopen(name, "rb");
  UserCheck(stream, "%s: cannot open the file: %s", name, strerror(errno));
  n = fread(bytes, 1, sizeof(bytes), stream);
  contains_hdf5 = has_hdf5(stream, entry.st_size);
  (void)fclose(stream);
  UserCheck(n > 0, "%s: the file is empty", name);
  PetscFunctionReturn(recognise_bytes(name, contains_hdf5, n, bytes, kind));
}

PetscErrorCode RecordingFindKind(MPI_Comm comm, const char *name, int *kind)
{
  PetscErrorCode status = 0;
  int rank;

  PetscFunctionBegin;
  *kind = FILE_TEXT;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (rank == 0) {
    status = recognise(name, kind);
  }
  PetscCall(ErrorAgree(comm, status));
  PetscCallMPI(MPI_Bcast(kind, 1, MPI_INT, 0, comm));
  PetscFunctionReturn(0);
}

PetscErrorCode RecordingIsHDF5(MPI_Comm comm, const char *name, PetscBool *is_hdf5)
{
  int kind;

  PetscFunctionBegin;
  PetscCall(RecordingFindKind(comm, name, &kind));
  *is_hdf5 = kind == FILE_HDF5 ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(0);
}
