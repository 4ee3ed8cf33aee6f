/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trials, missing values, detrending, differences and events, against plain loops over samples. */
#include "recording.h"

static int rank;

/* ---- the oracle: what each sample of the source is, and what becomes of a series */

static int64_t first_sample(const Case *c)
{
  return strcmp(c->samples, "all") ? atoll(c->samples) : 0;
}

static int64_t n_selected(const Case *c)
{
  return strcmp(c->samples, "all") ? atoll(strchr(c->samples, ':') + 1) : T;
}

static int64_t trial_of(const Case *c, int64_t t)
{
  if (!strcmp(c->trials, "none")) {
    return 0;
  }
  if (!strchr(c->trials, '/')) {
    return t / atoll(c->trials);
  }
  for (int64_t k = 0; k < N_TRIALS; k++) {
    if (t >= table[2 * k] && t < table[2 * k + 1]) {
      return k;
    }
  }
  return NO_TRIAL;
}

static int is_missing(const Case *c, int64_t t)
{
  for (int64_t i = 0; i < N; i++) {
    if (!isfinite(source(c->holes, i, t))) {
      return 1;
    }
  }
  return 0;
}

/* Of the case at hand: the trial of each sample, NO_TRIAL also where it is missing. */
static int64_t present[T];

static void examine(const Case *c)
{
  for (int64_t t = 0; t < T; t++) {
    present[t] = is_missing(c, t) ? NO_TRIAL : trial_of(c, t);
  }
}

/* Whether t and `back` samples before it belong together. */
static int reaches(int64_t t, int64_t back)
{
  for (int64_t s = t; s >= t - back; s--) {
    if (s < 0 || s >= T || present[s] == NO_TRIAL || present[s] != present[t]) {
      return 0;
    }
  }
  return 1;
}

/* Inside a segment: differences lose the first samples. */
static int used(const Case *c, int64_t t)
{
  return reaches(t, c->difference);
}

/* Subtracts the line of each trial, from raw moments in long double. */
static void oracle_detrend(double x[])
{
  for (int64_t trial = 0; trial < T; trial++) {
    long double n = 0, st = 0, sx = 0, stt = 0, stx = 0, slope = 0;

    for (int64_t t = 0; t < T; t++) {
      if (present[t] == trial) {
        n += 1;
        st += t;
        sx += x[t];
        stt += (long double)t * t;
        stx += t * (long double)x[t];
      }
    }
    slope = n > 1 ? (n * stx - st * sx) / (n * stt - st * st) : 0;
    for (int64_t t = 0; t < T && n > 0; t++) {
      if (present[t] == trial) {
        x[t] = (double)(x[t] - (sx / n + slope * (t - st / n)));
      }
    }
  }
}

static void oracle(const Case *c, int64_t i, double series[T])
{
  double x[T], mean = 0, square = 0, n = 0;

  for (int64_t t = 0; t < T; t++) {
    x[t] = c->clip ? fmin(source(c->holes, i, t), CLIP) : source(c->holes, i, t);
  }
  if (c->detrend) {
    oracle_detrend(x);
  }
  for (int64_t t = 0; t < T; t++) {
    series[t] = 0;
    if (used(c, t)) {
      series[t] = c->difference == 0   ? x[t]
                  : c->difference == 1 ? x[t] - x[t - 1]
                                       : x[t] - 2 * x[t - 1] + x[t - 2];
      n += 1;
      mean += series[t];
    }
  }
  mean /= n;
  for (int64_t t = 0; t < T; t++) {
    square += used(c, t) ? pow(series[t] - mean, 2) : 0;
  }
  for (int64_t t = 0; t < T && c->normalize > 0; t++) {
    series[t] = used(c, t) ? (series[t] - mean) / (c->normalize == 2 ? sqrt(square / n) : 1) : 0;
  }
}

/* ---- */

static PetscErrorCode load(MPI_Comm comm, const char *file, const Case *c, Activity *activity)
{
  PetscFunctionBegin;
  PetscCall(configure(comm, file, c, activity));
  PetscCall(ActivityLoad(*activity));
  PetscFunctionReturn(0);
}

static const char *file_of(const Case *c)
{
  static const char *const files[] = {"sound.h5:/v", "gaps.h5:/v", "between.h5:/v"};

  return files[c->holes];
}

/* Each sample is in the segments as often as it must, and each border lies where it must. */
static void check_segments(const Case *c, Activity activity)
{
  const int64_t first = first_sample(c), end = first + n_selected(c);
  const Segment *segments;
  const int64_t n = ActivitySegments(activity, &segments);
  int64_t s = 0, missing = 0;

  for (int64_t t = first; t < end; t++) {
    const int begins = used(c, t) && (t == first || !reaches(t, c->difference + 1));
    const int ends = used(c, t) && (t == end - 1 || !reaches(t + 1, c->difference + 1));

    if (begins) {
      CHECK(s < n && segments[s].first == t - first, "segment %lld begins at %lld", (long long)s,
            (long long)t);
    }
    if (ends) {
      CHECK(s < n && segments[s].end == t - first + 1, "segment %lld ends at %lld", (long long)s,
            (long long)t);
      s++;
    }
    missing += trial_of(c, t) != NO_TRIAL && is_missing(c, t);
  }
  CHECK(n == s, "%lld segments, expected %lld", (long long)n, (long long)s);
  CHECK(ActivityMissing(activity) == missing, "%lld missing, expected %lld",
        (long long)ActivityMissing(activity), (long long)missing);
  for (int64_t order = 0; order < 60; order += 7) {
    int64_t rows = 0;

    for (int64_t t = first + order; t < end; t++) {
      rows += reaches(t, c->difference + order);
    }
    CHECK(ActivityRows(activity, order) == rows, "%lld rows of order %lld, expected %lld",
          (long long)ActivityRows(activity, order), (long long)order, (long long)rows);
  }
}

static void check_values(const Case *c, Activity activity)
{
  const Partition *partition = ActivityPartition(activity);
  const int64_t first = first_sample(c), count = n_selected(c);
  double series[T];

  for (int64_t i = 0; i < partition->n_local; i++) {
    oracle(c, partition->first + i, series);
    for (int64_t t = 0; t < count; t++) {
      const double value = ActivityValues(activity)[i * count + t];

      CHECK_CLOSE(value, series[first + t], 1e-10);
      CHECK(used(c, first + t) || value == 0, "%g outside the segments", value);
    }
  }
}

/* Events do not change with what is done to the values. */
static PetscErrorCode check_events(const Case *c, Activity activity)
{
  const Partition *partition = ActivityPartition(activity);
  const int64_t first = first_sample(c), count = n_selected(c);
  const int wanted = strcmp(c->threshold, "none") && (strcmp(c->threshold, "clip") || c->clip);
  const double threshold = strcmp(c->threshold, "clip") ? atof(c->threshold) : CLIP;
  int64_t total = 0, counted = -1;

  PetscFunctionBegin;
  for (int64_t i = 0; i < N; i++) {
    const int64_t local = i - partition->first, *events = NULL;
    const int mine = local >= 0 && local < partition->n_local;
    const int64_t n = mine ? ActivityEvents(activity, local, &events) : 0;
    int64_t k = 0;

    for (int64_t t = 0; t < count && wanted; t++) {
      if (used(c, first + t) && source(c->holes, i, first + t) >= threshold) {
        CHECK(!mine || (k < n && events[k] == t), "event %lld of neuron %lld at %lld", (long long)k,
              (long long)i, (long long)t);
        k++;
      }
    }
    CHECK(!mine || n == k, "%lld events, expected %lld", (long long)n, (long long)k);
    total += k;
  }
  PetscCall(ActivityCountEvents(activity, &counted));
  CHECK(counted == total && (total > 0) == wanted, "%lld events, expected %lld", (long long)counted,
        (long long)total);
  PetscFunctionReturn(0);
}

static PetscErrorCode check_case(const Case *c)
{
  int64_t n_neurons, n_samples;
  Activity activity;

  PetscFunctionBegin;
  examine(c);
  PetscCall(configure(PETSC_COMM_WORLD, file_of(c), c, &activity));
  PetscCall(ActivityInspect(activity, &n_neurons, &n_samples));
  CHECK(n_neurons == N && n_samples == n_selected(c), "%lld x %lld", (long long)n_neurons,
        (long long)n_samples);
  if (c->holes != GAPS) {
    check_segments(c, activity);
  }
  PetscCall(ActivityLoad(activity));
  CHECK(ActivitySamples(activity) == n_samples, "%lld", (long long)ActivitySamples(activity));
  check_segments(c, activity);
  check_values(c, activity);
  PetscCall(check_events(c, activity));
  PetscCall(ActivityDestroy(&activity));
  PetscFunctionReturn(0);
}

static PetscErrorCode test_steps(void)
{
  static const char *const trials[] = {"none", "90", "500", "300", "trials.h5:/trials"};
  static const char *const samples[] = {"all", "37:301"};
  static const char *const thresholds[] = {"clip", "none", "-50", "80"};

  PetscFunctionBegin;
  for (int k = 0; k < 5 * 2 * 2 * 3 * 2; k++) {
    const Case c = {.trials = trials[k % 5],
                    .holes = k / 5 % 2 ? GAPS : SOUND,
                    .detrend = k / 10 % 2,
                    .difference = k / 20 % 3,
                    .samples = samples[k / 60],
                    .clip = k / 4 % 2,
                    .normalize = k % 3,
                    .threshold = thresholds[k % 4]};

    PetscCall(check_case(&c));
  }
  PetscFunctionReturn(0);
}

/* What is missing between trials is not looked at, and no sample is left out. */
static PetscErrorCode test_between(void)
{
  const Case c = {"trials.h5:/trials", BETWEEN, 1, 1, 1, 2, "5:490", "clip"};

  PetscFunctionBegin;
  PetscCall(check_case(&c));
  PetscFunctionReturn(0);
}

/* Nothing depends on the number of ranks, to the last bit. */
static PetscErrorCode test_same_on_one_rank(void)
{
  const Case c = {"trials.h5:/trials", GAPS, 1, 1, 1, 2, "5:450", "-50"};
  Activity activity, alone;
  const Segment *segments, *other;
  const Partition *part;
  int64_t n;

  PetscFunctionBegin;
  PetscCall(load(PETSC_COMM_WORLD, file_of(&c), &c, &activity));
  PetscCall(load(PETSC_COMM_SELF, file_of(&c), &c, &alone));
  part = ActivityPartition(activity);
  n = ActivitySegments(activity, &segments);
  CHECK(n == ActivitySegments(alone, &other) &&
            !memcmp(segments, other, (size_t)n * sizeof(Segment)),
        "segments of rank %d", rank);
  CHECK(!memcmp(ActivityValues(activity), ActivityValues(alone) + part->first * 450,
                (size_t)(part->n_local * 450) * sizeof(double)),
        "values of rank %d", rank);
  PetscCall(ActivityDestroy(&activity));
  PetscCall(ActivityDestroy(&alone));
  PetscFunctionReturn(0);
}

/* Events and segments given to an activity from memory. */
static PetscErrorCode test_memory(void)
{
  const double x[N * 10] = {[0] = 2, [3] = 2, [4] = 5, [9] = 2};
  const Segment segments[] = {{1, 4}, {4, 8}};
  const int64_t *events = NULL;
  Activity activity;
  Partition part;
  int64_t n;

  PetscFunctionBegin;
  PetscCall(PartitionMake(PETSC_COMM_WORLD, N, &part));
  PetscCall(ActivityCreate(PETSC_COMM_WORLD, &activity));
  PetscCall(ActivitySetValues(activity, N, 10, x + part.first * 10));
  PetscCall(ActivityDetectEvents(activity, 2));
  PetscCall(ActivityCountEvents(activity, &n));
  CHECK(n == 4 && ActivityRows(activity, 3) == 7, "%lld events", (long long)n);
  PetscCall(ActivitySetSegments(activity, 2, segments));
  PetscCall(ActivityCountEvents(activity, &n));
  CHECK(n == 0 && ActivityRows(activity, 3) == 1, "%lld events", (long long)n);
  PetscCall(ActivityDetectEvents(activity, 2));
  PetscCall(ActivityCountEvents(activity, &n));
  CHECK(n == 2, "%lld events", (long long)n);
  n = part.n_local > 0 ? ActivityEvents(activity, 0, &events) : 0;
  CHECK(rank > 0 || (n == 2 && events[0] == 3 && events[1] == 4), "%lld events", (long long)n);
  PetscCall(ActivityDestroy(&activity));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  check_begin(&argc, &argv);
  rank = scratch_rank();
  scratch_begin("preprocess");
  CHECK(!write_inputs(), "inputs");
  CHECK(!test_steps(), "steps");
  CHECK(!test_between(), "between trials");
  CHECK(!test_same_on_one_rank(), "on one rank");
  CHECK(!test_memory(), "memory");
  scratch_end();
  return check_end();
}
