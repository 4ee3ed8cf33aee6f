/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Checksum of ranges of a file: that of its words, with zeros for bytes outside. The term of a word wholly inside does not
   depend on the other ranges, so only new words are read when the ranges grow. */
#include "checkpoint_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WORD = 8 };

/* First whole word, and end of the whole words, of a range. */
static void whole_words(const Extents *e, int64_t k, int64_t *first, int64_t *end)
{
  *first = (e->bounds[2 * k] + WORD - 1) / WORD;
  *end = PetscMax(*first, e->bounds[2 * k + 1] / WORD);
}

static int64_t count_words(const Extents *e)
{
  int64_t n = 0, first, end;

  for (int64_t k = 0; k < e->n; k++) {
    whole_words(e, k, &first, &end);
    n += end - first;
  }
  return n;
}

static int64_t count_ranges(const Extents *words)
{
  int64_t n = 0;

  for (int64_t k = 0; k < words->n; k++) {
    n += words->bounds[2 * k + 1] - words->bounds[2 * k];
  }
  return n;
}

/* Whole words of `e` that `known` does not have, as ranges of words. */
static PetscErrorCode new_words(const Extents *e, const Extents *known, Extents *words)
{
  int64_t first, end, old_first, old_end, j = 0;

  PetscFunctionBegin;
  for (int64_t k = 0; k < e->n; k++) {
    whole_words(e, k, &first, &end);
    while (first < end) {
      old_first = old_end = end;
      while (j < known->n) {
        whole_words(known, j, &old_first, &old_end);
        if (old_end > first) {
          break;
        }
        old_first = old_end = end;
        j++;
      }
      if (PetscMin(old_first, end) > first) {
        PetscCall(ExtentsAdd(words, first, PetscMin(old_first, end)));
      }
      first = old_first < end ? old_end : end;
    }
  }
  PetscFunctionReturn(0);
}

/* Sums this rank's share of the words. */
static PetscErrorCode sum_share(Checkpoint c, int descriptor, const char *path, int64_t length,
                                const Extents *words, uint64_t *sum)
{
  const int64_t total = count_ranges(words);
  int64_t at = 0, low, high;

  PetscFunctionBegin;
  low = total / c->size * c->rank + total % c->size * c->rank / c->size;
  high = total / c->size * (c->rank + 1) + total % c->size * (c->rank + 1) / c->size;
  for (int64_t k = 0; k < words->n && at < high; k++) {
    const int64_t first = words->bounds[2 * k], n = words->bounds[2 * k + 1] - first;
    const int64_t from = PetscMax(low - at, 0), to = PetscMin(high - at, n);

    if (from < to) {
      PetscCall(SealSumWords(descriptor, path, (uint64_t)length, (uint64_t)(first + from),
                             (uint64_t)(first + to), sum));
    }
    at += n;
  }
  PetscFunctionReturn(0);
}

/* Sums bytes [first, end) of one word; the other bytes count as 0. */
static PetscErrorCode sum_bytes(int descriptor, const char *path, int64_t first, int64_t end,
                                uint64_t *sum)
{
  const int64_t word = first / WORD;
  char bytes[WORD] = {0};
  uint64_t value;

  if (first >= end) {
    return 0;
  }
  if (pread(descriptor, bytes + first % WORD, (size_t)(end - first), (off_t)first) != end - first) {
    return UserError("%s: cannot read the file: it is truncated", path);
  }
  memcpy(&value, bytes, sizeof(value));
  *sum += ChecksumWord((uint64_t)word, value);
  return 0;
}

/* Sums the words that are only partly inside the ranges. */
static PetscErrorCode sum_edges(Checkpoint c, int descriptor, const char *path, const Extents *e,
                                uint64_t *sum)
{
  PetscFunctionBegin;
  for (int64_t k = c->rank; k < e->n; k += c->size) {
    const int64_t first = e->bounds[2 * k], end = e->bounds[2 * k + 1];
    const int64_t inner = PetscMin((first + WORD - 1) / WORD * WORD, end);

    PetscCall(sum_bytes(descriptor, path, first, inner, sum));
    PetscCall(sum_bytes(descriptor, path, PetscMax(inner, end / WORD * WORD), end, sum));
  }
  PetscFunctionReturn(0);
}

/* sums[0]: over whole words; sums[1]: over the edges of the ranges. Collective. */
static PetscErrorCode sum_file(Checkpoint c, const char *path, const Extents *words,
                               const Extents *extents, uint64_t sums[2])
{
  const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  struct stat entry = {0};
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  sums[0] = sums[1] = 0;
  if (descriptor < 0 || fstat(descriptor, &entry)) {
    status = UserError("%s: cannot open the file: %s", path, strerror(errno));
  } else if (extents->n && extents->bounds[2 * extents->n - 1] > entry.st_size) {
    status = UserError("%s: is truncated: it has %lld bytes instead of %lld", path,
                       (long long)entry.st_size, (long long)extents->bounds[2 * extents->n - 1]);
  }
  status = status ? status : sum_share(c, descriptor, path, entry.st_size, words, &sums[0]);
  status = status ? status : sum_edges(c, descriptor, path, extents, &sums[1]);
  if (descriptor >= 0) {
    (void)close(descriptor);
  }
  PetscCall(ErrorAgree(c->comm, status));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sums, 2, MPI_UINT64_T, MPI_SUM, c->comm));
  PetscFunctionReturn(0);
}

PetscErrorCode RangeSum(Checkpoint c, const char *path, const Extents *extents,
                        const Extents *known, uint64_t *inner, uint64_t *sum)
{
  const Extents nothing = {.n = 0};
  Extents words = {.n = 0};
  uint64_t sums[2] = {0, 0};
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(new_words(extents, known, &words));
  if (count_words(extents) != count_words(known) + count_ranges(&words)) {
    /* some known ranges are no longer inside */
    words.n = 0;
    PetscCall(new_words(extents, &nothing, &words));
    *inner = 0;
  }
  status = sum_file(c, path, &words, extents, sums);
  PetscCall(ExtentsFree(&words));
  *inner += sums[0];
  *sum = *inner + sums[1];
  PetscFunctionReturn(status);
}
