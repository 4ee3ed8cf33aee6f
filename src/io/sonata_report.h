/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SONATA_REPORT_H
#define CAUSEWAY_SONATA_REPORT_H

#include "causeway/datafile.h"
#include "causeway/observed.h"

/* A report in the SONATA layout: `path`/data (time, column), and what the columns and times are in `path`/mapping. */
typedef struct {
  const char *path; /* such as /report/neurons; borrowed */
  int64_t n_samples;
  double start_ms, interval_ms;
  const Observed *neurons; /* that the columns are of; borrowed */
  DataType type;           /* of the values in the file */
  const char *unit, *text; /* of the values; borrowed */
} SonataReport;

/*@
  SonataReportAdd - a new report without values

  Collective
  Input: first, n_local - columns of this rank, in the order of the ranks
@*/
PetscErrorCode SonataReportAdd(DataFile file, const SonataReport *report, int64_t first,
                               int64_t n_local);

/*@
  SonataReportSetTimes - writes start, end and step anew, for another number of samples
  Collective
@*/
PetscErrorCode SonataReportSetTimes(DataFile file, const SonataReport *report);

/* Shape of a chunk, (samples, columns), of about a mebibyte. */
void SonataReportChunk(int64_t n_samples, int64_t n_columns, int64_t chunk[2]);

/*@
  SonataReportWrite - values of consecutive samples

  Collective
  Input: sample, count - of them
         values        - (count, n_local)
@*/
PetscErrorCode SonataReportWrite(DataFile file, const SonataReport *report, DataType memory_type,
                                 int64_t sample, int64_t count, int64_t first, int64_t n_local,
                                 const void *values);

#endif
