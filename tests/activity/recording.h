/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_TESTS_RECORDING_H
#define CAUSEWAY_TESTS_RECORDING_H

#include "check.h"
#include "scratch.h"

#include <string.h>

/* A recording with trials and gaps for the tests of the activity, and the options to load it. */
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

static inline double raw(int64_t i, int64_t t)
{
  double normal[2];

  RandomNormal(2, RANDOM_INPUT_CURRENT, i, t, normal);
  return -65.0 + (double)i + 0.02 * (double)(i * t) + (1.0 + 0.5 * (double)i) * normal[0] +
         (normal[1] > 1.5 ? 150 : 0);
}

/* At the ends, twice in a row, at the borders of trials, and of neurons that different ranks hold. */
static inline double source(Holes holes, int64_t i, int64_t t)
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

static inline PetscErrorCode write_matrix(const char *name, int64_t rows, int64_t columns,
                                          const double *values)
{
  int64_t dims[2] = {rows, columns}, first[2] = {0, 0},
          count[2] = {scratch_rank() ? 0 : rows, columns};
  DataFile file;

  PetscFunctionBegin;
  PetscCall(DataFileCreate(PETSC_COMM_WORLD, in_scratch(name), &file));
  PetscCall(DataFileAddDataset(file, "/v", DATA_FLOAT64, 2, dims, NULL));
  PetscCall(DataFileWrite(file, "/v", DATA_FLOAT64, first, count, values));
  PetscCall(DataFileClose(&file));
  PetscFunctionReturn(0);
}

static inline PetscErrorCode write_inputs(void)
{
  static const char *const names[] = {"sound.h5", "gaps.h5", "between.h5"};
  int64_t dims[2] = {N_TRIALS, 2}, first[2] = {0, 0}, count[2] = {scratch_rank() ? 0 : N_TRIALS, 2};
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
  for (int64_t e = 0; e < N * T; e++) { /* at each sample some neuron has no value */
    values[e] = e / T == e % T % 2 ? (double)NAN : raw(e / T, e % T);
  }
  PetscCall(write_matrix("absent.h5", N, T, values));
  PetscCall(DataFileCreate(PETSC_COMM_WORLD, in_scratch("trials.h5"), &file));
  PetscCall(DataFileAddDataset(file, "/trials", DATA_INT64, 2, dims, NULL));
  PetscCall(DataFileWrite(file, "/trials", DATA_INT64, first, count, table));
  PetscCall(DataFileClose(&file));
  PetscFunctionReturn(0);
}

static inline PetscErrorCode configure(MPI_Comm comm, const char *file, const Case *c,
                                       Activity *activity)
{
  static const char *const differences[] = {"0", "1", "2"};
  char source[PETSC_MAX_PATH_LEN], trials[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  PetscCall(PetscStrncpy(source, in_scratch(file), sizeof(source)));
  PetscCall(PetscStrncpy(trials, strchr(c->trials, '/') ? in_scratch(c->trials) : c->trials,
                         sizeof(trials)));
  PetscCall(ActivityCreate(comm, activity));
  PetscCall(ActivitySetOptions(
      *activity,
      SETTINGS({"activity", source}, {"activity_trials", trials},
               {"activity_missing", c->holes == GAPS ? "drop" : "refuse"},
               {"activity_constant", "refuse"}, {"activity_clip", c->clip ? "30" : "none"},
               {"activity_detrend", c->detrend ? "linear" : "none"},
               {"activity_difference", differences[c->difference]},
               {"activity_normalize", normalizations[c->normalize]},
               {"activity_samples", c->samples}, {"activity_event_threshold", c->threshold})));
  PetscFunctionReturn(0);
}

#endif
