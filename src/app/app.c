/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app.h"
#include "evaluate_impl.h"

#include "causeway/internal/core/blas.h"

#include <string.h>

PetscErrorCode AppCreate(MPI_Comm comm, App *app)
{
  PetscFunctionBegin;
  *app = (App){0};
  app->run.comm = comm;
  PetscCallMPI(MPI_Comm_rank(comm, &app->run.rank));
  PetscCallMPI(MPI_Comm_size(comm, &app->run.size));
  app->data.n_population = app->data.n_neurons = app->data.n_samples = app->simulate.n_spikes = -1;
  PetscCall(ParametersCreate(comm, &app->run.parameters));
  PetscCall(NetworkCreate(comm, &app->simulate.network));
  PetscCall(SimulationCreate(comm, app->simulate.network, &app->simulate.simulation));
  PetscCall(ObservationCreate(comm, &app->observe.observation));
  PetscCall(ActivityCreate(comm, &app->data.activity));
  PetscCall(GrangerCreate(comm, &app->granger.granger));
  PetscCall(CheckpointCreate(comm, &app->run.checkpoint));
  PetscCall(SimulationSetCheckpoint(app->simulate.simulation, app->run.checkpoint));
  PetscCall(GrangerSetCheckpoint(app->granger.granger, app->run.checkpoint));
  app->run.resume_stage = -1;
  PetscCall(ParametersDefaults(RunParameters, &app->run));
  PetscCall(ParametersDefaults(MethodParameters, app));
  PetscCall(ParametersDefaults(ReportParameters, app));
  PetscCall(ParametersDefaults(ForecasterParameters, app));
  PetscCall(ParametersDefaults(ForecastParameters, app));
  PetscCall(ParametersDefaults(ImportParameters, app));
  PetscCall(ParametersDefaults(TruthParameters, app));
  PetscCall(ParametersDefaults(ScoresParameters, app));
  PetscCall(ParametersDefaults(RecipeParameters, app));
  PetscFunctionReturn(0);
}

PetscErrorCode AppDestroy(App *app)
{
  PetscFunctionBegin;
  PetscCall(CausalityDestroy(&app->data.causality));
  PetscCall(GrangerDestroy(&app->granger.granger));
  for (int k = 0; k < app->train.n_forecasters; k++) {
    PetscCall(ForecasterDestroy(&app->train.forecasters[k]));
  }
  PetscCall(SummaryFree(app));
  PetscCall(ActivityDestroy(&app->data.activity));
  PetscCall(ObservationDestroy(&app->observe.observation));
  PetscCall(SimulationDestroy(&app->simulate.simulation));
  PetscCall(NetworkDestroy(&app->simulate.network));
  PetscCall(NetworkDestroy(&app->evaluate.truth));
  PetscCall(NetworkDestroy(&app->simulate.switched));
  PetscCall(NetworkDestroy(&app->evaluate.observed_truth));
  PetscCall(ParametersDestroy(&app->run.parameters));
  PetscCall(PetscFree(app->run.parameters_yaml));
  PetscCall(PetscFree(app->run.inputs));
  PetscCall(PetscFree(app->run.inputs_text));
  PetscCall(CheckpointDestroy(&app->run.checkpoint));
  PetscCall(LogClose());
  PetscFunctionReturn(0);
}

/* Sets the output to runs/NAME. NAME is the input file without folder and extension, else the
   command. */
static PetscErrorCode default_output(Run *run)
{
  const char *slash = run->input_file ? strrchr(run->input_file, '/') : NULL;
  const char *name = slash ? slash + 1 : (run->input_file ? run->input_file : run->command);
  const char *dot = strrchr(name, '.');
  int length = (int)(dot && dot != name ? dot - name : (ptrdiff_t)strlen(name));

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(run->output, sizeof(run->output), "runs/%.*s", length, name));
  PetscFunctionReturn(0);
}

/* Reads the parameters of the run itself: output directory, restart, progress, threads. */
static PetscErrorCode general_options(App *app)
{
  const PetscBool imports = strcmp(app->run.command, "import") ? PETSC_FALSE : PETSC_TRUE;
  Parameters p = app->run.parameters;

  PetscFunctionBegin;
  PetscCall(ParametersSection(p, "general", PETSC_TRUE));
  PetscCall(ParametersDeclare(p, RunParameters));
  PetscCall(CheckpointDeclareParameters(p));
  /* `evaluate` prints its result, and writes files only when -output is given */
  if (strcmp(app->run.command, "evaluate") != 0 && !imports) {
    PetscCall(default_output(&app->run));
  }
  PetscCall(ParametersRead(p, RunParameters, &app->run));
  PetscCall(CheckpointSetFromOptions(app->run.checkpoint, p));
  if (imports) {
    PetscCall(PetscStrncpy(app->import.file, app->run.output, sizeof(app->import.file)));
    app->run.output[0] = 0;
  }
  ScreenPrint(app->run.json);
  ProgressInterval(app->run.progress_interval_s);
  if (app->run.blas_threads > 0) {
    UserCheck(BlasSetThreads((int)app->run.blas_threads),
              "blas_threads = %lld: the library %s reads its number of threads only from the "
              "environment; leave blas_threads out",
              (long long)app->run.blas_threads, BlasName());
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

/* Explains that the section is not used because of the value of `key`. */
static PetscErrorCode explain(Parameters p, const char *key)
{
  char why[PETSC_MAX_PATH_LEN];
  ParameterInfo info;

  PetscFunctionBegin;
  if (ParametersLookUp(p, key, &info)) {
    PetscCall(PetscSNPrintf(why, sizeof(why), "with %s = %s", key, info.value));
    PetscCall(ParametersExplain(p, why));
  }
  PetscFunctionReturn(0);
}

/* Reads the methods of a run, or selects the one method of the commands `granger` and `train`. */
static PetscErrorCode method_options(App *app, const Command *command)
{
  const PetscBool granger = has_stage(command, &StageGranger);
  const PetscBool train = has_stage(command, &StageTrain);
  const PetscBool both = granger && train ? PETSC_TRUE : PETSC_FALSE;
  const PetscBool infers = granger || train ? PETSC_TRUE : PETSC_FALSE;
  ParameterList *types = &app->train.types;
  PetscBool has_granger = PETSC_FALSE;

  PetscFunctionBegin;
  PetscCall(ParametersSection(app->run.parameters, "run", both));
  PetscCall(ParametersDeclare(app->run.parameters, MethodParameters));
  PetscCall(ParametersRead(app->run.parameters, MethodParameters, app));
  PetscCall(ParametersSection(app->run.parameters, "report", infers));
  PetscCall(ParametersDeclare(app->run.parameters, ReportParameters));
  PetscCall(ParametersRead(app->run.parameters, ReportParameters, app));
  app->run.reports = infers && app->run.reports ? PETSC_TRUE : PETSC_FALSE;
  for (int k = 0; k < app->methods.n; k++) {
    if (app->methods.item[k] == 0) {
      has_granger = PETSC_TRUE;
    } else {
      types->item[types->n++] = app->methods.item[k] - 1;
    }
  }
  app->granger.applies = both ? has_granger : granger;
  app->train.applies = both ? (types->n > 0 ? PETSC_TRUE : PETSC_FALSE) : train;
  PetscFunctionReturn(0);
}

static const char *type_name(int k)
{
  const char *text;

  return ForecasterTypeName(k, &text);
}

static PetscBool is_listed(const ParameterList *list, int item)
{
  for (int k = 0; k < list->n; k++) {
    if (list->item[k] == item) {
      return PETSC_TRUE;
    }
  }
  return PETSC_FALSE;
}

PetscErrorCode AppCreateForecasters(App *app)
{
  const ParameterList *types = &app->train.types;
  const PetscBool renames = types->n > 1 ? PETSC_TRUE : PETSC_FALSE;

  PetscFunctionBegin;
  for (int k = 0; k < app->train.n_forecasters; k++) {
    PetscCall(ForecasterDestroy(&app->train.forecasters[k]));
  }
  app->train.n_forecasters = types->n;
  for (int k = 0; k < types->n; k++) {
    Forecaster *f = &app->train.forecasters[k];

    PetscCall(ForecasterCreate(app->run.comm, f));
    PetscCall(ForecasterSetType(*f, type_name(types->item[k])));
    PetscCall(ForecasterSetCheckpoint(*f, app->run.checkpoint));
    PetscCall(ForecasterSetFromOptions(*f, app->run.parameters, (uint32_t)app->run.seed, renames));
  }
  PetscFunctionReturn(0);
}

/* Chooses the types that train_forecaster does not give: the type of the model to forecast with,
   else the types among the methods, else the first type. */
static PetscErrorCode choose_types(App *app, PetscBool forecasts)
{
  ParameterList *types = &app->train.types;
  const char *name;
  PetscBool given;

  PetscFunctionBegin;
  PetscCall(ParametersIsSet(app->run.parameters, "train_forecaster", &given));
  if (types->n == 0 || forecasts) {
    *types = (ParameterList){.n = 1};
  }
  if (forecasts && !given && app->forecast.model_file[0]) {
    PetscCall(ForecasterModelType(app->run.comm, app->forecast.model_file, &name));
    while (strcmp(type_name(types->item[0]), name) != 0) {
      types->item[0]++;
    }
  }
  PetscFunctionReturn(0);
}

/* Declares the parameters of all types, so that a parameter of another type is refused as unused,
   not as unknown. */
static PetscErrorCode declare_types(App *app, PetscBool is_run, PetscBool is_used)
{
  const ParameterList *types = &app->train.types;
  const PetscBool renames = types->n > 1 ? PETSC_TRUE : PETSC_FALSE;
  const PetscBool shows = is_used && app->describes ? PETSC_TRUE : PETSC_FALSE;

  PetscFunctionBegin;
  for (int k = 0; k < types->n; k++) {
    PetscCall(ForecasterDeclareParameters(app->run.parameters, type_name(types->item[k]), renames));
  }
  PetscCall(ParametersSection(app->run.parameters, "train: other forecasters", shows));
  if (is_run || is_used) {
    PetscCall(explain(app->run.parameters, is_run ? "methods" : "train_forecaster"));
  }
  for (int k = 0; type_name(k); k++) {
    if (!is_listed(types, k)) {
      PetscCall(ForecasterDeclareParameters(app->run.parameters, type_name(k), renames));
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode forecaster_options(App *app, PetscBool is_run, PetscBool is_used,
                                         PetscBool forecasts)
{
  Parameters p = app->run.parameters;
  ParameterList chosen;

  PetscFunctionBegin;
  PetscCall(ParametersSection(p, "train", is_used));
  PetscCall(is_run ? explain(p, "methods") : 0);
  PetscCall(ParametersDeclare(p, ForecasterParameters));
  PetscCall(choose_types(app, forecasts));
  chosen = app->train.types;
  PetscCall(ParametersRead(p, ForecasterParameters, app));
  for (int k = 0; is_run && is_used && k < PetscMax(chosen.n, app->train.types.n); k++) {
    UserCheck(chosen.n == app->train.types.n && chosen.item[k] == app->train.types.item[k],
              "%s: in a run, `methods` says which models are trained; remove train_forecaster",
              ParametersSource(p, "train_forecaster"));
  }
  PetscCall(declare_types(app, is_run, is_used));
  PetscCall(AppCreateForecasters(app));
  PetscFunctionReturn(0);
}

static PetscErrorCode forecast_options(App *app, PetscBool forecasts)
{
  Parameters p = app->run.parameters;

  PetscFunctionBegin;
  PetscCall(ParametersSection(p, "forecast", forecasts));
  PetscCall(ParametersDeclare(p, ForecastParameters));
  PetscCall(ParametersRead(p, ForecastParameters, app));
  UserCheck(!forecasts || app->train.n_forecasters == 1,
            "train_forecaster: `forecast` uses one model; leave the parameter out");
  PetscFunctionReturn(0);
}

static PetscErrorCode import_options(App *app, PetscBool imports)
{
  PetscFunctionBegin;
  PetscCall(ParametersSection(app->run.parameters, "import", imports));
  PetscCall(ParametersDeclare(app->run.parameters, ImportParameters));
  PetscCall(ParametersRead(app->run.parameters, ImportParameters, app));
  if (imports) {
    ActivitySetImport(app->data.activity);
  }
  PetscFunctionReturn(0);
}

/* `alone`: the command only evaluates given scores. */
static PetscErrorCode evaluate_options(App *app, PetscBool evaluates, PetscBool alone)
{
  Parameters p = app->run.parameters;

  PetscFunctionBegin;
  PetscCall(ParametersSection(p, "evaluate", evaluates));
  PetscCall(ParametersDeclare(p, TruthParameters));
  PetscCall(ParametersSection(p, "evaluate", alone));
  PetscCall(ParametersDeclare(p, ScoresParameters));
  PetscCall(ParametersRead(p, TruthParameters, app));
  PetscCall(ParametersRead(p, ScoresParameters, app));
  PetscCall(alone ? EvaluateOwnTruth(app) : 0);
  PetscCall(NetworkSonataCheck(app->simulate.network, p, app->evaluate.truth_file));
  PetscFunctionReturn(0);
}

/* Explains that a run on a given activity has no use for the parameters of a simulation. */
static PetscErrorCode skip_simulation(App *app)
{
  char why[PETSC_MAX_PATH_LEN + 64], file[PETSC_MAX_PATH_LEN] = "";

  PetscFunctionBegin;
  PetscCall(PetscOptionsGetString(NULL, NULL, "-activity", file, sizeof(file), NULL));
  PetscCall(
      PetscSNPrintf(why, sizeof(why), "with activity = %s, because nothing is simulated", file));
  PetscCall(ParametersExplain(app->run.parameters, why));
  PetscFunctionReturn(0);
}

PetscErrorCode AppSetFromOptions(App *app, const Command *command)
{
  Parameters p = app->run.parameters;
  PetscBool simulates = has_stage(command, &StageSimulate), granger, trains, forecasts;
  PetscBool infers, evaluates, given, imports = has_stage(command, &StageImport);

  PetscFunctionBegin;
  granger = has_stage(command, &StageGranger);
  trains = has_stage(command, &StageTrain);
  forecasts = has_stage(command, &StageForecast);
  infers = granger || trains || forecasts ? PETSC_TRUE : PETSC_FALSE;
  evaluates = has_stage(command, &StageEvaluate);
  PetscCall(ParametersIsSet(p, "activity", &given));
  /* a run on given activity skips the simulation */
  app->simulate.applies = simulates && !(infers && given) ? PETSC_TRUE : PETSC_FALSE;
  PetscCall(general_options(app));
  PetscCall(method_options(app, command));
  PetscCall(ParametersSection(p, "network", app->simulate.applies));
  PetscCall(simulates ? skip_simulation(app) : 0);
  PetscCall(NetworkDeclareParameters(p));
  PetscCall(NetworkSetFromOptions(app->simulate.network, p, (uint32_t)app->run.seed));
  PetscCall(ParametersSection(p, "sonata",
                              app->simulate.applies || evaluates ? PETSC_TRUE : PETSC_FALSE));
  PetscCall(NetworkSonataDeclareParameters(p));
  PetscCall(NetworkSonataOptions(app->simulate.network, p));
  PetscCall(ParametersSection(p, "simulate", app->simulate.applies));
  PetscCall(simulates ? skip_simulation(app) : 0);
  PetscCall(SimulationDeclareParameters(p));
  PetscCall(SimulationSetFromOptions(app->simulate.simulation, p, (uint32_t)app->run.seed));
  PetscCall(ParametersSection(p, "observe", app->simulate.applies));
  PetscCall(simulates ? skip_simulation(app) : 0);
  PetscCall(ObservationDeclareParameters(p));
  PetscCall(ObservationSetFromOptions(app->observe.observation, p, (uint32_t)app->run.seed));
  PetscCall(import_options(app, imports));
  PetscCall(ParametersSection(p, "activity", infers || imports ? PETSC_TRUE : PETSC_FALSE));
  PetscCall(ActivityDeclareParameters(p));
  if (forecasts) {
    PetscCall(AppTakeModelSteps(app));
  }
  PetscCall(ParametersSection(p, "granger", app->granger.applies));
  PetscCall(granger && !app->granger.applies ? explain(p, "methods") : 0);
  PetscCall(ParametersDeclare(p, RecipeParameters));
  PetscCall(GrangerDeclareParameters(p));
  if (app->granger.applies) {
    PetscCall(RecipeApply(app));
  }
  PetscCall(ActivitySetFromOptions(app->data.activity, p, (uint32_t)app->run.seed));
  app->run.n_windows = ActivityWindows(app->data.activity);
  UserCheck(!forecasts || app->run.n_windows == 1,
            "%s: `forecast` takes all samples at once; use activity_samples",
            ParametersSource(p, "causality_windows"));
  PetscCall(GrangerSetFromOptions(app->granger.granger, p, (uint32_t)app->run.seed));
  PetscCall(forecaster_options(app, granger && trains ? PETSC_TRUE : PETSC_FALSE,
                               app->train.applies || forecasts ? PETSC_TRUE : PETSC_FALSE,
                               forecasts));
  PetscCall(forecast_options(app, forecasts));
  PetscCall(evaluate_options(app, evaluates, evaluates && !infers ? PETSC_TRUE : PETSC_FALSE));
  PetscCall(ParametersCheck(p));
  PetscFunctionReturn(0);
}

PetscErrorCode RunPath(const Run *run, const char *name, size_t length, char path[])
{
  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(path, length, "%s/%s", run->output, name));
  PetscFunctionReturn(0);
}
