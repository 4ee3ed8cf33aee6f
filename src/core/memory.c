/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/memory.h"

#include "causeway/error.h"

#include <string.h>
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

/* From the system, not the heap: MPI libraries may keep the heap from giving anything back. */
PetscErrorCode MemoryResize(size_t old_bytes, size_t bytes, void *memory)
{
  void **address = memory, *fresh = NULL;

  PetscFunctionBegin;
  if (bytes > 0) {
    fresh = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    PetscCheck(fresh != MAP_FAILED, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for %zu bytes",
               bytes);
#ifdef MADV_HUGEPAGE
    (void)madvise(fresh, bytes, MADV_HUGEPAGE); /* a wish: nothing depends on it */
#endif
    if (*address) {
      memcpy(fresh, *address, PetscMin(old_bytes, bytes));
    }
  }
  if (*address) {
    (void)munmap(*address, old_bytes);
  }
  *address = fresh;
  PetscFunctionReturn(0);
}
