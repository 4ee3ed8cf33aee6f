/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_MEMORY_LIMIT_H
#define CAUSEWAY_MEMORY_LIMIT_H

#include <petscsys.h>

/* What a process may still take, and the limit that says so; INFINITY and "" without one. */
typedef struct {
  double bytes;
  char name[PETSC_MAX_PATH_LEN];
} MemoryLimit;

/* The tightest of the control groups of this process, versions 1 and 2, which all processes in it share. `root` stands
   before /proc and /sys: "" but in tests. Not collective. */
void MemoryLimitOfGroup(const char *root, MemoryLimit *limit);

/* ulimit -v and ulimit -d of this process alone. */
void MemoryLimitOfProcess(MemoryLimit *limit);

/* MemoryCheck() with the control groups of `root`. */
PetscErrorCode MemoryCheckBelow(const char *root, MPI_Comm comm, const char *what, double bytes,
                                const char *advice);

#endif
