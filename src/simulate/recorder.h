/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_RECORDER_H
#define CAUSEWAY_RECORDER_H

#include "record_plan.h"

#include "causeway/checkpoint.h"
#include "causeway/datafile.h"
#include "causeway/identity.h"
#include "causeway/partition.h"

/* Writes state variables and spikes of a simulation while it runs, a block of time at a time: SONATA reports, the first
   variable as /report/neurons and others as /report/neurons_NAME, and a spike file (/spikes/neurons) in one HDF5 file. */
typedef struct _p_Recorder *Recorder;

/*@
  RecorderCreate - adds the datasets of the reports to `file`, or continues those that it has

  Until RecorderFinish() only values of the file change, and spikes are kept in a journal beside it, so
that the file can be continued after a crash.

  Collective
  Input:  file     - being written, borrowed
          plan     - with chosen neurons, borrowed
          identity - ids by which the file names the neurons, borrowed
          resumes  - whether the file was begun earlier; RecorderKeep() then says how far it is
  Output: recorder - destroyed with RecorderDestroy()
@*/
PetscErrorCode RecorderCreate(const Partition *partition, DataFile file, const RecordPlan *plan,
                              const Identity *identity, PetscBool resumes, Recorder *recorder);
PetscErrorCode RecorderDestroy(Recorder *recorder);

/*@
  RecorderTake - spikes and state at a grid time, one after the other from 0 on

  Collective (writes when a block is full)
  Input:  fired  - ascending global indices of local neurons
          state  - of state variable k those of the local neurons, state[k][i * pitch]
  Errors: CAUSEWAY_ERR_USER naming variable, neuron and time when a value is not finite
@*/
PetscErrorCode RecorderTake(Recorder recorder, int64_t step, int64_t n_fired, const int64_t fired[],
                            const double *const state[], int64_t pitch);

/*@
  RecorderKeep - writes what is still in memory, and declares how far the recording is, for a snapshot
  Collective
@*/
PetscErrorCode RecorderKeep(Recorder recorder, Snapshot snapshot);

/*@
  RecorderFinish - writes what is still in memory, and the spikes of the journal into the file
  Collective
  Output: n_spikes - of all ranks
@*/
PetscErrorCode RecorderFinish(Recorder recorder, int64_t *n_spikes);

/* Removes the journal of a recording, by the name of its file. Collective. */
PetscErrorCode RecorderRemoveJournal(MPI_Comm comm, const char *file);

/* Bytes on the fullest rank while `neurons_per_rank` neurons are simulated, and of the file without spikes. */
void RecorderEstimate(const RecordPlan *plan, int64_t neurons_per_rank, double *memory,
                      double *file);

#endif
