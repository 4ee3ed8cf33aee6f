/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_APP_H
#define CAUSEWAY_APP_H

#include "causeway/causeway.h"

/* One row of the final table. */
typedef struct {
  const char *method, *reading; /* copied by SummaryAdd() */
  int64_t window;               /* set by it */
  PetscBool in_table;           /* else only in summary.json */
  Evaluation evaluation;
  EvaluationCurve curve; /* taken over by SummaryAdd() */
  double seconds, flops; /* of the method; 0 when not known */
} Score;

/* A file that a parameter names, as it was when the run began: see inputs.c. */
typedef struct {
  char key[128], file[PETSC_MAX_PATH_LEN];
  int64_t bytes;
  char checksum[CHECKSUM_LENGTH];
  int64_t identity[4]; /* length, inode, time: when these stay, so does the content; on rank 0 */
} Input;

enum { MOST_FORECASTERS = 8 };

/* Everything a command works on. The objects exist from AppCreate() on; stages fill them. */
typedef struct {
  MPI_Comm comm;
  int rank, size;
  const char *command;    /* borrowed */
  const char *input_file; /* YAML, or NULL; borrowed */
  Parameters parameters;

  int64_t seed, blas_threads;
  PetscBool reports; /* of `run`, which ends with its report */
  PetscBool overwrite, dry_run, json;
  double progress_interval_s;
  char output[PETSC_MAX_PATH_LEN];                         /* "" for none */
  PetscBool created_output, owns_output, committed_output; /* owns: holds its lock */
  char restart[PETSC_MAX_PATH_LEN];                        /* none, auto, or a snapshot */
  PetscBool resumes, finished; /* continues from a snapshot; has nothing left to do */
  Checkpoint checkpoint;
  int64_t stage;        /* under way, of the command */
  int64_t resume_stage; /* that was under way in the snapshot; -1 for none */
  double stage_start_s, stage_earlier_s,
      stage_seconds; /* of it: MPI_Wtime(), in earlier jobs, all */
  char truth_file[PETSC_MAX_PATH_LEN], scores_file[PETSC_MAX_PATH_LEN];
  ScoreSense scores_sense; /* that of the option, SENSE_UNKNOWN without it */
  char *parameters_yaml;
  int n_inputs;
  Input *inputs; /* (n_inputs) */
  char moved
      [1024]; /* keys of those that had another name before -restart, each with a space behind it */
  char *inputs_text; /* of all of them, for snapshots */

  Network network;        /* that is simulated */
  Network truth;          /* given, or NULL */
  Network switched_truth; /* that of the simulation from a switch on, or NULL */
  Network observed_truth; /* that of the neurons that are seen, or NULL when all are */
  Simulation simulation;
  Observation observation;
  Activity activity;
  Granger granger;
  int n_forecasters;
  Forecaster forecasters[MOST_FORECASTERS];
  Causality causality; /* NULL until a stage makes scores */

  PetscBool simulates;
  PetscBool infers_granger, infers_forecaster;                 /* what this command computes */
  PetscBool loaded, has_granger, has_forecaster, has_forecast; /* what it has so far */
  int64_t n_windows,
      window; /* stretches of time that are inferred from one by one; the one under way */
  char methods[256];
  char model_file[PETSC_MAX_PATH_LEN];
  struct {              /* what the file of a model tells of the activity that it was trained on */
    PetscBool is_taken; /* whether any parameter of its preparation holds for the forecast too */
    char differs[1024]; /* those that the user gave otherwise, "" for none */
    double interval_ms; /* between samples, 0 when it is not known */
  } trained;
  char import_file[PETSC_MAX_PATH_LEN];   /* that an import writes */
  PetscBool import_single;                /* in single precision */
  int forecast_split;                     /* Split */
  double switch_ms;                       /* time from which switched_truth holds */
  int64_t n_observed;                     /* samples of the observation */
  int64_t n_population;                   /* neurons of which n_neurons are seen */
  int64_t n_neurons, n_samples, n_spikes; /* -1 when not known */
  double memory, disk;                    /* predicted bytes: per rank, of files */
  double held;                            /* of the memory, what stays until the end */
  int n_scores;
  Score *scores; /* (n_scores) */
} App;

/* A part of a command. A command is a list of stages, see commands.c. */
typedef struct {
  const char *name;
  /* Looks at the inputs without computing anything: existence, shapes, predicted memory and file
   * size. */
  PetscErrorCode (*prepare)(App *app);
  PetscErrorCode (*execute)(App *app);
  const char *files[4]; /* that it writes into the output directory; NULL-terminated */
  LogStage log_stage;
  /* Declare for a snapshot: the state of the stage while it is under way; what later stages and the
     summary need of it once it is done. NULL for nothing. */
  PetscErrorCode (*keep)(App *app, Snapshot snapshot);
  PetscErrorCode (*keep_result)(App *app, Snapshot snapshot);
  double seconds; /* spent in execute; negative until then */
} Stage;

extern Stage StageImport, StageSimulate, StageObserve, StageGranger, StageTrain, StageForecast,
    StageEvaluate;

typedef struct {
  const char *name, *text;
  Stage *stages[6]; /* NULL-terminated */
} Command;

/* NULL when there is no such command. */
const Command *CommandFind(const char *name);
extern const Command Commands[];
PetscErrorCode CommandRun(App *app, const Command *command);

PetscErrorCode AppCreate(MPI_Comm comm, App *app);
PetscErrorCode AppDestroy(App *app);

/* Reads all parameters of all objects, active or not for the command, and refuses unknown ones. */
PetscErrorCode AppSetFromOptions(App *app, const Command *command);

/* Runs `write` on a new file of the output directory; it appears only when complete. */
typedef PetscErrorCode (*WriteFile)(App *app, DataFile file);
PetscErrorCode AppWriteFile(App *app, const char *name, WriteFile write);
/* The same of NAME.h5 of the window under way. */
PetscErrorCode AppWriteWindow(App *app, const char *name, WriteFile write);

/* The activity, read when a stage first needs it; and causality.h5 with all scores so far. */
PetscErrorCode AppLoadActivity(App *app);
PetscErrorCode AppInspectActivity(App *app);
PetscErrorCode AppCausality(App *app);
PetscErrorCode AppWriteCausality(App *app);

/*@
  AppWriteNeurons - which neurons the rows of a file of results are, /labels and /observed_neurons
  AppReadObserved - the latter; without it n is 0 and the index NULL; ended with ObservedDestroy()
  AppReadLabels - the former, none where there are none; ended with LabelsDestroy()
  AppTakeModelNeurons - of the activity, the neurons that the model was trained on: those of the same names, or numbers

  Collective
  Errors: CAUSEWAY_ERR_USER for neurons that the activity does not have
@*/
PetscErrorCode AppWriteNeurons(App *app, DataFile file);
PetscErrorCode AppReadObserved(DataFile file, Observed *observed);
PetscErrorCode AppReadLabels(DataFile file, Labels *labels);
PetscErrorCode AppTakeModelNeurons(App *app);

/*@
  AppMatchNames - neurons by their names, which stand in the same order on both sides

  Not collective, the same everywhere
  Input:  have, source - names, and where they are, for messages
          need, user   - those that are looked for, and by whom
  Output: index        - (need->n) place of each among `have`
          n_found      - 0 when they have no name in common, also after an error
  Errors: CAUSEWAY_ERR_USER for names that are missing or in another order
@*/
PetscErrorCode AppMatchNames(const Labels *have, const char *source, const Labels *need,
                             const char *user, int64_t index[], int64_t *n_found);

/*@
  AppTakeModelSteps - before the activity reads its parameters: those of its preparation that the user has not given are
                      those of the training of -model
  AppTellModelSteps - says so, and which differ
  AppCheckModelInterval - warns of another distance of samples; after ActivityLoad()
  AppWriteModelInterval - the distance, to the file of a model

  Collective
@*/
PetscErrorCode AppTakeModelSteps(App *app);
PetscErrorCode AppTellModelSteps(App *app);
PetscErrorCode AppCheckModelInterval(App *app);
PetscErrorCode AppWriteModelInterval(App *app, DataFile file);

/* "OUTPUT/name" */
PetscErrorCode AppPath(const App *app, const char *name, size_t length, char path[]);

/* The output directory, collective. OutputCheck() refuses one that exists, OutputCheckInputs() one in which the command
   would replace a file that it reads, OutputCheckSpace() a disk that is too full; OutputCreate() makes it, with log and
   parameters under provisional names, which OutputCommit() makes final with the first result, the file `written` or NULL.
   OutputDiscard() takes back what was not committed: a mistake found in the data leaves an older run's files as they were.
   OutputWrites(), not collective, is whether a command writes or removes a file of that name there. */
PetscErrorCode OutputCheck(App *app);
PetscErrorCode OutputCheckInputs(App *app, const Command *command);
PetscBool OutputWrites(const App *app, const Command *command, const char *name);
PetscErrorCode OutputCheckSpace(App *app);
PetscErrorCode OutputCreate(App *app);
PetscErrorCode OutputCommit(App *app, const char *written);
PetscErrorCode OutputDiscard(App *app);

/* OUTPUT/NAME.h5, with several windows OUTPUT/NAME_window_K.h5 of the one under way. */
PetscErrorCode AppWindowPath(const App *app, const char *name, size_t length, char path[]);

/* Forgets what was computed of a window and turns to the next one. Collective. */
PetscErrorCode AppNextWindow(App *app);

/* The forecasters of a list of types, with their parameters; of the default type when it is not `given`.
   Collective. */
PetscErrorCode AppCreateForecasters(App *app, const char *types, PetscBool given);

/* Fingerprints of the files that the parameters name; their text, freed by the caller. Collective. */
PetscErrorCode InputsTake(App *app);
PetscErrorCode InputsText(const App *app, char **text);
/* Refuses files whose content is not that of the text, which is of the run that -restart continues, and remembers
   which have only another name now: InputsMoved() for a parameter with this value and that one before. */
PetscErrorCode InputsCompare(App *app, const char *before, const char *when);
PetscBool InputsMoved(const App *app, const char *key, const char *value, const char *before);
/* Refuses those that have changed since InputsTake(). Collective. */
PetscErrorCode InputsVerify(App *app);

/* The next "key: value" of a text in the form of used_parameters.yaml; false at its end. Whether a run may be
   continued with another value of a key. */
PetscBool RestartNextEntry(const char **text, char key[128], char value[PETSC_MAX_PATH_LEN]);
PetscBool RestartIsFree(const char *key);

/* Decides by -restart and the output directory what is left to do. Collective. */
PetscErrorCode RestartPlan(App *app, const Command *command);

/* Everything that is kept of a run; the context is the App. */
PetscErrorCode AppKeep(Snapshot snapshot, void *context);

/* Whether the stage that is executed now has a state to continue from. */
static inline PetscBool AppResumesStage(const App *app)
{
  return app->resumes && app->stage == app->resume_stage ? PETSC_TRUE : PETSC_FALSE;
}

/* Whose connections are compared with the truth, see match.c: MatchCheck() refuses a truth that does not have the neurons
   of the activity or of the scores; MatchTruth() takes from a truth the neurons that the scores are of, `matched` is NULL
   when these are all. Collective. */
PetscErrorCode MatchCheck(App *app);
PetscErrorCode MatchTruth(App *app, Network truth, Network *matched);

PetscErrorCode SummaryAdd(App *app, const Score *score);
PetscErrorCode SummaryKeep(App *app, Snapshot snapshot);
PetscErrorCode SummaryFree(App *app);
PetscErrorCode SummaryWriteCurves(App *app); /* evaluation.h5 of the window under way */
PetscErrorCode SummaryPrint(const App *app);
/* To OUTPUT/summary.json, and with -json to standard output; SummaryRepeat(): what stands there already. */
PetscErrorCode SummaryWrite(App *app, const Command *command);
PetscErrorCode SummaryRepeat(const App *app);
/* What the text of a summary says of inputs, in the form of InputsText(); freed by the caller. */
PetscErrorCode SummaryInputs(const char *summary, char **text);
/* Refuses a finished run whose files of results (`parameters`: only used_parameters.yaml) are gone or of another length
   than its summary says. Collective. */
PetscErrorCode SummaryCheckOutputs(const App *app, const char *summary, PetscBool parameters);

#endif
