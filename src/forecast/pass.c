/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model.h"

#include "causeway/random.h"

#include <math.h>

PetscErrorCode ParamFind(const Weights *weights, const char *prefix, const char *suffix,
                         Param *param)
{
  char name[TENSOR_NAME];
  const Tensor *tensor;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(name, sizeof(name), "%s.%s", prefix, suffix));
  PetscCall(WeightsFind(weights, name, &tensor));
  param->value = weights->value + tensor->offset;
  param->gradient = tensor->kind == TENSOR_STATE ? NULL : weights->gradient + tensor->offset;
  PetscFunctionReturn(0);
}

PetscErrorCode LinearDeclare(Weights *weights, const char *prefix, int64_t outputs, int64_t inputs,
                             PetscBool convolution)
{
  const int64_t dims[3] = {outputs, inputs, 1};
  const double bound = 1.0 / sqrt((double)inputs);
  char name[TENSOR_NAME];

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(name, sizeof(name), "%s.weight", prefix));
  PetscCall(
      WeightsAdd(weights, name, TENSOR_SHARED, convolution ? 3 : 2, dims, INITIAL_UNIFORM, bound));
  PetscCall(PetscSNPrintf(name, sizeof(name), "%s.bias", prefix));
  PetscCall(WeightsAdd(weights, name, TENSOR_SHARED, 1, dims, INITIAL_UNIFORM, bound));
  PetscFunctionReturn(0);
}

/* Global numbers of the tokens of a chunk, which do not depend on the grid of ranks. */
static void number_tokens(const Tokens *tokens, const Chunk *chunk, int64_t *token)
{
  for (int64_t p = 0; p < chunk->pairs; p++) {
    const int64_t sample = (chunk->first + p) / tokens->n_local;
    const int64_t neuron = (chunk->first + p) % tokens->n_local;
    const int64_t pair =
        (tokens->first_sample + sample) * tokens->n_global + tokens->first_neuron + neuron;

    for (int t = 0; t < tokens->per_pair; t++) {
      token[t * chunk->pairs + p] = pair * tokens->per_pair + t;
    }
  }
}

Dropout PassDropout(const Pass *pass, const Tokens *tokens, const Chunk *chunk, int site,
                    int channels, int which)
{
  const double rate = pass->shape->dropout;
  const DropoutKey key = {pass->seed, RANDOM_DROPOUT, (uint32_t)pass->step,
                          (uint32_t)pass->member << 16 | (uint32_t)site};
  const uint16_t cut = (uint16_t)lround(rate * 65536.0);
  Dropout dropout = {NULL, KernelWords(channels), cut, (Real)(1.0 / (1.0 - cut / 65536.0))};

  if (pass->training && cut > 0) {
    number_tokens(tokens, chunk, pass->work->token);
    pass->kernels->element->random_words(key, chunk->rows, pass->work->token, dropout.stride,
                                         pass->work->words[which]);
    dropout.words = pass->work->words[which];
  }
  return dropout;
}
