/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "drive.h"

#include "causeway/internal/core/elementary.h"

#include "causeway/error.h"
#include "causeway/log.h"
#include "causeway/random.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

/* Number of steps of a given current that are read at once; number of steps per batch of random numbers. */
enum { DRIVE_STEPS = 1024, GROUP = 4 };

static const ParameterSpec inputs[] = {
    {.key = "simulate_input_mean",
     .kind = PARAMETER_REALS,
     .unit = "mV/ms",
     .standard = "by model",
     .varies = PETSC_TRUE,
     .low = -1e6,
     .high = 1e6,
     .text =
         "Mean of the input, in the unit of the model; for spiking models one number or one for "
         "each population",
     POPULATION_MEMBER(Drive, mean)},
    {.key = "simulate_input_variance",
     .kind = PARAMETER_REALS,
     .unit = "(mV/ms)^2",
     .standard = "by model",
     .varies = PETSC_TRUE,
     .high = 1e12,
     .text = "Variance of the white noise in the input; for spiking models one number or one for "
             "each population",
     POPULATION_MEMBER(Drive, variance)},
    {.key = NULL}};

/* For spiking models. */
static const ParameterSpec outside[] = {
    {.key = "simulate_poisson_rate",
     .kind = PARAMETER_REALS,
     .unit = "Hz",
     .standard = "",
     .high = 1e7,
     .text =
         "Rate of all Poisson spikes from outside that a neuron receives; one number or one for "
         "each population",
     POPULATION_MEMBER(Drive, poisson_rate)},
    {.key = "simulate_poisson_weight",
     .kind = PARAMETER_REALS,
     .unit = "unit of weights",
     .standard = "",
     .low = -1e6,
     .high = 1e6,
     .text = "Weight of the Poisson spikes from outside; one number or one for each population",
     POPULATION_MEMBER(Drive, poisson_weight)},
    {.key = "simulate_full_rates",
     .kind = PARAMETER_REALS,
     .unit = "Hz",
     .standard = "",
     .high = 1e4,
     .text = "Mean rates in the full network, for a constant input in place of the synapses that "
             "network_indegree_scale < 1 leaves out; one number or one for each population",
     .needs = "network_type=populations",
     POPULATION_MEMBER(Drive, full_rates)},
    {.key = "simulate_input",
     .kind = PARAMETER_TEXT,
     .standard = "",
     .form = "FILE.h5:/path",
     .text = "Input current, (N, steps) [mV/ms], in place of a drawn one",
     PARAMETER_MEMBER(Drive, file_path)},
    {.key = NULL}};

PetscErrorCode DriveDeclareParameters(Parameters p, const char *spiking)
{
  PetscFunctionBegin;
  PetscCall(ParametersDeclare(p, inputs));
  PetscCall(ParametersDeclareFor(p, outside, spiking));
  PetscFunctionReturn(0);
}

PetscErrorCode DriveSetFromOptions(Drive *d, Parameters p, uint32_t seed)
{
  PetscFunctionBegin;
  d->seed = seed;
  d->group = -1;
  PetscCall(ParametersRead(p, inputs, d));
  PetscCall(ParametersDefaults(outside, d));
  PetscCall(ParametersRead(p, outside, d));
  PetscFunctionReturn(0);
}

static PetscErrorCode open_input(Drive *d, int64_t n_steps)
{
  const Partition *p = d->partition;
  char name[PETSC_MAX_PATH_LEN];
  int64_t dims[2];

  PetscFunctionBegin;
  PetscCall(ParseFilePath(d->file_path, sizeof(name), name, d->path));
  PetscCall(DataFileOpen(p->comm, name, &d->file));
  PetscCall(DataFileShape(d->file, d->path, 2, dims));
  UserCheck(dims[0] == p->n_global && dims[1] >= n_steps,
            "%s: is %lld x %lld; expected %lld neurons and at least %lld steps", d->file_path,
            (long long)dims[0], (long long)dims[1], (long long)p->n_global, (long long)n_steps);
  PetscCall(PetscMalloc1(p->n_local * DRIVE_STEPS, &d->block));
  PetscFunctionReturn(0);
}

/* A uniform 32-bit number at or above limit k means more than k spikes: inversion of the Poisson distribution. */
static PetscErrorCode set_limits(Drive *d, int population, double mean)
{
  int n = 0;

  PetscFunctionBegin;
  UserCheck(mean <= 1000,
            "simulate_poisson_rate: %g spikes per step on average; at most 1000 are possible",
            mean);
  while (gsl_cdf_poisson_Q((unsigned)n, mean) * 0x1p32 >= 0.5) {
    n++;
  }
  PetscCall(PetscMalloc1(n, &d->limits[population]));
  for (int k = 0; k < n; k++) {
    const double limit = round(gsl_cdf_poisson_P((unsigned)k, mean) * 0x1p32);

    d->limits[population][k] = (uint32_t)PetscMin(limit, (double)UINT32_MAX);
  }
  d->n_limits[population] = n;
  PetscFunctionReturn(0);
}

/* With fewer but larger synapses a fraction sqrt(k) of the mean input remains: van Albada et al. (2015), eq. 4. */
static void compensate(Drive *d, Network network, int n_populations, const Population *populations,
                       const double (*charge)[SYNAPSE_KINDS])
{
  const double lost = 1.0 - sqrt(NetworkIndegreeScale(network));

  for (int t = 0; t < n_populations; t++) {
    for (int s = 0; s < n_populations; s++) {
      d->offset[t] += lost * NetworkFullInput(network, t, s) * PopulationValue(&d->full_rates, s) *
                      1e-3 * charge[t][populations[s].inhibitory ? SYNAPSE_INHIBITORY : 0];
    }
  }
}

PetscErrorCode DriveSetUp(Drive *d, Network network, double step_ms,
                          const double (*charge)[SYNAPSE_KINDS], int64_t n_steps)
{
  const Population *populations;
  const int n_populations = NetworkPopulations(network, &populations);

  PetscFunctionBegin;
  d->partition = NetworkPartition(network);
  PetscCall(PopulationValuesCheck(inputs, d, n_populations));
  PetscCall(PopulationValuesCheck(outside, d, n_populations));
  compensate(d, network, n_populations, populations, charge);
  for (int p = 0; p < n_populations; p++) {
    const double rate = PopulationValue(&d->poisson_rate, p);

    d->deviation[p] = sqrt(PopulationValue(&d->variance, p));
    d->is_noisy = d->is_noisy || d->deviation[p] > 0 ? PETSC_TRUE : PETSC_FALSE;
    if (rate > 0 && PopulationValue(&d->poisson_weight, p) != 0) {
      PetscCall(set_limits(d, p, rate * step_ms * 1e-3));
      d->is_poisson = PETSC_TRUE;
    }
  }
  for (int k = 0; k < GROUP; k++) {
    PetscCall(PetscMalloc1(d->is_noisy ? d->partition->n_local : 0, &d->noise[k]));
    PetscCall(PetscMalloc1(d->is_poisson ? d->partition->n_local : 0, &d->words[k]));
  }
  if (d->file_path[0]) {
    PetscCall(open_input(d, n_steps));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DriveDestroy(Drive *d)
{
  PetscFunctionBegin;
  for (int k = 0; k < GROUP; k++) {
    PetscCall(PetscFree(d->noise[k]));
    PetscCall(PetscFree(d->words[k]));
  }
  for (int p = 0; p < NETWORK_MAX_POPULATIONS; p++) {
    PetscCall(PetscFree(d->limits[p]));
  }
  PetscCall(PetscFree(d->block));
  PetscCall(DataFileDiscard(&d->file));
  PetscFunctionReturn(0);
}

static PetscErrorCode check_block(const Drive *d)
{
  for (int64_t k = 0; k < d->partition->n_local * d->block_length; k++) {
    if (!isfinite(d->block[k])) {
      return UserError("%s: entry [%lld, %lld] is not finite", d->file_path,
                       (long long)(d->partition->first + k / d->block_length),
                       (long long)(d->block_first + k % d->block_length));
    }
  }
  return 0;
}

static PetscErrorCode read_block(Drive *d, int64_t step)
{
  const Partition *p = d->partition;
  int64_t dims[2], first[2] = {p->first, step}, count[2] = {p->n_local, 0};

  PetscFunctionBegin;
  PetscCall(DataFileShape(d->file, d->path, 2, dims));
  count[1] = PetscMin(DRIVE_STEPS, dims[1] - step);
  UserCheck(count[1] > 0, "%s: ends before step %lld", d->file_path, (long long)step);
  PetscCall(DataFileRead(d->file, d->path, DATA_FLOAT64, first, count, d->block));
  d->block_first = step;
  d->block_length = count[1];
  PetscCall(ErrorAgree(p->comm, check_block(d)));
  PetscFunctionReturn(0);
}

PetscErrorCode DriveBegin(Drive *d, int64_t step)
{
  const Partition *p = d->partition;

  PetscFunctionBegin;
  if (d->file && (step < d->block_first || step >= d->block_first + d->block_length)) {
    PetscCall(read_block(d, step));
  }
  if (d->group != step / GROUP && (d->is_noisy || d->is_poisson)) {
    PetscCall(LogEventStart(EVENT_SIMULATE_DRAW));
    d->group = step / GROUP;
    if (d->is_noisy) {
      RandomNormals(d->seed, RANDOM_INPUT_CURRENT, p->first, p->n_local, d->group, d->noise);
    }
    if (d->is_poisson) {
      RandomWords(d->seed, RANDOM_POISSON, p->first, p->n_local, d->group, d->words[0], d->words[1],
                  d->words[2], d->words[3]);
    }
    PetscCall(LogEventStop(EVENT_SIMULATE_DRAW));
  }
  PetscFunctionReturn(0);
}

static VECTOR_CLONES void count_spikes(int64_t n, const uint32_t *restrict words, int n_limits,
                                       const uint32_t *restrict limits, double weight,
                                       double *restrict arriving)
{
  enum { RUN = 64 };
  uint32_t count[RUN];

  for (int64_t first = 0; first < n; first += RUN) {
    const int64_t length = n - first < RUN ? n - first : RUN;

    for (int64_t i = 0; i < length; i++) {
      count[i] = 0;
    }
    for (int k = 0; k < n_limits; k++) {
      const uint32_t limit = limits[k];

      for (int64_t i = 0; i < length; i++) {
        count[i] += words[first + i] >= limit;
      }
    }
    for (int64_t i = 0; i < length; i++) {
      arriving[first + i] += weight * (double)(int32_t)count[i];
    }
  }
}

void DriveRun(const Drive *d, int64_t step, int population, int64_t first, int64_t count,
              const InputRing *ring, double current[])
{
  const double mean = PopulationValue(&d->mean, population) + d->offset[population];
  const double deviation = d->deviation[population];

  if (d->file) {
    for (int64_t i = 0; i < count; i++) {
      current[i] = d->block[(first + i) * d->block_length + step - d->block_first];
    }
  } else if (deviation > 0) {
    const float *noise = d->noise[step % GROUP] + first;

    for (int64_t i = 0; i < count; i++) {
      current[i] = mean + deviation * noise[i];
    }
  } else {
    for (int64_t i = 0; i < count; i++) {
      current[i] = mean;
    }
  }
  if (d->n_limits[population] > 0) {
    const double weight = PopulationValue(&d->poisson_weight, population);
    const int kind = weight < 0 ? ring->n_kinds - 1 : 0;

    count_spikes(count, d->words[step % GROUP] + first, d->n_limits[population],
                 d->limits[population], weight, InputRingRow(ring, step, kind) + first);
  }
}

double DriveMemory(const Drive *d)
{
  double noisy = 0, poisson = 0;

  for (int p = 0; p < d->variance.count; p++) {
    noisy = d->variance.values[p] > 0 ? 4.0 * GROUP : noisy;
  }
  for (int p = 0; p < d->poisson_rate.count; p++) {
    poisson = d->poisson_rate.values[p] > 0 ? 4.0 * GROUP : poisson;
  }
  return noisy + poisson + (d->file_path[0] ? 8.0 * DRIVE_STEPS : 0);
}
