/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_TIME_UNIT_H
#define CAUSEWAY_TIME_UNIT_H

#include "causeway/datafile.h"

/*@
  TimeUnit - unit of a dataset of times, by its attribute `units` or `unit`

  Collective
  Output: ms         - length of the unit [ms]; 1 without the attribute, the unit of SONATA
          is_assumed - whether the attribute is missing
  Errors: CAUSEWAY_ERR_USER for an unknown unit
@*/
PetscErrorCode TimeUnit(DataFile file, const char *path, double *ms, PetscBool *is_assumed);

#endif
