/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app.h"
#include "blas.h"

#include <string.h>

PetscErrorCode AppCreate(MPI_Comm comm, App *app)
{
  PetscFunctionBegin;
  *app = (App){0};
  app->comm = comm;
  PetscCallMPI(MPI_Comm_rank(comm, &app->rank));
  PetscCallMPI(MPI_Comm_size(comm, &app->size));
  app->blas_threads = 1;
  app->progress_interval_s = 10.0;
  app->n_population = app->n_neurons = app->n_samples = app->n_spikes = -1;
  PetscCall(ParametersCreate(comm, &app->parameters));
  PetscCall(NetworkCreate(comm, &app->network));
  PetscCall(SimulationCreate(comm, app->network, &app->simulation));
  PetscCall(ObservationCreate(comm, &app->observation));
  PetscCall(ActivityCreate(comm, &app->activity));
  PetscCall(GrangerCreate(comm, &app->granger));
  PetscCall(CheckpointCreate(comm, &app->checkpoint));
  PetscCall(SimulationSetCheckpoint(app->simulation, app->checkpoint));
  PetscCall(GrangerSetCheckpoint(app->granger, app->checkpoint));
  PetscCall(PetscStrncpy(app->restart, "none", sizeof(app->restart)));
  app->resume_stage = -1;
  app->forecast_split = SPLIT_TEST;
  PetscFunctionReturn(0);
}

PetscErrorCode AppDestroy(App *app)
{
  PetscFunctionBegin;
  PetscCall(CausalityDestroy(&app->causality));
  PetscCall(GrangerDestroy(&app->granger));
  for (int k = 0; k < app->n_forecasters; k++) {
    PetscCall(ForecasterDestroy(&app->forecasters[k]));
  }
  PetscCall(SummaryFree(app));
  PetscCall(ActivityDestroy(&app->activity));
  PetscCall(ObservationDestroy(&app->observation));
  PetscCall(SimulationDestroy(&app->simulation));
  PetscCall(NetworkDestroy(&app->network));
  PetscCall(NetworkDestroy(&app->truth));
  PetscCall(NetworkDestroy(&app->switched_truth));
  PetscCall(NetworkDestroy(&app->observed_truth));
  PetscCall(ParametersDestroy(&app->parameters));
  PetscCall(PetscFree(app->parameters_yaml));
  PetscCall(PetscFree(app->inputs));
  PetscCall(PetscFree(app->inputs_text));
  PetscCall(CheckpointDestroy(&app->checkpoint));
  PetscCall(LogClose());
  PetscFunctionReturn(0);
}

/* runs/NAME, with NAME that of the input file without folder and ending, or the command */
static PetscErrorCode default_output(App *app)
{
  const char *slash = app->input_file ? strrchr(app->input_file, '/') : NULL;
  const char *name = slash ? slash + 1 : (app->input_file ? app->input_file : app->command);
  const char *dot = strrchr(name, '.');
  int length = (int)(dot && dot != name ? dot - name : (ptrdiff_t)strlen(name));

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(app->output, sizeof(app->output), "runs/%.*s", length, name));
  PetscFunctionReturn(0);
}

static PetscErrorCode general_options(App *app)
{
  const PetscBool imports = strcmp(app->command, "import") ? PETSC_FALSE : PETSC_TRUE;
  Parameters p = app->parameters;

  PetscFunctionBegin;
  PetscCall(ParametersSection(p, "general", PETSC_TRUE));
  PetscCall(ParametersInteger(p, "seed", "1", "of all random numbers", 0, UINT32_MAX, &app->seed));
  /* an evaluation alone prints its result and writes files only when told where */
  if (strcmp(app->command, "evaluate") != 0 && !imports) {
    PetscCall(default_output(app));
  }
  PetscCall(ParametersString(p, "output", "directory of all files of the run; of an import, file",
                             sizeof(app->output), app->output));
  if (imports) {
    PetscCall(PetscStrncpy(app->import_file, app->output, sizeof(app->import_file)));
    app->output[0] = 0;
  }
  PetscCall(ParametersFlag(p, "overwrite", "write into an output directory that exists",
                           &app->overwrite));
  PetscCall(ParametersString(p, "restart",
                             "none; auto: begin, continue from the newest snapshot in the output "
                             "directory, or nothing when all is done; or a snapshot FILE",
                             sizeof(app->restart), app->restart));
  PetscCall(CheckpointSetFromOptions(app->checkpoint, p));
  PetscCall(ParametersFlag(p, "dry_run", "check everything, predict memory and file sizes, stop",
                           &app->dry_run));
  PetscCall(ParametersFlag(p, "json",
                           "print the summary alone on standard output, all else on standard error",
                           &app->json));
  LogToError(app->json);
  PetscCall(ParametersReal(p, "progress_interval", "s", "between two progress lines, 0 for none", 0,
                           1e9, &app->progress_interval_s));
  PetscCall(ParametersInteger(p, "blas_threads", "1",
                              "threads of BLAS on each rank, 0 leaves it to the environment", 0,
                              4096, &app->blas_threads));
  ProgressInterval(app->progress_interval_s);
  if (app->blas_threads > 0) {
    UserCheck(
        BlasSetThreads((int)app->blas_threads),
        "blas_threads = %lld: the library %s takes its threads from the environment alone; leave "
        "blas_threads out",
        (long long)app->blas_threads, BlasName());
  }
  PetscFunctionReturn(0);
}

static PetscBool has_stage(const Command *command, const Stage *stage)
{
  for (int k = 0; command && command->stages[k]; k++) {
    if (command->stages[k] == stage) {
      return PETSC_TRUE;
    }
  }
  return PETSC_FALSE;
}

/* The methods of a run, or the one of a command of its own; `types`: those that are forecasters, "" for none. */
static PetscErrorCode method_options(App *app, const Command *command, char types[])
{
  const PetscBool granger = has_stage(command, &StageGranger);
  const PetscBool train = has_stage(command, &StageTrain);
  const PetscBool both = granger && train ? PETSC_TRUE : PETSC_FALSE;
  char word[sizeof(app->methods)] = "granger", *rest = word, *name;
  PetscBool has_granger = PETSC_FALSE;

  PetscFunctionBegin;
  PetscCall(ParametersSection(app->parameters, "run", both));
  PetscCall(ParametersString(app->parameters, "methods",
                             "of inference in `run`: granger, signed, causalformer, or several of "
                             "these with commas",
                             sizeof(word), word));
  PetscCall(PetscStrncpy(app->methods, word, sizeof(app->methods)));
  app->reports = PETSC_TRUE;
  PetscCall(ParametersFlag(app->parameters, "report",
                           "whether a run ends with its pictures, OUTPUT/report.html",
                           &app->reports));
  app->reports = both && app->reports ? PETSC_TRUE : PETSC_FALSE;
  while ((name = strsep(&rest, ","))) {
    const PetscBool is_granger = strcmp(name, "granger") ? PETSC_FALSE : PETSC_TRUE;

    UserCheck(is_granger || ForecasterIsType(name),
              "%s = %s: expected granger, a forecaster (signed, causalformer), or several with "
              "commas such as "
              "granger,causalformer",
              ParametersSource(app->parameters, "methods"), app->methods);
    has_granger = has_granger || is_granger ? PETSC_TRUE : PETSC_FALSE;
    if (!is_granger) {
      PetscCall(PetscStrlcat(types, types[0] ? "," : "", sizeof(app->methods)));
      PetscCall(PetscStrlcat(types, name, sizeof(app->methods)));
    }
  }
  app->infers_granger = both ? has_granger : granger;
  app->infers_forecaster = both ? (types[0] ? PETSC_TRUE : PETSC_FALSE) : train;
  PetscFunctionReturn(0);
}

/* Each has its own parameters, and the common ones where it has none. */
static PetscErrorCode train_options(App *app, Forecaster f, Parameters p, PetscBool renames)
{
  char own[64];

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(own, sizeof(own), "%s_", ForecasterName(f)));
  PetscCall(ParametersPrefix(p, "train_", own, renames));
  PetscCall(ForecasterSetFromOptions(f, p, (uint32_t)app->seed));
  PetscCall(ParametersPrefix(p, NULL, NULL, PETSC_FALSE));
  PetscFunctionReturn(0);
}

/* The parameters of types that are not trained are known too. */
static PetscErrorCode know_all_types(App *app)
{
  Parameters unused;

  PetscFunctionBegin;
  PetscCall(ParametersCreate(app->comm, &unused));
  for (int k = 0; ForecasterTypeName(k); k++) {
    Forecaster f;

    PetscCall(ForecasterCreate(app->comm, &f));
    PetscCall(ForecasterSetType(f, ForecasterTypeName(k)));
    PetscCall(train_options(app, f, unused, PETSC_TRUE));
    PetscCall(ForecasterDestroy(&f));
  }
  PetscCall(ParametersDestroy(&unused));
  PetscFunctionReturn(0);
}

/* Forecasters of the types of a list. */
PetscErrorCode AppCreateForecasters(App *app, const char *list, PetscBool given)
{
  const char *source = ParametersSource(app->parameters, "train_forecaster");
  char word[sizeof(app->methods)], *rest = word, *name;

  PetscFunctionBegin;
  PetscCall(PetscStrncpy(word, list, sizeof(word)));
  while ((name = strsep(&rest, ","))) {
    Forecaster *f = &app->forecasters[app->n_forecasters];

    UserCheck(ForecasterIsType(name) && app->n_forecasters < MOST_FORECASTERS,
              "%s = %s: expected signed, causalformer, or both with a comma", source, list);
    for (int k = 0; k < app->n_forecasters; k++) {
      UserCheck(strcmp(ForecasterName(app->forecasters[k]), name) != 0, "%s = %s: has %s twice",
                source, list, name);
    }
    PetscCall(ForecasterCreate(app->comm, f));
    app->n_forecasters++;
    if (given) { /* else a model that is loaded says it */
      PetscCall(ForecasterSetType(*f, name));
    }
    PetscCall(ForecasterSetCheckpoint(*f, app->checkpoint));
  }
  for (int k = 0; k < app->n_forecasters; k++) {
    PetscCall(train_options(app, app->forecasters[k], app->parameters,
                            app->n_forecasters > 1 ? PETSC_TRUE : PETSC_FALSE));
  }
  PetscFunctionReturn(0);
}

/* `types`: forecasters of the methods, which are those of a run. */
static PetscErrorCode forecaster_options(App *app, PetscBool is_run, PetscBool is_used,
                                         const char *types)
{
  Parameters p = app->parameters;
  char list[sizeof(app->methods)];
  PetscBool given;

  PetscFunctionBegin;
  PetscCall(ParametersSection(p, "train", is_used));
  PetscCall(PetscStrncpy(list, types[0] ? types : "signed", sizeof(list)));
  PetscCall(ParametersString(p, "train_forecaster",
                             "type of model: signed, causalformer, or both with a comma; in `run` "
                             "methods says it",
                             sizeof(list), list));
  UserCheck(!is_run || !is_used || !strcmp(list, types),
            "%s = %s: what a run trains is said by methods = %s; remove train_forecaster",
            ParametersSource(p, "train_forecaster"), list, app->methods);
  PetscCall(ParametersIsSet(p, "train_forecaster", &given));
  PetscCall(AppCreateForecasters(app, list, given || types[0] ? PETSC_TRUE : PETSC_FALSE));
  PetscCall(know_all_types(app));
  PetscFunctionReturn(0);
}

static PetscErrorCode forecast_options(App *app, PetscBool forecasts)
{
  static const char *const splits[] = {"training", "validation", "test", "all", NULL};
  Parameters p = app->parameters;

  PetscFunctionBegin;
  PetscCall(ParametersSection(p, "forecast", forecasts));
  PetscCall(ParametersString(p, "model",
                             "FILE.h5[:/group] of a trained model or ensemble, for the command "
                             "forecast",
                             sizeof(app->model_file), app->model_file));
  PetscCall(
      ParametersChoice(p, "forecast_split", "windows to forecast", splits, &app->forecast_split));
  UserCheck(!forecasts || app->n_forecasters == 1,
            "train_forecaster: `forecast` takes one model; leave the parameter out");
  PetscFunctionReturn(0);
}

static PetscErrorCode import_options(App *app, PetscBool imports)
{
  static const char *const precisions[] = {"double", "single", NULL};
  int precision = 0;

  PetscFunctionBegin;
  PetscCall(ParametersSection(app->parameters, "import", imports));
  PetscCall(ParametersChoice(app->parameters, "import_precision", "of the values that are written",
                             precisions, &precision));
  app->import_single = precision == 1 ? PETSC_TRUE : PETSC_FALSE;
  if (imports) {
    ActivitySetImport(app->activity);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode scores_options(App *app, PetscBool is_used)
{
  static const char *const senses[] = {"auto", "larger", "smaller", "magnitude", NULL};
  int sense = 0;

  PetscFunctionBegin;
  PetscCall(ParametersSection(app->parameters, "evaluate", is_used));
  PetscCall(ParametersString(app->parameters, "scores",
                             "FILE.h5:/path or FILE.npy of N x N scores (rows targets), or the "
                             "directory of a run with all its scores, for the command evaluate",
                             sizeof(app->scores_file), app->scores_file));
  PetscCall(
      ParametersChoice(app->parameters, "scores_sense",
                       "scores that are stronger: auto (by attribute, name and sign, which is "
                       "logged), larger, smaller (p-values), of larger magnitude",
                       senses, &sense));
  app->scores_sense = sense ? ScoreSenseFind(senses[sense]) : SENSE_UNKNOWN;
  PetscFunctionReturn(0);
}

PetscErrorCode AppSetFromOptions(App *app, const Command *command)
{
  Parameters p = app->parameters;
  PetscBool simulates = has_stage(command, &StageSimulate), granger, trains, forecasts;
  PetscBool infers, evaluates, given, imports = has_stage(command, &StageImport);
  char types[sizeof(app->methods)] = "";

  PetscFunctionBegin;
  granger = has_stage(command, &StageGranger);
  trains = has_stage(command, &StageTrain);
  forecasts = has_stage(command, &StageForecast);
  infers = granger || trains || forecasts ? PETSC_TRUE : PETSC_FALSE;
  evaluates = has_stage(command, &StageEvaluate);
  PetscCall(ParametersIsSet(p, "activity", &given));
  /* a run on given activity does not simulate */
  app->simulates = simulates && !(infers && given) ? PETSC_TRUE : PETSC_FALSE;
  PetscCall(general_options(app));
  PetscCall(method_options(app, command, types));
  PetscCall(ParametersSection(p, "network", app->simulates));
  PetscCall(NetworkSetFromOptions(app->network, p, (uint32_t)app->seed));
  PetscCall(ParametersSection(p, "sonata", app->simulates || evaluates ? PETSC_TRUE : PETSC_FALSE));
  PetscCall(NetworkSonataOptions(app->network, p));
  PetscCall(ParametersSection(p, "simulate", app->simulates));
  PetscCall(SimulationSetFromOptions(app->simulation, p, (uint32_t)app->seed));
  PetscCall(ParametersSection(p, "observe", app->simulates));
  PetscCall(ObservationSetFromOptions(app->observation, p, (uint32_t)app->seed));
  PetscCall(import_options(app, imports));
  if (forecasts) {
    PetscCall(AppTakeModelSteps(app));
  }
  PetscCall(ParametersSection(p, "activity", infers || imports ? PETSC_TRUE : PETSC_FALSE));
  PetscCall(ActivitySetFromOptions(app->activity, p, (uint32_t)app->seed));
  app->n_windows = ActivityWindows(app->activity);
  UserCheck(!forecasts || app->n_windows == 1,
            "%s: `forecast` takes all samples at once; use activity_samples",
            ParametersSource(p, "causality_windows"));
  PetscCall(ParametersSection(p, "granger", granger));
  PetscCall(GrangerSetFromOptions(app->granger, p, (uint32_t)app->seed));
  PetscCall(forecaster_options(app, granger && trains ? PETSC_TRUE : PETSC_FALSE,
                               app->infers_forecaster || forecasts ? PETSC_TRUE : PETSC_FALSE,
                               forecasts ? "" : types)); /* a model that is loaded says its type */
  PetscCall(forecast_options(app, forecasts));
  PetscCall(ParametersSection(p, "evaluate", evaluates));
  PetscCall(
      ParametersString(p, "truth",
                       "FILE.h5[:/path] or FILE.npy of the true connections: dense N x N (rows "
                       "targets), sparse matrix or SONATA edges; or a SONATA circuit "
                       "configuration FILE.json; default: the simulated network",
                       sizeof(app->truth_file), app->truth_file));
  PetscCall(NetworkSonataCheck(app->network, p, app->truth_file));
  PetscCall(scores_options(app, evaluates && !infers ? PETSC_TRUE : PETSC_FALSE));
  PetscCall(ParametersCheck(p));
  PetscFunctionReturn(0);
}

PetscErrorCode AppPath(const App *app, const char *name, size_t length, char path[])
{
  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(path, length, "%s/%s", app->output, name));
  PetscFunctionReturn(0);
}
