/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sparse_impl.h"

#include "causeway/error.h"

#include <stdlib.h>

typedef struct {
  int64_t n, room;
  SparsePair *pairs;
  double least_f; /* of KEEP_TOP, once there are k */
} Row;

struct _p_SparseScores {
  Partition partition;
  SparseRule rule;
  int64_t k, most, n_held;
  double level, largest_p;
  Row *rows; /* (n_local) */
};

PetscErrorCode SparseScoresCreate(MPI_Comm comm, int64_t n_global, SparseRule rule, int64_t k,
                                  double level, int64_t most, SparseScores *scores)
{
  enum { MOST_CANDIDATES = 1 << 25 };
  SparseScores s;

  PetscFunctionBegin;
  PetscCall(PetscNew(scores));
  s = *scores;
  PetscCall(PartitionMake(comm, n_global, &s->partition));
  s->rule = rule;
  s->k = k;
  s->level = level;
  s->most = most > 0 ? most : MOST_CANDIDATES;
  s->largest_p = rule == KEEP_TOP ? 1.0 : level;
  PetscCall(PetscCalloc1(s->partition.n_local, &s->rows));
  PetscFunctionReturn(0);
}

PetscErrorCode SparseScoresDestroy(SparseScores *scores)
{
  PetscFunctionBegin;
  if (*scores) {
    for (int64_t i = 0; i < (*scores)->partition.n_local; i++) {
      PetscCall(PetscFree((*scores)->rows[i].pairs));
    }
    PetscCall(PetscFree((*scores)->rows));
    PetscCall(PetscFree(*scores));
  }
  PetscFunctionReturn(0);
}

void SparseScoresLimits(SparseScores s, int64_t row, double *least_f, double *largest_p)
{
  *least_f = s->rows[row].least_f;
  *largest_p = s->largest_p;
}

static int by_strength(const void *a, const void *b)
{
  const SparsePair *x = a, *y = b;

  if (x->f_statistic != y->f_statistic) {
    return x->f_statistic > y->f_statistic ? -1 : 1;
  }
  return x->source < y->source ? -1 : x->source > y->source;
}

static int by_source(const void *a, const void *b)
{
  const SparsePair *x = a, *y = b;

  return x->source < y->source ? -1 : x->source > y->source;
}

static void keep_strongest(Row *row, int64_t k)
{
  if (row->n > k) {
    qsort(row->pairs, (size_t)row->n, sizeof(SparsePair), by_strength);
    row->n = k;
    row->least_f = row->pairs[k - 1].f_statistic;
  }
}

static void drop_above(SparseScores s, double p_value)
{
  s->n_held = 0;
  for (int64_t i = 0; i < s->partition.n_local; i++) {
    Row *row = &s->rows[i];
    int64_t kept = 0;

    for (int64_t j = 0; j < row->n; j++) {
      if (row->pairs[j].p_value <= p_value) {
        row->pairs[kept++] = row->pairs[j];
      }
    }
    row->n = kept;
    s->n_held += kept;
  }
}

static PetscErrorCode make_room(SparseScores s, Row *row)
{
  PetscFunctionBegin;
  if (s->rule == KEEP_TOP) {
    if (row->room == 0) {
      row->room = 2 * s->k;
      PetscCall(PetscMalloc1(row->room, &row->pairs));
    }
    keep_strongest(row, s->k);
    PetscFunctionReturn(0);
  }
  while (s->n_held >= s->most) { /* every candidate that is held counts, so half the level does */
    s->largest_p *= 0.5;
    drop_above(s, s->largest_p);
  }
  if (row->n >= row->room) {
    row->room = 2 * row->room + 8;
    PetscCall(PetscRealloc((size_t)row->room * sizeof(SparsePair), &row->pairs));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode SparseScoresPut(SparseScores s, int64_t i, const SparsePair *pair)
{
  Row *row = &s->rows[i];

  PetscFunctionBegin;
  if (pair->source == s->partition.first + i || pair->f_statistic < row->least_f ||
      pair->p_value > s->largest_p) {
    PetscFunctionReturn(0);
  }
  if (row->n >= row->room || s->n_held >= s->most) {
    PetscCall(make_room(s, row));
    if (pair->p_value > s->largest_p) {
      PetscFunctionReturn(0);
    }
  }
  row->pairs[row->n++] = *pair;
  s->n_held += s->rule == KEEP_SIGNIFICANT;
  PetscFunctionReturn(0);
}

/* The step-up rule of MultiplicityMask() from the candidates: the list shrinks to the largest fixed point. */
static PetscErrorCode step_up(SparseScores s, double *cut_at)
{
  const double n_pairs = (double)s->partition.n_global * (double)(s->partition.n_global - 1);
  double threshold;
  int64_t count, next;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Allreduce(&s->largest_p, &threshold, 1, MPI_DOUBLE, MPI_MIN, s->partition.comm));
  s->largest_p = threshold;
  drop_above(s, threshold);
  PetscCallMPI(MPI_Allreduce(&s->n_held, &count, 1, MPI_INT64_T, MPI_SUM, s->partition.comm));
  *cut_at = threshold < s->level ? threshold : 1.0;
  /* when what is left would admit all of it and more, it is kept as it is */
  while (s->level * (double)count / PetscMax(1.0, n_pairs) <= threshold) {
    drop_above(s, s->level * (double)count / PetscMax(1.0, n_pairs));
    PetscCallMPI(MPI_Allreduce(&s->n_held, &next, 1, MPI_INT64_T, MPI_SUM, s->partition.comm));
    if (next == count) {
      break;
    }
    count = next;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode SparseScoresFinish(SparseScores s, int64_t *count, double *cut_at)
{
  int64_t mine = 0;

  PetscFunctionBegin;
  *cut_at = 1.0;
  if (s->rule == KEEP_SIGNIFICANT) {
    PetscCall(step_up(s, cut_at));
  }
  for (int64_t i = 0; i < s->partition.n_local; i++) {
    Row *row = &s->rows[i];

    if (s->rule == KEEP_TOP) {
      keep_strongest(row, s->k);
    }
    if (row->n > 0) {
      qsort(row->pairs, (size_t)row->n, sizeof(SparsePair), by_source);
    }
    mine += row->n;
  }
  PetscCallMPI(MPI_Allreduce(&mine, count, 1, MPI_INT64_T, MPI_SUM, s->partition.comm));
  PetscFunctionReturn(0);
}

const Partition *SparseScoresPartition(SparseScores s)
{
  return &s->partition;
}

int64_t SparseScoresRow(SparseScores s, int64_t row, const SparsePair **pairs)
{
  *pairs = s->rows[row].pairs;
  return s->rows[row].n;
}

PetscErrorCode SparseScoresReserve(SparseScores s, int64_t i, int64_t n, SparsePair **pairs)
{
  Row *row = &s->rows[i];

  PetscFunctionBegin;
  PetscCall(PetscFree(row->pairs));
  PetscCall(PetscMalloc1(n, &row->pairs));
  row->n = row->room = n;
  *pairs = row->pairs;
  PetscFunctionReturn(0);
}
