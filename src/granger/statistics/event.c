/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Influence of the events of each source on the target's next value. */
#include "statistics/statistic.h"

#include "causeway/error.h"
#include "events/event_regression.h"

#include <math.h>

enum { EVENT_GC, EVENT_P, EVENT_WEIGHT, EVENT_SIGN, EVENT_LATENCY, N_EVENT };

typedef struct {
  double refractory_ms; /* negative: by the terms */
} EventSettings;

static const ParameterWord refractory_words[] = {
    {"auto", "3 with filters, 0 with granger_basis = lags", -1}, {NULL, NULL, 0}};

static const ParameterSpec parameters[] = {
    {.key = "granger_event_refractory",
     .kind = PARAMETER_REAL,
     .unit = "ms",
     .standard = "auto",
     .high = 1e9,
     .words = refractory_words,
     .text = "Time after a target's own events that its event regression leaves out, beside their "
             "samples",
     PARAMETER_MEMBER(EventSettings, refractory_ms)},
    {.key = NULL}};

static int list_scores(Granger g, const StatisticUse *use, GrangerScore list[])
{
  static const ScoreInfo infos[N_EVENT] = {
      [EVENT_GC] = {.reading = "event_gc",
                    .description =
                        "log of the ratio of residual variances without and with the events of the "
                        "source, beside all events and the target's own past",
                    .order = 102,
                    .p_value = "event_p_value"},
      [EVENT_P] = {.reading = "event_p_value",
                   .description = "upper tail of the F distribution",
                   .role = ROLE_P_VALUE,
                   .sense = SENSE_SMALLER},
      [EVENT_WEIGHT] = {.reading = "event_weight",
                        .units = "unit of the target",
                        .description = "sum of the kernel by which an event of the source acts on "
                                       "the next value, given the target's own past",
                        .role = ROLE_MEASURE},
      [EVENT_SIGN] = {.reading = "event_sign",
                      .description = "1 of a source whose events raise the target, -1 of one whose "
                                     "events lower it: the sign of the weight",
                      .role = ROLE_SIGN},
      [EVENT_LATENCY] = {.reading = "event_latency",
                         .units = "ms",
                         .description = "time from an event of the source to the peak of the "
                                        "kernel in the direction of the sign",
                         .role = ROLE_MEASURE}};
  const int n = g->basis_choice.type ? N_EVENT : EVENT_P + 1;

  (void)use;
  for (int k = 0; k < n; k++) {
    list[k] = (GrangerScore){.info = infos[k]};
  }
  list[EVENT_GC].info.sign = n == N_EVENT ? "event_sign" : NULL;
  return n;
}

/* Refractory time in samples. */
static PetscErrorCode find_refractory(const StatisticUse *use, Activity activity,
                                      PetscBool filtered, int64_t *samples)
{
  const EventSettings *settings = use->settings;
  const double given = settings->refractory_ms, interval_ms = ActivityInterval(activity);
  const double time_ms = given >= 0 ? given : filtered ? 3.0 : 0.0;

  PetscFunctionBegin;
  UserCheck(time_ms == 0 || interval_ms > 0,
            "granger_event_refractory is in ms, but the sampling interval is unknown; give "
            "activity_interval");
  *samples = time_ms > 0 ? (int64_t)floor(time_ms / interval_ms + 1e-9) : 0;
  PetscFunctionReturn(0);
}

static PetscErrorCode work(GrangerSolution *s, StatisticUse *use)
{
  const double start_s = MPI_Wtime();
  const Basis *basis = &s->granger->basis;
  const EventScores scores = {.gc = use->values[EVENT_GC],
                              .p_value = use->values[EVENT_P],
                              .weight = use->values[EVENT_WEIGHT],
                              .sign = use->values[EVENT_SIGN],
                              .latency = use->values[EVENT_LATENCY]};
  EventTerms terms = {.filters = basis->filter ? basis : NULL};

  PetscFunctionBegin;
  PetscCall(ActivityExpand(s->activity));
  PetscCall(find_refractory(use, s->activity, terms.filters ? PETSC_TRUE : PETSC_FALSE,
                            &terms.refractory));
  PetscCall(EventSolve(s->granger, s->grid, s->activity, &terms, &scores));
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
  const EventSettings *settings = use->settings;

  return EventMemory(size->ranks, size->n_neurons, size->n_samples, g->basis_choice.n_filters,
                     settings->refractory_ms > 0 ? PETSC_TRUE : PETSC_FALSE);
}

const GrangerStatistic StatisticEvent = {
    .name = "event",
    .text = "events of the source beside all events",
    .parameters = parameters,
    .size = sizeof(EventSettings),
    .check_activity = EventCheck,
    .scores = list_scores,
    .work = {[PHASE_ALONE] = work, [PHASE_TOTAL] = count_untested},
    .numbers = numbers};
