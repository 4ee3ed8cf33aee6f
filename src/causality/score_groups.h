/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SCORE_GROUPS_H
#define CAUSEWAY_SCORE_GROUPS_H

#include "causeway/evaluation.h"

/* All pairs with one score: the number of edges and of other pairs. */
typedef struct {
  double score;
  int64_t edges, nonedges;
} ScoreGroup;

/* Sorts by score and joins equal scores; returns the new number of groups. Not collective. */
int64_t ScoreGroupsJoin(int64_t n, ScoreGroup *groups);

/*@
  ScoreGroupsExchange - sends every group to the rank of its range of scores; equal scores meet on one rank

  Collective on the partition's communicator
  Input:  groups   - joined
  Output: received - joined, ascending also across ranks; freed by the caller with PetscFree()
@*/
PetscErrorCode ScoreGroupsExchange(const Partition *part, int64_t n, const ScoreGroup *groups,
                                   int64_t *n_received, ScoreGroup **received);

/*@
  CurveMake - computes the curve of groups that have been exchanged

  Collective on the partition's communicator
  Input: below - edges and other pairs on the ranks before this one
         total - edges and other pairs on all ranks
@*/
PetscErrorCode CurveMake(const Partition *part, int64_t n, const ScoreGroup *groups,
                         const int64_t below[2], const int64_t total[2], EvaluationCurve *curve);

#endif
