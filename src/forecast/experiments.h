/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_EXPERIMENTS_H
#define CAUSEWAY_EXPERIMENTS_H

#include "forecast_model.h"

/* Readings of any trained model: forecasts of windows in which the past of one source was changed, against forecasts of
   the same windows as they are.

   An act is a window and a source. Every sample of a batch is another act, so that a batch asks about as many sources
   as it has samples, and with 64 acts for each source the cost is that of forecasting 128 N windows, however long the
   recording is. */

/*@
  ReadIntervention - change of a target's forecast when the last event of a source becomes the sample before, or
  without events per unit of its last value; see Reading

  Source: of windows in which the source has an event at the last sample and none before, 64 in equal distances; without
          events of all windows, and the mean is the least-squares slope over the acts
@*/
PetscErrorCode ReadIntervention(ForecastModel *model, const Windows *windows, int64_t batch_size,
                                int64_t first, int64_t count, double *rows, double *error);

/*@
  ReadLossIncrease - growth of a target's loss when the whole past of a source becomes its mean over the recording, in
  64 windows in equal distances, with its standard error; see Reading
@*/
PetscErrorCode ReadLossIncrease(ForecastModel *model, const Windows *windows, int64_t batch_size,
                                int64_t first, int64_t count, double *rows, double *error);

/* The two as they are listed by a type. */
extern const Reading PassIntervention, PassLossIncrease;

/* Sums of effects times the change, (n_local, n), to effects per unit; power (n): sums of squared changes. */
void EffectsPerUnit(int64_t n_local, int64_t n, const double *power, double *rows);

/* Sums of effects over power[j] acts and of their squares, both (n_local, n), to means and their standard errors. */
void EffectsMeans(int64_t n_local, int64_t n, const double *power, double *rows, double *error);

#endif
