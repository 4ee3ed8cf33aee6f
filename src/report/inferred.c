/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What a report tells of scores, found in passes over the file: never a matrix of all neurons in memory. */
#include "figures.h"

#include "causeway/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void allocate(const RunFiles *run, Inferred *f)
{
  f->cells = (int)PetscMin(run->n, MOST_CELLS);
  f->sum = MemoryGrow(NULL, (int64_t)f->cells * f->cells, sizeof(double));
  f->strength = MemoryGrow(NULL, run->n, sizeof(double));
  f->in_degree = MemoryGrow(NULL, run->n, sizeof(int64_t));
  f->out_degree = MemoryGrow(NULL, run->n, sizeof(int64_t));
  memset(f->sum, 0, (size_t)f->cells * (size_t)f->cells * sizeof(double));
  memset(f->strength, 0, (size_t)run->n * sizeof(double));
  memset(f->in_degree, 0, (size_t)run->n * sizeof(int64_t));
  memset(f->out_degree, 0, (size_t)run->n * sizeof(int64_t));
  f->n_significant = -1;
}

void InferredFree(Inferred *f)
{
  free(f->sum);
  free(f->strength);
  free(f->in_degree);
  free(f->out_degree);
  free(f->pairs);
}

static double *cell_of(Inferred *f, int64_t n, int64_t source, int64_t target)
{
  return &f->sum[target * f->cells / n * f->cells + source * f->cells / n];
}

typedef struct {
  const RunFiles *run;
  Inferred *f;
} Pass;

static void add_edge(const Pass *pass, const Pair *pair)
{
  Inferred *f = pass->f;

  f->n_edges++;
  f->out_degree[pair->source]++;
  f->in_degree[pair->target]++;
  if (pass->run->n <= FEW_NEURONS) {
    f->pairs = MemoryGrow(f->pairs, f->n_pairs + 1, sizeof(Pair));
    f->pairs[f->n_pairs++] = *pair;
  }
}

static void take_score(void *context, const Pair *pair)
{
  const Pass *pass = context;
  Inferred *f = pass->f;

  f->strength[pair->source] += fabs(pair->score);
  f->has_signs = f->has_signs || pair->sign < 0 ? PETSC_TRUE : PETSC_FALSE;
  *cell_of(f, pass->run->n, pair->source, pair->target) +=
      fabs(pair->score) * (pair->sign < 0 ? -1 : 1);
  if (isfinite(pair->p_value)) {
    f->has_p_values = PETSC_TRUE;
    f->p_counts[(int)PetscMax(0, PetscMin(P_BINS - 1, pair->p_value * P_BINS))]++;
  }
}

static void take_edge(void *context, const Pair *pair)
{
  add_edge(context, pair);
}

PetscErrorCode InferredFind(const RunFiles *run, const Reading *reading, int64_t n_true,
                            Inferred *f)
{
  Selection selection = {SELECT_DEFAULT, 0};
  Pass pass = {run, f};
  char path[PETSC_MAX_PATH_LEN];
  PetscErrorCode status;
  Scores scores;

  *f = (Inferred){.reading = reading};
  allocate(run, f);
  PathPrint(path, "/%s/%s", reading->method, reading->reading);
  status = ScoresOpen(run->causality, path, SENSE_UNKNOWN, &scores);
  if (!status && scores.n != run->n) {
    status = UserError("%s:%s: is of %lld neurons, the other scores are of %lld", run->causality,
                       path, (long long)scores.n, (long long)run->n);
  }
  f->has_signs = !status && scores.dataset[COLUMN_EFFECT] >= 0 ? PETSC_TRUE : PETSC_FALSE;
  status = status ? status : ScoresVisit(&scores, take_score, &pass);
  status = status ? status : SelectionSetUp(&selection, &scores);
  if (!status && selection.rule == SELECT_TOP) {
    selection.k = n_true >= 0 ? PetscMax(n_true, 1) : PetscMin(selection.k, run->n * (run->n - 1));
  }
  if (!status) {
    status = SelectionVisit(&selection, &scores, take_edge, &pass);
    f->n_significant = selection.rule == SELECT_SIGNIFICANT ? f->n_edges : -1;
  }
  ScoresClose(&scores);
  return status;
}

static void take_true(void *context, int64_t source, int64_t target, int sign)
{
  const Pass *pass = context;
  const Pair pair = {.source = source, .target = target, .score = 1, .sign = sign};

  *cell_of(pass->f, pass->run->n, source, target) += sign;
  pass->f->strength[source] += 1;
  pass->f->has_signs = pass->f->has_signs || sign < 0 ? PETSC_TRUE : PETSC_FALSE;
  add_edge(pass, &pair);
}

PetscErrorCode TruthFind(const RunFiles *run, Inferred *truth)
{
  Pass pass = {run, truth};

  *truth = (Inferred){.reading = NULL};
  allocate(run, truth);
  return EdgesVisit(run, take_true, &pass);
}
