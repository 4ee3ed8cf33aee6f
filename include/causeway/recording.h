/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_RECORDING_H
#define CAUSEWAY_RECORDING_H

#include "causeway/identity.h"
#include "causeway/labels.h"
#include "causeway/parameters.h"
#include "causeway/partition.h"
#include "causeway/uses.h"

/* A file with the activity of many channels, neurons or cells: N channels x T samples, in whatever format it is. Formats
   are recognised by what is in the file:
     HDF5   NWB 2.x time series with one column per channel and Units; SONATA reports and spikes; any dataset
     .npy   an array of two dimensions
     text   a table with commas, semicolons, tabs or spaces */
typedef struct _p_Recording *Recording;

typedef enum { LAYOUT_AUTO, LAYOUT_NEURON_TIME, LAYOUT_TIME_NEURON } RecordingLayout;
typedef enum { TABLE_AUTO, TABLE_SAMPLES, TABLE_EVENTS } RecordingTable;
typedef enum { HEADER_AUTO, HEADER_NAMES, HEADER_NONE } RecordingHeader;

/* Which of several compartments of a neuron are read. */
typedef enum { COMPARTMENTS_REFUSE, COMPARTMENTS_SOMA, COMPARTMENTS_MEAN } RecordingCompartments;

/* Bin width of a first look at spikes: 1 ms, or the resolution of their times where that is coarser. */
#define BIN_CHOSEN (-1.0)

/* How a file is to be read. */
typedef struct {
  int layout;         /* RecordingLayout */
  double interval_ms; /* between samples; 0: what the file says */
  double bin_ms;      /* in which spikes are counted; 0: none is given; or BIN_CHOSEN */
  int compartments;   /* RecordingCompartments */
  double resample_ms; /* interval onto which samples are interpolated; 0: not at all */
  char channels[PETSC_MAX_PATH_LEN]; /* all, or a list */
  double time_ms[2];                 /* first and end (exclusive); infinite when not given */

  /* of tables of text */
  int table, header;     /* RecordingTable, RecordingHeader */
  int time_unit;         /* 0: what the file says; then s, ms, us, ns, min, h */
  char time_column[128]; /* name, number from 1, none; "" or auto: by its name */
} RecordingOptions;

typedef struct {
  int64_t n_channels, n_samples; /* that are read */
  double start_ms, interval_ms;  /* of sample 0; 0 when not known */
  PetscBool counts;              /* values are numbers of spikes in bins */
  const char *unit;              /* of the values, "" when not known; borrowed */
  const char *format;            /* such as "NWB ElectricalSeries"; borrowed */
} RecordingInfo;

/*@
  RecordingSetFromOptions - reads the parameters that say how a file is read

  Options: -activity_layout auto|neuron_time|time_neuron - auto: time_neuron for SONATA reports, NWB and text, else
                neuron_time
           -activity_interval MS  - distance of the samples, 0: what the file says
           -activity_channels all|LIST - names of channels ("..." around commas), patterns of the shell, ranges
                FIRST-LAST of names, every:K, at:POSITION or at:FIRST-LAST from 0, -WORD for those to exclude; numbers
                are names where some channel is called by a number, else positions; in the order of the file
           -activity_time all|START:END - part of the time that is read [ms], either may be left out
           -activity_bin MS       - spike trains are counted in bins of that width
           -activity_compartments refuse|soma|mean - of a SONATA report with several columns for a neuron: element 0,
                or the mean of all
           -activity_resample MS  - samples are interpolated linearly onto that interval; those in a gap longer than
                two intervals are missing
           -activity_table auto|samples|events, -activity_header auto|names|none,
           -activity_time_column auto|none|NAME|NUMBER, -activity_time_unit auto|s|ms|us|ns|min|h - of tables of text;
                without a column of times none is taken for one, so that all are channels
@*/
PetscErrorCode RecordingSetFromOptions(RecordingOptions *options, Parameters parameters);

/*@
  RecordingOpen - finds in a file what is to be read, without reading values

  Collective
  Input:  specification - FILE, or FILE:/path of a series, report, spikes, units or dataset in an HDF5 file; without
                          a path the only one of its kind
  Errors: CAUSEWAY_ERR_USER with one line, for a file that is missing, damaged, of no known format, empty, or ambiguous;
          lengths that do not fit together; channels or times that are not in it; timestamps that are not equally spaced
          (to a tenth of an interval) without -activity_resample; spikes without -activity_bin
  Cost:   8 bytes per sample for timestamps, the names of the channels; spikes are read once for their number
@*/
PetscErrorCode RecordingOpen(MPI_Comm comm, const char *specification,
                             const RecordingOptions *options, Recording *recording);
PetscErrorCode RecordingClose(Recording *recording);

/* Not collective. */
void RecordingGetInfo(Recording recording, RecordingInfo *info);

/* What was assumed about the file, a line each, "" when nothing was; of rank 0. Borrowed. Not collective. */
const char *RecordingNotes(Recording recording);

/* Names of the channels that are read, or no names; borrowed. Not collective. */
const Labels *RecordingLabels(Recording recording);

/* Which of all channels of the file, or nodes of a report or of spikes, are read: ascending, NULL for 0, 1, ...; `n_all`
   of how many, INT64_MAX when the file does not say. Borrowed. Not collective. */
const int64_t *RecordingChannels(Recording recording, int64_t *n_all);

/* Whether these are ids by which the file names its neurons. Not collective. */
PetscBool RecordingHasIds(Recording recording);

/*@
  RecordingTrials - /intervals/trials of an HDF5 file

  Collective
  Output: trials - (n, 2) start and stop [ms], freed by the caller with PetscFree(); as they stand in the file
  Errors: CAUSEWAY_ERR_USER when the file has none
@*/
PetscErrorCode RecordingTrials(Recording recording, int64_t *n, double **trials);

/*@
  RecordingRead - the values of this rank's channels, in the unit of the info

  Collective
  Input:  partition - of the channels
  Output: values - (n_local, n_samples); what is missing is NaN
  Cost:   a buffer of 64 MiB at most; text and .npy by time are read in shares of all ranks and exchanged; what is
          interpolated is held in its own samples too
@*/
PetscErrorCode RecordingRead(Recording recording, const Partition *partition, double *values);

/* Whether a file is one of HDF5, by what it begins with; an error when it is of no known format. Collective. */
PetscErrorCode RecordingIsHDF5(MPI_Comm comm, const char *name, PetscBool *is_hdf5);

/*@
  RecordingUses - adds what of a file could be read as activity, with the options that would, and links that lead nowhere

  Collective
@*/
PetscErrorCode RecordingUses(MPI_Comm comm, const char *file, Uses *uses);

#endif
