/* SPDX-License-Identifier: GPL-3.0-or-later */

/* SONATA reports: one column per neuron, or per compartment of a neuron. */
#include "report_columns.h"

#include "causeway/error.h"

static PetscErrorCode holds(DataFile file, const char *group, PetscBool *found)
{
  PetscFunctionBegin;
  *found = PETSC_FALSE;
  if (!strncmp(group, "/report/", 8)) {
    PetscCall(DataFileHasDataset(file, group, "data", found));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode open_report(Recording r)
{
  char data[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(data, sizeof(data), "%s/data", r->path));
  PetscCall(RecordingUseMatrix(r, data, LAYOUT_TIME_NEURON));
  PetscCall(PetscStrncpy(r->format_name, "SONATA report", sizeof(r->format_name)));
  PetscCall(ReportFindTimes(r, r->path));
  PetscCall(ReportFindColumns(r, r->path));
  PetscFunctionReturn(0);
}

const PartFormat PartSonataReport = {.holds = holds, .open = open_report, .has_data = PETSC_TRUE};
