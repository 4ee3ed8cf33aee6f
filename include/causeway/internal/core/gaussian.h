/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_GAUSSIAN_H
#define CAUSEWAY_GAUSSIAN_H

#include <math.h>
#include <stdint.h>

/* Weights of a running mean, a Gaussian of standard deviation `width` [samples] that is cut off at three of them. */
static inline int64_t GaussianReach(double width)
{
  return (int64_t)ceil(3.0 * width);
}

static inline double GaussianWeight(int64_t distance, double width)
{
  return exp(-0.5 * (double)(distance * distance) / (width * width));
}

#endif
