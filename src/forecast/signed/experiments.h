/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SIGNED_EXPERIMENTS_H
#define CAUSEWAY_SIGNED_EXPERIMENTS_H

#include "readings/experiments.h"
#include "signed/signed.h"

/*@
  SignedExperiment - ExperimentRun() for models whose weights do not depend on the samples: the contribution of one source to
  a target is changed, and only the layers after the mixing are computed again

  Collective on the group of the grid
  Input: mean - (n_local, channels) replacement for the messages of a source, or NULL
@*/
PetscErrorCode SignedExperiment(Signed *model, const Windows *windows, int64_t batch_size,
                                int64_t first, int64_t count, const double *mean, double *rows,
                                double *square, double *power);

#endif
