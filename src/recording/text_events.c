/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Lists of spikes in text. */
#include "text_impl.h"

#include "causeway/error.h"

PetscErrorCode RecordingOpenTextEvents(Recording r, TextTable *t)
{
  PetscFunctionBegin;
  UserCheck(!t->head.is_events, "%s: is a list of spikes, a neuron and a time in each line",
            r->name);
  PetscFunctionReturn(0);
}
