/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/memory.h"

#include "causeway/error.h"

#include <sys/mman.h>
#include <unistd.h>

PetscErrorCode MemoryCheck(MPI_Comm comm, const char *what, double bytes, const char *advice)
{
  const double node_bytes = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
  PetscErrorCode status = 0;
  double needed = bytes;
  MPI_Comm node;
  int n_ranks;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_split_type(comm, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node));
  PetscCallMPI(MPI_Comm_size(node, &n_ranks));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &needed, 1, MPI_DOUBLE, MPI_SUM, node));
  PetscCallMPI(MPI_Comm_free(&node));
  if (needed > node_bytes) {
    status = UserError("%s needs %.4g GB of memory for the %d ranks of a node that has %.4g GB; %s",
                       what, needed * 1e-9, n_ranks, node_bytes * 1e-9, advice);
  }
  PetscCall(ErrorAgree(comm, status));
  PetscFunctionReturn(0);
}

void MemoryPreferLargePages(void *memory, size_t bytes)
{
#ifdef MADV_HUGEPAGE
  enum { LARGE = 1 << 21 };
  const uintptr_t begin = ((uintptr_t)memory + LARGE - 1) / LARGE * LARGE;
  const uintptr_t end = ((uintptr_t)memory + bytes) / LARGE * LARGE;

  if (begin < end) {
    (void)madvise((void *)begin, end - begin, MADV_HUGEPAGE); /* a wish: nothing depends on it */
  }
#else
  (void)memory;
  (void)bytes;
#endif
}
