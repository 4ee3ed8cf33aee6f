/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trials, missing values, detrending, differences and events, against plain loops over the samples. */
#include "check.h"
#include "scratch.h"

#include <string.h>

enum { N = 7, T = 500, CLIP = 30, NO_TRIAL = -1 };

typedef enum { SOUND, GAPS, BETWEEN } Holes;

typedef struct {
  const char *trials; /* none, a length, or a file in the scratch folder */
  Holes holes;
  int clip, detrend, difference, normalize;
  const char *samples, *threshold;
} Case;

static const char *const normalizations[] = {"none", "center", "zscore"};
static const int64_t table[] = {10, 100, 100, 101, 130, 131, 140, 142, 150, 320, 400, 500};
enum { N_TRIALS = sizeof(table) / sizeof(table[0]) / 2 };
static int rank;

static double raw(int64_t i, int64_t t)
{
  double normal[2];

  RandomNormal(2, RANDOM_INPUT_CURRENT, i, t, normal);
  return -65.0 + (double)i + 0.02 * (double)(i * t) + (1.0 + 0.5 * (double)i) * normal[0] +
         (normal[1] > 1.5 ? 150 : 0);
}

/* At the ends, twice in a row, at the borders of trials, and of neurons that different ranks hold. */
static double source(Holes holes, int64_t i, int64_t t)
{
  static const struct {
    int64_t neuron, sample;
    double value;
  } gaps[] = {{0, 0, (double)NAN},         {6, 89, (double)INFINITY}, {3, 200, (double)NAN},
              {5, 201, -(double)INFINITY}, {1, 203, (double)NAN},     {2, 270, (double)NAN},
              {6, 270, (double)NAN},       {4, 130, (double)NAN},     {5, 499, (double)NAN},
              {2, 350, (double)INFINITY}};

  for (size_t k = 0; holes == GAPS && k < sizeof(gaps) / sizeof(gaps[0]); k++) {
    if (gaps[k].neuron == i && gaps[k].sample == t) {
      return gaps[k].value;
    }
  }
  return holes == BETWEEN && t >= 320 && t < 400 ? (double)NAN : raw(i, t);
}

static PetscErrorCode write_matrix(const char *name, int64_t rows, int64_t columns,
                                   const double *values)
{
  int64_t dims[2] = {rows, columns}, first[2] = {0, 0}, count[2] = {rank ? 0 : rows, columns};
  DataFile file;

  PetscFunctionBegin;
  PetscCall(DataFileCreate(PETSC_COMM_WORLD, in_scratch(name), &file));
  PetscCall(DataFileAddDataset(file, "/v", DATA_FLOAT64, 2, dims, NULL));
  PetscCall(DataFileWrite(file, "/v", DATA_FLOAT64, first, count, values));
  PetscCall(DataFileClose(&file));
  PetscFunctionReturn(0);
}

static PetscErrorCode write_inputs(void)
{
  static const char *const names[] = {"sound.h5", "gaps.h5", "between.h5"};
  int64_t dims[2] = {N_TRIALS, 2}, first[2] = {0, 0}, count[2] = {rank ? 0 : N_TRIALS, 2};
  static double values[N * T];
  DataFile file;

  PetscFunctionBegin;
  for (int h = SOUND; h <= BETWEEN; h++) {
    for (int64_t e = 0; e < N * T; e++) {
      values[e] = source((Holes)h, e / T, e % T);
    }
    PetscCall(write_matrix(names[h], N, T, values));
  }
  for (int64_t e = 0; e < N * T; e++) {
    values[e] = e / T == 4 ? 3.0 + 0.1 * (double)(e % T) : raw(e / T, e % T);
  }
  PetscCall(write_matrix("ramp.h5", N, T, values));
  for (int64_t e = 0; e < N * T; e++) {
    values[e] = e / T == 2 ? (double)NAN : raw(e / T, e % T);
  }
  PetscCall(write_matrix("nothing.h5", N, T, values));
  PetscCall(DataFileCreate(PETSC_COMM_WORLD, in_scratch("trials.h5"), &file));
  PetscCall(DataFileAddDataset(file, "/trials", DATA_INT64, 2, dims, NULL));
  PetscCall(DataFileWrite(file, "/trials", DATA_INT64, first, count, table));
  PetscCall(DataFileClose(&file));
  PetscFunctionReturn(0);
}

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

static PetscErrorCode set_word(const char *key, const char *value)
{
  PetscFunctionBegin;
  PetscCall(PetscOptionsSetValue(NULL, key, value));
  PetscFunctionReturn(0);
}

static PetscErrorCode configure(MPI_Comm comm, const char *file, const Case *c, Activity *activity)
{
  static const char *const differences[] = {"0", "1", "2"};
  Parameters parameters;
  PetscErrorCode code;

  PetscFunctionBegin;
  PetscCall(set_word("-activity", in_scratch(file)));
  PetscCall(
      set_word("-activity_trials", strchr(c->trials, '/') ? in_scratch(c->trials) : c->trials));
  PetscCall(set_word("-activity_missing", c->holes == GAPS ? "drop" : "refuse"));
  PetscCall(set_word("-activity_clip", c->clip ? "30" : "none"));
  PetscCall(set_word("-activity_detrend", c->detrend ? "linear" : "none"));
  PetscCall(set_word("-activity_difference", differences[c->difference]));
  PetscCall(set_word("-activity_normalize", normalizations[c->normalize]));
  PetscCall(set_word("-activity_samples", c->samples));
  PetscCall(set_word("-activity_event_threshold", c->threshold));
  PetscCall(ParametersCreate(comm, &parameters));
  PetscCall(ParametersSection(parameters, "activity", PETSC_TRUE));
  PetscCall(ActivityCreate(comm, activity));
  code = ActivitySetFromOptions(*activity, parameters);
  PetscCall(ParametersDestroy(&parameters));
  PetscCall(code);
  PetscFunctionReturn(0);
}

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
  static const char *const trials[] = {"none", "90", "500", "1000", "trials.h5:/trials"};
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

/* Refused on every rank, with a message that has all `words`; `inspect` when it must not take reading. */
static PetscErrorCode expect_refused(const char *file, const Case *c, PetscBool inspect,
                                     const char *words, const char *more)
{
  Activity activity = NULL;
  PetscErrorCode code;
  int64_t n_neurons, n_samples;

  PetscFunctionBegin;
  (void)UserError("(no error)");
  code = configure(PETSC_COMM_WORLD, file, c, &activity);
  if (!code) {
    code = inspect ? ActivityInspect(activity, &n_neurons, &n_samples) : ActivityLoad(activity);
  }
  CHECK(code == CAUSEWAY_ERR_USER, "rank %d: code %d, expected '%s'", rank, (int)code, words);
  CHECK(strstr(UserErrorMessage(), words) && strstr(UserErrorMessage(), more),
        "'%s' has no '%s' and '%s'", UserErrorMessage(), words, more);
  PetscCall(ActivityDestroy(&activity));
  PetscFunctionReturn(0);
}

static PetscErrorCode test_refused(void)
{
  const Case plain = {"none", SOUND, 0, 0, 0, 2, "all", "clip"};
  Case c = plain;

  PetscFunctionBegin;
  PetscCall(expect_refused("gaps.h5:/v", &plain, PETSC_FALSE, "neuron 0, sample 0 ",
                           "-activity_missing drop"));
  c.detrend = 1;
  PetscCall(expect_refused("ramp.h5:/v", &c, PETSC_FALSE, "neuron 4 ", "constant after"));
  c = plain;
  c.difference = 1;
  PetscCall(expect_refused("ramp.h5:/v", &c, PETSC_FALSE, "neuron 4 ", "constant after"));
  c = plain;
  c.holes = GAPS;
  PetscCall(
      expect_refused("nothing.h5:/v", &c, PETSC_FALSE, "none of the 500 samples", "nothing.h5"));
  c = plain;
  c.trials = "2";
  c.difference = 2;
  PetscCall(expect_refused("sound.h5:/v", &c, PETSC_TRUE, "none of the 500 samples", "difference"));
  c = plain;
  c.trials = "trials.h5:/trials";
  c.samples = "320:80";
  PetscCall(expect_refused("sound.h5:/v", &c, PETSC_TRUE, "none of the 500 samples", "selection"));
  c.trials = "nowhere.h5:/trials";
  PetscCall(expect_refused("sound.h5:/v", &c, PETSC_TRUE, "nowhere.h5", "No such file"));
  c.trials = "sound.h5:/v";
  PetscCall(expect_refused("sound.h5:/v", &c, PETSC_TRUE, "activity_trials", "7 x 500"));
  PetscFunctionReturn(0);
}

static PetscErrorCode test_tables(void)
{
  static const struct {
    double values[4];
    const char *words, *more;
  } wrong[] = {
      {{0, 10, 5, 20}, "trial 1 ", "overlap"},      {{50, 60, 0, 10}, "trial 1 ", "ascending"},
      {{0, 10, 20, 20}, "trial 1 ", "20"},          {{-1, 10, 20, 30}, "trial 0 ", "-1"},
      {{0, 10, 20, 501}, "trial 1 ", "500"},        {{0, 10.5, 20, 30}, "trial 0 ", "10.5"},
      {{0, (double)NAN, 20, 30}, "trial 0 ", "nan"}};
  static const char *const words[] = {"0", "-3", "ten", "10x", "1.5", "trials.h5"};
  const Case c = {"wrong.h5:/v", SOUND, 0, 0, 0, 2, "all", "clip"};

  PetscFunctionBegin;
  for (size_t k = 0; k < sizeof(wrong) / sizeof(wrong[0]); k++) {
    PetscCall(write_matrix("wrong.h5", 2, 2, wrong[k].values));
    PetscCall(expect_refused("sound.h5:/v", &c, PETSC_TRUE, wrong[k].words, wrong[k].more));
    CHECK(strstr(UserErrorMessage(), "activity_trials"), "%s", UserErrorMessage());
  }
  for (size_t k = 0; k < sizeof(words) / sizeof(words[0]); k++) {
    Case word = c;

    word.trials = words[k];
    PetscCall(expect_refused("sound.h5:/v", &word, PETSC_TRUE, "activity_trials", words[k]));
  }
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

/* A forecaster takes only what is in one piece, known before anything is read. */
static PetscErrorCode test_forecaster(void)
{
  static const struct {
    Case c;
    int fits;
  } cases[] = {{{"none", SOUND, 1, 1, 0, 2, "all", "clip"}, 1},
               {{"none", SOUND, 0, 0, 2, 2, "all", "clip"}, 0},
               {{"none", SOUND, 0, 0, 2, 2, "2:300", "clip"}, 1},
               {{"250", SOUND, 0, 0, 0, 2, "all", "clip"}, 0},
               {{"250", SOUND, 0, 0, 0, 2, "250:250", "clip"}, 1},
               {{"trials.h5:/trials", SOUND, 0, 0, 0, 2, "140:10", "clip"}, 0}};
  int64_t n_neurons, n_samples;
  Activity activity;

  PetscFunctionBegin;
  for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
    PetscErrorCode code;

    PetscCall(configure(PETSC_COMM_WORLD, "sound.h5:/v", &cases[k].c, &activity));
    PetscCall(ActivityInspect(activity, &n_neurons, &n_samples));
    code = ForecasterCheckActivity(activity, n_samples);
    CHECK(code == (cases[k].fits ? 0 : CAUSEWAY_ERR_USER), "case %zu: %d", k, (int)code);
    PetscCall(ActivityDestroy(&activity));
  }
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
  CHECK(!test_refused(), "refused");
  CHECK(!test_tables(), "tables of trials");
  CHECK(!test_memory(), "memory");
  CHECK(!test_forecaster(), "forecaster");
  scratch_end();
  return check_end();
}
