/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SPIKE_JOURNAL_H
#define CAUSEWAY_SPIKE_JOURNAL_H

#include "causeway/checkpoint.h"
#include "causeway/datafile.h"
#include "causeway/identity.h"
#include "causeway/partition.h"

/* A spike and its place in the file, on its way to the rank that writes this place. */
typedef struct {
  int64_t position, step, neuron;
} Spike;

typedef struct {
  Partition partition;
  DataFile file; /* borrowed */
  double step_ms;
  const Identity *identity; /* ids by which the file names the neurons; borrowed */
  int descriptor;           /* of the journal, -1 when it is not open */
  int64_t n_written;        /* spikes of all ranks in it */
  int64_t n_spikes, capacity;
  Spike *spikes; /* of this rank since the last write, ascending by step, then neuron */
} SpikeJournal;

/* Begins the journal of a recording, or continues it. Collective. */
PetscErrorCode SpikeJournalOpen(SpikeJournal *journal, const Partition *partition, DataFile file,
                                double step_ms, PetscBool resumes);
PetscErrorCode SpikeJournalClose(SpikeJournal *journal);

/* Spikes of a step, ascending global indices; steps ascend. Not collective. */
PetscErrorCode SpikeJournalTake(SpikeJournal *journal, int64_t step, int64_t n_fired,
                                const int64_t fired[]);

/* Writes those in memory, which are of the given steps, sorted by time, then neuron. Collective. */
PetscErrorCode SpikeJournalWrite(SpikeJournal *journal, int64_t first_step, int64_t n_steps);

/* Brings the journal to the disk, and declares how much of it counts, for a snapshot. Collective. */
PetscErrorCode SpikeJournalKeep(SpikeJournal *journal, Snapshot snapshot);

/* Copies the journal into the file. Collective. */
PetscErrorCode SpikeJournalFinish(SpikeJournal *journal);

/* Removes the journal of the recording with that name. Collective. */
PetscErrorCode SpikeJournalRemove(MPI_Comm comm, const char *file);

#endif
