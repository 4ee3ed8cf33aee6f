/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Lists of segments. */
#include "activity_impl.h"

PetscErrorCode SegmentListDestroy(SegmentList *list)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(list->list));
  list->n = 0;
  PetscFunctionReturn(0);
}

PetscErrorCode SegmentListCopy(const SegmentList *from, SegmentList *to)
{
  PetscFunctionBegin;
  PetscCall(SegmentListDestroy(to));
  PetscCall(PetscMalloc1(from->n, &to->list));
  PetscCall(PetscArraycpy(to->list, from->list, from->n));
  to->n = from->n;
  PetscFunctionReturn(0);
}

/* Splits a segment at missing samples; returns the number of pieces, which are stored unless `to` is NULL. */
static int64_t split(Segment from, const unsigned char missing[], Segment *to)
{
  int64_t n = 0, first = from.first;

  for (int64_t t = from.first; t <= from.end; t++) {
    if (t == from.end || missing[t]) {
      if (t > first) {
        if (to) {
          to[n] = (Segment){first, t};
        }
        n++;
      }
      first = t + 1;
    }
  }
  return n;
}

PetscErrorCode SegmentListSplit(const SegmentList *from, const unsigned char missing[],
                                SegmentList *to)
{
  int64_t n = 0;

  PetscFunctionBegin;
  for (int64_t s = 0; s < from->n; s++) {
    n += split(from->list[s], missing, NULL);
  }
  PetscCall(SegmentListDestroy(to));
  PetscCall(PetscMalloc1(n, &to->list));
  for (int64_t s = 0; s < from->n; s++) {
    to->n += split(from->list[s], missing, to->list + to->n);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode SegmentListSelect(const SegmentList *from, Segment window, SegmentList *to)
{
  PetscFunctionBegin;
  PetscCall(SegmentListDestroy(to));
  PetscCall(PetscMalloc1(from->n, &to->list));
  for (int64_t s = 0; s < from->n; s++) {
    const int64_t first = PetscMax(from->list[s].first, window.first);
    const int64_t end = PetscMin(from->list[s].end, window.end);

    if (first < end) {
      to->list[to->n++] = (Segment){first - window.first, end - window.first};
    }
  }
  PetscFunctionReturn(0);
}

PetscBool SegmentListHas(const SegmentList *segments, int64_t sample)
{
  int64_t low = 0, high = segments->n; /* the first segment that ends after the sample */

  while (low < high) {
    const int64_t middle = low + (high - low) / 2;

    if (segments->list[middle].end <= sample) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < segments->n && segments->list[low].first <= sample ? PETSC_TRUE : PETSC_FALSE;
}

PetscErrorCode ActivitySetSegments(Activity a, int64_t n_segments, const Segment *segments)
{
  PetscFunctionBegin;
  PetscCall(SampleListFree(&a->events));
  PetscCall(SegmentListDestroy(&a->segments));
  PetscCall(PetscMalloc1(n_segments, &a->segments.list));
  PetscCall(PetscArraycpy(a->segments.list, segments, n_segments));
  a->segments.n = n_segments;
  PetscFunctionReturn(0);
}

int64_t ActivitySegments(Activity a, const Segment **segments)
{
  *segments = a->segments.list;
  return a->segments.n;
}

int64_t ActivityRows(Activity a, int64_t order)
{
  int64_t rows = 0;

  for (int64_t s = 0; s < a->segments.n; s++) {
    rows += PetscMax(0, a->segments.list[s].end - a->segments.list[s].first - order);
  }
  return rows;
}

void ActivityPositions(Activity a, int64_t *position)
{
  const Segment *segments;
  const int64_t n_segments = ActivitySegments(a, &segments);

  for (int64_t t = 0; t < a->n_samples; t++) {
    position[t] = -1;
  }
  for (int64_t s = 0; s < n_segments; s++) {
    for (int64_t t = segments[s].first; t < segments[s].end; t++) {
      position[t] = t - segments[s].first;
    }
  }
}
