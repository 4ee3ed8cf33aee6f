/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_EXPERIMENTS_H
#define CAUSEWAY_EXPERIMENTS_H

#include "readings/reading.h"

/* Readings of any trained model: forecasts of windows in which the past of one source was changed, compared with forecasts
   of the unchanged windows.

   An act is a window and a source. Every sample of a batch is another act, so a batch tests as many sources as it has
   samples. With 64 acts per source, the cost is that of forecasting 128 N windows, for any length of the recording. */

/*@
  ExperimentRun - sums effects over all acts on the windows [first, first + count), and over batch parts

  Collective on the group of the grid
  Input:  mean   - (n_local) value that replaces the whole past of a source; the effect is then the increase of a target's
                   loss. NULL: the last sample is replaced by the one before, and the effect is the change of the forecast.
  In/out: rows, square - (n_local, n_neurons) sums of the effects, and of their squares or NULL; zeroed by the caller
          power  - (n_neurons) sums of squared changes of a source; zeroed by the caller
@*/
PetscErrorCode ExperimentRun(ForecastModel *model, const Windows *windows, int64_t batch_size,
                             int64_t first, int64_t count, const double *mean, double *rows,
                             double *square, double *power);

/* Converts sums of effects times change, (n_local, n), to effects per unit; power (n): sums of squared changes. */
void EffectsPerUnit(int64_t n_local, int64_t n, const double *power, double *rows);

/* Converts sums over power[j] acts of effects and of their squares, both (n_local, n), to means and standard errors. */
void EffectsMeans(int64_t n_local, int64_t n, const double *power, double *rows, double *error);

/* The two such readings of any model; and the description that a type with a faster method shares with the first. */
extern const Reading PassIntervention, PassLossIncrease;

#define INTERVENTION_WORDS                                                                         \
  .name = "intervention", .units = "1",                                                            \
  .description = "change of the forecast of a target when the last event of a source is taken "    \
                 "away, or per unit of its last value where there are no events",                  \
  .is_signed = PETSC_TRUE

#endif
