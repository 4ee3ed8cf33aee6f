/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Parameters of the run itself; methods and data declare theirs in their own folders. */
#include "app.h"

#include <string.h>

static const ParameterWord restarts[] = {{"none", "begins anew", 0},
                                         {"auto",
                                          "begins, continues from the newest snapshot in the "
                                          "output directory, or does nothing when all is "
                                          "done",
                                          0},
                                         {NULL, NULL, 0}};

const ParameterSpec RunParameters[] = {
    {.key = "seed",
     .kind = PARAMETER_INTEGER,
     .unit = "1",
     .standard = "0",
     .high = UINT32_MAX,
     .text = "Seed for all random-number streams",
     .priority = 9,
     PARAMETER_MEMBER(Run, seed)},
    {.key = "output",
     .kind = PARAMETER_TEXT,
     .standard = "runs/NAME",
     .varies = PETSC_TRUE,
     .form = "DIRECTORY",
     .text = "Directory for all files of the run, NAME being that of the parameter file; for an "
             "import, the file "
             "to write",
     .effect = PARAMETER_OUTPUT,
     .priority = 2,
     PARAMETER_MEMBER(Run, output)},
    {.key = "overwrite",
     .kind = PARAMETER_FLAG,
     .standard = "false",
     .text = "Whether the files of another run in the output directory are replaced",
     .effect = PARAMETER_OUTPUT,
     PARAMETER_MEMBER(Run, overwrite)},
    {.key = "restart",
     .kind = PARAMETER_TEXT,
     .standard = "none",
     .words = restarts,
     .form = "FILE",
     .text = "Snapshot to continue from",
     .effect = PARAMETER_OUTPUT,
     .priority = 10,
     PARAMETER_MEMBER(Run, restart)},
    {.key = "dry_run",
     .kind = PARAMETER_FLAG,
     .standard = "false",
     .text = "Check of all input and prediction of memory and file sizes, without computing",
     .effect = PARAMETER_OUTPUT,
     .priority = 8,
     PARAMETER_MEMBER(Run, dry_run)},
    {.key = "json",
     .kind = PARAMETER_FLAG,
     .standard = "false",
     .text = "Summary alone, as JSON, on standard output and everything else on standard error",
     .effect = PARAMETER_OUTPUT,
     PARAMETER_MEMBER(Run, json)},
    {.key = "progress_interval",
     .kind = PARAMETER_REAL,
     .unit = "s",
     .standard = "10",
     .high = 1e9,
     .text = "Interval between progress lines; 0 for none",
     .effect = PARAMETER_OUTPUT,
     PARAMETER_MEMBER(Run, progress_interval_s)},
    {.key = "blas_threads",
     .kind = PARAMETER_INTEGER,
     .unit = "1",
     .standard = "1",
     .high = 4096,
     .text = "Number of BLAS threads on each rank; 0 leaves it to the environment",
     .effect = PARAMETER_LAYOUT,
     PARAMETER_MEMBER(Run, blas_threads)},
    {.key = NULL}};

static const char *method_word(int k, const char **text)
{
  *text = "regressions on the past of all neurons";
  return k ? ForecasterTypeName(k - 1, text) : "granger";
}

const ParameterSpec MethodParameters[] = {{.key = "methods",
                                           .kind = PARAMETER_LIST,
                                           .standard = "granger",
                                           .word = method_word,
                                           .text = "Methods of inference of a run",
                                           .priority = 3,
                                           PARAMETER_MEMBER(App, methods)},
                                          {.key = NULL}};

const ParameterSpec ReportParameters[] = {
    {.key = "report",
     .kind = PARAMETER_FLAG,
     .standard = "true",
     .text = "Pictures and tables of the result, OUTPUT/report.html",
     .effect = PARAMETER_OUTPUT,
     PARAMETER_MEMBER(App, run.reports)},
    {.key = NULL}};

const ParameterSpec ForecasterParameters[] = {
    {.key = "train_forecaster",
     .kind = PARAMETER_LIST,
     .standard = "signed",
     .varies = PETSC_TRUE,
     .word = ForecasterTypeName,
     .text = "Types of the models to train; in a run, those among its methods",
     .priority = 3,
     PARAMETER_MEMBER(App, train.types)},
    {.key = NULL}};

static const ParameterWord splits[] = {{"training", "windows the model was trained on", 0},
                                       {"validation", "windows that ended the training", 0},
                                       {"test", "windows kept apart from training", 0},
                                       {"all", "every window of the activity", 0},
                                       {NULL, NULL, 0}};

const ParameterSpec ForecastParameters[] = {{.key = "model",
                                             .kind = PARAMETER_TEXT,
                                             .standard = "",
                                             .form = "FILE.h5[:/group]",
                                             .text = "Trained model or ensemble to forecast with",
                                             .priority = 1,
                                             PARAMETER_MEMBER(App, forecast.model_file)},
                                            {.key = "forecast_split",
                                             .kind = PARAMETER_CHOICE,
                                             .standard = "test",
                                             .words = splits,
                                             .text = "Windows to forecast",
                                             .priority = 3,
                                             PARAMETER_MEMBER(App, forecast.split)},
                                            {.key = NULL}};

static const ParameterWord precisions[] = {
    {"double", "8 bytes a value", 0}, {"single", "4 bytes a value", 0}, {NULL, NULL, 0}};

const ParameterSpec ImportParameters[] = {{.key = "import_precision",
                                           .kind = PARAMETER_CHOICE,
                                           .standard = "double",
                                           .words = precisions,
                                           .text = "Precision of the values that an import writes",
                                           .priority = 3,
                                           PARAMETER_MEMBER(App, import.precision)},
                                          {.key = NULL}};

/* in the order of ScoreSense */
static const ParameterWord senses[] = {
    {"larger", "larger scores are stronger", 0},
    {"smaller", "smaller scores are stronger, as p-values are", 0},
    {"magnitude", "scores of larger magnitude are stronger", 0},
    {"auto", "by attribute, name and sign, which is logged", 0},
    {NULL, NULL, 0}};

const ParameterSpec TruthParameters[] = {
    {.key = "truth",
     .kind = PARAMETER_TEXT,
     .standard = "",
     .form = "FILE.h5[:/path]|FILE.npy|FILE.json",
     .text = "True connections to evaluate against: dense N x N (rows are targets), a sparse "
             "matrix, SONATA edges, or "
             "a SONATA circuit configuration; without it, the simulated network",
     .priority = 4,
     PARAMETER_MEMBER(App, evaluate.truth_file)},
    {.key = NULL}};

const ParameterSpec ScoresParameters[] = {
    {.key = "scores",
     .kind = PARAMETER_TEXT,
     .standard = "",
     .form = "FILE.h5:/path|FILE.npy|DIRECTORY",
     .text = "N x N scores to evaluate (rows are targets), or the directory of a run for all its "
             "scores",
     .priority = 1,
     PARAMETER_MEMBER(App, evaluate.scores_file)},
    {.key = "scores_sense",
     .kind = PARAMETER_CHOICE,
     .standard = "auto",
     .words = senses,
     .text = "Which scores are stronger evidence of a connection",
     .priority = 5,
     PARAMETER_MEMBER(App, evaluate.scores_sense)},
    {.key = NULL}};

PetscBool RunParameterIsIdle(const char *key)
{
  const ParameterSpec *const tables[] = {RunParameters, MethodParameters, ReportParameters,
                                         CheckpointParameters};

  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(tables); k++) {
    for (const ParameterSpec *spec = tables[k]; spec->key; spec++) {
      if (!strcmp(spec->key, key)) {
        return ParameterChangesResult(spec) ? PETSC_FALSE : PETSC_TRUE;
      }
    }
  }
  return PETSC_FALSE;
}
