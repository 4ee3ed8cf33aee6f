/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Spiking neurons, step by step. A stretch of neurons passes through drive, synapses and membrane while it is in the
   cache. */
#include "spiking.h"

#include "causeway/error.h"
#include "causeway/log.h"
#include "causeway/memory.h"

#include <math.h>
#include <string.h>

enum { STRETCH = 512 };

PetscErrorCode SpikingDestroy(Spiking *s)
{
  PetscFunctionBegin;
  for (int k = 0; k < NEURON_MAX_STATE; k++) {
    PetscCall(PetscFree(s->block.state[k]));
  }
  for (int k = 0; k < NEURON_MAX_PARAMETERS; k++) {
    PetscCall(PetscFree(s->block.parameters[k]));
  }
  PetscCall(PetscFree(s->constants));
  PetscCall(PetscFree(s->stretches));
  PetscCall(
      MemoryResize((size_t)(s->ring.n_slots * s->ring.n_kinds * s->ring.n_local) * sizeof(double),
                   0, &s->ring.sums));
  PetscCall(PetscFree2(s->fired, s->fired_global));
  for (int k = 0; k < 2; k++) {
    PetscCall(WiringDestroy(&s->wiring[k]));
  }
  PetscCall(DriveDestroy(&s->drive));
  PetscFunctionReturn(0);
}

/* Makes stretches of consecutive neurons of one population. */
static PetscErrorCode make_stretches(Spiking *s)
{
  const Partition *p = s->partition;
  int64_t n = 0, capacity = 0;

  PetscFunctionBegin;
  for (int64_t i = 0; i < p->n_local; i++) {
    const int population = NetworkPopulationOf(s->network, p->first + i);

    if (n == 0 || s->stretches[n - 1].population != population ||
        s->stretches[n - 1].count == STRETCH) {
      if (n == capacity) {
        capacity = 2 * capacity + 16;
        PetscCall(PetscRealloc((size_t)capacity * sizeof(Stretch), &s->stretches));
      }
      s->stretches[n++] = (Stretch){i, 0, population};
    }
    s->stretches[n - 1].count++;
  }
  s->n_stretches = n;
  PetscFunctionReturn(0);
}

static PetscErrorCode create_ring(Spiking *s, int64_t longest)
{
  InputRing *r = &s->ring;
  int64_t n;

  PetscFunctionBegin;
  r->n_local = s->partition->n_local;
  r->n_kinds = s->synapse->n_state > 0 ? SYNAPSE_KINDS : 1;
  r->n_slots = 1;
  while (r->n_slots <= longest) {
    r->n_slots *= 2;
  }
  n = r->n_slots * r->n_kinds * r->n_local;
  PetscCall(MemoryResize(0, (size_t)n * sizeof(double), &r->sums));
  PetscFunctionReturn(0);
}

PetscErrorCode SpikingSetUp(Spiking *s, Network network, const double first[2], Network switched,
                            int64_t switch_step, int64_t n_steps)
{
  double charge[NETWORK_MAX_POPULATIONS][SYNAPSE_KINDS];
  const Population *populations;

  PetscFunctionBegin;
  s->network = network;
  s->partition = NetworkPartition(network);
  s->switched = switched;
  s->switch_step = switch_step;
  PetscCall(SpikingSetUpNeurons(s, first));
  for (int p = 0; p < NetworkPopulations(network, &populations); p++) {
    for (int k = 0; k < SYNAPSE_KINDS; k++) {
      charge[p][k] = s->synapse->n_state > 0 ? s->constants[p].tau[k] : s->step_ms;
    }
  }
  PetscCall(DriveSetUp(&s->drive, network, s->step_ms, charge, n_steps));
  PetscCall(make_stretches(s));
  PetscCall(
      PetscMalloc2(s->partition->n_local + 1, &s->fired, s->partition->n_local, &s->fired_global));
  PetscFunctionReturn(0);
}

PetscErrorCode SpikingConnect(Spiking *s)
{
  int64_t longest;

  PetscFunctionBegin;
  if (s->interval > 0) {
    PetscFunctionReturn(0);
  }
  PetscCall(WiringCreate(s->network, &s->wiring[0]));
  s->interval = s->wiring[0].shortest + 1;
  longest = s->wiring[0].longest;
  if (s->switched) {
    PetscCall(WiringCreate(s->switched, &s->wiring[1]));
    s->interval = PetscMin(s->interval, s->wiring[1].shortest + 1);
    longest = PetscMax(longest, s->wiring[1].longest);
  }
  PetscCall(create_ring(s, longest));
  PetscCall(SpikingSeek(s, 0));
  PetscFunctionReturn(0);
}

static Wiring *present_wiring(Spiking *s, int64_t time)
{
  return &s->wiring[s->switched && time >= s->switch_step ? 1 : 0];
}

/* Passes the spikes of time `step` on, and exchanges spikes when the next step may need them. */
static PetscErrorCode pass_on(Spiking *s)
{
  Wiring *wiring = present_wiring(s, s->taken);

  PetscFunctionBegin;
  PetscCall(WiringTake(wiring, s->n_fired, s->fired));
  if (s->step - s->taken + 1 < s->interval && s->step + 1 != s->switch_step) {
    PetscFunctionReturn(0);
  }
  PetscCall(LogEventStart(EVENT_SIMULATE_EXCHANGE));
  PetscCall(WiringExchange(wiring));
  PetscCall(LogEventStop(EVENT_SIMULATE_EXCHANGE));
  PetscCall(LogEventStart(EVENT_SIMULATE_DELIVER));
  PetscCall(WiringDeliver(wiring, s->taken, &s->ring));
  PetscCall(LogEventStop(EVENT_SIMULATE_DELIVER));
  s->taken = s->step + 1;
  PetscFunctionReturn(0);
}

/* Appends those of `count` neurons whose flag is 1. */
static void collect(Spiking *s, int64_t first, int64_t count, const uint8_t flags[STRETCH])
{
  const int64_t begin = s->n_fired;
  int64_t n = begin;

  for (int64_t i = 0; i < count; i += 8) {
    uint64_t eight;

    memcpy(&eight, flags + i, sizeof(eight));
    for (int64_t k = i; eight && k < PetscMin(i + 8, count);
         k++) { /* without an unpredictable branch */
      s->fired[n] = first + k;
      n += flags[k];
    }
  }
  for (int64_t f = begin; f < n; f++) {
    s->fired_global[f] = s->partition->first + s->fired[f];
  }
  s->n_fired = n;
}

static void advance(Spiking *s, const Stretch *stretch)
{
  const int64_t first = stretch->first, count = stretch->count;
  const PopulationConstants *constants = &s->constants[stretch->population];
  double drive[STRETCH], current[STRETCH], *arriving[SYNAPSE_KINDS] = {NULL};
  uint8_t flags[STRETCH] = {0};
  NeuronRun run = {.first = first, .count = count, .drive = drive, .current = current};

  DriveRun(&s->drive, s->step, stretch->population, first, count, &s->ring, drive);
  for (int k = 0; k < SYNAPSE_KINDS; k++) {
    arriving[k] = InputRingRow(&s->ring, s->step, PetscMin(k, s->ring.n_kinds - 1)) + first;
    run.arriving[k] = arriving[k];
  }
  if (!s->model->owns_synapses) {
    s->synapse->act(constants, &run, s->block.state + s->model->n_state, s->block.state[0]);
  }
  s->model->advance(constants, &s->block, &run, flags);
  for (int k = 0; k < SYNAPSE_KINDS && k < s->ring.n_kinds; k++) {
    memset(arriving[k], 0, (size_t)count * sizeof(double));
  }
  collect(s, first, count, flags);
}

PetscErrorCode SpikingStep(Spiking *s)
{
  PetscFunctionBegin;
  PetscCall(SpikingConnect(s));
  PetscCall(DriveBegin(&s->drive, s->step));
  PetscCall(LogEventStart(EVENT_SIMULATE_ADVANCE));
  s->n_fired = 0;
  for (int64_t k = 0; k < s->n_stretches; k++) {
    advance(s, &s->stretches[k]);
  }
  PetscCall(LogEventStop(EVENT_SIMULATE_ADVANCE));
  s->step++;
  PetscCall(pass_on(s));
  PetscFunctionReturn(0);
}

PetscErrorCode SpikingSeek(Spiking *s, int64_t step)
{
  const double threshold = s->model->spike_threshold_mV, *v = s->block.state[0];

  PetscFunctionBegin;
  PetscCall(SpikingConnect(s));
  PetscCall(PetscArrayzero(s->ring.sums, s->ring.n_slots * s->ring.n_kinds * s->ring.n_local));
  for (int k = 0; k < 2; k++) {
    PetscCall(WiringClear(&s->wiring[k]));
  }
  s->step = s->taken = step;
  s->n_fired = 0;
  for (int64_t i = 0; i < s->partition->n_local; i++) { /* no spike without a threshold */
    if (v[i] >= threshold) {
      s->fired_global[s->n_fired] = s->partition->first + i;
      s->fired[s->n_fired++] = i;
    }
  }
  PetscCall(pass_on(s));
  PetscFunctionReturn(0);
}

PetscBool SpikingIsQuiet(const Spiking *s)
{
  return s->taken == s->step + 1 ? PETSC_TRUE : PETSC_FALSE;
}

/* Random numbers are keyed by step, so the step number suffices to continue them. */
PetscErrorCode SpikingKeep(Spiking *s, Snapshot snapshot)
{
  const Partition *p = s->partition;
  const int64_t rows = s->ring.n_slots * s->ring.n_kinds;
  const int64_t dims[2] = {rows, p->n_global}, first[2] = {0, p->first};
  const int64_t count[2] = {rows, p->n_local};

  PetscFunctionBegin;
  PetscCall(SnapshotInteger(snapshot, "step", &s->step));
  for (int k = 0; k < s->n_variables; k++) {
    PetscCall(SnapshotByNeuron(snapshot, s->variables[k].name, s->variables[k].unit, p,
                               s->block.state[k]));
  }
  PetscCall(SnapshotArray(snapshot, "arriving", s->model->input_unit, DATA_FLOAT64, 2, dims, first,
                          count, PETSC_TRUE, s->ring.sums));
  if (SnapshotRestores(snapshot)) {
    for (int k = 0; k < 2; k++) {
      PetscCall(WiringClear(&s->wiring[k]));
    }
    s->taken = s->step + 1;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode find_infinite(const Spiking *s)
{
  for (int64_t i = 0; i < s->partition->n_local; i++) {
    if (!isfinite(s->block.state[0][i])) {
      return UserError("the %s of neuron %lld is not finite at %g ms; reduce weights, input or the "
                       "step to keep the scheme stable",
                       s->variables[0].text, (long long)(s->partition->first + i),
                       (double)s->step * s->step_ms);
    }
  }
  return 0;
}

PetscErrorCode SpikingCheck(Spiking *s)
{
  PetscFunctionBegin;
  PetscCall(ErrorAgree(s->comm, find_infinite(s)));
  PetscFunctionReturn(0);
}

double SpikingMemory(const Spiking *s, double neurons, double synapses, double neurons_global,
                     double longest_delay_ms, int ranks)
{
  const int kinds = s->synapse->n_state > 0 ? SYNAPSE_KINDS : 1;
  const int variables = s->n_variables + (s->model->draws ? s->model->n_parameters : 0);
  const double sources = PetscMin(neurons_global, synapses); /* sources with a target on a rank */
  double slots = 1;

  while (slots <= longest_delay_ms / s->step_ms) {
    slots *= 2;
  }
  /* state and parameters, input ring, lists of spikes; sources, and routes to them; during the sort by source, a second
     copy of one column of synapses */
  return neurons * (8.0 * (variables + slots * kinds + 2) + DriveMemory(&s->drive)) +
         (12.0 + 8.0) * sources + 8.0 * neurons + 4.0 * synapses + 512.0 * 2 * ranks;
}
