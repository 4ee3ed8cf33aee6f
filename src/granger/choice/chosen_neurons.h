/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_CHOSEN_NEURONS_H
#define CAUSEWAY_CHOSEN_NEURONS_H

#include "granger_impl.h"

/*@
  ChosenNeurons - the most active neurons of a recording of spike counts, at most 512, each with 20 spikes in either half and none with
                  the same spikes as another

  Collective
  Output: chosen - of two neurons at least, the most active ones: the activity itself when all are chosen, else one of their own,
                   to be destroyed by the caller
  Errors: CAUSEWAY_ERR_USER when a value is no count
  Memory: the counts of the chosen neurons once more unless all are chosen, and all spikes on every rank during the call
@*/
PetscErrorCode ChosenNeurons(Activity activity, Activity *chosen);

#endif
