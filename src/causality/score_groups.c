/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "score_groups.h"

#include "causeway/internal/parallel/exchange.h"

#include <math.h>
#include <stdlib.h>

static int compare_groups(const void *a, const void *b)
{
  double x = ((const ScoreGroup *)a)->score, y = ((const ScoreGroup *)b)->score;

  return x < y ? -1 : x > y;
}

int64_t ScoreGroupsJoin(int64_t n, ScoreGroup *groups)
{
  int64_t last = 0;

  if (n == 0) {
    return 0;
  }
  qsort(groups, (size_t)n, sizeof(*groups), compare_groups);
  for (int64_t k = 1; k < n; k++) {
    if (groups[k].score == groups[last].score) {
      groups[last].edges += groups[k].edges;
      groups[last].nonedges += groups[k].nonedges;
    } else {
      groups[++last] = groups[k];
    }
  }
  return last + 1;
}

/* Chooses the borders between the ranks' shares of the scores from a regular sample of each rank's scores. */
static PetscErrorCode choose_borders(const Partition *part, int64_t n, const ScoreGroup *groups,
                                     double *borders)
{
  enum { MOST_SAMPLES = 64 };
  const int size = part->size;
  ScoreGroup *sample;
  double mine[MOST_SAMPLES], *all;
  int64_t total = 0, per_rank = PetscMin(size, MOST_SAMPLES);

  PetscFunctionBegin;
  /* a rank with too few groups pads with NaN, which is ignored */
  for (int64_t k = 0; k < per_rank; k++) {
    mine[k] = k < n ? groups[n >= per_rank ? n * k / per_rank : k].score : NAN;
  }
  PetscCall(PetscMalloc2(size * per_rank, &all, size * per_rank, &sample));
  PetscCallMPI(
      MPI_Allgather(mine, (int)per_rank, MPI_DOUBLE, all, (int)per_rank, MPI_DOUBLE, part->comm));
  for (int64_t k = 0; k < size * per_rank; k++) {
    if (!isnan(all[k])) {
      sample[total++] = (ScoreGroup){all[k], 0, 0};
    }
  }
  if (total > 0) {
    qsort(sample, (size_t)total, sizeof(*sample), compare_groups);
  }
  for (int64_t r = 0; r + 1 < size; r++) {
    borders[r] = total > 0 ? sample[total * (r + 1) / size].score : 0.0;
  }
  PetscCall(PetscFree2(all, sample));
  PetscFunctionReturn(0);
}

PetscErrorCode ScoreGroupsExchange(const Partition *part, int64_t n, const ScoreGroup *groups,
                                   int64_t *n_received, ScoreGroup **received)
{
  int64_t *send_count;
  double *borders;
  int owner = 0;

  PetscFunctionBegin;
  PetscCall(PetscCalloc2(part->size, &borders, part->size, &send_count));
  PetscCall(choose_borders(part, n, groups, borders));
  for (int64_t k = 0; k < n; k++) {
    while (owner + 1 < part->size && groups[k].score >= borders[owner]) {
      owner++;
    }
    send_count[owner]++;
  }
  PetscCall(
      ExchangeRecords(part->comm, sizeof(ScoreGroup), groups, send_count, n_received, received));
  PetscCall(PetscFree2(borders, send_count));
  *n_received = ScoreGroupsJoin(*n_received, *received);
  PetscFunctionReturn(0);
}
