/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_EVALUATE_IMPL_H
#define CAUSEWAY_EVALUATE_IMPL_H

#include "app.h"

/*@
  EvaluateFilePrepare - finds the scores named by -scores, before anything is computed

  Collective
  Output: is_sparse - only selected pairs are stored, so the file size determines the memory
  Errors: CAUSEWAY_ERR_USER when there are no scores, or several and none is named
@*/
PetscErrorCode EvaluateFilePrepare(App *app, PetscBool *is_sparse);

/* Takes network.h5 beside the scores as the truth, when -scores is the directory of a run and no truth is given.
   Collective. */
PetscErrorCode EvaluateOwnTruth(App *app);

/* Returns the HDF5 file of the scores, also when -scores is a directory; "" for a NumPy array.
   Collective. */
PetscErrorCode EvaluateFileName(App *app, size_t length, char name[]);

/* Adds the evaluation of each score matrix to the summary. Collective. */
PetscErrorCode EvaluateFile(App *app, Network truth);

/* Marks the pairs that are significant at a false-discovery rate; `mask` (n_local, n_global) is freed by the caller.
   Collective. */
PetscErrorCode EvaluateMask(const Partition *partition, const double *p_values, double level,
                            uint8_t **mask);

/* Logs what is undefined or left out, and why; `name` is the name of the scores. */
PetscErrorCode EvaluateExplain(const char *name, const Evaluation *evaluation);

#endif
