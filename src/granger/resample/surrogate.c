/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Surrogate activities: keep the properties of each series, and destroy the dependence between
   series. */
#include "resample/resample.h"

#include "causeway/error.h"
#include "causeway/random.h"

#include <math.h>

PetscErrorCode RecipeFree(Recipe *recipe)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(recipe->segments));
  PetscCall(PetscFree(recipe->pieces));
  PetscFunctionReturn(0);
}

/* Draws a number from 0 .. n - 1. */
static int64_t draw(const Recipe *recipe, RandomPurpose purpose, int64_t stream, int64_t k,
                    int64_t n)
{
  double uniform[2];

  RandomUniform(recipe->seed, purpose, stream, k, uniform);
  return PetscMin(n - 1, (int64_t)(uniform[0] * (double)n));
}

static PetscErrorCode shift(const Recipe *recipe, Activity original, int64_t resample,
                            double *values)
{
  const Partition *part = ActivityPartition(original);
  const int64_t n = recipe->n_samples, least = recipe->order + 1;

  PetscFunctionBegin;
  for (int64_t i = 0; i < part->n_local; i++) {
    const double *x = ActivityValues(original) + i * n;
    const int64_t stream = resample * part->n_global + part->first + i;

    for (int64_t s = 0; s < recipe->n_segments; s++) {
      const int64_t first = recipe->segments[s].first;
      const int64_t length = recipe->segments[s].end - first;
      int64_t by = 0; /* stays 0 in segments without a row */

      if (length >= least) {
        by = least + draw(recipe, RANDOM_SURROGATE_SHIFT, stream, s, length - 2 * least + 1);
      }
      PetscCall(PetscArraycpy(values + i * n + first, x + first + by, length - by));
      PetscCall(PetscArraycpy(values + i * n + first + length - by, x + first, by));
    }
  }
  PetscFunctionReturn(0);
}

/* Copies a piece to the next free samples of the segments; advances segment and sample. */
static PetscErrorCode append(const Recipe *recipe, const double *x, Segment piece, double *values,
                             int64_t *segment, int64_t *sample)
{
  PetscFunctionBegin;
  while (piece.first < piece.end) {
    const int64_t room = recipe->segments[*segment].end - *sample;
    const int64_t length = PetscMin(room, piece.end - piece.first);

    PetscCall(PetscArraycpy(values + *sample, x + piece.first, length));
    piece.first += length;
    *sample += length;
    if (length == room && *segment + 1 < recipe->n_segments) {
      *sample = recipe->segments[++*segment].first;
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode permute(const Recipe *recipe, Activity original, int64_t resample,
                              double *values)
{
  const Partition *part = ActivityPartition(original);
  const int64_t n = recipe->n_samples;
  Segment *order;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(recipe->n_pieces, &order));
  for (int64_t i = 0; i < part->n_local; i++) {
    const int64_t stream = resample * part->n_global + part->first + i;
    int64_t segment = 0, sample = recipe->segments[0].first;

    PetscCall(PetscArraycpy(order, recipe->pieces, recipe->n_pieces));
    for (int64_t k = recipe->n_pieces - 1; k >= 0; k--) { /* Fisher & Yates */
      const int64_t other = draw(recipe, RANDOM_SURROGATE_PERMUTE, stream, k, k + 1);
      const Segment piece = order[other];

      order[other] = order[k];
      order[k] = piece;
    }
    for (int64_t k = 0; k < recipe->n_pieces; k++) {
      PetscCall(append(recipe, ActivityValues(original) + i * n, order[k], values + i * n, &segment,
                       &sample));
    }
  }
  PetscCall(PetscFree(order));
  PetscFunctionReturn(0);
}

/* A new place for the value at sample t of [first, end). */
typedef int64_t (*Place)(const Recipe *recipe, int64_t stream, int64_t t, Segment segment);

static int64_t place_in_window(const Recipe *recipe, int64_t stream, int64_t t, Segment segment)
{
  const int64_t first = t - (t - segment.first) % recipe->width;
  const int64_t end = PetscMin(segment.end, first + recipe->width);

  return first + draw(recipe, RANDOM_SURROGATE_JITTER, stream, t, end - first);
}

static int64_t place_nearby(const Recipe *recipe, int64_t stream, int64_t t, Segment segment)
{
  const int64_t first = PetscMax(segment.first, t - recipe->width);
  const int64_t end = PetscMin(segment.end, t + recipe->width + 1);

  return first + draw(recipe, RANDOM_SURROGATE_JITTER, stream, t, end - first);
}

/* The value that more than half of the samples have, which is that of samples without a spike; false without one (Boyer & Moore). */
static PetscBool find_silent(const Segment *segments, int64_t n_segments, const double *x,
                             double *silent)
{
  int64_t lead = 0, n = 0, n_same = 0;

  for (int64_t s = 0; s < n_segments; s++) {
    for (int64_t t = segments[s].first; t < segments[s].end; t++) {
      *silent = lead == 0 ? x[t] : *silent;
      lead += x[t] == *silent ? 1 : -1;
    }
  }
  for (int64_t s = 0; s < n_segments; s++) {
    for (int64_t t = segments[s].first; t < segments[s].end; t++, n++) {
      n_same += x[t] == *silent;
    }
  }
  return 2 * n_same > n ? PETSC_TRUE : PETSC_FALSE;
}

static PetscErrorCode find_no_spikes(Activity activity, const Recipe *recipe)
{
  const Partition *part = ActivityPartition(activity);

  for (int64_t i = 0; i < part->n_local; i++) {
    double silent;

    if (!find_silent(recipe->segments, recipe->n_segments,
                     ActivityValues(activity) + i * recipe->n_samples, &silent)) {
      return UserError("granger_surrogate_type: jitter moves spikes, but %s has none: no value is "
                       "that of more than half of its samples; take local_permute, or finer bins",
                       ActivityNeuron(activity, part->first + i));
    }
  }
  return 0;
}

static void move_spikes(const Recipe *recipe, Activity original, int64_t resample, Place place,
                        double *values)
{
  const Partition *part = ActivityPartition(original);
  const int64_t n = recipe->n_samples;

  for (int64_t i = 0; i < part->n_local; i++) {
    const double *x = ActivityValues(original) + i * n;
    const int64_t stream = resample * part->n_global + part->first + i;

    double silent;

    (void)find_silent(recipe->segments, recipe->n_segments, x, &silent);
    for (int64_t s = 0; s < recipe->n_segments; s++) {
      for (int64_t t = recipe->segments[s].first; t < recipe->segments[s].end; t++) {
        values[i * n + t] += silent;
        if (x[t] != silent) {
          values[i * n + place(recipe, stream, t, recipe->segments[s])] += x[t] - silent;
        }
      }
    }
  }
}

static PetscErrorCode interval_jitter(const Recipe *recipe, Activity original, int64_t resample,
                                      double *values)
{
  PetscFunctionBegin;
  move_spikes(recipe, original, resample, place_in_window, values);
  PetscFunctionReturn(0);
}

static PetscErrorCode spike_jitter(const Recipe *recipe, Activity original, int64_t resample,
                                   double *values)
{
  PetscFunctionBegin;
  move_spikes(recipe, original, resample, place_nearby, values);
  PetscFunctionReturn(0);
}

/* Samples of each window in random order. */
static PetscErrorCode local_permute(const Recipe *recipe, Activity original, int64_t resample,
                                    double *values)
{
  const Partition *part = ActivityPartition(original);
  const int64_t n = recipe->n_samples;

  PetscFunctionBegin;
  PetscCall(PetscArraycpy(values, ActivityValues(original), part->n_local * n));
  for (int64_t i = 0; i < part->n_local; i++) {
    const int64_t stream = resample * part->n_global + part->first + i;
    double *x = values + i * n;

    for (int64_t s = 0; s < recipe->n_segments; s++) {
      for (int64_t t = recipe->segments[s].first; t < recipe->segments[s].end; t++) {
        const int64_t first = t - (t - recipe->segments[s].first) % recipe->width;
        const int64_t other =
            first + draw(recipe, RANDOM_SURROGATE_JITTER, stream, t, t - first + 1);
        const double value = x[other];

        x[other] = x[t];
        x[t] = value;
      }
    }
  }
  PetscFunctionReturn(0);
}

/* Width of local surrogates in samples. */
static PetscErrorCode set_width(const ResampleOptions *options, Activity activity, Recipe *recipe)
{
  const double interval_ms = ActivityInterval(activity);

  PetscFunctionBegin;
  UserCheck(interval_ms > 0, "granger_surrogate_width is in ms, but the sampling interval is "
                             "unknown; give activity_interval");
  recipe->width = (int64_t)floor(options->width_ms / interval_ms + 1e-9);
  UserCheck(recipe->width >= (options->type == SURROGATE_SPIKE_JITTER ? 1 : 2),
            "granger_surrogate_width = %g ms would move nothing in samples of %g ms; give a larger "
            "one",
            options->width_ms, interval_ms);
  if (options->type != SURROGATE_LOCAL_PERMUTE) {
    PetscCall(ErrorAgree(ActivityPartition(activity)->comm, find_no_spikes(activity, recipe)));
  }
  PetscFunctionReturn(0);
}

/* Refuses segments too short to be rotated by order + 1 samples in either direction. */
static PetscErrorCode check_shifts(const Recipe *recipe)
{
  const int64_t order = recipe->order;

  PetscFunctionBegin;
  for (int64_t s = 0; s < recipe->n_segments; s++) {
    const int64_t length = recipe->segments[s].end - recipe->segments[s].first;

    UserCheck(length <= order || length >= 2 * (order + 1),
              "granger_surrogate_type = shift: %lld samples in one piece (from sample %lld on) are "
              "too few to rotate at order %lld, which needs %lld; leave them out with "
              "activity_samples, or take permute",
              (long long)length, (long long)recipe->segments[s].first, (long long)order,
              (long long)(2 * (order + 1)));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode cut_pieces(Recipe *recipe)
{
  enum { FEWEST = 5 };
  int64_t n = 0;

  PetscFunctionBegin;
  for (int64_t s = 0; s < recipe->n_segments; s++) {
    n += (recipe->segments[s].end - recipe->segments[s].first + recipe->block - 1) / recipe->block;
  }
  UserCheck(
      n >= FEWEST,
      "granger_bootstrap_block = %lld: %lld such blocks are too few to permute; take shorter ones",
      (long long)recipe->block, (long long)n);
  PetscCall(PetscMalloc1(n, &recipe->pieces));
  for (int64_t s = 0; s < recipe->n_segments; s++) {
    const Segment whole = recipe->segments[s];

    for (int64_t first = whole.first; first < whole.end; first += recipe->block) {
      recipe->pieces[recipe->n_pieces++] =
          (Segment){first, PetscMin(first + recipe->block, whole.end)};
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode SurrogateSetUp(const ResampleOptions *options, Activity activity, int64_t order,
                              Recipe *recipe)
{
  static PetscErrorCode (*const types[])(const Recipe *, Activity, int64_t,
                                         double *) = {[SURROGATE_SHIFT] = shift,
                                                      [SURROGATE_PERMUTE] = permute,
                                                      [SURROGATE_INTERVAL_JITTER] = interval_jitter,
                                                      [SURROGATE_SPIKE_JITTER] = spike_jitter,
                                                      [SURROGATE_LOCAL_PERMUTE] = local_permute};
  const Segment *segments;
  const int64_t n_segments = ActivitySegments(activity, &segments);
  PetscErrorCode status;

  PetscFunctionBegin;
  *recipe = (Recipe){.what = "surrogate",
                     .unit = "surrogates",
                     .n_resamples = options->n_surrogates,
                     .order = order,
                     .block = ResampleBlock(options, activity, order),
                     .seed = options->seed,
                     .n_samples = ActivitySamples(activity),
                     .n_segments = n_segments,
                     .make = types[options->type]};
  PetscCall(PetscMalloc1(n_segments, &recipe->segments));
  PetscCall(PetscArraycpy(recipe->segments, segments, n_segments));
  status = options->type == SURROGATE_SHIFT     ? check_shifts(recipe)
           : options->type == SURROGATE_PERMUTE ? cut_pieces(recipe)
                                                : set_width(options, activity, recipe);
  if (status) {
    PetscCall(RecipeFree(recipe));
  }
  PetscFunctionReturn(status);
}
