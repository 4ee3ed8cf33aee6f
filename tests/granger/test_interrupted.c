/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A regression that is interrupted at every safe point ends with the result of one that never was, to the
   last bit, and with the same count of flops. */
#include "check.h"
#include "setup.h"

#include <signal.h>
#include <string.h>

enum { N = 29, SAMPLES = 5000, ORDER = 3, CHUNKS = 3, SURROGATES = 5, BOOTSTRAP = 3 };

static const char *const readings[] = {"gc",          "f_statistic",      "p_value",
                                       "pairwise_gc", "pairwise_p_value", "surrogate_p_value",
                                       "gc_low",      "gc_high"};
static const char *estimator, *statistics;
static PetscBool resamples;
static char directory[256];

static PetscErrorCode keep(Snapshot s, void *granger)
{
  PetscFunctionBegin;
  PetscCall(GrangerKeep(granger, s));
  PetscFunctionReturn(0);
}

static PetscErrorCode make_activity(Activity *activity)
{
  Partition part;
  double *values;

  PetscFunctionBegin;
  PetscCall(PartitionMake(PETSC_COMM_WORLD, N, &part));
  PetscCall(PetscMalloc1(part.n_local * SAMPLES, &values));
  for (int64_t i = 0; i < part.n_local; i++) {
    for (int t = 0; t < SAMPLES; t++) {
      double noise[2];

      RandomNormal(5, RANDOM_INPUT_CURRENT, part.first + i, t, noise);
      values[i * SAMPLES + t] = noise[0] + (t > 0 ? 0.5 * values[i * SAMPLES + t - 1] : 0.0);
    }
  }
  PetscCall(ActivityCreate(PETSC_COMM_WORLD, activity));
  PetscCall(ActivitySetValues(*activity, N, SAMPLES, values));
  PetscCall(PetscFree(values));
  PetscFunctionReturn(0);
}

/* One job: goes on from the newest snapshot, and is interrupted at its first safe point when signals have
   been raised. */
static PetscErrorCode run(Activity activity, PetscBool *stopped, GrangerInfo *info,
                          Causality causality)
{
  Checkpoint checkpoint;
  Granger granger;
  PetscBool found;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(setup_granger(
      PETSC_COMM_WORLD, ORDER,
      SETTINGS({"granger_estimator", estimator}, {"granger_statistics", statistics},
               {"granger_groups", "0-9,20-28"}, {"granger_surrogates", resamples ? "5" : "0"},
               {"granger_bootstrap", resamples ? "3" : "0"}, {"granger_level", "0.5"}),
      &granger));
  PetscCall(CheckpointCreate(PETSC_COMM_WORLD, &checkpoint));
  PetscCall(CheckpointFind(checkpoint, directory, "", &found));
  PetscCall(CheckpointStart(checkpoint, directory, "", "", keep, granger));
  PetscCall(GrangerSetCheckpoint(granger, checkpoint));
  status = GrangerSolve(granger, activity, found, causality);
  *stopped = status == CAUSEWAY_STOPPED ? PETSC_TRUE : PETSC_FALSE;
  CHECK(!status || *stopped, "%s", UserErrorMessage());
  PetscCall(GrangerGetInfo(granger, info));
  PetscCall(CheckpointDestroy(&checkpoint));
  PetscCall(GrangerDestroy(&granger));
  PetscFunctionReturn(0);
}

static void compare(Causality expected, Causality causality)
{
  const int64_t entries = CausalityPartition(expected)->n_local * N;

  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(readings); k++) {
    const double *values = CausalityFind(expected, "granger", readings[k]);

    CHECK(values || k >= 3, "there is no %s", readings[k]);
    CHECK(!values || !memcmp(values, CausalityFind(causality, "granger", readings[k]),
                             (size_t)entries * sizeof(double)),
          "%s differs from the run that was not interrupted", readings[k]);
  }
  if (strstr(statistics, "group")) {
    CHECK(!memcmp(CausalityFindTable(expected, "granger", "group_gc"),
                  CausalityFindTable(causality, "granger", "group_gc"), 4 * sizeof(double)),
          "group_gc differs from the run that was not interrupted");
  }
}

typedef struct {
  const char *estimator, *statistics;
  PetscBool resamples;
  int safe_points; /* of a run that is not interrupted */
  Causality expected;
  GrangerInfo info;
} Case;

static PetscErrorCode remove_snapshots(void)
{
  Checkpoint checkpoint;

  PetscFunctionBegin;
  PetscCall(CheckpointCreate(PETSC_COMM_WORLD, &checkpoint));
  PetscCall(CheckpointRemove(checkpoint, directory));
  PetscCall(CheckpointDestroy(&checkpoint));
  PetscFunctionReturn(0);
}

static PetscErrorCode run_whole(Activity activity, Case *c)
{
  PetscBool stopped;

  PetscFunctionBegin;
  estimator = c->estimator;
  statistics = c->statistics;
  resamples = c->resamples;
  PetscCall(CausalityCreate(PETSC_COMM_WORLD, N, &c->expected));
  PetscCall(run(activity, &stopped, &c->info, c->expected));
  CHECK(!stopped, "%s: the first run is interrupted", estimator);
  PetscCall(remove_snapshots()); /* a slow run leaves one at a milestone */
  PetscFunctionReturn(0);
}

static PetscErrorCode run_interrupted(Activity activity, Case *c)
{
  Causality causality;
  GrangerInfo info;
  PetscBool stopped;
  int stops = -1;

  PetscFunctionBegin;
  estimator = c->estimator;
  statistics = c->statistics;
  resamples = c->resamples;
  do {
    PetscCall(CausalityCreate(PETSC_COMM_WORLD, N, &causality));
    PetscCall(run(activity, &stopped, &info, causality));
    if (!stopped) {
      compare(c->expected, causality);
    }
    PetscCall(CausalityDestroy(&causality));
    stops++;
  } while (stopped && stops < 2 * c->safe_points);
  CHECK(stops == c->safe_points, "%s: %d interruptions, expected %d", estimator, stops,
        c->safe_points);
  CHECK_CLOSE(info.flops / c->info.flops, 1.0, 1e-12);
  PetscCall(CausalityDestroy(&c->expected));
  PetscCall(remove_snapshots());
  PetscFunctionReturn(0);
}

static PetscErrorCode test_interrupted(void)
{
  int size;
  /* one in each stretch of samples, one after the factor; one after each source; one after each round of
     resamples, of which each rank takes one */
  Case cases[] = {
      {.estimator = "gram", .statistics = "conditional,pairwise,group", .safe_points = CHUNKS + 1},
      {.estimator = "qr", .statistics = "conditional", .safe_points = 1},
      {.estimator = "ridge", .statistics = "conditional", .safe_points = CHUNKS + 1},
      {.estimator = "lwr", .statistics = "conditional", .safe_points = N},
      {.estimator = "gram", .statistics = "conditional", .resamples = PETSC_TRUE}};
  Activity activity;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &size));
  cases[4].safe_points =
      CHUNKS + 1 + (SURROGATES + size - 1) / size + (BOOTSTRAP + size - 1) / size;
  PetscCall(make_activity(&activity));
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(cases); k++) {
    PetscCall(run_whole(activity, &cases[k]));
  }
  (void)raise(SIGUSR1);
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(cases); k++) {
    PetscCall(run_interrupted(activity, &cases[k]));
  }
  PetscCall(ActivityDestroy(&activity));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  int rank;

  check_begin(&argc, &argv);
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  if (rank == 0) {
    (void)snprintf(directory, sizeof(directory), "/tmp/causeway_interrupted_XXXXXX");
    CHECK(mkdtemp(directory), "cannot make a directory");
  }
  PetscCallMPI(MPI_Bcast(directory, sizeof(directory), MPI_CHAR, 0, PETSC_COMM_WORLD));
  CHECK(!test_interrupted(), "%s", UserErrorMessage());
  if (rank == 0) {
    char command[300];

    (void)snprintf(command, sizeof(command), "rm -rf %s", directory);
    CHECK(system(command) == 0, "cannot clean up");
  }
  return check_end();
}
