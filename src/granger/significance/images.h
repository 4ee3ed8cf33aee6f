/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_IMAGES_H
#define CAUSEWAY_IMAGES_H

#include "granger_impl.h"

/*@
  ImagesReplace - takes out the images of strong influences that a high-pass leaves in the opposite direction

  The running mean that is subtracted from a target holds spikes that come later. So a source that drives its target also seems to
  be driven by it, weakly and with the opposite sign. In the regression whose targets look ahead only this cannot be. Where the
  opposite influence of a pair is the stronger one by far, the smaller statistic of both regressions counts.

  Collective
  Input:  granger->ahead   - gc and F of the regression that looks ahead only
  In/out: gc, f, p_value - (n_local, N); p_value NULL for none
*/
PetscErrorCode ImagesReplace(GrangerSolution *solution, double *gc, double *f, double *p_value);

#endif
