/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Spikes that a file holds beside the samples of the recorded channels. */
#include "recording_impl.h"

#include "causeway/error.h"

PetscErrorCode RecordingFindSpikes(Recording r, const RecordingSpikes **spikes)
{
  PetscFunctionBegin;
  *spikes = &r->spikes;
  for (int k = 0; r->file && !r->has_looked && !r->spikes.path[0] && RecordingPartFormat(k); k++) {
    const PartFormat *format = RecordingPartFormat(k);

    if (format->find_spikes) {
      PetscCall(format->find_spikes(r, &r->spikes));
      r->spikes_format = r->spikes.path[0] ? format : NULL;
    }
  }
  r->has_looked = PETSC_TRUE;
  PetscFunctionReturn(0);
}

PetscErrorCode RecordingReadSpikes(Recording r, const Partition *partition, const Observed *neurons,
                                   const double range_ms[2], SpikeTrains *trains)
{
  char what[2 * PETSC_MAX_PATH_LEN];
  SpikeShare share;
  PetscErrorCode status;

  PetscFunctionBegin;
  *trains = (SpikeTrains){NULL, NULL};
  PetscCall(PetscSNPrintf(what, sizeof(what), "%s:%s", r->name, r->spikes.path));
  status = r->spikes_format->read_spikes(r, r->spikes.path, &share);
  status = status ? status : SpikeTrainsMake(&share, what, partition, neurons, range_ms, trains);
  PetscCall(SpikeShareDestroy(&share));
  PetscFunctionReturn(status);
}
