/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_NWB_H
#define CAUSEWAY_NWB_H

#include "recording_impl.h"

#include "causeway/datafile.h"

/*@
  NwbTableLabels - names of the rows of a table: the first of its columns label, channel_name, unit_name, name and id
  whose entries all differ; no names when there is none

  Collective
@*/
PetscErrorCode NwbTableLabels(DataFile file, const char *table, Labels *labels);

/* Whether a group is an NWB time series, with data and times. Collective. */
PetscErrorCode NwbIsSeries(DataFile file, const char *group, PetscBool *found);

/*@
  NwbIsUnits   - whether a group has lists of spike times, as NWB Units have
  NwbReadIndex - ends of the lists of all units; the lists together have `n_entries`
  NwbFindSpikes, NwbReadSpikes - see PartFormat: the units that have the names of a series' channels

  Collective
  Input:  name, entry - names of the index and of its entries, for messages
  Output: end         - (n_units) freed by the caller
@*/
PetscErrorCode NwbIsUnits(DataFile file, const char *group, PetscBool *found);
PetscErrorCode NwbReadIndex(DataFile file, const char *group, const char *name, const char *entry,
                            int64_t n_entries, int64_t *n_units, int64_t **end);
PetscErrorCode NwbFindSpikes(Recording recording, RecordingSpikes *spikes);
PetscErrorCode NwbReadSpikes(Recording recording, const char *path, SpikeShare *share);

/* Refuses times whose attribute `unit` is not seconds, the unit that NWB prescribes. Collective. */
PetscErrorCode NwbCheckSeconds(DataFile file, const char *path);

/*@
  NwbOldVersion - version of an NWB file before 2.0, "" for other files

  NwbObstacle - why a group that is an NWB series or NWB Units cannot be read; "" when no reason is known

  NwbRefuse - returns an error with the reason for an NWB file without readable activity; 0 for other files

  Collective
@*/
PetscErrorCode NwbOldVersion(DataFile file, size_t length, char version[]);
PetscErrorCode NwbObstacle(DataFile file, const char *group, size_t length, char text[]);
PetscErrorCode NwbRefuse(DataFile file);

#endif
