/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A voltage indicator: the potentials with fewer samples and with noise. */
#include "observation_impl.h"

#include "causeway/observed.h"
#include "causeway/recording.h"

#include "causeway/internal/io/sonata_report.h"

#include <math.h>

/* Downsamples the potentials and writes them. */
static PetscErrorCode write_samples(Observation o, Recording recording, const Partition *p,
                                    const SonataReport *report, DataFile file)
{
  const int64_t n = report->n_samples;
  double *values, *turned; /* (n_local, samples of the simulation); (n, n_local) */
  RecordingInfo info;
  int64_t stride;
  PetscErrorCode status;

  PetscFunctionBegin;
  RecordingGetInfo(recording, &info);
  stride = (int64_t)llround(o->interval_ms / info.interval_ms);
  PetscCall(PetscMalloc2(p->n_local * info.n_samples, &values, n * p->n_local, &turned));
  status = RecordingRead(recording, p, values);
  for (int64_t i = 0; i < p->n_local && !status; i++) {
    double *x = values + i * info.n_samples;

    for (int64_t t = 0; t < n; t++) {
      x[t] = x[t * stride];
    }
    ObserveNoise(o, report->neurons->index ? report->neurons->index[p->first + i] : p->first + i, 0,
                 n, x);
    for (int64_t t = 0; t < n; t++) {
      turned[t * p->n_local + i] = x[t];
    }
  }
  status = status
               ? status
               : SonataReportWrite(file, report, DATA_FLOAT64, 0, n, p->first, p->n_local, turned);
  PetscCall(PetscFree2(values, turned));
  PetscFunctionReturn(status);
}

PetscErrorCode ObserveVoltage(Observation o, const char *activity, int64_t n_samples, DataFile file)
{
  const RecordingOptions options = {.channels = "all", .time_ms = {-INFINITY, INFINITY}};
  SonataReport report = {.path = "/report/neurons",
                         .n_samples = n_samples,
                         .interval_ms = o->interval_ms,
                         .type = DATA_FLOAT32,
                         .text = "observed potential, (time, neuron)"};
  Observed neurons;
  Partition partition;
  Recording recording;
  RecordingInfo info;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(RecordingOpen(o->comm, activity, &options, &recording));
  RecordingGetInfo(recording, &info);
  neurons.n = info.n_channels;
  neurons.index = (int64_t *)RecordingChannels(recording, &neurons.n_all);
  report.neurons = &neurons;
  report.unit = info.unit;
  PetscCall(PartitionMake(o->comm, info.n_channels, &partition));
  status = SonataReportAdd(file, &report, partition.first, partition.n_local);
  status = status ? status : write_samples(o, recording, &partition, &report, file);
  PetscCall(RecordingClose(&recording));
  PetscFunctionReturn(status);
}
