/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_NWB_H
#define CAUSEWAY_NWB_H

#include "causeway/datafile.h"
#include "causeway/labels.h"

/*@
  NwbTableLabels - names of the rows of a table: its first column of label, channel_name, unit_name, name and id that
  tells the rows apart; no names when there is none

  Collective
@*/
PetscErrorCode NwbTableLabels(DataFile file, const char *table, Labels *labels);

/* Refuses times whose attribute `unit` is another than seconds, which NWB prescribes. Collective. */
PetscErrorCode NwbCheckSeconds(DataFile file, const char *path);

/*@
  NwbOldVersion - version of a file of NWB before 2.0, "" of others

  NwbObstacle - why a group that is a series or the units of NWB cannot be read; "" when nothing is known

  NwbRefuse - an error for files of NWB in which there is nothing to read, with the reason; none for other files

  Collective
@*/
PetscErrorCode NwbOldVersion(DataFile file, size_t length, char version[]);
PetscErrorCode NwbObstacle(DataFile file, const char *group, size_t length, char text[]);
PetscErrorCode NwbRefuse(DataFile file);

#endif
