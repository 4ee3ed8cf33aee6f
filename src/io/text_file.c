/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/internal/io/text_file.h"

#include "causeway/error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST = 64 << 20 };

/* Byte order mark with which some editors begin UTF-8. */
static const char mark[] = "\xef\xbb\xbf";

static PetscErrorCode read_text(const char *name, int *length, char **text)
{
  struct stat entry;
  size_t n;
  FILE *stream;

  PetscFunctionBegin;
  UserCheck(!stat(name, &entry), "%s: cannot open the file: %s", name, strerror(errno));
  UserCheck(!S_ISDIR(entry.st_mode), "%s: is a directory, not a text file", name);
  UserCheck(entry.st_size <= MOST, "%s: has %lld bytes; such a file has at most 64 MiB", name,
            (long long)entry.st_size);
  stream = fopen(name, "rb");
  UserCheck(stream, "%s: cannot open the file: %s", name, strerror(errno));
  PetscCall(PetscCalloc1((size_t)entry.st_size + 1, text));
  n = fread(*text, 1, (size_t)entry.st_size, stream);
  (void)fclose(stream);
  UserCheck(n == (size_t)entry.st_size, "%s: cannot read the file", name);
  UserCheck(strlen(*text) == n, "%s: is not a text file: it contains zero bytes", name);
  if (!strncmp(*text, mark, strlen(mark))) {
    n -= strlen(mark);
    memmove(*text, *text + strlen(mark), n + 1);
  }
  *length = (int)n;
  PetscFunctionReturn(0);
}

PetscErrorCode TextFileRead(MPI_Comm comm, const char *name, char **text)
{
  PetscErrorCode status = 0;
  int rank, length = 0;

  PetscFunctionBegin;
  *text = NULL;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (rank == 0) {
    status = read_text(name, &length, text);
  }
  status = ErrorAgree(comm, status);
  if (status) {
    PetscCall(PetscFree(*text));
    PetscFunctionReturn(status);
  }
  PetscCallMPI(MPI_Bcast(&length, 1, MPI_INT, 0, comm));
  if (rank != 0) {
    PetscCall(PetscCalloc1((size_t)length + 1, text));
  }
  PetscCallMPI(MPI_Bcast(*text, length, MPI_CHAR, 0, comm));
  PetscFunctionReturn(0);
}
