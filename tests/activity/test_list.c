/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spike counts as a list are the same as series: rows, events, rare samples, stationarity; for parts of a recording and of its
   neurons, trials, neurons that fall silent, on all numbers of ranks. */
#include "check.h"
#include "scratch.h"

#include <string.h>

enum { N = 9, SPIKES = 400, LENGTH_MS = 3000, SILENT_FROM_MS = 1000 };

/* Spikes in no order, several in a bin of the first neuron; the last neuron falls silent. */
static void write_spikes(void)
{
  FILE *file = fopen(in_scratch("spikes.csv"), "w");

  CHECK(file != NULL, "spikes.csv");
  (void)fprintf(file, "neuron,time_ms\n");
  for (int k = 0; k < N * SPIKES; k++) {
    const int neuron = k % N;
    double u[2], time;

    RandomUniform(3, RANDOM_INPUT_CURRENT, neuron, k, u);
    time = u[0] * (neuron == N - 1 ? SILENT_FROM_MS : LENGTH_MS);
    (void)fprintf(file, "%d,%.3f\n", 10 + 3 * neuron, neuron ? time : floor(time / 20) * 20);
  }
  (void)fclose(file);
}

static PetscErrorCode load(PetscBool sparse, const ParameterSetting settings[], Activity *activity)
{
  PetscFunctionBegin;
  PetscCall(ActivityCreate(PETSC_COMM_WORLD, activity));
  PetscCall(ActivitySetOptions(
      *activity, SETTINGS({"activity", in_scratch("spikes.csv")}, {"activity_table", "events"},
                          {"activity_bin", "1"}, {"activity_normalize", "none"},
                          {"activity_constant", "drop"})));
  PetscCall(ActivitySetOptions(*activity, settings));
  ActivitySetLags(*activity, 20);
  if (sparse) {
    ActivityKeepSparse(*activity);
  }
  PetscCall(ActivityLoad(*activity));
  PetscFunctionReturn(0);
}

static void compare_rows(Activity series, Activity list)
{
  const int64_t n_samples = ActivitySamples(series);
  const int64_t n_local = ActivityPartition(series)->n_local;

  for (int64_t k = 0; k < 2 * n_local; k++) { /* also again, and in another order */
    const int64_t i = k < n_local ? k : 2 * n_local - 1 - k;
    const double *x = ActivityValues(series) + i * n_samples, *y = ActivityRow(list, i);
    const int64_t *events[2];
    const int64_t n_events[2] = {ActivityEvents(series, i, &events[0]),
                                 ActivityEvents(list, i, &events[1])};

    CHECK(!memcmp(x, y, (size_t)n_samples * sizeof(double)), "neuron %lld", (long long)i);
    CHECK(n_events[0] == n_events[1] &&
              !memcmp(events[0], events[1], (size_t)n_events[0] * sizeof(int64_t)),
          "%lld and %lld events of neuron %lld", (long long)n_events[0], (long long)n_events[1],
          (long long)i);
  }
}

static PetscErrorCode compare(const ParameterSetting settings[], int64_t n_neurons)
{
  Activity series, list;
  const Segment *segments[2];
  double rare[2][N] = {{0}, {0}};
  int64_t wandering[2], first[2], n;

  PetscFunctionBegin;
  PetscCall(load(PETSC_FALSE, settings, &series));
  PetscCall(load(PETSC_TRUE, settings, &list));
  CHECK(!ActivityList(series) && (ActivityValues(series) || !ActivityPartition(series)->n_local),
        "series");
  CHECK(ActivityList(list) && !ActivityValues(list), "list");
  CHECK(ActivityPartition(list)->n_global == n_neurons &&
            ActivityPartition(series)->n_global == n_neurons,
        "%lld neurons", (long long)ActivityPartition(list)->n_global);
  CHECK(ActivitySamples(list) == ActivitySamples(series), "%lld samples",
        (long long)ActivitySamples(list));
  n = ActivitySegments(series, &segments[0]);
  CHECK(ActivitySegments(list, &segments[1]) == n &&
            !memcmp(segments[0], segments[1], (size_t)n * sizeof(Segment)),
        "segments");
  compare_rows(series, list);
  PetscCall(ActivityCountRare(series, rare[0]));
  PetscCall(ActivityCountRare(list, rare[1]));
  CHECK(!memcmp(rare[0], rare[1], sizeof(rare[0])), "rare samples");
  PetscCall(ActivityTestStationarity(series, 0.05, &wandering[0], &first[0]));
  PetscCall(ActivityTestStationarity(list, 0.05, &wandering[1], &first[1]));
  CHECK(wandering[0] == wandering[1] && first[0] == first[1], "%lld wander",
        (long long)wandering[1]);
  PetscCall(ActivityExpand(list));
  CHECK(!ActivityList(list), "no list is left");
  compare_rows(series, list);
  PetscCall(ActivityDestroy(&series));
  PetscCall(ActivityDestroy(&list));
  PetscFunctionReturn(0);
}

/* What asks for series gets them. */
static PetscErrorCode test_series(void)
{
  static const ParameterSetting noise[] = {{"activity_noise", "1"}, {NULL, NULL}},
                                steps[] = {{"activity_steps", "detrend"}, {NULL, NULL}},
                                zscore[] = {{"activity_normalize", "zscore"}, {NULL, NULL}},
                                every[] = {{"activity_downsample", "2"}, {NULL, NULL}};
  const ParameterSetting *const all[] = {noise, steps, zscore, every};

  PetscFunctionBegin;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(all); k++) {
    Activity a;

    PetscCall(load(PETSC_TRUE, all[k], &a));
    CHECK(!ActivityList(a) && (ActivityValues(a) || ActivityPartition(a)->n_local == 0), "case %d",
          (int)k);
    PetscCall(ActivityDestroy(&a));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode test(void)
{
  PetscFunctionBegin;
  PetscCall(compare(SETTINGS({"seed", "1"}), N));
  PetscCall(compare(SETTINGS({"activity_trials", "333"}), N));
  PetscCall(compare(SETTINGS({"activity_samples", "500:1000"}), N));
  PetscCall(compare(SETTINGS({"activity_samples", "1500:1000"}), N - 1)); /* one is silent */
  PetscCall(compare(SETTINGS({"activity_time", "200:900"}), N));
  PetscCall(compare(SETTINGS({"activity_time", "1200:"}), N - 1));
  PetscCall(compare(SETTINGS({"activity_channels", "13,22,25"}), 3));
  PetscCall(compare(SETTINGS({"observe_fraction", "0.5"}), 5));
  PetscCall(compare(SETTINGS({"causality_windows", "3"}), N));
  PetscCall(test_series());
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  check_begin(&argc, &argv);
  scratch_begin("list");
  if (scratch_rank() == 0) {
    write_spikes();
  }
  PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
  CHECK(!test(), "%s", UserErrorMessage());
  scratch_end();
  return check_end();
}
