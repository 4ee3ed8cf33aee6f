/* SPDX-License-Identifier: GPL-3.0-or-later */

/* All pairs of a whole-brain recording by ridge regression: more neurons than samples, from a sparse network of known
   connections. Options: -neurons N -samples T -order p -directory D,
   and -settings "granger_select top:20 ..." for the regression. */
#include "causeway/internal/core/blas.h"
#include "check.h"
#include "granger/setup.h"
#include "settings.h"

#include <sys/resource.h>

enum { DRIVES = 10 };

/* Source k of a neuron. */
static int64_t driver(int64_t neuron, int k, int64_t n)
{
  double uniform[2];

  RandomUniform(3, RANDOM_CONNECTIVITY, neuron, k, uniform);
  return (int64_t)(uniform[0] * (double)n);
}

/* x_i(t) = 0.3 x_i(t - 1) + 0.15 (sum of half of DRIVES sources - that of the others) at t - 1 + noise; every rank steps all neurons, keeps its own */
static PetscErrorCode make_activity(int64_t n, int64_t n_samples, Activity *activity)
{
  Partition part;
  double *past, *now, *values;
  int64_t *sources;

  PetscFunctionBegin;
  PetscCall(PartitionMake(PETSC_COMM_WORLD, n, &part));
  PetscCall(
      PetscCalloc4(n, &past, n, &now, part.n_local * n_samples, &values, n * DRIVES, &sources));
  for (int64_t k = 0; k < n * DRIVES; k++) {
    sources[k] = driver(k / DRIVES, (int)(k % DRIVES), n);
  }
  for (int64_t t = 0; t < n_samples; t++) {
    for (int64_t i = 0; i < part.n_local; i++) {
      double noise[2], sum = 0;
      const int64_t neuron = part.first + i;

      RandomNormal(1, RANDOM_INPUT_CURRENT, neuron, t, noise);
      for (int k = 0; k < DRIVES; k++) {
        sum += (k % 2 ? -1.0 : 1.0) * past[sources[neuron * DRIVES + k]];
      }
      values[i * n_samples + t] = now[neuron] = 0.3 * past[neuron] + 0.15 * sum + noise[0];
    }
    PetscCallMPI(MPI_Allgather(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, now, (int)part.block, MPI_DOUBLE,
                               PETSC_COMM_WORLD));
    PetscCall(PetscArraycpy(past, now, n));
  }
  PetscCall(ActivityCreate(PETSC_COMM_WORLD, activity));
  PetscCall(ActivitySetValues(*activity, n, n_samples, values));
  PetscCall(PetscFree4(past, now, values, sources));
  PetscFunctionReturn(0);
}

/* Sum of the ranks' rates of C = A'B with the shapes of a tile, the best of several. */
static PetscErrorCode dgemm_rate(int64_t m, double *gflops)
{
  enum { TARGETS = 256, SOURCES = 1024 };
  double *a, *b, *c, best = 1e30;
  int size;

  PetscFunctionBegin;
  PetscCall(PetscCalloc3(m * SOURCES, &a, m * TARGETS, &b, TARGETS * SOURCES, &c));
  for (int repeat = 0; repeat < 20; repeat++) {
    double start, seconds;

    PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
    start = MPI_Wtime();
    cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, SOURCES, TARGETS, (int)m, 1.0, a, (int)m,
                b, (int)m, 0.0, c, SOURCES);
    PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
    seconds = MPI_Wtime() - start;
    best = seconds < best ? seconds : best;
  }
  PetscCall(PetscFree3(a, b, c));
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &size));
  *gflops = 2.0 * TARGETS * SOURCES * (double)m * size / best * 1e-9;
  PetscFunctionReturn(0);
}

static PetscErrorCode write_file(const char *directory, Causality causality)
{
  char path[PETSC_MAX_PATH_LEN];
  DataFile file;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(path, sizeof(path), "%s/bench_ridge.h5", directory));
  PetscCall(DataFileCreate(PETSC_COMM_WORLD, path, &file));
  PetscCall(CausalityWrite(causality, file));
  PetscCall(DataFileClose(&file));
  PetscFunctionReturn(0);
}

static PetscErrorCode bench(int64_t n, int64_t n_samples, int64_t order,
                            const ParameterSetting settings[], const char *directory)
{
  Activity activity;
  Causality causality;
  Granger granger;
  GrangerInfo info;
  struct rusage usage;
  double machine = 0, start, solve_s, write_s, memory, file;
  int size;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &size));
  PetscCall(make_activity(n, n_samples, &activity));
  PetscCall(dgemm_rate(n_samples - order, &machine));
  PetscCall(GrangerCreate(PETSC_COMM_WORLD, &granger));
  PetscCall(GrangerSetOptions(granger, SETTINGS({"granger_estimator", "ridge"})));
  PetscCall(GrangerSetOptions(granger, settings));
  PetscCall(GrangerSetOrder(granger, order));
  PetscCall(GrangerEstimate(granger, size, n, n_samples, -1, &memory, &file));
  PetscCall(CausalityCreate(PETSC_COMM_WORLD, n, &causality));
  start = MPI_Wtime();
  PetscCall(GrangerSolve(granger, activity, PETSC_FALSE, causality));
  solve_s = MPI_Wtime() - start;
  PetscCall(write_file(directory, causality));
  write_s = MPI_Wtime() - start - solve_s;
  PetscCall(GrangerGetInfo(granger, &info));
  (void)getrusage(RUSAGE_SELF, &usage);
  PetscCall(
      PetscPrintf(PETSC_COMM_WORLD,
                  "| %lld | %lld | %lld | %d | %.1f | %.1f | %.1f | %.1f | %.0f %% | %.0f, %.0f | "
                  "%lld |\n",
                  (long long)n, (long long)order, (long long)n_samples, size, solve_s, write_s,
                  info.flops / info.regression_s * 1e-9, machine,
                  100.0 * info.flops / info.regression_s * 1e-9 / machine, memory * 1e-6,
                  (double)usage.ru_maxrss * 1.024e-3,
                  (long long)info.significant[MULTIPLICITY_BENJAMINI_HOCHBERG]));
  PetscCall(CausalityDestroy(&causality));
  PetscCall(GrangerDestroy(&granger));
  PetscCall(ActivityDestroy(&activity));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  PetscInt n = 20000, n_samples = 1500, order = 1;
  char directory[PETSC_MAX_PATH_LEN] = "/tmp", text[4096] = "";
  Settings settings;

  check_begin(&argc, &argv);
  (void)BlasSetThreads(1);
  PetscCall(PetscOptionsGetInt(NULL, NULL, "-neurons", &n, NULL));
  PetscCall(PetscOptionsGetInt(NULL, NULL, "-samples", &n_samples, NULL));
  PetscCall(PetscOptionsGetInt(NULL, NULL, "-order", &order, NULL));
  PetscCall(PetscOptionsGetString(NULL, NULL, "-directory", directory, sizeof(directory), NULL));
  PetscCall(PetscOptionsGetString(NULL, NULL, "-settings", text, sizeof(text), NULL));
  PetscCall(PetscPrintf(
      PETSC_COMM_WORLD,
      "Ridge regression, %d sources of each neuron\n"
      "| N | order | samples | ranks | solve s | write s | Gflop/s | dgemm Gflop/s | of dgemm "
      "| memory predicted, in use MB | significant |\n"
      "|---|---|---|---|---|---|---|---|---|---|---|\n",
      DRIVES));
  CHECK(!bench(n, n_samples, order, settings_read(&settings, text, "", PETSC_TRUE), directory),
        "%s", UserErrorMessage());
  return check_end();
}
