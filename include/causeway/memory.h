/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_MEMORY_H
#define CAUSEWAY_MEMORY_H

#include <petscsys.h>

/*@
  MemoryCheck - refuses what the nodes of a job cannot hold, before it is allocated

  Collective on `comm`
  Input:  what  - that needs the memory, for the message, e.g. "the model"
          bytes - needed by this rank
          advice - what to change
  Errors: CAUSEWAY_ERR_USER, on all ranks, when the ranks of a node need more than its physical
          memory, than their control group (SLURM, containers) leaves them, or a rank more than ulimit does
@*/
PetscErrorCode MemoryCheck(MPI_Comm comm, const char *what, double bytes, const char *advice);

/*@
  MemoryResize - large arrays that are given back to the system as soon as they are freed, in large pages where there are

  Not collective
  Input:  old_bytes - that the array has; 0 for none
          bytes     - that it shall have; 0 frees it
  In/out: memory    - address of the pointer, NULL for none; contents stay, new bytes are 0
@*/
PetscErrorCode MemoryResize(size_t old_bytes, size_t bytes, void *memory);

#endif
