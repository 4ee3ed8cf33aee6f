/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Recognises the format of a file by its first bytes. */
#include "recording_impl.h"

#include "causeway/error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

/* Whether bytes are text: hardly any control characters, or a UTF-16 byte order mark. */
static PetscBool is_text(const FileBeginning *b)
{
  enum { RARE = 50 };
  size_t n_others = 0;

  if (FileBegins(b, "\xff\xfe", 2) || FileBegins(b, "\xfe\xff", 2)) {
    return PETSC_TRUE;
  }
  for (size_t k = 0; k < b->n; k++) {
    n_others += b->bytes[k] < ' ' && (!b->bytes[k] || !strchr("\t\n\r\f", b->bytes[k])) ? 1 : 0;
  }
  return n_others * RARE <= b->n ? PETSC_TRUE : PETSC_FALSE;
}

/* In plain UTF-16 text half of the bytes are 0. */
static PetscBool is_unmarked_utf16(const FileBeginning *b)
{
  size_t zeros[2] = {0, 0};

  for (size_t k = 0; k < b->n; k++) {
    zeros[k % 2] += !b->bytes[k] ? 1 : 0;
  }
  return b->n >= 8 && zeros[0] + zeros[1] > b->n / 3 && (zeros[0] == 0 || zeros[1] == 0)
             ? PETSC_TRUE
             : PETSC_FALSE;
}

/* Unpacks the beginning of a gzip file, which may contain text. */
static PetscErrorCode look_into_gzip(FileBeginning *b)
{
  gzFile file = gzopen(b->name, "rb");
  int got = -1;

  PetscFunctionBegin;
  if (file) {
    got = gzread(file, b->bytes, MAGIC_BYTES);
    (void)gzclose(file);
  }
  UserCheck(got >= 0, "%s: the gzip file is damaged; copy or write it again", b->name);
  UserCheck(got > 0, "%s: the file is empty", b->name);
  b->n = (size_t)got;
  UserCheck(is_text(b), "%s: is a gzip file of something other than text; unpack it with gunzip",
            b->name);
  PetscFunctionReturn(0);
}

/* The first format that matches the beginning of the file, -1 for none. */
static int find_binary(const FileBeginning *b)
{
  for (int k = 0; RecordingFileFormat(k); k++) {
    if (RecordingFileFormat(k)->begins && RecordingFileFormat(k)->begins(b)) {
      return k;
    }
  }
  return -1;
}

/* For a file that begins like no known format. */
static PetscErrorCode recognise_by_name(const FileBeginning *b, int *format)
{
  PetscFunctionBegin;
  UserCheck(!is_unmarked_utf16(b),
            "%s: looks like UTF-16 text without a byte order mark; convert it, for example with "
            "iconv -f utf-16le -t utf-8",
            b->name);
  for (int k = 0; RecordingFileFormat(k) && *format < 0; k++) {
    if (RecordingFileFormat(k)->named && RecordingFileFormat(k)->named(b->name)) {
      *format = k;
    }
  }
  UserCheck(*format >= 0,
            "%s: has an unknown format; expected HDF5 (NWB, SONATA), .npy, .npz or a table of text",
            b->name);
  PetscFunctionReturn(0);
}

static PetscErrorCode recognise(FileBeginning *b, int *format)
{
  const ForeignFormat *foreign;
  PetscBool text;

  PetscFunctionBegin;
  *format = find_binary(b);
  if (*format >= 0) {
    PetscFunctionReturn(0);
  }
  if (FileBegins(b, "\x1f\x8b", 2)) {
    PetscCall(look_into_gzip(b));
  }
  text = is_text(b);
  foreign = ForeignFormatFind(b->n, b->bytes, text);
  UserCheck(!foreign, "%s: is %s, which is not supported: %s", b->name, foreign->name,
            foreign->advice);
  for (int k = 0; RecordingFileFormat(k) && text && *format < 0; k++) {
    *format = RecordingFileFormat(k)->begins ? -1 : k;
  }
  if (*format < 0) {
    PetscCall(recognise_by_name(b, format));
  }
  PetscFunctionReturn(0);
}

/* Runs on rank 0. */
static PetscErrorCode look_at(const char *name, int *format)
{
  FileBeginning b = {.name = name};
  struct stat entry;
  PetscErrorCode status;

  PetscFunctionBegin;
  UserCheck(!stat(name, &entry), "%s: cannot open the file: %s", name, strerror(errno));
  UserCheck(!S_ISDIR(entry.st_mode), "%s: is a directory, not a file with activity", name);
  UserCheck(S_ISREG(entry.st_mode),
            "%s: is a pipe or device, which can be read only once; write it to a file first", name);
  b.stream = fopen(name, "rb");
  UserCheck(b.stream, "%s: cannot open the file: %s", name, strerror(errno));
  b.size = entry.st_size;
  b.n = fread(b.bytes, 1, sizeof(b.bytes), b.stream);
  status = b.n > 0 ? recognise(&b, format) : UserError("%s: the file is empty", name);
  (void)fclose(b.stream);
  PetscFunctionReturn(status);
}

PetscErrorCode RecordingFindFormat(MPI_Comm comm, const char *name, const FileFormat **format)
{
  PetscErrorCode status = 0;
  int rank, k = 0;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (rank == 0) {
    status = look_at(name, &k);
  }
  PetscCall(ErrorAgree(comm, status));
  PetscCallMPI(MPI_Bcast(&k, 1, MPI_INT, 0, comm));
  *format = RecordingFileFormat(k);
  PetscFunctionReturn(0);
}

PetscErrorCode RecordingIsHDF5(MPI_Comm comm, const char *name, PetscBool *is_hdf5)
{
  const FileFormat *format;

  PetscFunctionBegin;
  PetscCall(RecordingFindFormat(comm, name, &format));
  *is_hdf5 = format == &FormatHdf5 ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(0);
}
