/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SPIKE_JOURNAL_H
#define CAUSEWAY_SPIKE_JOURNAL_H

#include "causeway/checkpoint.h"
#include "causeway/datafile.h"
#include "causeway/identity.h"
#include "causeway/partition.h"

/* A spike and its place in the file, for the rank that writes this place. */
typedef struct {
  int64_t position, step, neuron;
} Spike;

typedef struct {
  Partition partition;
  DataFile file; /* borrowed */
  double step_ms;
  const Identity *identity; /* ids of the neurons in the file; borrowed */
  int descriptor;           /* of the journal, -1 while it is closed */
  int64_t n_written;        /* spikes of all ranks in the journal */
  int64_t n_spikes, capacity;
  Spike *spikes; /* spikes of this rank since the last write, ascending by step, then neuron */
} SpikeJournal;

/* Creates the journal of a recording, or continues it. Collective. */
PetscErrorCode SpikeJournalOpen(SpikeJournal *journal, const Partition *partition, DataFile file,
                                double step_ms, PetscBool resumes);
PetscErrorCode SpikeJournalClose(SpikeJournal *journal);

/* Stores the spikes of a step as ascending global indices; steps ascend. Not collective. */
PetscErrorCode SpikeJournalTake(SpikeJournal *journal, int64_t step, int64_t n_fired,
                                const int64_t fired[]);

/* Writes the stored spikes, which belong to the given steps, sorted by time, then neuron. Collective. */
PetscErrorCode SpikeJournalWrite(SpikeJournal *journal, int64_t first_step, int64_t n_steps);

/* Syncs the journal and declares its valid length for a snapshot. Collective. */
PetscErrorCode SpikeJournalKeep(SpikeJournal *journal, Snapshot snapshot);

/* Copies the spikes of the journal into the file. Collective. */
PetscErrorCode SpikeJournalFinish(SpikeJournal *journal);

/* Removes the journal of the recording in `file`. Collective. */
PetscErrorCode SpikeJournalRemove(MPI_Comm comm, const char *file);

#endif
