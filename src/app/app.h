/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_APP_H
#define CAUSEWAY_APP_H

#include "causeway/causeway.h"

enum { MAX_SCORES = 32 };

/* One row of the final table. */
typedef struct {
  const char *method, *reading;
  Evaluation evaluation;
  double seconds, flops; /* of the method; 0 when not known */
} Score;

/* Everything a command works on. The objects exist from AppCreate() on; stages fill them. */
typedef struct {
  MPI_Comm comm;
  int rank, size;
  const char *command;    /* borrowed */
  const char *input_file; /* YAML, or NULL; borrowed */
  Parameters parameters;

  int64_t seed, blas_threads;
  PetscBool overwrite, dry_run;
  double progress_interval_s;
  char output[PETSC_MAX_PATH_LEN]; /* "" for none */
  PetscBool created_output, committed_output;
  char truth_file[PETSC_MAX_PATH_LEN], scores_file[PETSC_MAX_PATH_LEN];
  char *parameters_yaml;

  Network network; /* that is simulated */
  Network truth;   /* given, or NULL */
  Simulation simulation;
  Activity activity;
  Granger granger;
  Causality causality; /* NULL until a stage makes scores */

  PetscBool simulates;
  int64_t n_neurons, n_samples, n_spikes; /* -1 when not known */
  double memory, disk;                    /* predicted bytes: per rank, of files */
  double held;                            /* of the memory, what stays until the end */
  int n_scores;
  Score scores[MAX_SCORES];
} App;

/* A part of a command. A command is a list of stages, see commands.c. */
typedef struct {
  const char *name;
  /* Looks at the inputs without computing anything: existence, shapes, predicted memory and file
   * size. */
  PetscErrorCode (*prepare)(App *app);
  PetscErrorCode (*execute)(App *app);
  LogStage log_stage;
  double seconds; /* spent in execute; negative until then */
} Stage;

extern Stage StageSimulate, StageGranger, StageEvaluate;

typedef struct {
  const char *name, *text;
  Stage *stages[4]; /* NULL-terminated */
} Command;

/* NULL when there is no such command. */
const Command *CommandFind(const char *name);
extern const Command Commands[];
PetscErrorCode CommandRun(App *app, const Command *command);

PetscErrorCode AppCreate(MPI_Comm comm, App *app);
PetscErrorCode AppDestroy(App *app);

/* Reads all parameters of all objects, active or not for the command, and refuses unknown ones. */
PetscErrorCode AppSetFromOptions(App *app, const Command *command);

/* "OUTPUT/name" */
PetscErrorCode AppPath(const App *app, const char *name, size_t length, char path[]);

/* The output directory, collective. OutputCheck() refuses one that exists; OutputCreate() makes it,
   with log and parameters under provisional names, which OutputCommit() makes final with the first
   result. OutputDiscard() takes back what was not committed: a mistake found in the data leaves an
   older run's files as they were. */
PetscErrorCode OutputCheck(App *app);
PetscErrorCode OutputCreate(App *app);
PetscErrorCode OutputCommit(App *app);
PetscErrorCode OutputDiscard(App *app);

PetscErrorCode SummaryAdd(App *app, const char *method, const char *reading,
                          const Evaluation *evaluation, double seconds, double flops);
PetscErrorCode SummaryPrint(const App *app);
PetscErrorCode SummaryWrite(App *app, const Command *command);

#endif
