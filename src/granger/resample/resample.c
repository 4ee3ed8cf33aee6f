/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Solves many activities that are made at random from one, spread over the ranks. */
#include "statistics/statistic.h"

#include "causeway/error.h"
#include "causeway/log.h"

#include <math.h>
#include <string.h>

/* Ranks that solve a resample: each rank one of its own, if small, or all ranks together. */
typedef struct {
  Granger g;                /* solver of the run; borrowed */
  struct _p_Granger solver; /* quiet copy for one resample */
  const Partition *part;    /* rows of the results */
  PetscBool alone;
  Activity original, resampled; /* on the ranks that solve a resample; original may be borrowed */
  double *gc, *f; /* (n_local targets, N) of one resample, in the layout of the solving ranks */
  double *rows;   /* (ranks, n_local, N) results of one resample per rank; when alone */
  int *counts[4]; /* send counts and offsets, receive counts and offsets; when alone */
} Crew;

/* Callback that takes the causality of a resample, (n_local, N). */
typedef void (*Take)(Resampling *done, const double *estimate, int64_t resample, const double *gc);

/* Memory [8-byte numbers] of resamples on the fullest rank, if solved on this number of ranks: a
   resample, in which bootstrap blocks include their lags; its solution; two matrices of it. */
static double solver_numbers(Granger g, int ranks, int64_t n, int64_t t)
{
  const double p = (double)GrangerReach(g), block = (double)g->resample.block;
  const double longer = g->resample.n_bootstrap > 0 ? 1.0 + (block > 0 ? p / block : 0.25) : 1.0;

  return ceil((double)n / ranks) * ((double)t * longer + 2.0 * (double)n) +
         GrangerSolutionNumbers(g, ranks, n, t);
}

/* Memory when each rank solves alone: in addition, the whole activity and rows of one resample per
   rank. */
static double alone_numbers(Granger g, int ranks, int64_t n, int64_t t)
{
  return solver_numbers(g, 1, n, t) + (double)n * (double)t +
         ceil((double)n / ranks) * (double)n * ranks;
}

static PetscBool solves_alone(Granger g, int ranks, int64_t n, int64_t t)
{
  return ranks > 1 && 8.0 * alone_numbers(g, ranks, n, t) <= g->resample.most_bytes ? PETSC_TRUE
                                                                                    : PETSC_FALSE;
}

double GrangerResampleNumbers(Granger g, int ranks, int64_t n, int64_t t)
{
  const ResampleOptions *o = &g->resample;
  const double kept = ceil((double)n / ranks) * (double)n *
                      ((o->n_surrogates > 0 ? 1.0 : 0.0) + 0.5 * (double)o->n_bootstrap);

  if (o->n_surrogates + o->n_bootstrap == 0) {
    return 0.0;
  }
  return kept + (solves_alone(g, ranks, n, t) ? alone_numbers(g, ranks, n, t)
                                              : solver_numbers(g, ranks, n, t));
}

/* Samples before a row that the solution needs. */
static int64_t solved_reach(Granger g)
{
  return g->basis.filter ? GrangerReach(g) : GrangerTerms(g).reach;
}

struct _p_Granger GrangerQuietCopy(Granger g, MPI_Comm comm)
{
  struct _p_Granger copy = *g;
  StatisticUse *conditional;

  copy.comm = comm;
  copy.quiet = PETSC_TRUE;
  copy.checkpoint = NULL;
  GrangerEnd(&copy);
  copy.criterion = ORDER_GIVEN;
  copy.order = g->info.order;
  copy.estimator = g->used;
  copy.lambda = g->info.lambda;
  for (int k = 0; k < copy.n_statistics; k++) {
    copy.uses[k].wanted = PETSC_FALSE;
  }
  conditional = GrangerConditional(&copy);
  conditional->wanted = PETSC_TRUE;
  copy.ahead[0] = copy.ahead[1] = NULL;
  conditional->values[CONDITIONAL_P] = NULL;
  copy.needs = conditional->type->needs;
  return copy;
}

/* Gathers the whole activity on every rank. */
static PetscErrorCode gather(const Partition *part, Activity activity, Activity *whole)
{
  const int64_t n = part->n_global, n_samples = ActivitySamples(activity);
  const Segment *segments;
  const int64_t n_segments = ActivitySegments(activity, &segments);
  double *values;
  int *counts, *starts;

  PetscFunctionBegin;
  PetscCall(ActivityCreate(PETSC_COMM_SELF, whole));
  PetscCall(ActivityAllocate(*whole, n, n_samples, &values));
  PetscCall(ActivitySetSegments(*whole, n_segments, segments));
  PetscCall(PetscMalloc2(part->size, &counts, part->size, &starts));
  for (int k = 0; k < part->size; k++) {
    starts[k] = (int)(PartitionFirst(part, k) * n_samples);
    counts[k] = (int)((PartitionFirst(part, k + 1) - PartitionFirst(part, k)) * n_samples);
  }
  PetscCallMPI(MPI_Allgatherv(ActivityValues(activity), counts[part->rank], MPI_DOUBLE, values,
                              counts, starts, MPI_DOUBLE, part->comm));
  PetscCall(PetscFree2(counts, starts));
  PetscFunctionReturn(0);
}

static PetscErrorCode crew_create(Granger g, Activity activity, const Partition *part, Crew *c)
{
  const int64_t n = part->n_global;
  MPI_Comm comm;

  PetscFunctionBegin;
  *c = (Crew){.g = g, .part = part};
  c->alone = solves_alone(g, part->size, n, ActivitySamples(activity));
  comm = c->alone ? PETSC_COMM_SELF : g->comm;
  c->solver = GrangerQuietCopy(g, comm);
  c->solver.test = g->test == TEST_ROBUST ? TEST_F : g->test;
  c->original = activity;
  if (c->alone) {
    PetscCall(gather(part, activity, &c->original));
    PetscCall(PetscMalloc1(part->size * part->n_local * n, &c->rows));
    PetscCall(PetscMalloc4(part->size, &c->counts[0], part->size, &c->counts[1], part->size,
                           &c->counts[2], part->size, &c->counts[3]));
  }
  PetscCall(ActivityCreate(comm, &c->resampled));
  PetscCall(ActivitySetNames(c->resampled, activity));
  PetscCall(PetscMalloc2(ActivityPartition(c->original)->n_local * n, &c->gc,
                         ActivityPartition(c->original)->n_local * n, &c->f));
  PetscFunctionReturn(0);
}

static PetscErrorCode crew_free(Crew *c)
{
  PetscFunctionBegin;
  if (c->alone) {
    PetscCall(ActivityDestroy(&c->original));
    PetscCall(PetscFree(c->rows));
    PetscCall(PetscFree4(c->counts[0], c->counts[1], c->counts[2], c->counts[3]));
  }
  PetscCall(ActivityDestroy(&c->resampled));
  PetscCall(PetscFree2(c->gc, c->f));
  PetscFunctionReturn(0);
}

/* Computes gc of one resample. */
static PetscErrorCode solve_one(Crew *c, const Recipe *recipe, int64_t resample)
{
  StatisticUse *conditional = GrangerConditional(&c->solver);
  char reason[PETSC_MAX_PATH_LEN];
  PetscErrorCode status;
  double *values;

  PetscFunctionBegin;
  PetscCall(ActivityAllocate(c->resampled, c->part->n_global, recipe->n_samples, &values));
  PetscCall(ActivitySetSegments(c->resampled, recipe->n_segments, recipe->segments));
  PetscCall(recipe->make(recipe, c->original, resample, values));
  conditional->values[CONDITIONAL_GC] = c->gc;
  conditional->values[CONDITIONAL_F] = c->f;
  status = GrangerSolveStatistics(&c->solver, c->resampled, PETSC_FALSE);
  if (status == CAUSEWAY_ERR_USER) {
    PetscCall(PetscStrncpy(reason, UserErrorMessage(), sizeof(reason)));
    status = UserError("%s %lld cannot be solved: %s", recipe->what, (long long)resample, reason);
  }
  PetscFunctionReturn(status);
}

/* Sends the rows of each rank's resample, if it has one, to their owners. */
static PetscErrorCode exchange(Crew *c, int64_t first, int64_t n_resamples)
{
  const Partition *part = c->part;
  const int64_t n = part->n_global;

  PetscFunctionBegin;
  for (int k = 0; k < part->size; k++) {
    const int64_t rows = PartitionFirst(part, k + 1) - PartitionFirst(part, k);

    c->counts[0][k] = first + part->rank < n_resamples ? (int)(rows * n) : 0;
    c->counts[1][k] = (int)(PartitionFirst(part, k) * n);
    c->counts[2][k] = first + k < n_resamples ? (int)(part->n_local * n) : 0;
    c->counts[3][k] = (int)(k * part->n_local * n);
  }
  PetscCallMPI(MPI_Alltoallv(c->gc, c->counts[0], c->counts[1], MPI_DOUBLE, c->rows, c->counts[2],
                             c->counts[3], MPI_DOUBLE, part->comm));
  PetscFunctionReturn(0);
}

/* Solves as many resamples from `first` on as fit in one round; *next is the one after them. */
static PetscErrorCode solve_round(Crew *c, const Recipe *recipe, const double *estimate, Take take,
                                  Resampling *done, int64_t *next)
{
  const int64_t first = *next, entries = c->part->n_local * c->part->n_global;
  const int64_t mine = first + (c->alone ? c->part->rank : 0);
  const int64_t end = PetscMin(first + (c->alone ? c->part->size : 1), recipe->n_resamples);
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  if (mine < end) {
    status = solve_one(c, recipe, mine);
  }
  PetscCall(ErrorAgree(c->part->comm, status));
  if (c->alone) {
    PetscCall(exchange(c, first, recipe->n_resamples));
  }
  for (int64_t k = first; k < end; k++) {
    take(done, estimate, k, c->alone ? c->rows + (k - first) * entries : c->gc);
  }
  *next = end;
  PetscFunctionReturn(0);
}

static PetscErrorCode run(Crew *c, Recipe *recipe, const double *estimate, Take take,
                          Resampling *done, int64_t *next)
{
  const int64_t first = *next;
  PetscErrorCode status = 0;
  Progress progress;

  PetscFunctionBegin;
  ProgressBegin(&progress, "granger", recipe->unit, recipe->n_resamples - first);
  while (!status && *next < recipe->n_resamples) {
    status = solve_round(c, recipe, estimate, take, done, next);
    PetscCall(ProgressUpdate(&progress, *next - first));
    status = status ? status : CheckpointOffer(c->g->checkpoint);
  }
  PetscCall(ProgressEnd(&progress));
  PetscCall(RecipeFree(recipe));
  PetscFunctionReturn(status);
}

static void count_surrogate(Resampling *done, const double *estimate, int64_t resample,
                            const double *gc)
{
  const int64_t entries = done->partition->n_local * done->partition->n_global;

  (void)resample;
  for (int64_t at = 0; at < entries; at++) {
    done->count[at] += gc[at] >= estimate[at];
  }
}

static void store_bootstrap(Resampling *done, const double *estimate, int64_t resample,
                            const double *gc)
{
  const int64_t entries = done->partition->n_local * done->partition->n_global;

  (void)estimate;
  for (int64_t at = 0; at < entries; at++) {
    done->values[at * done->most + resample] = (float)gc[at];
  }
}

static void fill_matrices(Granger g, const Resampling *done)
{
  const double *gc = GrangerConditional(g)->values[CONDITIONAL_GC];
  const Partition *part = done->partition;

  for (int64_t at = 0; at < part->n_local * part->n_global; at++) {
    const PetscBool pair =
        at % part->n_global != part->first + at / part->n_global ? PETSC_TRUE : PETSC_FALSE;

    if (done->count) {
      g->resampled[RESAMPLED_P][at] =
          pair ? (1.0 + done->count[at]) / (double)(g->resample.n_surrogates + 1) : 1.0;
    }
    if (done->values && pair) {
      double interval[2];

      BootstrapInterval(done->most, done->values + at * done->most, gc[at], 1.0 - g->level,
                        interval);
      g->resampled[RESAMPLED_LOW][at] = interval[0];
      g->resampled[RESAMPLED_HIGH][at] = interval[1];
    }
  }
}

static PetscErrorCode run_both(Granger g, Activity activity, PetscBool resumes, Resampling *done)
{
  const double *gc = GrangerConditional(g)->values[CONDITIONAL_GC];
  const ResampleOptions *o = &g->resample;
  PetscErrorCode status;
  Recipe recipe;
  Crew crew;

  PetscFunctionBegin;
  PetscCall(crew_create(g, activity, done->partition, &crew));
  status = GrangerBegin(g, (UnderWay){BEGUN_RESAMPLES, ResamplingKeep, done}, resumes);
  if (!status && o->n_surrogates > 0) {
    PetscCall(SurrogateSetUp(o, activity, solved_reach(g), &recipe));
    status = run(&crew, &recipe, gc, count_surrogate, done, &done->n_surrogates);
  }
  if (!status && o->n_bootstrap > 0) {
    PetscCall(BootstrapSetUp(o, activity, solved_reach(g), &recipe));
    status = run(&crew, &recipe, gc, store_bootstrap, done, &done->n_bootstrap);
  }
  GrangerEnd(g);
  PetscCall(crew_free(&crew));
  PetscFunctionReturn(status);
}

PetscErrorCode GrangerResample(Granger g, Activity activity, PetscBool resumes,
                               const Partition *part)
{
  const int64_t entries = part->n_local * part->n_global;
  Resampling done = {.partition = part, .start_s = MPI_Wtime(), .most = g->resample.n_bootstrap};
  PetscErrorCode status;

  PetscFunctionBegin;
  if (g->resample.n_surrogates + g->resample.n_bootstrap == 0) {
    PetscFunctionReturn(0);
  }
  PetscCall(ActivityExpand(activity));
  g->info.resample_block = ResampleBlock(&g->resample, activity, solved_reach(g));
  g->info.n_resamples = g->resample.n_surrogates + g->resample.n_bootstrap;
  if (g->resample.n_surrogates > 0) {
    PetscCall(PetscCalloc1(PetscMax(1, entries), &done.count));
  }
  if (done.most > 0) {
    PetscCall(PetscCalloc1(PetscMax(1, entries * done.most), &done.values));
  }
  status = run_both(g, activity, resumes, &done);
  if (!status) {
    fill_matrices(g, &done);
    g->info.resample_s = done.seconds + MPI_Wtime() - done.start_s;
  }
  PetscCall(PetscFree(done.count));
  PetscCall(PetscFree(done.values));
  PetscFunctionReturn(status);
}

PetscErrorCode GrangerCheckResample(Granger g, Activity activity)
{
  const int64_t order = GrangerReach(g);
  Recipe recipe;

  PetscFunctionBegin;
  if (g->resample.n_surrogates > 0) {
    PetscCall(SurrogateSetUp(&g->resample, activity, order, &recipe));
    PetscCall(RecipeFree(&recipe));
  }
  if (g->resample.n_bootstrap > 0) {
    PetscCall(BootstrapSetUp(&g->resample, activity, order, &recipe));
    PetscCall(RecipeFree(&recipe));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ResamplingKeep(void *resampling, Snapshot s)
{
  Resampling *r = resampling;
  const Partition *part = r->partition;
  const int64_t n = part->n_global, dims[3] = {n, n, r->most};
  const int64_t first[3] = {part->first, 0, 0}, count[3] = {part->n_local, n, r->most};

  PetscFunctionBegin;
  PetscCall(SnapshotInteger(s, "surrogates", &r->n_surrogates));
  PetscCall(SnapshotInteger(s, "bootstrap", &r->n_bootstrap));
  if (SnapshotPrepares(s)) {
    r->seconds += MPI_Wtime() - r->start_s;
    r->start_s = MPI_Wtime();
  }
  PetscCall(SnapshotReal(s, "seconds", &r->seconds));
  if (r->n_surrogates > 0) {
    PetscCall(
        SnapshotArray(s, "count", "1", DATA_FLOAT64, 2, dims, first, count, PETSC_TRUE, r->count));
  }
  if (r->n_bootstrap > 0) {
    PetscCall(SnapshotArray(s, "values", "1", DATA_FLOAT32, 3, dims, first, count, PETSC_TRUE,
                            r->values));
  }
  PetscFunctionReturn(0);
}

const GrangerScore *GrangerResampledScore(Granger g, int k)
{
  static const GrangerScore scores[N_RESAMPLED] = {
      [RESAMPLED_P] =
          {.info = {.reading = "surrogate_p_value",
                    .description =
                        "1 + surrogates whose gc is not smaller, over 1 + all surrogates",
                    .role = ROLE_P_VALUE,
                    .sense = SENSE_SMALLER}},
      [RESAMPLED_LOW] = {.info = {.reading = "gc_low",
                                  .description = "lower end of the bootstrap interval of gc",
                                  .role = ROLE_INTERVAL}},
      [RESAMPLED_HIGH] = {.info = {.reading = "gc_high",
                                   .description = "upper end of the bootstrap interval of gc",
                                   .role = ROLE_INTERVAL}}};
  const int64_t n = k == RESAMPLED_P ? g->resample.n_surrogates : g->resample.n_bootstrap;

  return n > 0 ? &scores[k] : NULL;
}

PetscErrorCode GrangerNoteResamples(Granger g, Causality causality)
{
  const ResampleOptions *o = &g->resample;
  static const char *const types[] = {
      [SURROGATE_SHIFT] = "every series rotated in time by itself",
      [SURROGATE_PERMUTE] = "blocks of every series permuted by themselves",
      [SURROGATE_INTERVAL_JITTER] = "every spike at a random place of its window",
      [SURROGATE_SPIKE_JITTER] = "every spike displaced at random",
      [SURROGATE_LOCAL_PERMUTE] = "samples of every window permuted by themselves"};

  PetscFunctionBegin;
  if (o->n_surrogates > 0) {
    PetscCall(CausalityNote(causality, granger_method, "surrogates", (double)o->n_surrogates));
    PetscCall(CausalityNoteText(causality, granger_method, "surrogate_type", types[o->type]));
  }
  if (o->n_bootstrap > 0) {
    PetscCall(
        CausalityNote(causality, granger_method, "bootstrap_resamples", (double)o->n_bootstrap));
    PetscCall(
        CausalityNoteText(causality, granger_method, "bootstrap_interval", BootstrapIntervalName));
  }
  if (o->n_bootstrap > 0 || (o->n_surrogates > 0 && o->type == SURROGATE_PERMUTE)) {
    PetscCall(
        CausalityNote(causality, granger_method, "block_samples", (double)g->info.resample_block));
  }
  PetscFunctionReturn(0);
}
