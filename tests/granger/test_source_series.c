/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Combinations of filtered spike trains at consecutive samples, by both ways of computing them, against sums over the series of every
   filter: with and without a high-pass, across gaps, with several spikes in a sample. */
#include "check.h"

#include "spikes/source_series.h"

#include <math.h>

enum { N = 5, SAMPLES = 3000, TERMS = 3, COLUMNS = 2 * TERMS };
static const Segment segments[] = {{0, 1200}, {1260, SAMPLES}};
static const BasisChoice choice = {
    .type = 1, .words = "cosine:3", .n_filters = TERMS, .memory_ms = 20};

static double counts[N][SAMPLES], coefficients[COLUMNS][N * TERMS], means[N][TERMS + 1];

static PetscErrorCode make(double rate, Activity *activity)
{
  double *values;

  PetscFunctionBegin;
  PetscCall(ActivityCreate(PETSC_COMM_WORLD, activity));
  PetscCall(ActivityAllocate(*activity, N, SAMPLES, &values));
  for (int64_t i = 0; i < N; i++) {
    for (int64_t t = 0; t < SAMPLES; t++) {
      const PetscBool between = t >= segments[0].end && t < segments[1].first;
      double u[2];

      RandomUniform(4, RANDOM_INPUT_CURRENT, i, t, u);
      counts[i][t] = !between && u[0] < rate ? ceil(2.0 * u[1]) : 0.0;
      values[i * SAMPLES + t] = counts[i][t];
    }
  }
  PetscCall(ActivitySetSegments(*activity, 2, segments));
  PetscFunctionReturn(0);
}

/* The combination at a row, from the series of every filter. */
static PetscErrorCode expect(const Filters *f, int64_t row, double expected[COLUMNS])
{
  PetscFunctionBegin;
  for (int c = 0; c < COLUMNS; c++) {
    expected[c] = 0;
    for (int64_t i = 0; i < N; i++) {
      double term[TERMS];

      FiltersApply(f, 1, TERMS, 1, &counts[i][row - f->reach], term);
      for (int k = 0; k < TERMS; k++) {
        expected[c] += coefficients[c][i * TERMS + k] * (term[k] - means[i][k + 1]);
      }
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode compare(double rate, Highpass highpass, int64_t stride, PetscBool by_rows)
{
  int64_t n_compared = 0;
  SourceSeries x;
  SpikeList s;
  Filters f;
  Basis basis;
  Activity activity;

  PetscFunctionBegin;
  PetscCall(make(rate, &activity));
  PetscCall(SpikeListCreate(activity, &s));
  PetscCall(BasisCreate(&choice, 1.0, TERMS, &basis));
  PetscCall(FiltersCreate(&basis, highpass, 6.0, &f));
  PetscCall(SourceSeriesCreate(&f, &s, COLUMNS, TERMS, stride, &x));
  CHECK(x.by_rows == by_rows, "rate %g, stride %lld: by rows %d", rate, (long long)stride,
        x.by_rows);
  CHECK(x.n_most == COLUMNS, "%lld at a time", (long long)x.n_most);
  SourceSeriesTake(&x, COLUMNS, coefficients[0], means[0]);
  for (int64_t first = 0; first < SAMPLES; first += 700) {
    const int64_t count = PetscMin(700, SAMPLES - first);

    CHECK(SourceSeriesFill(&x, first, count) >= 0, "flops");
    for (int64_t t = 0; t < count; t++) {
      const int64_t row = first + t + f.delay;
      const PetscBool has_spikes = s.start[first + t] < s.start[first + t + 1];
      double expected[COLUMNS];

      if (!has_spikes || row % stride != 0 || row >= SAMPLES ||
          (row - f.reach < segments[1].first && row >= segments[0].end) || row < f.reach) {
        continue;
      }
      PetscCall(expect(&f, row, expected));
      for (int c = 0; c < COLUMNS; c++) {
        CHECK_CLOSE(x.values[t * x.leading + c], expected[c], 1e-12);
      }
      n_compared++;
    }
  }
  CHECK(n_compared > 20, "%lld samples compared", (long long)n_compared);
  PetscCall(SourceSeriesFree(&x));
  PetscCall(FiltersFree(&f));
  PetscCall(BasisFree(&basis));
  PetscCall(SpikeListFree(&s));
  PetscCall(ActivityDestroy(&activity));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  static const Highpass all[] = {HIGHPASS_NONE, HIGHPASS_BOTH, HIGHPASS_AHEAD};

  check_begin(&argc, &argv);
  for (int e = 0; e < COLUMNS * N * TERMS; e++) {
    coefficients[e / (N * TERMS)][e % (N * TERMS)] = sin(1.0 + e);
  }
  for (int e = 0; e < N * (TERMS + 1); e++) {
    means[e / (TERMS + 1)][e % (TERMS + 1)] = 0.1 * cos(e);
  }
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(all); k++) {
    CHECK(!compare(0.2, all[k], 1, PETSC_FALSE), "%s", UserErrorMessage());
    CHECK(!compare(0.02, all[k], 3, PETSC_TRUE), "%s", UserErrorMessage());
  }
  return check_end();
}
