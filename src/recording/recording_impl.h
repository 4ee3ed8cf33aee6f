/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_RECORDING_IMPL_H
#define CAUSEWAY_RECORDING_IMPL_H

#include "causeway/recording.h"

/* One way in which a file keeps activity. */
typedef struct {
  /*@
    read - values of some channels

    Collective
    Input:  n_mine, channels - of this rank, ascending; n_most: on no rank are more
            first, count     - samples
    Output: values - (n_mine, count)
  @*/
  PetscErrorCode (*read)(Recording recording, int64_t n_mine, const int64_t channels[],
                         int64_t n_most, int64_t first, int64_t count, double *values);
  PetscErrorCode (*close)(Recording recording); /* frees the context; may be NULL */
} RecordingFormat;

struct _p_Recording {
  MPI_Comm comm;
  RecordingOptions options;
  char specification[PETSC_MAX_PATH_LEN], name[PETSC_MAX_PATH_LEN], path[PETSC_MAX_PATH_LEN];
  DataFile file; /* or NULL */

  /* what the file has; filled in by the format */
  const RecordingFormat *format;
  char format_name[128], unit[64];
  void *context;
  int64_t n_all_channels, n_all_samples;
  double start_ms, interval_ms; /* 0 when not known */
  double *times;                /* (n_all_samples) [ms], or NULL when they are equally spaced */
  double longest_ms;            /* between samples; a longer distance is a gap */
  Identity identity;            /* of the channels, where the file says it; else of no neurons */
  PetscBool counts;
  double resolution_ms; /* to which times of spikes are known, 0 when the file does not say it */
  enum {
    TIMES_APART,
    TIMES_WARN,
    TIMES_REFUSE
  } times_among_channels; /* nothing may tell them apart */
  char notes[2048];       /* RecordingNote() */
  Labels all_labels;

  /* what is read of it */
  int64_t n_channels, n_samples, first_sample;
  int64_t *channels; /* (n_channels) ascending, NULL for all */
  int64_t *names;    /* (n_channels) nodes that are read, or NULL */
  Labels labels;
};

/* What a file is, by what it begins with; an error for formats that are not read. Collective. */
enum { FILE_TEXT, FILE_HDF5, FILE_NUMPY, FILE_NPZ };
PetscErrorCode RecordingFindKind(MPI_Comm comm, const char *name, int *kind);

/* Each looks at the part of the file that r->path names, or fills it in; collective. */
PetscErrorCode RecordingOpenHDF5(Recording recording);
PetscErrorCode RecordingOpenSeries(Recording recording);       /* NWB time series */
PetscErrorCode RecordingOpenUnits(Recording recording);        /* NWB units */
PetscErrorCode RecordingOpenSonataSpikes(Recording recording); /* a population of spikes */
PetscErrorCode RecordingOpenNumpy(Recording recording, PetscBool is_archive); /* .npz, else .npy */
PetscErrorCode RecordingOpenText(Recording recording);

/* A dataset of HDF5 whose values are read, the context of series, reports and plain datasets. */
typedef struct {
  char path[PETSC_MAX_PATH_LEN];
  int n_dims, time_axis;
  double scale, offset;
  double *channel_scale; /* (n_all_channels), or NULL */
  /* of a report whose columns are not one of each channel in order, else NULL: those of channel k are
     columns[column_start[k]] .. columns[column_start[k + 1] - 1] */
  int64_t *column_start, *columns, most_columns;
} SeriesData;

/*@
  RecordingUseDataset - makes a dataset of one or two dimensions what is read

  Collective
  Input: layout - of two dimensions
  Output: data - for scale and offset; borrowed; NULL when only two dimensions will do
@*/
PetscErrorCode RecordingUseDataset(Recording recording, const char *path, RecordingLayout layout,
                                   SeriesData **data);

/*@
  RecordingSetTimes - the times of all samples, as the file gives them

  Not collective, the same on all ranks
  Input:  what  - that holds them, for messages
          times - (n_all_samples) [ms]; kept when they are not equally spaced, else freed
  Errors: CAUSEWAY_ERR_USER when they do not ascend
@*/
PetscErrorCode RecordingSetTimes(Recording recording, const char *what, double *times);

/*@
  RecordingIdLabels - the ids of the recording's neurons as names, in the order of its channels

  Not collective
@*/
PetscErrorCode RecordingIdLabels(Recording recording, Labels *labels);

/*@
  RecordingNote - adds a line on what is assumed about the file, which the log shows once

  Not collective; of note is what rank 0 adds. What no longer fits is left out.
@*/
void RecordingNote(Recording recording, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*@
  RecordingCheckAscent - refuses a channel that ascends in every sample where others do not, or warns of it, as the
                         format has it

  Collective
  Input:  values - (n_local, n_samples) that were read
  Errors: CAUSEWAY_ERR_USER unless activity_time_column is none
@*/
PetscErrorCode RecordingCheckAscent(Recording recording, const Partition *partition,
                                    const double *values);

/* Chooses samples and channels of what the format has found; not collective, the same on all ranks. */
PetscErrorCode RecordingSelectTime(Recording recording);
PetscErrorCode RecordingSelectChannels(Recording recording);

/*@
  RecordingInterpolate - values at equally spaced times

  Not collective
  Input:  first, count - samples of the file from which is interpolated
          from         - (count) their values
  Output: to           - (n_samples)
@*/
void RecordingInterpolate(Recording recording, int64_t first, int64_t count, const double from[],
                          double to[]);

/* Samples of the file that interpolation needs. */
void RecordingNeeded(Recording recording, int64_t *first, int64_t *count);

/* What of an HDF5 file could be read. */
typedef struct {
  char path[PETSC_MAX_PATH_LEN];
  PetscBool has_channels; /* false for series of images, texts and the like */
} Candidate;

/* All of them, by path; freed by the caller. Collective. */
PetscErrorCode RecordingCandidates(DataFile file, int64_t *n, Candidate **candidates);

/* Whether a group is a series of NWB, its units, or SONATA spikes. Collective. */
PetscErrorCode IsSeries(DataFile file, const char *group, PetscBool *found);
PetscErrorCode IsUnits(DataFile file, const char *group, PetscBool *found);
PetscErrorCode IsSonataSpikes(DataFile file, const char *group, PetscBool *found);

/* Consecutive rows of a table in time, (n_rows, n_all_channels), asked for in ascending order; not collective. */
typedef PetscErrorCode (*RecordingRows)(Recording recording, int64_t row, int64_t n_rows,
                                        double *rows);

/*@
  RecordingTurn - a table in time, of which each rank reads some rows, given to the owners of the channels

  Collective
  Input:  row_start - (ranks + 1) first row that each rank reads
          rows      - reads them
          first, count - rows that are wanted
  Output: values    - (channels of this rank, count)
  Cost:   three buffers of 16 MiB; one alltoallv of 2^21 values at most for each of them
@*/
PetscErrorCode RecordingTurn(Recording recording, const int64_t row_start[], RecordingRows rows,
                             int64_t first, int64_t count, double *values);

#endif
