/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_REPORT_COLUMNS_H
#define CAUSEWAY_REPORT_COLUMNS_H

#include "recording_impl.h"

/*@
  ReportFindColumns - finds the neuron of each column of a SONATA report, the times of samples and the names of neurons

  Collective. Neurons are numbered by ascending node id, in any order of columns. -activity_compartments chooses among
  several compartments of a neuron.
  Input:  group - has `data` and optionally `mapping`; the recording already uses its dataset
  Errors: CAUSEWAY_ERR_USER for ids that repeat or leave a column without a neuron; for compartments that are not chosen
@*/
PetscErrorCode ReportFindColumns(Recording recording, const char *group);
PetscErrorCode ReportFindTimes(Recording recording, const char *group);

#endif
