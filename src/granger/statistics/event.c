/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Influence of the events of each source on the target's next value. */
#include "statistics/statistic.h"

#include "events/event_regression.h"

#include <math.h>

enum { EVENT_GC, EVENT_P };

static int list_scores(Granger g, const StatisticUse *use, GrangerScore list[])
{
  (void)g;
  (void)use;
  list[EVENT_GC] = (GrangerScore){
      .info = {.reading = "event_gc",
               .description =
                   "log of the ratio of residual variances without and with the events of the "
                   "source, beside all events and the target's own past",
               .order = 102,
               .p_value = "event_p_value"}};
  list[EVENT_P] = (GrangerScore){.info = {.reading = "event_p_value",
                                          .description = "upper tail of the F distribution",
                                          .role = ROLE_P_VALUE,
                                          .sense = SENSE_SMALLER}};
  return EVENT_P + 1;
}

static PetscErrorCode work(GrangerSolution *s, StatisticUse *use)
{
  const double start_s = MPI_Wtime();

  PetscFunctionBegin;
  PetscCall(
      EventSolve(s->granger, s->grid, s->activity, use->values[EVENT_GC], use->values[EVENT_P]));
  s->granger->info.regression_s += MPI_Wtime() - start_s;
  PetscFunctionReturn(0);
}

/* Counts pairs without a p-value. */
static PetscErrorCode count_untested(GrangerSolution *s, StatisticUse *use)
{
  int64_t n = 0;

  PetscFunctionBegin;
  for (int64_t k = 0; k < s->partition->n_local * s->partition->n_global; k++) {
    n += isnan(use->values[EVENT_P][k]);
  }
  PetscCallMPI(MPI_Allreduce(&n, &s->granger->info.n_untested_events, 1, MPI_INT64_T, MPI_SUM,
                             s->partition->comm));
  PetscFunctionReturn(0);
}

static double numbers(Granger g, const StatisticUse *use, const GrangerSize *size)
{
  (void)g;
  (void)use;
  return EventMemory(size->ranks, size->n_neurons, size->n_samples);
}

const GrangerStatistic StatisticEvent = {
    .name = "event",
    .text = "events of the source beside all events",
    .check_activity = EventCheck,
    .scores = list_scores,
    .work = {[PHASE_ALONE] = work, [PHASE_TOTAL] = count_untested},
    .numbers = numbers};
