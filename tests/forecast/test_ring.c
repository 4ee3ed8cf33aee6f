/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The ring of an attention layer costs the messages and bytes that its header says. */
#include "check.h"

#include "causalformer/causalformer.h"

static int rank, size;

/* Every rank forwards every block but, where they are not wanted back, that of the rank that it sends to. */
static double bytes_of(const Partition *part, int64_t n_samples, int64_t per_neuron, int row,
                       PetscBool home)
{
  const int before = (rank + size - 1) % size;
  const int64_t left = PartitionFirst(part, before + 1) - PartitionFirst(part, before);
  const int64_t neurons = size == 1 ? 0 : part->n_global - (home ? 0 : left);

  return (double)(neurons * n_samples * per_neuron * row) * (double)sizeof(Real);
}

enum { NEURONS = 5, CONTEXT = 3, HORIZON = 2, SAMPLES = 3, HEADS = 2, HEAD_WIDTH = 3 };

/* Samples of a made-up activity of this rank's neurons. */
static PetscErrorCode fill_batch(const Partition *part, Batch *batch)
{
  PetscFunctionBegin;
  *batch = (Batch){.n_samples = SAMPLES, .n_samples_global = SAMPLES};
  PetscCall(PetscMalloc3(SAMPLES, &batch->start, SAMPLES * part->n_local * CONTEXT, &batch->context,
                         SAMPLES * part->n_local * HORIZON, &batch->target));
  for (int64_t s = 0; s < SAMPLES; s++) {
    batch->start[s] = 10 * s;
    for (int64_t k = 0; k < part->n_local * CONTEXT; k++) {
      batch->context[s * part->n_local * CONTEXT + k] = (Real)sin((double)(s + part->first + k));
    }
    for (int64_t k = 0; k < part->n_local * HORIZON; k++) {
      batch->target[s * part->n_local * HORIZON + k] = (Real)cos((double)(s + part->first + k));
    }
  }
  PetscFunctionReturn(0);
}

/* What the ring of a layer has sent since the last look: once round with rows of `row` numbers. */
static void check_traffic(RingTrip *ring, const Partition *part, int64_t per_neuron, int row,
                          PetscBool home)
{
  const int stops = size == 1 ? 0 : (home ? size : size - 1);
  const double bytes = bytes_of(part, SAMPLES, per_neuron, row, home);

  CHECK(ring->bytes == bytes, "rows of %d: %g bytes, expected %g", row, ring->bytes, bytes);
  CHECK(ring->messages == 2LL * stops, "rows of %d: %lld messages", row, (long long)ring->messages);
  ring->bytes = 0;
  ring->messages = 0;
}

/* Forward, backward and a reading of the scores: (2 E + 2 heads) numbers per token and hop forward,
   (3 E + 2 heads) backward, E + heads for the scores, of which nothing needs to come home. */
static PetscErrorCode test_attention(EncoderType encoder)
{
  static const int channels = HEADS * HEAD_WIDTH;
  const int grid_shape[3] = {1, 1, size};
  const CausalformerShape shape = {.base = {.n_neurons = NEURONS,
                                            .context = CONTEXT,
                                            .horizon = HORIZON,
                                            .width = 4,
                                            .heads = HEADS,
                                            .head_width = HEAD_WIDTH,
                                            .hidden = 5},
                                   .encoder_layers = 1,
                                   .decoder_layers = 1,
                                   .encoder = (int)encoder};
  double loss, score[NEURONS * NEURONS] = {0};
  TrainGrid grid;
  Causalformer model;
  Batch batch;
  RingTrip *of_decoder, *of_encoder;
  const Partition *part = &model.base.weights.partition;

  PetscFunctionBegin;
  PetscCall(TrainGridCreate(PETSC_COMM_WORLD, grid_shape, &grid));
  PetscCall(CausalformerCreate(&shape, &grid, KernelsFind("auto"), SAMPLES, &model));
  PetscCall(WeightsInitialize(&model.base.weights, 1, 0));
  PetscCall(fill_batch(part, &batch));
  of_decoder = &model.decoder[0].global.ring;
  of_encoder = encoder == ENCODER_FULL ? &model.encoder[0].global.ring : NULL;
  PetscCall(CausalformerForward(&model, &batch, PETSC_TRUE, 0, 0, 0, NULL, &loss));
  check_traffic(of_decoder, part, HORIZON, 2 * channels + 2 * HEADS, PETSC_TRUE);
  if (of_encoder) {
    check_traffic(of_encoder, part, CONTEXT, 2 * channels + 2 * HEADS, PETSC_TRUE);
  }
  PetscCall(CausalformerBackward(&model, &batch, 0, 0, 0));
  check_traffic(of_decoder, part, HORIZON, 3 * channels + 2 * HEADS, PETSC_TRUE);
  if (of_encoder) {
    check_traffic(of_encoder, part, CONTEXT, 3 * channels + 2 * HEADS, PETSC_TRUE);
  }
  PetscCall(CausalformerScores(&model, score));
  check_traffic(of_decoder, part, HORIZON, channels + HEADS, PETSC_FALSE);
  PetscCall(PetscFree3(batch.start, batch.context, batch.target));
  PetscCall(CausalformerDestroy(&model));
  PetscCall(TrainGridDestroy(&grid));
  PetscFunctionReturn(0);
}

static PetscErrorCode run(void)
{
  PetscFunctionBegin;
  PetscCall(test_attention(ENCODER_LOCAL));
  PetscCall(test_attention(ENCODER_FULL));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  check_begin(&argc, &argv);
  (void)MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  (void)MPI_Comm_size(PETSC_COMM_WORLD, &size);
  CHECK(run() == 0, "failed");
  return check_end();
}
