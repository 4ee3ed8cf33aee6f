/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SPARSE_IMPL_H
#define CAUSEWAY_SPARSE_IMPL_H

#include "causeway/sparse_scores.h"

/* The outcome, which a file's reader sets and its writer stores; borrowed. Not collective. */
SparseOutcome *SparseScoresOutcome(SparseScores scores);

/* Makes room for `n` pairs of a local row, which the caller fills. Not collective. */
PetscErrorCode SparseScoresReserve(SparseScores scores, int64_t row, int64_t n, SparsePair **pairs);

#endif
