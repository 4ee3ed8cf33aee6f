/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The signed forecaster in double precision: the same sources compiled a second time. The gradient of every tensor
   against central differences for every option, all grids of ranks against one rank, and the intervention against
   forecasts of windows that were changed by hand. */
#include "check.h"

#include "readings/experiments.h"
#include "signed/signed.h"

#include <string.h>

enum { N = 5, SAMPLES = 60, BATCH = 7, CONTEXT = 4, SEED = 3 };

typedef struct {
  const char *name;
  int loss, events, pair_bias, source_lags;
  double dropout;
  int queries;
} Case;

static const Case cases[] = {
    {"hurdle", LOSS_HURDLE, EVENTS_FLAG, PAIR_BIAS_FULL, 1, 0, QUERIES_IDENTITY},
    {"no events", LOSS_HURDLE, EVENTS_NONE, PAIR_BIAS_FULL, 1, 0, QUERIES_IDENTITY},
    {"embeddings alone", LOSS_HURDLE, EVENTS_FLAG, PAIR_BIAS_NONE, 3, 0, QUERIES_IDENTITY},
    {"squared error", LOSS_MSE, EVENTS_FLAG, PAIR_BIAS_FULL, 2, 0, QUERIES_IDENTITY},
    {"binary", LOSS_BCE, EVENTS_NONE, PAIR_BIAS_FULL, 1, 0, QUERIES_IDENTITY},
    {"dropout", LOSS_HURDLE, EVENTS_FLAG, PAIR_BIAS_FULL, 4, 0.3, QUERIES_IDENTITY},
    {"by content", LOSS_HURDLE, EVENTS_FLAG, PAIR_BIAS_FULL, 2, 0, QUERIES_CONTENT},
    {"by content alone", LOSS_MSE, EVENTS_FLAG, PAIR_BIAS_NONE, 1, 0, QUERIES_CONTENT},
};

typedef struct {
  TrainGrid grid;
  Activity activity;
  Windows windows;
  Batch batch;
  ForecastModel *model;
} Run;

static double made_up(const Case *c, int64_t neuron, int64_t t)
{
  const double wave = sin(1.3 * (double)neuron + 0.9 * (double)t) +
                      0.5 * sin(0.37 * (double)t * (double)(neuron + 1));

  return c->loss == LOSS_BCE ? (double)(wave > 0.3) : wave;
}

static PetscErrorCode make_activity(MPI_Comm comm, const Case *c, Activity *activity)
{
  Partition part;
  double *values;

  PetscFunctionBegin;
  PetscCall(PartitionMake(comm, N, &part));
  PetscCall(PetscMalloc1(part.n_local * SAMPLES, &values));
  for (int64_t at = 0; at < part.n_local * SAMPLES; at++) {
    values[at] = made_up(c, part.first + at / SAMPLES, at % SAMPLES);
  }
  PetscCall(ActivityCreate(comm, activity));
  PetscCall(ActivitySetValues(*activity, N, SAMPLES, values));
  PetscCall(ActivityDetectEvents(*activity, 0.9));
  PetscCall(PetscFree(values));
  PetscFunctionReturn(0);
}

/* Weights that leave nothing at zero. */
static void disturb(ForecastModel *model)
{
  const Weights *w = &model->weights;

  for (int t = 0; t < w->n_tensors; t++) {
    const Tensor *tensor = &w->tensors[t];
    const int64_t first =
        tensor->kind == TENSOR_BY_NEURON
            ? w->partition.first *
                  (tensor->n_dims > 2 ? tensor->dims[1] * tensor->dims[2] : tensor->dims[1])
            : 0;

    for (int64_t k = 0; k < tensor->length; k++) {
      w->value[tensor->offset + k] += (Real)(0.3 * sin((double)(first + k) + 1.7 * t));
    }
  }
}

static PetscErrorCode run_create(MPI_Comm comm, const int grid[3], const Case *c, Run *r)
{
  static const double split[2] = {0.6, 0.2};
  const SignedShape shape = {.base = {.n_neurons = N,
                                      .context = CONTEXT,
                                      .horizon = 1,
                                      .width = 6,
                                      .heads = 2,
                                      .head_width = 3,
                                      .hidden = 10,
                                      .loss = c->loss,
                                      .dropout = c->dropout},
                             .key_width = 2,
                             .source_lags = c->source_lags,
                             .events = c->events,
                             .pair_bias = c->pair_bias,
                             .queries = c->queries};

  PetscFunctionBegin;
  PetscCall(TrainGridCreate(comm, grid, &r->grid));
  PetscCall(make_activity(comm, c, &r->activity));
  PetscCall(WindowsCreate(r->activity, &r->grid, CONTEXT, 1, split, PETSC_TRUE, &r->windows));
  PetscCall(BatchCreate(&r->windows, &r->grid, BATCH, &r->batch));
  PetscCall(SignedType.create(&shape.base, &r->grid, KernelsFind("auto"), BATCH, &r->model));
  PetscCall(WeightsInitialize(&r->model->weights, SEED, 0));
  disturb(r->model);
  PetscFunctionReturn(0);
}

static PetscErrorCode run_destroy(Run *r)
{
  PetscFunctionBegin;
  PetscCall(SignedType.destroy(&r->model));
  PetscCall(BatchDestroy(&r->batch));
  PetscCall(WindowsDestroy(&r->windows));
  PetscCall(ActivityDestroy(&r->activity));
  PetscCall(TrainGridDestroy(&r->grid));
  PetscFunctionReturn(0);
}

/* Mean loss of a batch over all ranks of the grid. */
static PetscErrorCode find_loss(Run *r, double *loss)
{
  PetscFunctionBegin;
  BatchFill(&r->windows, &r->grid, NULL, 2, BATCH, &r->batch);
  PetscCall(r->model->type->forward(r->model, &r->batch, PETSC_TRUE, SEED, 0, 5, NULL, loss));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, loss, 1, MPI_DOUBLE, MPI_SUM, r->grid.group));
  *loss /= (double)(BATCH * N);
  PetscFunctionReturn(0);
}

static PetscErrorCode test_gradients(const Case *c)
{
  const int alone[3] = {1, 1, 1};
  const double step = 1e-5;
  double loss, up, down;
  Run r;

  PetscFunctionBegin;
  PetscCall(run_create(PETSC_COMM_SELF, alone, c, &r));
  PetscCall(find_loss(&r, &loss));
  PetscCall(r.model->type->backward(r.model, &r.batch, SEED, 0, 5));
  for (int t = 0; t < r.model->weights.n_tensors; t++) {
    const Tensor *tensor = &r.model->weights.tensors[t];
    double largest = 0;

    for (int64_t k = 0; k < tensor->length; k++) {
      Real *value = &r.model->weights.value[tensor->offset + k];
      const double gradient = (double)r.model->weights.gradient[tensor->offset + k];
      const Real before = *value;
      double difference;

      *value = before + (Real)step;
      PetscCall(find_loss(&r, &up));
      *value = before - (Real)step;
      PetscCall(find_loss(&r, &down));
      *value = before;
      difference = (up - down) / (2.0 * step);
      largest = fmax(largest, fabs(gradient));
      CHECK(fabs(gradient - difference) < 1e-7 * fmax(1.0, fabs(difference)),
            "%s, %s, entry %lld: %g, by differences %g", c->name, tensor->name, (long long)k,
            gradient, difference);
    }
    CHECK(largest > 0, "%s: %s has no gradient", c->name, tensor->name);
  }
  PetscCall(run_destroy(&r));
  PetscFunctionReturn(0);
}

/* Loss and all gradients of a grid against those of one rank. */
static PetscErrorCode test_grid(const Case *c, const int grid[3])
{
  const int alone[3] = {1, 1, 1};
  const Weights *w, *v;
  double loss, expected;
  Run r, one;

  PetscFunctionBegin;
  PetscCall(run_create(PETSC_COMM_WORLD, grid, c, &r));
  PetscCall(run_create(PETSC_COMM_SELF, alone, c, &one));
  PetscCall(find_loss(&r, &loss));
  PetscCall(find_loss(&one, &expected));
  CHECK_CLOSE(loss, expected, 1e-13);
  PetscCall(r.model->type->backward(r.model, &r.batch, SEED, 0, 5));
  PetscCall(one.model->type->backward(one.model, &one.batch, SEED, 0, 5));
  w = &r.model->weights;
  v = &one.model->weights;
  for (int t = 0; t < w->n_tensors; t++) {
    const int64_t row = v->tensors[t].length / N;
    const int64_t first = w->tensors[t].kind == TENSOR_BY_NEURON ? w->partition.first * row : 0;

    for (int64_t k = 0; k < w->tensors[t].length; k++) {
      CHECK_CLOSE((double)w->gradient[w->tensors[t].offset + k],
                  (double)v->gradient[v->tensors[t].offset + first + k], 1e-12);
    }
  }
  PetscCall(run_destroy(&one));
  PetscCall(run_destroy(&r));
  PetscFunctionReturn(0);
}

/* All readings of a grid against those of one rank, also those of any forecaster. */
static PetscErrorCode test_readings(const Case *c, const int grid[3])
{
  const int alone[3] = {1, 1, 1};
  Run r, one;

  PetscFunctionBegin;
  PetscCall(run_create(PETSC_COMM_WORLD, grid, c, &r));
  PetscCall(run_create(PETSC_COMM_SELF, alone, c, &one));
  for (int k = -2; k < 0 || SignedType.readings[k]; k++) {
    const Reading *reading =
        k >= 0 ? SignedType.readings[k] : (k == -1 ? &PassIntervention : &PassLossIncrease);
    double rows[N * N] = {0}, error[N * N] = {0}, expected[N * N] = {0}, other[N * N] = {0};

    PetscCall(reading->compute(r.model, &r.windows, BATCH, 3, 30, rows, error));
    PetscCall(reading->compute(one.model, &one.windows, BATCH, 3, 30, expected, other));
    for (int64_t at = 0; at < r.windows.partition.n_local * N; at++) {
      CHECK_CLOSE(rows[at], expected[r.windows.partition.first * N + at], 1e-12);
      CHECK_CLOSE(error[at], other[r.windows.partition.first * N + at], 1e-9);
    }
    for (int i = 0; i < N && k >= 0 && !strcmp(reading->name, "attention"); i++) {
      double sum = 0;

      for (int j = 0; j < N; j++) {
        sum += expected[i * N + j];
      }
      CHECK(expected[i * N + i] == 0, "%s: attention of %d to itself", c->name, i);
      CHECK_CLOSE(sum, (double)one.model->shape.heads, 1e-13);
    }
  }
  PetscCall(run_destroy(&one));
  PetscCall(run_destroy(&r));
  PetscFunctionReturn(0);
}

/* Outputs of one window for all targets, the last sample of a source as it is or as the one before. */
static PetscErrorCode respond(Run *r, int64_t window, int64_t source, double response[N])
{
  const Signed *m = (const Signed *)r->model;
  double loss;

  PetscFunctionBegin;
  for (int64_t i = 0; i < N; i++) {
    BatchFill(&r->windows, &r->grid, NULL, window, 1, &r->batch);
    if (source >= 0 && source != i) {
      const int64_t last = source * CONTEXT + CONTEXT - 1;

      r->batch.context[last] = r->batch.context[last - 1];
      r->batch.context_event[last] = r->batch.context_event[last - 1];
    }
    PetscCall(r->model->type->forward(r->model, &r->batch, PETSC_FALSE, 0, 0, 0, NULL, &loss));
    response[i] = (double)m->output[i * m->outputs + m->outputs - 1];
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode test_intervention(const Case *c)
{
  enum { FIRST = 3, COUNT = 30 };
  const int alone[3] = {1, 1, 1};
  double rows[N * N] = {0}, expected[N * N] = {0}, as_it_is[N], changed[N];
  Run r;

  PetscFunctionBegin;
  PetscCall(run_create(PETSC_COMM_SELF, alone, c, &r));
  PetscCall(SignedIntervention.compute(r.model, &r.windows, BATCH, FIRST, COUNT, rows, NULL));
  for (int64_t j = 0; j < N; j++) {
    int64_t n_events = 0;

    for (int64_t window = FIRST; window < FIRST + COUNT; window++) {
      const uint8_t *event = r.windows.events + j * SAMPLES + window + CONTEXT - 1;

      if (!event[0] || event[-1]) {
        continue;
      }
      n_events++;
      PetscCall(respond(&r, window, -1, as_it_is));
      PetscCall(respond(&r, window, j, changed));
      for (int i = 0; i < N; i++) {
        expected[i * N + j] += as_it_is[i] - changed[i];
      }
    }
    CHECK(n_events > 0, "neuron %lld has no event", (long long)j);
    for (int i = 0; i < N; i++) {
      CHECK_CLOSE(rows[i * N + j], expected[i * N + j] / (double)n_events, 1e-12);
      CHECK(i == j || rows[i * N + j] != 0, "no effect of %lld on %d", (long long)j, i);
    }
  }
  PetscCall(run_destroy(&r));
  PetscFunctionReturn(0);
}

/* Readings by passes: the intervention against the one that knows the model, the removal against windows without the
   source. */
static PetscErrorCode test_passes(const Case *c)
{
  enum { FIRST = 3, COUNT = 30 };
  const int alone[3] = {1, 1, 1};
  double rows[N * N] = {0}, known[N * N] = {0}, loss[N * N] = {0}, error[N * N] = {0}, total;
  Real forecast[2][N];
  Run r;

  PetscFunctionBegin;
  PetscCall(run_create(PETSC_COMM_SELF, alone, c, &r));
  PetscCall(PassIntervention.compute(r.model, &r.windows, BATCH, FIRST, COUNT, rows, NULL));
  PetscCall(SignedIntervention.compute(r.model, &r.windows, BATCH, FIRST, COUNT, known, NULL));
  PetscCall(PassLossIncrease.compute(r.model, &r.windows, BATCH, FIRST, COUNT, loss, error));
  for (int j = 0; j < N; j++) {
    double growth[N][COUNT], mean_value = 0;

    for (int t = 0; t < SAMPLES; t++) {
      mean_value += (double)r.windows.values[j * SAMPLES + t] / SAMPLES;
    }
    for (int k = 0; k < COUNT; k++) {
      BatchFill(&r.windows, &r.grid, NULL, FIRST + k, 1, &r.batch);
      PetscCall(
          r.model->type->forward(r.model, &r.batch, PETSC_FALSE, 0, 0, 0, forecast[0], &total));
      for (int t = 0; t < CONTEXT; t++) {
        r.batch.context[j * CONTEXT + t] = (Real)mean_value;
        r.batch.context_event[j * CONTEXT + t] = 0;
      }
      PetscCall(
          r.model->type->forward(r.model, &r.batch, PETSC_FALSE, 0, 0, 0, forecast[1], &total));
      for (int i = 0; i < N; i++) {
        growth[i][k] = pow((double)(forecast[1][i] - r.batch.target[i]), 2) -
                       pow((double)(forecast[0][i] - r.batch.target[i]), 2);
      }
    }
    for (int i = 0; i < N; i++) {
      double mean = 0, variance = 0;

      for (int k = 0; k < COUNT; k++) {
        mean += growth[i][k] / COUNT;
      }
      for (int k = 0; k < COUNT; k++) {
        variance += (growth[i][k] - mean) * (growth[i][k] - mean) / COUNT;
      }
      CHECK_CLOSE(loss[i * N + j], mean, 1e-12);
      CHECK_CLOSE(error[i * N + j], sqrt(variance / (COUNT - 1)), 1e-12);
      CHECK(i == j || fabs(rows[i * N + j] - known[i * N + j]) < 1e-12,
            "%d to %d: %g by passes, %g by messages", j, i, rows[i * N + j], known[i * N + j]);
    }
  }
  PetscCall(run_destroy(&r));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  int size;

  check_begin(&argc, &argv);
  (void)MPI_Comm_size(PETSC_COMM_WORLD, &size);
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(cases); k++) {
    const int grids[3][3] = {{1, 1, size}, {1, size, 1}, {1, 2, size / 2}};

    if (size == 1) {
      CHECK(!test_gradients(&cases[k]), "%s", UserErrorMessage());
      if (cases[k].dropout == 0 && cases[k].queries == QUERIES_IDENTITY) {
        CHECK(!test_intervention(&cases[k]), "%s", UserErrorMessage());
      }
      if (cases[k].loss == LOSS_MSE) {
        CHECK(!test_passes(&cases[k]), "%s", UserErrorMessage());
      }
    }
    for (int g = 0; g < (size == 4 ? 3 : 2) && size > 1; g++) {
      CHECK(!test_grid(&cases[k], grids[g]), "%s", UserErrorMessage());
      CHECK(!test_readings(&cases[k], grids[g]), "%s", UserErrorMessage());
    }
  }
  return check_end();
}
