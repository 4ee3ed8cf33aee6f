/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SPARSE_SCORES_H
#define CAUSEWAY_SPARSE_SCORES_H

#include "causeway/datafile.h"
#include "causeway/declare.h"
#include "causeway/partition.h"
#include "causeway/score_sense.h"

CAUSEWAY_BEGIN_DECLARATIONS

/* A selection of pairs of an N x N matrix that is never stored whole. Rows are targets, on the rank that owns them. */
typedef struct _p_SparseScores *SparseScores;

typedef struct {
  int64_t source;
  double gc, f_statistic, p_value;
} SparsePair;

typedef enum {
  KEEP_TOP, /* for each target, the k sources with the largest F; on ties the lower source number */
  KEEP_SIGNIFICANT /* pairs that Benjamini and Hochberg's rule over all N (N - 1) finds significant */
} SparseRule;

/* Outcome of a rule. */
typedef struct {
  int64_t n_kept; /* pairs on all ranks */
  int64_t
      n_missing; /* KEEP_SIGNIFICANT: upper bound of the significant pairs lost for lack of room */
  double largest_p; /* KEEP_SIGNIFICANT: larger p-values are not kept; else 1 */
} SparseOutcome;

/*@
  SparseScoresCreate - creates an empty selection; destroyed with SparseScoresDestroy()

  Collective
  Input:  k     - for KEEP_TOP: pairs per target
          level - for KEEP_SIGNIFICANT: false-discovery rate
          most  - for KEEP_SIGNIFICANT: largest number of candidates on a rank; 0 for 2^25
  Cost:   64 k bytes per local target, or 32 `most` bytes
@*/
PetscErrorCode SparseScoresCreate(MPI_Comm comm, int64_t n_global, SparseRule rule, int64_t k,
                                  double level, int64_t most, SparseScores *scores);
PetscErrorCode SparseScoresDestroy(SparseScores *scores);

/* Sets the number of pairs with a p-value on all ranks; N (N - 1) by default. Pairs with a p-value of NaN may be put and are
   never significant. Not collective. */
void SparseScoresSetPairs(SparseScores scores, int64_t n_pairs);

/*@
  SparseScoresLimits - limits beyond which pairs need not be put: those with a smaller F or a larger p-value

  Not collective. The limit of F rises as pairs arrive.
  Input:  row - local target
@*/
void SparseScoresLimits(SparseScores scores, int64_t row, double *least_f, double *largest_p);

/* Puts a pair of local target `row`, each at most once, in any order; not the diagonal. Not collective. */
PetscErrorCode SparseScoresPut(SparseScores scores, int64_t row, const SparsePair *pair);

/*@
  SparseScoresFinish - decides which pairs are kept

  Collective. With room for all significant candidates the rule is exact. Otherwise the smallest p-values are kept, all of
  them significant, and the outcome counts the pairs that may be missing. Scores that were read have the outcome of their
  file.
@*/
PetscErrorCode SparseScoresFinish(SparseScores scores, SparseOutcome *outcome);

/* Layout of the targets over ranks; borrowed. Not collective. */
const Partition *SparseScoresPartition(SparseScores scores);

/* Number of pairs of a local row; `pairs` ascend by source and are borrowed. Call after SparseScoresFinish(). Not
   collective. */
int64_t SparseScoresRow(SparseScores scores, int64_t row, const SparsePair **pairs);

/*@
  SparseScoresWrite - writes group `path` in compressed rows: row_offset (N + 1), source, gc, f_statistic, p_value; the
                      outcome is stored as attributes of row_offset
  SparseScoresRead  - reads such a group into scores with the same partition
  SparseScoresLoad  - reads such a group into new scores; the caller destroys them

  Collective; every rank writes or reads its rows
  Input:  compared - describes the column by which pairs are ranked
  Errors: CAUSEWAY_ERR_USER with file and dataset when the group is not of this form
@*/
PetscErrorCode SparseScoresWrite(SparseScores scores, DataFile file, const char *path,
                                 const ScoreInfo *compared);
PetscErrorCode SparseScoresRead(SparseScores scores, DataFile file, const char *path);
PetscErrorCode SparseScoresLoad(MPI_Comm comm, DataFile file, const char *path,
                                SparseScores *scores);

CAUSEWAY_END_DECLARATIONS

#endif
