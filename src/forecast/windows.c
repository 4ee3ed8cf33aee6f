/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "windows.h"

#include "causeway/error.h"
#include "causeway/random.h"

#include "causeway/internal/parallel/redistribute.h"

#include <stdlib.h>

PetscErrorCode WindowsCount(int64_t n_samples, int context, int horizon, const double fraction[2],
                            PetscBool trains, int64_t count[4])
{
  static const char *const names[] = {"training", "validation", "test"};
  const int64_t all = n_samples - context - horizon + 1;

  PetscFunctionBegin;
  UserCheck(all > 0,
            "train_context = %d and train_horizon = %d samples exceed the %lld samples of the "
            "activity; if neurons and time are exchanged, set activity_layout",
            context, horizon, (long long)n_samples);
  count[SPLIT_TRAINING] = (int64_t)(fraction[0] * (double)all);
  count[SPLIT_VALIDATION] = (int64_t)(fraction[1] * (double)all);
  count[SPLIT_TEST] = all - count[SPLIT_TRAINING] - count[SPLIT_VALIDATION];
  count[SPLIT_ALL] = all;
  for (int k = 0; k < 3; k++) {
    UserCheck(!trains || count[k] > 0,
              "train_split = %g,%g of %lld windows leaves none for the %s; change train_split or "
              "use a longer recording",
              fraction[0], fraction[1], (long long)all, names[k]);
  }
  PetscFunctionReturn(0);
}

/* Fetches the events of this rank's neurons of the ring, and their mean value at events. */
static PetscErrorCode fetch_events(Activity activity, const TrainGrid *grid, Windows *w)
{
  const Partition *common = ActivityPartition(activity);
  const int64_t end = w->count[SPLIT_TRAINING] + w->context;
  int64_t n_events;
  uint8_t *own;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(common->n_local * w->n_samples, &own));
  PetscCall(PetscMalloc2(w->partition.n_local * w->n_samples, &w->events, w->partition.n_local,
                         &w->event_value));
  for (int64_t i = 0; i < common->n_local; i++) {
    const int64_t *samples, n = ActivityEvents(activity, i, &samples);

    for (int64_t k = 0; k < n; k++) {
      own[i * w->n_samples + samples[k]] = 1;
    }
  }
  PetscCall(FetchRows(grid->world, (size_t)w->n_samples, common->first, common->n_local, own,
                      w->partition.first, w->partition.n_local, w->events));
  PetscCall(PetscFree(own));
  PetscCall(ActivityCountEvents(activity, &n_events));
  w->has_events = n_events > 0 ? PETSC_TRUE : PETSC_FALSE;
  for (int64_t i = 0; i < w->partition.n_local; i++) {
    double sum = 0, n = 0;

    for (int64_t t = 0; t < PetscMin(end, w->n_samples); t++) {
      if (w->events[i * w->n_samples + t]) {
        sum += (double)w->values[i * w->n_samples + t];
        n++;
      }
    }
    w->event_value[i] = n > 0 ? sum / n : 0.0;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode WindowsCreate(Activity activity, const TrainGrid *grid, int context, int horizon,
                             const double fraction[2], PetscBool trains, Windows *w)
{
  const Partition *common = ActivityPartition(activity);
  const double *values;
  Real *own;

  PetscFunctionBegin;
  PetscCall(ActivityExpand(activity));
  values = ActivityValues(activity);
  *w = (Windows){.context = context, .horizon = horizon, .n_samples = ActivitySamples(activity)};
  PetscCall(WindowsCount(w->n_samples, context, horizon, fraction, trains, w->count));
  w->first[SPLIT_VALIDATION] = w->count[SPLIT_TRAINING];
  w->first[SPLIT_TEST] = w->first[SPLIT_VALIDATION] + w->count[SPLIT_VALIDATION];
  PetscCall(PartitionMake(grid->ring, common->n_global, &w->partition));
  PetscCall(PetscMalloc1(common->n_local * w->n_samples, &own));
  PetscCall(PetscMalloc1(w->partition.n_local * w->n_samples, &w->values));
  for (int64_t k = 0; k < common->n_local * w->n_samples; k++) {
    own[k] = (Real)values[k];
  }
  PetscCall(FetchRows(grid->world, (size_t)w->n_samples * sizeof(Real), common->first,
                      common->n_local, own, w->partition.first, w->partition.n_local, w->values));
  PetscCall(PetscFree(own));
  PetscCall(fetch_events(activity, grid, w));
  PetscFunctionReturn(0);
}

PetscErrorCode WindowsDestroy(Windows *w)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(w->values));
  PetscCall(PetscFree2(w->events, w->event_value));
  PetscFunctionReturn(0);
}

typedef struct {
  double key;
  int64_t window;
} Card;

static int compare_cards(const void *a, const void *b)
{
  const Card *x = (const Card *)a, *y = (const Card *)b;

  if (x->key != y->key) {
    return x->key < y->key ? -1 : 1;
  }
  return x->window < y->window ? -1 : (x->window > y->window ? 1 : 0);
}

PetscErrorCode WindowsShuffle(const Windows *w, uint32_t seed, int64_t member, int64_t epoch,
                              int64_t *order)
{
  const int64_t count = w->count[SPLIT_TRAINING];
  Card *cards;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(count, &cards));
  for (int64_t k = 0; k < count; k++) {
    double draw[2];

    RandomUniform(seed, RANDOM_SHUFFLE, k, (member << 32) | epoch, draw);
    cards[k] = (Card){draw[0], w->first[SPLIT_TRAINING] + k};
  }
  qsort(cards, (size_t)count, sizeof(*cards), compare_cards);
  for (int64_t k = 0; k < count; k++) {
    order[k] = cards[k].window;
  }
  PetscCall(PetscFree(cards));
  PetscFunctionReturn(0);
}

PetscErrorCode BatchCreate(const Windows *w, const TrainGrid *grid, int64_t size, Batch *batch)
{
  const int64_t most = (size + grid->n_batch - 1) / grid->n_batch;
  const int64_t pairs = most * w->partition.n_local;

  PetscFunctionBegin;
  *batch = (Batch){0};
  PetscCall(PetscMalloc3(most, &batch->start, pairs * w->context, &batch->context,
                         pairs * w->horizon, &batch->target));
  PetscCall(PetscCalloc2(pairs * w->context, &batch->context_event, pairs * w->horizon,
                         &batch->target_event));
  PetscFunctionReturn(0);
}

PetscErrorCode BatchDestroy(Batch *batch)
{
  PetscFunctionBegin;
  PetscCall(PetscFree3(batch->start, batch->context, batch->target));
  PetscCall(PetscFree2(batch->context_event, batch->target_event));
  PetscFunctionReturn(0);
}

void BatchFill(const Windows *w, const TrainGrid *grid, const int64_t *order, int64_t first,
               int64_t size, Batch *batch)
{
  const int64_t part = (size + grid->n_batch - 1) / grid->n_batch;
  const int64_t n_local = w->partition.n_local;

  batch->first_sample = PetscMin(size, part * grid->batch_index);
  batch->n_samples = PetscMin(size, part * (grid->batch_index + 1)) - batch->first_sample;
  batch->n_samples_global = size;
  batch->event_value = w->event_value;
  for (int64_t s = 0; s < batch->n_samples; s++) {
    const int64_t k = batch->first_sample + s, start = order ? order[k] : first + k;

    batch->start[s] = start;
    for (int64_t i = 0; i < n_local; i++) {
      const Real *series = w->values + i * w->n_samples + start;

      (void)PetscArraycpy(batch->context + (s * n_local + i) * w->context, series, w->context);
      (void)PetscArraycpy(batch->target + (s * n_local + i) * w->horizon, series + w->context,
                          w->horizon);
      if (w->events) {
        const uint8_t *events = w->events + i * w->n_samples + start;

        (void)PetscArraycpy(batch->context_event + (s * n_local + i) * w->context, events,
                            w->context);
        (void)PetscArraycpy(batch->target_event + (s * n_local + i) * w->horizon,
                            events + w->context, w->horizon);
      }
    }
  }
}
