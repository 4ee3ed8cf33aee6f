/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The transformer in double precision: the same sources compiled a second time. On one rank its forecasts,
   attention and running statistics against plain loops, and the gradient of every tensor against
   central differences, for every option; on several, all of it against one rank too. The grids leave
   ranks without neurons, and without samples. */
#include "check.h"

#include "reference.h"

#include <string.h>

enum { WIDTH = 6, HEADS = 2, HEAD_WIDTH = 3, HIDDEN = 10, N_SAMPLES = 60, SEED = 3, STEP = 7 };

typedef struct {
  NormType norm;
  EncoderType encoder;
  LossType loss;
  double dropout;
  int context, horizon, encoder_layers, decoder_layers;
  int64_t n_neurons, batch;
} Case;

static const Case cases[] = {
    {NORM_BATCH, ENCODER_LOCAL, LOSS_MSE, 0, 4, 1, 1, 1, 5, 6},
    {NORM_BATCH, ENCODER_FULL, LOSS_MSE, 0, 4, 1, 1, 1, 5, 5},
    {NORM_LAYER, ENCODER_LOCAL, LOSS_MSE, 0, 4, 1, 1, 1, 4, 3},
    {NORM_LAYER, ENCODER_FULL, LOSS_MSE, 0, 4, 1, 1, 1, 3, 5},
    {NORM_NONE, ENCODER_LOCAL, LOSS_MSE, 0, 4, 1, 1, 1, 5, 2},
    {NORM_NONE, ENCODER_FULL, LOSS_MSE, 0, 4, 1, 1, 1, 5, 4},
    {NORM_BATCH, ENCODER_LOCAL, LOSS_POISSON, 0, 4, 1, 1, 1, 5, 6},
    {NORM_LAYER, ENCODER_LOCAL, LOSS_BCE, 0, 4, 1, 1, 1, 5, 6},
    {NORM_BATCH, ENCODER_LOCAL, LOSS_MSE, 0.3, 4, 1, 1, 1, 5, 6},
    {NORM_LAYER, ENCODER_FULL, LOSS_MSE, 0.3, 4, 2, 1, 1, 5, 3},
    {NORM_BATCH, ENCODER_LOCAL, LOSS_MSE, 0, 4, 2, 2, 1, 5, 1},
    {NORM_LAYER, ENCODER_LOCAL, LOSS_BCE, 0, 4, 2, 1, 2, 3, 4},
    {NORM_BATCH, ENCODER_FULL, LOSS_POISSON, 0.3, 4, 2, 2, 2, 4, 5},
    {NORM_NONE, ENCODER_FULL, LOSS_BCE, 0.3, 4, 2, 2, 2, 5, 3},
    /* 40 pairs in chunks of 16 (encoder) and 32 (decoder), which begin and end within a sample */
    {NORM_BATCH, ENCODER_FULL, LOSS_MSE, 0.3, 24, 10, 1, 1, 5, 8},
};

/* A model on a grid of ranks, and what came out of it. */
typedef struct {
  const Case *c;
  TrainGrid grid;
  Activity activity;
  Windows windows;
  Batch batch;
  Causalformer model;
  int64_t member;
  double loss[2];       /* of this rank's entries: in training, and after it */
  Real *prediction[2];  /* (n_samples, n_local, horizon) likewise */
  double *score, *norm; /* (n_neurons targets, n_local sources) after training */
} Run;

/* The largest differences from plain loops, from central differences, and from one rank. */
enum { FROM_LOOPS, FROM_DIFFERENCES, FROM_ONE_RANK, N_WORST };
static double worst_error[N_WORST];

static double noted(int from, double error)
{
  worst_error[from] = fmax(worst_error[from], error);
  return error;
}

/* Waves; counts for the Poisson loss, events for the binary one. */
static double made_up(LossType loss, int64_t neuron, int64_t t)
{
  const double wave = sin(1.3 * (double)neuron + 0.9 * (double)t) +
                      0.5 * sin(0.37 * (double)t * (double)(neuron + 1));

  if (loss == LOSS_POISSON) {
    return floor(2.0 * fabs(wave));
  }
  return loss == LOSS_BCE ? (double)(wave > 0.3) : wave;
}

static PetscErrorCode make_activity(MPI_Comm comm, const Case *c, Activity *activity)
{
  Partition partition;
  double *values;

  PetscFunctionBegin;
  PetscCall(PartitionMake(comm, c->n_neurons, &partition));
  PetscCall(PetscMalloc1(partition.n_local * N_SAMPLES, &values));
  for (int64_t i = 0; i < partition.n_local; i++) {
    for (int64_t t = 0; t < N_SAMPLES; t++) {
      values[i * N_SAMPLES + t] = made_up(c->loss, partition.first + i, t);
    }
  }
  PetscCall(ActivityCreate(comm, activity));
  PetscCall(ActivitySetValues(*activity, c->n_neurons, N_SAMPLES, values));
  PetscCall(PetscFree(values));
  PetscFunctionReturn(0);
}

static PetscErrorCode run_create(MPI_Comm comm, const int grid[3], const Case *c, Run *r)
{
  static const double split[2] = {0.6, 0.2};
  const CausalformerShape shape = {.base = {.n_neurons = c->n_neurons,
                                            .context = c->context,
                                            .horizon = c->horizon,
                                            .width = WIDTH,
                                            .heads = HEADS,
                                            .head_width = HEAD_WIDTH,
                                            .hidden = HIDDEN,
                                            .norm = (int)c->norm,
                                            .loss = (int)c->loss,
                                            .dropout = c->dropout},
                                   .encoder_layers = c->encoder_layers,
                                   .decoder_layers = c->decoder_layers,
                                   .encoder = (int)c->encoder};
  int64_t n_local, n_entries;

  PetscFunctionBegin;
  *r = (Run){.c = c};
  PetscCall(TrainGridCreate(comm, grid, &r->grid));
  PetscCall(make_activity(comm, c, &r->activity));
  PetscCall(
      WindowsCreate(r->activity, &r->grid, c->context, c->horizon, split, PETSC_TRUE, &r->windows));
  PetscCall(BatchCreate(&r->windows, &r->grid, c->batch, &r->batch));
  PetscCall(CausalformerCreate(&shape, &r->grid, KernelsFind("auto"), c->batch, &r->model));
  n_local = r->model.base.weights.partition.n_local;
  n_entries = c->batch * n_local * c->horizon;
  PetscCall(PetscCalloc3(n_entries, &r->prediction[0], n_entries, &r->prediction[1],
                         2 * c->n_neurons * n_local, &r->score));
  r->norm = r->score + c->n_neurons * n_local;
  PetscFunctionReturn(0);
}

static PetscErrorCode run_destroy(Run *r)
{
  PetscFunctionBegin;
  PetscCall(PetscFree3(r->prediction[0], r->prediction[1], r->score));
  PetscCall(CausalformerDestroy(&r->model));
  PetscCall(BatchDestroy(&r->batch));
  PetscCall(WindowsDestroy(&r->windows));
  PetscCall(ActivityDestroy(&r->activity));
  PetscCall(TrainGridDestroy(&r->grid));
  PetscFunctionReturn(0);
}

/* As at the start of a training, but with norms that are not 1 and 0. */
static PetscErrorCode initialize(Run *r)
{
  const Weights *w = &r->model.base.weights;

  PetscFunctionBegin;
  PetscCall(WeightsInitialize(&r->model.base.weights, SEED, r->member));
  for (int t = 0; t < w->n_tensors; t++) {
    const Tensor *tensor = &w->tensors[t];

    for (int64_t e = 0; strstr(tensor->name, ".norm.") && e < tensor->length; e++) {
      w->value[tensor->offset + e] += (Real)(0.3 * sin((double)(7 * t + e)));
    }
  }
  PetscFunctionReturn(0);
}

/* A batch of windows that are not neighbours. */
static void fill_batch(Run *r, int64_t size)
{
  int64_t order[16];

  for (int64_t k = 0; k < size; k++) {
    order[k] = (5 + 7 * k) % r->windows.count[SPLIT_ALL];
  }
  BatchFill(&r->windows, &r->grid, order, 0, size, &r->batch);
}

static PetscErrorCode train(Run *r)
{
  PetscFunctionBegin;
  PetscCall(CausalformerForward(&r->model, &r->batch, PETSC_TRUE, SEED, r->member, STEP,
                                r->prediction[0], &r->loss[0]));
  PetscCall(CausalformerBackward(&r->model, &r->batch, SEED, r->member, STEP));
  PetscFunctionReturn(0);
}

/* A step's gradients, then forecasts and attention as in a test. A smaller batch before it must leave
   nothing behind. `before` (n_total) or NULL: the weights that the step starts from. */
static PetscErrorCode evaluate(Run *r, double *before)
{
  PetscFunctionBegin;
  PetscCall(initialize(r));
  fill_batch(r, 1);
  PetscCall(train(r));
  PetscCall(initialize(r));
  for (int64_t k = 0; before && k < r->model.base.weights.n_total; k++) {
    before[k] = (double)r->model.base.weights.value[k];
  }
  fill_batch(r, r->c->batch);
  PetscCall(train(r));
  PetscCall(CausalformerForward(&r->model, &r->batch, PETSC_FALSE, SEED, r->member, STEP,
                                r->prediction[1], &r->loss[1]));
  PetscCall(CausalformerScores(&r->model, r->score));
  PetscCall(CausalformerNorms(&r->model, r->norm));
  PetscFunctionReturn(0);
}

/* Largest difference relative to the largest number, or to `least` where that is larger. */
static double distance(int64_t n, const double *a, const double *b, double least)
{
  double most = least, worst = 0;

  for (int64_t k = 0; k < n; k++) {
    most = fmax(most, fabs(b[k]));
    worst = !(fabs(a[k] - b[k]) <= worst) ? fabs(a[k] - b[k]) : worst;
  }
  return worst / most;
}

/* On one rank: against plain loops, in training and after it. */
static PetscErrorCode check_reference(Run *r)
{
  const Weights *w = &r->model.base.weights;
  const int64_t n = r->c->n_neurons, n_entries = r->c->batch * n * r->c->horizon;
  double *value, *prediction, *score, loss, error;

  PetscFunctionBegin;
  PetscCall(PetscMalloc3(w->n_total, &value, n_entries, &prediction, 2 * n * n, &score));
  PetscCall(evaluate(r, value));
  for (int pass = 0; pass < 2; pass++) {
    PetscCall(ReferenceForward(&r->model, &r->batch, pass == 0 ? PETSC_TRUE : PETSC_FALSE, SEED,
                               r->member, STEP, value, prediction, &loss, score));
    error = noted(FROM_LOOPS, distance(n_entries, r->prediction[pass], prediction, 1));
    CHECK(error <= 1e-10, "case %td, pass %d: forecasts differ by %g", r->c - cases, pass, error);
    CHECK_CLOSE(r->loss[pass], loss, 1e-10);
  }
  for (int k = 0; k < 2; k++) {
    error = noted(FROM_LOOPS, distance(n * n, k ? r->norm : r->score, score + k * n * n, 1));
    CHECK(error <= 1e-10, "case %td: attention differs by %g, %d", r->c - cases, error, k);
  }
  error = noted(FROM_LOOPS, distance(w->n_total, w->value, value, 1));
  CHECK(error <= 1e-12, "case %td: running statistics differ by %g", r->c - cases, error);
  PetscCall(PetscFree3(value, prediction, score));
  PetscFunctionReturn(0);
}

/* Entries of a row of a tensor by neuron, and of all ranks. */
static int64_t length_of(const Tensor *tensor, int from)
{
  int64_t length = 1;

  for (int d = from; d < tensor->n_dims; d++) {
    length *= tensor->dims[d];
  }
  return length;
}

/* Where this rank has the first of its entries in the whole tensor. */
static int64_t first_of(const Weights *w, const Tensor *tensor)
{
  return tensor->kind == TENSOR_BY_NEURON ? w->partition.first * length_of(tensor, 1) : 0;
}

static PetscErrorCode mean_loss(Run *r, double *loss)
{
  const double entries = (double)(r->c->batch * r->c->n_neurons * r->c->horizon);

  PetscFunctionBegin;
  PetscCall(
      CausalformerForward(&r->model, &r->batch, PETSC_TRUE, SEED, r->member, STEP, NULL, loss));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, loss, 1, MPI_DOUBLE, MPI_SUM, r->grid.group));
  *loss /= entries;
  PetscFunctionReturn(0);
}

/* Central difference of the loss by one weight, which changes on all ranks that have it. `value` is
   where this rank does, or NULL. */
static PetscErrorCode difference(Run *r, Real *value, double *slope)
{
  const double step = 1e-5;
  const Real saved = value ? *value : 0;
  double loss[2];

  PetscFunctionBegin;
  for (int side = 0; side < 2; side++) {
    if (value) {
      *value = saved + (Real)(side == 0 ? -step : step);
    }
    PetscCall(mean_loss(r, &loss[side]));
  }
  if (value) {
    *value = saved;
  }
  *slope = (loss[1] - loss[0]) / (2 * step);
  PetscFunctionReturn(0);
}

/* At most `n_checked` entries of a tensor. The difference of two losses near 1 has about 10 digits; what
   is 0 but for rounding (bias of the keys) is within 1e-9. */
static PetscErrorCode check_tensor(Run *r, const Tensor *tensor, int64_t n_checked)
{
  const Weights *w = &r->model.base.weights;
  const int64_t length = length_of(tensor, 0), n = PetscMin(length, n_checked);
  double most = 0;

  PetscFunctionBegin;
  for (int64_t e = 0; e < tensor->length; e++) {
    most = fmax(most, fabs((double)w->gradient[tensor->offset + e]));
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &most, 1, MPI_DOUBLE, MPI_MAX, r->grid.group));
  for (int64_t k = 0; k < n; k++) {
    const int64_t local = (2 * k + 1) * length / (2 * n) - first_of(w, tensor);
    const PetscBool here = local >= 0 && local < tensor->length ? PETSC_TRUE : PETSC_FALSE;
    double slope = 0, error;

    PetscCall(difference(r, here ? w->value + tensor->offset + local : NULL, &slope));
    if (here) {
      error = fabs((double)w->gradient[tensor->offset + local] - slope);
      (void)noted(FROM_DIFFERENCES, error / (most + 1e-2));
      CHECK(error <= 1e-7 * most + 1e-9, "case %td: %s[%lld]: differs by %g, largest %g",
            r->c - cases, tensor->name, (long long)local, error, most);
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode check_differences(Run *r, int64_t n_checked)
{
  const Weights *w = &r->model.base.weights;

  PetscFunctionBegin;
  for (int t = 0; t < w->n_tensors; t++) {
    if (w->tensors[t].kind != TENSOR_STATE) {
      PetscCall(check_tensor(r, &w->tensors[t], n_checked));
    }
  }
  PetscFunctionReturn(0);
}

/* Ranks that share weights have the same gradients to the bit, or they would drift apart. */
static PetscErrorCode check_equal(const Run *r)
{
  const Weights *w = &r->model.base.weights;
  const int64_t first[2] = {0, w->n_shared}, end[2] = {w->n_shared, w->n_trained};
  double *other;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(w->n_trained, &other));
  for (int k = 0; k < 2; k++) {
    const MPI_Comm comm = k == 0 ? r->grid.group : r->grid.batch;
    const int n = (int)(end[k] - first[k]);

    PetscCall(PetscArraycpy(other + first[k], w->gradient + first[k], n));
    PetscCallMPI(MPI_Bcast(other + first[k], n, MPI_DOUBLE, 0, comm));
    CHECK(!memcmp(other + first[k], w->gradient + first[k], (size_t)n * sizeof(double)),
          "case %td: gradients %s differ between ranks", r->c - cases, k ? "by neuron" : "shared");
  }
  PetscCall(PetscFree(other));
  PetscFunctionReturn(0);
}

/* This rank's part of a run against one rank that has everything. */
static PetscErrorCode check_one_rank(Run *r, const Run *one)
{
  const Weights *w = &r->model.base.weights, *v = &one->model.base.weights;
  const int64_t n = r->c->n_neurons, n_local = w->partition.n_local, h = r->c->horizon;
  double loss[2], error;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Allreduce(r->loss, loss, 2, MPI_DOUBLE, MPI_SUM, r->grid.group));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, r->score, (int)(2 * n * n_local), MPI_DOUBLE, MPI_SUM,
                             r->grid.batch));
  for (int pass = 0; pass < 2; pass++) {
    CHECK_CLOSE(loss[pass], one->loss[pass], 1e-11);
    for (int64_t s = 0; s < r->batch.n_samples; s++) {
      const int64_t all = ((r->batch.first_sample + s) * n + w->partition.first) * h;

      CHECK(distance(n_local * h, r->prediction[pass] + s * n_local * h,
                     one->prediction[pass] + all, 1) <= 1e-11,
            "case %td, pass %d: forecasts differ from those of one rank", r->c - cases, pass);
    }
  }
  for (int64_t i = 0; i < n; i++) {
    CHECK(distance(n_local, r->score + i * n_local, one->score + i * n + w->partition.first, 1) <=
                  1e-11 &&
              distance(n_local, r->norm + i * n_local, one->norm + i * n + w->partition.first, 1) <=
                  1e-11,
          "case %td: attention differs from that of one rank", r->c - cases);
  }
  for (int t = 0; t < w->n_tensors; t++) {
    const Tensor *a = &w->tensors[t], *b = &v->tensors[t];
    const PetscBool state = a->kind == TENSOR_STATE ? PETSC_TRUE : PETSC_FALSE;
    const double *ours = (state ? w->value : w->gradient) + a->offset;
    const double *theirs = (state ? v->value : v->gradient) + b->offset + first_of(w, a);

    error = noted(FROM_ONE_RANK, distance(a->length, ours, theirs, 1e-3));
    CHECK(error <= 1e-10, "case %td: %s differs by %g from one rank", r->c - cases, a->name, error);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode test_one_rank(void)
{
  const int grid[3] = {1, 1, 1};

  PetscFunctionBegin;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(cases); k++) {
    Run r;

    PetscCall(run_create(PETSC_COMM_WORLD, grid, &cases[k], &r));
    PetscCall(check_reference(&r));
    PetscCall(check_differences(&r, cases[k].context > 4 ? 2 : 6));
    PetscCall(run_destroy(&r));
  }
  PetscFunctionReturn(0);
}

/* With two groups each has another member of an ensemble. */
static PetscErrorCode test_grid(const int grid[3])
{
  const int whole[3] = {1, 1, 1};

  PetscFunctionBegin;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(cases); k++) {
    Run r, one;

    PetscCall(run_create(PETSC_COMM_WORLD, grid, &cases[k], &r));
    PetscCall(run_create(PETSC_COMM_SELF, whole, &cases[k], &one));
    r.member = one.member = r.grid.group_index;
    PetscCall(evaluate(&r, NULL));
    PetscCall(evaluate(&one, NULL));
    PetscCall(check_equal(&r));
    PetscCall(check_one_rank(&r, &one));
    PetscCall(check_differences(&r, cases[k].context > 4 ? 1 : 2));
    PetscCall(run_destroy(&one));
    PetscCall(run_destroy(&r));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode run(int size)
{
  const int grids[][3] = {{1, 1, size}, {1, size, 1}, {1, 2, size / 2}, {2, 1, size / 2}};
  const char *text;

  PetscFunctionBegin;
  CHECK(sizeof(Real) == sizeof(double) && !strcmp(KernelName(1, &text), "plain") &&
            !KernelsFind("portable") && !strcmp(KernelsFind("auto")->name, "plain"),
        "not the sources in double precision");
  if (size == 1) {
    PetscCall(test_one_rank());
  }
  for (int k = 0; k < (size == 1 ? 0 : (size == 4 ? 4 : 2)); k++) {
    PetscCall(test_grid(grids[k]));
  }
  PetscCall(PetscPrintf(
      PETSC_COMM_WORLD,
      "largest differences: from plain loops %.1e, from central differences %.1e of "
      "the largest, from one rank %.1e\n",
      worst_error[FROM_LOOPS], worst_error[FROM_DIFFERENCES], worst_error[FROM_ONE_RANK]));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  int size;

  check_begin(&argc, &argv);
  (void)MPI_Comm_size(PETSC_COMM_WORLD, &size);
  CHECK(run(size) == 0, "failed");
  return check_end();
}
