/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_NWB_H
#define CAUSEWAY_NWB_H

#include "causeway/labels.h"

/*@
  NwbTableLabels - names of the rows of a table: its first column of label, channel_name, unit_name, name and id that
  tells the rows apart; no names when there is none

  Collective
@*/
PetscErrorCode NwbTableLabels(DataFile file, const char *table, Labels *labels);

#endif
