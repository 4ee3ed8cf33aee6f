/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Scattered light of neighbours on the plane. */
#include "observation_impl.h"

#include <math.h>
#include <stdlib.h>

/* Number of ranges beyond which light is neglected. */
enum { REACH = 3 };

typedef struct {
  int32_t neuron;
  double part;
} Neighbour;

static int by_neuron(const void *a, const void *b)
{
  const Neighbour *x = (const Neighbour *)a, *y = (const Neighbour *)b;

  return x->neuron < y->neuron ? -1 : (x->neuron > y->neuron ? 1 : 0);
}

/* Finds the neighbours of a neuron, ascending; the list has room for all neurons. */
static int64_t find(Observation o, const Plane *plane, int64_t neuron, Neighbour list[])
{
  const double *at = plane->place + 2 * neuron;
  const double most = REACH * o->scatter_range;
  int64_t n = 0;

  for (int64_t cell = 0; cell < plane->cells * plane->cells; cell++) {
    if (PlaneDistanceOfCell(plane, at, cell) >= most) {
      continue;
    }
    for (int64_t k = plane->start[cell]; k < plane->start[cell + 1]; k++) {
      const int32_t other = plane->neuron[k];
      const double distance = PlaneDistance(at, plane->place + 2 * (int64_t)other);

      if (other != neuron && distance < most) {
        const double x = distance / o->scatter_range;

        list[n++] = (Neighbour){other, o->scatter * exp(-x * x)};
      }
    }
  }
  if (n > 1) {
    qsort(list, (size_t)n, sizeof(*list), by_neuron);
  }
  return n;
}

PetscErrorCode ScatterCreate(Observation o, const Partition *partition, Scatter *scatter)
{
  const int64_t n_local = partition->n_local;
  Neighbour *list;
  Plane plane;

  PetscFunctionBegin;
  *scatter = (Scatter){NULL, NULL, NULL};
  PetscCall(PlaneCreate(o->seed, partition->n_global, &plane));
  PetscCall(PetscMalloc1(partition->n_global, &list));
  PetscCall(PetscCalloc1(n_local + 1, &scatter->start));
  for (int64_t i = 0; i < n_local; i++) {
    const int64_t n = find(o, &plane, partition->first + i, list), first = scatter->start[i];

    scatter->start[i + 1] = first + n;
    PetscCall(PetscRealloc((size_t)(first + n) * sizeof(int32_t), &scatter->neuron));
    PetscCall(PetscRealloc((size_t)(first + n) * sizeof(double), &scatter->part));
    for (int64_t k = 0; k < n; k++) {
      scatter->neuron[first + k] = list[k].neuron;
      scatter->part[first + k] = list[k].part;
    }
  }
  PetscCall(PetscFree(list));
  PetscCall(PlaneDestroy(&plane));
  PetscFunctionReturn(0);
}

PetscErrorCode ScatterDestroy(Scatter *scatter)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(scatter->start));
  PetscCall(PetscFree(scatter->neuron));
  PetscCall(PetscFree(scatter->part));
  PetscFunctionReturn(0);
}

PetscErrorCode ScatterAdd(const Scatter *scatter, const Partition *p, int64_t count,
                          const double own[], double values[])
{
  const int64_t block = p->block * count; /* of a rank; the last ones may be smaller */
  double *all, *mine;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(block * p->size, &all));
  PetscCall(PetscCalloc1(block, &mine));
  PetscCall(PetscArraycpy(mine, own, p->n_local * count));
  PetscCallMPI(MPI_Allgather(mine, (int)block, MPI_DOUBLE, all, (int)block, MPI_DOUBLE, p->comm));
  PetscCall(PetscArraycpy(values, own, p->n_local * count));
  for (int64_t i = 0; i < p->n_local; i++) {
    for (int64_t k = scatter->start[i]; k < scatter->start[i + 1]; k++) {
      const double *light = all + scatter->neuron[k] * count;

      for (int64_t t = 0; t < count; t++) {
        values[i * count + t] += scatter->part[k] * light[t];
      }
    }
  }
  PetscCall(PetscFree(mine));
  PetscCall(PetscFree(all));
  PetscFunctionReturn(0);
}
