/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Causality from one set of neurons to another, conditional on all other neurons. Leaving out the
   past of set J adds B_JI' [(G^-1)_JJ]^-1 B_JI = V_I' V_I to the residual products of targets I,
   where (G^-1)_JJ = W_J' W_J with W_J the columns J of L^-1, K K' = W_J' W_J and V = K^-1 B_J. */
#include "statistics/statistic.h"

#include "causeway/error.h"
#include "causeway/internal/core/blas.h"
#include "causeway/log.h"

#include "regression/regression.h"
#include "statistics/groups.h"

#include <float.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <math.h>

enum { GROUP_GC, GROUP_P };

typedef struct {
  Regression *r;
  int64_t n_groups, n_members;
  int64_t *start, *member;  /* (n_groups + 1), (n_members) targets in the order of groups */
  int64_t largest_local;    /* largest group whose determinant a single process computes */
  int64_t *offset;          /* (n_groups + 1) offsets of the blocks of those groups in `blocks` */
  double *blocks;           /* diagonal blocks, on every rank */
  BlockCyclic coefficients; /* (N p, n_members) */
  BlockCyclic residual;     /* (n_members, n_members) E'E of the regression on all neurons */
  BlockCyclic reduced;      /* (n_members, n_members) residual without one group, lower triangle */
} Work;

static PetscBool is_local(const Work *w, int64_t group)
{
  return w->start[group + 1] - w->start[group] <= w->largest_local ? PETSC_TRUE : PETSC_FALSE;
}

/* Length of the run of consecutive neurons from member `k` on, up to member `end`. */
static int64_t run_length(const Work *w, int64_t k, int64_t end)
{
  int64_t length = 1;

  while (k + length < end && w->member[k + length] == w->member[k] + length) {
    length++;
  }
  return length;
}

/* Copies the columns of members [first, end) from A to B, `width` columns for each. */
static PetscErrorCode choose_columns(const Work *w, int64_t first, int64_t end, int64_t width,
                                     const BlockCyclic *a, BlockCyclic *b)
{
  PetscFunctionBegin;
  for (int64_t k = first, length; k < end; k += length) {
    length = run_length(w, k, end);
    PetscCall(
        BlockCyclicCopyColumns(a, w->member[k] * width, length * width, b, (k - first) * width));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode choose_rows(const Work *w, int64_t first, int64_t end, int64_t width,
                                  const BlockCyclic *a, BlockCyclic *b)
{
  PetscFunctionBegin;
  for (int64_t k = first, length; k < end; k += length) {
    length = run_length(w, k, end);
    PetscCall(BlockCyclicCopyBlock(a, w->member[k] * width, 0, length * width, a->n_columns, b,
                                   (k - first) * width, 0));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode create(Work *w, int64_t rows, int64_t row_width, int64_t columns,
                             int64_t column_width, BlockCyclic *matrix)
{
  const int64_t block = w->r->block;

  PetscFunctionBegin;
  PetscCall(BlockCyclicCreate(&w->r->grid, rows * row_width, columns * column_width,
                              (int)(block * row_width), (int)(block * column_width), matrix));
  PetscFunctionReturn(0);
}

/* Puts targets in the order of groups, so that those of a group are adjacent. */
static PetscErrorCode work_create(Regression *r, const NeuronGroups *groups, Work *w)
{
  BlockCyclic columns;

  PetscFunctionBegin;
  *w = (Work){.r = r,
              .n_groups = groups->n_groups,
              .n_members = groups->n_members,
              .largest_local = 2 * r->granger->block};
  PetscCall(PetscMalloc3(w->n_groups + 1, &w->start, w->n_members, &w->member, w->n_groups + 1,
                         &w->offset));
  GroupsList(groups, w->member, w->start);
  w->offset[0] = 0;
  for (int64_t k = 0; k < w->n_groups; k++) {
    const int64_t n = is_local(w, k) ? w->start[k + 1] - w->start[k] : 0;

    w->offset[k + 1] = w->offset[k] + n * n;
  }
  PetscCall(PetscMalloc1(w->offset[w->n_groups], &w->blocks));
  PetscCall(create(w, r->n, r->p, w->n_members, 1, &w->coefficients));
  PetscCall(choose_columns(w, 0, w->n_members, 1, &r->rhs, &w->coefficients));
  PetscCall(create(w, w->n_members, 1, w->n_members, 1, &w->residual));
  PetscCall(create(w, r->n, 1, w->n_members, 1, &columns));
  PetscCall(choose_columns(w, 0, w->n_members, 1, &r->covariance, &columns));
  PetscCall(choose_rows(w, 0, w->n_members, 1, &columns, &w->residual));
  PetscCall(BlockCyclicFree(&columns));
  PetscCall(create(w, w->n_members, 1, w->n_members, 1, &w->reduced));
  PetscFunctionReturn(0);
}

static PetscErrorCode work_free(Work *w)
{
  PetscFunctionBegin;
  PetscCall(BlockCyclicFree(&w->coefficients));
  PetscCall(BlockCyclicFree(&w->residual));
  PetscCall(BlockCyclicFree(&w->reduced));
  PetscCall(PetscFree(w->blocks));
  PetscCall(PetscFree3(w->start, w->member, w->offset));
  PetscFunctionReturn(0);
}

static PetscErrorCode dependent(int64_t group)
{
  return UserError("the residuals of the neurons of group %lld (counted from 0) are linearly "
                   "dependent, so its statistics are not defined; leave one of the neurons out",
                   (long long)group);
}

/* Collects the diagonal blocks of the small groups on every rank. */
static PetscErrorCode collect_blocks(Work *w, const BlockCyclic *matrix)
{
  const Regression *r = w->r;

  PetscFunctionBegin;
  PetscCall(PetscArrayzero(w->blocks, w->offset[w->n_groups]));
  for (int64_t k = 0; k < w->n_groups; k++) {
    const int64_t start = w->start[k], n = w->start[k + 1] - start;

    for (int64_t j = 0; is_local(w, k) && j < n; j++) {
      const int64_t column = BlockCyclicLocal(start + j, r->block, r->grid.column, r->grid.columns);

      for (int64_t i = j; column >= 0 && i < n; i++) {
        const int64_t row = BlockCyclicLocal(start + i, r->block, r->grid.row, r->grid.rows);

        if (row >= 0) {
          w->blocks[w->offset[k] + j * n + i] =
              matrix->values[row + column * (int64_t)matrix->leading];
        }
      }
    }
  }
  PetscCall(RegressionSum(r, w->offset[w->n_groups], w->blocks));
  PetscFunctionReturn(0);
}

/* Computes the determinants of this rank's small groups. */
static PetscErrorCode local_determinants(Work *w, double *log_det)
{
  const int size = w->r->partition->size, rank = w->r->partition->rank;

  for (int64_t k = rank; k < w->n_groups; k += size) {
    const int n = (int)(w->start[k + 1] - w->start[k]);
    double *block = w->blocks + w->offset[k];
    int failed;

    if (!is_local(w, k)) {
      continue;
    }
    dpotrf_("L", &n, block, &n, &failed);
    if (failed) {
      return dependent(k);
    }
    for (int64_t i = 0; i < n; i++) {
      log_det[k] += 2.0 * log(block[i * n + i]);
    }
  }
  return 0;
}

/* Computes the determinant of a large group on all ranks. */
static PetscErrorCode spread_determinant(Work *w, const BlockCyclic *matrix, int64_t group,
                                         double *log_det)
{
  const int64_t start = w->start[group], n = w->start[group + 1] - start;
  BlockCyclic block;
  double share;
  int64_t index;

  PetscFunctionBegin;
  PetscCall(create(w, n, 1, n, 1, &block));
  PetscCall(BlockCyclicCopyBlock(matrix, start, start, n, n, &block, 0, 0));
  PetscCall(BlockCyclicCholesky(&block, &share, &index));
  if (share <= 0) {
    PetscCall(BlockCyclicFree(&block));
    PetscFunctionReturn(dependent(group));
  }
  PetscCall(BlockCyclicLogDiagonal(&block, log_det));
  *log_det *= 2.0;
  PetscCall(BlockCyclicFree(&block));
  PetscFunctionReturn(0);
}

/* Computes log det of the diagonal block of each group, from the lower triangle; the same on all
   ranks. */
static PetscErrorCode determinants(Work *w, const BlockCyclic *matrix, double *log_det)
{
  PetscFunctionBegin;
  PetscCall(PetscArrayzero(log_det, w->n_groups));
  PetscCall(collect_blocks(w, matrix));
  PetscCall(ErrorAgree(w->r->grid.comm, local_determinants(w, log_det)));
  PetscCall(RegressionSum(w->r, w->n_groups, log_det));
  for (int64_t k = 0; k < w->n_groups; k++) {
    if (!is_local(w, k)) {
      PetscCall(spread_determinant(w, matrix, k, &log_det[k]));
    }
  }
  PetscFunctionReturn(0);
}

/* Computes V = K^-1 B_J, (|J| p, n_members). */
static PetscErrorCode whiten(Work *w, int64_t group, BlockCyclic *v)
{
  const Regression *r = w->r;
  const int64_t first = w->start[group], end = w->start[group + 1], n = end - first;
  BlockCyclic columns, inverse;
  double share;
  int64_t index;

  PetscFunctionBegin;
  PetscCall(create(w, r->n, r->p, n, r->p, &columns));
  PetscCall(choose_columns(w, first, end, r->p, &r->gram, &columns));
  PetscCall(create(w, n, r->p, n, r->p, &inverse));
  PetscCall(BlockCyclicGram(1.0, &columns, 0, r->n * r->p, 0.0, &inverse));
  PetscCall(BlockCyclicFree(&columns));
  PetscCall(BlockCyclicCholesky(&inverse, &share, &index));
  PetscCheck(share > 0, r->grid.comm, PETSC_ERR_LIB, "the inverse has no factor");
  PetscCall(choose_rows(w, first, end, r->p, &w->coefficients, v));
  PetscCall(BlockCyclicSolveLower(&inverse, PETSC_FALSE, v));
  PetscCall(BlockCyclicFree(&inverse));
  PetscFunctionReturn(0);
}

/* Computes log_det of every group when the past of one group is left out. */
static PetscErrorCode leave_group_out(Work *w, int64_t group, double *log_det)
{
  Regression *r = w->r;
  const int64_t n = w->start[group + 1] - w->start[group];
  const double lags = (double)(n * r->p), targets = (double)w->n_members;
  BlockCyclic v;

  PetscFunctionBegin;
  PetscCall(create(w, n, r->p, w->n_members, 1, &v));
  PetscCall(whiten(w, group, &v));
  PetscCall(BlockCyclicCopy(&w->residual, &w->reduced));
  PetscCall(BlockCyclicGram(1.0, &v, 0, n * r->p, 1.0, &w->reduced));
  PetscCall(BlockCyclicFree(&v));
  PetscCall(determinants(w, &w->reduced, log_det));
  PetscCall(RegressionFlops(r, lags *
                                   ((double)(r->n * r->p) * lags + lags * lags / 3.0 +
                                    lags * targets + targets * targets) /
                                   (double)r->partition->size));
  PetscFunctionReturn(0);
}

/* Second degrees of freedom of Rao's F for Wilks' lambda exp(-gc). F is expm1(gc / root) times the
   second over the first degrees of freedom, targets x lags. Exact for one or two targets, or one or
   two lags of sources. `targets`: number of series; `lags`: number of tested coefficients of each;
   `free_rows`: degrees of freedom that the regression leaves.
   Source: Rao 1951, Bull. Int. Stat. Inst. 33:177 */
static double wilks_freedom(double targets, double lags, double free_rows, double *root)
{
  const double both = targets * lags, squares = targets * targets + lags * lags - 5.0;

  *root = squares > 0 ? sqrt((both * both - 4.0) / squares) : 1.0;
  return (free_rows + lags - 0.5 * (targets + lags + 1.0)) * *root - 0.5 * both + 1.0;
}

/* Whether two groups have sparse neurons; also finds their expected coincidences at one lag, and
   the largest shapes. */
static PetscBool group_coincidences(const Work *w, int64_t target, int64_t source, double *expected,
                                    double *inverse)
{
  const Coincidences *c = &w->r->granger->coincidences;
  const int64_t groups[2] = {target, source};
  double off[2] = {0, 0}, shape[2] = {0, 0};
  PetscBool sparse = PETSC_FALSE;

  for (int side = 0; side < 2; side++) {
    for (int64_t k = w->start[groups[side]]; k < w->start[groups[side] + 1]; k++) {
      const int64_t i = w->member[k];

      off[side] += c->off[i] > 0 ? c->off[i] : c->n_samples;
      shape[side] = PetscMax(shape[side], c->shape[i]);
      sparse = sparse || c->off[i] > 0 ? PETSC_TRUE : PETSC_FALSE;
    }
  }
  *expected = off[0] * off[1] / c->n_samples;
  *inverse = shape[0] * shape[1] / c->n_samples;
  return sparse;
}

/* P(Wilks' lambda < exp(-gc)), or NaN where too few coincidences are expected. */
static double group_tail(const Work *w, int64_t target, int64_t source, double gc)
{
  const Regression *r = w->r;
  const double size = (double)(w->start[target + 1] - w->start[target]);
  const double lags = (double)((w->start[source + 1] - w->start[source]) * r->p);
  double expected, inverse, d2, root, statistic;

  if (target == source) {
    return 1.0;
  }
  d2 = wilks_freedom(size, lags, GrangerFreeRows(r->granger, (double)(r->n * r->p)), &root);
  statistic = expm1(gc / root) * d2;
  if (r->granger->coincidences.any && group_coincidences(w, target, source, &expected, &inverse)) {
    if (expected * (double)r->p < least_coincidences) {
      return NAN;
    }
    statistic = inverse > 0 ? CoincidencesBound(statistic, size * lags, 1.0 / inverse) : statistic;
  }
  return gsl_cdf_fdist_Q(statistic / (size * lags), size * lags, d2);
}

/* Fills the column of the source group: growths of all target groups, and their tests. */
static void fill_column(const Work *w, int64_t source, const double *full, const double *reduced,
                        double *gc, double *p_value)
{
  for (int64_t target = 0; target < w->n_groups; target++) {
    const int64_t at = target * w->n_groups + source;

    gc[at] = target == source ? 0.0 : PetscMax(0.0, reduced[target] - full[target]);
    p_value[at] = group_tail(w, target, source, gc[at]);
  }
}

/* Computes the statistic from coefficients and inverse.
   Cost: sum over groups of n p (N n p^2 + (n p)^2 / 3 + n p m + m^2) flops / ranks, n neurons of
   the group, m of all groups */
static PetscErrorCode work(GrangerSolution *s, StatisticUse *use)
{
  Work w;
  double *full, *reduced;

  PetscFunctionBegin;
  PetscCall(LogEventStart(EVENT_GRANGER_GROUPS));
  (void)gsl_set_error_handler_off();
  PetscCall(work_create(s->regression, use->settings, &w));
  PetscCall(PetscMalloc2(w.n_groups, &full, w.n_groups, &reduced));
  PetscCall(determinants(&w, &w.residual, full));
  for (int64_t source = 0; source < w.n_groups; source++) {
    PetscCall(leave_group_out(&w, source, reduced));
    fill_column(&w, source, full, reduced, use->values[GROUP_GC], use->values[GROUP_P]);
  }
  PetscCall(PetscFree2(full, reduced));
  PetscCall(work_free(&w));
  PetscCall(LogEventStop(EVENT_GRANGER_GROUPS));
  PetscFunctionReturn(0);
}

static PetscErrorCode set_up(Granger g, StatisticUse *use, Parameters p)
{
  PetscFunctionBegin;
  if (use->wanted) {
    PetscCall(GroupsSetUp(use->settings, g->comm, p));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode check_rows(Granger g, const StatisticUse *use, int64_t n_neurons,
                                 int64_t n_rows, int64_t n_samples)
{
  const NeuronGroups *groups = use->settings;
  const int64_t left = n_rows - n_neurons * GrangerHighestOrder(g) - 1 - g->n_fitted;

  PetscFunctionBegin;
  (void)n_samples;
  PetscCall(GroupsCheck(groups, n_neurons));
  UserCheck(groups->largest <= left,
            "%s = %s: a group of %lld neurons needs at least as many degrees of freedom, but the "
            "%lld rows leave %lld; take smaller groups, lower %s or record longer",
            "granger_groups", groups->words, (long long)groups->largest, (long long)n_rows,
            (long long)left, GrangerOrderKey(g));
  PetscFunctionReturn(0);
}

static PetscErrorCode check_steps(Granger g, const StatisticUse *use, Activity activity)
{
  PetscFunctionBegin;
  (void)g;
  UserCheck(ActivityDropped(activity) == 0,
            "granger_groups = %s: numbers all neurons, but %lld constant neurons are left out, so "
            "the numbers would name other neurons; choose the rest with -activity_channels, and "
            "number these from 0",
            ((const NeuronGroups *)use->settings)->words, (long long)ActivityDropped(activity));
  PetscFunctionReturn(0);
}

static int list_scores(Granger g, const StatisticUse *use, GrangerScore list[])
{
  const NeuronGroups *groups = use->settings;

  (void)g;
  list[GROUP_GC] = (GrangerScore){
      .info = {.reading = "group_gc",
               .description =
                   "log of the ratio of determinants of the residual covariance of the target "
                   "group without and with the source group",
               .p_value = "group_p_value"},
      .n_groups = groups->n_groups,
      .groups = groups->words};
  list[GROUP_P] =
      (GrangerScore){.info = {.reading = "group_p_value",
                              .description = "upper tail of Wilks' lambda, the ratio of those "
                                             "determinants, by the F of Rao (1951)",
                              .role = ROLE_P_VALUE,
                              .sense = SENSE_SMALLER},
                     .n_groups = groups->n_groups,
                     .groups = groups->words};
  return GROUP_P + 1;
}

/* Memory of coefficients and residuals in the order of groups; of the columns of the inverse,
   (G^-1)_JJ and whitened coefficients of the largest group; of blocks of small groups on every
   rank. */
static double numbers(Granger g, const StatisticUse *use, const GrangerSize *size)
{
  const NeuronGroups *groups = use->settings;
  const double n = (double)size->n_neurons, p = (double)size->order;
  const double m = (double)groups->n_members, largest = (double)groups->largest;
  const double small = PetscMin(largest, 2.0 * (double)g->block);

  return (m * n * p + 3.0 * m * m + largest * p * (n * p + largest * p + m)) / size->ranks +
         small * m;
}

/* Finds the largest causality between groups, for the log. */
static PetscErrorCode find_largest(Granger g, StatisticUse *use, Causality causality)
{
  const int64_t n = ((const NeuronGroups *)use->settings)->n_groups;
  const double *gc = use->values[GROUP_GC];

  PetscFunctionBegin;
  (void)causality;
  g->info.n_groups = n;
  g->info.group_gc = -1.0;
  for (int64_t at = 0; at < n * n; at++) {
    if (at / n != at % n && gc[at] > g->info.group_gc) {
      g->info.group_target = at / n;
      g->info.group_source = at % n;
      g->info.group_gc = gc[at];
      g->info.group_p_value = use->values[GROUP_P][at];
    }
  }
  PetscFunctionReturn(0);
}

const GrangerStatistic StatisticGroup = {.name = "group",
                                         .text = "sets of neurons, conditional on all others",
                                         .parameters = GroupsParameters,
                                         .size = sizeof(NeuronGroups),
                                         .needs = FIT_COVARIANCE,
                                         .set_up = set_up,
                                         .free_settings = GroupsFree,
                                         .check_rows = check_rows,
                                         .check_steps = check_steps,
                                         .scores = list_scores,
                                         .work = {[PHASE_FIT] = work},
                                         .numbers = numbers,
                                         .finish = find_largest};
