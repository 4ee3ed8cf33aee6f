/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Generates networks row by row: the sources of a target come in any order and without repetition. */
#include "network_impl.h"

#include "causeway/random.h"

#include <math.h>
#include <stdlib.h>

static int ascending(const void *a, const void *b)
{
  const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

  return x < y ? -1 : (x > y ? 1 : 0);
}

double RowUniform(Row *row)
{
  if (row->draw % 2 == 0) {
    RandomUniform(row->network->seed, RANDOM_CONNECTIVITY, row->target, row->draw / 2,
                  row->uniform);
  }
  return row->uniform[row->draw++ % 2];
}

int64_t RowNeuron(Row *row)
{
  const int64_t n = row->network->partition.n_global - 1;
  const int64_t candidate = PetscMin((int64_t)(RowUniform(row) * (double)n), n - 1);

  return candidate + (candidate >= row->target ? 1 : 0);
}

PetscErrorCode RowAdd(Row *row, int64_t source)
{
  PetscFunctionBegin;
  if (row->n == row->capacity) {
    row->capacity = 2 * row->capacity + 64;
    PetscCall(PetscRealloc((size_t)row->capacity * sizeof(*row->sources), &row->sources));
  }
  row->sources[row->n++] = (int32_t)source;
  row->taken[source] = 1;
  PetscFunctionReturn(0);
}

static PetscErrorCode append_row(Row *row, int64_t *count)
{
  Network network = row->network;

  PetscFunctionBegin;
  if (row->n > 1) {
    qsort(row->sources, (size_t)row->n, sizeof(*row->sources), ascending);
  }
  PetscCall(NetworkAppendRow(network, *count, row->target, 0, row->n, row->sources, NULL));
  *count += row->n;
  for (int64_t k = 0; k < row->n; k++) {
    row->taken[row->sources[k]] = 0;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkGenerateRows(Network network, double expected,
                                   PetscErrorCode (*fill)(Row *row), void *context)
{
  Row row = {.network = network, .context = context};
  int64_t count = 0;

  PetscFunctionBegin;
  PetscCall(NetworkSetSize(network, NetworkTotal(network)));
  PetscCall(NetworkNumberPopulations(network));
  expected *= (double)network->partition.n_local / (double)network->partition.n_global;
  PetscCall(NetworkReserve(network, (int64_t)(expected + 5.0 * sqrt(expected)) + 1));
  PetscCall(PetscCalloc1(network->partition.n_global, &row.taken));
  for (int64_t i = 0; i < network->partition.n_local; i++) {
    row.target = network->partition.first + i;
    row.n = row.draw = 0;
    PetscCall(fill(&row));
    PetscCall(append_row(&row, &count));
    network->row_start[i + 1] = count;
  }
  PetscCall(PetscFree(row.taken));
  PetscCall(PetscFree(row.sources));
  PetscCall(NetworkFinish(network));
  PetscFunctionReturn(0);
}
