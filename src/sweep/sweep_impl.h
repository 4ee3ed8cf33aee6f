/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SWEEP_IMPL_H
#define CAUSEWAY_SWEEP_IMPL_H

#include "causeway/internal/serial/serial.h"

#include <petscsys.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

enum { SWEEP_DONE = 0, SWEEP_FAILED = 1, SWEEP_USER = 2, SWEEP_CONTINUE = 75 };
enum { SWEEP_ID_LENGTH = 12 };

/* "key=value" */
typedef struct {
  char *key, *value;
} Word;

typedef struct {
  int64_t n;
  Word *words;
} Words;

/* One run. */
typedef struct {
  int64_t number;               /* from 1, in the order of the manifest */
  char id[SWEEP_ID_LENGTH + 1]; /* of all parameters that make its result */
  Words words;                  /* over the base, the seed first, then by key */
} SweepEntry;

/* DIR/manifest.txt */
typedef struct {
  char directory[PETSC_MAX_PATH_LEN]; /* DIR, absolute */
  char name[256];
  char origin[PETSC_MAX_PATH_LEN]; /* where it was planned: what relative paths refer to */
  char base[PETSC_MAX_PATH_LEN];   /* absolute, "" for none */
  uint64_t base_hash;
  int64_t ranks;
  int64_t n_varied;
  char **varied; /* keys, without the seed */
  int64_t n_entries;
  SweepEntry *entries;
} Manifest;

/* A key of `grid` or `zip` with its values. */
typedef struct {
  char *key;
  int64_t n_values;
  char **values;
} SweepList;

/* What a sweep file says. */
typedef struct {
  const char *file;
  char base[PETSC_MAX_PATH_LEN]; /* absolute, "" for none */
  Words base_words, fixed;
  int64_t n_grid, n_zip, replicates, ranks;
  SweepList *grid, *zip;
} SweepFile;

/* What is known of a run from its files. */
typedef enum {
  STATE_MISSING, /* never started */
  STATE_DONE,    /* summary.json is there */
  STATE_RUNNING, /* its lock is held */
  STATE_STOPPED, /* to be continued */
  STATE_FAILED,
  N_STATES
} SweepState;

/* runs/ID.status */
typedef struct {
  SweepState state;
  int exit_status;
  double seconds;
  char reason[512]; /* why it failed, one line */
} SweepStatus;

typedef struct {
  const char *command, *input; /* input: FILE, manifest or directory */
  const char *output, *entries, *launcher;
  int64_t n_jobs;
  PetscBool overwrite, json;
} SweepOptions;

/* words.c */
uint64_t TextHash(uint64_t hash, const char *text);

const char *WordsFind(const Words *words, const char *key); /* NULL when there is none */
void WordsSet(Words *words, const char *key, const char *value);
void WordsSort(Words *words);
void WordsFree(Words *words);
/* Of sorted words; numbers that are equal count as equal however they are written. */
uint64_t WordsHash(const Words *words);

PetscErrorCode ProgramPath(size_t length, char path[]); /* of this program, absolute */

/* sweep_file.c */
PetscErrorCode SweepFileRead(const char *path, SweepFile *file);
void SweepFileFree(SweepFile *file);
/* The words of a YAML file of parameters, but for those that change no result; "a: {b: v}" is the key
   a_b. */
PetscErrorCode ParameterFileRead(const char *path, Words *words);

/* manifest.c */
PetscErrorCode ManifestRead(const char *file_or_directory, Manifest *manifest);
PetscErrorCode ManifestWrite(const Manifest *manifest);
void ManifestFree(Manifest *manifest);
void ManifestAddVaried(Manifest *manifest, const char *key);
/* "DIR/folder/ID" and what follows it */
void ManifestPath(const Manifest *manifest, const char *folder, const SweepEntry *entry,
                  const char *suffix, char path[PETSC_MAX_PATH_LEN]);
/* Refuses a base that has changed since the sweep was planned. */
PetscErrorCode ManifestCheckBase(const Manifest *manifest);
/* The varied parameters and the seed, for people. */
const char *EntryText(const Manifest *manifest, const SweepEntry *entry, size_t length,
                      char text[]);

/* state.c */
extern const char *const SweepStateNames[];
PetscBool EntryIsDone(const Manifest *manifest, const SweepEntry *entry);
/* Takes the lock and gives its descriptor, or -1 when another process has it. */
PetscErrorCode EntryLock(const Manifest *manifest, const SweepEntry *entry, int *descriptor);
PetscErrorCode StatusWrite(const Manifest *manifest, const SweepEntry *entry,
                           const SweepStatus *status);
void StatusRead(const Manifest *manifest, const SweepEntry *entry, SweepStatus *status);
/* When the status was written last [ns], 0 for never. */
int64_t StatusTime(const Manifest *manifest, const SweepEntry *entry);
/* From all files of the entry. */
void EntryStatus(const Manifest *manifest, const SweepEntry *entry, SweepStatus *status);

/* The rows of collect. */
enum { N_METRICS = 7 };
typedef struct {
  const char *name, *units, *text;
} Metric;
extern const Metric Metrics[N_METRICS];

typedef struct {
  const SweepEntry *entry;
  char *method, *reading;
  PetscBool is_of_member;  /* of an ensemble, whose mean is another row */
  double value[N_METRICS]; /* NaN for null */
} SweepRow;

typedef struct {
  const SweepEntry *entry; /* of one replicate */
  const char *method, *reading;
  PetscBool is_of_member;
  int64_t n_runs, count[N_METRICS];
  double mean[N_METRICS], ci95[N_METRICS]; /* half width; NaN for less than two */
} SweepMean;

typedef struct {
  const Manifest *manifest;
  int64_t n_rows, n_means;
  SweepRow *rows;
  SweepMean *means;
  int64_t n_in_state[N_STATES], n_unreadable; /* runs */
} SweepTable;

/* collect.c: the scores of all runs that are done, and their means; ended with TableFree(), also after an error. */
PetscErrorCode TableCollect(SweepTable *table);
void TableFree(SweepTable *table);

/* mean.c: groups the rows that differ in nothing but the seed. */
void TableMeans(SweepTable *table);
/* table_h5.c */
PetscErrorCode TableWriteHDF5(const SweepTable *table, const char *path);

/* The commands; `exit_status` is set when they succeed. */
PetscErrorCode SweepPlan(const SweepOptions *options, int *exit_status);
PetscErrorCode SweepRun(const SweepOptions *options, int *exit_status);
PetscErrorCode SweepStatusPrint(const SweepOptions *options, int *exit_status);
PetscErrorCode SweepCollect(const SweepOptions *options, int *exit_status);
PetscErrorCode SweepReport(const SweepOptions *options, int *exit_status);

/* launch.c: the command line of a run. */
typedef struct {
  int64_t n;
  char **words; /* (n + 1), NULL at the end, owned */
} Arguments;

void ArgumentsAdd(Arguments *arguments, const char *word);
void ArgumentsSplit(Arguments *arguments, const char *text); /* at white space */
void ArgumentsRun(Arguments *arguments, const char *program, const char *base, const Words *words);
void ArgumentsFree(Arguments *arguments);
PetscErrorCode LauncherCheck(const Arguments *launcher);

#endif
