/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The seal of a file distinguishes a complete file from a truncated or changed one before HDF5 opens it; HDF5 crashes on
   some kinds of damage. */
#include "checkpoint_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER_WORDS = 1 << 17 };

static const char magic[16] = "causeway sealed";

typedef struct {
  char magic[16];
  uint64_t length, checksum;
} Seal;

/* The last word of the file is padded with zeros. */
PetscErrorCode SealSumWords(int descriptor, const char *path, uint64_t length, uint64_t first,
                            uint64_t last, uint64_t *sum)
{
  uint64_t *buffer, at = first;
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(BUFFER_WORDS, &buffer));
  while (at < last && !status) {
    const uint64_t words = PetscMin((uint64_t)BUFFER_WORDS, last - at);
    const uint64_t bytes = PetscMin(words * 8, length - at * 8);
    ssize_t got;

    buffer[words - 1] = 0;
    got = pread(descriptor, buffer, bytes, (off_t)(at * 8));
    if (got != (ssize_t)bytes) {
      status = UserError("%s: cannot read the file: %s", path,
                         got < 0 ? strerror(errno) : "it is truncated");
    }
    for (uint64_t w = 0; w < words && !status; w++) {
      *sum += ChecksumWord(at + w, buffer[w]);
    }
    at += words;
  }
  PetscCall(PetscFree(buffer));
  PetscFunctionReturn(status);
}

/* Every rank reads its share. */
static PetscErrorCode checksum(MPI_Comm comm, const char *path, uint64_t length, uint64_t *sum)
{
  const uint64_t words = (length + 7) / 8;
  int descriptor = open(path, O_RDONLY), rank, size;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &size));
  *sum = rank ? 0 : length;
  status = descriptor < 0
               ? UserError("%s: cannot read the file: %s", path, strerror(errno))
               : SealSumWords(descriptor, path, length, words * (uint64_t)rank / (uint64_t)size,
                              words * ((uint64_t)rank + 1) / (uint64_t)size, sum);
  if (descriptor >= 0) {
    (void)close(descriptor);
  }
  PetscCall(ErrorAgree(comm, status));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sum, 1, MPI_UINT64_T, MPI_SUM, comm));
  PetscFunctionReturn(0);
}

static PetscErrorCode file_length(MPI_Comm comm, const char *path, uint64_t *length)
{
  PetscErrorCode status = 0;
  struct stat entry = {0};
  int rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (rank == 0 && stat(path, &entry)) {
    status = UserError("%s: cannot open the file: %s", path, strerror(errno));
  }
  PetscCall(ErrorAgree(comm, status));
  *length = (uint64_t)entry.st_size;
  PetscCallMPI(MPI_Bcast(length, 1, MPI_UINT64_T, 0, comm));
  PetscFunctionReturn(0);
}

PetscErrorCode FileChecksum(MPI_Comm comm, const char *path, int64_t *bytes,
                            char word[CHECKSUM_LENGTH])
{
  uint64_t length, sum;

  PetscFunctionBegin;
  PetscCall(file_length(comm, path, &length));
  PetscCall(checksum(comm, path, length, &sum));
  *bytes = (int64_t)length;
  (void)snprintf(word, CHECKSUM_LENGTH, "%016llx", (unsigned long long)sum);
  PetscFunctionReturn(0);
}

static PetscErrorCode append(const char *path, const Seal *seal)
{
  int descriptor = open(path, O_WRONLY | O_APPEND);
  PetscErrorCode status = 0;

  if (descriptor < 0 || write(descriptor, seal, sizeof(*seal)) != (ssize_t)sizeof(*seal) ||
      fsync(descriptor)) {
    status = UserError("%s: cannot write the file: %s", path, strerror(errno));
  }
  if (descriptor >= 0) {
    (void)close(descriptor);
  }
  return status;
}

PetscErrorCode SealAdd(MPI_Comm comm, const char *path)
{
  Seal seal;
  int rank;

  PetscFunctionBegin;
  PetscCall(PetscArraycpy(seal.magic, magic, sizeof(magic)));
  PetscCall(file_length(comm, path, &seal.length));
  PetscCall(checksum(comm, path, seal.length, &seal.checksum));
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(ErrorAgree(comm, rank == 0 ? append(path, &seal) : 0));
  PetscFunctionReturn(0);
}

/* Reads the last bytes of a file; zeros when it is too short. */
static PetscErrorCode read_seal(MPI_Comm comm, const char *path, uint64_t length, Seal *seal)
{
  int rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  *seal = (Seal){.length = 0};
  if (rank == 0 && length >= sizeof(*seal)) {
    int descriptor = open(path, O_RDONLY);

    if (descriptor < 0 || pread(descriptor, seal, sizeof(*seal), (off_t)(length - sizeof(*seal))) !=
                              (ssize_t)sizeof(*seal)) {
      *seal = (Seal){.length = 0};
    }
    if (descriptor >= 0) {
      (void)close(descriptor);
    }
  }
  PetscCallMPI(MPI_Bcast(seal, (int)sizeof(*seal), MPI_BYTE, 0, comm));
  PetscFunctionReturn(0);
}

PetscErrorCode SealCheck(MPI_Comm comm, const char *path, PetscBool *sealed)
{
  uint64_t length, sum;
  const char *slash = strrchr(path, '/');
  Seal seal;

  PetscFunctionBegin;
  PetscCall(file_length(comm, path, &length));
  PetscCall(read_seal(comm, path, length, &seal));
  *sealed = !memcmp(seal.magic, magic, sizeof(magic)) ? PETSC_TRUE : PETSC_FALSE;
  UserCheck(*sealed || strncmp(slash ? slash + 1 : path, "snapshot_", 9) != 0,
            "%s: is damaged or truncated, or not a snapshot: its last bytes are not a seal", path);
  if (!*sealed) {
    PetscFunctionReturn(0);
  }
  UserCheck(seal.length == length - sizeof(seal),
            "%s: is damaged: it should have %llu bytes before its seal, not %llu", path,
            (unsigned long long)seal.length, (unsigned long long)(length - sizeof(seal)));
  PetscCall(checksum(comm, path, seal.length, &sum));
  UserCheck(sum == seal.checksum, "%s: is damaged: its bytes do not match its checksum", path);
  PetscFunctionReturn(0);
}
