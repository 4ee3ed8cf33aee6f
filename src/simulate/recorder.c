/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "recorder.h"

#include "spike_journal.h"

#include "causeway/error.h"
#include "causeway/log.h"

#include <math.h>
#include <unistd.h>

enum { LONGEST_BLOCK = 1024, BLOCK_VALUES = 1 << 23, CHUNK_VALUES = 1 << 18 };

struct _p_Recorder {
  Partition partition; /* of all neurons */
  DataFile file;
  const RecordPlan *plan;
  int64_t first, n_local; /* recorded neurons of this rank, among the recorded */
  int64_t block;          /* samples in memory at most */

  int64_t n_written, n_held;         /* samples in the file; in memory */
  int64_t first_step, n_steps;       /* in memory */
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

/* Shape of a chunk, (samples, neurons): about a mebibyte. */
static void chunk_of(const RecordPlan *plan, int64_t chunk[2])
{
  const int64_t n_neurons = PetscMax(1, plan->neurons.n);
  int64_t most, n_chunks;

  chunk[0] = PetscMin(plan->n_samples, LONGEST_BLOCK);
  most = PetscMax(1, CHUNK_VALUES / chunk[0]);
  /* equal chunks: HDF5 stores whole ones */
  n_chunks = (n_neurons + most - 1) / most;
  chunk[1] = (n_neurons + n_chunks - 1) / n_chunks;
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

  chunk_of(plan, chunk);
  *memory = plan->n_variables * held * 8 + (plan->precision == 0 ? held * 4 : 0);
  *memory += plan->neurons.index ? 8.0 * neurons : 0;
  *file = plan->n_variables * ceil(samples / (double)chunk[0]) * (double)chunk[0] *
              ceil(neurons / (double)chunk[1]) * (double)chunk[1] * (plan->precision == 0 ? 4 : 8) +
          plan->n_variables * 24.0 * neurons;
}

/* The path of something in the report of variable k. */
static PetscErrorCode path_in(Recorder r, int k, const char *name, char path[PETSC_MAX_PATH_LEN])
{
  const char *variable = r->plan->state[r->plan->index[k]].name;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(path, PETSC_MAX_PATH_LEN, "/report/neurons%s%s/%s", k ? "_" : "",
                          k ? variable : "", name));
  PetscFunctionReturn(0);
}

static PetscErrorCode write_times(Recorder r, int k)
{
  const double interval = (double)r->plan->stride * r->plan->step_ms;
  const double times[3] = {0.0, (double)r->plan->n_samples * interval, interval};
  const int64_t zero = 0, n_mine = r->partition.rank == 0 ? 3 : 0;
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  PetscCall(path_in(r, k, "mapping/time", path));
  PetscCall(DataFileWrite(r->file, path, DATA_FLOAT64, &zero, &n_mine, times));
  PetscFunctionReturn(0);
}

/* One column of the mapping: n_all entries, of which this rank has `count` from r->first on. */
static PetscErrorCode add_column(Recorder r, int k, const char *name, int64_t n_all, int64_t count,
                                 const uint64_t values[], const char *text)
{
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  PetscCall(path_in(r, k, name, path));
  PetscCall(DataFileAddDataset(r->file, path, DATA_UINT64, 1, &n_all, NULL));
  PetscCall(DataFileWrite(r->file, path, DATA_UINT64, &r->first, &count, values));
  PetscCall(DataFileDescribe(r->file, path, "1", text));
  PetscFunctionReturn(0);
}

static PetscErrorCode add_mapping(Recorder r, int k)
{
  const Observed *o = &r->plan->neurons;
  const int64_t three = 3;
  /* the last rank with neurons also writes the closing pointer */
  const PetscBool is_last =
      r->n_local > 0 && r->first + r->n_local == o->n ? PETSC_TRUE : PETSC_FALSE;
  char path[PETSC_MAX_PATH_LEN];
  uint64_t *ids;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(r->n_local + 1, &ids));
  for (int64_t i = 0; i < r->n_local; i++) {
    ids[i] = (uint64_t)(o->index ? o->index[r->first + i] : r->first + i);
  }
  PetscCall(add_column(r, k, "mapping/node_ids", o->n, r->n_local, ids, "neuron of each column"));
  PetscCall(path_in(r, k, "mapping/node_ids", path));
  PetscCall(DataFileSetInteger(r->file, path, "sorted", 1));
  for (int64_t i = 0; i <= r->n_local; i++) {
    ids[i] = (uint64_t)(r->first + i);
  }
  PetscCall(add_column(r, k, "mapping/index_pointers", o->n + 1, r->n_local + (is_last ? 1 : 0),
                       ids, "first column of each neuron"));
  PetscCall(PetscArrayzero(ids, r->n_local + 1));
  PetscCall(add_column(r, k, "mapping/element_ids", o->n, r->n_local, ids, "part of the neuron"));
  PetscCall(PetscFree(ids));
  PetscCall(path_in(r, k, "mapping/time", path));
  PetscCall(DataFileAddDataset(r->file, path, DATA_FLOAT64, 1, &three, NULL));
  PetscCall(DataFileDescribe(r->file, path, "ms", "start, end, step"));
  PetscCall(write_times(r, k));
  PetscFunctionReturn(0);
}

static PetscErrorCode add_reports(Recorder r)
{
  const RecordPlan *plan = r->plan;
  const int64_t dims[2] = {plan->n_samples, plan->neurons.n};
  int64_t chunk[2];

  PetscFunctionBegin;
  chunk_of(plan, chunk);
  for (int k = 0; k < plan->n_variables; k++) {
    const NeuronVariable *variable = &plan->state[plan->index[k]];
    char path[PETSC_MAX_PATH_LEN], text[128];

    PetscCall(path_in(r, k, "data", path));
    PetscCall(DataFileAddDataset(r->file, path, plan->precision == 0 ? DATA_FLOAT32 : DATA_FLOAT64,
                                 2, dims, chunk));
    PetscCall(PetscSNPrintf(text, sizeof(text), "%s, (time, neuron)", variable->text));
    PetscCall(DataFileDescribe(r->file, path, variable->unit, text));
    PetscCall(add_mapping(r, k));
  }
  PetscCall(DataFileSync(r->file));
  PetscFunctionReturn(0);
}

/* The end of the time may have moved since the reports were begun. */
static PetscErrorCode continue_reports(Recorder r)
{
  const RecordPlan *plan = r->plan;
  PetscBool finished;

  PetscFunctionBegin;
  PetscCall(DataFileIsGroup(r->file, "/spikes/neurons", &finished));
  UserCheck(!finished, "%s: was being completed when the run ended", DataFileName(r->file));
  UserCheck(
      r->n_written <= plan->n_samples,
      "simulate_duration: the run to be continued has %lld samples already, and would have %lld",
      (long long)r->n_written, (long long)plan->n_samples);
  for (int k = 0; k < plan->n_variables; k++) {
    char path[PETSC_MAX_PATH_LEN];
    int64_t dims[2];

    PetscCall(path_in(r, k, "data", path));
    PetscCall(DataFileShape(r->file, path, 2, dims));
    UserCheck(dims[1] == plan->neurons.n, "%s: is of %lld neurons", DataFileName(r->file),
              (long long)dims[1]);
    if (dims[0] != plan->n_samples) {
      dims[0] = plan->n_samples;
      PetscCall(DataFileExtend(r->file, path, 2, dims));
      PetscCall(write_times(r, k));
      PetscCall(DataFileSync(r->file));
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode RecorderCreate(const Partition *partition, DataFile file, const RecordPlan *plan,
                              PetscBool resumes, Recorder *recorder)
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
  PetscCall(SpikeJournalOpen(&r->journal, partition, file, plan->step_ms, resumes));
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

      return UserError(
          "the %s of neuron %lld is not finite at %g ms; weaker weights or input keep the scheme "
          "stable",
          r->plan->state[r->plan->index[k]].text, (long long)recorded_neuron(r, at % r->n_local),
          (double)(sample * r->plan->stride) * r->plan->step_ms);
    }
  }
  return 0;
}

static PetscErrorCode write_samples(Recorder r)
{
  const int64_t first[2] = {r->n_written, r->first}, count[2] = {r->n_held, r->n_local};

  PetscFunctionBegin;
  for (int k = 0; k < r->plan->n_variables; k++) {
    char path[PETSC_MAX_PATH_LEN];

    PetscCall(path_in(r, k, "data", path));
    PetscCall(ErrorAgree(r->partition.comm, check_samples(r, k)));
    if (r->plan->precision == 0) {
      for (int64_t at = 0; at < r->n_held * r->n_local; at++) {
        r->rounded[at] = (float)r->samples[k][at];
      }
      PetscCall(DataFileWrite(r->file, path, DATA_FLOAT32, first, count, r->rounded));
    } else {
      PetscCall(DataFileWrite(r->file, path, DATA_FLOAT64, first, count, r->samples[k]));
    }
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

PetscErrorCode RecorderKeep(Recorder r, Snapshot snapshot)
{
  PetscFunctionBegin;
  if (SnapshotPrepares(snapshot)) {
    PetscCall(flush(r));
    PetscCall(DataFileSync(r->file));
    (void)fsync(r->journal.descriptor);
  }
  PetscCall(SnapshotInteger(snapshot, "samples_written", &r->n_written));
  PetscCall(SnapshotInteger(snapshot, "steps_written", &r->first_step));
  PetscCall(SnapshotInteger(snapshot, "spikes_written", &r->journal.n_written));
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
