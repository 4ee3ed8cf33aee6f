/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What holds for every estimator and every statistic: it describes itself and its parameters; every statistic that an
   estimator offers what it needs gives scores that are finite, described, the same on one rank, and the same again from
   the file. */
#include "check.h"
#include "estimators/estimator.h"
#include "scratch.h"
#include "setup.h"
#include "statistics/statistic.h"

#include <string.h>

enum { N = 6, SAMPLES = 600, ORDER = 2 };
enum { N_GROUPS = 3 };
static const char groups[] = "0-1,2,4-5";

static double series[N * SAMPLES];

/* A vector autoregression: each neuron is driven by the one before it at two lags. */
static void make_series(void)
{
  for (int t = 0; t < SAMPLES; t++) {
    for (int64_t i = 0; i < N; i++) {
      double noise[2], *now = series + i * SAMPLES + t;

      RandomNormal(7, RANDOM_INPUT_CURRENT, i, t, noise);
      *now = noise[0];
      if (t >= ORDER && i > 0) {
        *now += 0.3 * now[-1 - SAMPLES] - 0.2 * now[-2 - SAMPLES];
      }
      *now += t > 0 ? 0.4 * now[-1] : 0.0;
    }
  }
}

static void check_text(const char *member, const char *name, const char *text)
{
  CHECK(name && name[0] && strlen(name) == strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_"),
        "%s: the name '%s'", member, name ? name : "");
  CHECK(text && strlen(text) > 3, "%s: %s has no text", member, name);
}

static void check_member(const char *name, const char *text, const ParameterSpec *parameters)
{
  check_text(name, name, text);
  for (; parameters && parameters->key; parameters++) {
    check_text(name, parameters->key, parameters->text);
    CHECK(!strncmp(parameters->key, "granger_", 8), "%s: the key %s", name, parameters->key);
  }
}

static PetscErrorCode solve(MPI_Comm comm, const GrangerEstimator *estimator,
                            const GrangerStatistic *statistic, Granger *granger,
                            Causality *causality)
{
  Activity activity;
  char statistics[128];
  double memory, file;
  int size;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(statistics, sizeof(statistics), "%s%s%s",
                          statistic->beside ? statistic->beside : "", statistic->beside ? "," : "",
                          statistic->name));
  PetscCallMPI(MPI_Comm_size(comm, &size));
  PetscCall(setup_activity(comm, N, SAMPLES, series, &activity));
  PetscCall(ActivityDetectEvents(activity, 1.8));
  PetscCall(setup_granger(comm, ORDER,
                          SETTINGS({"granger_estimator", estimator->name},
                                   {"granger_statistics", statistics}, {"granger_groups", groups},
                                   {"granger_bands", "3"}, {"granger_lambda", "5"},
                                   {"granger_block", "2"}),
                          granger));
  PetscCall(GrangerEstimate(*granger, size, N, SAMPLES, -1, &memory, &file));
  CHECK(memory > 8.0 * N * SAMPLES / size, "%s, %s: %g bytes", estimator->name, statistic->name,
        memory);
  PetscCall(CausalityCreate(comm, N, causality));
  PetscCall(GrangerSolve(*granger, activity, PETSC_FALSE, *causality));
  PetscCall(ActivityDestroy(&activity));
  PetscFunctionReturn(0);
}

/* What the readings say of themselves, and that those they name are there. */
static void check_readings(const char *member, Causality causality)
{
  const ScoreInfo *info;

  for (int k = 0; (info = CausalityInfo(causality, k)); k++) {
    check_text(member, info->reading, info->description);
    CHECK(!strcmp(info->method, "granger"), "%s: the method %s", member, info->method);
    CHECK(ScoreRoleFind(ScoreRoleName(info->role)) != ROLE_UNKNOWN, "%s: the role of %s", member,
          info->reading);
    CHECK(info->role == ROLE_MASK || ScoreSenseName(info->sense)[0], "%s: the sense of %s", member,
          info->reading);
    CHECK((info->role == ROLE_P_VALUE || info->role == ROLE_Q_VALUE) ==
              (info->sense == SENSE_SMALLER),
          "%s: the sense of %s", member, info->reading);
    CHECK(!info->p_value || CausalityFind(causality, info->method, info->p_value),
          "%s: %s has no %s", member, info->reading, info->p_value);
    CHECK(!info->mask || CausalityFindMask(causality, info->method, info->mask), "%s: %s has no %s",
          member, info->reading, info->mask);
  }
}

/* Rows [first, first + n_rows) of `n` columns against all rows. */
static void compare(const char *member, const GrangerScore *score, int64_t first, int64_t n_rows,
                    int64_t n, const double *values, const double *alone, const double *reloaded)
{
  CHECK(values && alone && reloaded, "%s: there is no %s", member, score->info.reading);
  for (int64_t k = 0; values && alone && reloaded && k < n_rows * n; k++) {
    const double expected = alone[first * n + k];

    CHECK(isfinite(values[k]) && fabs(values[k] - expected) <= 1e-8,
          "%s: %s of source %lld on target %lld is %.17g, on one rank %.17g", member,
          score->info.reading, (long long)(k % n), (long long)(first + k / n), values[k], expected);
    CHECK(values[k] == reloaded[k], "%s: %s is %.17g, from the file %.17g", member,
          score->info.reading, values[k], reloaded[k]);
  }
}

static void check_scores(const char *member, int k, Granger granger, Causality together,
                         Causality alone, Causality reloaded)
{
  const StatisticUse *use = &granger->uses[k];
  const Partition *part = CausalityPartition(together);
  GrangerScore list[MOST_SCORES];
  const int n = use->type->scores(granger, use, list);

  CHECK(n > 0 && n <= MOST_SCORES, "%s: %d scores", member, n);
  for (int i = 0; i < n; i++) {
    const char *reading = list[i].info.reading;

    check_text(member, reading, list[i].info.description);
    if (list[i].n_groups > 0) {
      CHECK(list[i].n_groups == N_GROUPS && list[i].groups && list[i].groups[0],
            "%s: %s has %lld groups", member, reading, (long long)list[i].n_groups);
      compare(member, &list[i], 0, list[i].n_groups, list[i].n_groups,
              CausalityFindTable(together, "granger", reading),
              CausalityFindTable(alone, "granger", reading),
              CausalityFindTable(reloaded, "granger", reading));
    } else {
      compare(member, &list[i], part->first, part->n_local, N,
              CausalityFind(together, "granger", reading), CausalityFind(alone, "granger", reading),
              CausalityFind(reloaded, "granger", reading));
    }
  }
}

static PetscErrorCode reload(Granger granger, Causality causality, Causality *reloaded)
{
  DataFile file;

  PetscFunctionBegin;
  PetscCall(DataFileCreate(PETSC_COMM_WORLD, in_scratch("causality.h5"), &file));
  PetscCall(CausalityWrite(causality, file));
  PetscCall(DataFileClose(&file));
  PetscCall(CausalityCreate(PETSC_COMM_WORLD, N, reloaded));
  PetscCall(GrangerReload(granger, in_scratch("causality.h5"), *reloaded));
  PetscFunctionReturn(0);
}

/* The k-th statistic by an estimator. */
static PetscErrorCode test_scores(const GrangerEstimator *estimator, int k)
{
  const GrangerStatistic *statistic = GrangerStatisticGet(k);
  Granger granger, local;
  Causality together, alone, reloaded;
  char member[128];

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(member, sizeof(member), "%s, %s", estimator->name, statistic->name));
  PetscCall(solve(PETSC_COMM_WORLD, estimator, statistic, &granger, &together));
  PetscCall(solve(PETSC_COMM_SELF, estimator, statistic, &local, &alone));
  PetscCall(reload(granger, together, &reloaded));
  check_readings(member, together);
  check_scores(member, k, granger, together, alone, reloaded);
  PetscCall(CausalityDestroy(&together));
  PetscCall(CausalityDestroy(&alone));
  PetscCall(CausalityDestroy(&reloaded));
  PetscCall(GrangerDestroy(&granger));
  PetscCall(GrangerDestroy(&local));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  const GrangerEstimator *estimator;
  const GrangerStatistic *statistic;

  check_begin(&argc, &argv);
  scratch_begin("members");
  make_series();
  for (int k = 0; (estimator = GrangerEstimatorGet(k)); k++) {
    check_member(estimator->name, estimator->text, estimator->parameters);
  }
  for (int k = 0; (statistic = GrangerStatisticGet(k)); k++) {
    int n_estimators = 0;

    check_member(statistic->name, statistic->text, statistic->parameters);
    for (int e = 0; (estimator = GrangerEstimatorGet(e)); e++) {
      if (!(statistic->needs & ~estimator->offers)) {
        CHECK(!test_scores(estimator, k), "%s, %s: %s", estimator->name, statistic->name,
              UserErrorMessage());
        n_estimators++;
      }
    }
    CHECK(n_estimators > 0, "%s: no estimator offers what it needs", statistic->name);
  }
  scratch_end();
  return check_end();
}
