/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What is done to the series of one neuron, in this order: clip, detrend, difference, normalise. */
#include "activity_impl.h"

#include "causeway/error.h"

#include <math.h>

/* Spread of what detrending and differences leave of a straight line, relative to its values. */
#define ROUNDING 1e-12

/* Samples of a piece from which all differences are inside it. */
static Segment differenced(Activity a, Segment piece)
{
  return (Segment){PetscMin(piece.first + a->difference, piece.end), piece.end};
}

/* The largest absolute value after clipping. */
static double clip(Activity a, const SegmentList *pieces, double x[])
{
  double largest = 0;

  for (int64_t s = 0; s < pieces->n; s++) {
    for (int64_t t = pieces->list[s].first; t < pieces->list[s].end; t++) {
      if (a->clips && x[t] > a->clip) {
        x[t] = a->clip;
      }
      largest = PetscMax(largest, fabs(x[t]));
    }
  }
  return largest;
}

/* Subtracts the least-squares line through the n pieces of one trial. */
static void detrend(const Segment piece[], int64_t n, double x[])
{
  double count = 0, mean_t = 0, mean_x = 0, square = 0, product = 0, slope;

  for (int64_t s = 0; s < n; s++) {
    for (int64_t t = piece[s].first; t < piece[s].end; t++) {
      count += 1;
      mean_t += (double)t;
      mean_x += x[t];
    }
  }
  mean_t /= count;
  mean_x /= count;
  for (int64_t s = 0; s < n; s++) {
    for (int64_t t = piece[s].first; t < piece[s].end; t++) {
      square += ((double)t - mean_t) * ((double)t - mean_t);
      product += ((double)t - mean_t) * (x[t] - mean_x);
    }
  }
  slope = square > 0 ? product / square : 0;
  for (int64_t s = 0; s < n; s++) {
    for (int64_t t = piece[s].first; t < piece[s].end; t++) {
      x[t] -= mean_x + slope * ((double)t - mean_t);
    }
  }
}

static void detrend_trials(Activity a, const SegmentList *pieces, double x[])
{
  int64_t s = 0;

  for (int64_t trial = 0; trial < a->trials.n; trial++) {
    const int64_t begin = s;

    while (s < pieces->n && pieces->list[s].end <= a->trials.list[trial].end) {
      s++;
    }
    if (s > begin) {
      detrend(pieces->list + begin, s - begin, x);
    }
  }
}

/* From the end, so that each value is still there when it is subtracted. */
static void difference(Activity a, const SegmentList *pieces, double x[])
{
  for (int64_t s = 0; s < pieces->n; s++) {
    for (int64_t order = 1; order <= a->difference; order++) {
      for (int64_t t = pieces->list[s].end - 1; t >= pieces->list[s].first + order; t--) {
        x[t] -= x[t - 1];
      }
    }
  }
}

/* Mean and population variance inside the segments; a constant neuron is refused. */
static PetscErrorCode moments(Activity a, const SegmentList *pieces, int64_t neuron,
                              const double x[], double rounding, double *mean, double *variance)
{
  double lowest = INFINITY, highest = -INFINITY;
  int64_t count = 0;

  PetscFunctionBegin;
  *mean = *variance = 0;
  for (int64_t s = 0; s < pieces->n; s++) {
    const Segment used = differenced(a, pieces->list[s]);

    for (int64_t t = used.first; t < used.end; t++) {
      lowest = PetscMin(lowest, x[t]);
      highest = PetscMax(highest, x[t]);
      *mean += x[t];
    }
    count += used.end - used.first;
  }
  UserCheck(highest - lowest > rounding,
            "%s: neuron %lld (counted from 0) is constant%s, %g in all %lld samples; leave it out",
            a->source, (long long)neuron,
            a->difference > 0 || a->detrend ? " after detrending and differences" : "", lowest,
            (long long)count);
  *mean /= (double)count;
  for (int64_t s = 0; s < pieces->n; s++) {
    const Segment used = differenced(a, pieces->list[s]);

    for (int64_t t = used.first; t < used.end; t++) {
      *variance += (x[t] - *mean) * (x[t] - *mean);
    }
  }
  *variance /= (double)count;
  PetscFunctionReturn(0);
}

/* Values between the segments say nothing, and may not be finite. */
static void clear_between(Activity a, const SegmentList *pieces, double x[])
{
  int64_t cleared = 0;

  for (int64_t s = 0; s <= pieces->n; s++) {
    const int64_t end = s < pieces->n ? differenced(a, pieces->list[s]).first : a->n_samples;

    for (int64_t t = cleared; t < end; t++) {
      x[t] = 0;
    }
    cleared = s < pieces->n ? pieces->list[s].end : end;
  }
}

PetscErrorCode PreprocessNeuron(Activity a, const SegmentList *pieces, int64_t neuron, double x[])
{
  const double largest = clip(a, pieces, x);
  const double rounding = a->detrend || a->difference > 0 ? ROUNDING * largest : 0;
  double mean, variance, scale = 1.0;

  PetscFunctionBegin;
  if (a->detrend == DETREND_LINEAR) {
    detrend_trials(a, pieces, x);
  }
  difference(a, pieces, x);
  PetscCall(moments(a, pieces, neuron, x, rounding, &mean, &variance));
  if (a->normalize == NORMALIZE_ZSCORE) {
    scale = 1.0 / sqrt(variance);
  }
  for (int64_t s = 0; s < pieces->n && a->normalize != NORMALIZE_NONE; s++) {
    for (int64_t t = pieces->list[s].first; t < pieces->list[s].end; t++) {
      x[t] = (x[t] - mean) * scale;
    }
  }
  clear_between(a, pieces, x);
  PetscFunctionReturn(0);
}
