/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Memory, words, numbers and files of the sweeps. */
#include "sweep_impl.h"

#include "causeway/error.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Without memory for a few words nothing can be told or undone; the runs that a worker has started
   are told by the kernel, and their locks end with them. */
void *MemoryGrow(void *block, int64_t count, size_t size)
{
  void *grown = realloc(block, (size_t)count * size + 1);

  if (!grown) {
    (void)fputs("causeway: error: out of memory\n", stderr);
    exit(SWEEP_FAILED);
  }
  return grown;
}

char *TextCopy(const char *text)
{
  const size_t length = strlen(text);

  return memcpy(MemoryGrow(NULL, (int64_t)length + 1, 1), text, length + 1);
}

PetscBool TextInteger(const char *text, int64_t low, int64_t high, int64_t *value)
{
  char *end;
  long long number;

  errno = 0;
  number = strtoll(text, &end, 10);
  if (end == text || *end || errno || number < low || number > high) {
    return PETSC_FALSE;
  }
  *value = number;
  return PETSC_TRUE;
}

PetscBool TextReal(const char *text, double *value)
{
  char *end;

  if (!text[0] || strspn(text, "0123456789+-.eE") != strlen(text)) {
    return PETSC_FALSE;
  }
  *value = strtod(text, &end);
  return *end || !isfinite(*value) ? PETSC_FALSE : PETSC_TRUE;
}

/* FNV-1a; `hash` is 0 at first. */
uint64_t TextHash(uint64_t hash, const char *text)
{
  hash = hash ? hash : UINT64_C(0xcbf29ce484222325);
  for (const char *c = text; *c; c++) {
    hash = (hash ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
  }
  return hash;
}

const char *WordsFind(const Words *words, const char *key)
{
  for (int64_t k = 0; k < words->n; k++) {
    if (!strcmp(words->words[k].key, key)) {
      return words->words[k].value;
    }
  }
  return NULL;
}

void WordsSet(Words *words, const char *key, const char *value)
{
  for (int64_t k = 0; k < words->n; k++) {
    if (!strcmp(words->words[k].key, key)) {
      free(words->words[k].value);
      words->words[k].value = TextCopy(value);
      return;
    }
  }
  words->words = MemoryGrow(words->words, words->n + 1, sizeof(Word));
  words->words[words->n++] = (Word){TextCopy(key), TextCopy(value)};
}

/* The seed comes first. */
static int compare_words(const void *a, const void *b)
{
  const char *key_a = ((const Word *)a)->key, *key_b = ((const Word *)b)->key;
  const int seed_a = !strcmp(key_a, "seed"), seed_b = !strcmp(key_b, "seed");

  return seed_a || seed_b ? seed_b - seed_a : strcmp(key_a, key_b);
}

void WordsSort(Words *words)
{
  qsort(words->words, (size_t)words->n, sizeof(Word), compare_words);
}

void WordsFree(Words *words)
{
  for (int64_t k = 0; k < words->n; k++) {
    free(words->words[k].key);
    free(words->words[k].value);
  }
  free(words->words);
  *words = (Words){0};
}

uint64_t WordsHash(const Words *words)
{
  uint64_t hash = TextHash(0, "causeway");

  for (int64_t k = 0; k < words->n; k++) {
    const char *value = words->words[k].value;
    char number[64];
    int64_t integer;
    double real;

    if (TextInteger(value, INT64_MIN, INT64_MAX, &integer)) {
      (void)snprintf(number, sizeof(number), "%lld", (long long)integer);
      value = number;
    } else if (TextReal(value, &real)) {
      (void)snprintf(number, sizeof(number), "%.17g", real);
      value = number;
    }
    hash = TextHash(TextHash(hash, words->words[k].key), "=");
    hash = TextHash(TextHash(hash, value), "\n");
  }
  /* the upper digits of FNV depend little on the last letters */
  hash = (hash ^ (hash >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  hash = (hash ^ (hash >> 27)) * UINT64_C(0x94d049bb133111eb);
  return hash ^ (hash >> 31);
}

void PathPrint(char path[PETSC_MAX_PATH_LEN], const char *format, ...)
{
  va_list arguments;

  va_start(arguments, format);
  (void)vsnprintf(path, PETSC_MAX_PATH_LEN, format, arguments);
  va_end(arguments);
}

PetscErrorCode DirectoryMake(const char *path)
{
  char part[PETSC_MAX_PATH_LEN];

  for (size_t k = 1; k <= strlen(path); k++) {
    if (path[k] == '/' || !path[k]) {
      PathPrint(part, "%.*s", (int)k, path);
      if (mkdir(part, 0777) && errno != EEXIST) {
        return UserError("%s: cannot make the directory: %s", part, strerror(errno));
      }
    }
  }
  return access(path, W_OK) ? UserError("%s: cannot write there: %s", path, strerror(errno)) : 0;
}

PetscErrorCode FileBegin(const char *path, FILE **stream)
{
  char partial[PETSC_MAX_PATH_LEN];

  PathPrint(partial, "%s.partial", path);
  *stream = fopen(partial, "w");
  return *stream ? 0 : UserError("%s: cannot write: %s", path, strerror(errno));
}

PetscErrorCode FileCommit(const char *path, FILE **stream)
{
  char partial[PETSC_MAX_PATH_LEN];
  int failed;

  PathPrint(partial, "%s.partial", path);
  failed = fflush(*stream) || ferror(*stream) || fsync(fileno(*stream)) ? errno : 0;
  failed = fclose(*stream) && !failed ? errno : failed;
  *stream = NULL;
  failed = !failed && rename(partial, path) ? errno : failed;
  if (failed) {
    (void)unlink(partial);
    return UserError("%s: cannot write: %s", path, strerror(failed));
  }
  return 0;
}

PetscErrorCode ProgramPath(size_t length, char path[])
{
  const ssize_t n = readlink("/proc/self/exe", path, length - 1);

  path[n > 0 ? n : 0] = 0;
  return n <= 0 || access(path, X_OK) ? UserError("cannot find the program itself: %s", path) : 0;
}
