/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_VERSION_H
#define CAUSEWAY_VERSION_H

#include "causeway/declare.h"

#include <stddef.h>

CAUSEWAY_BEGIN_DECLARATIONS

/* Version of the program, e.g. "0.1.0"; static storage. */
const char *CausewayVersion(void);

/* Git revision of the source, with "-dirty" for uncommitted changes; "unknown" without git. */
const char *CausewayRevision(void);

/*@
  CausewayLibraries - names and versions of compiler and libraries, separated by `separator`

  Output: text - (length), zero-terminated
@*/
void CausewayLibraries(const char *separator, size_t length, char text[]);

CAUSEWAY_END_DECLARATIONS

#endif
