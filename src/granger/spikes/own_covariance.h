/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_OWN_COVARIANCE_H
#define CAUSEWAY_OWN_COVARIANCE_H

#include "spikes/spike_list.h"

/* Autocovariances of one filtered spike train after another. */
typedef struct {
  const SpikeList *s;
  int64_t reach, bandwidth; /* [samples] of the filters; largest lag */
  int64_t neuron;
  double total;    /* count of all spikes of the neuron */
  double *pairs;   /* (reach + bandwidth + 1) products of its counts at each distance */
  double *overlap; /* (reach + 1) of the filter with itself */
} OwnCovariance;

/* The list is borrowed. Not collective; freed with OwnCovarianceFree(). */
PetscErrorCode OwnCovarianceCreate(const SpikeList *list, int64_t reach, int64_t bandwidth,
                                   OwnCovariance *own);
PetscErrorCode OwnCovarianceFree(OwnCovariance *own);

/* Takes a neuron; counts the pairs of its spikes. */
void OwnCovarianceCount(OwnCovariance *own, int64_t neuron);

/* covariance[h] = sum over samples of z(t) z(t - h), h = 0 .. bandwidth, z the train through `filter` (reach + 1) less its mean;
   responses that reach beyond a segment are not cut off. */
void OwnCovarianceFind(OwnCovariance *own, const double filter[], double covariance[]);

#endif
