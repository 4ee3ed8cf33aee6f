/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/memory.h"
#include "memory_limit.h"

#include "causeway/error.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Hash of a group's name, the same in all its processes and nonnegative as MPI requires. */
static int group_color(const char *name)
{
  uint32_t hash = 2166136261U;

  for (const char *c = name; *c; c++) {
    hash = (hash ^ (uint32_t)(unsigned char)*c) * 16777619U; /* Fowler, Noll, Vo */
  }
  return (int)(hash >> 1);
}

static PetscErrorCode sum_over(MPI_Comm comm, double bytes, double *sum, int *n_ranks)
{
  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(comm, n_ranks));
  PetscCallMPI(MPI_Allreduce(&bytes, sum, 1, MPI_DOUBLE, MPI_SUM, comm));
  PetscFunctionReturn(0);
}

PetscErrorCode MemoryCheckBelow(const char *root, MPI_Comm comm, const char *what, double bytes,
                                const char *advice)
{
  const double node_bytes = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
  PetscErrorCode status = 0;
  MemoryLimit group, process;
  double of_node, of_group;
  MPI_Comm node, shared;
  int n_node, n_group;

  PetscFunctionBegin;
  MemoryLimitOfGroup(root, &group);
  MemoryLimitOfProcess(&process);
  PetscCallMPI(MPI_Comm_split_type(comm, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node));
  PetscCallMPI(MPI_Comm_split(node, group_color(group.name), 0, &shared));
  PetscCall(sum_over(node, bytes, &of_node, &n_node));
  PetscCall(sum_over(shared, bytes, &of_group, &n_group));
  PetscCallMPI(MPI_Comm_free(&shared));
  PetscCallMPI(MPI_Comm_free(&node));
  if (of_node > node_bytes) {
    status = UserError("%s needs %.4g GB of memory for the %d ranks of a node that has %.4g GB; %s",
                       what, of_node * 1e-9, n_node, node_bytes * 1e-9, advice);
  } else if (of_group > group.bytes) {
    status = UserError("%s needs %.4g GB of memory for %d ranks; the limit that they share "
                       "leaves %.4g GB (%s, set by SLURM's --mem or a container); raise it, or %s",
                       what, of_group * 1e-9, n_group, group.bytes * 1e-9, group.name, advice);
  } else if (bytes > process.bytes) {
    status = UserError("%s needs %.4g GB of memory on a rank, where %s leaves %.4g GB; raise "
                       "it, or %s",
                       what, bytes * 1e-9, process.name, process.bytes * 1e-9, advice);
  }
  PetscCall(ErrorAgree(comm, status));
  PetscFunctionReturn(0);
}

PetscErrorCode MemoryCheck(MPI_Comm comm, const char *what, double bytes, const char *advice)
{
  PetscFunctionBegin;
  PetscCall(MemoryCheckBelow("", comm, what, bytes, advice));
  PetscFunctionReturn(0);
}

/* Memory comes from mmap(): MPI libraries may keep the heap from returning memory to the system. */
PetscErrorCode MemoryResize(size_t old_bytes, size_t bytes, void *memory)
{
  void **address = memory, *fresh = NULL;

  PetscFunctionBegin;
  if (bytes > 0) {
    fresh = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    PetscCheck(fresh != MAP_FAILED, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for %zu bytes",
               bytes);
#ifdef MADV_HUGEPAGE
    (void)madvise(fresh, bytes, MADV_HUGEPAGE); /* optional, so errors are ignored */
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
