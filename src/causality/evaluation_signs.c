/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Compares the signs of effects with those of the true connections. */
#include "causeway/evaluation.h"

#include <math.h>

static int sign_of(double value)
{
  return value > 0 ? 1 : -(value < 0);
}

PetscErrorCode EvaluationSigns(const Partition *part, const double *effects, Network truth,
                               Evaluation *evaluation)
{
  int64_t counts[3] = {0, 0, 0}; /* edges with both signs; with equal signs; negative edges */

  PetscFunctionBegin;
  for (int64_t i = 0; i < part->n_local; i++) {
    const int64_t target = part->first + i;
    int64_t n_sources;
    const int32_t *sources;
    const float *weights;

    PetscCall(NetworkRow(truth, i, &n_sources, &sources, &weights));
    for (int64_t k = 0, next; k < n_sources; k = next) {
      double weight = 0; /* of all synapses of the pair */
      int truly, found;

      for (next = k; next < n_sources && sources[next] == sources[k]; next++) {
        weight += weights[next];
      }
      truly = sign_of(weight);
      found = sign_of(effects[i * part->n_global + sources[k]]);
      if (sources[k] != target && truly && found) {
        counts[0]++;
        counts[1] += truly == found;
        counts[2] += truly < 0;
      }
    }
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, counts, 3, MPI_INT64_T, MPI_SUM, part->comm));
  evaluation->n_signed = counts[0];
  evaluation->sign_accuracy = counts[2] > 0 ? (double)counts[1] / (double)counts[0] : (double)NAN;
  PetscFunctionReturn(0);
}
