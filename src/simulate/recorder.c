/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "recorder.h"

#include "exchange.h"

#include "causeway/error.h"
#include "causeway/log.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#define REPORT "/report/neurons"
#define SPIKES "/spikes/neurons"

enum {
  LONGEST_BLOCK = 1024,
  BLOCK_VALUES = 1 << 23,
  CHUNK_VALUES = 1 << 18,
  COPY_SPIKES = 1 << 20
};

/* A spike and its place in the file, on its way to the rank that writes this place. */
typedef struct {
  int64_t position, step, neuron;
} Spike;

/* A spike in the journal. */
typedef struct {
  double time_ms;
  uint64_t neuron;
} Event;

struct _p_Recorder {
  Partition partition;
  DataFile file;
  double step_ms;
  const NeuronVariable *recorded;
  PetscBool single;
  int64_t n_samples, block; /* of the report; of a block */

  int64_t n_written, n_held; /* samples in the file; in memory */
  double *samples;           /* (block, n_local) */
  float *rounded;            /* (block, n_local) for single precision */

  int journal;              /* descriptor of the file of spikes */
  int64_t n_spikes_written; /* of all ranks */
  int64_t n_spikes, capacity;
  Spike *spikes; /* of this rank since the last write, ascending by step, then neuron */
};

int64_t RecorderBlock(int64_t n_samples, int64_t neurons_per_rank)
{
  int64_t block = PetscMin(LONGEST_BLOCK, BLOCK_VALUES / PetscMax(neurons_per_rank, 1));

  return PetscMax(1, PetscMin(block, n_samples));
}

void RecorderChunk(int64_t n_samples, int64_t n_neurons, int64_t chunk[2])
{
  int64_t most, n_chunks;

  chunk[0] = PetscMin(n_samples, LONGEST_BLOCK);
  most = PetscMax(1, CHUNK_VALUES / chunk[0]);
  /* equal chunks: HDF5 stores whole ones */
  n_chunks = (n_neurons + most - 1) / most;
  chunk[1] = (n_neurons + n_chunks - 1) / n_chunks;
}

static PetscErrorCode write_times(Recorder r, int64_t n_samples)
{
  const double times[3] = {0.0, (double)n_samples * r->step_ms, r->step_ms};
  const int64_t zero = 0, n_mine = r->partition.rank == 0 ? 3 : 0;

  PetscFunctionBegin;
  PetscCall(DataFileWrite(r->file, REPORT "/mapping/time", DATA_FLOAT64, &zero, &n_mine, times));
  PetscFunctionReturn(0);
}

static PetscErrorCode add_mapping(Recorder r)
{
  const Partition *part = &r->partition;
  const int64_t three = 3, n_pointers = part->n_global + 1;
  int64_t n_pointers_mine = part->n_local;
  uint64_t *ids;

  PetscFunctionBegin;
  /* the last rank with neurons also writes the closing pointer */
  if (part->n_local > 0 && part->first + part->n_local == part->n_global) {
    n_pointers_mine++;
  }
  PetscCall(PetscMalloc1(part->n_local + 1, &ids));
  for (int64_t i = 0; i <= part->n_local; i++) {
    ids[i] = (uint64_t)(part->first + i);
  }
  PetscCall(DataFileAddDataset(r->file, REPORT "/mapping/node_ids", DATA_UINT64, 1, &part->n_global,
                               NULL));
  PetscCall(DataFileWrite(r->file, REPORT "/mapping/node_ids", DATA_UINT64, &part->first,
                          &part->n_local, ids));
  PetscCall(DataFileAddDataset(r->file, REPORT "/mapping/index_pointers", DATA_UINT64, 1,
                               &n_pointers, NULL));
  PetscCall(DataFileWrite(r->file, REPORT "/mapping/index_pointers", DATA_UINT64, &part->first,
                          &n_pointers_mine, ids));
  for (int64_t i = 0; i < part->n_local; i++) {
    ids[i] = 0;
  }
  PetscCall(DataFileAddDataset(r->file, REPORT "/mapping/element_ids", DATA_UINT64, 1,
                               &part->n_global, NULL));
  PetscCall(DataFileWrite(r->file, REPORT "/mapping/element_ids", DATA_UINT64, &part->first,
                          &part->n_local, ids));
  PetscCall(PetscFree(ids));
  PetscCall(DataFileAddDataset(r->file, REPORT "/mapping/time", DATA_FLOAT64, 1, &three, NULL));
  PetscCall(DataFileDescribe(r->file, REPORT "/mapping/node_ids", "1", "neuron of each column"));
  PetscCall(DataFileSetInteger(r->file, REPORT "/mapping/node_ids", "sorted", 1));
  PetscCall(DataFileDescribe(r->file, REPORT "/mapping/index_pointers", "1",
                             "first column of each neuron"));
  PetscCall(DataFileDescribe(r->file, REPORT "/mapping/element_ids", "1", "part of the neuron"));
  PetscCall(DataFileDescribe(r->file, REPORT "/mapping/time", "ms", "start, end, step"));
  PetscFunctionReturn(0);
}

static PetscErrorCode journal_path(const char *file, char path[PETSC_MAX_PATH_LEN])
{
  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(path, PETSC_MAX_PATH_LEN, "%s.spikes.partial", file));
  PetscFunctionReturn(0);
}

/* Every rank writes its own part of one file, so an append is not needed, and what a crash left behind
   the last snapshot is written over. */
static PetscErrorCode open_journal(Recorder r, PetscBool resumes)
{
  char path[PETSC_MAX_PATH_LEN];
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  r->journal = -1;
  PetscCall(journal_path(DataFileName(r->file), path));
  if (r->partition.rank == 0) {
    r->journal = open(path, O_RDWR | (resumes ? 0 : O_CREAT | O_TRUNC), 0666);
    status = r->journal < 0 ? UserError("%s: cannot open the file: %s", path, strerror(errno)) : 0;
  }
  PetscCall(ErrorAgree(r->partition.comm, status));
  if (r->partition.rank > 0) {
    r->journal = open(path, O_RDWR);
    status = r->journal < 0 ? UserError("%s: cannot open the file: %s", path, strerror(errno)) : 0;
  }
  PetscCall(ErrorAgree(r->partition.comm, status));
  PetscFunctionReturn(0);
}

static PetscErrorCode write_journal(Recorder r, int64_t first, int64_t count, const Event *events)
{
  const char *from = (const char *)events;
  off_t at = (off_t)first * (off_t)sizeof(Event);
  int64_t left = count * (int64_t)sizeof(Event);
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  while (left > 0 && !status) {
    const ssize_t done = pwrite(r->journal, from, (size_t)left, at);

    if (done <= 0) {
      status = UserError("%s: cannot write the spikes, the disk may be full: %s",
                         DataFileName(r->file), strerror(errno));
    } else {
      from += done;
      at += done;
      left -= done;
    }
  }
  PetscCall(ErrorAgree(r->partition.comm, status));
  PetscFunctionReturn(0);
}

/* Rounds of the same length on all ranks, because each ends in collective writes. */
static PetscErrorCode copy_journal(Recorder r)
{
  Partition share;
  Event *events;
  double *times;
  uint64_t *neurons;
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  PetscCall(PartitionMake(r->partition.comm, r->n_spikes_written, &share));
  PetscCall(PetscMalloc3(COPY_SPIKES, &events, COPY_SPIKES, &times, COPY_SPIKES, &neurons));
  for (int64_t done = 0; done < share.block; done += COPY_SPIKES) {
    const int64_t from = PetscMin(done, share.n_local), first = share.first + from;
    const int64_t count = PetscMin((int64_t)COPY_SPIKES, share.n_local - from);
    const ssize_t bytes = (ssize_t)(count * (int64_t)sizeof(Event));

    if (pread(r->journal, events, (size_t)bytes, (off_t)first * (off_t)sizeof(Event)) != bytes) {
      status = UserError("%s: cannot read its journal of spikes: %s", DataFileName(r->file),
                         strerror(errno));
    }
    PetscCall(ErrorAgree(r->partition.comm, status));
    for (int64_t k = 0; k < count; k++) {
      times[k] = events[k].time_ms;
      neurons[k] = events[k].neuron;
    }
    PetscCall(DataFileWrite(r->file, SPIKES "/timestamps", DATA_FLOAT64, &first, &count, times));
    PetscCall(DataFileWrite(r->file, SPIKES "/node_ids", DATA_UINT64, &first, &count, neurons));
  }
  PetscCall(PetscFree3(events, times, neurons));
  PetscFunctionReturn(0);
}

PetscErrorCode RecorderRemoveJournal(MPI_Comm comm, const char *file)
{
  char path[PETSC_MAX_PATH_LEN];
  int rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(journal_path(file, path));
  if (rank == 0) {
    (void)unlink(path);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode add_spikes(Recorder r)
{
  PetscFunctionBegin;
  PetscCall(DataFileAddDataset(r->file, SPIKES "/timestamps", DATA_FLOAT64, 1, &r->n_spikes_written,
                               NULL));
  PetscCall(
      DataFileAddDataset(r->file, SPIKES "/node_ids", DATA_UINT64, 1, &r->n_spikes_written, NULL));
  PetscCall(DataFileDescribe(r->file, SPIKES "/timestamps", "ms", "time of each spike"));
  PetscCall(DataFileDescribe(r->file, SPIKES "/node_ids", "1", "neuron of each spike"));
  PetscCall(DataFileSetSpikeSorting(r->file, SPIKES));
  PetscFunctionReturn(0);
}

static PetscErrorCode add_report(Recorder r, int64_t n_samples)
{
  int64_t dims[2] = {n_samples, r->partition.n_global}, chunk[2];
  char text[128];

  PetscFunctionBegin;
  RecorderChunk(n_samples, dims[1], chunk);
  PetscCall(DataFileAddDataset(r->file, REPORT "/data", r->single ? DATA_FLOAT32 : DATA_FLOAT64, 2,
                               dims, chunk));
  PetscCall(PetscSNPrintf(text, sizeof(text), "%s, (time, neuron)", r->recorded->text));
  PetscCall(DataFileDescribe(r->file, REPORT "/data", r->recorded->unit, text));
  PetscCall(add_mapping(r));
  PetscCall(write_times(r, n_samples));
  PetscCall(DataFileSync(r->file));
  PetscFunctionReturn(0);
}

/* The end of the time may have moved since the report was begun. */
static PetscErrorCode continue_report(Recorder r)
{
  int64_t dims[2];
  PetscBool finished;

  PetscFunctionBegin;
  PetscCall(DataFileIsGroup(r->file, SPIKES, &finished));
  UserCheck(!finished, "%s: was being completed when the run ended", DataFileName(r->file));
  PetscCall(DataFileShape(r->file, REPORT "/data", 2, dims));
  UserCheck(dims[1] == r->partition.n_global, "%s: is of %lld neurons", DataFileName(r->file),
            (long long)dims[1]);
  UserCheck(
      r->n_written <= r->n_samples,
      "simulate_duration: the run to be continued has %lld samples already, and would have %lld",
      (long long)r->n_written, (long long)r->n_samples);
  if (dims[0] != r->n_samples) {
    dims[0] = r->n_samples;
    PetscCall(DataFileExtend(r->file, REPORT "/data", 2, dims));
    PetscCall(write_times(r, r->n_samples));
    PetscCall(DataFileSync(r->file));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode RecorderCreate(const Partition *partition, DataFile file, int64_t n_samples,
                              double step_ms, const NeuronVariable *recorded, PetscBool single,
                              PetscBool resumes, Recorder *recorder)
{
  Recorder r;

  PetscFunctionBegin;
  PetscCall(PetscNew(recorder));
  r = *recorder;
  r->partition = *partition;
  r->file = file;
  r->step_ms = step_ms;
  r->recorded = recorded;
  r->single = single;
  r->n_samples = n_samples;
  r->block = RecorderBlock(n_samples, partition->block);
  PetscCall(PetscMalloc1(r->block * partition->n_local, &r->samples));
  if (single) {
    PetscCall(PetscMalloc1(r->block * partition->n_local, &r->rounded));
  }
  PetscCall(open_journal(r, resumes));
  if (!resumes) {
    PetscCall(add_report(r, n_samples));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode RecorderDestroy(Recorder *recorder)
{
  PetscFunctionBegin;
  if (*recorder) {
    PetscCall(PetscFree((*recorder)->samples));
    PetscCall(PetscFree((*recorder)->rounded));
    PetscCall(PetscFree((*recorder)->spikes));
    if ((*recorder)->journal >= 0) {
      (void)close((*recorder)->journal);
    }
    PetscCall(PetscFree(*recorder));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode check_samples(Recorder r)
{
  const int64_t n_local = r->partition.n_local;

  for (int64_t k = 0; k < r->n_held * n_local; k++) {
    if (!isfinite(r->samples[k])) {
      const int64_t sample = r->n_written + k / n_local;

      return UserError(
          "the %s of neuron %lld is not finite at %g ms; weaker weights or input keep the scheme "
          "stable",
          r->recorded->text, (long long)(r->partition.first + k % n_local),
          (double)sample * r->step_ms);
    }
  }
  return 0;
}

static PetscErrorCode write_samples(Recorder r)
{
  const int64_t n_local = r->partition.n_local;
  int64_t first[2] = {r->n_written, r->partition.first}, count[2] = {r->n_held, n_local};

  PetscFunctionBegin;
  PetscCall(ErrorAgree(r->partition.comm, check_samples(r)));
  if (r->single) {
    for (int64_t k = 0; k < r->n_held * n_local; k++) {
      r->rounded[k] = (float)r->samples[k];
    }
    PetscCall(DataFileWrite(r->file, REPORT "/data", DATA_FLOAT32, first, count, r->rounded));
  } else {
    PetscCall(DataFileWrite(r->file, REPORT "/data", DATA_FLOAT64, first, count, r->samples));
  }
  r->n_written += r->n_held;
  r->n_held = 0;
  PetscFunctionReturn(0);
}

PetscErrorCode RecorderSpikes(Recorder r, int64_t step, int64_t n_fired, const int64_t fired[])
{
  PetscFunctionBegin;
  if (r->n_spikes + n_fired > r->capacity) {
    r->capacity = 2 * (r->n_spikes + n_fired);
    PetscCall(PetscRealloc((size_t)r->capacity * sizeof(Spike), &r->spikes));
  }
  for (int64_t f = 0; f < n_fired; f++) {
    r->spikes[r->n_spikes].step = step;
    r->spikes[r->n_spikes++].neuron = fired[f];
  }
  PetscFunctionReturn(0);
}

/* The file is sorted by time, then neuron: a spike's place is the number of all spikes of earlier
   steps plus that of lower ranks in its step. Output: total - spikes of all ranks. */
static PetscErrorCode place_spikes(Recorder r, int64_t first_step, int64_t n_steps, int64_t *total)
{
  int64_t *mine, *lower, *all, base = 0, k = 0;

  PetscFunctionBegin;
  PetscCall(PetscCalloc3(n_steps, &mine, n_steps, &lower, n_steps, &all));
  for (k = 0; k < r->n_spikes; k++) {
    mine[r->spikes[k].step - first_step]++;
  }
  PetscCallMPI(MPI_Exscan(mine, lower, (int)n_steps, MPI_INT64_T, MPI_SUM, r->partition.comm));
  PetscCallMPI(MPI_Allreduce(mine, all, (int)n_steps, MPI_INT64_T, MPI_SUM, r->partition.comm));
  if (r->partition.rank == 0) {
    PetscCall(PetscArrayzero(lower, n_steps));
  }
  k = 0;
  for (int64_t t = 0; t < n_steps; t++) {
    for (int64_t n = 0; n < mine[t]; n++) {
      r->spikes[k++].position = base + lower[t] + n;
    }
    base += all[t];
  }
  *total = base;
  PetscCall(PetscFree3(mine, lower, all));
  PetscFunctionReturn(0);
}

/* Moves the spikes so that each rank holds an even, contiguous part of the file. */
static PetscErrorCode redistribute_spikes(Recorder r, const Partition *share, Event *events)
{
  int64_t *send_count, n_received;
  Spike *received = NULL;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(share->size, &send_count));
  for (int64_t k = 0; k < r->n_spikes; k++) {
    send_count[PartitionOwner(share, r->spikes[k].position)]++;
  }
  PetscCall(
      ExchangeRecords(share->comm, sizeof(Spike), r->spikes, send_count, &n_received, &received));
  for (int64_t k = 0; k < n_received; k++) {
    int64_t at = received[k].position - share->first;

    events[at].time_ms = (double)received[k].step * r->step_ms;
    events[at].neuron = (uint64_t)received[k].neuron;
  }
  PetscCall(PetscFree(received));
  PetscCall(PetscFree(send_count));
  PetscFunctionReturn(0);
}

static PetscErrorCode write_spikes(Recorder r, int64_t first_step, int64_t n_steps)
{
  Partition share;
  Event *events;
  int64_t total;

  PetscFunctionBegin;
  PetscCall(place_spikes(r, first_step, n_steps, &total));
  if (total > 0) {
    PetscCall(PartitionMake(r->partition.comm, total, &share));
    PetscCall(PetscMalloc1(share.n_local, &events));
    PetscCall(redistribute_spikes(r, &share, events));
    PetscCall(write_journal(r, r->n_spikes_written + share.first, share.n_local, events));
    PetscCall(PetscFree(events));
  }
  r->n_spikes_written += total;
  r->n_spikes = 0;
  PetscFunctionReturn(0);
}

static PetscErrorCode flush(Recorder r)
{
  PetscFunctionBegin;
  if (r->n_held > 0) {
    /* the spikes of step s arrive before sample s + 1 */
    int64_t first_step = PetscMax(0, r->n_written - 1);

    PetscCall(LogEventStart(EVENT_RECORD));
    PetscCall(write_spikes(r, first_step, r->n_written + r->n_held - first_step));
    PetscCall(write_samples(r));
    PetscCall(LogEventStop(EVENT_RECORD));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode RecorderSample(Recorder r, const double v[])
{
  PetscFunctionBegin;
  PetscCall(PetscArraycpy(r->samples + r->n_held * r->partition.n_local, v, r->partition.n_local));
  r->n_held++;
  if (r->n_held == r->block) {
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
    (void)fsync(r->journal);
  }
  PetscCall(SnapshotInteger(snapshot, "samples_written", &r->n_written));
  PetscCall(SnapshotInteger(snapshot, "spikes_written", &r->n_spikes_written));
  if (SnapshotRestores(snapshot)) {
    PetscCall(continue_report(r));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode RecorderFinish(Recorder r, int64_t *n_spikes)
{
  PetscFunctionBegin;
  PetscCall(flush(r));
  PetscCall(add_spikes(r));
  PetscCall(copy_journal(r));
  *n_spikes = r->n_spikes_written;
  PetscFunctionReturn(0);
}
