/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Calcium fluorescence: calcium rises with every spike and decays; fluorescence saturates, and scatters to neighbours. */
#include "observation_impl.h"

#include "causeway/error.h"
#include "causeway/observed.h"
#include "causeway/spike_trains.h"

#include "causeway/internal/io/sonata_report.h"

#include <math.h>

/* Number of values of a block of samples on all ranks together. */
enum { BLOCK_VALUES = 1 << 21 };

/* Calcium of the local neurons at the last sample, as a difference of two decaying exponentials. */
typedef struct {
  double decay, rise;  /* decay factors per sample */
  double size;         /* factor of the difference with which a spike peaks at the amplitude */
  double *slow, *fast; /* (n_local) */
  int64_t *next;       /* (n_local) next spike of each train */
} Calcium;

/* Peak of the difference of two exponentials that both start at 1. */
static double peak(double decay_ms, double rise_ms)
{
  const double time = log(decay_ms / rise_ms) * decay_ms * rise_ms / (decay_ms - rise_ms);

  return exp(-time / decay_ms) - exp(-time / rise_ms);
}

static PetscErrorCode calcium_begin(Observation o, const SpikeTrains *trains, int64_t n_local,
                                    Calcium *c)
{
  PetscFunctionBegin;
  c->decay = exp(-o->interval_ms / o->decay_ms);
  c->rise = o->rise_ms > 0 ? exp(-o->interval_ms / o->rise_ms) : 0;
  c->size = o->amplitude / (o->rise_ms > 0 ? peak(o->decay_ms, o->rise_ms) : 1);
  PetscCall(PetscCalloc1(n_local, &c->slow));
  PetscCall(PetscCalloc1(n_local, &c->fast));
  PetscCall(PetscMalloc1(n_local, &c->next));
  PetscCall(PetscArraycpy(c->next, trains->start, n_local));
  PetscFunctionReturn(0);
}

static PetscErrorCode calcium_end(Calcium *c)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(c->slow));
  PetscCall(PetscFree(c->fast));
  PetscCall(PetscFree(c->next));
  PetscFunctionReturn(0);
}

/* Fluorescence of a neuron at `count` samples from `first` on; a spike at a sample is included. */
static void shine(Observation o, const SpikeTrains *trains, Calcium *c, int64_t i, int64_t first,
                  int64_t count, double light[])
{
  for (int64_t t = 0; t < count; t++) {
    const double time = (double)(first + t) * o->interval_ms;
    double calcium;

    c->slow[i] *= c->decay;
    c->fast[i] *= c->rise;
    for (; c->next[i] < trains->start[i + 1] && trains->times[c->next[i]] <= time; c->next[i]++) {
      const double age = time - trains->times[c->next[i]];

      c->slow[i] += exp(-age / o->decay_ms);
      c->fast[i] += o->rise_ms > 0 ? exp(-age / o->rise_ms) : 0;
    }
    calcium = c->size * (c->slow[i] - c->fast[i]);
    light[t] = o->baseline + (o->saturation > 0 ? calcium / (calcium + o->saturation) : calcium);
  }
}

static PetscErrorCode write_block(Observation o, const Partition *p, const SonataReport *report,
                                  int64_t first, int64_t count, double values[], DataFile file)
{
  double *turned; /* (count, n_local) transposed */
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(count * p->n_local, &turned));
  for (int64_t i = 0; i < p->n_local; i++) {
    ObserveNoise(o, p->first + i, first, count, values + i * count);
    for (int64_t t = 0; t < count; t++) {
      turned[t * p->n_local + i] = values[i * count + t];
    }
  }
  status =
      SonataReportWrite(file, report, DATA_FLOAT64, first, count, p->first, p->n_local, turned);
  PetscCall(PetscFree(turned));
  PetscFunctionReturn(status);
}

static PetscErrorCode record(Observation o, const Partition *p, const SpikeTrains *trains,
                             const SonataReport *report, DataFile file)
{
  const int64_t n_samples = report->n_samples;
  const int64_t block = PetscMax(1, PetscMin(n_samples, BLOCK_VALUES / p->n_global));
  PetscErrorCode status = 0;
  double *own, *values;
  Scatter scatter;
  Calcium calcium;

  PetscFunctionBegin;
  PetscCall(calcium_begin(o, trains, p->n_local, &calcium));
  PetscCall(ScatterCreate(o, p, &scatter));
  PetscCall(PetscMalloc2(block * p->n_local, &own, block * p->n_local, &values));
  for (int64_t first = 0; first < n_samples && !status; first += block) {
    const int64_t count = PetscMin(block, n_samples - first);

    for (int64_t i = 0; i < p->n_local; i++) {
      shine(o, trains, &calcium, i, first, count, own + i * count);
    }
    if (o->scatter > 0) {
      PetscCall(ScatterAdd(&scatter, p, count, own, values));
    }
    status = write_block(o, p, report, first, count, o->scatter > 0 ? values : own, file);
  }
  PetscCall(PetscFree2(own, values));
  PetscCall(ScatterDestroy(&scatter));
  PetscCall(calcium_end(&calcium));
  PetscFunctionReturn(status);
}

static PetscErrorCode read_spikes(const Partition *p, const char *activity, const Observed *all,
                                  SpikeTrains *trains)
{
  const double everything[2] = {-INFINITY, INFINITY};
  SpikeShare share;
  DataFile file;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(DataFileOpen(p->comm, activity, &file));
  status = SpikeShareRead(p->comm, file, "/spikes/neurons", &share);
  PetscCall(DataFileClose(&file));
  PetscCall(status);
  status = SpikeTrainsMake(&share, activity, p, all, everything, trains);
  PetscCall(SpikeShareDestroy(&share));
  PetscFunctionReturn(status);
}

PetscErrorCode ObserveFluorescence(Observation o, const char *activity, const Identity *neurons,
                                   int64_t n_samples, DataFile file)
{
  const Observed all = {INT64_MAX, neurons->n, neurons->id};
  const SonataReport report = {.path = "/report/neurons",
                               .n_samples = n_samples,
                               .interval_ms = o->interval_ms,
                               .neurons = &all,
                               .type = DATA_FLOAT32,
                               .unit = "1",
                               .text = "fluorescence, (time, neuron)"};
  Partition partition;
  SpikeTrains trains;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(PartitionMake(o->comm, neurons->n, &partition));
  PetscCall(read_spikes(&partition, activity, &all, &trains));
  status = SonataReportAdd(file, &report, partition.first, partition.n_local);
  status = status ? status : record(o, &partition, &trains, &report, file);
  PetscCall(SpikeTrainsDestroy(&trains));
  PetscFunctionReturn(status);
}
