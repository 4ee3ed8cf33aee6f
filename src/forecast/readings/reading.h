/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_READING_H
#define CAUSEWAY_READING_H

#include "forecast_model.h"

/* A reading is a file with a Reading in it. A reading that needs only forecasts has a line in readings.c and is available
   for every type of forecaster. One that inspects the models of a type has a line in the `readings` of that type; it
   replaces a reading of the same name in readings.c. */

/* A score of all pairs of neurons from a trained model. */
struct Reading {
  const char *name, *units, *description; /* of its matrix; see ScoreInfo */
  PetscBool is_signed; /* magnitude ranks pairs, the sign tells excitation from inhibition */
  PetscBool has_error; /* comes with a standard error over windows */
  PetscBool
      held_out; /* uses windows outside the training split; else those of the training split */

  /* Computes rows (n_local targets of the ring, n_neurons), and with has_error as many standard errors, from the windows
     [first, first + count); the same on all batch parts. Both are zeroed by the caller. Collective on the group of the
     grid. */
  PetscErrorCode (*compute)(ForecastModel *model, const Windows *windows, int64_t batch_size,
                            int64_t first, int64_t count, double *rows, double *error);
};

/*@
  ReadingOf - the k-th reading of a type, NULL beyond the last: its own readings, then those of any forecaster

  Not collective
@*/
const Reading *ReadingOf(const ForecasterType *type, int k);

/* The k-th word of the parameter train_readings: "all", then the names of the readings of all types. */
const char *ReadingWord(int k, const char **text);

#endif
