/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_RECORDER_H
#define CAUSEWAY_RECORDER_H

#include "record_plan.h"

#include "causeway/checkpoint.h"
#include "causeway/datafile.h"
#include "causeway/identity.h"
#include "causeway/partition.h"

/* Writes state variables and spikes of a running simulation in blocks of time into one HDF5 file: SONATA reports, the first
   variable as /report/neurons and others as /report/neurons_NAME, and spikes (/spikes/neurons). */
typedef struct _p_Recorder *Recorder;

/*@
  RecorderCreate - adds the datasets of the reports to `file`, or continues existing ones

  Until RecorderFinish() only values of the file change, and a journal beside the file holds the spikes, so that the file
  can be continued after a crash.

  Collective
  Input:  file     - being written, borrowed
          plan     - with chosen neurons, borrowed
          identity - ids of the neurons in the file, borrowed
          resumes  - whether the file was begun by an earlier run; RecorderKeep() then restores its progress
  Output: recorder - destroyed with RecorderDestroy()
@*/
PetscErrorCode RecorderCreate(const Partition *partition, DataFile file, const RecordPlan *plan,
                              const Identity *identity, PetscBool resumes, Recorder *recorder);
PetscErrorCode RecorderDestroy(Recorder *recorder);

/*@
  RecorderTake - records spikes and state at consecutive times of the grid, from 0 on

  Collective (writes when a block is full)
  Input:  fired  - (n_fired) ascending global indices of local neurons
          state  - state[k][i * pitch] is variable k of local neuron i
  Errors: CAUSEWAY_ERR_USER with variable, neuron and time when a value is not finite
@*/
PetscErrorCode RecorderTake(Recorder recorder, int64_t step, int64_t n_fired, const int64_t fired[],
                            const double *const state[], int64_t pitch);

/*@
  RecorderKeep - writes what is in memory and declares the progress of the recording for a snapshot

  Collective
@*/
PetscErrorCode RecorderKeep(Recorder recorder, Snapshot snapshot);

/*@
  RecorderFinish - writes what is in memory, and copies the spikes of the journal into the file

  Collective
  Output: n_spikes - number of spikes on all ranks
@*/
PetscErrorCode RecorderFinish(Recorder recorder, int64_t *n_spikes);

/* Removes the journal of the recording in `file`. Collective. */
PetscErrorCode RecorderRemoveJournal(MPI_Comm comm, const char *file);

/* Memory of the fullest rank with `neurons_per_rank` neurons, and size of the file without spikes [bytes]. */
void RecorderEstimate(const RecordPlan *plan, int64_t neurons_per_rank, double *memory,
                      double *file);

#endif
