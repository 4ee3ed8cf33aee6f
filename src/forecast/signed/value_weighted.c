/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Reading: contribution of a source's messages to a target. */
#include "signed/signed.h"

#include <math.h>

/* Contrast of messages (n_global, channels) on every rank: difference between windows with and without an event. */
static PetscErrorCode find_contrast(Signed *m, const double *sums, Real *contrast)
{
  const Partition *p = &m->base.weights.partition;
  const int channels = m->channels, columns = 3 + 2 * channels;

  PetscFunctionBegin;
  for (int64_t j = 0; j < p->n_local; j++) {
    const double *s = sums + j * columns, mean = s[1] / s[0];
    const double variance = s[2] / s[0] - mean * mean;

    for (int c = 0; c < channels; c++) {
      const double covariance = s[3 + channels + c] / s[0] - mean * s[3 + c] / s[0];

      contrast[(p->first + j) * channels + c] = variance > 0 ? (Real)(covariance / variance) : 0;
    }
  }
  PetscCallMPI(MPI_Allgather(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, contrast,
                             (int)(p->block * channels), MPI_REAL_TYPE, p->comm));
  PetscFunctionReturn(0);
}

/* rows(i, j) = | sum over heads of W_o a_ij contrast_j | */
static PetscErrorCode weigh_contrast(Signed *m, const Real *contrast, double *rows)
{
  const int64_t n = m->base.shape.n_neurons;
  const int channels = m->channels, d = m->base.shape.width, width = m->cross.width;
  Real *sent, *got;

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(n * channels, &sent, n * d, &got));
  for (int64_t i = 0; i < m->tokens.n_local; i++) {
    const Real *weight = m->cross.weight + i * m->cross.heads * n;

    for (int64_t j = 0; j < n; j++) {
      for (int c = 0; c < channels; c++) {
        sent[j * channels + c] = weight[c / width * n + j] * contrast[j * channels + c];
      }
    }
    Gemm(CblasNoTrans, CblasTrans, n, d, channels, sent, channels, m->out[0].value, channels, 0,
         got, d);
    for (int64_t j = 0; j < n; j++) {
      double square = 0;

      for (int c = 0; c < d; c++) {
        square += (double)got[j * d + c] * (double)got[j * d + c];
      }
      rows[i * n + j] = sqrt(square);
    }
  }
  PetscCall(PetscFree2(sent, got));
  PetscFunctionReturn(0);
}

static PetscErrorCode compute(ForecastModel *model, const Windows *windows, int64_t batch_size,
                              int64_t first, int64_t count, double *rows, double *error)
{
  Signed *m = (Signed *)model;
  const Partition *p = &model->weights.partition;
  double *sums;
  Real *contrast;

  PetscFunctionBegin;
  (void)error;
  PetscCall(SignedSumMessages(model, windows, batch_size, first, count, &sums));
  PetscCall(PetscMalloc1(p->block * p->size * m->channels, &contrast));
  PetscCall(find_contrast(m, sums, contrast));
  PetscCall(SignedMeanWeights(m, windows, batch_size, first, count));
  PetscCall(weigh_contrast(m, contrast, rows));
  PetscCall(PetscFree(contrast));
  PetscCall(PetscFree(sums));
  PetscFunctionReturn(0);
}

const Reading SignedValueWeighted = {
    .name = "value_weighted",
    .units = "1",
    .description = "norm of what the message of a source adds to a target when the source has an "
                   "event, less what it adds without",
    .compute = compute};
