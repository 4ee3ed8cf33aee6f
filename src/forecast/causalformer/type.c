/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The published transformer as a forecaster. */
#include "causalformer/causalformer.h"

#include "layers/loss.h"
#include "train_parameters.h"

static const ParameterWord norms[] = {{"batch", "over the tokens of a batch", 0},
                                      {"layer", "over the channels of a token", 0},
                                      {"none", "no normalisation", 0},
                                      {NULL, NULL, 0}};
static const ParameterWord encoders[] = {{"none", "attention within each neuron alone", 0},
                                         {"full", "attention over all neurons too", 0},
                                         {NULL, NULL, 0}};

/* The published hyper-parameters. */
static const ParameterSpec shape_parameters[] = {
    TRAIN_CONTEXT("10"),
    TRAIN_HORIZON("1", ""),
    TRAIN_WIDTH("100"),
    TRAIN_HEADS("10"),
    TRAIN_HEAD_WIDTH("8"),
    TRAIN_HIDDEN("400"),
    {.key = "train_encoder_layers",
     .kind = PARAMETER_INTEGER,
     .unit = "1",
     .standard = "1",
     .low = 1,
     .high = 64,
     .text = "Number of encoder layers, of causalformer",
     PARAMETER_MEMBER(CausalformerShape, encoder_layers)},
    {.key = "train_decoder_layers",
     .kind = PARAMETER_INTEGER,
     .unit = "1",
     .standard = "1",
     .low = 1,
     .high = 64,
     .text = "Number of decoder layers, of causalformer",
     PARAMETER_MEMBER(CausalformerShape, decoder_layers)},
    {.key = "train_norm",
     .kind = PARAMETER_CHOICE,
     .standard = "batch",
     .words = norms,
     .text = "Normalisation of the input of each layer, of causalformer",
     PARAMETER_MEMBER(CausalformerShape, base.norm)},
    {.key = "train_encoder_attention",
     .kind = PARAMETER_CHOICE,
     .standard = "none",
     .words = encoders,
     .text = "Attention in the encoder, of causalformer",
     PARAMETER_MEMBER(CausalformerShape, encoder)},
    TRAIN_LOSS("mse", LossWords),
    TRAIN_DROPOUT("0.1"),
    {.key = NULL}};

static const ParameterSpec training_parameters[] = {
    TRAIN_MEMBERS("10"),        TRAIN_BATCH("16"),    TRAIN_EPOCHS("200"),
    TRAIN_PATIENCE("10"),       TRAIN_RATE("0.0005"), TRAIN_DECAY("0.001"),
    TRAIN_SCHEDULE("constant"), TRAIN_CLIP("0"),      {.key = NULL}};

PetscErrorCode CausalformerPublished(int64_t n_neurons, CausalformerShape *shape)
{
  PetscFunctionBegin;
  *shape = (CausalformerShape){.base = {.n_neurons = n_neurons}};
  PetscCall(ParametersDefaults(shape_parameters, shape));
  PetscFunctionReturn(0);
}

static PetscErrorCode create(const ModelShape *shape, const TrainGrid *grid, const Kernels *kernels,
                             int64_t batch_size, ForecastModel **model)
{
  Causalformer *m;

  PetscFunctionBegin;
  PetscCall(PetscNew(&m));
  PetscCall(CausalformerCreate((const CausalformerShape *)shape, grid, kernels, batch_size, m));
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

static const Reading *const readings[] = {&CausalformerAttention, &CausalformerValueWeighted, NULL};

static double flops(const ModelShape *shape)
{
  return CausalformerFlops((const CausalformerShape *)shape);
}

static double memory(const ModelShape *shape, int64_t n_samples, int64_t n_local)
{
  return CausalformerMemory((const CausalformerShape *)shape, n_samples, n_local);
}

const ForecasterType CausalformerType = {.name = "causalformer",
                                         .description = "transformer of Lu et al. (2023)",
                                         .parameters = shape_parameters,
                                         .shape_size = sizeof(CausalformerShape),
                                         .training = training_parameters,
                                         .mark = "forecaster_onestep.weight",
                                         .is_unnamed = PETSC_TRUE,
                                         .readings = readings,
                                         .create = create,
                                         .destroy = destroy,
                                         .forward = forward,
                                         .backward = backward,
                                         .flops = flops,
                                         .memory = memory};
