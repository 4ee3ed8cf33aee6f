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
          memory
@*/
PetscErrorCode MemoryCheck(MPI_Comm comm, const char *what, double bytes, const char *advice);

/* Asks for large pages for memory that is allocated but not filled yet, and will be used at random. Not collective. */
void MemoryPreferLargePages(void *memory, size_t bytes);

#endif
