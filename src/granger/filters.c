/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "filters.h"

#include "causeway/internal/core/gaussian.h"

/* weight -= running mean of weight, with weights `kernel` at distances -back .. ahead */
static PetscErrorCode subtract_mean(int64_t n, int64_t back, int64_t ahead, const double *kernel,
                                    double *weight)
{
  double *mean;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(n, &mean));
  for (int64_t l = 0; l < n; l++) {
    for (int64_t d = PetscMax(-back, -l); d <= PetscMin(ahead, n - 1 - l); d++) {
      mean[l + d] += kernel[d + back] * weight[l];
    }
  }
  for (int64_t l = 0; l < n; l++) {
    weight[l] -= mean[l];
  }
  PetscCall(PetscFree(mean));
  PetscFunctionReturn(0);
}

/* Gaussian weights with the sum 1 at distances -back .. ahead; without the middle when they are of one side. */
static PetscErrorCode make_kernel(double width, int64_t back, int64_t ahead, double **kernel)
{
  double mass = 0;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(back + ahead + 1, kernel));
  for (int64_t d = -back; d <= ahead; d++) {
    (*kernel)[d + back] = d == 0 && ahead == 0 ? 0.0 : GaussianWeight(d, width);
    mass += (*kernel)[d + back];
  }
  for (int64_t k = 0; k <= back + ahead; k++) {
    (*kernel)[k] /= mass;
  }
  PetscFunctionReturn(0);
}

int64_t FiltersReach(const Basis *basis, Highpass highpass, double width)
{
  const int64_t back = highpass == HIGHPASS_NONE ? 0 : GaussianReach(width);

  return basis->reach + (highpass == HIGHPASS_BOTH ? 2 : 1) * back;
}

PetscErrorCode FiltersCreate(const Basis *basis, Highpass highpass, double width, Filters *f)
{
  const int64_t back = highpass == HIGHPASS_NONE ? 0 : GaussianReach(width);
  const int64_t ahead = highpass == HIGHPASS_BOTH ? back : 0;
  const int64_t n_filtered = highpass == HIGHPASS_AHEAD ? 1 : basis->n_terms + 1;
  double *kernel = NULL;

  PetscFunctionBegin;
  *f = (Filters){.n_filters = basis->n_terms + 1,
                 .reach = FiltersReach(basis, highpass, width),
                 .delay = back,
                 .span = basis->reach};
  PetscCall(PetscCalloc1(f->n_filters * (f->reach + 1), &f->weight));
  PetscCall(PetscMalloc1(basis->n_terms * basis->reach, &f->plain));
  f->weight[f->delay] = 1.0;
  for (int64_t k = 0; k < basis->n_terms; k++) {
    double *weight = f->weight + (k + 1) * (f->reach + 1) + f->delay;

    for (int64_t l = 1; l <= basis->reach; l++) {
      weight[l] = basis->filter ? basis->filter[k * basis->reach + l - 1] : (double)(l == k + 1);
      f->plain[k * basis->reach + l - 1] = weight[l];
    }
  }
  if (back > 0) {
    PetscCall(make_kernel(width, back, ahead, &kernel));
    for (int64_t k = 0; k < n_filtered; k++) {
      PetscCall(subtract_mean(f->reach + 1, back, ahead, kernel, f->weight + k * (f->reach + 1)));
    }
  }
  if (highpass == HIGHPASS_BOTH) {
    f->n_mean = back;
    f->mean = kernel;
  } else {
    PetscCall(PetscFree(kernel));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode FiltersFree(Filters *f)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(f->weight));
  PetscCall(PetscFree(f->plain));
  PetscCall(PetscFree(f->mean));
  PetscFunctionReturn(0);
}

void FiltersApply(const Filters *f, int64_t begin, int64_t number, int64_t n, const double x[],
                  double series[])
{
  for (int64_t e = 0; e < number * n; e++) {
    series[e] = 0.0;
  }
  for (int64_t t = 0; t < f->reach + n; t++) {
    /* sample t is at lag l of sample t + l, which has the place t + l - reach */
    const int64_t first = PetscMax(0, f->reach - t),
                  last = PetscMin(f->reach, f->reach + n - 1 - t);

    for (int64_t k = 0; x[t] != 0.0 && k < number; k++) {
      const double *restrict weight = f->weight + (begin + k) * (f->reach + 1);
      double *restrict out = series + k * n + t - f->reach;

      for (int64_t l = first; l <= last; l++) {
        out[l] += x[t] * weight[l];
      }
    }
  }
}
