/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_RECORDING_H
#define CAUSEWAY_RECORDING_H

#include "causeway/declare.h"
#include "causeway/identity.h"
#include "causeway/labels.h"
#include "causeway/parameters.h"
#include "causeway/partition.h"
#include "causeway/sample_list.h"
#include "causeway/spike_trains.h"
#include "causeway/uses.h"

CAUSEWAY_BEGIN_DECLARATIONS

/* A file with the activity of many channels, neurons or cells: N channels x T samples. The content of a file decides its
   format:
     HDF5   NWB 2.x time series with one column per channel, and Units; SONATA reports and spikes; any dataset
     .npy   an array of two dimensions
     text   a table with commas, semicolons, tabs or spaces */
typedef struct _p_Recording *Recording;

typedef enum { LAYOUT_AUTO, LAYOUT_NEURON_TIME, LAYOUT_TIME_NEURON } RecordingLayout;
typedef enum { TABLE_AUTO, TABLE_SAMPLES, TABLE_EVENTS } RecordingTable;
typedef enum { HEADER_AUTO, HEADER_NAMES, HEADER_NONE } RecordingHeader;

/* Which of a neuron's compartments are read. */
typedef enum { COMPARTMENTS_REFUSE, COMPARTMENTS_SOMA, COMPARTMENTS_MEAN } RecordingCompartments;

/* Bin width for a first look at spikes: 1 ms, or the resolution of the spike times when that is coarser. */
#define BIN_CHOSEN (-1.0)

/* How a file is read. */
typedef struct {
  int layout;         /* RecordingLayout */
  double interval_ms; /* sampling interval; 0: as in the file */
  double bin_ms;      /* width of spike-count bins; 0: not given; or BIN_CHOSEN */
  int compartments;   /* RecordingCompartments */
  double resample_ms; /* sampling interval after interpolation; 0: no interpolation */
  char channels[PETSC_MAX_PATH_LEN]; /* all, or a list */
  double time_ms[2];                 /* first time and end (exclusive); infinite when not given */

  /* for text tables */
  int table, header;     /* RecordingTable, RecordingHeader */
  int time_unit;         /* 0: as in the file; then s, ms, us, ns, min, h */
  char time_column[128]; /* name, number from 1, or none; "" or auto: found by its name */
} RecordingOptions;

typedef struct {
  int64_t n_channels, n_samples; /* size of the selection */
  double start_ms, interval_ms;  /* time of sample 0, sampling interval; 0 when unknown */
  PetscBool counts;              /* whether values are spike counts in bins */
  int64_t n_spikes;              /* then: number of spikes of all channels of the file */
  const char *unit;              /* of the values, "" when not known; borrowed */
  const char *format;            /* such as "NWB ElectricalSeries"; borrowed */
} RecordingInfo;

/*@
  RecordingDeclareParameters - declares the parameters that say how a file is read: activity_layout, activity_interval,
                               activity_channels, activity_time, activity_bin, activity_compartments,
                               activity_resample, activity_table, activity_header, activity_time_column and
                               activity_time_unit
  RecordingSetFromOptions    - reads these parameters
  RecordingDefaults          - sets the defaults: all channels and samples, as the file states

  Not collective, but every rank makes the same calls
  Errors: CAUSEWAY_ERR_USER with the key and the allowed values
@*/
PetscErrorCode RecordingDeclareParameters(Parameters parameters);
PetscErrorCode RecordingSetFromOptions(RecordingOptions *options, Parameters parameters);
PetscErrorCode RecordingDefaults(RecordingOptions *options);

/*@
  RecordingOpen - opens a file and finds the data to be read, without reading values

  Collective
  Input:  specification - FILE, or FILE:/path of a series, report, spikes, units or dataset in an HDF5 file; without a
                          path, the file must hold only one such object
          options       - copied
  Output: recording - closed with RecordingClose()
  Errors: CAUSEWAY_ERR_USER for a file that is missing, damaged, of unknown format, empty or ambiguous; lengths that do not
          match; channels or times that the file does not have; timestamps that are not equally spaced (to a tenth of the
          interval) without -activity_resample; spikes without -activity_bin
  Cost:   8 bytes per sample for timestamps, the names of the channels; spikes are read once for their number
@*/
PetscErrorCode RecordingOpen(MPI_Comm comm, const char *specification,
                             const RecordingOptions *options, Recording *recording);
PetscErrorCode RecordingClose(Recording *recording);

/* Size, times, unit and format of what is read. Not collective. */
void RecordingGetInfo(Recording recording, RecordingInfo *info);

/* Assumptions about the file, one line each, "" without any; on rank 0 only. Borrowed. Not collective. */
const char *RecordingNotes(Recording recording);

/* Names of the selected channels, possibly none; borrowed. Not collective. */
const Labels *RecordingLabels(Recording recording);

/* The selected channels of the file, or nodes of a report or of spikes: ascending, NULL for 0, 1, ... `n_all` is the number
   of all of them, INT64_MAX when the file does not state it. Borrowed. Not collective. */
const int64_t *RecordingChannels(Recording recording, int64_t *n_all);

/* Whether the numbers of RecordingChannels() are neuron ids of the file. Not collective. */
PetscBool RecordingHasIds(Recording recording);

/*@
  RecordingTrials - reads /intervals/trials of an HDF5 file

  Collective
  Output: n      - number of trials
          trials - (n, 2) start and stop [ms] in the order of the file; freed by the caller with PetscFree()
  Errors: CAUSEWAY_ERR_USER when the file has no trials
@*/
PetscErrorCode RecordingTrials(Recording recording, int64_t *n, double **trials);

/*@
  RecordingRead - reads the values of this rank's channels, in the unit of RecordingInfo

  Collective
  Input:  partition - layout of the channels
  Output: values - (n_local, n_samples); missing values are NaN
  Cost:   a buffer of at most 64 MiB. Ranks share the reading of text and of .npy by time, and exchange the values.
          Interpolation also holds the original samples.
@*/
PetscErrorCode RecordingRead(Recording recording, const Partition *partition, double *values);

/*@
  RecordingListsCounts - whether RecordingList() can read the recording: spikes that are counted in bins, all of which are
                         observed; not collective
  RecordingList        - reads the values of this rank's channels that are not zero

  Collective
  Input:  partition - layout of the channels
  Output: counts - with values; freed with SampleListFree()
  Cost:   16 bytes per spike of this rank's share of the file, and 24 per spike of its channels
@*/
PetscBool RecordingListsCounts(Recording recording);
PetscErrorCode RecordingList(Recording recording, const Partition *partition, SampleList *counts);

/* Spikes that a file holds beside the samples of the recorded channels. */
typedef struct {
  char path[PETSC_MAX_PATH_LEN]; /* in the file, "" without spikes */
  char note
      [512]; /* why spikes in the file may not, or do not, belong to the channels; "" without doubt */
} RecordingSpikes;

/*@
  RecordingFindSpikes - finds the spikes of a SONATA report's population, or the NWB units that have the names of a
                        series' channels
  RecordingReadSpikes - reads the spikes that were found; each rank receives those of its neurons

  Collective
  Input:  partition, neurons - layout and ids (or numbers, as in RecordingChannels()) of the selected neurons
          range_ms           - first and last time of the selection
  Output: spikes             - borrowed, valid until the recording is closed
          trains             - freed with SpikeTrainsDestroy()
  Errors: CAUSEWAY_ERR_USER for spikes of a neuron that the file does not have, or a time that is not finite
  Cost:   16 bytes per spike of this rank's share of the file, and per spike of its neurons
@*/
PetscErrorCode RecordingFindSpikes(Recording recording, const RecordingSpikes **spikes);
PetscErrorCode RecordingReadSpikes(Recording recording, const Partition *partition,
                                   const Observed *neurons, const double range_ms[2],
                                   SpikeTrains *trains);

/* Whether a file is HDF5, by its first bytes; an error when its format is unknown. Collective. */
PetscErrorCode RecordingIsHDF5(MPI_Comm comm, const char *name, PetscBool *is_hdf5);

/*@
  RecordingUses - adds the objects of a file that can be read as activity to `uses`, with the options that read them, and
  links without a target

  Collective
@*/
PetscErrorCode RecordingUses(MPI_Comm comm, const char *file, Uses *uses);

CAUSEWAY_END_DECLARATIONS

#endif
