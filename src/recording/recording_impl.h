/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_RECORDING_IMPL_H
#define CAUSEWAY_RECORDING_IMPL_H

#include "causeway/recording.h"
#include "causeway/spike_trains.h"

#include "causeway/internal/io/magic.h"

#include <stdio.h>
#include <string.h>

/* How a format reads the values of an opened recording. */
typedef struct {
  /*@
    read - reads the values of some channels; NULL where `list` suffices
    list - lists the values that are not zero, by the number of the sample in [0, count); NULL where values are not counts, or
           may be missing

    Collective
    Input:  n_mine, channels - (n_mine) ascending channels of this rank; no rank has more than n_most
            first, count     - first sample and number of samples
    Output: values - (n_mine, count)
            list   - freed with SampleListFree()
  @*/
  PetscErrorCode (*read)(Recording recording, int64_t n_mine, const int64_t channels[],
                         int64_t n_most, int64_t first, int64_t count, double *values);
  PetscErrorCode (*list)(Recording recording, int64_t n_mine, const int64_t channels[],
                         int64_t first, int64_t count, SampleList *list);
  PetscErrorCode (*close)(Recording recording); /* frees the context; may be NULL */
} RecordingReader;

/* The beginning of a file. */
typedef struct {
  const char *name;
  FILE *stream; /* for formats that need more of the file */
  int64_t size; /* [bytes] */
  size_t n;
  unsigned char bytes[MAGIC_BYTES]; /* (n) */
} FileBeginning;

static inline PetscBool FileBegins(const FileBeginning *beginning, const void *bytes, size_t n)
{
  return beginning->n >= n && !memcmp(beginning->bytes, bytes, n) ? PETSC_TRUE : PETSC_FALSE;
}

/*@
  FileFormat - a file format; each has its own source file and a line in the table of formats.c

  begins - whether a file has the format, called on one rank; NULL for text
  named  - whether the name of an unrecognised file suggests the format; NULL for never
  open   - fills in what the file, or the part recording->path of it, contains; collective
@*/
typedef struct {
  PetscBool (*begins)(const FileBeginning *beginning);
  PetscBool (*named)(const char *name);
  PetscErrorCode (*open)(Recording recording);
  PetscBool has_parts; /* FILE:/path names a part */
} FileFormat;

/*@
  PartFormat - a format of groups in HDF5 files; each has its own source file and a line in the table of parts.c

  Collective, with recording->file open
  holds       - whether a group has the format
  open        - fills in what recording->path contains
  find_spikes - for a format of spikes: finds the spikes of a recording's channels in the same file; NULL for other formats
                Output: spikes - path and note as for RecordingFindSpikes(); unchanged without spikes
  read_spikes - reads this rank's share of these; nodes have the numbers or ids of RecordingChannels()
@*/
typedef struct {
  PetscErrorCode (*holds)(DataFile file, const char *group, PetscBool *found);
  PetscErrorCode (*open)(Recording recording);
  PetscBool has_data; /* values are in GROUP/data, which may also name the part */
  PetscErrorCode (*find_spikes)(Recording recording, RecordingSpikes *spikes);
  PetscErrorCode (*read_spikes)(Recording recording, const char *path, SpikeShare *share);
} PartFormat;

/* The k-th format of files, or of parts; NULL beyond the last. */
const FileFormat *RecordingFileFormat(int k);
const PartFormat *RecordingPartFormat(int k);
extern const FileFormat FormatHdf5;

struct _p_Recording {
  MPI_Comm comm;
  RecordingOptions options;
  char specification[PETSC_MAX_PATH_LEN], name[PETSC_MAX_PATH_LEN], path[PETSC_MAX_PATH_LEN];
  DataFile file; /* or NULL */

  /* content of the file; filled in by the format */
  const RecordingReader *reader;
  char format_name[128], unit[64];
  void *context;
  int64_t n_all_channels, n_all_samples;
  double start_ms, interval_ms; /* 0 when unknown */
  double *times;                /* (n_all_samples) [ms], or NULL when they are equally spaced */
  double longest_ms;            /* longest interval between samples; a longer one is a gap */
  Identity identity;            /* ids of the channels if the file states them; else empty */
  PetscBool has_sites;          /* channels are recording sites, not neurons */
  PetscBool counts;
  int64_t n_spikes;     /* of all channels, for counts */
  double resolution_ms; /* of spike times, 0 when the file does not state it */
  enum {
    TIMES_APART,
    TIMES_WARN,
    TIMES_REFUSE
  } times_among_channels; /* what to do with times that may be among the channels */
  char notes[2048];       /* RecordingNote() */
  Labels all_labels;
  PetscBool has_looked; /* spikes have been searched */
  RecordingSpikes spikes;
  const PartFormat *spikes_format;

  /* the selection that is read */
  int64_t n_channels, n_samples, first_sample;
  int64_t *channels; /* (n_channels) ascending, NULL for all */
  int64_t *names;    /* (n_channels) selected nodes, or NULL */
  Labels labels;
};

/* Finds the format of a file by its first bytes; an error for unsupported formats. Collective. */
PetscErrorCode RecordingFindFormat(MPI_Comm comm, const char *name, const FileFormat **format);

/* An HDF5 dataset whose values are read; context of series, reports and plain datasets. */
typedef struct {
  char path[PETSC_MAX_PATH_LEN];
  int n_dims, time_axis;
  double scale, offset;
  double *channel_scale; /* (n_all_channels), or NULL */
  /* for a report without exactly one column per channel in order, else NULL: channel k has the columns
     columns[column_start[k]] .. columns[column_start[k + 1] - 1] */
  int64_t *column_start, *columns, most_columns;
} SeriesData;

/*@
  RecordingUseDataset - makes a one- or two-dimensional dataset the values of the recording

  Collective
  Input: layout - of two dimensions
  Output: data - receives scale and offset; borrowed; NULL when the dataset must have two dimensions
@*/
PetscErrorCode RecordingUseDataset(Recording recording, const char *path, RecordingLayout layout,
                                   SeriesData **data);

/* RecordingUseDataset() for two dimensions in the layout of the options, or `standard` when these leave it open. A MATLAB
   matrix has the rows and columns that MATLAB shows. */
PetscErrorCode RecordingUseMatrix(Recording recording, const char *path, RecordingLayout standard);

/*@
  RecordingSetTimes - sets the times of all samples as the file states them

  Not collective, the same on all ranks
  Input:  what  - name of their dataset, for messages
          times - (n_all_samples) [ms]; taken over
  Errors: CAUSEWAY_ERR_USER when the times do not ascend
@*/
PetscErrorCode RecordingSetTimes(Recording recording, const char *what, double *times);

/*@
  RecordingIdLabels - the ids of the recording's neurons as names, in the order of its channels

  Not collective
@*/
PetscErrorCode RecordingIdLabels(Recording recording, Labels *labels);

/*@
  RecordingNote - adds a line on an assumption about the file, which the log shows once

  Not collective; only the notes of rank 0 are used. A line that does not fit is dropped.
@*/
void RecordingNote(Recording recording, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*@
  RecordingCheckAscent - refuses, or warns of, a channel that ascends in every sample while others do not; the format
                         decides which

  Collective
  Input:  values - (n_local, n_samples) that were read
  Errors: CAUSEWAY_ERR_USER unless activity_time_column is none
@*/
PetscErrorCode RecordingCheckAscent(Recording recording, const Partition *partition,
                                    const double *values);

/* Chooses samples and channels from what the format has found. Not collective, the same on all ranks. */
PetscErrorCode RecordingSelectTime(Recording recording);
PetscErrorCode RecordingSelectChannels(Recording recording);

/*@
  RecordingInterpolate - interpolates values at equally spaced times

  Not collective
  Input:  first, count - range of samples of the file
          from         - (count) their values
  Output: to           - (n_samples)
@*/
void RecordingInterpolate(Recording recording, int64_t first, int64_t count, const double from[],
                          double to[]);

/* Range of samples of the file that interpolation needs. */
void RecordingNeeded(Recording recording, int64_t *first, int64_t *count);

/* Reads consecutive rows of a table in time (n_rows, n_all_channels), called with ascending rows. Not collective. */
typedef PetscErrorCode (*RecordingRows)(Recording recording, int64_t row, int64_t n_rows,
                                        double *rows);

/*@
  RecordingTurn - sends a table in time, of which each rank reads some rows, to the owners of the channels

  Collective
  Input:  row_start    - (ranks + 1) first row that each rank reads
          rows         - function that reads them
          first, count - first row and number of rows
  Output: values       - (channels of this rank, count)
  Cost:   three buffers of 16 MiB; one alltoallv of at most 2^21 values per buffer
@*/
PetscErrorCode RecordingTurn(Recording recording, const int64_t row_start[], RecordingRows rows,
                             int64_t first, int64_t count, double *values);

#endif
