/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Blocks going round a ring: each is worked on once by every rank, comes home with what was added to
   it, and costs the messages and bytes that the headers say. One neuron on several ranks leaves
   empty ones. */
#include "check.h"

#include "causalformer.h"

static int rank, size;

/* The numbers of a row that nobody changes; behind them stands one that everybody adds to. */
enum { FIXED = 3, ROW = FIXED + 1, ROW_MOST = ROW + 2 };

typedef struct {
  Partition partition;
  int64_t n_samples, per_neuron;
  int *visits; /* (n_samples, n_global) */
  int64_t calls;
} Visit;

/* What stands in a row, from its global numbers. */
static Real content(int64_t neuron, int64_t sample, int64_t token, int number)
{
  return (Real)(neuron * 1000 + sample * 100 + token * 10 + number);
}

/* Number of the row, in the block, of the k-th neuron of the block. */
static int64_t row_of(int64_t sample, int64_t n_local, int64_t k, int64_t per_neuron, int64_t token)
{
  return (sample * n_local + k) * per_neuron + token;
}

static void count_visit(void *context, Ring *ring, const RingBlock *block)
{
  Visit *visit = (Visit *)context;
  Real *added = block->values + FIXED * block->rows;

  visit->calls++;
  CHECK(block->rows == block->n_samples * block->n_local * visit->per_neuron, "%lld rows",
        (long long)block->rows);
  for (int64_t s = 0; s < block->n_samples; s++) {
    for (int64_t k = 0; k < block->n_local; k++) {
      const int64_t neuron = block->first_neuron + k, sample = block->sample + s;

      visit->visits[sample * visit->partition.n_global + neuron]++;
      for (int64_t t = 0; t < visit->per_neuron; t++) {
        const int64_t row = row_of(s, block->n_local, k, visit->per_neuron, t);

        for (int number = 0; number < FIXED; number++) {
          CHECK(block->values[number * block->rows + row] == content(neuron, sample, t, number),
                "neuron %lld, sample %lld", (long long)neuron, (long long)sample);
        }
        added[row] += (Real)(1 << rank);
      }
    }
    RingProgress(ring);
  }
}

/* This rank's two blocks. */
static void fill(Ring *ring, const Visit *visit)
{
  const Partition *part = &visit->partition;

  for (int half = 0; half < 2; half++) {
    const int64_t first = RingHalf(visit->n_samples, half);
    const int64_t n_samples = RingHalf(visit->n_samples, half + 1) - first;
    const int64_t rows = n_samples * part->n_local * visit->per_neuron;

    for (int64_t s = 0; s < n_samples; s++) {
      for (int64_t k = 0; k < part->n_local; k++) {
        for (int64_t t = 0; t < visit->per_neuron; t++) {
          const int64_t row = row_of(s, part->n_local, k, visit->per_neuron, t);

          for (int number = 0; number < FIXED; number++) {
            ring->arrived[half][number * rows + row] =
                content(part->first + k, first + s, t, number);
          }
          ring->arrived[half][FIXED * rows + row] = 0;
        }
      }
    }
  }
}

/* The own blocks are back: as they were, and with something from every rank. */
static void check_home(const Ring *ring, const Visit *visit)
{
  const Partition *part = &visit->partition;

  for (int half = 0; half < 2; half++) {
    const int64_t first = RingHalf(visit->n_samples, half);
    const int64_t n_samples = RingHalf(visit->n_samples, half + 1) - first;
    const int64_t rows = n_samples * part->n_local * visit->per_neuron;
    const Real *values = ring->arrived[half];

    for (int64_t s = 0; s < n_samples; s++) {
      for (int64_t k = 0; k < part->n_local; k++) {
        for (int64_t t = 0; t < visit->per_neuron; t++) {
          const int64_t row = row_of(s, part->n_local, k, visit->per_neuron, t);

          for (int number = 0; number < FIXED; number++) {
            CHECK(values[number * rows + row] == content(part->first + k, first + s, t, number),
                  "half %d, row %lld", half, (long long)row);
          }
          CHECK(values[FIXED * rows + row] == (Real)((1 << size) - 1), "half %d, row %lld: %g",
                half, (long long)row, (double)values[FIXED * rows + row]);
        }
      }
    }
  }
}

/* Every rank forwards every block but, where they are not wanted back, that of the rank before it. */
static double bytes_of(const Partition *part, int64_t n_samples, int64_t per_neuron, int row,
                       PetscBool home)
{
  const int before = (rank + size - 1) % size;
  const int64_t left = PartitionFirst(part, before + 1) - PartitionFirst(part, before);
  const int64_t neurons = size == 1 ? 0 : part->n_global - (home ? 0 : left);

  return (double)(neurons * n_samples * per_neuron * row) * (double)sizeof(Real);
}

static PetscErrorCode test_round(int64_t n_global, int64_t n_samples, int64_t per_neuron,
                                 PetscBool home)
{
  const int stops = size == 1 ? 0 : (home ? size : size - 1);
  Visit visit = {.n_samples = n_samples, .per_neuron = per_neuron};
  Partition *part = &visit.partition;
  Ring ring;

  PetscFunctionBegin;
  PetscCall(PartitionMake(PETSC_COMM_WORLD, n_global, part));
  PetscCall(PetscMalloc1(n_samples * n_global, &visit.visits));
  PetscCall(RingCreate(RingHalf(n_samples, 1) * part->block * per_neuron, ROW_MOST, &ring));
  /* three rounds: what one leaves behind must not matter to the next */
  for (int round = 1; round <= 3; round++) {
    PetscCall(PetscArrayzero(visit.visits, n_samples * n_global));
    visit.calls = 0;
    fill(&ring, &visit);
    PetscCall(RingRun(&ring, part, n_samples, per_neuron, ROW, home, count_visit, &visit));
    CHECK(visit.calls == 2 * size, "worked on %lld blocks", (long long)visit.calls);
    for (int64_t k = 0; k < n_samples * n_global; k++) {
      CHECK(visit.visits[k] == 1, "neuron %lld, sample %lld: %d times", (long long)(k % n_global),
            (long long)(k / n_global), visit.visits[k]);
    }
    if (home) {
      check_home(&ring, &visit);
    }
    CHECK(ring.messages == 2LL * stops * round, "%lld messages", (long long)ring.messages);
    CHECK(ring.bytes == round * bytes_of(part, n_samples, per_neuron, ROW, home), "%g bytes",
          ring.bytes);
    for (int k = 0; k < 4; k++) {
      CHECK(ring.requests[k] == MPI_REQUEST_NULL, "request %d is under way", k);
    }
  }
  PetscCall(RingDestroy(&ring));
  PetscCall(PetscFree(visit.visits));
  PetscFunctionReturn(0);
}

static void test_halves(void)
{
  for (int64_t n = 0; n < 6; n++) {
    const int64_t first = RingHalf(n, 1), second = RingHalf(n, 2) - first;

    CHECK(RingHalf(n, 0) == 0 && first + second == n && (first == second || first == second + 1),
          "%lld samples: %lld and %lld", (long long)n, (long long)first, (long long)second);
  }
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
static void check_traffic(Ring *ring, const Partition *part, int64_t per_neuron, int row,
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
  const ModelShape shape = {.n_neurons = NEURONS,
                            .context = CONTEXT,
                            .horizon = HORIZON,
                            .width = 4,
                            .heads = HEADS,
                            .head_width = HEAD_WIDTH,
                            .hidden = 5,
                            .encoder_layers = 1,
                            .decoder_layers = 1,
                            .encoder = (int)encoder};
  double loss, score[NEURONS * NEURONS] = {0};
  TrainGrid grid;
  Causalformer model;
  Batch batch;
  Ring *of_decoder, *of_encoder;
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
  static const int64_t neurons[] = {1, 2, 3, 5, 8, 9}, samples[] = {1, 2, 5};

  PetscFunctionBegin;
  test_halves();
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(neurons); i++) {
    for (size_t j = 0; j < PETSC_STATIC_ARRAY_LENGTH(samples); j++) {
      for (int64_t per_neuron = 1; per_neuron <= 3; per_neuron += 2) {
        PetscCall(test_round(neurons[i], samples[j], per_neuron, PETSC_TRUE));
        PetscCall(test_round(neurons[i], samples[j], per_neuron, PETSC_FALSE));
      }
    }
  }
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
