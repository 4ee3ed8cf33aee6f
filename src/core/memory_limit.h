/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_MEMORY_LIMIT_H
#define CAUSEWAY_MEMORY_LIMIT_H

#include <petscsys.h>

/* Memory that a process may still use, and the name of the limit; INFINITY and "" without a limit. */
typedef struct {
  double bytes;
  char name[PETSC_MAX_PATH_LEN];
} MemoryLimit;

/* Tightest limit of the control groups (versions 1 and 2) of this process; all processes of a group share it. `root` is a
   prefix of /proc and /sys: "" except in tests. Not collective. */
void MemoryLimitOfGroup(const char *root, MemoryLimit *limit);

/* Limits of this process alone: ulimit -v and ulimit -d. */
void MemoryLimitOfProcess(MemoryLimit *limit);

/* MemoryCheck() with the control groups below `root`. */
PetscErrorCode MemoryCheckBelow(const char *root, MPI_Comm comm, const char *what, double bytes,
                                const char *advice);

#endif
