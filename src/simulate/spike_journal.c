/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Stores the spikes of a simulation: in memory, then in a journal beside the recording, at the end in its file. */
#include "spike_journal.h"

#include "causeway/internal/parallel/exchange.h"

#include "causeway/error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define SPIKES "/spikes/neurons"

enum { COPY_SPIKES = 1 << 20 };

/* A spike in the journal. */
typedef struct {
  double time_ms;
  uint64_t neuron;
} Event;

static PetscErrorCode journal_path(const char *file, char path[PETSC_MAX_PATH_LEN])
{
  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(path, PETSC_MAX_PATH_LEN, "%s.spikes.partial", file));
  PetscFunctionReturn(0);
}

/* Every rank writes its own part of one file at known offsets, so that spikes which a crash left after the last snapshot are
   overwritten. */
PetscErrorCode SpikeJournalOpen(SpikeJournal *r, const Partition *partition, DataFile file,
                                double step_ms, PetscBool resumes)
{
  char path[PETSC_MAX_PATH_LEN];
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  r->partition = *partition;
  r->file = file;
  r->step_ms = step_ms;
  r->descriptor = -1;
  PetscCall(journal_path(DataFileName(r->file), path));
  if (r->partition.rank == 0) {
    r->descriptor = open(path, O_RDWR | (resumes ? 0 : O_CREAT | O_TRUNC), 0666);
    status =
        r->descriptor < 0 ? UserError("%s: cannot open the file: %s", path, strerror(errno)) : 0;
  }
  PetscCall(ErrorAgree(r->partition.comm, status));
  if (r->partition.rank > 0) {
    r->descriptor = open(path, O_RDWR);
    status =
        r->descriptor < 0 ? UserError("%s: cannot open the file: %s", path, strerror(errno)) : 0;
  }
  PetscCall(ErrorAgree(r->partition.comm, status));
  PetscFunctionReturn(0);
}

static PetscErrorCode write_journal(SpikeJournal *r, int64_t first, int64_t count,
                                    const Event *events)
{
  const char *from = (const char *)events;
  off_t at = (off_t)first * (off_t)sizeof(Event);
  int64_t left = count * (int64_t)sizeof(Event);
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  while (left > 0 && !status) {
    const ssize_t done = pwrite(r->descriptor, from, (size_t)left, at);

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

/* All ranks take the same number of rounds, because each round ends in collective writes. */
static PetscErrorCode copy_journal(SpikeJournal *r)
{
  Partition share;
  Event *events;
  double *times;
  uint64_t *neurons;
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  PetscCall(PartitionMake(r->partition.comm, r->n_written, &share));
  PetscCall(PetscMalloc3(COPY_SPIKES, &events, COPY_SPIKES, &times, COPY_SPIKES, &neurons));
  for (int64_t done = 0; done < share.block; done += COPY_SPIKES) {
    const int64_t from = PetscMin(done, share.n_local), first = share.first + from;
    const int64_t count = PetscMin((int64_t)COPY_SPIKES, share.n_local - from);
    const ssize_t bytes = (ssize_t)(count * (int64_t)sizeof(Event));

    if (pread(r->descriptor, events, (size_t)bytes, (off_t)first * (off_t)sizeof(Event)) != bytes) {
      status = UserError("%s: cannot read its journal of spikes: %s", DataFileName(r->file),
                         strerror(errno));
    }
    PetscCall(ErrorAgree(r->partition.comm, status));
    for (int64_t k = 0; k < count; k++) {
      times[k] = events[k].time_ms;
      neurons[k] = (uint64_t)IdentityId(r->identity, (int64_t)events[k].neuron);
    }
    PetscCall(DataFileWrite(r->file, SPIKES "/timestamps", DATA_FLOAT64, &first, &count, times));
    PetscCall(DataFileWrite(r->file, SPIKES "/node_ids", DATA_UINT64, &first, &count, neurons));
  }
  PetscCall(PetscFree3(events, times, neurons));
  PetscFunctionReturn(0);
}

PetscErrorCode SpikeJournalRemove(MPI_Comm comm, const char *file)
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

static PetscErrorCode add_spikes(SpikeJournal *r)
{
  PetscFunctionBegin;
  PetscCall(
      DataFileAddDataset(r->file, SPIKES "/timestamps", DATA_FLOAT64, 1, &r->n_written, NULL));
  PetscCall(DataFileAddDataset(r->file, SPIKES "/node_ids", DATA_UINT64, 1, &r->n_written, NULL));
  PetscCall(DataFileDescribe(r->file, SPIKES "/timestamps", "ms", "time of each spike"));
  PetscCall(DataFileDescribe(r->file, SPIKES "/node_ids", "1", "neuron of each spike"));
  PetscCall(DataFileSetSpikeSorting(r->file, SPIKES, PETSC_TRUE));
  PetscFunctionReturn(0);
}

PetscErrorCode SpikeJournalTake(SpikeJournal *r, int64_t step, int64_t n_fired,
                                const int64_t fired[])
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

/* The file is sorted by time, then neuron. The place of a spike is the number of all spikes of earlier steps plus those of
   lower ranks in its step. Output: total - number of spikes on all ranks. */
static PetscErrorCode place_spikes(SpikeJournal *r, int64_t first_step, int64_t n_steps,
                                   int64_t *total)
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

/* Redistributes the spikes so that each rank holds a contiguous part of the file of equal size. */
static PetscErrorCode redistribute_spikes(SpikeJournal *r, const Partition *share, Event *events)
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

PetscErrorCode SpikeJournalWrite(SpikeJournal *r, int64_t first_step, int64_t n_steps)
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
    PetscCall(write_journal(r, r->n_written + share.first, share.n_local, events));
    PetscCall(PetscFree(events));
  }
  r->n_written += total;
  r->n_spikes = 0;
  PetscFunctionReturn(0);
}

PetscErrorCode SpikeJournalKeep(SpikeJournal *r, Snapshot snapshot)
{
  char path[PETSC_MAX_PATH_LEN];
  Extents extents = {.n = 0};

  PetscFunctionBegin;
  PetscCall(journal_path(DataFileName(r->file), path));
  if (SnapshotPrepares(snapshot)) {
    PetscCall(FileSync(r->partition.comm, path));
  }
  PetscCall(SnapshotInteger(snapshot, "spikes_written", &r->n_written));
  if (SnapshotSeals(snapshot)) {
    PetscCall(ExtentsAdd(&extents, 0, r->n_written * (int64_t)sizeof(Event)));
    PetscCall(SnapshotBeside(snapshot, path, PART_GROWS, &extents));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode SpikeJournalFinish(SpikeJournal *r)
{
  PetscFunctionBegin;
  PetscCall(add_spikes(r));
  PetscCall(copy_journal(r));
  PetscFunctionReturn(0);
}

PetscErrorCode SpikeJournalClose(SpikeJournal *r)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(r->spikes));
  if (r->descriptor >= 0) {
    (void)close(r->descriptor);
  }
  PetscFunctionReturn(0);
}
