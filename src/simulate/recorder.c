/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "recorder.h"

#include "causeway/internal/io/sonata_report.h"
#include "spike_journal.h"

#include "causeway/error.h"
#include "causeway/log.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { LONGEST_BLOCK = 1024, BLOCK_VALUES = 1 << 23 };

struct _p_Recorder {
  Partition partition; /* layout of all neurons */
  DataFile file;
  const RecordPlan *plan;
  Observed named;         /* ids of the recorded neurons */
  int64_t first, n_local; /* recorded neurons of this rank, numbered among the recorded ones */
  int64_t block;          /* largest number of samples in memory */

  int64_t n_written, n_held;         /* samples in the file; samples in memory */
  int64_t first_step, n_steps;       /* steps in memory */
  double *samples[NEURON_MAX_STATE]; /* (block, n_local) of each variable */
  float *rounded;                    /* (block, n_local) for single precision */
  SpikeJournal journal;
};

static int64_t block_of(const RecordPlan *plan, int64_t neurons_per_rank)
{
  const int64_t values = PetscMax(1, neurons_per_rank * plan->n_variables);
  const int64_t block = PetscMin(LONGEST_BLOCK, BLOCK_VALUES / values);

  return PetscMax(1, PetscMin(block, plan->n_samples));
}

void RecorderEstimate(const RecordPlan *plan, int64_t neurons_per_rank, double *memory,
                      double *file)
{
  const double share =
      (double)plan->neurons.n * (double)neurons_per_rank / (double)plan->neurons.n_all;
  const double recorded = plan->neurons.index ? 2.0 * share : (double)neurons_per_rank;
  const double held = (double)block_of(plan, (int64_t)recorded) * recorded;
  const double samples = (double)plan->n_samples, neurons = (double)plan->neurons.n;
  int64_t chunk[2];

  SonataReportChunk(plan->n_samples, plan->neurons.n, chunk);
  *memory = plan->n_variables * held * 8 + (plan->precision == 0 ? held * 4 : 0);
  *memory += plan->neurons.index ? 8.0 * neurons : 0;
  *file = plan->n_variables * ceil(samples / (double)chunk[0]) * (double)chunk[0] *
              ceil(neurons / (double)chunk[1]) * (double)chunk[1] * (plan->precision == 0 ? 4 : 8) +
          plan->n_variables * 24.0 * neurons;
}

/* Describes the report of variable k; its path is stored in `path`. */
static SonataReport report_of(Recorder r, int k, char path[PETSC_MAX_PATH_LEN])
{
  const RecordPlan *plan = r->plan;
  const NeuronVariable *variable = &plan->state[plan->index[k]];

  (void)snprintf(path, PETSC_MAX_PATH_LEN, "/report/neurons%s%s", k ? "_" : "",
                 k ? variable->name : "");
  return (SonataReport){.path = path,
                        .n_samples = plan->n_samples,
                        .interval_ms = (double)plan->stride * plan->step_ms,
                        .neurons = &r->named,
                        .type = plan->precision == 0 ? DATA_FLOAT32 : DATA_FLOAT64,
                        .unit = variable->unit};
}

static PetscErrorCode add_reports(Recorder r)
{
  PetscFunctionBegin;
  for (int k = 0; k < r->plan->n_variables; k++) {
    char path[PETSC_MAX_PATH_LEN], text[128];
    SonataReport report = report_of(r, k, path);

    PetscCall(PetscSNPrintf(text, sizeof(text), "%s, (time, neuron)",
                            r->plan->state[r->plan->index[k]].text));
    report.text = text;
    PetscCall(SonataReportAdd(r->file, &report, r->first, r->n_local));
  }
  PetscCall(DataFileSync(r->file));
  PetscFunctionReturn(0);
}

/* Updates the reports of a continued run, whose duration may have changed. */
static PetscErrorCode continue_reports(Recorder r)
{
  const RecordPlan *plan = r->plan;

  PetscFunctionBegin;
  UserCheck(
      r->n_written <= plan->n_samples,
      "simulate_duration: the run to be continued already has %lld samples, more than the %lld of "
      "this duration",
      (long long)r->n_written, (long long)plan->n_samples);
  for (int k = 0; k < plan->n_variables; k++) {
    char path[PETSC_MAX_PATH_LEN], data[PETSC_MAX_PATH_LEN];
    const SonataReport report = report_of(r, k, path);
    int64_t dims[2];

    PetscCall(PetscSNPrintf(data, sizeof(data), "%s/data", path));
    PetscCall(DataFileShape(r->file, data, 2, dims));
    UserCheck(dims[1] == plan->neurons.n, "%s: has %lld neurons; expected those of this run",
              DataFileName(r->file), (long long)dims[1]);
    if (dims[0] != plan->n_samples) {
      dims[0] = plan->n_samples;
      PetscCall(DataFileExtend(r->file, data, 2, dims));
      PetscCall(SonataReportSetTimes(r->file, &report));
      PetscCall(DataFileSync(r->file));
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode name_neurons(Recorder r, const Identity *identity)
{
  const Observed *o = &r->plan->neurons;

  PetscFunctionBegin;
  r->named = (Observed){o->n_all, o->n, NULL};
  if (o->index) {
    PetscCall(PetscMalloc1(o->n, &r->named.index));
    PetscCall(PetscArraycpy(r->named.index, o->index, o->n));
  }
  PetscCall(IdentityName(identity, &r->named));
  PetscFunctionReturn(0);
}

PetscErrorCode RecorderCreate(const Partition *partition, DataFile file, const RecordPlan *plan,
                              const Identity *identity, PetscBool resumes, Recorder *recorder)
{
  Recorder r;

  PetscFunctionBegin;
  PetscCall(PetscNew(recorder));
  r = *recorder;
  r->partition = *partition;
  r->file = file;
  r->plan = plan;
  r->first = ObservedBelow(&plan->neurons, partition->first);
  r->n_local = ObservedBelow(&plan->neurons, partition->first + partition->n_local) - r->first;
  r->block = block_of(plan, r->n_local);
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &r->block, 1, MPI_INT64_T, MPI_MIN, partition->comm));
  for (int k = 0; k < plan->n_variables; k++) {
    PetscCall(PetscMalloc1(r->block * r->n_local, &r->samples[k]));
  }
  if (plan->precision == 0 && plan->n_variables > 0) {
    PetscCall(PetscMalloc1(r->block * r->n_local, &r->rounded));
  }
  PetscCall(name_neurons(r, identity));
  PetscCall(SpikeJournalOpen(&r->journal, partition, file, plan->step_ms, resumes));
  r->journal.identity = identity;
  if (!resumes) {
    PetscCall(add_reports(r));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode RecorderDestroy(Recorder *recorder)
{
  PetscFunctionBegin;
  if (*recorder) {
    for (int k = 0; k < NEURON_MAX_STATE; k++) {
      PetscCall(PetscFree((*recorder)->samples[k]));
    }
    PetscCall(PetscFree((*recorder)->rounded));
    PetscCall(ObservedDestroy(&(*recorder)->named));
    PetscCall(SpikeJournalClose(&(*recorder)->journal));
    PetscCall(PetscFree(*recorder));
  }
  PetscFunctionReturn(0);
}

static int64_t recorded_neuron(Recorder r, int64_t k)
{
  const Observed *o = &r->plan->neurons;

  return o->index ? o->index[r->first + k] : r->first + k;
}

static PetscErrorCode check_samples(Recorder r, int k)
{
  for (int64_t at = 0; at < r->n_held * r->n_local; at++) {
    if (!isfinite(r->samples[k][at])) {
      const int64_t sample = r->n_written + at / r->n_local;

      return UserError("the %s of neuron %lld is not finite at %g ms; reduce weights or input to "
                       "keep the scheme "
                       "stable",
                       r->plan->state[r->plan->index[k]].text,
                       (long long)recorded_neuron(r, at % r->n_local),
                       (double)(sample * r->plan->stride) * r->plan->step_ms);
    }
  }
  return 0;
}

static PetscErrorCode write_samples(Recorder r)
{
  PetscFunctionBegin;
  for (int k = 0; k < r->plan->n_variables; k++) {
    char path[PETSC_MAX_PATH_LEN];
    const SonataReport report = report_of(r, k, path);
    const PetscBool rounds = report.type == DATA_FLOAT32 ? PETSC_TRUE : PETSC_FALSE;

    PetscCall(ErrorAgree(r->partition.comm, check_samples(r, k)));
    for (int64_t at = 0; rounds && at < r->n_held * r->n_local; at++) {
      r->rounded[at] = (float)r->samples[k][at];
    }
    PetscCall(SonataReportWrite(r->file, &report, report.type, r->n_written, r->n_held, r->first,
                                r->n_local, rounds ? (void *)r->rounded : r->samples[k]));
  }
  r->n_written += r->n_held;
  r->n_held = 0;
  PetscFunctionReturn(0);
}

static PetscErrorCode flush(Recorder r)
{
  PetscFunctionBegin;
  if (r->n_steps > 0) {
    PetscCall(LogEventStart(EVENT_RECORD));
    PetscCall(SpikeJournalWrite(&r->journal, r->first_step, r->n_steps));
    if (r->n_held > 0) {
      PetscCall(write_samples(r));
    }
    r->first_step += r->n_steps;
    r->n_steps = 0;
    PetscCall(LogEventStop(EVENT_RECORD));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode RecorderTake(Recorder r, int64_t step, int64_t n_fired, const int64_t fired[],
                            const double *const state[], int64_t pitch)
{
  const RecordPlan *plan = r->plan;

  PetscFunctionBegin;
  PetscCall(SpikeJournalTake(&r->journal, step, n_fired, fired));
  r->n_steps++;
  if (step % plan->stride == 0 && r->n_written + r->n_held < plan->n_samples) {
    for (int k = 0; k < plan->n_variables; k++) {
      const double *values = state[plan->index[k]];
      double *row = r->samples[k] + r->n_held * r->n_local;

      for (int64_t i = 0; i < r->n_local; i++) {
        row[i] = values[(recorded_neuron(r, i) - r->partition.first) * pitch];
      }
    }
    r->n_held++;
  }
  if (r->n_held == r->block || r->n_steps == LONGEST_BLOCK) {
    PetscCall(flush(r));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode file_length(Recorder r, const char *path, int64_t *length)
{
  struct stat entry = {0};
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  if (r->partition.rank == 0 && stat(path, &entry)) {
    status = UserError("%s: cannot open the file: %s", path, strerror(errno));
  }
  PetscCall(ErrorAgree(r->partition.comm, status));
  *length = (int64_t)entry.st_size;
  PetscCallMPI(MPI_Bcast(length, 1, MPI_INT64_T, 0, r->partition.comm));
  PetscFunctionReturn(0);
}

/* Samples are appended to the file; the checksum covers everything else, which describes them. */
static PetscErrorCode seal_file(Recorder r, Snapshot snapshot)
{
  Extents written = {.n = 0}, all = {.n = 0}, rest = {.n = 0};
  char path[PETSC_MAX_PATH_LEN], data[PETSC_MAX_PATH_LEN], partial[PETSC_MAX_PATH_LEN];
  int64_t length;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(partial, sizeof(partial), "%s.partial", DataFileName(r->file)));
  for (int k = 0; k < r->plan->n_variables; k++) {
    (void)report_of(r, k, path);
    PetscCall(PetscSNPrintf(data, sizeof(data), "%s/data", path));
    PetscCall(DataFileRowExtents(r->file, data, r->n_written, &written));
    PetscCall(DataFileRowExtents(r->file, data, r->plan->n_samples, &all));
  }
  ExtentsMerge(&written);
  ExtentsMerge(&all);
  PetscCall(file_length(r, partial, &length));
  PetscCall(ExtentsComplement(&all, length, &rest));
  PetscCall(ExtentsFree(&all));
  PetscCall(SnapshotBeside(snapshot, partial, PART_GROWS, &written));
  PetscCall(SnapshotBeside(snapshot, partial, PART_CHANGES, &rest));
  PetscFunctionReturn(0);
}

PetscErrorCode RecorderKeep(Recorder r, Snapshot snapshot)
{
  PetscFunctionBegin;
  if (SnapshotPrepares(snapshot)) {
    PetscCall(flush(r));
    PetscCall(DataFileSync(r->file));
  }
  PetscCall(SpikeJournalKeep(&r->journal, snapshot));
  if (SnapshotSeals(snapshot)) {
    PetscCall(seal_file(r, snapshot));
  }
  PetscCall(SnapshotInteger(snapshot, "samples_written", &r->n_written));
  PetscCall(SnapshotInteger(snapshot, "steps_written", &r->first_step));
  if (SnapshotRestores(snapshot)) {
    PetscCall(continue_reports(r));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode RecorderFinish(Recorder r, int64_t *n_spikes)
{
  PetscFunctionBegin;
  PetscCall(flush(r));
  PetscCall(SpikeJournalFinish(&r->journal));
  *n_spikes = r->journal.n_written;
  PetscFunctionReturn(0);
}

PetscErrorCode RecorderRemoveJournal(MPI_Comm comm, const char *file)
{
  PetscFunctionBegin;
  PetscCall(SpikeJournalRemove(comm, file));
  PetscFunctionReturn(0);
}
