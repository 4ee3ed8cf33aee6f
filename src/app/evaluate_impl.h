/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_EVALUATE_IMPL_H
#define CAUSEWAY_EVALUATE_IMPL_H

#include "app.h"

/*@
  EvaluateFilePrepare - finds the scores that -scores names, before anything is computed

  Collective
  Output: is_sparse - only some pairs are kept, so that the size of the file says what memory they take
  Errors: CAUSEWAY_ERR_USER when there are none, or several of which one must be named
@*/
PetscErrorCode EvaluateFilePrepare(App *app, PetscBool *is_sparse);

/* The HDF5 file of the scores, that in a directory too; "" for an array of NumPy. Collective. */
PetscErrorCode EvaluateFileName(App *app, size_t length, char name[]);

/* Adds the evaluation of each of them to the summary. Collective. */
PetscErrorCode EvaluateFile(App *app, Network truth);

/* Says what is not defined or left out, and why; `name` is that of the scores. */
PetscErrorCode EvaluateExplain(const char *name, const Evaluation *evaluation);

#endif
