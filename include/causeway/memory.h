/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_MEMORY_H
#define CAUSEWAY_MEMORY_H

#include "causeway/declare.h"

#include <petscsys.h>

CAUSEWAY_BEGIN_DECLARATIONS

/*@
  MemoryCheck - refuses an allocation that the nodes of the job cannot hold

  Collective on `comm`
  Input:  what   - what needs the memory, for the message, e.g. "the model"
          bytes  - memory that this rank needs
          advice - what the user can change
  Errors: CAUSEWAY_ERR_USER on all ranks when the ranks of a node need more than its physical memory or the limit of
          their control group (SLURM, containers), or one rank needs more than its ulimit
@*/
PetscErrorCode MemoryCheck(MPI_Comm comm, const char *what, double bytes, const char *advice);

/*@
  MemoryResize - allocates, resizes or frees a large array in memory mapped from the system, in large pages if available.
  Freed memory returns to the system at once.

  Not collective
  Input:  old_bytes - present size; 0 for a new array
          bytes     - new size; 0 frees the array
  In/out: memory    - address of the pointer, which is NULL for a new array; contents are kept, new bytes are 0
@*/
PetscErrorCode MemoryResize(size_t old_bytes, size_t bytes, void *memory);

CAUSEWAY_END_DECLARATIONS

#endif
