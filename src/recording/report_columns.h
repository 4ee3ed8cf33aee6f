/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_REPORT_COLUMNS_H
#define CAUSEWAY_REPORT_COLUMNS_H

#include "recording_impl.h"

/*@
  ReportFindColumns - whose the columns of a SONATA report are, when each is, and what the neurons are called

  Collective. Neurons are numbered by ascending node id, in whatever order their columns stand. Of several compartments
  of a neuron -activity_compartments says which are read.
  Input:  group - that has `data` and maybe `mapping`; the dataset is what the recording reads
  Errors: CAUSEWAY_ERR_USER for ids that repeat, or do not say whose each column is; for compartments unless it is said
          which are taken
@*/
PetscErrorCode ReportFindColumns(Recording recording, const char *group);
PetscErrorCode ReportFindTimes(Recording recording, const char *group);

#endif
