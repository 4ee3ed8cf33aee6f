/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Solutions of many activities that are made at random from one, spread over the ranks. */
#include "granger_impl.h"

#include "causeway/error.h"
#include "causeway/log.h"

#include <math.h>
#include <string.h>

/* Who solves a resample: each rank one of its own, when that is small, or all ranks together. */
typedef struct {
  Granger g;                /* of the run; borrowed */
  struct _p_Granger solver; /* the same for one resample, without a voice */
  const Partition *part;    /* rows of the results */
  PetscBool alone;
  Activity original, resampled; /* of the ranks that solve a resample; original may be borrowed */
  double *gc, *f;               /* (n_local targets of theirs, N) of one resample */
  double *rows;                 /* (ranks, n_local, N) of one resample of each rank; when alone */
  int *counts[4];               /* sent and where, received and where; when alone */
} Crew;

/* Takes the causality of a resample, (n_local, N). */
typedef void (*Take)(Resampling *done, const double *estimate, int64_t resample, const double *gc);

/* Numbers that the fullest rank holds of resamples that are solved on so many ranks: a resample, in which blocks
   of the bootstrap bring their lags along; its solution; two matrices of it. */
static double solver_numbers(Granger g, int ranks, int64_t n, int64_t t)
{
  const double p = (double)GrangerHighestOrder(g), block = (double)g->resample.block;
  const double longer = g->resample.n_bootstrap > 0 ? 1.0 + (block > 0 ? p / block : 0.25) : 1.0;

  return ceil((double)n / ranks) * ((double)t * longer + 2.0 * (double)n) +
         GrangerSolveNumbers(g, ranks, n, t);
}

/* Beside that, the whole activity and rows of as many resamples as there are ranks. */
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

/* A solver that repeats what was done, at the same order and penalty, and says nothing. */
static struct _p_Granger quiet_copy(Granger g, MPI_Comm comm)
{
  struct _p_Granger copy = *g;

  copy.comm = comm;
  copy.quiet = PETSC_TRUE;
  copy.checkpoint = NULL;
  copy.resampling = NULL;
  copy.criterion = ORDER_GIVEN;
  copy.order = g->info.order;
  copy.estimator = g->used;
  copy.lambda = g->info.lambda;
  for (int k = 0; k < N_STATISTICS; k++) {
    copy.wants[k] = k == STATISTIC_DUAL ? PETSC_TRUE : PETSC_FALSE;
  }
  return copy;
}

/* The whole activity on every rank. */
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
  c->solver = quiet_copy(g, comm);
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

/* gc of one resample */
static PetscErrorCode solve_one(Crew *c, const Recipe *recipe, int64_t resample)
{
  GrangerMatrices m = {.gc = c->gc, .f_statistic = c->f};
  char reason[PETSC_MAX_PATH_LEN];
  PetscErrorCode status;
  double *values;

  PetscFunctionBegin;
  PetscCall(ActivityAllocate(c->resampled, c->part->n_global, recipe->n_samples, &values));
  PetscCall(ActivitySetSegments(c->resampled, recipe->n_segments, recipe->segments));
  PetscCall(recipe->make(recipe, c->original, resample, values));
  status = GrangerSolveMatrices(&c->solver, c->resampled, PETSC_FALSE, &m);
  if (status == CAUSEWAY_ERR_USER) {
    PetscCall(PetscStrncpy(reason, UserErrorMessage(), sizeof(reason)));
    status = UserError("%s %lld cannot be solved: %s", recipe->what, (long long)resample, reason);
  }
  PetscFunctionReturn(status);
}

/* Every rank gives the rows of its resample, when it has one, to their owners. */
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

/* As many resamples from `first` on as are solved at once; *next is the one after them. */
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

static void fill_matrices(Granger g, const Resampling *done, GrangerMatrices *m)
{
  const Partition *part = done->partition;

  for (int64_t at = 0; at < part->n_local * part->n_global; at++) {
    const PetscBool pair =
        at % part->n_global != part->first + at / part->n_global ? PETSC_TRUE : PETSC_FALSE;

    if (done->count) {
      m->surrogate_p[at] =
          pair ? (1.0 + done->count[at]) / (double)(g->resample.n_surrogates + 1) : 1.0;
    }
    if (done->values && pair) {
      double interval[2];

      BootstrapInterval(done->most, done->values + at * done->most, m->gc[at], 1.0 - g->level,
                        interval);
      m->gc_low[at] = interval[0];
      m->gc_high[at] = interval[1];
    }
  }
}

static PetscErrorCode run_both(Granger g, Activity activity, PetscBool resumes, Resampling *done,
                               GrangerMatrices *m)
{
  const ResampleOptions *o = &g->resample;
  PetscErrorCode status;
  Recipe recipe;
  Crew crew;

  PetscFunctionBegin;
  PetscCall(crew_create(g, activity, done->partition, &crew));
  status = resumes ? GrangerResume(g) : 0;
  if (!status && o->n_surrogates > 0) {
    PetscCall(SurrogateSetUp(o, activity, g->info.order, &recipe));
    status = run(&crew, &recipe, m->gc, count_surrogate, done, &done->n_surrogates);
  }
  if (!status && o->n_bootstrap > 0) {
    PetscCall(BootstrapSetUp(o, activity, g->info.order, &recipe));
    status = run(&crew, &recipe, m->gc, store_bootstrap, done, &done->n_bootstrap);
  }
  PetscCall(crew_free(&crew));
  PetscFunctionReturn(status);
}

PetscErrorCode GrangerResample(Granger g, Activity activity, PetscBool resumes,
                               const Partition *part, GrangerMatrices *m)
{
  const int64_t entries = part->n_local * part->n_global;
  Resampling done = {.partition = part, .start_s = MPI_Wtime(), .most = g->resample.n_bootstrap};
  PetscErrorCode status;

  PetscFunctionBegin;
  if (g->resample.n_surrogates + g->resample.n_bootstrap == 0) {
    PetscFunctionReturn(0);
  }
  g->info.resample_block = ResampleBlock(&g->resample, activity, g->info.order);
  g->info.n_resamples = g->resample.n_surrogates + g->resample.n_bootstrap;
  if (g->resample.n_surrogates > 0) {
    PetscCall(PetscCalloc1(PetscMax(1, entries), &done.count));
  }
  if (done.most > 0) {
    PetscCall(PetscCalloc1(PetscMax(1, entries * done.most), &done.values));
  }
  g->resampling = &done;
  status = run_both(g, activity, resumes, &done, m);
  g->resampling = NULL;
  if (!status) {
    fill_matrices(g, &done, m);
    g->info.resample_s = done.seconds + MPI_Wtime() - done.start_s;
  }
  PetscCall(PetscFree(done.count));
  PetscCall(PetscFree(done.values));
  PetscFunctionReturn(status);
}

PetscErrorCode GrangerCheckResample(Granger g, Activity activity)
{
  const int64_t order = GrangerHighestOrder(g);
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

PetscErrorCode ResamplingKeep(Resampling *r, Snapshot s)
{
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
