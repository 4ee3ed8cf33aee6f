/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sparse_impl.h"

#include "causeway/error.h"

#include <math.h>
#include <stdlib.h>

typedef struct {
  int64_t n, room;
  SparsePair *pairs;
  double least_f; /* of KEEP_TOP, once there are k pairs */
} Row;

/* Number of octaves of p-values below the level. */
enum { N_OCTAVES = 1000 };

struct _p_SparseScores {
  Partition partition;
  SparseRule rule;
  int64_t k, most, n_held;
  double level, n_pairs;
  int octave;                 /* p-values above its upper end are only counted */
  int64_t dropped[N_OCTAVES]; /* pairs dropped for lack of room, by octave */
  PetscBool finished;
  SparseOutcome outcome;
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
  s->n_pairs = (double)n_global * (double)(n_global - 1);
  s->outcome.largest_p = 1.0;
  s->most = most > 0 ? most : MOST_CANDIDATES;
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

void SparseScoresSetPairs(SparseScores s, int64_t n_pairs)
{
  s->n_pairs = (double)n_pairs;
}

void SparseScoresLimits(SparseScores s, int64_t row, double *least_f, double *largest_p)
{
  *least_f = s->rows[row].least_f;
  *largest_p = s->rule == KEEP_TOP ? 1.0 : s->level;
}

/* Octave k, (level 2^-(k+1), level 2^-k], of a p-value; the last octave holds all smaller ones. */
static int find_octave(SparseScores s, double p_value)
{
  const double fraction = p_value / s->level;
  int exponent;

  if (fraction < ldexp(1.0, 1 - N_OCTAVES)) {
    return N_OCTAVES - 1;
  }
  return frexp(fraction, &exponent) == 0.5 ? 1 - exponent : -exponent;
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

/* Drops stored pairs whose p-value is above the given one. */
static void drop_above(SparseScores s, double p_value, PetscBool counts)
{
  s->n_held = 0;
  for (int64_t i = 0; i < s->partition.n_local; i++) {
    Row *row = &s->rows[i];
    int64_t kept = 0;

    for (int64_t j = 0; j < row->n; j++) {
      if (row->pairs[j].p_value <= p_value) {
        row->pairs[kept++] = row->pairs[j];
      } else if (counts) {
        s->dropped[find_octave(s, row->pairs[j].p_value)]++;
      }
    }
    row->n = kept;
    s->n_held += kept;
  }
}

static double upper_end(SparseScores s, int octave)
{
  return ldexp(s->level, -octave);
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
  while (s->n_held >= s->most && s->octave < N_OCTAVES - 1) {
    s->octave++;
    drop_above(s, upper_end(s, s->octave), PETSC_TRUE);
  }
  if (row->n >= row->room) {
    row->room = 2 * row->room + 8;
    PetscCall(PetscRealloc((size_t)row->room * sizeof(SparsePair), &row->pairs));
  }
  PetscFunctionReturn(0);
}

/* Whether a candidate has no room; it is then counted. */
static PetscBool is_dropped(SparseScores s, double p_value)
{
  const int octave = find_octave(s, p_value);

  if (octave >= s->octave && s->n_held < s->most) {
    return PETSC_FALSE;
  }
  s->dropped[octave]++;
  return PETSC_TRUE;
}

PetscErrorCode SparseScoresPut(SparseScores s, int64_t i, const SparsePair *pair)
{
  Row *row = &s->rows[i];

  PetscFunctionBegin;
  if (pair->source == s->partition.first + i || pair->f_statistic < row->least_f ||
      (s->rule == KEEP_SIGNIFICANT && !(pair->p_value <= s->level))) {
    PetscFunctionReturn(0);
  }
  if (row->n >= row->room || s->n_held >= s->most) {
    PetscCall(make_room(s, row));
  }
  if (s->rule == KEEP_SIGNIFICANT && is_dropped(s, pair->p_value)) {
    PetscFunctionReturn(0);
  }
  row->pairs[row->n++] = *pair;
  s->n_held += s->rule == KEEP_SIGNIFICANT;
  PetscFunctionReturn(0);
}

/* Number of dropped pairs that may be significant: those up to the largest octave with enough p-values. `admitted`: octaves
   of which all pairs are certainly significant, so that all stored pairs are. */
static int64_t count_missing(SparseScores s, int64_t n_held, const int64_t dropped[],
                             double n_pairs, PetscBool *admitted)
{
  int64_t missing = 0, found = 0;

  *admitted = s->level * (double)n_held >= upper_end(s, s->octave) * n_pairs;
  for (int k = N_OCTAVES - 1; k >= 0; k--) {
    const double limit = s->level * (double)(n_held + (missing += dropped[k])) / n_pairs;

    if (dropped[k] > 0 && limit > upper_end(s, k + 1)) {
      found = missing;
      *admitted = *admitted || limit >= upper_end(s, k);
    }
  }
  return found;
}

/* Applies the step-up rule of MultiplicityMask() to the candidates: the list shrinks to the largest fixed point. */
static PetscErrorCode step_up(SparseScores s)
{
  const double n_pairs = PetscMax(1.0, s->n_pairs);
  int64_t count = -1, next, *dropped;
  PetscBool admitted;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &s->octave, 1, MPI_INT, MPI_MAX, s->partition.comm));
  s->outcome.largest_p = upper_end(s, s->octave);
  drop_above(s, s->outcome.largest_p, PETSC_TRUE);
  PetscCallMPI(MPI_Allreduce(&s->n_held, &next, 1, MPI_INT64_T, MPI_SUM, s->partition.comm));
  PetscCall(PetscMalloc1(N_OCTAVES, &dropped));
  PetscCallMPI(
      MPI_Allreduce(s->dropped, dropped, N_OCTAVES, MPI_INT64_T, MPI_SUM, s->partition.comm));
  s->outcome.n_missing = count_missing(s, next, dropped, n_pairs, &admitted);
  PetscCall(PetscFree(dropped));
  while (!admitted && next != count) {
    count = next;
    s->outcome.largest_p = s->level * (double)count / n_pairs;
    drop_above(s, s->outcome.largest_p, PETSC_FALSE);
    PetscCallMPI(MPI_Allreduce(&s->n_held, &next, 1, MPI_INT64_T, MPI_SUM, s->partition.comm));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode SparseScoresFinish(SparseScores s, SparseOutcome *outcome)
{
  int64_t mine = 0;

  PetscFunctionBegin;
  if (!s->finished && s->rule == KEEP_SIGNIFICANT) {
    PetscCall(step_up(s));
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
  PetscCallMPI(
      MPI_Allreduce(&mine, &s->outcome.n_kept, 1, MPI_INT64_T, MPI_SUM, s->partition.comm));
  s->finished = PETSC_TRUE;
  *outcome = s->outcome;
  PetscFunctionReturn(0);
}

SparseOutcome *SparseScoresOutcome(SparseScores s)
{
  return &s->outcome;
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
  s->finished = PETSC_TRUE;
  *pairs = row->pairs;
  PetscFunctionReturn(0);
}
