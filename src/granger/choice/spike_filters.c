/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "choice/spike_filters.h"

#include "causeway/internal/core/gaussian.h"

/* weight -= g * weight */
static PetscErrorCode subtract_smooth(const SpikeFilters *f, double width, int64_t reach,
                                      double *weight)
{
  const int64_t n = f->last - f->first + 1;
  double *kernel, *smooth, mass = 0;

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(2 * reach + 1, &kernel, n, &smooth));
  for (int64_t k = -reach; k <= reach; k++) {
    kernel[k + reach] = GaussianWeight(k, width);
    mass += kernel[k + reach];
  }
  for (int64_t u = 0; u < n; u++) {
    smooth[u] = 0.0;
    for (int64_t k = PetscMax(-reach, u - n + 1); k <= PetscMin(reach, u); k++) {
      smooth[u] += kernel[k + reach] / mass * weight[u - k];
    }
  }
  for (int64_t u = 0; u < n; u++) {
    weight[u] -= smooth[u];
  }
  PetscCall(PetscFree2(kernel, smooth));
  PetscFunctionReturn(0);
}

static void fill_overlaps(SpikeFilters *f)
{
  const int64_t n = f->last - f->first + 1, width = 2 * f->widest + 1;

  for (int64_t a = 0; a < f->n_filters; a++) {
    for (int64_t b = 0; b < f->n_filters; b++) {
      for (int64_t d = -f->widest; d <= f->widest; d++) {
        double sum = 0;

        for (int64_t u = PetscMax(0, d); u < PetscMin(n, n + d); u++) {
          sum += f->weight[a * n + u] * f->weight[b * n + u - d];
        }
        f->overlap[(a * f->n_filters + b) * width + d + f->widest] = sum;
      }
    }
  }
}

PetscErrorCode SpikeFiltersCreate(const Basis *basis, double width, SpikeFilters *f)
{
  const int64_t reach = width > 0 ? GaussianReach(width) : 0;
  int64_t n;

  PetscFunctionBegin;
  *f = (SpikeFilters){
      .n_filters = basis->n_terms + 1, .first = -reach, .last = basis->reach + reach};
  n = f->last - f->first + 1;
  f->widest = n - 1;
  PetscCall(PetscCalloc3(f->n_filters * n, &f->weight, f->n_filters, &f->sum,
                         f->n_filters * f->n_filters * (2 * f->widest + 1), &f->overlap));
  f->weight[reach] = 1.0;
  for (int64_t k = 0; k < basis->n_terms; k++) {
    for (int64_t l = 1; l <= basis->reach; l++) {
      f->weight[(k + 1) * n + reach + l] = basis->filter[k * basis->reach + l - 1];
    }
  }
  for (int64_t a = 0; a < f->n_filters; a++) {
    PetscCall(reach > 0 ? subtract_smooth(f, width, reach, f->weight + a * n) : 0);
    for (int64_t u = 0; u < n; u++) {
      f->sum[a] += f->weight[a * n + u];
    }
  }
  fill_overlaps(f);
  PetscFunctionReturn(0);
}

PetscErrorCode SpikeFiltersFree(SpikeFilters *f)
{
  PetscFunctionBegin;
  PetscCall(PetscFree3(f->weight, f->sum, f->overlap));
  PetscFunctionReturn(0);
}
