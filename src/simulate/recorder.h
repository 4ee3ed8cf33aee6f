/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_RECORDER_H
#define CAUSEWAY_RECORDER_H

#include "causeway/checkpoint.h"
#include "causeway/datafile.h"
#include "causeway/neuron.h"
#include "causeway/partition.h"

/* Writes the membrane potential and the spikes of a simulation while it runs, a block of time at a
   time, as a SONATA report (/report/neurons) and spike file (/spikes/neurons) in one HDF5 file. */
typedef struct _p_Recorder *Recorder;

/*@
  RecorderCreate - adds the datasets of the report to `file`, or continues those that it has

  Until RecorderFinish() only values of the file change, and spikes are kept in a journal beside it, so
that the file can be continued after a crash.

  Collective
  Input:  file       - being written, borrowed
          n_samples  - of the report; step_ms - between them; recorded - what they are, borrowed
          single     - precision of the report
          resumes    - whether the file was begun earlier; RecorderKeep() then says how far it is
  Output: recorder   - destroyed with RecorderDestroy()
@*/
PetscErrorCode RecorderCreate(const Partition *partition, DataFile file, int64_t n_samples,
                              double step_ms, const NeuronVariable *recorded, PetscBool single,
                              PetscBool resumes, Recorder *recorder);
PetscErrorCode RecorderDestroy(Recorder *recorder);

/*@
  RecorderSample - takes the next sample of the local neurons
  Collective (writes when a block is full)
  Errors: CAUSEWAY_ERR_USER naming neuron and time when a value is not finite
@*/
PetscErrorCode RecorderSample(Recorder recorder, const double v[]);

/*@
  RecorderSpikes - takes the local spikes of `step`, before the sample that follows them
  Not collective
  Input: fired - ascending global indices
@*/
PetscErrorCode RecorderSpikes(Recorder recorder, int64_t step, int64_t n_fired,
                              const int64_t fired[]);

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

/* Samples that are kept in memory between two writes. */
int64_t RecorderBlock(int64_t n_samples, int64_t neurons_per_rank);

/* Shape of a chunk of the report, (samples, neurons): about a mebibyte. */
void RecorderChunk(int64_t n_samples, int64_t n_neurons, int64_t chunk[2]);

#endif
