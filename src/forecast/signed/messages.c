/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Statistics over windows of what sources send, for the readings. */
#include "signed/signed.h"

#include "causeway/internal/parallel/reduce.h"

/* Sums over windows of what a source sends, and of how this depends on its state: the event at the last lag, or without
   events the value. Per source: count, sum of the state, of its square, then of messages and of their products with the
   state. */
static void add_messages(const Signed *m, const Batch *batch, PetscBool has_events, double *sums)
{
  const int context = m->base.shape.context, channels = m->channels, columns = 3 + 2 * channels;

  for (int64_t pair = 0; pair < TokensPairs(&m->tokens); pair++) {
    const int64_t j = pair % m->tokens.n_local, last = pair * context + context - 1;
    const double state =
        has_events ? (double)batch->context_event[last] : (double)batch->context[last];
    double *s = sums + j * columns;

    s[0] += 1;
    s[1] += state;
    s[2] += state * state;
    for (int c = 0; c < channels; c++) {
      const double value =
          (double)(m->gain.value[j * channels + c] * m->messages[pair * channels + c]);

      s[3 + c] += value;
      s[3 + channels + c] += value * state;
    }
  }
}

/* Context of add_messages(). */
typedef struct {
  const Windows *windows;
  double *values;
} Sums;

static PetscErrorCode add_batch(ForecastModel *model, const Batch *batch, void *context)
{
  const Sums *sums = context;

  PetscFunctionBegin;
  add_messages((const Signed *)model, batch, sums->windows->has_events, sums->values);
  PetscFunctionReturn(0);
}

PetscErrorCode SignedSumMessages(ForecastModel *model, const Windows *windows, int64_t batch_size,
                                 int64_t first, int64_t count, double **sums)
{
  const Signed *m = (const Signed *)model;
  const int64_t length = m->tokens.n_local * (3 + 2 * m->channels);
  Sums context = {windows, NULL};

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(length, sums));
  context.values = *sums;
  PetscCall(ForecastVisit(model, windows, batch_size, first, count, add_batch, &context));
  PetscCall(SumOverRanks(model->grid->batch, length, MPI_DOUBLE, *sums));
  PetscFunctionReturn(0);
}

PetscErrorCode SignedMeanMessages(Signed *m, const Windows *windows, int64_t batch_size,
                                  int64_t first, int64_t count, double *mean)
{
  const int channels = m->channels, columns = 3 + 2 * channels;
  double *sums;

  PetscFunctionBegin;
  PetscCall(SignedSumMessages(&m->base, windows, batch_size, first, count, &sums));
  for (int64_t k = 0; k < m->tokens.n_local * channels; k++) {
    const double *s = sums + k / channels * columns;

    mean[k] = s[3 + k % channels] / s[0];
  }
  PetscCall(PetscFree(sums));
  PetscFunctionReturn(0);
}
