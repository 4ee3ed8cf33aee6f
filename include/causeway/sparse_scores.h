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

/* What a rule has come to. */
typedef struct {
  int64_t n_kept; /* pairs on all ranks */
  int64_t
      n_missing; /* of KEEP_SIGNIFICANT: further pairs that may be significant too, at most, and found no room */
  double largest_p; /* of KEEP_SIGNIFICANT: p-values above are not kept; else 1 */
} SparseOutcome;

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

/* Pairs that have a p-value, on all ranks, unless all N (N - 1) have. Others may be handed in with NaN: they are never
   significant. Not collective. */
void SparseScoresSetPairs(SparseScores scores, int64_t n_pairs);

/*@
  SparseScoresLimits - pairs of a local row with a smaller F, or with a larger p-value, need not be handed in; the
  F rises as pairs come

  Not collective
@*/
void SparseScoresLimits(SparseScores scores, int64_t row, double *least_f, double *largest_p);

/* Hands in a pair of local target `row`, each at most once, in any order; the diagonal is left out. Not collective. */
PetscErrorCode SparseScoresPut(SparseScores scores, int64_t row, const SparsePair *pair);

/*@
  SparseScoresFinish - decides which pairs are kept

  Collective; of scores that were read, the outcome of the file
  With room for as many candidates as are significant the rule is exact. Where there is not, the smallest p-values
  are kept, all of them significant, and what may be missing is counted.
@*/
PetscErrorCode SparseScoresFinish(SparseScores scores, SparseOutcome *outcome);

const Partition *SparseScoresPartition(SparseScores scores);

/* Pairs of a local row, ascending by source, after SparseScoresFinish(); borrowed. Not collective. */
int64_t SparseScoresRow(SparseScores scores, int64_t row, const SparsePair **pairs);

/*@
  SparseScoresWrite - group `path` in compressed rows: row_offset (N + 1), source, gc, f_statistic, p_value; the
  outcome in attributes of row_offset
  SparseScoresRead - the same from a file; `scores` has its partition
  SparseScoresLoad - the same into new scores, destroyed by the caller

  Collective; every rank writes or reads its rows
  Errors: CAUSEWAY_ERR_USER naming file and dataset where it is not such a group
@*/
PetscErrorCode SparseScoresWrite(SparseScores scores, DataFile file, const char *path);
PetscErrorCode SparseScoresRead(SparseScores scores, DataFile file, const char *path);
PetscErrorCode SparseScoresLoad(MPI_Comm comm, DataFile file, const char *path,
                                SparseScores *scores);

#endif
