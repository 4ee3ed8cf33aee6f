/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Log lines on networks read from files. */
#include "network_impl.h"

#include "causeway/error.h"
#include "causeway/log.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

PetscErrorCode NetworkNote(Network network, const char *format, ...)
{
  const size_t before = network->notes ? strlen(network->notes) : 0;
  char line[2 * PETSC_MAX_PATH_LEN];
  va_list arguments;

  PetscFunctionBegin;
  va_start(arguments, format);
  (void)vsnprintf(line, sizeof(line), format, arguments);
  va_end(arguments);
  PetscCall(PetscRealloc(before + strlen(line) + 2, &network->notes));
  (void)snprintf(network->notes + before, strlen(line) + 2, "%s\n", line);
  PetscFunctionReturn(0);
}

/* Prints the notes, each after the first word of its log line. */
static PetscErrorCode print_notes(Network network, const char *what)
{
  const char *line = network->notes;

  PetscFunctionBegin;
  while (line && *line) {
    const size_t length = strcspn(line, "\n");

    PetscCall(LogPrintf("%-10s %.*s\n", what, (int)length, line));
    line += length + 1;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkDescribe(Network network, const char *what)
{
  const int64_t n_local = network->row_start[network->partition.n_local];
  double low[4] = {INFINITY, INFINITY, INFINITY, INFINITY}; /* weight, delay, and their negatives */
  int64_t count[2] = {0, 0}; /* negative synapses, synapses of a neuron with itself */
  int64_t inhibitory = 0;

  PetscFunctionBegin;
  PetscCall(print_notes(network, what));
  for (int64_t k = 0; k < n_local; k++) {
    const double delay = network->delays ? network->delays[k] * network->delay_step : 0;

    low[0] = PetscMin(low[0], network->weights[k]);
    low[1] = PetscMin(low[1], delay);
    low[2] = PetscMin(low[2], -network->weights[k]);
    low[3] = PetscMin(low[3], -delay);
    count[0] += network->weights[k] < 0;
  }
  for (int64_t i = 0; i < network->partition.n_local; i++) {
    for (int64_t k = network->row_start[i]; k < network->row_start[i + 1]; k++) {
      count[1] += network->ends[k] == network->partition.first + i;
    }
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, low, 4, MPI_DOUBLE, MPI_MIN, network->comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, count, 2, MPI_INT64_T, MPI_SUM, network->comm));
  for (int64_t j = 0; j < network->partition.n_global; j++) {
    inhibitory += NetworkIsExcitatory(network, j) ? 0 : 1;
  }
  PetscCall(LogPrintf("%-10s %lld neurons", what, (long long)network->partition.n_global));
  if (network->kinds_known) {
    PetscCall(LogPrintf(", %lld of them inhibitory", (long long)inhibitory));
  }
  PetscCall(LogPrintf(", %lld edges", (long long)network->n_synapses));
  if (network->n_synapses > 0 && !network->lacks_weights) {
    PetscCall(LogPrintf(", %lld of them negative", (long long)count[0]));
    if (!network->kinds_known && inhibitory > 0) {
      PetscCall(LogPrintf(" from %lld neurons", (long long)inhibitory));
    }
    PetscCall(LogPrintf(", weights %g to %g", low[0], -low[2]));
  }
  if (network->n_synapses > 0 && network->has_delays &&
      !network->sonata.weights_may_miss) { /* a truth does not use delays */
    PetscCall(LogPrintf(", delays %g to %g ms", low[1], -low[3]));
  }
  if (count[1] > 0) {
    PetscCall(LogPrintf("; %lld edges from a neuron to itself", (long long)count[1]));
  }
  PetscCall(LogPrintf("\n"));
  PetscFunctionReturn(0);
}
