/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Levinson-Whittle-Wiggins-Robinson recursion of the MVGC toolbox: one pass over the orders for the
   full model, and one more without each source. */
#include "estimators/least_squares.h"

#include "causeway/error.h"
#include "causeway/log.h"
#include "causeway/memory.h"

#include "order.h"
#include "var/state_space.h"

#include <math.h>

extern const GrangerEstimator EstimatorAuto;

/* Progress of the recursions, one for each source that is left out. */
typedef struct {
  int64_t next; /* next source; those before it are done */
  const Partition *partition;
  double *ratio; /* (n_local targets, N sources) growth of the variance without the source */
  double seconds, flops; /* spent on finished sources, on all ranks */
} ReducedRecursions;

/* The recursion's F approaches that of least squares only for many rows. On noise of 8 channels
   with 16 unknowns, 0, 1.5 and 4.6 % of the p-values are below 5 % with 1, 5 and 50 degrees of
   freedom. */
static PetscErrorCode warn_few_rows(Granger g, double unknowns)
{
  PetscFunctionBegin;
  if (!g->quiet && GrangerFreeRows(g, unknowns) < 2.0 * unknowns) {
    PetscCall(
        LogWarning("%lld rows are few for %.0f unknowns of the recursion: its p-values are too "
                   "large; those of -granger_estimator gram are exact\n",
                   (long long)g->info.n_rows, unknowns));
  }
  PetscFunctionReturn(0);
}

/* When the pasts of other neurons determine a neuron exactly, as for a delayed copy, the edges of
   the recording and the means leave the recursion a residual of about (order / rows)^2. The
   recursion cannot distinguish this from a good prediction. Where the residual is small, the
   regression on the lag matrix decides, by the rule of all estimators. */
static PetscErrorCode refuse_singular(const GrangerSolution *s)
{
  Granger g = s->granger;
  const double doubtful = 100.0 * (double)g->info.order / (double)g->info.n_rows;
  const GrangerSize size = {s->partition->size, s->partition->n_global, g->info.order,
                            ActivitySamples(s->activity)};
  struct _p_Granger judge = *g;
  GrangerSolution solution = *s;

  PetscFunctionBegin;
  if (g->quiet || g->weakest_share > doubtful) {
    PetscFunctionReturn(0);
  }
  judge.estimator = &EstimatorAuto;
  judge.needs = FIT_PAIRS;
  judge.quiet = PETSC_TRUE;
  judge.checkpoint = NULL;
  solution.granger = &judge;
  PetscCall(MemoryCheck(g->comm, "the regression that checks a nearly singular recursion",
                        8.0 * GramNumbers(&judge, &size),
                        "use more nodes, or lower granger_order"));
  PetscCall(LeastSquaresCheck(&solution));
  PetscFunctionReturn(0);
}

/* Runs the statistics on the model and, where they need it, on its state-space form. */
static PetscErrorCode work(GrangerSolution *s, const VarModel *model)
{
  StateSpace state = {0};
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  if (s->granger->needs & FIT_STATE_SPACE) {
    status = StateSpaceCreate(model, s->activity, &state);
    s->state = status ? NULL : &state;
    status = StatisticsSetAside(s->granger, FIT_STATE_SPACE, status);
  }
  s->model = model;
  status = status ? status : StatisticsWork(s, PHASE_FIT);
  PetscCall(StateSpaceFree(&state));
  s->state = NULL;
  status = status ? status : StatisticsWork(s, PHASE_LAST);
  s->model = NULL;
  PetscFunctionReturn(status);
}

static PetscErrorCode solve(GrangerSolution *s)
{
  Granger g = s->granger;
  VarModel model = {0};
  PetscErrorCode status = RecursionSolve(g, s->grid, s->activity, &model);
  const double start_s = MPI_Wtime();

  PetscFunctionBegin;
  if (!status) {
    g->info.n_rows = ActivityRows(s->activity, g->info.order);
    g->info.condition_number = NAN;
    g->used = g->estimator;
    status = refuse_singular(s);
  }
  if (!status && !g->quiet) {
    status = GrangerFindRadius(g, &model);
  }
  status = status ? status : work(s, &model);
  PetscCall(VarModelFree(&model));
  g->info.regression_s += MPI_Wtime() - start_s;
  PetscFunctionReturn(status);
}

/* Fills column `source` of the growth of the variances. */
static void compare_variances(const Partition *part, int64_t source, const double *full,
                              const double *reduced, double *ratio)
{
  for (int64_t i = 0; i < part->n_local; i++) {
    const int64_t target = part->first + i;

    if (target != source) {
      ratio[i * part->n_global + source] =
          reduced[target - (target > source ? 1 : 0)] / full[target] - 1.0;
    }
  }
}

/* Runs one more recursion for each source; offers its state to the checkpoint after each. */
static PetscErrorCode run_reduced(const GrangerSolution *s, ReducedRecursions *reduced)
{
  Granger g = s->granger;
  const VarModel *model = s->model;
  double *full, *without;
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(model->n, &full, model->n, &without));
  PetscCall(VarModelVariances(model, full));
  g->info.flops += reduced->flops; /* spent in earlier jobs */
  g->info.regression_s += reduced->seconds;
  while (!status && model->n > 1 && reduced->next < model->n) {
    const double start_s = MPI_Wtime(), flops = g->info.flops;
    VarModel other = {0};

    status = RecursionWithout(g, s->grid, s->activity, reduced->next, &other);
    if (!status) {
      PetscCall(VarModelVariances(&other, without));
      compare_variances(s->partition, reduced->next, full, without, reduced->ratio);
      reduced->next++;
      reduced->seconds += MPI_Wtime() - start_s;
      reduced->flops += g->info.flops - flops;
      status = CheckpointOffer(g->checkpoint);
    }
    PetscCall(VarModelFree(&other));
  }
  PetscCall(PetscFree2(full, without));
  PetscFunctionReturn(status);
}

static PetscErrorCode keep_reduced(void *context, Snapshot s)
{
  ReducedRecursions *r = context;
  const Partition *part = r->partition;
  const int64_t dims[2] = {part->n_global, part->n_global}, first[2] = {part->first, 0};
  const int64_t count[2] = {part->n_local, part->n_global};

  PetscFunctionBegin;
  PetscCall(SnapshotInteger(s, "next_source", &r->next));
  PetscCall(SnapshotReal(s, "seconds", &r->seconds));
  PetscCall(SnapshotReal(s, "flops", &r->flops));
  PetscCall(
      SnapshotArray(s, "ratio", "1", DATA_FLOAT64, 2, dims, first, count, PETSC_TRUE, r->ratio));
  PetscFunctionReturn(0);
}

static PetscErrorCode leave_one_out(GrangerSolution *s, PairSink *sink)
{
  Granger g = s->granger;
  const double unknowns = (double)(s->partition->n_global * g->info.order);
  ReducedRecursions reduced = {.partition = s->partition};
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(PairSinkRows(sink));
  reduced.ratio = sink->gc;
  status = GrangerBegin(g, (UnderWay){BEGUN_SOLUTION, keep_reduced, &reduced}, s->resumes);
  status = status ? status : run_reduced(s, &reduced);
  GrangerEnd(g);
  PetscCall(status);
  PetscCall(warn_few_rows(g, unknowns));
  PetscCall(PairSinkFill(sink, GrangerFreeRows(g, unknowns)));
  PetscFunctionReturn(0);
}

/* Memory of the recursion and its model. */
static double numbers(Granger g, const GrangerSize *size)
{
  const double n = (double)size->n_neurons, p = (double)size->order;

  (void)g;
  return RecursionNumbers(size) + (p + 1.0) * n * n / size->ranks;
}

const GrangerEstimator EstimatorLwr = {
    .name = "lwr",
    .text = "recursion over orders of the MVGC toolbox",
    .note = "VAR by the Levinson-Whittle-Wiggins-Robinson recursion, series less their means",
    .offers = FIT_PAIRS | FIT_STATE_SPACE,
    .chooses_order = PETSC_TRUE,
    .solve = solve,
    .leave_one_out = leave_one_out,
    .numbers = numbers};
