/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SPARSE_IMPL_H
#define CAUSEWAY_SPARSE_IMPL_H

#include "causeway/sparse_scores.h"

/* Where a file's outcome goes to, or comes from; borrowed. Not collective. */
SparseOutcome *SparseScoresOutcome(SparseScores scores);

/* A local row of `n` pairs, to be filled by the caller. Not collective. */
PetscErrorCode SparseScoresReserve(SparseScores scores, int64_t row, int64_t n, SparsePair **pairs);

#endif
