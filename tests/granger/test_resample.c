/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Surrogates and bootstrap against loops that make every data set themselves and solve it on one rank; how often
   pairs are called significant, and intervals hold the truth. */
#include "check.h"
#include "granger_impl.h"
#include "setup.h"

#include <math.h>
#include <string.h>

enum { N = 5, SAMPLES = 330, ORDER = 2, SEED = 11, RESAMPLES = 7, BLOCK = 23 };

/* the same as words */
static const char seed_word[] = "11", block_word[] = "23";

/* one that is shorter than an order; gaps between others */
static const Segment segments[] = {{0, 2}, {3, 150}, {150, 215}, {217, SAMPLES}};
enum { SEGMENTS = PETSC_STATIC_ARRAY_LENGTH(segments) };

/* What is solved: (n, n_samples), in segments unless there are none. */
typedef struct {
  int n, n_samples, n_segments;
  const Segment *segments;
  int order;
  const double *x;
} Series;

/* x_i(t) = own x_i(t - 1) + drive x_(i-1)(t - 1) + noise; neuron 0 is driven by nobody; (n, n_samples) */
static void draw_chain(int n, int n_samples, double own, double drive, uint32_t seed, double *x)
{
  for (int t = 0; t < n_samples; t++) {
    for (int i = 0; i < n; i++) {
      double noise[2], *now = x + i * n_samples + t;

      RandomNormal(seed, RANDOM_INPUT_CURRENT, i, t, noise);
      *now = noise[0];
      if (t > 0) {
        *now += own * now[-1] + (i > 0 ? drive * now[-1 - n_samples] : 0.0);
      }
    }
  }
}

/* together: all ranks work on each resample, however small. Returns what GrangerSolve() does. */
static PetscErrorCode solve(MPI_Comm comm, const Series *s, const ParameterSetting settings[],
                            PetscBool together, Causality *causality)
{
  Activity activity;
  Granger granger;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(setup_activity(comm, s->n, s->n_samples, s->x, &activity));
  if (s->n_segments > 0) {
    PetscCall(ActivitySetSegments(activity, s->n_segments, s->segments));
  }
  PetscCall(CausalityCreate(comm, s->n, causality));
  PetscCall(setup_granger(comm, s->order, settings, &granger));
  if (together) {
    granger->resample.most_bytes = 0;
  }
  status = GrangerSolve(granger, activity, PETSC_FALSE, *causality);
  PetscCall(GrangerDestroy(&granger));
  PetscCall(ActivityDestroy(&activity));
  PetscFunctionReturn(status);
}

/* Series of the segments above. */
static Series in_segments(const double *x)
{
  return (Series){N, SAMPLES, SEGMENTS, segments, ORDER, x};
}

static int64_t draw(RandomPurpose purpose, int64_t i, int64_t k, int64_t n)
{
  double uniform[2];

  RandomUniform(SEED, purpose, i, k, uniform);
  return (int64_t)floor(uniform[0] * (double)n);
}

static void rotate(int resample, const double *x, double *y)
{
  for (int i = 0; i < N; i++) {
    for (int s = 0; s < SEGMENTS; s++) {
      const int first = (int)segments[s].first, length = (int)segments[s].end - first;
      int by = 0;

      if (length > ORDER) {
        by = ORDER + 1 +
             (int)draw(RANDOM_SURROGATE_SHIFT, resample * N + i, s, length - 2 * ORDER - 1);
        CHECK(by > ORDER && length - by > ORDER, "rotated by %d of %d", by, length);
      }
      for (int k = 0; k < length; k++) {
        y[i * SAMPLES + first + k] = x[i * SAMPLES + first + (k + by) % length];
      }
    }
  }
}

/* Blocks in a random order, one sample after the other into the samples of the segments. */
static void permute(int resample, const double *x, double *y)
{
  int first[SAMPLES], length[SAMPLES], place[SAMPLES], n = 0, n_places = 0;

  for (int s = 0; s < SEGMENTS; s++) {
    for (int t = (int)segments[s].first; t < segments[s].end; t++) {
      if ((t - segments[s].first) % BLOCK == 0) {
        first[n] = t;
        length[n++] = 0;
      }
      length[n - 1]++;
      place[n_places++] = t;
    }
  }
  for (int i = 0; i < N; i++) {
    int order[SAMPLES], at = 0;

    for (int k = 0; k < n; k++) {
      order[k] = k;
    }
    for (int k = n - 1; k >= 0; k--) {
      const int other = (int)draw(RANDOM_SURROGATE_PERMUTE, resample * N + i, k, k + 1);
      const int swapped = order[k];

      order[k] = order[other];
      order[other] = swapped;
    }
    for (int k = 0; k < n; k++) {
      for (int l = 0; l < length[order[k]]; l++) {
        y[i * SAMPLES + place[at++]] = x[i * SAMPLES + first[order[k]] + l];
      }
    }
    CHECK(at == n_places, "%d of %d samples", at, n_places);
  }
}

/* p-values of all pairs on every rank */
static PetscErrorCode expect_surrogates(void (*make)(int, const double *, double *),
                                        int n_surrogates, const ParameterSetting settings[],
                                        const double *x, double *p_value)
{
  Causality original, surrogate;
  const Series series = in_segments(x);
  Series changed = series;
  double *y;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(N * SAMPLES, &y));
  changed.x = y;
  PetscCall(solve(PETSC_COMM_SELF, &series, settings, PETSC_FALSE, &original));
  for (int at = 0; at < N * N; at++) {
    p_value[at] = 1.0 / (n_surrogates + 1);
  }
  for (int resample = 0; resample < n_surrogates; resample++) {
    make(resample, x, y);
    PetscCall(solve(PETSC_COMM_SELF, &changed, settings, PETSC_FALSE, &surrogate));
    for (int at = 0; at < N * N; at++) {
      p_value[at] += (CausalityFind(surrogate, "granger", "gc")[at] >=
                      CausalityFind(original, "granger", "gc")[at]) /
                     (n_surrogates + 1.0);
    }
    PetscCall(CausalityDestroy(&surrogate));
  }
  for (int i = 0; i < N; i++) {
    p_value[i * N + i] = 1.0;
  }
  PetscCall(CausalityDestroy(&original));
  PetscCall(PetscFree(y));
  PetscFunctionReturn(0);
}

static void compare(Causality causality, const char *reading, const double *expected,
                    double tolerance)
{
  const Partition *part = CausalityPartition(causality);
  const double *values = CausalityFind(causality, "granger", reading);

  CHECK(values, "no %s", reading);
  for (int64_t at = 0; values && at < part->n_local * N; at++) {
    CHECK_CLOSE(values[at], expected[part->first * N + at], tolerance);
  }
}

static PetscErrorCode test_surrogates(const char *estimator, const char *type, int n_surrogates)
{
  double x[N * SAMPLES], expected[N * N];
  Series series;
  Causality causality;
  char number[32];

  PetscFunctionBegin;
  draw_chain(N, SAMPLES, 0.5, 0.3, 2, x);
  series = in_segments(x);
  PetscCall(expect_surrogates(!strcmp(type, "shift") ? rotate : permute, n_surrogates,
                              SETTINGS({"granger_estimator", estimator}, {"granger_lambda", "20"}),
                              x, expected));
  PetscCall(PetscSNPrintf(number, sizeof(number), "%d", n_surrogates));
  for (int together = 0; together < 2; together++) {
    PetscCall(solve(PETSC_COMM_WORLD, &series,
                    SETTINGS({"granger_estimator", estimator}, {"granger_lambda", "20"},
                             {"granger_surrogates", number}, {"granger_surrogate_type", type},
                             {"granger_bootstrap_block", block_word}, {"seed", seed_word}),
                    together ? PETSC_TRUE : PETSC_FALSE, &causality));
    compare(causality, "surrogate_p_value", expected, 1e-12);
    PetscCall(CausalityDestroy(&causality));
  }
  for (int i = 1; i < N; i++) { /* what drives is found */
    CHECK(expected[i * N + i - 1] < 1.5 / (n_surrogates + 1), "p %g", expected[i * N + i - 1]);
  }
  PetscFunctionReturn(0);
}

static int ascending(const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;

  return (x > y) - (x < y);
}

/* gc of all pairs of one resample, of blocks of BLOCK rows; the last is shorter */
static PetscErrorCode solve_blocks(int resample, const double *x, double *gc)
{
  Segment pieces[SAMPLES];
  int rows = 0, left, starts[SAMPLES], n_starts = 0, n = 0, n_samples = 0;
  double *y;
  Causality causality;

  PetscFunctionBegin;
  for (int s = 0; s < SEGMENTS; s++) {
    rows += (int)PetscMax(0, segments[s].end - segments[s].first - ORDER);
    for (int64_t t = segments[s].first; t + BLOCK + ORDER <= segments[s].end; t++) {
      starts[n_starts++] = (int)t;
    }
  }
  PetscCall(PetscMalloc1(2 * N * SAMPLES, &y));
  for (left = rows; left > 0; left -= BLOCK, n++) {
    const int length = PetscMin(left, BLOCK) + ORDER;
    const int start = starts[draw(RANDOM_BOOTSTRAP, resample, n, n_starts)];

    for (int i = 0; i < N; i++) {
      for (int k = 0; k < length; k++) { /* first by time, since the length is not known */
        y[(n_samples + k) * N + i] = x[i * SAMPLES + start + k];
      }
    }
    pieces[n] = (Segment){n_samples, n_samples + length};
    n_samples += length;
  }
  {
    double *by_neuron;

    PetscCall(PetscMalloc1(N * n_samples, &by_neuron));
    for (int i = 0; i < N; i++) {
      for (int t = 0; t < n_samples; t++) {
        by_neuron[i * n_samples + t] = y[t * N + i];
      }
    }
    PetscCall(solve(PETSC_COMM_SELF, &(Series){N, n_samples, n, pieces, ORDER, by_neuron},
                    SETTINGS({NULL, NULL}), PETSC_FALSE, &causality));
    PetscCall(PetscFree(by_neuron));
  }
  PetscCall(PetscArraycpy(gc, CausalityFind(causality, "granger", "gc"), N * N));
  PetscCall(CausalityDestroy(&causality));
  PetscCall(PetscFree(y));
  PetscFunctionReturn(0);
}

/* 7 values at 50 %: the ends are the second and the last but one, less twice the mean excess */
static PetscErrorCode test_bootstrap(void)
{
  double x[N * SAMPLES], gc[RESAMPLES][N * N], low[N * N], high[N * N];
  Series series;
  Causality causality;

  PetscFunctionBegin;
  draw_chain(N, SAMPLES, 0.5, 0.3, 3, x);
  series = in_segments(x);
  PetscCall(solve(PETSC_COMM_SELF, &series, SETTINGS({NULL, NULL}), PETSC_FALSE, &causality));
  for (int resample = 0; resample < RESAMPLES; resample++) {
    PetscCall(solve_blocks(resample, x, gc[resample]));
  }
  for (int at = 0; at < N * N; at++) {
    double values[RESAMPLES], excess = 0;

    for (int k = 0; k < RESAMPLES; k++) {
      values[k] = gc[k][at];
      excess += values[k] / RESAMPLES;
    }
    excess -= CausalityFind(causality, "granger", "gc")[at];
    qsort(values, RESAMPLES, sizeof(double), ascending);
    low[at] = fmax(0.0, values[1] - 2.0 * excess);
    high[at] = fmax(0.0, values[RESAMPLES - 2] - 2.0 * excess);
  }
  PetscCall(CausalityDestroy(&causality));
  for (int together = 0; together < 2; together++) {
    PetscCall(solve(PETSC_COMM_WORLD, &series,
                    SETTINGS({"granger_level", "0.5"}, {"granger_bootstrap", "7"},
                             {"granger_bootstrap_block", block_word}, {"seed", seed_word}),
                    together ? PETSC_TRUE : PETSC_FALSE, &causality));
    compare(causality, "gc_low", low, 1e-7);
    compare(causality, "gc_high", high, 1e-7);
    PetscCall(CausalityDestroy(&causality));
  }
  PetscFunctionReturn(0);
}

/* Series with memory and without influences: 5 % of the pairs have p-values up to 0.05. */
static PetscErrorCode test_calibration(const char *type)
{
  enum { NEURONS = 8, LENGTH = 250, NETWORKS = 16 };
  double *x, counts[2] = {0, 0};
  int rank, size;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &size));
  PetscCall(PetscMalloc1(NEURONS * LENGTH, &x));
  for (int network = rank; network < NETWORKS; network += size) {
    Causality causality;

    draw_chain(NEURONS, LENGTH, 0.7, 0.0, 100 + (uint32_t)network, x);
    PetscCall(solve(PETSC_COMM_SELF, &(Series){NEURONS, LENGTH, 0, NULL, 1, x},
                    SETTINGS({"granger_surrogates", "39"}, {"granger_surrogate_type", type},
                             {"seed", seed_word}),
                    PETSC_FALSE, &causality));
    for (int at = 0; at < NEURONS * NEURONS; at++) {
      if (at / NEURONS != at % NEURONS) {
        counts[0] += 1.0;
        counts[1] += CausalityFind(causality, "granger", "surrogate_p_value")[at] <= 0.05 + 1e-9;
      }
    }
    PetscCall(CausalityDestroy(&causality));
  }
  PetscCall(PetscFree(x));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, counts, 2, MPI_DOUBLE, MPI_SUM, PETSC_COMM_WORLD));
  PetscCall(PetscPrintf(PETSC_COMM_WORLD, "%s: %.2f %% of %.0f pairs at 5 %%\n", type,
                        100.0 * counts[1] / counts[0], counts[0]));
  /* three standard errors of the binomial law */
  CHECK(fabs(counts[1] / counts[0] - 0.05) < 3.0 * sqrt(0.05 * 0.95 / counts[0]), "%s: %g of %g",
        type, counts[1], counts[0]);
  PetscFunctionReturn(0);
}

/* Of order 1, from the covariances of the chain of two. */
static double true_causality(double own, double drive)
{
  const double source = 1.0 / (1.0 - own * own), cross = own * drive * source / (1.0 - own * own);
  const double target =
      (1.0 + drive * drive * source + 2.0 * own * drive * cross) / (1.0 - own * own);
  const double lagged = own * target + drive * cross;

  return log(target - lagged * lagged / target);
}

static PetscErrorCode test_coverage(void)
{
  enum { LENGTH = 400, NETWORKS = 60 };
  const double own = 0.5, drive = 0.3, truth = true_causality(own, drive);
  double x[2 * LENGTH], counts[2] = {0, 0};
  int rank, size;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &size));
  for (int network = rank; network < NETWORKS; network += size) {
    const double *low, *high;
    Causality causality;

    draw_chain(2, LENGTH, own, drive, 200 + (uint32_t)network, x);
    PetscCall(solve(PETSC_COMM_SELF, &(Series){2, LENGTH, 0, NULL, 1, x},
                    SETTINGS({"granger_bootstrap", "99"}, {"seed", seed_word}), PETSC_FALSE,
                    &causality));
    low = CausalityFind(causality, "granger", "gc_low");
    high = CausalityFind(causality, "granger", "gc_high");
    counts[0] += low[2] <= truth && truth <= high[2];
    counts[1] += low[1] == 0.0;
    PetscCall(CausalityDestroy(&causality));
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, counts, 2, MPI_DOUBLE, MPI_SUM, PETSC_COMM_WORLD));
  PetscCall(PetscPrintf(PETSC_COMM_WORLD, "of %d intervals %.0f hold the truth, %.0f the 0\n",
                        NETWORKS, counts[0], counts[1]));
  CHECK(counts[0] >= 0.86 * NETWORKS && counts[0] <= NETWORKS, "%g of %d", counts[0], NETWORKS);
  CHECK(counts[1] >= 0.95 * NETWORKS, "%g of %d", counts[1], NETWORKS);
  PetscFunctionReturn(0);
}

/* A neuron with one event is silent in many resamples; the first of them is named, and what was solved before is kept. */
static PetscErrorCode test_failure(void)
{
  double x[N * SAMPLES];

  PetscFunctionBegin;
  draw_chain(N, SAMPLES, 0.5, 0.3, 4, x);
  for (int t = 0; t < SAMPLES; t++) {
    x[3 * SAMPLES + t] = t == 100;
  }
  for (int together = 0; together < 2; together++) {
    Causality causality;
    PetscErrorCode status = solve(PETSC_COMM_WORLD, &(Series){N, SAMPLES, 0, NULL, ORDER, x},
                                  SETTINGS({"granger_bootstrap", "39"}, {"seed", seed_word}),
                                  together ? PETSC_TRUE : PETSC_FALSE, &causality);

    CHECK(!status && CausalityFind(causality, "granger", "gc"), "status %d", (int)status);
    CHECK(!CausalityFind(causality, "granger", "gc_low"), "an interval without resamples");
    CHECK(strstr(UserErrorMessage(), "bootstrap resample ") &&
              strstr(UserErrorMessage(), "neuron 3 "),
          "%s", UserErrorMessage());
    PetscCall(CausalityDestroy(&causality));
  }
  PetscFunctionReturn(0);
}

/* Where values of a jittered series may come from: each window has the same sum, or the same values; or moves within the width. */
static void check_local(SurrogateType type, int width, const double *x, const double *y)
{
  for (int s = 0; s < SEGMENTS; s++) {
    for (int64_t first = segments[s].first; first < segments[s].end; first += width) {
      const int64_t end = PetscMin(first + width, segments[s].end);
      double sum[2] = {0, 0}, square[2] = {0, 0}, around = 0;

      for (int64_t t = first; t < end; t++) {
        sum[0] += x[t];
        sum[1] += y[t];
        square[0] += x[t] * x[t];
        square[1] += y[t] * y[t];
      }
      for (int64_t t = PetscMax(segments[s].first, first - width);
           t < PetscMin(segments[s].end, end + width); t++) {
        around += x[t];
      }
      CHECK(type == SURROGATE_SPIKE_JITTER ? sum[1] <= around + 1e-12
                                           : fabs(sum[0] - sum[1]) < 1e-12,
            "surrogate type %d: %g in a window that had %g", type, sum[1], sum[0]);
      CHECK(type != SURROGATE_LOCAL_PERMUTE || fabs(square[0] - square[1]) < 1e-12,
            "a window has other values");
    }
  }
}

/* Local surrogates keep what is slower than their width, and differ from the original and from each other. */
static PetscErrorCode test_local(SurrogateType type)
{
  enum { WIDTH = 7 };
  ResampleOptions options = {
      .n_surrogates = 2, .type = type, .width_ms = 2.0 * WIDTH, .seed = SEED};
  static double x[N * SAMPLES], scaled[N * SAMPLES], surrogates[2][N * SAMPLES];
  Activity activity;
  Recipe recipe;

  PetscFunctionBegin;
  for (int s = 0; s < SEGMENTS; s++) {
    for (int64_t t = segments[s].first; t < segments[s].end; t++) {
      for (int i = 0; i < N; i++) {
        double uniform[2];

        RandomUniform(SEED, RANDOM_INPUT_CURRENT, i, t, uniform);
        x[i * SAMPLES + t] = uniform[0] < 0.2 ? 1.0 + (uniform[1] < 0.3) : 0.0;
      }
    }
  }
  PetscCall(ActivityCreate(PETSC_COMM_SELF, &activity));
  PetscCall(ActivitySetValues(activity, N, SAMPLES, x));
  PetscCall(ActivitySetSegments(activity, SEGMENTS, segments));
  CHECK(SurrogateSetUp(&options, activity, ORDER, &recipe) == CAUSEWAY_ERR_USER,
        "a width in ms without an interval");
  PetscCall(ActivitySetInterval(activity, 2.0));
  PetscCall(SurrogateSetUp(&options, activity, ORDER, &recipe));
  for (int k = 0; k < 2; k++) {
    PetscCall(PetscArrayzero(surrogates[k], N * SAMPLES));
    PetscCall(recipe.make(&recipe, activity, k, surrogates[k]));
    for (int i = 0; i < N; i++) {
      check_local(type, WIDTH, x + i * SAMPLES, surrogates[k] + i * SAMPLES);
    }
    CHECK(memcmp(surrogates[k], x, sizeof(x)) != 0, "surrogate %d is the original", k);
  }
  CHECK(memcmp(surrogates[0], surrogates[1], sizeof(x)) != 0, "both surrogates are the same");
  for (int e = 0; e < N * SAMPLES; e++) {
    scaled[e] = 4.0 * x[e] - 0.5;
  }
  PetscCall(ActivitySetValues(activity, N, SAMPLES, scaled));
  PetscCall(ActivitySetSegments(activity, SEGMENTS, segments));
  PetscCall(PetscArrayzero(scaled, N * SAMPLES));
  PetscCall(recipe.make(&recipe, activity, 0, scaled));
  for (int s = 0; s < SEGMENTS; s++) {
    for (int64_t t = segments[s].first; t < segments[s].end; t++) {
      CHECK_CLOSE(scaled[t], 4.0 * surrogates[0][t] - 0.5, 1e-12);
    }
  }
  PetscCall(RecipeFree(&recipe));
  PetscCall(ActivityDestroy(&activity));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  check_begin(&argc, &argv);
  CHECK(!test_surrogates("gram", "shift", 19), "%s", UserErrorMessage());
  CHECK(!test_surrogates("gram", "permute", 19), "%s", UserErrorMessage());
  CHECK(!test_surrogates("qr", "shift", 6), "%s", UserErrorMessage());
  CHECK(!test_surrogates("ridge", "shift", 6), "%s", UserErrorMessage());
  CHECK(!test_surrogates("lwr", "shift", 6), "%s", UserErrorMessage());
  CHECK(!test_local(SURROGATE_INTERVAL_JITTER), "%s", UserErrorMessage());
  CHECK(!test_local(SURROGATE_SPIKE_JITTER), "%s", UserErrorMessage());
  CHECK(!test_local(SURROGATE_LOCAL_PERMUTE), "%s", UserErrorMessage());
  CHECK(!test_bootstrap(), "%s", UserErrorMessage());
  CHECK(!test_calibration("shift"), "%s", UserErrorMessage());
  CHECK(!test_calibration("permute"), "%s", UserErrorMessage());
  CHECK(!test_coverage(), "%s", UserErrorMessage());
  CHECK(!test_failure(), "%s", UserErrorMessage());
  return check_end();
}
