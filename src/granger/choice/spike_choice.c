/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Filters and high-pass for spike trains, chosen from the data without a truth: what is real is found again in another half of
   the recording, and is not symmetric. */
#include "causeway/granger.h"

#include "causeway/error.h"

#include "choice/spike_regression.h"
#include "significance/null.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

/* Neurons and spikes of each that a choice is made from. */
enum { MOST_NEURONS = 32, MOST_SPIKES = 20000, N_PARTS = 3 };

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

typedef struct {
  int64_t sample;
  int32_t neuron;
  float count;
} Spike;

static int compare_spikes(const void *a, const void *b)
{
  const Spike *x = a, *y = b;

  return x->sample != y->sample ? (x->sample > y->sample) - (x->sample < y->sample)
                                : (x->neuron > y->neuron) - (x->neuron < y->neuron);
}

/* Spikes of the chosen neurons on every rank, and the three parts they are looked at in: all, and each half. */
typedef struct {
  int64_t n, n_spikes;
  int32_t *neuron;
  int64_t *sample;
  double *count;
  Correlograms parts[N_PARTS];
} Sample;

/* place[i] = number of neuron i among the chosen ones, the most active, or -1 */
static PetscErrorCode choose_neurons(const Partition *part, const double *totals, int64_t *place,
                                     int64_t *n)
{
  PetscFunctionBegin;
  *n = 0;
  for (int64_t i = 0; i < part->n_global; i++) {
    int64_t rank = 0;

    for (int64_t j = 0; j < part->n_global; j++) {
      rank += totals[j] > totals[i] || (totals[j] == totals[i] && j < i);
    }
    place[i] = rank < MOST_NEURONS && totals[i] > 0 ? (*n)++ : -1;
  }
  PetscFunctionReturn(0);
}

/* Spikes of the chosen local neurons. */
static PetscErrorCode list_spikes(Activity activity, const int64_t *place, int64_t *n,
                                  Spike **spikes)
{
  const Partition *part = ActivityPartition(activity);
  const int64_t n_samples = ActivitySamples(activity);
  int64_t most = 0;

  PetscFunctionBegin;
  for (int pass = 0; pass < 2; pass++) {
    *n = 0;
    for (int64_t i = 0; i < part->n_local; i++) {
      const double *x = ActivityValues(activity) + i * n_samples;

      for (int64_t t = 0; place[part->first + i] >= 0 && t < n_samples; t++) {
        if (x[t] != 0.0) {
          if (pass == 1) {
            (*spikes)[*n] = (Spike){t, (int32_t)place[part->first + i], (float)x[t]};
          }
          (*n)++;
        }
      }
    }
    if (pass == 0) {
      most = *n;
      PetscCall(PetscMalloc1(most, spikes));
    }
  }
  PetscFunctionReturn(0);
}

/* On every rank, in the order of time. */
static PetscErrorCode gather_spikes(const Partition *part, int64_t n, const Spike *mine,
                                    int64_t *n_all, Spike **all)
{
  const int bytes = (int)(n * (int64_t)sizeof(Spike));
  int *counts, *starts, total = 0;

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(part->size, &counts, part->size, &starts));
  PetscCallMPI(MPI_Allgather(&bytes, 1, MPI_INT, counts, 1, MPI_INT, part->comm));
  for (int k = 0; k < part->size; k++) {
    starts[k] = total;
    total += counts[k];
  }
  *n_all = total / (int64_t)sizeof(Spike);
  PetscCall(PetscMalloc1(*n_all, all));
  PetscCallMPI(MPI_Allgatherv(mine, bytes, MPI_BYTE, *all, counts, starts, MPI_BYTE, part->comm));
  PetscCall(PetscFree2(counts, starts));
  qsort(*all, (size_t)*n_all, sizeof(**all), compare_spikes);
  PetscFunctionReturn(0);
}

static PetscErrorCode cut_parts(Sample *s, int64_t n_samples, int64_t widest)
{
  const int64_t half = n_samples / 2;
  int64_t middle = 0;

  PetscFunctionBegin;
  while (middle < s->n_spikes && s->sample[middle] < half) {
    middle++;
  }
  PetscCall(CorrelogramsCreate(s->n, n_samples, s->n_spikes, s->neuron, s->sample, s->count, widest,
                               &s->parts[0]));
  PetscCall(
      CorrelogramsCreate(s->n, half, middle, s->neuron, s->sample, s->count, widest, &s->parts[1]));
  PetscCall(CorrelogramsCreate(s->n, n_samples - half, s->n_spikes - middle, s->neuron + middle,
                               s->sample + middle, s->count + middle, widest, &s->parts[2]));
  PetscFunctionReturn(0);
}

static PetscErrorCode sample_create(Activity activity, int64_t widest, Sample *s)
{
  const Partition *part = ActivityPartition(activity);
  const int64_t n_samples = ActivitySamples(activity);
  double *totals;
  int64_t *place, n_mine;
  Spike *mine, *all;

  PetscFunctionBegin;
  PetscCall(PetscCalloc2(part->n_global, &totals, part->n_global, &place));
  for (int64_t e = 0; e < part->n_local * n_samples; e++) {
    totals[part->first + e / n_samples] += ActivityValues(activity)[e];
  }
  PetscCallMPI(
      MPI_Allreduce(MPI_IN_PLACE, totals, (int)part->n_global, MPI_DOUBLE, MPI_SUM, part->comm));
  PetscCall(choose_neurons(part, totals, place, &s->n));
  PetscCall(list_spikes(activity, place, &n_mine, &mine));
  PetscCall(gather_spikes(part, n_mine, mine, &s->n_spikes, &all));
  PetscCall(PetscMalloc3(s->n_spikes, &s->neuron, s->n_spikes, &s->sample, s->n_spikes, &s->count));
  for (int64_t k = 0; k < s->n_spikes; k++) {
    s->neuron[k] = all[k].neuron;
    s->sample[k] = all[k].sample;
    s->count[k] = all[k].count;
  }
  PetscCall(PetscFree(mine));
  PetscCall(PetscFree(all));
  PetscCall(PetscFree2(totals, place));
  PetscCall(cut_parts(s, n_samples, widest));
  PetscFunctionReturn(0);
}

static PetscErrorCode sample_free(Sample *s)
{
  PetscFunctionBegin;
  for (int k = 0; k < N_PARTS; k++) {
    PetscCall(CorrelogramsFree(&s->parts[k]));
  }
  PetscCall(PetscFree3(s->neuron, s->sample, s->count));
  PetscFunctionReturn(0);
}

/* The inflation by the high-pass itself, which leaves sources and target with the same correlations in time: of the variance of
   sum x(t) e(t) of independent series, sum over lags of the product of their autocorrelations; the mean over the terms. */
static double filter_inflation(const SpikeFilters *f)
{
  const int64_t width = 2 * f->widest + 1;
  const double *target = f->overlap;
  double sum = 0;

  for (int64_t k = 1; k < f->n_filters; k++) {
    const double *term = f->overlap + (k * f->n_filters + k) * width;

    for (int64_t d = 0; d < width; d++) {
      sum += term[d] / term[f->widest] * target[d] / target[f->widest];
    }
  }
  return sum / (double)(f->n_filters - 1);
}

/* Normal scores of the statistics less their inflation, in their place; `expected` is that of the filters. */
static PetscErrorCode to_scores(int64_t n, int64_t n_terms, double expected, double *f,
                                double *inflation)
{
  Partition whole;
  NullModel null;

  PetscFunctionBegin;
  for (int64_t e = 0; e < n * n; e++) {
    f[e] /= expected;
  }
  PetscCall(PartitionMake(PETSC_COMM_SELF, n, &whole));
  PetscCall(NullCreate(&whole, f, (double)n_terms, &null));
  *inflation = null.all;
  for (int64_t e = 0; e < n * n; e++) {
    const double statistic =
        isnan(f[e]) ? 0.0 : (double)n_terms * f[e] / NullInflation(&null, e / n, e % n);
    const double tail = gsl_cdf_chisq_Q(statistic, (double)n_terms);

    f[e] = e / n == e % n ? 0.0
                          : gsl_cdf_ugaussian_Qinv(PetscMin(PetscMax(tail, 1e-300), 1.0 - 1e-12));
  }
  PetscCall(NullFree(&null));
  PetscFunctionReturn(0);
}

/* Agreement between the halves of the antisymmetric part of the scores, over the square of the inflation of the whole, as far as
   influences do not explain it. */
static PetscErrorCode judge(const Sample *s, const Basis *basis, double width, double *criterion,
                            double *inflation)
{
  const int64_t n = s->n;
  double *scores[N_PARTS], of_half, excess, sum = 0;
  SpikeFilters filters;

  PetscFunctionBegin;
  PetscCall(PetscMalloc3(n * n, &scores[0], n * n, &scores[1], n * n, &scores[2]));
  PetscCall(SpikeFiltersCreate(basis, width, &filters));
  for (int k = 0; k < N_PARTS; k++) {
    PetscCall(SpikeRegression(&s->parts[k], &filters, MOST_SPIKES, scores[k]));
    PetscCall(to_scores(n, basis->n_terms, filter_inflation(&filters), scores[k],
                        k == 0 ? inflation : &of_half));
  }
  PetscCall(SpikeFiltersFree(&filters));
  for (int64_t i = 0; i < n; i++) {
    for (int64_t j = 0; j < n; j++) {
      sum += (scores[1][i * n + j] - scores[1][j * n + i]) *
             (scores[2][i * n + j] - scores[2][j * n + i]);
    }
  }
  excess = PetscMax(1.0, *inflation / usual_inflation);
  *criterion = 0.5 * sum / (excess * excess);
  PetscCall(PetscFree3(scores[0], scores[1], scores[2]));
  PetscFunctionReturn(0);
}

typedef struct {
  double criterion, inflation;
} Verdict;

/* A candidate by its number; false when it cannot be had at the sampling interval: too few samples for its filters, or a
   Gaussian of hardly more than one; or when its high-pass is too narrow for its filters. */
static PetscBool candidate_of(int number, double interval_ms, BasisChoice *bank, double *width)
{
  *bank = banks[number % N_BANKS];
  *width = widths_ms[number / N_BANKS] / interval_ms;
  return BasisParse(bank) && bank->memory_ms / interval_ms >= (double)bank->n_filters &&
                 bank->memory_ms / interval_ms >= 4.0 &&
                 (*width == 0.0 ||
                  (*width > 1.5 && widths_ms[number / N_BANKS] >= narrowest * bank->memory_ms))
             ? PETSC_TRUE
             : PETSC_FALSE;
}

/* Each rank judges some candidates. */
static PetscErrorCode judge_all(const Partition *part, const Sample *s, double interval_ms,
                                Verdict verdicts[N_CANDIDATES])
{
  PetscFunctionBegin;
  for (int k = 0; k < N_CANDIDATES; k++) {
    BasisChoice bank;
    double width;
    Basis basis;

    verdicts[k] = (Verdict){0, 0};
    if (k % part->size == part->rank && candidate_of(k, interval_ms, &bank, &width)) {
      PetscCall(BasisCreate(&bank, interval_ms, 0, &basis));
      PetscCall(judge(s, &basis, width, &verdicts[k].criterion, &verdicts[k].inflation));
      PetscCall(BasisFree(&basis));
    }
  }
  PetscCallMPI(
      MPI_Allreduce(MPI_IN_PLACE, verdicts, 2 * N_CANDIDATES, MPI_DOUBLE, MPI_SUM, part->comm));
  PetscFunctionReturn(0);
}

/* Largest distance of spikes that any candidate looks at. */
static int64_t widest(double interval_ms)
{
  double most = 0, memory = 0;

  for (int k = 0; k < N_WIDTHS; k++) {
    most = PetscMax(most, widths_ms[k]);
  }
  for (int k = 0; k < N_BANKS; k++) {
    memory = PetscMax(memory, banks[k].memory_ms);
  }
  return (int64_t)ceil((memory + 6.0 * most) / interval_ms) + 4;
}

static PetscErrorCode find_not_counts(Activity activity)
{
  const int64_t n_samples = ActivitySamples(activity);
  const Partition *part = ActivityPartition(activity);

  for (int64_t e = 0; e < part->n_local * n_samples; e++) {
    const double value = ActivityValues(activity)[e];

    if (value < 0 || value != floor(value)) {
      return UserError(
          "the recipe spikes takes spike counts, but sample %lld of %s is %g; give spike "
          "trains, or another recipe",
          (long long)(e % n_samples), ActivityNeuron(activity, part->first + e / n_samples), value);
    }
  }
  return 0;
}

PetscErrorCode GrangerChooseCoupling(Activity activity, CouplingChoice *choice)
{
  const double interval_ms = ActivityInterval(activity);
  Verdict verdicts[N_CANDIDATES];
  PetscErrorCode status;
  int best = -1, n_candidates = 0;
  Sample s = {0};

  PetscFunctionBegin;
  UserCheck(interval_ms > 0,
            "the recipe spikes needs the sampling interval; give activity_interval");
  UserCheck(ActivityPartition(activity)->n_global > 1,
            "the recipe spikes needs at least two neurons with spikes");
  PetscCall(ErrorAgree(ActivityPartition(activity)->comm, find_not_counts(activity)));
  status = sample_create(activity, widest(interval_ms), &s);
  status = status ? status : judge_all(ActivityPartition(activity), &s, interval_ms, verdicts);
  *choice = (CouplingChoice){.n_neurons = s.n, .n_spikes = s.n_spikes};
  PetscCall(sample_free(&s));
  PetscCall(status);
  for (int k = 0; k < N_CANDIDATES; k++) {
    BasisChoice bank;
    double width;

    if (candidate_of(k, interval_ms, &bank, &width)) {
      best = best < 0 || verdicts[k].criterion > verdicts[best].criterion ? k : best;
      n_candidates++;
    }
  }
  UserCheck(best >= 0,
            "the recipe spikes chooses filters of 9 to 20 ms, for which samples of %g ms are too "
            "long; give a smaller activity_bin",
            interval_ms);
  choice->highpass_ms = widths_ms[best / N_BANKS];
  choice->basis = banks[best % N_BANKS].words;
  choice->memory_ms = banks[best % N_BANKS].memory_ms;
  choice->bandwidth =
      (int)ceil(PetscMax(choice->memory_ms, 4.0 * choice->highpass_ms) / interval_ms);
  choice->criterion = verdicts[best].criterion;
  choice->inflation = verdicts[best].inflation;
  choice->n_candidates = n_candidates;
  PetscFunctionReturn(0);
}
