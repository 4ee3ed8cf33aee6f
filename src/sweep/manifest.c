/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sweep_impl.h"

#include "causeway/error.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char first_line[] = "# causeway sweep 1";

void ManifestPath(const Manifest *manifest, const char *folder, const SweepEntry *entry,
                  const char *suffix, char path[PETSC_MAX_PATH_LEN])
{
  PathPrint(path, "%s/%s/%s%s", manifest->directory, folder, entry->id, suffix);
}

void ManifestAddVaried(Manifest *manifest, const char *key)
{
  for (int64_t k = 0; k < manifest->n_varied; k++) {
    if (!strcmp(manifest->varied[k], key)) {
      return;
    }
  }
  manifest->varied = MemoryGrow(manifest->varied, manifest->n_varied + 1, sizeof(char *));
  manifest->varied[manifest->n_varied++] = TextCopy(key);
}

void ManifestFree(Manifest *manifest)
{
  for (int64_t k = 0; k < manifest->n_entries; k++) {
    WordsFree(&manifest->entries[k].words);
  }
  for (int64_t k = 0; k < manifest->n_varied; k++) {
    free(manifest->varied[k]);
  }
  free(manifest->entries);
  free(manifest->varied);
  *manifest = (Manifest){0};
}

/* The directory of the manifest, absolute, and the path of the manifest in it. */
static PetscErrorCode locate(const char *file_or_directory, Manifest *manifest,
                             char path[PETSC_MAX_PATH_LEN])
{
  struct stat about;
  char *slash, *absolute = realpath(file_or_directory, NULL);

  if (!absolute || stat(absolute, &about)) {
    free(absolute);
    return UserError("%s: cannot open the sweep: %s; causeway sweep plan makes it",
                     file_or_directory, strerror(errno));
  }
  PathPrint(path, "%s%s", absolute, S_ISDIR(about.st_mode) ? "/manifest.txt" : "");
  free(absolute);
  slash = strrchr(path, '/');
  PathPrint(manifest->directory, "%.*s", (int)(slash - path), path);
  return 0;
}

/* The last line: a checksum of all before it. Manifests of earlier versions have none. */
static const char checksum_key[] = "# checksum ";

static uint64_t add_to_checksum(uint64_t hash, const char *line)
{
  return TextHash(TextHash(hash, line), "\n");
}

/* "# key value" */
static void read_header(char *line, Manifest *manifest)
{
  char *value = line + 2, *key = strsep(&value, " "), *word;

  value = value ? value : line + strlen(line);
  if (!strcmp(key, "name")) {
    (void)snprintf(manifest->name, sizeof(manifest->name), "%s", value);
  } else if (!strcmp(key, "directory")) {
    PathPrint(manifest->origin, "%s", value);
  } else if (!strcmp(key, "base")) {
    PathPrint(manifest->base, "%s", value);
  } else if (!strcmp(key, "base_hash")) {
    manifest->base_hash = strtoull(value, NULL, 16);
  } else if (!strcmp(key, "ranks")) {
    (void)TextInteger(value, 1, INT32_MAX, &manifest->ranks);
  } else if (!strcmp(key, "varies")) {
    while ((word = strsep(&value, " "))) {
      if (word[0]) {
        ManifestAddVaried(manifest, word);
      }
    }
  }
}

/* number TAB id TAB key=value TAB ... */
static PetscBool read_entry(char *line, Manifest *manifest, int64_t *n_allocated)
{
  char *number = strsep(&line, "\t"), *id = strsep(&line, "\t"), *word;
  SweepEntry entry = {.number = manifest->n_entries + 1};
  int64_t found;

  if (!TextInteger(number, entry.number, entry.number, &found) || !id ||
      strlen(id) != SWEEP_ID_LENGTH || strspn(id, "0123456789abcdef") != SWEEP_ID_LENGTH) {
    return PETSC_FALSE;
  }
  memcpy(entry.id, id, sizeof(entry.id));
  while ((word = strsep(&line, "\t"))) {
    char *equals = strchr(word, '=');

    if (!equals || equals == word) {
      WordsFree(&entry.words);
      return PETSC_FALSE;
    }
    *equals = 0;
    WordsSet(&entry.words, word, equals + 1);
  }
  if (manifest->n_entries == *n_allocated) {
    *n_allocated = 2 * *n_allocated + 64;
    manifest->entries = MemoryGrow(manifest->entries, *n_allocated, sizeof(SweepEntry));
  }
  manifest->entries[manifest->n_entries++] = entry;
  return PETSC_TRUE;
}

static PetscErrorCode read_lines(FILE *stream, const char *path, Manifest *manifest)
{
  char *line = NULL;
  size_t length = 0;
  ssize_t n;
  int64_t n_lines = 0, n_allocated = 0;
  uint64_t hash = 0;
  PetscBool is_over = PETSC_FALSE;
  PetscErrorCode status = 0;

  while (!status && (n = getline(&line, &length, stream)) >= 0) {
    n_lines++;
    line[n > 0 && line[n - 1] == '\n' ? n - 1 : n] = 0;
    if (is_over || strlen(line) + 1 < (size_t)n) {
      status = UserError("%s: line %" PRId64 ": is damaged; plan the sweep again", path, n_lines);
    } else if (!strncmp(line, checksum_key, strlen(checksum_key))) {
      is_over = PETSC_TRUE;
      if (strtoull(line + strlen(checksum_key), NULL, 16) != hash) {
        status =
            UserError("%s: is damaged or was edited, its checksum does not fit; plan the sweep "
                      "again",
                      path);
      }
      continue;
    }
    hash = add_to_checksum(hash, line);
    if (status) {
      break;
    }
    if (n_lines == 1 && strcmp(line, first_line) != 0) {
      status = UserError("%s: is not the manifest of a sweep; causeway sweep plan makes one", path);
    } else if (!strncmp(line, "# ", 2)) {
      read_header(line, manifest);
    } else if (!read_entry(line, manifest, &n_allocated)) {
      status = UserError("%s: line %" PRId64 ": is not NUMBER, ID and key=value words with tabs "
                         "between them; plan the sweep again",
                         path, n_lines);
    }
  }
  free(line);
  if (!status && manifest->n_entries == 0) {
    status = UserError("%s: has no runs; plan the sweep again", path);
  }
  return status;
}

/* Keys that became different when the sweep was extended vary too. */
static void find_varied(Manifest *manifest)
{
  Words seen = {0};

  for (int64_t e = 0; e < manifest->n_entries; e++) {
    const Words *words = &manifest->entries[e].words;

    for (int64_t k = 0; k < words->n; k++) {
      const char *key = words->words[k].key, *value = WordsFind(&seen, key);

      if (!value) {
        WordsSet(&seen, key, words->words[k].value);
      }
      if (strcmp(key, "seed") != 0 && (value ? strcmp(value, words->words[k].value) != 0 : e > 0)) {
        ManifestAddVaried(manifest, key);
      }
    }
    for (int64_t k = 0; k < seen.n; k++) {
      if (!WordsFind(words, seen.words[k].key)) {
        ManifestAddVaried(manifest, seen.words[k].key);
      }
    }
  }
  WordsFree(&seen);
}

PetscErrorCode ManifestRead(const char *file_or_directory, Manifest *manifest)
{
  char path[PETSC_MAX_PATH_LEN];
  FILE *stream;
  PetscErrorCode status;

  *manifest = (Manifest){.ranks = 1};
  SerialCall(locate(file_or_directory, manifest, path));
  stream = fopen(path, "r");
  if (!stream) {
    return UserError("%s: cannot open the manifest: %s; causeway sweep plan makes it", path,
                     strerror(errno));
  }
  status = read_lines(stream, path, manifest);
  (void)fclose(stream);
  if (status) {
    ManifestFree(manifest);
    return status;
  }
  find_varied(manifest);
  return 0;
}

/* A line that counts for the checksum, built of parts that end with NULL. */
static void put_line(FILE *stream, uint64_t *hash, const Words *words, const char *start)
{
  *hash = TextHash(*hash, start);
  (void)fputs(start, stream);
  for (int64_t k = 0; words && k < words->n; k++) {
    const Word *word = &words->words[k];

    *hash = TextHash(TextHash(TextHash(TextHash(*hash, "\t"), word->key), "="), word->value);
    (void)fprintf(stream, "\t%s=%s", word->key, word->value);
  }
  *hash = TextHash(*hash, "\n");
  (void)fputc('\n', stream);
}

static void put_header(FILE *stream, uint64_t *hash, const char *key, const char *value)
{
  char line[2 * PETSC_MAX_PATH_LEN];

  (void)snprintf(line, sizeof(line), "# %s %s", key, value);
  put_line(stream, hash, NULL, line);
}

static void put_varies(FILE *stream, uint64_t *hash, const Manifest *manifest)
{
  static const char start[] = "# varies";

  *hash = TextHash(*hash, start);
  (void)fputs(start, stream);
  for (int64_t k = 0; k < manifest->n_varied; k++) {
    *hash = TextHash(TextHash(*hash, " "), manifest->varied[k]);
    (void)fprintf(stream, " %s", manifest->varied[k]);
  }
  put_line(stream, hash, NULL, "");
}

PetscErrorCode ManifestWrite(const Manifest *manifest)
{
  char path[PETSC_MAX_PATH_LEN], number[64];
  uint64_t hash = 0;
  FILE *stream;

  PathPrint(path, "%s/manifest.txt", manifest->directory);
  SerialCall(FileBegin(path, &stream));
  put_line(stream, &hash, NULL, first_line);
  put_header(stream, &hash, "name", manifest->name);
  put_header(stream, &hash, "directory", manifest->origin);
  put_header(stream, &hash, "base", manifest->base);
  (void)snprintf(number, sizeof(number), "%016" PRIx64, manifest->base_hash);
  put_header(stream, &hash, "base_hash", number);
  (void)snprintf(number, sizeof(number), "%" PRId64, manifest->ranks);
  put_header(stream, &hash, "ranks", number);
  put_varies(stream, &hash, manifest);
  for (int64_t e = 0; e < manifest->n_entries; e++) {
    const SweepEntry *entry = &manifest->entries[e];

    (void)snprintf(number, sizeof(number), "%" PRId64 "\t%s", entry->number, entry->id);
    put_line(stream, &hash, &entry->words, number);
  }
  (void)fprintf(stream, "%s%016" PRIx64 "\n", checksum_key, hash);
  return FileCommit(path, &stream);
}

PetscErrorCode ManifestCheckBase(const Manifest *manifest)
{
  Words words = {0};
  PetscErrorCode status = 0;

  if (!manifest->base[0]) {
    return 0;
  }
  status = ParameterFileRead(manifest->base, &words);
  if (!status && WordsHash(&words) != manifest->base_hash) {
    status = UserError("%s: has changed since the sweep %s was planned; undo that, or plan the "
                       "sweep with another -output or -overwrite",
                       manifest->base, manifest->name);
  }
  WordsFree(&words);
  return status;
}

const char *EntryText(const Manifest *manifest, const SweepEntry *entry, size_t length, char text[])
{
  const char *seed = WordsFind(&entry->words, "seed");
  size_t used = 0;

  text[0] = 0;
  for (int64_t k = 0; k < manifest->n_varied && used < length; k++) {
    const char *value = WordsFind(&entry->words, manifest->varied[k]);

    if (value) {
      used += (size_t)snprintf(text + used, length - used, "%s=%s ", manifest->varied[k], value);
    }
  }
  if (used < length) {
    (void)snprintf(text + used, length - used, "seed=%s", seed ? seed : "");
  }
  return text;
}
