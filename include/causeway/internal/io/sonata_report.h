/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SONATA_REPORT_H
#define CAUSEWAY_SONATA_REPORT_H

#include "causeway/datafile.h"
#include "causeway/observed.h"

/* A report in SONATA layout: values in `path`/data (time, column); neurons and times in `path`/mapping. */
typedef struct {
  const char *path; /* such as /report/neurons; borrowed */
  int64_t n_samples;
  double start_ms, interval_ms;
  const Observed *neurons; /* neuron of each column; borrowed */
  DataType type;           /* type of the values in the file */
  const char *unit, *text; /* unit and description of the values; borrowed */
} SonataReport;

/*@
  SonataReportAdd - creates a report without values

  Collective
  Input: first, n_local - first column and number of columns of this rank, in the order of ranks
@*/
PetscErrorCode SonataReportAdd(DataFile file, const SonataReport *report, int64_t first,
                               int64_t n_local);

/*@
  SonataReportSetTimes - updates start, end and step after a change of the number of samples

  Collective
@*/
PetscErrorCode SonataReportSetTimes(DataFile file, const SonataReport *report);

/* Shape of a chunk (samples, columns), about 1 MiB. */
void SonataReportChunk(int64_t n_samples, int64_t n_columns, int64_t chunk[2]);

/*@
  SonataReportWrite - writes the values of consecutive samples

  Collective
  Input: sample, count  - first sample and number of samples
         first, n_local - as in SonataReportAdd()
         values         - (count, n_local)
@*/
PetscErrorCode SonataReportWrite(DataFile file, const SonataReport *report, DataType memory_type,
                                 int64_t sample, int64_t count, int64_t first, int64_t n_local,
                                 const void *values);

#endif
