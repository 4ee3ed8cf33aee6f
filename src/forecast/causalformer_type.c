/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The published transformer as a forecaster. */
#include "causalformer.h"

#include "causeway/error.h"

#include "experiments.h"
#include "redistribute.h"
#include "reduce.h"

static PetscErrorCode check(const ModelShape *shape)
{
  PetscFunctionBegin;
  UserCheck(shape->loss != LOSS_HURDLE,
            "train_loss = hurdle: is a loss of the forecaster signed; take mse, poisson or bce");
  PetscFunctionReturn(0);
}

static PetscErrorCode create(const ModelShape *shape, const TrainGrid *grid, const Kernels *kernels,
                             int64_t batch_size, ForecastModel **model)
{
  Causalformer *m;

  PetscFunctionBegin;
  PetscCall(PetscNew(&m));
  PetscCall(CausalformerCreate(shape, grid, kernels, batch_size, m));
  *model = &m->base;
  PetscFunctionReturn(0);
}

static PetscErrorCode destroy(ForecastModel **model)
{
  PetscFunctionBegin;
  PetscCall(CausalformerDestroy((Causalformer *)*model));
  PetscCall(PetscFree(*model));
  PetscFunctionReturn(0);
}

static PetscErrorCode forward(ForecastModel *model, const Batch *batch, PetscBool training,
                              uint32_t seed, int64_t member, int64_t step, Real *prediction,
                              double *loss)
{
  PetscFunctionBegin;
  PetscCall(CausalformerForward((Causalformer *)model, batch, training, seed, member, step,
                                prediction, loss));
  PetscFunctionReturn(0);
}

static PetscErrorCode backward(ForecastModel *model, const Batch *batch, uint32_t seed,
                               int64_t member, int64_t step)
{
  PetscFunctionBegin;
  PetscCall(CausalformerBackward((Causalformer *)model, batch, seed, member, step));
  PetscFunctionReturn(0);
}

/* Sums of a visit by columns (n_neurons, n_local sources), to rows (n_local targets, n_neurons). */
static PetscErrorCode visit_columns(ForecastModel *m, const Windows *windows, int64_t batch_size,
                                    int64_t first, int64_t count, ForecastVisitor visitor,
                                    double *rows)
{
  const Partition *p = &m->weights.partition;
  const int64_t length = p->n_global * p->n_local;
  double *columns;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(length, &columns));
  PetscCall(ForecastVisit(m, windows, batch_size, first, count, visitor, columns));
  PetscCall(SumOverRanks(m->grid->batch, length, MPI_DOUBLE, columns));
  PetscCall(ColumnsToRows(p, columns, rows));
  PetscCall(PetscFree(columns));
  PetscFunctionReturn(0);
}

static PetscErrorCode add_scores(ForecastModel *model, const Batch *batch, void *columns)
{
  PetscFunctionBegin;
  (void)batch;
  PetscCall(CausalformerScores((Causalformer *)model, columns));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_attention(ForecastModel *m, const Windows *windows, int64_t batch_size,
                                     int64_t first, int64_t count, double *rows, double *error)
{
  const int64_t n = m->shape.n_neurons;

  PetscFunctionBegin;
  (void)error;
  PetscCall(visit_columns(m, windows, batch_size, first, count, add_scores, rows));
  for (int64_t i = 0; i < m->weights.partition.n_local; i++) {
    double sum = 0;

    for (int64_t j = 0; j < n; j++) {
      sum += rows[i * n + j];
    }
    for (int64_t j = 0; j < n; j++) {
      rows[i * n + j] /= sum;
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode add_norms(ForecastModel *model, const Batch *batch, void *columns)
{
  PetscFunctionBegin;
  (void)batch;
  PetscCall(CausalformerNorms((Causalformer *)model, columns));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_value_weighted(ForecastModel *m, const Windows *windows,
                                          int64_t batch_size, int64_t first, int64_t count,
                                          double *rows, double *error)
{
  const double tokens = (double)count * m->shape.horizon;

  PetscFunctionBegin;
  (void)error;
  PetscCall(visit_columns(m, windows, batch_size, first, count, add_norms, rows));
  for (int64_t k = 0; k < m->weights.partition.n_local * m->shape.n_neurons; k++) {
    rows[k] /= tokens;
  }
  PetscFunctionReturn(0);
}

static const Reading attention = {
    .name = "attention",
    .description = "global cross-attention, rows sum to 1 before the diagonal is removed",
    .held_out = PETSC_TRUE,
    .compute = read_attention};
static const Reading value_weighted = {
    .name = "value_weighted",
    .description = "mean norm of what a target gets from the tokens of a source by global "
                   "cross-attention, over all heads",
    .held_out = PETSC_TRUE,
    .compute = read_value_weighted};
static const Reading *const readings[] = {&attention, &value_weighted, &PassIntervention,
                                          &PassLossIncrease, NULL};

const ForecasterType CausalformerType = {.name = "causalformer",
                                         .description = "transformer of Lu et al. (2023)",
                                         .shape = {.n_neurons = -1,
                                                   .context = 10,
                                                   .horizon = 1,
                                                   .width = 100,
                                                   .heads = 10,
                                                   .head_width = 8,
                                                   .hidden = 400,
                                                   .key_width = 16, /* of signed, as source_lags */
                                                   .source_lags = 1,
                                                   .encoder_layers = 1,
                                                   .decoder_layers = 1,
                                                   .dropout = 0.1},
                                         .plan = {.optimizer = {.rate = 5e-4, .decay = 1e-3},
                                                  .batch_size = 16,
                                                  .n_epochs = 200,
                                                  .patience = 10},
                                         .n_members = 10,
                                         .readings = readings,
                                         .check = check,
                                         .create = create,
                                         .destroy = destroy,
                                         .forward = forward,
                                         .backward = backward,
                                         .flops = CausalformerFlops,
                                         .memory = CausalformerMemory};
