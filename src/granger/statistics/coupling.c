/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What an influence is like: its weight, sign and latency from the coefficients of the regression on all neurons, and its
   significance as a signed normal score and a q-value. */
#include "statistics/statistic.h"

#include "causeway/error.h"
#include "regression/regression.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>

enum {
  COUPLING_WEIGHT,
  COUPLING_SIGN,
  COUPLING_LATENCY,
  COUPLING_Z,
  COUPLING_DALE,
  COUPLING_Q,
  N_COUPLING
};

enum { MOST_KERNEL = 32, NAME_LENGTH = 16 };

typedef struct {
  PetscBool kernel;
  char names[MOST_KERNEL][NAME_LENGTH]; /* of the coefficients of the kernel */
} Settings;

static const ParameterSpec parameters[] = {
    {.key = "granger_kernel",
     .kind = PARAMETER_FLAG,
     .standard = "false",
     .text = "Writing of the coefficients of each kernel, as kernel_1, kernel_2, ...",
     PARAMETER_MEMBER(Settings, kernel)},
    {.key = NULL}};

/* Terms whose coefficients are written. */
static int64_t count_kernel(Granger g, const StatisticUse *use)
{
  return ((const Settings *)use->settings)->kernel ? GrangerHighestOrder(g) : 0;
}

static PetscErrorCode set_up(Granger g, StatisticUse *use, Parameters p)
{
  Settings *settings = use->settings;

  PetscFunctionBegin;
  UserCheck(count_kernel(g, use) <= MOST_KERNEL,
            "%s: kernels of %lld terms are more than the %d that are written; take fewer filters "
            "or lags, or leave it out",
            ParametersSource(p, "granger_kernel"), (long long)count_kernel(g, use), MOST_KERNEL);
  for (int k = 0; k < MOST_KERNEL; k++) {
    (void)snprintf(settings->names[k], NAME_LENGTH, "kernel_%d", k + 1);
  }
  PetscFunctionReturn(0);
}

static int list_scores(Granger g, const StatisticUse *use, GrangerScore list[])
{
  const Settings *settings = use->settings;
  const int n_kernel = (int)count_kernel(g, use);
  static const ScoreInfo infos[N_COUPLING] = {
      [COUPLING_WEIGHT] = {.reading = "weight",
                           .units = "unit of the target per unit of the source",
                           .description = "sum of the kernel by which the source acts, for spike "
                                          "counts the spikes added per spike of the source",
                           .role = ROLE_MEASURE},
      [COUPLING_SIGN] = {.reading = "sign",
                         .description = "1 of a source that raises the target, -1 of one that "
                                        "lowers it: the sign of the weight",
                         .role = ROLE_SIGN},
      [COUPLING_LATENCY] = {.reading = "latency",
                            .units = "ms",
                            .description = "time from the source to the peak of the kernel in the "
                                           "direction of the sign, in samples without an interval",
                            .role = ROLE_MEASURE},
      [COUPLING_Z] = {.reading = "z",
                      .description = "normal score of the p-value with the sign of the weight",
                      .sense = SENSE_MAGNITUDE,
                      .order = 104},
      [COUPLING_DALE] = {.reading = "dale_z",
                         .description = "z in the direction of the sign that the source has on all "
                                        "its targets together, by Dale's principle",
                         .order = 105},
      [COUPLING_Q] = {.reading = "q_value",
                      .description = "smallest false-discovery rate of Benjamini and Hochberg at "
                                     "which the pair is significant",
                      .role = ROLE_Q_VALUE,
                      .sense = SENSE_SMALLER}};

  for (int k = 0; k < N_COUPLING; k++) {
    list[k] = (GrangerScore){.info = infos[k]};
    list[k].info.p_value = "p_value";
    list[k].info.mask = "significant_benjamini_hochberg";
    list[k].info.sign = k == COUPLING_SIGN ? NULL : "sign";
  }
  for (int k = 0; k < n_kernel; k++) {
    list[N_COUPLING + k] = (GrangerScore){
        .info = {.reading = settings->names[k],
                 .units = infos[COUPLING_WEIGHT].units,
                 .description =
                     "coefficient of this term of the source: a filter of granger_basis, "
                     "or a lag",
                 .role = ROLE_MEASURE}};
  }
  return N_COUPLING + n_kernel;
}

/* What is found in the coefficients of a pair; FIND_TERM + k: the one of term k. */
enum { FIND_WEIGHT, FIND_LATENCY, FIND_TERM };

/* One of them for all pairs; a row of the (source, target) matrix is a column of the result. */
static PetscErrorCode find(const GrangerSolution *s, int64_t what, double *values)
{
  const Regression *r = s->regression;
  BlockCyclic by_source;

  PetscFunctionBegin;
  PetscCall(BlockCyclicCreate(&r->grid, r->n, r->n, r->block, r->block, &by_source));
  for (int64_t i = 0; i < by_source.local_columns; i++) {
    for (int64_t j = 0; j < by_source.local_rows; j++) {
      const double *b = r->rhs.values + j * r->p + i * (int64_t)r->rhs.leading;
      double sum = 0;

      for (int64_t k = 0; k < r->p; k++) {
        sum += b[k];
      }
      by_source.values[j + i * (int64_t)by_source.leading] =
          what == FIND_WEIGHT    ? sum
          : what == FIND_LATENCY ? BasisPeak(&r->basis, b, sum < 0 ? -1.0 : 1.0)
                                 : b[what - FIND_TERM];
    }
  }
  PetscCall(BlockCyclicToColumns(&by_source, s->partition->block, values));
  PetscCall(BlockCyclicFree(&by_source));
  PetscFunctionReturn(0);
}

/* (N) factors of normalisation on every rank */
static PetscErrorCode gather_scales(const GrangerSolution *s, double **scales)
{
  const Partition *part = s->partition;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(part->n_global, scales));
  for (int64_t i = 0; i < part->n_local; i++) {
    (*scales)[part->first + i] = ActivityScale(s->activity, i);
  }
  PetscCallMPI(
      MPI_Allreduce(MPI_IN_PLACE, *scales, (int)part->n_global, MPI_DOUBLE, MPI_SUM, part->comm));
  PetscFunctionReturn(0);
}

static PetscErrorCode work(GrangerSolution *s, StatisticUse *use)
{
  const int64_t n = s->partition->n_global;
  const int64_t n_kernel = count_kernel(s->granger, use);
  const double interval_ms = ActivityInterval(s->activity);
  double *scales;

  PetscFunctionBegin;
  PetscCall(find(s, FIND_WEIGHT, use->values[COUPLING_WEIGHT]));
  PetscCall(find(s, FIND_LATENCY, use->values[COUPLING_LATENCY]));
  for (int64_t k = 0; k < n_kernel; k++) {
    PetscCall(find(s, FIND_TERM + k, use->values[N_COUPLING + k]));
  }
  PetscCall(gather_scales(s, &scales));
  for (int64_t e = 0; e < s->partition->n_local * n; e++) {
    const int64_t target = s->partition->first + e / n, source = e % n;
    double *weight = &use->values[COUPLING_WEIGHT][e];

    *weight *= scales[source] / scales[target];
    use->values[COUPLING_SIGN][e] = target == source ? 0.0 : (*weight > 0) - (*weight < 0);
    use->values[COUPLING_LATENCY][e] *= interval_ms > 0 ? interval_ms : 1.0;
    if (target == source) {
      *weight = use->values[COUPLING_LATENCY][e] = 0.0;
    }
    for (int64_t k = 0; k < n_kernel; k++) {
      use->values[N_COUPLING + k][e] *= scales[source] / scales[target];
    }
  }
  PetscCall(PetscFree(scales));
  PetscFunctionReturn(0);
}

/* Of each source the sum of z^3 over its targets: the sign of its influences, where all have the same. */
static PetscErrorCode find_directions(const Partition *part, const double *z, double **directions)
{
  const int64_t n = part->n_global;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(n, directions));
  for (int64_t e = 0; e < part->n_local * n; e++) {
    (*directions)[e % n] += z[e] * z[e] * z[e];
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, *directions, (int)n, MPI_DOUBLE, MPI_SUM, part->comm));
  PetscFunctionReturn(0);
}

/* From the p-values, which are complete. */
static PetscErrorCode add_significance(GrangerSolution *s, StatisticUse *use)
{
  const double *p_value = GrangerConditional(s->granger)->values[CONDITIONAL_P];
  const int64_t n = s->partition->n_global;
  double *directions;

  PetscFunctionBegin;
  for (int64_t e = 0; e < s->partition->n_local * s->partition->n_global; e++) {
    const double p = PetscMin(PetscMax(p_value[e], 1e-300), 1.0 - 1e-12);

    use->values[COUPLING_Z][e] =
        isnan(p_value[e]) ? 0.0
                          : use->values[COUPLING_SIGN][e] * fabs(gsl_cdf_ugaussian_Qinv(0.5 * p));
  }
  PetscCall(find_directions(s->partition, use->values[COUPLING_Z], &directions));
  for (int64_t e = 0; e < s->partition->n_local * n; e++) {
    use->values[COUPLING_DALE][e] =
        directions[e % n] < 0 ? -use->values[COUPLING_Z][e] : use->values[COUPLING_Z][e];
  }
  PetscCall(PetscFree(directions));
  PetscCall(MultiplicityQ(s->partition, p_value, use->values[COUPLING_Q]));
  PetscFunctionReturn(0);
}

/* Records of a sort of all pairs. */
static double numbers(Granger g, const StatisticUse *use, const GrangerSize *size)
{
  const double n = (double)size->n_neurons;

  (void)g;
  (void)use;
  return 6.0 * n * n / size->ranks;
}

const GrangerStatistic StatisticCoupling = {
    .name = "coupling",
    .text = "weight, sign, latency and signed score of each influence",
    .needs = FIT_COEFFICIENTS,
    .beside = "conditional",
    .parameters = parameters,
    .size = sizeof(Settings),
    .set_up = set_up,
    .scores = list_scores,
    .work = {[PHASE_FIT] = work, [PHASE_TOTAL] = add_significance},
    .numbers = numbers};
