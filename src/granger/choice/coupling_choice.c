/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Filters and high-pass for spike trains, chosen from the data without a truth: what is real is found again in another half of
   the recording, and is not symmetric. */
#include "choice/chosen_neurons.h"

#include "causeway/error.h"
#include "causeway/log.h"
#include "estimators/estimator.h"
#include "pairs.h"
#include "significance/null.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

/* Samples that the robust test of a candidate looks at; neurons up to which there is one, and F alone beyond; the recording and
   its halves. */
enum { MOST_ROWS = 1 << 14, MOST_ROBUST = 128, N_PARTS = 3 };

/* Inflation that influences themselves account for: with a tenth of all pairs connected the median rises by a tenth and more. */
static const double usual_inflation = 1.15;

static const double widths_ms[] = {0, 5, 8, 12, 20};

/* Narrowest high-pass in memories: a narrower one takes the late part of kernels away, and turns their sign round. */
static const double narrowest = 0.5;

static const BasisChoice banks[] = {{.words = "cosine:1", .memory_ms = 20},
                                    {.words = "cosine:2", .memory_ms = 20},
                                    {.words = "cosine:3", .memory_ms = 20},
                                    {.words = "box:6", .memory_ms = 9}};

enum {
  N_WIDTHS = PETSC_STATIC_ARRAY_LENGTH(widths_ms),
  N_BANKS = PETSC_STATIC_ARRAY_LENGTH(banks),
  N_CANDIDATES = N_WIDTHS * N_BANKS
};

/* Fewest neurons of which medians say something; the candidate for data that do not allow a choice. */
enum { FEWEST_NEURONS = 3, FALLBACK = 2 };

typedef struct {
  Activity activity; /* of the chosen neurons; borrowed */
  SpikeList spikes;
  int64_t n_segments[N_PARTS];
  Segment *segments[N_PARTS]; /* of all, and of each half */
  double *scores[N_PARTS];    /* (n_local, n) */
  double *opposite;           /* (n_local, n) */
} Sample;

/* The segments from sample `first` up to `end`. */
static PetscErrorCode cut(Activity activity, int64_t first, int64_t end, int64_t *n, Segment **part)
{
  const Segment *all;
  const int64_t n_all = ActivitySegments(activity, &all);

  PetscFunctionBegin;
  *n = 0;
  PetscCall(PetscMalloc1(n_all, part));
  for (int64_t k = 0; k < n_all; k++) {
    const Segment s = {PetscMax(first, all[k].first), PetscMin(end, all[k].end)};

    if (s.end > s.first) {
      (*part)[(*n)++] = s;
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode sample_create(Activity activity, Sample *s)
{
  const Partition *part = ActivityPartition(activity);
  const int64_t n_samples = ActivitySamples(activity), middle = n_samples / 2;
  const int64_t limits[N_PARTS][2] = {{0, n_samples}, {0, middle}, {middle, n_samples}};

  PetscFunctionBegin;
  s->activity = activity;
  PetscCall(SpikeListCreate(activity, &s->spikes));
  PetscCall(PetscMalloc1(part->n_local * part->n_global, &s->opposite));
  for (int k = 0; k < N_PARTS; k++) {
    PetscCall(cut(activity, limits[k][0], limits[k][1], &s->n_segments[k], &s->segments[k]));
    PetscCall(PetscMalloc1(part->n_local * part->n_global, &s->scores[k]));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode sample_free(Sample *s)
{
  PetscFunctionBegin;
  PetscCall(SpikeListFree(&s->spikes));
  PetscCall(PetscFree(s->opposite));
  for (int k = 0; k < N_PARTS; k++) {
    PetscCall(PetscFree(s->segments[k]));
    PetscCall(PetscFree(s->scores[k]));
  }
  PetscFunctionReturn(0);
}

static const GrangerEstimator *find_estimator(const char *name)
{
  int k = 0;

  while (strcmp(GrangerEstimatorGet(k)->name, name) != 0) {
    k++;
  }
  return GrangerEstimatorGet(k);
}

/* A quiet solver of robust tests for a candidate. */
static PetscErrorCode solver_create(const Sample *s, const BasisChoice *bank, double width_ms,
                                    Granger *granger)
{
  const double interval_ms = ActivityInterval(s->activity);
  Granger g;

  PetscFunctionBegin;
  PetscCall(GrangerCreate(ActivityPartition(s->activity)->comm, granger));
  g = *granger;
  g->quiet = PETSC_TRUE;
  g->estimator = g->used = find_estimator("gram");
  g->test = ActivityPartition(s->activity)->n_global <= MOST_ROBUST ? TEST_ROBUST : TEST_F;
  g->basis_choice = *bank;
  g->basis_choice.highpass_ms = width_ms;
  g->order = bank->n_filters;
  g->spikes = &s->spikes;
  g->most_rows = MOST_ROWS;
  PetscCall(GrangerPrepare(g, interval_ms));
  PetscFunctionReturn(0);
}

/* F of a part of the recording. */
static PetscErrorCode solve(Sample *s, int part, Granger g)
{
  StatisticUse *use = GrangerConditional(g);

  PetscFunctionBegin;
  PetscCall(ActivitySetSegments(s->activity, s->n_segments[part], s->segments[part]));
  use->values[CONDITIONAL_GC] = s->opposite; /* not looked at */
  use->values[CONDITIONAL_F] = s->scores[part];
  PetscCall(GrangerSolveStatistics(g, s->activity, PETSC_FALSE));
  PetscFunctionReturn(0);
}

/* Normal scores of F less its inflation, in its place. */
static PetscErrorCode to_scores(const Partition *part, double n_terms, double *f, double *inflation)
{
  const int64_t n = part->n_global;
  NullModel null;

  PetscFunctionBegin;
  PetscCall(NullCreate(part, f, n_terms, &null));
  *inflation = null.all;
  for (int64_t e = 0; e < part->n_local * n; e++) {
    const int64_t target = part->first + e / n, source = e % n;
    const double statistic = n_terms * f[e] / NullInflation(&null, target, source);
    const double tail = statistic > 0 ? gsl_cdf_chisq_Q(statistic, n_terms) : 1.0;

    f[e] = target == source ? 0.0
                            : gsl_cdf_ugaussian_Qinv(PetscMin(PetscMax(tail, 1e-300), 1.0 - 1e-12));
  }
  PetscCall(NullFree(&null));
  PetscFunctionReturn(0);
}

/* scores -= their transpose */
static PetscErrorCode take_antisymmetric(const Partition *part, double *scores, double *opposite)
{
  PetscFunctionBegin;
  PetscCall(PairsOpposite(part, scores, opposite));
  for (int64_t e = 0; e < part->n_local * part->n_global; e++) {
    scores[e] -= opposite[e];
  }
  PetscFunctionReturn(0);
}

typedef struct {
  double criterion, inflation;
} Verdict;

/* Agreement between the halves of the antisymmetric part of the scores, over the square of the inflation of the whole, as far as
   influences do not explain it. */
static PetscErrorCode judge(Sample *s, const BasisChoice *bank, Granger g, Verdict *verdict)
{
  const Partition *part = ActivityPartition(s->activity);
  double inflation[N_PARTS], excess, sum = 0;

  PetscFunctionBegin;
  for (int k = 0; k < N_PARTS; k++) {
    PetscCall(solve(s, k, g));
    PetscCall(to_scores(part, (double)bank->n_filters, s->scores[k], &inflation[k]));
    PetscCall(k > 0 ? take_antisymmetric(part, s->scores[k], s->opposite) : 0);
  }
  for (int64_t e = 0; e < part->n_local * part->n_global; e++) {
    sum += s->scores[1][e] * s->scores[2][e];
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_DOUBLE, MPI_SUM, part->comm));
  excess = PetscMax(1.0, inflation[0] / usual_inflation);
  *verdict = (Verdict){0.5 * sum / (excess * excess), inflation[0]};
  PetscFunctionReturn(0);
}

/* A candidate by its number; false when it cannot be had at the sampling interval: too few samples for its filters, or a
   Gaussian of hardly more than one; or when its high-pass is too narrow for its filters. */
static PetscBool candidate_of(int number, double interval_ms, BasisChoice *bank, double *width_ms)
{
  *bank = banks[number % N_BANKS];
  *width_ms = widths_ms[number / N_BANKS];
  return BasisParse(bank) && bank->memory_ms / interval_ms >= (double)bank->n_filters &&
                 bank->memory_ms / interval_ms >= 4.0 &&
                 (*width_ms == 0.0 ||
                  (*width_ms / interval_ms > 1.5 && *width_ms >= narrowest * bank->memory_ms))
             ? PETSC_TRUE
             : PETSC_FALSE;
}

/* The best candidate; -1 when none can be had. Those whose regression has no solution do not count. */
static PetscErrorCode judge_all(Sample *s, int *best, Verdict *verdict, int *n_candidates)
{
  const double interval_ms = ActivityInterval(s->activity);

  PetscFunctionBegin;
  *best = -1;
  *n_candidates = 0;
  for (int k = 0; k < N_CANDIDATES; k++) {
    BasisChoice bank;
    double width_ms;
    Granger g;
    Verdict v = {NAN, NAN};
    PetscErrorCode status;

    if (!candidate_of(k, interval_ms, &bank, &width_ms)) {
      continue;
    }
    PetscCall(solver_create(s, &bank, width_ms, &g));
    status = judge(s, &bank, g, &v);
    PetscCall(GrangerDestroy(&g));
    if (status == CAUSEWAY_ERR_USER) {
      continue;
    }
    PetscCall(status);
    (*n_candidates)++;
    if (*best < 0 || v.criterion > verdict->criterion) {
      *best = k;
      *verdict = v;
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode check(Activity activity)
{
  const double interval_ms = ActivityInterval(activity);
  PetscBool any = PETSC_FALSE;

  PetscFunctionBegin;
  UserCheck(interval_ms > 0,
            "the recipe spikes needs the sampling interval; give activity_interval");
  UserCheck(ActivityPartition(activity)->n_global > 1,
            "the recipe spikes needs at least two neurons with spikes");
  for (int k = 0; k < N_CANDIDATES; k++) {
    BasisChoice bank;
    double width_ms;

    any = candidate_of(k, interval_ms, &bank, &width_ms) ? PETSC_TRUE : any;
  }
  UserCheck(any,
            "the recipe spikes chooses filters of 9 to 20 ms, for which samples of %g ms are too "
            "long; give a smaller activity_bin",
            interval_ms);
  PetscFunctionReturn(0);
}

/* The best candidate for the neurons of an activity. */
static PetscErrorCode choose(Activity activity, CouplingChoice *choice)
{
  Verdict verdict = {NAN, NAN};
  Sample s = {0};
  PetscErrorCode status = 0;
  int best = -1;

  PetscFunctionBegin;
  choice->n_neurons = ActivityPartition(activity)->n_global;
  status = sample_create(activity, &s);
  status = status ? status : judge_all(&s, &best, &verdict, &choice->n_candidates);
  status = status ? status : ActivitySetSegments(activity, s.n_segments[0], s.segments[0]);
  choice->n_spikes = s.spikes.n_spikes;
  PetscCall(sample_free(&s));
  PetscCall(status);
  if (best < 0 || choice->n_neurons < FEWEST_NEURONS || !(verdict.criterion > 0)) {
    best = FALLBACK;
    choice->n_candidates = 0;
  }
  choice->highpass_ms = widths_ms[best / N_BANKS];
  choice->basis = banks[best % N_BANKS].words;
  choice->memory_ms = banks[best % N_BANKS].memory_ms;
  choice->criterion = verdict.criterion;
  choice->inflation = verdict.inflation;
  PetscFunctionReturn(0);
}

PetscErrorCode GrangerChooseCoupling(Activity activity, CouplingChoice *choice)
{
  PetscErrorCode status;
  Activity chosen;

  PetscFunctionBegin;
  *choice = (CouplingChoice){0};
  PetscCall(check(activity));
  PetscCall(ChosenNeurons(activity, &chosen));
  status = choose(chosen, choice);
  if (chosen != activity) {
    PetscCall(ActivityDestroy(&chosen));
  }
  PetscFunctionReturn(status);
}
