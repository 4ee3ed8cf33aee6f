/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/internal/core/plane.h"

#include "causeway/random.h"

#include <math.h>

enum { MOST_CELLS = 32 }; /* along a side */

static int64_t cell_of(const Plane *plane, int64_t neuron)
{
  const double *at = plane->place + 2 * neuron;

  return (int64_t)(at[1] * (double)plane->cells) * plane->cells +
         (int64_t)(at[0] * (double)plane->cells);
}

PetscErrorCode PlaneCreate(uint32_t seed, int64_t n, Plane *plane)
{
  int64_t n_cells, *next;

  PetscFunctionBegin;
  plane->n = n;
  plane->cells = PetscMax(1, PetscMin(MOST_CELLS, (int64_t)(sqrt((double)n) / 4)));
  n_cells = plane->cells * plane->cells;
  PetscCall(PetscMalloc3(2 * n, &plane->place, n_cells + 1, &plane->start, n, &plane->neuron));
  PetscCall(PetscArrayzero(plane->start, n_cells + 1));
  for (int64_t j = 0; j < n; j++) {
    RandomUniform(seed, RANDOM_PLACE, j, 0, plane->place + 2 * j);
    plane->start[cell_of(plane, j) + 1]++;
  }
  for (int64_t c = 0; c < n_cells; c++) {
    plane->start[c + 1] += plane->start[c];
  }
  PetscCall(PetscMalloc1(n_cells, &next));
  PetscCall(PetscArraycpy(next, plane->start, n_cells));
  for (int64_t j = 0; j < n; j++) {
    plane->neuron[next[cell_of(plane, j)]++] = (int32_t)j;
  }
  PetscCall(PetscFree(next));
  PetscFunctionReturn(0);
}

PetscErrorCode PlaneDestroy(Plane *plane)
{
  PetscFunctionBegin;
  PetscCall(PetscFree3(plane->place, plane->start, plane->neuron));
  PetscFunctionReturn(0);
}

/* Periodic distance of two coordinates. */
static double along(double a, double b)
{
  const double way = fabs(a - b);

  return PetscMin(way, 1.0 - way);
}

double PlaneDistanceOfCell(const Plane *plane, const double at[2], int64_t cell)
{
  const int64_t column = cell % plane->cells, line = cell / plane->cells;
  const double half = 0.5 / (double)plane->cells;
  const double middle[2] = {((double)column + 0.5) / (double)plane->cells,
                            ((double)line + 0.5) / (double)plane->cells};
  double away[2];

  for (int k = 0; k < 2; k++) {
    away[k] = PetscMax(0.0, along(at[k], middle[k]) - half);
  }
  return hypot(away[0], away[1]);
}

double PlaneDistance(const double a[2], const double b[2])
{
  return hypot(along(a[0], b[0]), along(a[1], b[1]));
}
