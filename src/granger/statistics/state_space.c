/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Conditional causality of every pair from the coefficients of one autoregression, by its
   state-space form. */
#include "statistics/statistic.h"

static int list_scores(Granger g, const StatisticUse *use, GrangerScore list[])
{
  (void)g;
  (void)use;
  list[0] = (GrangerScore){
      .info = {.reading = "state_space_gc",
               .description = "log of the ratio of residual variances without and with the source, "
                              "from the coefficients of one autoregression",
               .order = 103}};
  return 1;
}

static PetscErrorCode work(GrangerSolution *s, StatisticUse *use)
{
  PetscFunctionBegin;
  PetscCall(StateSpaceGc(s->state, s->partition, use->values[0]));
  PetscFunctionReturn(0);
}

const GrangerStatistic StatisticStateSpace = {.name = "state_space",
                                              .text =
                                                  "conditional, from the coefficients of lwr alone",
                                              .needs = FIT_STATE_SPACE,
                                              .scores = list_scores,
                                              .work = {[PHASE_FIT] = work}};
