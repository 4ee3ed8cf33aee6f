/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Which pairs are written. */
#include "causeway/internal/serial/score_file.h"

#include "causeway/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

PetscErrorCode SelectionParse(const char *word, Selection *selection)
{
  *selection = (Selection){SELECT_DEFAULT, 0};
  if (!word) {
    return 0;
  }
  if (!strcmp(word, "all")) {
    selection->rule = SELECT_ALL;
  } else if (!strcmp(word, "significant")) {
    selection->rule = SELECT_SIGNIFICANT;
  } else if (!strncmp(word, "top:", 4) && TextInteger(word + 4, 1, INT64_MAX, &selection->k)) {
    selection->rule = SELECT_TOP;
  } else {
    return UserError("-select = %s: expected all, significant, or top:K with K of at least 1",
                     word);
  }
  return 0;
}

/* p-values up to a limit. */
typedef struct {
  double limit;
  int64_t n;
} Count;

static void count_pair(void *context, const Pair *pair)
{
  Count *count = context;

  count->n += pair->p_value <= count->limit;
}

/* The pairs that were tested: those of a matrix that have a p-value. */
static PetscErrorCode count_tests(const Scores *s, double *n_pairs)
{
  const int64_t rows = PetscMin(s->n, ScoresBlockRows(s));
  double *values;
  PetscErrorCode status = 0;

  *n_pairs = (double)s->n * (double)(s->n - 1);
  if (s->is_sparse) {
    return 0;
  }
  values = MemoryGrow(NULL, rows * s->n, sizeof(double));
  for (int64_t first = 0; first < s->n && !status; first += rows) {
    const int64_t n_rows = PetscMin(rows, s->n - first);

    status = ScoresReadRows(s, COLUMN_P_VALUE, first, n_rows, values);
    for (int64_t at = 0; at < n_rows * s->n && !status; at++) {
      *n_pairs -= first + at / s->n != at % s->n && isnan(values[at]);
    }
  }
  free(values);
  return status;
}

/* The largest p with p <= level #{p-values <= p} / pairs (Benjamini & Hochberg 1995), by falling limits: each pass
   over the file finds how many are below the limit, which makes the next one. Of sparse pairs that were
   kept by another rule, those that are not there count as not significant: none is found that is not. */
static PetscErrorCode find_largest_p(Scores *scores)
{
  Count count = {scores->level, 0};
  double n_pairs;

  SerialCall(count_tests(scores, &n_pairs));
  for (int64_t before = -1; count.n != before;) {
    before = count.n;
    count.n = 0;
    SerialCall(ScoresVisit(scores, count_pair, &count));
    count.limit = scores->level * (double)count.n / n_pairs;
  }
  scores->largest_p = count.n > 0 ? count.limit : -1.0;
  return 0;
}

PetscErrorCode SelectionSetUp(Selection *selection, Scores *scores)
{
  const int64_t per_neuron = 10;

  if (selection->rule == SELECT_DEFAULT) {
    selection->rule = scores->test[0] ? SELECT_SIGNIFICANT : SELECT_TOP;
    selection->k = scores->test[0] ? 0 : per_neuron * scores->n;
  }
  if (selection->rule == SELECT_SIGNIFICANT && !scores->test[0]) {
    return UserError("-select = significant: %s:%s has neither a mask nor p-values; choose all or "
                     "top:K",
                     scores->file, scores->path);
  }
  if (ScoresHave(scores, COLUMN_P_VALUE) && !ScoresHave(scores, COLUMN_MASK) &&
      !(scores->largest_p < 1)) {
    SerialCall(find_largest_p(scores));
  }
  return 0;
}

/* The k strongest pairs so far; the weakest comes first. */
typedef struct {
  ScoreSense sense;
  int64_t k, n, n_allocated;
  Pair *pairs;
} Heap;

/* Whether a is the weaker one; of equal ones, the one that comes later in the matrix. */
static int is_weaker(ScoreSense sense, const Pair *a, const Pair *b)
{
  const double x = ScoreStrength(sense, a->score), y = ScoreStrength(sense, b->score);

  if (x < y || x > y) {
    return x < y;
  }
  return a->target != b->target ? a->target > b->target : a->source > b->source;
}

static void swap(Pair *a, Pair *b)
{
  const Pair c = *a;

  *a = *b;
  *b = c;
}

static void sift_down(Heap *heap, int64_t at)
{
  for (;;) {
    int64_t weakest = at;

    for (int64_t child = 2 * at + 1; child <= 2 * at + 2 && child < heap->n; child++) {
      if (is_weaker(heap->sense, &heap->pairs[child], &heap->pairs[weakest])) {
        weakest = child;
      }
    }
    if (weakest == at) {
      return;
    }
    swap(&heap->pairs[at], &heap->pairs[weakest]);
    at = weakest;
  }
}

static void sift_up(Heap *heap, int64_t at)
{
  while (at > 0 && is_weaker(heap->sense, &heap->pairs[at], &heap->pairs[(at - 1) / 2])) {
    swap(&heap->pairs[at], &heap->pairs[(at - 1) / 2]);
    at = (at - 1) / 2;
  }
}

static void put_pair(void *context, const Pair *pair)
{
  Heap *heap = context;

  if (heap->n == heap->k) {
    if (is_weaker(heap->sense, &heap->pairs[0], pair)) {
      heap->pairs[0] = *pair;
      sift_down(heap, 0);
    }
    return;
  }
  if (heap->n == heap->n_allocated) {
    heap->n_allocated = PetscMin(heap->k, 2 * heap->n_allocated + 1024);
    heap->pairs = MemoryGrow(heap->pairs, heap->n_allocated, sizeof(Pair));
  }
  heap->pairs[heap->n] = *pair;
  sift_up(heap, heap->n++);
}

/* The weakest one leaves the heap for the place behind it: what is left is sorted, the strongest first. */
static void sort(Heap *heap)
{
  const int64_t n = heap->n;

  while (heap->n > 1) {
    heap->n--;
    swap(&heap->pairs[0], &heap->pairs[heap->n]);
    sift_down(heap, 0);
  }
  heap->n = n;
}

typedef struct {
  PairVisit visit;
  void *context;
} Significant;

static void visit_significant(void *context, const Pair *pair)
{
  const Significant *significant = context;

  if (pair->significant) {
    significant->visit(significant->context, pair);
  }
}

static PetscErrorCode visit_top(const Selection *selection, const Scores *scores, PairVisit visit,
                                void *context)
{
  Heap heap = {scores->sense, selection->k, 0, 0, NULL};
  Significant significant = {put_pair, &heap};
  const PetscErrorCode status = selection->rule == SELECT_SIGNIFICANT
                                    ? ScoresVisit(scores, visit_significant, &significant)
                                    : ScoresVisit(scores, put_pair, &heap);

  if (!status) {
    sort(&heap);
  }
  for (int64_t at = 0; at < heap.n && !status; at++) {
    visit(context, &heap.pairs[at]);
  }
  free(heap.pairs);
  return status;
}

PetscErrorCode SelectionVisit(const Selection *selection, const Scores *scores, PairVisit visit,
                              void *context)
{
  Significant significant = {visit, context};

  switch (selection->rule) {
  case SELECT_TOP:
    return visit_top(selection, scores, visit, context);
  case SELECT_SIGNIFICANT:
    return selection->k > 0 ? visit_top(selection, scores, visit, context)
                            : ScoresVisit(scores, visit_significant, &significant);
  default:
    return ScoresVisit(scores, visit, context);
  }
}
