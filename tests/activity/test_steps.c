/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The steps of preprocessing, against plain computations on whole series. */
#include "load_steps.h"

enum { NEURONS = 5, LENGTH = 600, TRIAL = 150, FACTOR = 4, TAPS = 10 * FACTOR };

static double fluorescence(int64_t i, int64_t t)
{
  return 100.0 + 10.0 * (double)i + 0.02 * (double)t + 3 * normal(i, t) +
         (occurs(i, t, 30) ? 20 : 0);
}

/* Two constants, a slow and a fast wave, a level for each trial, noise. */
static double waves(int64_t i, int64_t t)
{
  switch (i) {
  case 0:
    return t < TRIAL ? 1.5 : 7.25;
  case 1:
    return sin(2 * M_PI * (double)t / 200);
  case 2:
    return sin(2 * M_PI * (double)t / 3);
  case 3:
    return (double)(1 + t / TRIAL * (t / TRIAL));
  default:
    return normal(i, t);
  }
}

static double holes(int64_t i, int64_t t)
{
  return (i == 1 && (t == 77 || t == 200)) || (i == 4 && t == 599) ? (double)NAN
                                                                   : fluorescence(i, t);
}

static PetscErrorCode write_series(void)
{
  static const struct {
    const char *name;
    double (*value)(int64_t, int64_t);
  } files[] = {{"fluorescence.h5", fluorescence}, {"waves.h5", waves}, {"holes.h5", holes}};
  static double values[NEURONS * LENGTH];

  PetscFunctionBegin;
  for (size_t f = 0; f < sizeof(files) / sizeof(files[0]); f++) {
    for (int64_t e = 0; e < NEURONS * LENGTH; e++) {
      values[e] = files[f].value(e / LENGTH, e % LENGTH);
    }
    PetscCall(write_matrix(files[f].name, NEURONS, LENGTH, values));
  }
  PetscFunctionReturn(0);
}

/* Local values against those of an oracle, (NEURONS, n). */
static void check_values(Activity a, int64_t n, const double *expected, double tolerance)
{
  const Partition *p = ActivityPartition(a);

  CHECK(p->n_global == NEURONS && ActivitySamples(a) == n, "%lld x %lld", (long long)p->n_global,
        (long long)ActivitySamples(a));
  for (int64_t e = 0; e < p->n_local * n; e++) {
    CHECK_CLOSE(ActivityValues(a)[e], expected[p->first * n + e], tolerance);
  }
}

/* x less its running mean with Gaussian weights, which are cut off at three widths and at the ends of trials. */
static PetscErrorCode test_highpass(void)
{
  static const double width = 2.5; /* samples of 10 ms */
  static const int64_t reach = 8, trial = 200;
  const ParameterSetting options[] = {{"activity_steps", "highpass"},
                                      {"highpass_width", "25"},
                                      {"activity_trials", "200"},
                                      {NULL, NULL}};
  static double expected[NEURONS * LENGTH];
  Activity a;

  PetscFunctionBegin;
  for (int64_t e = 0; e < NEURONS * LENGTH; e++) {
    const int64_t i = e / LENGTH, t = e % LENGTH, first = t / trial * trial;
    double sum = 0, mass = 0;

    for (int64_t s = PetscMax(first, t - reach); s <= PetscMin(first + trial - 1, t + reach); s++) {
      const double weight = exp(-0.5 * (double)((s - t) * (s - t)) / (width * width));

      sum += weight * waves(i, s);
      mass += weight;
    }
    expected[e] = waves(i, t) - sum / mass;
  }
  PetscCall(load_steps("waves.h5:/v", options, &a));
  check_values(a, LENGTH, expected, 1e-12);
  PetscCall(ActivityDestroy(&a));
  PetscFunctionReturn(0);
}

static PetscErrorCode test_common_average(void)
{
  const ParameterSetting options[] = {
      {"activity_steps", "common_average"}, {"activity_trials", "37"}, {NULL, NULL}};
  static double expected[NEURONS * LENGTH];
  Activity a;

  PetscFunctionBegin;
  for (int64_t e = 0; e < NEURONS * LENGTH; e++) {
    expected[e] = fluorescence(e / LENGTH, e % LENGTH);
    for (int64_t i = 0; i < NEURONS; i++) {
      expected[e] -= fluorescence(i, e % LENGTH) / NEURONS;
    }
  }
  PetscCall(load_steps("fluorescence.h5:/v", options, &a));
  check_values(a, LENGTH, expected, 1e-12);
  PetscCall(ActivityDestroy(&a));
  PetscFunctionReturn(0);
}

/* ---- decimate */

static int64_t up(int64_t t)
{
  return (t + FACTOR - 1) / FACTOR;
}

/* New samples of x in [first, end): a sinc under a Hamming window, as much of it as fits. */
static void decimate(const double x[], int64_t first, int64_t end, double y[])
{
  for (int64_t k = up(first); k < up(end); k++) {
    double sum = 0, total = 0;

    for (int64_t t = first; t < end; t++) {
      const double u = (double)(t - FACTOR * k) / FACTOR;
      const double window = 0.54 + 0.46 * cos(M_PI * u * FACTOR / TAPS);
      const double weight = u == 0 ? 1 : sin(M_PI * u) / (M_PI * u) * window;

      if (t - FACTOR * k <= TAPS && FACTOR * k - t <= TAPS) {
        sum += weight * x[t];
        total += weight;
      }
    }
    y[k] = sum / total;
  }
}

static void check_waves(Activity a)
{
  const int64_t n = ActivitySamples(a), first = ActivityPartition(a)->first;

  for (int64_t e = 0; e < ActivityPartition(a)->n_local * n; e++) {
    const int64_t i = first + e / n, t = FACTOR * (e % n), in_trial = t % TRIAL;
    const double value = ActivityValues(a)[e];
    const int inside = in_trial >= TAPS && in_trial < TRIAL - TAPS;

    if (i == 0 || i == 3) { /* at borders too: trials are not mixed */
      CHECK_CLOSE(value, waves(i, t), 1e-12);
    } else if (i == 1 && inside) {
      CHECK_CLOSE(value, waves(i, t), 5e-3);
    } else if (i == 2 && inside) {
      CHECK(fabs(value) < 5e-3, "%g is left of the fast wave", value);
    }
  }
}

static PetscErrorCode test_decimate(void)
{
  const ParameterSetting options[] = {{"activity_steps", "decimate"},
                                      {"decimate_factor", "4"},
                                      {"activity_trials", "150"},
                                      {NULL, NULL}};
  enum { SHORT = LENGTH / FACTOR };
  static double x[LENGTH], expected[NEURONS * SHORT];
  const Segment *segments;
  Activity a;

  PetscFunctionBegin;
  PetscCall(load_steps("waves.h5:/v", options, &a));
  for (int64_t i = 0; i < NEURONS; i++) {
    for (int64_t t = 0; t < LENGTH; t++) {
      x[t] = waves(i, t);
    }
    for (int64_t t = 0; t < LENGTH; t += TRIAL) {
      decimate(x, t, t + TRIAL, expected + i * SHORT);
    }
  }
  check_values(a, SHORT, expected, 1e-12);
  check_waves(a);
  CHECK_CLOSE(ActivityInterval(a), 40.0, 1e-15);
  CHECK(ActivitySegments(a, &segments) == LENGTH / TRIAL, "segments");
  for (int64_t s = 0; s < ActivitySegments(a, &segments); s++) {
    CHECK(segments[s].first == up(s * TRIAL) && segments[s].end == up((s + 1) * TRIAL),
          "segment %lld from %lld to %lld", (long long)s, (long long)segments[s].first,
          (long long)segments[s].end);
  }
  PetscCall(ActivityDestroy(&a));
  PetscFunctionReturn(0);
}

/* ---- events */

/* Of `marked` samples the events of each local neuron are these, and no others. */
static void check_events(Activity a, int64_t n, const unsigned char *marked)
{
  const Partition *p = ActivityPartition(a);
  int64_t found = 0;

  for (int64_t i = 0; i < p->n_local; i++) {
    const int64_t *events = NULL, count = ActivityEvents(a, i, &events);
    int64_t k = 0;

    for (int64_t t = 0; t < n; t++) {
      if (marked[(p->first + i) * n + t]) {
        CHECK(k < count && events[k] == t, "neuron %lld: no event at %lld",
              (long long)(p->first + i), (long long)t);
        k++;
      }
    }
    CHECK(k == count, "neuron %lld: %lld events, expected %lld", (long long)(p->first + i),
          (long long)count, (long long)k);
    found += count;
  }
  CHECK(p->n_local == 0 || found > 0, "no events at all");
}

/* Events of before go to the next sample that is kept, if that is in their trial. */
static PetscErrorCode test_moved_events(void)
{
  const ParameterSetting options[] = {{"activity_steps", "decimate"},
                                      {"decimate_factor", "4"},
                                      {"activity_event_threshold", "115"},
                                      {"activity_trials", "150"},
                                      {NULL, NULL}};
  enum { SHORT = LENGTH / FACTOR };
  static unsigned char marked[NEURONS * SHORT];
  int64_t lost = 0;
  Activity a;

  PetscFunctionBegin;
  for (int64_t e = 0; e < NEURONS * LENGTH; e++) {
    const int64_t t = e % LENGTH, end = (t / TRIAL + 1) * TRIAL;

    if (fluorescence(e / LENGTH, t) >= 115) {
      lost += up(t) >= up(end);
      marked[e / LENGTH * SHORT + PetscMin(up(t), SHORT - 1)] |= up(t) < up(end);
    }
  }
  CHECK(lost > 0, "no event is lost at the end of a trial: choose other values");
  PetscCall(load_steps("fluorescence.h5:/v", options, &a));
  check_events(a, SHORT, marked);
  PetscCall(ActivityDestroy(&a));
  PetscFunctionReturn(0);
}

/* Rises of x above a level, in [first, end). */
static void mark_rises(const double x[], int64_t first, int64_t end, double level,
                       unsigned char marked[])
{
  for (int64_t t = first; t < end; t++) {
    marked[t] = x[t] >= level && (t == first || x[t - 1] < level);
  }
}

/* What is missing divides a trial, and does not count for mean and deviation. */
static PetscErrorCode test_events(const char *measure, const char *level)
{
  const ParameterSetting options[] = {{"activity_steps", "events"}, {"events_level", level},
                                      {"events_measure", measure},  {"activity_trials", "300"},
                                      {"activity_missing", "drop"}, {NULL, NULL}};
  static const int64_t pieces[] = {0, 77, 78, 200, 201, 300, 300, 599};
  static unsigned char marked[NEURONS * LENGTH];
  double x[LENGTH];
  Activity a;

  PetscFunctionBegin;
  for (int64_t i = 0; i < NEURONS; i++) {
    double n = 0, mean = 0, square = 0, limit = atof(level);

    for (int64_t t = 0; t < LENGTH; t++) {
      x[t] = fluorescence(i, t);
      if (t != 77 && t != 200 && t != 599) {
        n += 1;
        mean += x[t];
        square += x[t] * x[t];
      }
    }
    mean /= n;
    limit = strcmp(measure, "absolute") ? mean + limit * sqrt(square / n - mean * mean) : limit;
    for (int p = 0; p < 8; p += 2) {
      mark_rises(x, pieces[p], pieces[p + 1], limit, marked + i * LENGTH);
    }
  }
  PetscCall(load_steps("holes.h5:/v", options, &a));
  check_events(a, LENGTH, marked);
  PetscCall(ActivityDestroy(&a));
  PetscFunctionReturn(0);
}

/* ---- dff */

static int by_value(const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;

  return (x > y) - (x < y);
}

/* Of x in [first, end), at t: from all values of the window, sorted anew. */
static double relative(const double x[], int64_t first, int64_t end, int64_t t, int64_t half,
                       double percent)
{
  const int64_t from = PetscMax(first, t - half), to = PetscMin(end, t + half + 1);
  double window[LENGTH], place, base;
  int64_t below;

  memcpy(window, x + from, (size_t)(to - from) * sizeof(double));
  qsort(window, (size_t)(to - from), sizeof(double), by_value);
  place = percent / 100 * (double)(to - from - 1);
  below = PetscMin((int64_t)place, to - from - 1);
  base = window[below];
  if (below + 1 < to - from) {
    base += (place - (double)below) * (window[below + 1] - base);
  }
  return (x[t] - base) / base;
}

static void relate_all(int64_t half, double percent, double *expected)
{
  double x[LENGTH];

  for (int64_t i = 0; i < NEURONS; i++) {
    for (int64_t t = 0; t < LENGTH; t++) {
      x[t] = fluorescence(i, t);
    }
    for (int64_t t = 0; t < LENGTH; t++) {
      const int64_t first = t / TRIAL * TRIAL;

      expected[i * LENGTH + t] = relative(x, first, first + TRIAL, t, half, percent);
    }
  }
}

static PetscErrorCode test_dff(const char *window, int64_t half, const char *percent)
{
  const ParameterSetting options[] = {{"activity_steps", "dff"},
                                      {"dff_window", window},
                                      {"dff_percentile", percent},
                                      {"activity_trials", "150"},
                                      {NULL, NULL}};
  static double expected[NEURONS * LENGTH];
  Activity a;

  PetscFunctionBegin;
  relate_all(half, atof(percent), expected);
  PetscCall(load_steps("fluorescence.h5:/v", options, &a));
  check_values(a, LENGTH, expected, 1e-12);
  CHECK(!strcmp(ActivityUnit(a), "dF/F"), "unit %s", ActivityUnit(a));
  PetscCall(ActivityDestroy(&a));
  PetscFunctionReturn(0);
}

/* ---- order */

/* Differences of filtered values, or filtered differences: which lack the first sample. */
static PetscErrorCode test_order_of_values(int decimates_first)
{
  const ParameterSetting options[] = {
      {"activity_steps", decimates_first ? "decimate,difference" : "difference,decimate"},
      {"decimate_factor", "4"},
      {NULL, NULL}};
  enum { SHORT = LENGTH / FACTOR };
  static double x[LENGTH], y[SHORT], expected[NEURONS * SHORT];
  Activity a;

  PetscFunctionBegin;
  for (int64_t i = 0; i < NEURONS; i++) {
    for (int64_t t = 0; t < LENGTH; t++) {
      x[t] = waves(i, t) - (decimates_first || t == 0 ? 0 : waves(i, t - 1));
    }
    decimate(x, decimates_first ? 0 : 1, LENGTH, y);
    expected[i * SHORT] = 0;
    for (int64_t k = 1; k < SHORT; k++) {
      expected[i * SHORT + k] = decimates_first ? y[k] - y[k - 1] : y[k];
    }
  }
  PetscCall(load_steps("waves.h5:/v", options, &a));
  check_values(a, SHORT, expected, 1e-12);
  PetscCall(ActivityDestroy(&a));
  PetscFunctionReturn(0);
}

/* Events of what the values are at their place in the list. */
static PetscErrorCode test_order_of_events(int relates_first)
{
  const ParameterSetting options[] = {
      {"activity_steps", relates_first ? "dff,events" : "events,dff"},
      {"events_measure", "absolute"},
      {"events_level", relates_first ? "0.1" : "110"},
      {"activity_trials", "150"},
      {NULL, NULL}};
  static double x[NEURONS * LENGTH], expected[NEURONS * LENGTH];
  static unsigned char marked[NEURONS * LENGTH];
  Activity a;

  PetscFunctionBegin;
  relate_all(LENGTH, 8, expected);
  for (int64_t e = 0; e < NEURONS * LENGTH; e++) {
    x[e] = relates_first ? expected[e] : fluorescence(e / LENGTH, e % LENGTH);
  }
  for (int64_t e = 0; e < NEURONS * LENGTH; e += TRIAL) {
    mark_rises(x, e, e + TRIAL, relates_first ? 0.1 : 110, marked);
  }
  PetscCall(load_steps("fluorescence.h5:/v", options, &a));
  check_values(a, LENGTH, expected, 1e-12);
  check_events(a, LENGTH, marked);
  PetscCall(ActivityDestroy(&a));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  check_begin(&argc, &argv);
  scratch_begin("steps");
  CHECK(!write_series(), "%s", UserErrorMessage());
  CHECK(!test_highpass(), "high-pass: %s", UserErrorMessage());
  CHECK(!test_common_average(), "common average: %s", UserErrorMessage());
  CHECK(!test_decimate(), "decimate: %s", UserErrorMessage());
  CHECK(!test_moved_events(), "moved events: %s", UserErrorMessage());
  CHECK(!test_events("deviations", "1.5"), "deviations: %s", UserErrorMessage());
  CHECK(!test_events("absolute", "121"), "absolute: %s", UserErrorMessage());
  CHECK(!test_dff("210", 10, "20"), "window: %s", UserErrorMessage());
  CHECK(!test_dff("0", LENGTH, "8"), "whole trials: %s", UserErrorMessage());
  CHECK(!test_dff("5", 1, "100"), "shortest window: %s", UserErrorMessage());
  for (int k = 0; k < 2; k++) {
    CHECK(!test_order_of_values(k), "order of values: %s", UserErrorMessage());
    CHECK(!test_order_of_events(k), "order of events: %s", UserErrorMessage());
  }
  scratch_end();
  return check_end();
}
