/* SPDX-License-Identifier: GPL-3.0-or-later */

/* List of all statistics, and their work in a solution. */
#include "statistics/statistic.h"

#include "causeway/error.h"

#include <string.h>

/* One line per statistic. */
/* clang-format off */
#define STATISTICS(statistic)            \
  statistic(StatisticConditional)        \
  statistic(StatisticCoupling)           \
  statistic(StatisticStateSpace)         \
  statistic(StatisticSpectral)           \
  statistic(StatisticPairwise)           \
  statistic(StatisticEvent)              \
  statistic(StatisticInstantaneous)      \
  statistic(StatisticGroup)
/* clang-format on */

#define DECLARE(type) extern const GrangerStatistic type;
#define LIST(type)    &(type),
STATISTICS(DECLARE)
static const GrangerStatistic *const statistics[] = {STATISTICS(LIST)};

const GrangerStatistic *GrangerStatisticGet(int k)
{
  return k >= 0 && k < (int)PETSC_STATIC_ARRAY_LENGTH(statistics) ? statistics[k] : NULL;
}

const char *GrangerStatisticWord(int k, const char **text)
{
  const GrangerStatistic *type = GrangerStatisticGet(k);

  *text = type ? type->text : NULL;
  return type ? type->name : NULL;
}

/* Adds a reason, unless it is listed already. */
static PetscErrorCode add_reason(Granger g, const char *what, const char *why)
{
  char *failure = g->info.failure;
  const size_t length = sizeof(g->info.failure);

  PetscFunctionBegin;
  if (!strstr(failure, why)) {
    PetscCall(PetscStrlcat(failure, failure[0] ? "; " : "", length));
    PetscCall(PetscStrlcat(failure, what, length));
    PetscCall(PetscStrlcat(failure, ": ", length));
    PetscCall(PetscStrlcat(failure, why, length));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerSetAside(Granger g, PetscErrorCode status, const char *what,
                               PetscBool *failed)
{
  int n_wanted = 0, n_left = 0;

  PetscFunctionBegin;
  for (int k = 0; k < g->n_statistics; k++) {
    const StatisticUse *use = &g->uses[k];

    n_wanted += use->wanted ? 1 : 0;
    n_left += use->wanted && !use->failed && failed != &use->failed ? 1 : 0;
  }
  if (status != CAUSEWAY_ERR_USER || (n_wanted == 1 && n_left == 0)) {
    PetscFunctionReturn(status);
  }
  PetscCall(add_reason(g, what, UserErrorMessage()));
  UserCheck(n_left > 0, "%s", g->info.failure);
  *failed = PETSC_TRUE;
  PetscFunctionReturn(0);
}

static PetscErrorCode set_aside(Granger g, PetscErrorCode status, StatisticUse *use)
{
  PetscFunctionBegin;
  PetscCall(use->type->is_vital ? status
                                : GrangerSetAside(g, status, use->type->name, &use->failed));
  PetscFunctionReturn(0);
}

PetscErrorCode StatisticsSetAside(Granger g, int missing, PetscErrorCode status)
{
  PetscFunctionBegin;
  for (int k = 0; status && k < g->n_statistics; k++) {
    StatisticUse *use = &g->uses[k];

    if (use->wanted && (use->type->needs & missing)) {
      PetscCall(set_aside(g, status, use));
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode StatisticsWork(GrangerSolution *s, GrangerPhase phase)
{
  Granger g = s->granger;

  PetscFunctionBegin;
  for (int k = 0; k < g->n_statistics; k++) {
    StatisticUse *use = &g->uses[k];

    if (use->wanted && !use->failed && use->type->work[phase]) {
      PetscCall(set_aside(g, use->type->work[phase](s, use), use));
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode StatisticsKeep(Granger g, const Partition *part, Snapshot s)
{
  PetscFunctionBegin;
  for (int k = 0; k < g->n_statistics; k++) {
    StatisticUse *use = &g->uses[k];

    if (use->wanted && use->type->keep) {
      PetscCall(use->type->keep(g, use, part, s));
    }
  }
  PetscFunctionReturn(0);
}
