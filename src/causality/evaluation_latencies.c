/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Compares the latencies of effects with the delays of the true connections. */
#include "causeway/evaluation.h"

#include "causeway/internal/parallel/select.h"

#include <math.h>

/* Errors of a row [ms]; of several synapses of a pair the shortest delay counts. errors: room for one per synapse. */
static PetscErrorCode row_errors(const Partition *part, int64_t i, const double *latencies,
                                 const uint8_t *mask, Network truth, int64_t *n, double *errors)
{
  int64_t n_sources;
  const int32_t *sources;
  const float *weights;
  const uint16_t *delays;

  PetscFunctionBegin;
  *n = 0;
  PetscCall(NetworkRow(truth, i, &n_sources, &sources, &weights));
  PetscCall(NetworkRowDelays(truth, i, &delays));
  for (int64_t k = 0, next; k < n_sources && delays; k = next) {
    const int64_t at = i * part->n_global + sources[k];
    uint16_t shortest = delays[k];

    for (next = k + 1; next < n_sources && sources[next] == sources[k]; next++) {
      shortest = PetscMin(shortest, delays[next]);
    }
    if (sources[k] != part->first + i && shortest > 0 && mask[at] && isfinite(latencies[at])) {
      errors[(*n)++] = fabs(latencies[at] - shortest * NetworkDelayStep(truth));
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode EvaluationLatencies(const Partition *part, const double *latencies,
                                   const uint8_t *mask, Network truth, Evaluation *evaluation)
{
  int64_t counts[2] = {0, 0}, n = 0, room = 1, n_row; /* counts: errors; those of at most 2 ms */
  const int32_t *sources;
  const float *weights;
  double *errors, middle[2];

  PetscFunctionBegin;
  for (int64_t i = 0; i < part->n_local; i++) {
    PetscCall(NetworkRow(truth, i, &n_row, &sources, &weights));
    room += n_row;
  }
  PetscCall(PetscMalloc1(room, &errors));
  for (int64_t i = 0; i < part->n_local; i++) {
    PetscCall(row_errors(part, i, latencies, mask, truth, &n_row, errors + n));
    n += n_row;
  }
  counts[0] = n;
  for (int64_t k = 0; k < n; k++) {
    counts[1] += errors[k] <= EVALUATION_LATENCY_MS;
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, counts, 2, MPI_INT64_T, MPI_SUM, part->comm));
  evaluation->n_latencies = counts[0];
  if (counts[0] > 0) {
    PetscCall(SelectOverRanks(part->comm, n, errors, (counts[0] - 1) / 2, &middle[0]));
    PetscCall(SelectOverRanks(part->comm, n, errors, counts[0] / 2, &middle[1]));
    evaluation->latency_error_ms = 0.5 * (middle[0] + middle[1]);
    evaluation->latency_share = (double)counts[1] / (double)counts[0];
  }
  PetscCall(PetscFree(errors));
  PetscFunctionReturn(0);
}
