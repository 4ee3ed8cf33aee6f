/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The probability of a synapse between neurons on a plane falls with their distance d as p exp(-d / range). */
#include "network_impl.h"

#include "causeway/internal/core/plane.h"

#include <math.h>

typedef struct {
  double range; /* distance over which the probability falls to 1/e [side of the square] */
} Settings;

/* Few candidates are drawn from a distant cell. */
static PetscErrorCode fill(Row *row)
{
  const Plane *plane = row->context;
  const Settings *settings = NetworkSettings(row->network);
  const double p = row->network->probability, range = settings->range;
  const double *at = plane->place + 2 * row->target;

  PetscFunctionBegin;
  for (int64_t cell = 0; cell < plane->cells * plane->cells; cell++) {
    const double most = p * exp(-PlaneDistanceOfCell(plane, at, cell) / range);
    const int64_t end = plane->start[cell + 1];
    int64_t k = plane->start[cell] - 1;

    while (
        most >
        0) { /* candidates at geometric gaps; each is kept with its probability over the largest */
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

/* Mean of exp(-d / range) over the square; for ranges well below the side it is 2 pi range^2. */
static double expected_synapses(Network network)
{
  const Settings *settings = NetworkSettings(network);
  const double n = (double)NetworkTotal(network);
  const double mean = PetscMin(1.0, 2.0 * M_PI * settings->range * settings->range);

  return network->probability * mean * n * (n - 1.0);
}

static PetscErrorCode generate(Network network)
{
  Plane plane;

  PetscFunctionBegin;
  PetscCall(PlaneCreate(network->seed, NetworkTotal(network), &plane));
  PetscCall(NetworkGenerateRows(network, expected_synapses(network), fill, &plane));
  PetscCall(PlaneDestroy(&plane));
  PetscFunctionReturn(0);
}

static const ParameterSpec parameters[] = {
    {.key = "network_range",
     .kind = PARAMETER_REAL,
     .unit = "side of the square",
     .standard = "0.1",
     .low = 1e-6,
     .high = 1e3,
     .text = "Distance over which the probability of a synapse falls to 1/e",
     PARAMETER_MEMBER(Settings, range)},
    {.key = NULL}};

const NetworkType NetworkTypeDistance = {.name = "distance",
                                         .text = "probability falls with distance on a plane",
                                         .shared = NetworkProbability,
                                         .own = parameters,
                                         .settings = sizeof(Settings),
                                         .expected_synapses = expected_synapses,
                                         .generate = generate};
