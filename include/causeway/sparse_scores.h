/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SPARSE_SCORES_H
#define CAUSEWAY_SPARSE_SCORES_H

#include "causeway/datafile.h"
#include "causeway/partition.h"

/* The pairs worth keeping of an N x N matrix that is never whole: rows are targets, on the rank that owns them. */
typedef struct _p_SparseScores *SparseScores;

typedef struct {
  int64_t source;
  double gc, f_statistic, p_value;
} SparsePair;

typedef enum {
  KEEP_TOP, /* of each target the k sources with the largest F; the smaller source of equal ones */
  KEEP_SIGNIFICANT /* the pairs that Benjamini and Hochberg's rule over all N (N - 1) calls significant */
} SparseRule;

/*@
  SparseScoresCreate - nothing is kept yet; destroyed with SparseScoresDestroy()

  Collective
  Input: k     - of KEEP_TOP
         level - of KEEP_SIGNIFICANT, false-discovery rate
         most  - of KEEP_SIGNIFICANT, candidates that a rank may hold; 0 for 2^25
  Memory: 64 k bytes for each local target, or 32 `most`
@*/
PetscErrorCode SparseScoresCreate(MPI_Comm comm, int64_t n_global, SparseRule rule, int64_t k,
                                  double level, int64_t most, SparseScores *scores);
PetscErrorCode SparseScoresDestroy(SparseScores *scores);

/*@
  SparseScoresLimits - pairs of a local row with a smaller F, or with a larger p-value, need not be handed in; both
  tighten as pairs come

  Not collective
@*/
void SparseScoresLimits(SparseScores scores, int64_t row, double *least_f, double *largest_p);

/* Hands in a pair of local target `row`, each at most once, in any order; the diagonal is left out. Not collective. */
PetscErrorCode SparseScoresPut(SparseScores scores, int64_t row, const SparsePair *pair);

/*@
  SparseScoresFinish - decides which pairs are kept

  Collective
  Output: count  - pairs kept on all ranks
          cut_at - 1, or the p-value above which candidates had to be dropped: should very many pairs lie between it
                   and the level, some that the rule would have kept are missing; those kept are significant
@*/
PetscErrorCode SparseScoresFinish(SparseScores scores, int64_t *count, double *cut_at);

const Partition *SparseScoresPartition(SparseScores scores);

/* Pairs of a local row, ascending by source, after SparseScoresFinish(); borrowed. Not collective. */
int64_t SparseScoresRow(SparseScores scores, int64_t row, const SparsePair **pairs);

/*@
  SparseScoresWrite - group `path` in compressed rows: row_offset (N + 1), source, gc, f_statistic, p_value
  SparseScoresRead - the same from a file; `scores` has its partition

  Collective; every rank writes or reads its rows
@*/
PetscErrorCode SparseScoresWrite(SparseScores scores, DataFile file, const char *path);
PetscErrorCode SparseScoresRead(SparseScores scores, DataFile file, const char *path);

#endif
