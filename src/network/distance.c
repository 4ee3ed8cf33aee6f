/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Neurons at random places of a square whose opposite sides are joined; the probability of a synapse falls with the
   distance d of the two neurons as p exp(-d / range). */
#include "network_impl.h"

#include "causeway/random.h"

#include <math.h>

enum { MOST_CELLS = 32 }; /* along a side */

/* The neurons by cells of a grid: from a cell that is far away few candidates are drawn. */
typedef struct {
  int64_t cells;
  double *place;   /* (n_global, 2) in units of the side */
  int64_t *start;  /* (cells^2 + 1) */
  int32_t *neuron; /* (n_global) by cell, ascending */
} Plane;

static int64_t cell_of(const Plane *plane, int64_t neuron)
{
  const double *at = plane->place + 2 * neuron;

  return (int64_t)(at[1] * (double)plane->cells) * plane->cells +
         (int64_t)(at[0] * (double)plane->cells);
}

static PetscErrorCode create_plane(Network network, Plane *plane)
{
  const int64_t n = NetworkTotal(network);
  int64_t n_cells, *next;

  PetscFunctionBegin;
  plane->cells = PetscMax(1, PetscMin(MOST_CELLS, (int64_t)(sqrt((double)n) / 4)));
  n_cells = plane->cells * plane->cells;
  PetscCall(PetscMalloc3(2 * n, &plane->place, n_cells + 1, &plane->start, n, &plane->neuron));
  PetscCall(PetscArrayzero(plane->start, n_cells + 1));
  for (int64_t j = 0; j < n; j++) {
    RandomUniform(network->seed, RANDOM_PLACE, j, 0, plane->place + 2 * j);
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

/* Shortest way around between two coordinates. */
static double along(double a, double b)
{
  const double way = fabs(a - b);

  return PetscMin(way, 1.0 - way);
}

/* Distance of a neuron from the nearest point of a cell. */
static double distance_of_cell(const Plane *plane, const double at[2], int64_t cell)
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

double NetworkDistance(const double a[2], const double b[2])
{
  return hypot(along(a[0], b[0]), along(a[1], b[1]));
}

static PetscErrorCode fill(Row *row)
{
  const Plane *plane = row->context;
  const double p = row->network->probability, range = row->network->range;
  const double *at = plane->place + 2 * row->target;

  PetscFunctionBegin;
  for (int64_t cell = 0; cell < plane->cells * plane->cells; cell++) {
    const double most = p * exp(-distance_of_cell(plane, at, cell) / range);
    const int64_t end = plane->start[cell + 1];
    int64_t k = plane->start[cell] - 1;

    while (
        most >
        0) { /* candidates at geometric gaps, each kept with what its own probability is of the largest */
      const double gap = floor(log(RowUniform(row)) / log1p(-most));
      int64_t source;

      if (gap >= (double)(end - 1 - k)) {
        break;
      }
      k += 1 + (int64_t)gap;
      source = plane->neuron[k];
      if (RowUniform(row) * most <
              p * exp(-NetworkDistance(at, plane->place + 2 * source) / range) &&
          source != row->target) {
        PetscCall(RowAdd(row, source));
      }
    }
  }
  PetscFunctionReturn(0);
}

/* The mean of exp(-d / range) over the square, for ranges well below its side 2 pi range^2. */
double NetworkExpectDistance(Network network)
{
  const double n = (double)NetworkTotal(network);
  const double mean = PetscMin(1.0, 2.0 * M_PI * network->range * network->range);

  return network->probability * mean * n * (n - 1.0);
}

PetscErrorCode NetworkGenerateDistance(Network network)
{
  Plane plane;

  PetscFunctionBegin;
  PetscCall(create_plane(network, &plane));
  PetscCall(NetworkGenerateRows(network, NetworkExpectDistance(network), fill, &plane));
  PetscCall(PetscFree3(plane.place, plane.start, plane.neuron));
  PetscFunctionReturn(0);
}
