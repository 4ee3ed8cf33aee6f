/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The probability of a synapse between neurons on a plane falls with their distance d as p exp(-d / range). */
#include "network_impl.h"

#include "plane.h"

#include <math.h>

/* From a cell that is far away few candidates are drawn. */
static PetscErrorCode fill(Row *row)
{
  const Plane *plane = row->context;
  const double p = row->network->probability, range = row->network->range;
  const double *at = plane->place + 2 * row->target;

  PetscFunctionBegin;
  for (int64_t cell = 0; cell < plane->cells * plane->cells; cell++) {
    const double most = p * exp(-PlaneDistanceOfCell(plane, at, cell) / range);
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
      if (RowUniform(row) * most < p * exp(-PlaneDistance(at, plane->place + 2 * source) / range) &&
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
  PetscCall(PlaneCreate(network->seed, NetworkTotal(network), &plane));
  PetscCall(NetworkGenerateRows(network, NetworkExpectDistance(network), fill, &plane));
  PetscCall(PlaneDestroy(&plane));
  PetscFunctionReturn(0);
}
