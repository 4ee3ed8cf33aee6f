/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/internal/io/checksum.h"

#include "causeway/error.h"

#include "datafile_impl.h"

#include <stdio.h>
#include <string.h>

static const size_t type_bytes[] = {[DATA_FLOAT64] = 8, [DATA_FLOAT32] = 4, [DATA_INT64] = 8,
                                    [DATA_UINT64] = 8,  [DATA_INT32] = 4,   [DATA_UINT8] = 1};

size_t DataTypeBytes(DataType type)
{
  return type_bytes[type];
}

/* Sum over a run of elements of 8, 4 or 1 bytes, of which the first is at `place`. */
static uint64_t run_checksum(size_t bytes, int64_t place, int64_t run, const void *values)
{
  const uint64_t *long_words = values;
  const uint32_t *short_words = values;
  const uint8_t *octets = values;
  uint64_t sum = 0;

  if (bytes == 8) {
    for (int64_t e = 0; e < run; e++) {
      sum += ChecksumWord((uint64_t)(place + e), long_words[e]);
    }
  } else if (bytes == 4) {
    for (int64_t e = 0; e < run; e++) {
      sum += ChecksumWord((uint64_t)(place + e), short_words[e]);
    }
  } else {
    for (int64_t e = 0; e < run; e++) {
      sum += ChecksumWord((uint64_t)(place + e), octets[e]);
    }
  }
  return sum;
}

/* Sum over a box of words that are keyed by their place in the whole array. */
uint64_t ChecksumBox(DataType type, int n_dims, const int64_t dims[], const int64_t first[],
                     const int64_t count[], const void *values)
{
  const int64_t run = n_dims ? count[n_dims - 1] : 1;
  const size_t bytes = type_bytes[type];
  int64_t size = 1;
  uint64_t sum = 0;

  for (int d = 0; d < n_dims; d++) {
    size *= count[d];
  }
  for (int64_t k = 0; k < size; k += run) {
    int64_t rest = k / run, place = n_dims ? first[n_dims - 1] : 0;
    int64_t stride = n_dims ? dims[n_dims - 1] : 1;

    for (int d = n_dims - 2; d >= 0; d--) {
      place += (first[d] + rest % count[d]) * stride;
      rest /= count[d];
      stride *= dims[d];
    }
    sum += run_checksum(bytes, place, run, (const char *)values + (size_t)k * bytes);
  }
  return sum;
}

PetscErrorCode ChecksumNote(DataFile file, const char *path, uint64_t share)
{
  char word[32];

  PetscFunctionBegin;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &share, 1, MPI_UINT64_T, MPI_SUM, file->comm));
  (void)snprintf(word, sizeof(word), "%016llx", (unsigned long long)share);
  PetscCall(DataFileSetString(file, path, "checksum", word));
  PetscFunctionReturn(0);
}

PetscErrorCode ChecksumCompare(DataFile file, MPI_Comm comm, const char *path, uint64_t share,
                               PetscBool required)
{
  char expected[32] = "", found[32];
  PetscErrorCode status = 0;
  PetscBool noted;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &share, 1, MPI_UINT64_T, MPI_SUM, comm));
  (void)snprintf(found, sizeof(found), "%016llx", (unsigned long long)share);
  PetscCall(DataFileGetString(file, path, "checksum", sizeof(expected), expected, &noted));
  if (strcmp(found, expected) != 0 && (noted || required)) {
    status =
        UserError("%s:%s: is damaged: its values do not match its checksum%s", file->path, path,
                  required ? ""
                           : "; take an intact copy of the file, or remove the attribute "
                             "checksum if the values were changed on purpose");
  }
  PetscCall(ErrorAgree(file->comm, status));
  PetscFunctionReturn(0);
}
