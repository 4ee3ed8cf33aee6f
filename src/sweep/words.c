/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Words of the sweeps: "key=value", and names made of them. */
#include "sweep_impl.h"

#include "causeway/error.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

PetscErrorCode ProgramPath(size_t length, char path[])
{
  const ssize_t n = readlink("/proc/self/exe", path, length - 1);

  path[n > 0 ? n : 0] = 0;
  return n <= 0 || access(path, X_OK) ? UserError("cannot find the program itself: %s", path) : 0;
}
