/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_APP_H
#define CAUSEWAY_APP_H

#include "causeway/causeway.h"

/* One row of the final table. */
typedef struct {
  const char *method, *reading; /* SummaryAdd() copies both */
  int64_t window;               /* SummaryAdd() sets it */
  PetscBool in_table;           /* if false, only in summary.json */
  Evaluation evaluation;
  EvaluationCurve curve; /* SummaryAdd() takes ownership */
  double seconds, flops; /* of the method; 0 when unknown */
} Score;

/* Input file named by a parameter, in its state at the start of the run: see inputs.c. */
typedef struct {
  char key[128], file[PETSC_MAX_PATH_LEN];
  int64_t bytes;
  char checksum[CHECKSUM_LENGTH];
  int64_t identity[4]; /* length, inode, times: if unchanged, so is the content; on rank 0 */
} Input;

/* State common to all commands: parameters, output, predicted cost and progress. Independent of
   stages. */
typedef struct {
  MPI_Comm comm;
  int rank, size;
  const char *command;    /* borrowed */
  const char *input_file; /* YAML, or NULL; borrowed */
  Parameters parameters;
  char *parameters_yaml;

  int64_t seed, blas_threads;
  PetscBool reports; /* draws a report at the end */
  PetscBool overwrite, dry_run, json;
  double progress_interval_s;
  char output[PETSC_MAX_PATH_LEN];                         /* "" for none */
  PetscBool created_output, owns_output, committed_output; /* owns: this run holds the lock */
  double memory, disk;                                     /* predicted bytes: per rank, of files */
  double held; /* part of the memory that stays in use until the end */

  int n_inputs;
  Input *inputs;     /* (n_inputs) */
  char *inputs_text; /* text of all inputs, for snapshots */
  char moved[1024];  /* keys of inputs renamed since the run to continue, each with a space */

  Checkpoint checkpoint;
  char restart[PETSC_MAX_PATH_LEN]; /* none, auto, or the path of a snapshot */
  PetscBool resumes, finished;      /* continues from a snapshot; nothing is left to do */
  int64_t stage;                    /* index of the current stage in the command */
  int64_t resume_stage;             /* stage in progress in the snapshot; -1 for none */
  double stage_start_s, stage_earlier_s,
      stage_seconds;         /* of the stage: start by MPI_Wtime(); time in earlier jobs; total */
  int64_t n_windows, window; /* number of time windows, inferred from one by one; the current one */
} Run;

/* Contexts of the stages: what each reads, computes and leaves. `applies`: whether the command
   includes the stage. */
typedef struct {
  PetscBool applies;
  Network network;
  Simulation simulation;
  Network switched; /* the network from a switch on, or NULL */
  double switch_ms; /* time from which the switched network applies */
  int64_t n_spikes; /* -1 when unknown */
} SimulateContext;

typedef struct {
  Observation observation;
  int64_t n_samples;
} ObserveContext;

typedef struct {
  char file[PETSC_MAX_PATH_LEN]; /* file that an import writes */
  int precision;                 /* 0 double, 1 single */
} ImportContext;

typedef struct {
  PetscBool applies, is_done;
  Granger granger;
} GrangerContext;

typedef struct {
  PetscBool applies, is_done;
  ParameterList types; /* types of the forecasters, see ForecasterTypeName() */
  int n_forecasters;
  Forecaster forecasters[PARAMETER_WORDS_MOST];
} TrainContext;

typedef struct {
  PetscBool is_done;
  char model_file[PETSC_MAX_PATH_LEN];
  int split;            /* Split */
  struct {              /* recorded in the model file about the activity of its training */
    PetscBool is_taken; /* whether the forecast takes over any preprocessing parameter */
    char differs[1024]; /* parameters that the user gave differently, "" for none */
    double interval_ms; /* sampling interval, 0 when unknown */
  } trained;
} ForecastContext;

typedef struct {
  char truth_file[PETSC_MAX_PATH_LEN], scores_file[PETSC_MAX_PATH_LEN];
  ScoreSense scores_sense; /* value of -scores_sense, SENSE_UNKNOWN without it */
  Network truth;           /* given, or NULL */
  Network observed_truth;  /* truth of the observed neurons, or NULL when all are observed */
  int n_scores;
  Score *scores; /* (n_scores) */
} EvaluateContext;

/* A setting that the recipe has made. */
typedef struct {
  char key[64], value[64], reason[256];
} RecipeChoice;

enum { MOST_CHOICES = 16 };

typedef struct {
  int type; /* 0 for none */
  int n_choices;
  RecipeChoice choices[MOST_CHOICES];
} RecipeContext;

/* Data passed from stage to stage: the activity, loaded by the first stage that needs it, and the
   scores. */
typedef struct {
  Activity activity;
  PetscBool is_loaded;
  int64_t n_population;         /* all neurons, of which n_neurons are observed */
  int64_t n_neurons, n_samples; /* -1 when unknown */
  Causality causality;          /* NULL until a stage computes scores */
} Data;

/* Everything a command works on. AppCreate() creates the objects; stages fill them. */
typedef struct {
  Run run;
  ParameterList methods; /* of a run: 0 for granger, k for the type k - 1 of forecasters */
  PetscBool describes;   /* prints help, which shows all types of forecasters */
  Data data;
  SimulateContext simulate;
  ObserveContext observe;
  ImportContext import;
  GrangerContext granger;
  TrainContext train;
  ForecastContext forecast;
  EvaluateContext evaluate;
  RecipeContext recipe;
} App;

/* Stage of a command. A command is a list of stages, see commands.c. */
typedef struct {
  const char *name;
  PetscBool (*applies)(
      const App *app); /* whether the stage belongs to this command; NULL: always */
  /* Inspects the inputs without computing anything: existence, shapes, predicted memory and file
     sizes. */
  PetscErrorCode (*prepare)(App *app);
  PetscErrorCode (*execute)(App *app);
  const char *files[4]; /* files that it writes into the output directory; NULL-terminated */
  LogStage log_stage;
  /* Declare data for a snapshot: the state of the running stage; what later stages and the summary
     need once it is done. NULL for nothing. */
  PetscErrorCode (*keep)(App *app, Snapshot snapshot);
  PetscErrorCode (*keep_result)(App *app, Snapshot snapshot);
  double seconds; /* time spent in execute; negative before that */
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

/* Parameter tables whose values go into Run, and into App. */
extern const ParameterSpec RunParameters[];
extern const ParameterSpec MethodParameters[], ReportParameters[], ForecasterParameters[],
    ForecastParameters[], ImportParameters[], TruthParameters[], ScoresParameters[],
    RecipeParameters[];

/* Whether a parameter of the run itself leaves results unchanged; false for all parameters of
   methods and data. Not collective; may be called before PetscInitialize(). */
PetscBool RunParameterIsIdle(const char *key);

/* Directs the log and PETSc's own output to standard output or standard error. */
void ScreenPrint(PetscBool to_error);

/* Makes the settings of the chosen recipe the defaults of parameters, which are declared already. Collective. */
PetscErrorCode RecipeApply(App *app);

/* Logs the settings of the recipe with their reasons. Not collective. */
PetscErrorCode RecipePrint(const App *app);

PetscErrorCode AppCreate(MPI_Comm comm, App *app);
PetscErrorCode AppDestroy(App *app);

/* Reads all parameters of all objects, active or not for the command, and refuses unknown ones. */
PetscErrorCode AppSetFromOptions(App *app, const Command *command);

/* Runs `write` on a new file in the output directory, which appears only when complete. */
typedef PetscErrorCode (*WriteFile)(App *app, DataFile file);
PetscErrorCode AppWriteFile(App *app, const char *name, WriteFile write);
/* Writes NAME.h5 of the current window in the same way. */
PetscErrorCode AppWriteWindow(App *app, const char *name, WriteFile write);

/* Loads the activity when a stage first needs it; writes causality.h5 with all scores so far. */
PetscErrorCode AppLoadActivity(App *app);
PetscErrorCode AppInspectActivity(App *app);
PetscErrorCode AppCausality(App *app);
PetscErrorCode AppWriteCausality(App *app);

/*@
  AppWriteNeurons - writes /labels and /observed_neurons, which identify the rows of a result file
  AppReadObserved - reads /observed_neurons; if missing, n is 0 and the index NULL; destroy with
                    ObservedDestroy()
  AppReadLabels - reads /labels, empty if missing; destroy with LabelsDestroy()
  AppTakeModelNeurons - reduces the activity to the neurons that the model was trained on, by name
                        or number

  Collective
  Errors: CAUSEWAY_ERR_USER for neurons that the activity lacks
@*/
PetscErrorCode AppWriteNeurons(App *app, DataFile file);
PetscErrorCode AppReadObserved(DataFile file, Observed *observed);
PetscErrorCode AppReadLabels(DataFile file, Labels *labels);
PetscErrorCode AppTakeModelNeurons(App *app);

/*@
  AppMatchNames - matches neurons by name; names must have the same order on both sides

  Not collective, the same everywhere
  Input:  have, source - available names, and their source for messages
          need, user   - names to find, and who needs them
  Output: index        - (need->n) position of each in `have`
          n_found      - number of names found; 0 when none is in common, also after an error
  Errors: CAUSEWAY_ERR_USER for names that are missing or in another order
@*/
PetscErrorCode AppMatchNames(const Labels *have, const char *source, const Labels *need,
                             const char *user, int64_t index[], int64_t *n_found);

/*@
  AppTakeModelSteps - takes preprocessing parameters that the user has not given from the training
                      of -model; call before the activity reads its parameters
  AppTellModelSteps - logs this, and which parameters differ
  AppCheckModelInterval - warns of a different sampling interval; call after ActivityLoad()
  AppWriteModelInterval - writes the sampling interval to a model file

  Collective
@*/
PetscErrorCode AppTakeModelSteps(App *app);
PetscErrorCode AppTellModelSteps(App *app);
PetscErrorCode AppCheckModelInterval(App *app);
PetscErrorCode AppWriteModelInterval(App *app, DataFile file);

/* Builds the path "OUTPUT/name". */
PetscErrorCode RunPath(const Run *run, const char *name, size_t length, char path[]);

/* Output directory, collective. OutputCheck() refuses an existing directory, OutputCheckInputs()
   one in which the command would replace a file that it reads, OutputCheckSpace() a disk that is
   too full. OutputCreate() makes the directory, with log and parameters under provisional names.
   OutputCommit() makes these names final with the first result, the file `written` or NULL.
   OutputDiscard() removes what was not committed, so that an error in the data leaves the files of
   an older run untouched. OutputTidy() removes the snapshots of a finished run that was killed
   before it could do so. OutputWrites(), not collective, returns whether a command writes or
   removes a file of that name. */
PetscErrorCode OutputCheck(Run *run);
PetscErrorCode OutputCheckInputs(App *app, const Command *command);
PetscBool OutputWrites(const App *app, const Command *command, const char *name);
PetscErrorCode OutputCheckSpace(Run *run);
PetscErrorCode OutputCreate(Run *run);
PetscErrorCode OutputCommit(App *app, const char *written);
PetscErrorCode OutputDiscard(Run *run);
PetscErrorCode OutputTidy(Run *run);

/* Path of OUTPUT/NAME.h5, or with several windows OUTPUT/NAME_window_K.h5 of the current window. */
PetscErrorCode RunWindowPath(const Run *run, const char *name, size_t length, char path[]);

/* Discards the results of a window and moves to the next one. Collective. */
PetscErrorCode AppNextWindow(App *app);

/* Replaces the forecasters by those of app->train.types, with their declared parameters.
   Collective. */
PetscErrorCode AppCreateForecasters(App *app);

/* Takes fingerprints of the input files; returns them as text, freed by the caller. Collective. */
PetscErrorCode InputsTake(Run *run);
PetscErrorCode InputsText(const Run *run, char **text);
/* Refuses input files whose content differs from the text of the run that -restart continues, and
   records files that were only renamed. InputsMoved() returns whether a parameter changed only by
   such a renaming. */
PetscErrorCode InputsCompare(Run *run, const char *before, const char *when);
PetscBool InputsMoved(const Run *run, const char *key, const char *value, const char *before);
/* Refuses input files that have changed since InputsTake(). Collective. */
PetscErrorCode InputsVerify(Run *run);

/* Reads the next "key: value" of a text in the form of used_parameters.yaml; false at the end.
   RestartIsFree(): whether a run may be continued with another value of a key. */
PetscBool RestartNextEntry(const char **text, char key[128], char value[PETSC_MAX_PATH_LEN]);
PetscBool RestartIsFree(const Run *run, const char *key);

/* Decides from -restart and the output directory what is left to do. Collective. */
PetscErrorCode RestartPlan(App *app, const Command *command);

/* Declares everything that a snapshot keeps of a run; the context is the App. */
PetscErrorCode AppKeep(Snapshot snapshot, void *context);

/* Whether the current stage has a state to continue from. */
static inline PetscBool AppResumesStage(const App *app)
{
  return app->run.resumes && app->run.stage == app->run.resume_stage ? PETSC_TRUE : PETSC_FALSE;
}

/* Matches scored neurons with the truth, see match.c. MatchCheck() refuses a truth that lacks
   neurons of the activity or of the scores. MatchTruth() reduces a truth to the scored neurons;
   `matched` is NULL when these are all. Collective. */
PetscErrorCode MatchCheck(App *app);
PetscErrorCode MatchTruth(App *app, Network truth, Network *matched);

PetscErrorCode SummaryAdd(App *app, const Score *score);
PetscErrorCode SummaryKeep(App *app, Snapshot snapshot);
PetscErrorCode SummaryFree(App *app);
PetscErrorCode SummaryWriteCurves(App *app); /* evaluation.h5 of the current window */
PetscErrorCode SummaryPrint(const App *app);
/* Writes OUTPUT/summary.json, and with -json prints it to standard output; SummaryRepeat() prints
   an existing one. */
PetscErrorCode SummaryWrite(App *app, const Command *command);
PetscErrorCode SummaryRepeat(const Run *run);
/* Extracts the inputs from the text of a summary, in the form of InputsText(); freed by the
   caller. */
PetscErrorCode SummaryInputs(const char *summary, char **text);
/* Refuses a finished run whose result files (`parameters`: only used_parameters.yaml) are missing
   or differ in length from its summary. Collective. */
PetscErrorCode SummaryCheckOutputs(const Run *run, const char *summary, PetscBool parameters);

#endif
