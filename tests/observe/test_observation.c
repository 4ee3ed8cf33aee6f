/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recordings of a simulation are what the formulas say, spike by spike, on every number of ranks: the decay and rise of
   calcium, its saturation, the light of neighbours, noise of the right size; and every so many samples of potentials. */
#include "check.h"
#include "scratch.h"

#include "causeway/recording.h"

#include <string.h>

enum { N = 23, SPIKES = 60, FRAMES = 41, STRIDE = 4 };
#define SEED  5 /* also as a word in observe() */
#define FRAME 7.5

static int rank;

/* Spikes in ascending order of time, some of them at a frame. */
static double time_of(int64_t k)
{
  return k % 5 ? 4.9 * (double)k : FRAME * floor(4.9 * (double)k / FRAME);
}

static int64_t node_of(int64_t k)
{
  return 7 * k % N;
}

static double potential(int64_t i, int64_t t)
{
  return -65 + sin(0.3 * (double)t + (double)i);
}

static PetscErrorCode write_activity(void)
{
  const int64_t n = SPIKES, dims[2] = {FRAMES * STRIDE, N}, three = 3, zero[2] = {0, 0};
  const int64_t n_mine = rank ? 0 : SPIKES, three_mine = rank ? 0 : 3;
  const int64_t box[2] = {rank ? 0 : dims[0], N};
  const double times_of_report[3] = {0, FRAMES * STRIDE * FRAME, FRAME};
  double times[SPIKES], *values;
  int64_t nodes[SPIKES];
  DataFile file;

  PetscFunctionBegin;
  for (int64_t k = 0; k < SPIKES; k++) {
    times[k] = time_of(k);
    nodes[k] = node_of(k);
  }
  PetscCall(PetscMalloc1(dims[0] * dims[1], &values));
  for (int64_t t = 0; t < dims[0]; t++) {
    for (int64_t i = 0; i < N; i++) {
      values[t * N + i] = potential(i, t);
    }
  }
  PetscCall(DataFileCreate(PETSC_COMM_WORLD, in_scratch("activity.h5"), &file));
  PetscCall(DataFileAddDataset(file, "/spikes/neurons/timestamps", DATA_FLOAT64, 1, &n, NULL));
  PetscCall(DataFileAddDataset(file, "/spikes/neurons/node_ids", DATA_UINT64, 1, &n, NULL));
  PetscCall(DataFileAddDataset(file, "/report/neurons/data", DATA_FLOAT64, 2, dims, NULL));
  PetscCall(
      DataFileAddDataset(file, "/report/neurons/mapping/time", DATA_FLOAT64, 1, &three, NULL));
  PetscCall(DataFileWrite(file, "/spikes/neurons/timestamps", DATA_FLOAT64, zero, &n_mine, times));
  PetscCall(DataFileWrite(file, "/spikes/neurons/node_ids", DATA_INT64, zero, &n_mine, nodes));
  PetscCall(DataFileWrite(file, "/report/neurons/data", DATA_FLOAT64, zero, box, values));
  PetscCall(DataFileWrite(file, "/report/neurons/mapping/time", DATA_FLOAT64, zero, &three_mine,
                          times_of_report));
  PetscCall(DataFileClose(&file));
  PetscCall(PetscFree(values));
  PetscFunctionReturn(0);
}

/* Calcium of a neuron, summed over its spikes; `peak` is that of one. */
static double calcium(int64_t neuron, double time, double decay, double rise, double peak)
{
  const double latest = rise > 0 ? log(decay / rise) * decay * rise / (decay - rise) : 0;
  const double size = rise > 0 ? exp(-latest / decay) - exp(-latest / rise) : 1;
  double sum = 0;

  for (int64_t k = 0; k < SPIKES; k++) {
    const double age = time - time_of(k);

    if (node_of(k) == neuron && age >= 0) {
      sum += exp(-age / decay) - (rise > 0 ? exp(-age / rise) : 0);
    }
  }
  return peak * sum / size;
}

static double way(double a, double b)
{
  const double d = fabs(a - b);

  return fmin(d, 1 - d);
}

/* Part of the light of neuron j that is seen at neuron i. */
static double shine(int64_t i, int64_t j, double part, double range)
{
  double a[2], b[2], d;

  RandomUniform(SEED, RANDOM_PLACE, i, 0, a);
  RandomUniform(SEED, RANDOM_PLACE, j, 0, b);
  d = hypot(way(a[0], b[0]), way(a[1], b[1]));
  return i == j ? 1 : (d < 3 * range ? part * exp(-d * d / range / range) : 0);
}

static PetscErrorCode observe(const ParameterSetting options[], double *values)
{
  const RecordingOptions all = {.channels = "all", .time_ms = {-INFINITY, INFINITY}};
  Observation observation;
  Recording recording;
  RecordingInfo info;
  Partition whole = {.n_global = N, .block = N, .n_local = rank ? 0 : N, .size = 1};
  DataFile file;
  int64_t n_samples;

  PetscFunctionBegin;
  PetscCall(ObservationCreate(PETSC_COMM_WORLD, &observation));
  PetscCall(ObservationSetOptions(observation, options));
  PetscCall(ObservationSetOptions(observation, SETTINGS({"seed", "5"})));
  PetscCall(
      ObservationSamples(observation, (FRAMES - 1) * FRAME, FRAMES * STRIDE, FRAME, &n_samples));
  CHECK(n_samples == FRAMES, "%lld samples", (long long)n_samples);
  PetscCall(DataFileCreate(PETSC_COMM_WORLD, in_scratch("recording.h5"), &file));
  PetscCall(ObservationRun(observation, in_scratch("activity.h5"), &(Identity){N, NULL, NULL},
                           n_samples, file));
  PetscCall(DataFileClose(&file));
  PetscCall(ObservationDestroy(&observation));
  PetscCall(RecordingOpen(PETSC_COMM_WORLD, in_scratch("recording.h5"), &all, &recording));
  RecordingGetInfo(recording, &info);
  CHECK(info.n_channels == N && info.n_samples == FRAMES, "%lld x %lld", (long long)info.n_channels,
        (long long)info.n_samples);
  PetscCall(RecordingRead(recording, &whole, values));
  PetscCall(RecordingClose(&recording));
  PetscFunctionReturn(0);
}

static PetscErrorCode test_fluorescence(void)
{
  static const ParameterSetting options[] = {
      {"observe_model", "fluorescence"},     {"observe_interval", "7.5"},
      {"fluorescence_decay", "80"},          {"fluorescence_rise", "12"},
      {"fluorescence_amplitude", "40"},      {"fluorescence_saturation", "200"},
      {"fluorescence_baseline", "0.25"},     {"fluorescence_scatter", "0.3"},
      {"fluorescence_scatter_range", "0.2"}, {NULL, NULL}};
  double values[N * FRAMES];

  PetscFunctionBegin;
  PetscCall(observe(options, values));
  for (int64_t i = 0; i < N && rank == 0; i++) {
    for (int64_t t = 0; t < FRAMES; t++) {
      double expected = 0;

      for (int64_t j = 0; j < N; j++) {
        const double c = calcium(j, (double)t * FRAME, 80, 12, 40);

        expected += shine(i, j, 0.3, 0.2) * (0.25 + c / (c + 200));
      }
      CHECK_CLOSE(values[i * FRAMES + t], expected, 2e-7);
    }
  }
  PetscFunctionReturn(0);
}

/* A rise of 0 is a step, a saturation of 0 leaves the calcium as it is; noise has its deviation. */
static PetscErrorCode test_noise(void)
{
  static const ParameterSetting options[] = {{"observe_model", "fluorescence"},
                                             {"observe_interval", "7.5"},
                                             {"fluorescence_decay", "80"},
                                             {"fluorescence_amplitude", "2"},
                                             {"fluorescence_saturation", "0"},
                                             {"observe_noise", "0.5"},
                                             {NULL, NULL}};
  const double n = (double)N * FRAMES;
  double values[N * FRAMES], mean = 0, square = 0;

  PetscFunctionBegin;
  PetscCall(observe(options, values));
  for (int64_t k = 0; k < N * FRAMES && rank == 0; k++) {
    const double off = values[k] - calcium(k / FRAMES, (double)(k % FRAMES) * FRAME, 80, 0, 2);

    mean += off / n;
    square += off * off / n;
  }
  CHECK(rank > 0 || fabs(mean) < 5 * 0.5 / sqrt(n), "mean %g", mean);
  CHECK(rank > 0 || fabs(sqrt(square) - 0.5) < 5 * 0.5 / sqrt(2 * n), "deviation %g", sqrt(square));
  PetscFunctionReturn(0);
}

static PetscErrorCode test_voltage(void)
{
  static const ParameterSetting options[] = {
      {"observe_model", "voltage"}, {"observe_interval", "30"}, {NULL, NULL}};
  double values[N * FRAMES];

  PetscFunctionBegin;
  PetscCall(observe(options, values));
  for (int64_t k = 0; k < N * FRAMES && rank == 0; k++) {
    CHECK_CLOSE(values[k], potential(k / FRAMES, STRIDE * (k % FRAMES)), 1e-7);
  }
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  check_begin(&argc, &argv);
  rank = scratch_rank();
  scratch_begin("observe");
  CHECK(!write_activity(), "activity");
  CHECK(!test_fluorescence(), "fluorescence: %s", UserErrorMessage());
  CHECK(!test_noise(), "noise: %s", UserErrorMessage());
  CHECK(!test_voltage(), "voltage: %s", UserErrorMessage());
  scratch_end();
  return check_end();
}
