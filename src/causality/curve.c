/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Points of the curves of a score, thinned on each rank so that no rank ever holds all pairs. */
#include "score_groups.h"

/* Number of equal parts of the path along the sorted pairs, on which edges and other pairs weigh one half each; each part
   has a point. */
enum { PARTS = 200 };

typedef struct {
  double threshold;
  int64_t edges, nonedges; /* pairs at or above the threshold */
} Point;

/* The part of the path that these numbers of pairs reach. */
static int64_t part_of(int64_t edges, int64_t nonedges, const int64_t total[2])
{
  return (int64_t)((double)PARTS *
                   ((double)edges / (double)total[0] + (double)nonedges / (double)total[1]));
}

/* From the highest score of this rank down: a point before each step into another part. */
static int64_t find_points(int64_t n, const ScoreGroup *groups, const int64_t below[2],
                           const int64_t total[2], Point *points)
{
  int64_t above[2] = {total[0] - below[0], total[1] - below[1]}, n_points = 0, before;

  for (int64_t k = 0; k < n; k++) {
    above[0] -= groups[k].edges;
    above[1] -= groups[k].nonedges;
  }
  before = part_of(above[0], above[1], total);
  for (int64_t k = n - 1; k >= 0; k--) {
    int64_t part;

    above[0] += groups[k].edges;
    above[1] += groups[k].nonedges;
    part = part_of(above[0], above[1], total);
    if (part != before) {
      points[n_points++] = (Point){groups[k].score, above[0], above[1]};
      before = part;
    }
  }
  return n_points;
}

PetscErrorCode CurveMake(const Partition *part, int64_t n, const ScoreGroup *groups,
                         const int64_t below[2], const int64_t total[2], EvaluationCurve *curve)
{
  const int bytes = (int)sizeof(Point);
  int *counts, *at, n_mine, n_all = 0;
  Point mine[2 * PARTS + 2], *all;

  PetscFunctionBegin;
  *curve = (EvaluationCurve){0, NULL};
  if (total[0] == 0 || total[1] == 0) {
    PetscFunctionReturn(0);
  }
  n_mine = bytes * (int)find_points(n, groups, below, total, mine);
  PetscCall(PetscMalloc2(part->size, &counts, part->size, &at));
  PetscCallMPI(MPI_Allgather(&n_mine, 1, MPI_INT, counts, 1, MPI_INT, part->comm));
  for (int rank = part->size - 1; rank >= 0; rank--) { /* the last rank has the highest scores */
    at[rank] = n_all;
    n_all += counts[rank];
  }
  PetscCall(PetscMalloc1(n_all / bytes, &all));
  PetscCallMPI(MPI_Allgatherv(mine, n_mine, MPI_BYTE, all, counts, at, MPI_BYTE, part->comm));
  curve->n = n_all / bytes;
  PetscCall(PetscMalloc1(CURVE_COLUMNS * curve->n, &curve->points));
  for (int64_t k = 0; k < curve->n; k++) {
    double *p = curve->points + CURVE_COLUMNS * k;

    p[CURVE_THRESHOLD] = all[k].threshold;
    p[CURVE_FALSE_POSITIVE] = (double)all[k].nonedges / (double)total[1];
    p[CURVE_TRUE_POSITIVE] = (double)all[k].edges / (double)total[0];
    p[CURVE_PRECISION] = (double)all[k].edges / (double)(all[k].edges + all[k].nonedges);
  }
  PetscCall(PetscFree(all));
  PetscCall(PetscFree2(counts, at));
  PetscFunctionReturn(0);
}

PetscErrorCode EvaluationCurveDestroy(EvaluationCurve *curve)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(curve->points));
  curve->n = 0;
  PetscFunctionReturn(0);
}
