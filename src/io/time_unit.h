/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_TIME_UNIT_H
#define CAUSEWAY_TIME_UNIT_H

#include "causeway/datafile.h"

/*@
  TimeUnit - milliseconds in the unit that a dataset of times has, by its attribute `units` or `unit`

  Collective
  Output: ms         - 1 where there is no such attribute, as SONATA has it
          is_assumed - that there is none
  Errors: CAUSEWAY_ERR_USER for a unit that is not known
@*/
PetscErrorCode TimeUnit(DataFile file, const char *path, double *ms, PetscBool *is_assumed);

#endif
