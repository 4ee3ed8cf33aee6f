/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "spikes/own_covariance.h"

#include <stdlib.h>

PetscErrorCode OwnCovarianceCreate(const SpikeList *s, int64_t reach, int64_t bandwidth,
                                   OwnCovariance *own)
{
  PetscFunctionBegin;
  *own = (OwnCovariance){.s = s, .reach = reach, .bandwidth = bandwidth};
  PetscCall(PetscMalloc2(reach + bandwidth + 1, &own->pairs, reach + 1, &own->overlap));
  PetscFunctionReturn(0);
}

PetscErrorCode OwnCovarianceFree(OwnCovariance *own)
{
  PetscFunctionBegin;
  PetscCall(PetscFree2(own->pairs, own->overlap));
  PetscFunctionReturn(0);
}

void OwnCovarianceCount(OwnCovariance *own, int64_t neuron)
{
  const SpikeList *s = own->s;
  const int64_t widest = own->reach + own->bandwidth, end = s->own_start[neuron + 1];

  own->neuron = neuron;
  own->total = 0;
  for (int64_t d = 0; d <= widest; d++) {
    own->pairs[d] = 0.0;
  }
  for (int64_t a = s->own_start[neuron]; a < end; a++) {
    const int64_t e = s->of_neuron[a];

    own->total += s->count[e];
    for (int64_t b = a; b < end && s->sample[s->of_neuron[b]] - s->sample[e] <= widest; b++) {
      own->pairs[s->sample[s->of_neuron[b]] - s->sample[e]] +=
          s->count[e] * s->count[s->of_neuron[b]];
    }
  }
}

void OwnCovarianceFind(OwnCovariance *own, const double filter[], double covariance[])
{
  const int64_t n = own->reach + 1;
  double sum = 0, mean;

  for (int64_t l = 0; l < n; l++) {
    own->overlap[l] = 0;
    for (int64_t k = l; k < n; k++) {
      own->overlap[l] += filter[k] * filter[k - l];
    }
    sum += filter[l];
  }
  mean = own->total * sum / (double)own->s->n_samples;
  for (int64_t h = 0; h <= own->bandwidth; h++) {
    covariance[h] = -(double)own->s->n_samples * mean * mean;
    for (int64_t u = -own->reach; u <= own->reach; u++) {
      covariance[h] += own->overlap[llabs(u)] * own->pairs[llabs(h - u)];
    }
  }
}
