/* SPDX-License-Identifier: GPL-3.0-or-later */

/* All formats of groups in HDF5 files, in the order in which a group is checked for them. */
#include "recording_impl.h"

/* A line for each format. */
#define PARTS(part)                                                                                \
  part(PartNwbUnits) part(PartSonataSpikes) part(PartNwbSeries) part(PartSonataReport)

#define DECLARE(part) extern const PartFormat part;
#define LIST(part)    &(part),
PARTS(DECLARE)
static const PartFormat *const parts[] = {PARTS(LIST)};

const PartFormat *RecordingPartFormat(int k)
{
  return k < (int)PETSC_STATIC_ARRAY_LENGTH(parts) ? parts[k] : NULL;
}
