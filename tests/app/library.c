/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Granger causality of the caller's own arrays with the installed library, as C and as C++: all F statistics beside
   those of regressions by elimination. Nothing may be printed but the last line. */
#include <causeway/causeway.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { N = 3, T = 400, P = 2, MOST = N * P + 1 };

static double series[N][T];
static int n_lines;

static void count_line(LogKind kind, const char *text, void *context)
{
  int *count = (int *)context;

  (void)text;
  *count += kind == LOG_TEXT;
}

/* 0 drives 1, 1 drives 2; noise by a linear congruential generator. */
static void make_series(void)
{
  uint32_t state = 1;
  int i, t;

  for (t = 0; t < T; t++) {
    for (i = 0; i < N; i++) {
      state = 1664525u * state + 1013904223u;
      series[i][t] = (double)(state >> 8) / (1 << 24) - 0.5;
      if (t > 0) {
        series[i][t] += 0.3 * series[i][t - 1] + (i > 0 ? 0.4 * series[i - 1][t - 1] : 0.0);
      }
    }
  }
}

/* Sum of squared residuals of `target` on an intercept and the past of all but `left_out`. */
static double residual(int target, int left_out)
{
  double a[MOST + 1][MOST + 1] = {{0}};
  int n = 0, i, j, k, l, t;

  for (t = P; t < T; t++) {
    double row[MOST + 1];

    n = 0;
    row[n++] = 1.0;
    for (i = 0; i < N; i++) {
      for (l = 1; l <= P && i != left_out; l++) {
        row[n++] = series[i][t - l];
      }
    }
    row[n] = series[target][t];
    for (i = 0; i <= n; i++) {
      for (j = 0; j <= n; j++) {
        a[i][j] += row[i] * row[j];
      }
    }
  }
  for (k = 0; k < n; k++) {
    for (i = k + 1; i <= n; i++) {
      for (j = n; j >= k; j--) {
        a[i][j] -= a[i][k] / a[k][k] * a[k][j];
      }
    }
  }
  return a[n][n];
}

static double expected_f(int target, int source)
{
  const double full = residual(target, -1), free_rows = T - P - (N * P + 1);

  return target == source ? 0.0 : (residual(target, source) - full) / P / (full / free_rows);
}

static PetscErrorCode compare(MPI_Comm comm, Causality causality)
{
  const Partition *part = CausalityPartition(causality);
  const double *f = CausalityFind(causality, "granger", "f_statistic");
  double worst = 0.0;
  int64_t i;
  int j, rank;

  for (i = 0; i < part->n_local; i++) {
    for (j = 0; j < N; j++) {
      const double expected = expected_f((int)(part->first + i), j);
      const double error = fabs(f[i * N + j] - expected) / (1.0 + expected);

      worst = error > worst ? error : worst;
    }
  }
  MPI_Allreduce(MPI_IN_PLACE, &worst, 1, MPI_DOUBLE, MPI_MAX, comm);
  MPI_Comm_rank(comm, &rank);
  if (rank == 0) {
    printf("%s, %s log lines\n", worst < 1e-10 ? "as by elimination" : "WRONG",
           n_lines > 0 ? "some" : "no");
  }
  return worst < 1e-10 ? 0 : PETSC_ERR_PLIB;
}

/* Counts a call that was not refused, or not with these words. */
static int is_not_refused(PetscErrorCode status, const char *words)
{
  if (status == CAUSEWAY_ERR_USER && strstr(UserErrorMessage(), words)) {
    return 0;
  }
  fprintf(stderr, "code %d, \"%s\" has no \"%s\"\n", (int)status, UserErrorMessage(), words);
  return 1;
}

/* A forecaster of a type, with its options. */
static PetscErrorCode forecast(MPI_Comm comm, Activity activity)
{
  const ParameterSetting training[] = {
      {"train_epochs", "3"}, {"train_members", "1"}, {"seed", "5"}, {NULL, NULL}};
  ForecasterInfo info;
  Forecaster forecaster;
  Causality causality, larger;
  double memory, file;

  PetscCall(ForecasterCreate(comm, &forecaster));
  PetscCall(ForecasterSetType(forecaster, "signed"));
  PetscCall(ForecasterSetOptions(forecaster, training));
  PetscCall(ForecasterEstimate(forecaster, N, T, &memory, &file));
  PetscCall(ForecasterTrain(forecaster, activity));
  PetscCall(CausalityCreate(comm, N, &causality));
  PetscCall(ForecasterAddScores(forecaster, causality));
  PetscCall(CausalityCreate(comm, N + 1, &larger));
  if (is_not_refused(ForecasterAddScores(forecaster, larger), "has 4 neurons, the forecaster 3")) {
    return PETSC_ERR_PLIB;
  }
  PetscCall(CausalityDestroy(&larger));
  PetscCall(ForecasterGetInfo(forecaster, &info));
  if (!(memory > 0) || info.n_used != 1 || !(info.mse < 1.2) ||
      !CausalityFind(causality, "signed", "intervention")) {
    return PETSC_ERR_PLIB;
  }
  PetscCall(CausalityDestroy(&causality));
  PetscCall(ForecasterDestroy(&forecaster));
  return 0;
}

/* Options of a source that is loaded are refused for values from memory. */
static PetscErrorCode refuse_options(MPI_Comm comm, const double *rows)
{
  const ParameterSetting lists[][2] = {{{"activity_steps", "detrend"}, {NULL, NULL}},
                                       {{"activity_trials", "50"}, {NULL, NULL}},
                                       {{"activity_samples", "0:100"}, {NULL, NULL}},
                                       {{"activity_normalize", "zscore"}, {NULL, NULL}},
                                       {{"activity_downsample", "2"}, {NULL, NULL}},
                                       {{"activity_noise", "0.1"}, {NULL, NULL}},
                                       {{"activity_event_threshold", "1"}, {NULL, NULL}},
                                       {{"observe_fraction", "0.5"}, {NULL, NULL}}};
  size_t k;

  for (k = 0; k < sizeof(lists) / sizeof(lists[0]); k++) {
    Activity activity;
    PetscErrorCode status;

    PetscCall(ActivityCreate(comm, &activity));
    PetscCall(ActivitySetOptions(activity, lists[k]));
    status = ActivitySetValues(activity, N, T, rows);
    if (status != CAUSEWAY_ERR_USER || !strstr(UserErrorMessage(), lists[k][0].key)) {
      printf("%s is not refused\n", lists[k][0].key);
      return PETSC_ERR_PLIB;
    }
    PetscCall(ActivityDestroy(&activity));
  }
  return 0;
}

static PetscErrorCode refuse_values(MPI_Comm comm)
{
  double values[N][T];
  Partition part;
  Activity activity;
  int n = 0;

  memcpy(values, series, sizeof(values));
  PetscCall(PartitionMake(comm, N, &part));
  PetscCall(ActivityCreate(comm, &activity));
  n += is_not_refused(ActivitySetOptions(activity, NULL), "settings is NULL");
  n += is_not_refused(ActivitySetFile(activity, NULL), "source of the activity is NULL");
  n += is_not_refused(ActivityLoad(activity), "no source");
  n += is_not_refused(ActivitySetValues(activity, N, T, NULL), "values of the activity are NULL");
  n += is_not_refused(ActivitySetValues(activity, 0, T, &values[0][0]), "0 neurons");
  n += is_not_refused(ActivitySetValues(activity, N, -1, &values[0][0]), "-1 samples");
  values[1][7] = NAN;
  n += is_not_refused(ActivitySetValues(activity, N, T, &values[0][0] + part.first * T),
                      "neuron 1 at sample 7 (both counted from 0) is not finite");
  values[1][7] = 0.0;
  values[2][5] = -INFINITY;
  n += is_not_refused(ActivitySetValues(activity, N, T, &values[0][0] + part.first * T),
                      "neuron 2 at sample 5 (both counted from 0) is not finite");
  PetscCall(ActivityDestroy(&activity));
  return n ? PETSC_ERR_PLIB : 0;
}

static PetscErrorCode refuse_granger(MPI_Comm comm, Activity activity)
{
  Activity empty, single;
  Causality causality, smaller;
  Granger granger;
  int n = 0;

  PetscCall(ActivityCreate(comm, &empty));
  PetscCall(ActivityCreate(comm, &single));
  PetscCall(ActivitySetValues(single, 1, T, &series[0][0]));
  PetscCall(CausalityCreate(comm, N, &causality));
  PetscCall(CausalityCreate(comm, 1, &smaller));
  PetscCall(GrangerCreate(comm, &granger));
  n += is_not_refused(GrangerSetOptions(granger, NULL), "settings is NULL");
  n += is_not_refused(GrangerSetOrder(granger, 0), "autoregression is 0");
  n += is_not_refused(GrangerSetOrder(granger, -3), "autoregression is -3");
  n += is_not_refused(GrangerSolve(granger, NULL, PETSC_FALSE, causality), "activity is NULL");
  n += is_not_refused(GrangerSolve(granger, activity, PETSC_FALSE, NULL), "causality is NULL");
  n += is_not_refused(GrangerSolve(granger, empty, PETSC_FALSE, causality), "has no values");
  n += is_not_refused(GrangerSolve(granger, single, PETSC_FALSE, smaller), "two are needed");
  n += is_not_refused(GrangerSolve(granger, activity, PETSC_FALSE, smaller),
                      "causality has 1 neurons, the activity 3");
  n += is_not_refused(GrangerSolve(granger, activity, PETSC_TRUE, causality), "no snapshot");
  PetscCall(GrangerDestroy(&granger));
  PetscCall(CausalityDestroy(&smaller));
  PetscCall(CausalityDestroy(&causality));
  PetscCall(ActivityDestroy(&single));
  PetscCall(ActivityDestroy(&empty));
  return n ? PETSC_ERR_PLIB : 0;
}

static PetscErrorCode refuse_forecaster(MPI_Comm comm, Activity activity)
{
  ForecasterMember member;
  Activity empty;
  Causality causality;
  Forecaster forecaster;
  int n = 0;

  PetscCall(ActivityCreate(comm, &empty));
  PetscCall(CausalityCreate(comm, N, &causality));
  PetscCall(ForecasterCreate(comm, &forecaster));
  n += is_not_refused(ForecasterSetType(forecaster, "foo"), "types are signed");
  n += is_not_refused(ForecasterSetType(forecaster, NULL), "types are signed");
  n += is_not_refused(ForecasterSetOptions(forecaster, NULL), "settings is NULL");
  n += is_not_refused(ForecasterTrain(forecaster, NULL), "is NULL");
  n += is_not_refused(ForecasterTrain(forecaster, empty), "has no values");
  n += is_not_refused(ForecasterForecast(forecaster, activity, SPLIT_TEST), "has no model");
  n += is_not_refused(ForecasterResume(forecaster, activity), "no snapshot");
  n += is_not_refused(ForecasterAddScores(forecaster, causality), "no scores yet");
  n += is_not_refused(ForecasterAddScores(forecaster, NULL), "causality is NULL");
  n += is_not_refused(ForecasterGetMember(forecaster, 0, &member), "no members yet");
  PetscCall(ForecasterDestroy(&forecaster));
  PetscCall(CausalityDestroy(&causality));
  PetscCall(ActivityDestroy(&empty));
  return n ? PETSC_ERR_PLIB : 0;
}

static PetscErrorCode infer(MPI_Comm comm)
{
  const ParameterSetting no_steps[] = {{"activity_normalize", "none"}, {"seed", "1"}, {NULL, NULL}};
  const ParameterSetting regression[] = {
      {"granger_order", "2"}, {"granger_level", "0.01"}, {NULL, NULL}};
  const ParameterSetting unknown[] = {{"granger_ordre", "2"}, {NULL, NULL}};
  const ParameterSetting wrong[] = {{"granger_order", "two"}, {NULL, NULL}};
  Partition part;
  Activity activity;
  Causality causality;
  Granger granger;
  PetscErrorCode status;

  PetscCall(PartitionMake(comm, N, &part));
  PetscCall(refuse_options(comm, &series[0][0] + part.first * T));
  PetscCall(ActivityCreate(comm, &activity));
  PetscCall(ActivitySetOptions(activity, no_steps));
  PetscCall(ActivitySetValues(activity, N, T, &series[0][0] + part.first * T));
  PetscCall(GrangerCreate(comm, &granger));
  PetscCall(GrangerSetOptions(granger, regression));
  PetscCall(CausalityCreate(comm, N, &causality));
  PetscCall(GrangerSolve(granger, activity, PETSC_FALSE, causality));
  PetscCall(LogPrintf("a line of the log\n"));
  PetscCall(compare(comm, causality));
  PetscCall(forecast(comm, activity));
  status = GrangerSetOptions(granger, unknown);
  if (status != CAUSEWAY_ERR_USER || !strstr(UserErrorMessage(), "nearest is granger_order")) {
    return PETSC_ERR_PLIB;
  }
  status = GrangerSetOptions(granger, wrong);
  if (status != CAUSEWAY_ERR_USER || !strstr(UserErrorMessage(), "granger_order = two")) {
    return PETSC_ERR_PLIB;
  }
  PetscCall(refuse_values(comm));
  PetscCall(refuse_granger(comm, activity));
  PetscCall(refuse_forecaster(comm, activity));
  PetscCall(CausalityDestroy(&causality));
  PetscCall(GrangerDestroy(&granger));
  PetscCall(ActivityDestroy(&activity));
  return 0;
}

int main(int argc, char **argv)
{
  PetscErrorCode status;
  MPI_Comm comm;

  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  PetscCall(ErrorHandlerInstall());
  PetscCall(LogRegister());
  LogSetSink(count_line, &n_lines, PETSC_FALSE);
  make_series();
  MPI_Comm_dup(PETSC_COMM_WORLD, &comm);
  status = infer(comm);
  if (status == CAUSEWAY_ERR_USER) {
    fprintf(stderr, "error: %s\n", UserErrorMessage());
  }
  MPI_Comm_free(&comm);
  PetscCall(PetscFinalize());
  return status ? 1 : 0;
}
