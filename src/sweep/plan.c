/* SPDX-License-Identifier: GPL-3.0-or-later */

/* causeway sweep plan: from a sweep file to a manifest. */
#include "sweep_impl.h"

#include "causeway/error.h"
#include "causeway/internal/core/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_ENTRIES = 1000000, MAX_CHECKS = 16 };

/* Where each list stands: the indices of all lists of the grid, then that of the zip. */
typedef int64_t *Choice; /* (n_grid + 1) */

static int64_t choice_size(const SweepFile *file, int64_t k)
{
  return k < file->n_grid ? file->grid[k].n_values : (file->n_zip ? file->zip[0].n_values : 1);
}

/* The words of a run over its base; a seed in a list or in `parameters` wins over the base's. */
static PetscErrorCode choose_words(const SweepFile *file, const int64_t choice[], int64_t replicate,
                                   Words *words)
{
  const char *base_seed = WordsFind(&file->base_words, "seed"), *seed;
  char number[32];
  int64_t value = 0;

  *words = (Words){0};
  WordsSet(words, "seed", base_seed ? base_seed : "0");
  for (int64_t k = 0; k < file->fixed.n; k++) {
    WordsSet(words, file->fixed.words[k].key, file->fixed.words[k].value);
  }
  for (int64_t k = 0; k < file->n_grid; k++) {
    WordsSet(words, file->grid[k].key, file->grid[k].values[choice[k]]);
  }
  for (int64_t k = 0; k < file->n_zip; k++) {
    WordsSet(words, file->zip[k].key, file->zip[k].values[choice[file->n_grid]]);
  }
  seed = WordsFind(words, "seed");
  if (!TextInteger(seed, 0, UINT32_MAX - replicate, &value)) {
    PetscErrorCode status = UserError("%s: seed = %s: expected an integer between 0 and %lld",
                                      file->file, seed, (long long)(UINT32_MAX - replicate));

    WordsFree(words);
    return status;
  }
  (void)snprintf(number, sizeof(number), "%" PRId64, value + replicate);
  WordsSet(words, "seed", number);
  WordsSort(words);
  return 0;
}

/* What tells runs apart: all parameters, those of the base too. */
static void make_id(const SweepFile *file, const Words *words, char id[SWEEP_ID_LENGTH + 1])
{
  Words all = {0};

  for (int64_t k = 0; k < file->base_words.n; k++) {
    WordsSet(&all, file->base_words.words[k].key, file->base_words.words[k].value);
  }
  for (int64_t k = 0; k < words->n; k++) {
    WordsSet(&all, words->words[k].key, words->words[k].value);
  }
  WordsSort(&all);
  (void)snprintf(id, SWEEP_ID_LENGTH + 1, "%012" PRIx64, WordsHash(&all) >> 16);
  WordsFree(&all);
}

/* The next combination, the last list fastest; false after the last. */
static PetscBool next_choice(const SweepFile *file, Choice choice)
{
  for (int64_t k = file->n_grid; k >= 0; k--) {
    if (++choice[k] < choice_size(file, k)) {
      return PETSC_TRUE;
    }
    choice[k] = 0;
  }
  return PETSC_FALSE;
}

static PetscErrorCode count_entries(const SweepFile *file, int64_t *n)
{
  *n = file->replicates;
  for (int64_t k = 0; k <= file->n_grid; k++) {
    const int64_t size = choice_size(file, k);

    if (*n > MAX_ENTRIES / size) {
      return UserError("%s: makes more than %d runs; split it", file->file, MAX_ENTRIES);
    }
    *n *= size;
  }
  return 0;
}

static PetscErrorCode expand(const SweepFile *file, Manifest *manifest)
{
  Choice choice = MemoryGrow(NULL, file->n_grid + 1, sizeof(int64_t));
  PetscErrorCode status;
  int64_t n;

  memset(choice, 0, (size_t)(file->n_grid + 1) * sizeof(int64_t));
  status = count_entries(file, &n);
  manifest->entries = status ? NULL : MemoryGrow(NULL, n, sizeof(SweepEntry));
  if (!status) {
    do {
      for (int64_t r = 0; r < file->replicates && !status; r++) {
        SweepEntry *entry = &manifest->entries[manifest->n_entries];

        status = choose_words(file, choice, r, &entry->words);
        if (!status) {
          make_id(file, &entry->words, entry->id);
          entry->number = ++manifest->n_entries;
        }
      }
    } while (!status && next_choice(file, choice));
  }
  free(choice);
  return status;
}

static int compare_ids(const void *a, const void *b)
{
  return strcmp((*(SweepEntry *const *)a)->id, (*(SweepEntry *const *)b)->id);
}

/* The entries in the order of their ids; freed by the caller. */
static SweepEntry **sorted_entries(const Manifest *manifest)
{
  SweepEntry **sorted = MemoryGrow(NULL, manifest->n_entries, sizeof(SweepEntry *));

  for (int64_t e = 0; e < manifest->n_entries; e++) {
    sorted[e] = &manifest->entries[e];
  }
  qsort(sorted, (size_t)manifest->n_entries, sizeof(SweepEntry *), compare_ids);
  return sorted;
}

static PetscErrorCode check_unique(const SweepFile *file, const Manifest *manifest)
{
  SweepEntry **sorted = sorted_entries(manifest);
  char text[1024];
  PetscErrorCode status = 0;

  for (int64_t e = 1; e < manifest->n_entries && !status; e++) {
    if (!strcmp(sorted[e - 1]->id, sorted[e]->id)) {
      status = UserError("%s: makes the same run twice: %s; remove one of the equal values",
                         file->file, EntryText(manifest, sorted[e], sizeof(text), text));
    }
  }
  free(sorted);
  return status;
}

/* Runs `arguments` in `directory` and keeps the last line of error. */
static PetscErrorCode capture(const Arguments *arguments, const char *directory, int *exit_status,
                              size_t length, char line[])
{
  static const char mark[] = "causeway: error: ";
  int ends[2], result = 0;
  char *text = NULL;
  size_t size = 0;
  FILE *stream;
  pid_t pid;

  line[0] = 0;
  if (pipe(ends) || (pid = fork()) < 0) {
    return UserError("cannot start the program to check the sweep: %s", strerror(errno));
  }
  if (pid == 0) {
    const int nothing = open("/dev/null", O_RDWR);

    if (!chdir(directory) && dup2(nothing, 0) >= 0 && dup2(nothing, 1) >= 0 &&
        dup2(ends[1], 2) >= 0) {
      (void)close(ends[0]);
      (void)close(ends[1]);
      (void)execvp(arguments->words[0], arguments->words);
    }
    _exit(127);
  }
  (void)close(ends[1]);
  stream = fdopen(ends[0], "r");
  while (stream && getline(&text, &size, stream) >= 0) {
    text[strcspn(text, "\n")] = 0;
    if (!strncmp(text, mark, sizeof(mark) - 1)) {
      (void)snprintf(line, length, "%s", text + sizeof(mark) - 1);
    }
  }
  free(text);
  if (stream) {
    (void)fclose(stream);
  }
  while (waitpid(pid, &result, 0) < 0 && errno == EINTR) {
  }
  *exit_status = WIFEXITED(result) ? WEXITSTATUS(result) : 128 + WTERMSIG(result);
  return 0;
}

/* A dry run of one combination. */
static PetscErrorCode check_run(const SweepFile *file, const Manifest *manifest,
                                const SweepOptions *options, const int64_t choice[])
{
  Arguments arguments = {0};
  Words words;
  char program[PETSC_MAX_PATH_LEN], output[PETSC_MAX_PATH_LEN], line[2048], remedy[512] = "";
  int exit_status = 0;
  PetscErrorCode status;

  SerialCall(ProgramPath(sizeof(program), program));
  SerialCall(choose_words(file, choice, 0, &words));
  ArgumentsSplit(&arguments, options->launcher ? options->launcher : "");
  status = LauncherCheck(&arguments);
  ArgumentsRun(&arguments, program, file->base, &words);
  PathPrint(output, "%s/runs/check-%ld", manifest->directory, (long)getpid());
  ArgumentsAdd(&arguments, "-output");
  ArgumentsAdd(&arguments, output);
  ArgumentsAdd(&arguments, "-dry_run");
  status =
      status ? status : capture(&arguments, manifest->origin, &exit_status, sizeof(line), line);
  if (file->ranks > 1 && !options->launcher) {
    (void)snprintf(remedy, sizeof(remedy),
                   " (checked on 1 rank; -launcher \"mpirun -n %lld\" checks on %lld)",
                   (long long)file->ranks, (long long)file->ranks);
  }
  if (!status && exit_status != 0) {
    status = line[0] ? UserError("%s: %s%s", file->file, line, remedy)
                     : UserError("%s: the dry run of a combination ended with status %d%s",
                                 file->file, exit_status, remedy);
  }
  ArgumentsFree(&arguments);
  WordsFree(&words);
  return status;
}

/* Every key and, as far as a few dry runs go, every value: in the k-th each list stands at its k-th
   value. */
static PetscErrorCode check_runs(const SweepFile *file, const Manifest *manifest,
                                 const SweepOptions *options)
{
  Choice choice = MemoryGrow(NULL, file->n_grid + 1, sizeof(int64_t));
  int64_t n_checks = 1;
  PetscErrorCode status = 0;

  for (int64_t k = 0; k <= file->n_grid; k++) {
    n_checks = PetscMax(n_checks, choice_size(file, k));
  }
  n_checks = PetscMin(n_checks, MAX_CHECKS);
  for (int64_t c = 0; c < n_checks && !status; c++) {
    for (int64_t k = 0; k <= file->n_grid; k++) {
      choice[k] = c % choice_size(file, k);
    }
    status = check_run(file, manifest, options, choice);
  }
  free(choice);
  return status;
}

/* The file's name without folder and ending. */
static PetscErrorCode sweep_name(const char *file, size_t length, char name[])
{
  const char *slash = strrchr(file, '/'), *start = slash ? slash + 1 : file;
  const char *dot = strrchr(start, '.');

  (void)snprintf(name, length, "%.*s", dot && dot != start ? (int)(dot - start) : (int)length,
                 start);
  return name[0] && !strchr(name, '\n') ? 0 : UserError("%s: is not the name of a file", file);
}

/* Directories as they will be called; nothing is made yet. */
static PetscErrorCode set_directories(const SweepOptions *options, Manifest *manifest)
{
  const char *output = options->output;
  char relative[512], *absolute;

  (void)snprintf(relative, sizeof(relative), "runs/%s", manifest->name);
  output = output ? output : relative;
  if (!getcwd(manifest->origin, sizeof(manifest->origin))) {
    return UserError("cannot tell the current directory: %s", strerror(errno));
  }
  absolute = realpath(output, NULL);
  if (absolute) {
    PathPrint(manifest->directory, "%s", absolute);
    free(absolute);
  } else if (output[0] == '/') {
    PathPrint(manifest->directory, "%s", output);
  } else {
    PathPrint(manifest->directory, "%.*s/%s", (int)(sizeof(manifest->directory) / 2),
              manifest->origin, output);
  }
  return strpbrk(manifest->directory, "\n\t") || strchr(manifest->origin, '\n')
             ? UserError("%s: the name must not contain tabs or lines", output)
             : 0;
}

static PetscBool is_empty(const char *directory)
{
  DIR *stream = opendir(directory);
  int n = 0;

  while (stream && readdir(stream) && n <= 2) {
    n++;
  }
  if (stream) {
    (void)closedir(stream);
  }
  return n <= 2 ? PETSC_TRUE : PETSC_FALSE; /* . and .. */
}

/* Opens the manifest that is extended, if any. */
static PetscErrorCode read_old(const SweepFile *file, const SweepOptions *options,
                               const Manifest *manifest, Manifest *old)
{
  char path[PETSC_MAX_PATH_LEN];
  struct stat about;

  *old = (Manifest){0};
  if (stat(manifest->directory, &about)) {
    return 0;
  }
  if (!S_ISDIR(about.st_mode)) {
    return UserError("output = %s: is a file, not a directory; choose another -output",
                     manifest->directory);
  }
  if (options->overwrite) {
    return 0;
  }
  PathPrint(path, "%s/manifest.txt", manifest->directory);
  if (access(path, F_OK)) {
    return is_empty(manifest->directory)
               ? 0
               : UserError("output = %s: exists already and holds no sweep; choose another "
                           "-output, or use it with -overwrite",
                           manifest->directory);
  }
  SerialCall(ManifestRead(manifest->directory, old));
  if (strcmp(old->name, manifest->name) != 0) {
    return UserError("output = %s: holds the sweep %s; choose another -output, or replace it with "
                     "-overwrite",
                     manifest->directory, old->name);
  }
  if (old->base_hash != manifest->base_hash) {
    return UserError("%s: base has changed since the sweep was planned in %s, whose older runs "
                     "would mean something else; choose another -output, or forget them with "
                     "-overwrite",
                     file->file, manifest->directory);
  }
  return 0;
}

/* Puts the older entries first, with their numbers, and those that are new behind them. */
static void extend(Manifest *manifest, Manifest *old, int64_t *n_new)
{
  SweepEntry **sorted = sorted_entries(old);
  const int64_t n_old = old->n_entries;
  SweepEntry *entries = MemoryGrow(NULL, old->n_entries + manifest->n_entries, sizeof(SweepEntry));

  for (int64_t e = 0; e < n_old; e++) {
    entries[e] = old->entries[e];
  }
  *n_new = 0;
  for (int64_t e = 0; e < manifest->n_entries; e++) {
    SweepEntry *entry = &manifest->entries[e];

    if (n_old && bsearch(&entry, sorted, (size_t)n_old, sizeof(SweepEntry *), compare_ids)) {
      WordsFree(&entry->words);
    } else {
      entry->number = n_old + *n_new + 1;
      entries[n_old + (*n_new)++] = *entry;
    }
  }
  for (int64_t k = 0; k < old->n_varied; k++) {
    ManifestAddVaried(manifest, old->varied[k]);
  }
  if (n_old) {
    memcpy(manifest->origin, old->origin, sizeof(manifest->origin));
  }
  free(sorted);
  free(manifest->entries);
  manifest->entries = entries;
  manifest->n_entries = n_old + *n_new;
  old->n_entries = 0; /* their words belong to the new manifest */
}

static PetscErrorCode plan(const SweepOptions *options, const SweepFile *file, Manifest *manifest)
{
  Manifest old = {0};
  int64_t n_new = 0;
  int exists;
  PetscErrorCode status;

  for (int64_t k = 0; k < file->n_grid; k++) {
    if (strcmp(file->grid[k].key, "seed") != 0) {
      ManifestAddVaried(manifest, file->grid[k].key);
    }
  }
  for (int64_t k = 0; k < file->n_zip; k++) {
    if (strcmp(file->zip[k].key, "seed") != 0) {
      ManifestAddVaried(manifest, file->zip[k].key);
    }
  }
  manifest->ranks = file->ranks;
  manifest->base_hash = file->base[0] ? WordsHash(&file->base_words) : 0;
  memcpy(manifest->base, file->base, sizeof(manifest->base));
  SerialCall(sweep_name(file->file, sizeof(manifest->name), manifest->name));
  SerialCall(set_directories(options, manifest));
  exists = !access(manifest->directory, F_OK);
  SerialCall(DirectoryLock(manifest->directory, PETSC_TRUE));
  SerialCall(expand(file, manifest));
  SerialCall(check_unique(file, manifest));
  status = read_old(file, options, manifest, &old);
  if (!status) {
    const int64_t n_planned = manifest->n_entries;

    extend(manifest, &old, &n_new);
    status = check_runs(file, manifest, options);
    status = status ? status : DirectoryMake(manifest->directory);
    status = status || exists ? status : DirectoryLock(manifest->directory, PETSC_TRUE);
    status = status ? status : ManifestWrite(manifest);
    if (!status) {
      (void)printf("sweep %s: %" PRId64 " runs, %" PRId64 " of them new; %" PRId64
                   " in %s/manifest.txt\n",
                   manifest->name, n_planned, n_new, manifest->n_entries, manifest->directory);
    }
  }
  ManifestFree(&old);
  return status;
}

PetscErrorCode SweepPlan(const SweepOptions *options, int *exit_status)
{
  SweepFile file;
  Manifest manifest = {0};
  PetscErrorCode status;

  SerialCall(SweepFileRead(options->input, &file));
  status = plan(options, &file, &manifest);
  ManifestFree(&manifest);
  SweepFileFree(&file);
  *exit_status = SWEEP_DONE;
  return status;
}
