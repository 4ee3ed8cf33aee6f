/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SCRATCH_H
#define CAUSEWAY_SCRATCH_H

#include "check.h"

#include <dirent.h>
#include <unistd.h>

/* A folder of its own for a test on any number of ranks, in TMPDIR or /tmp. */
static char scratch[512];

static inline int scratch_rank(void)
{
  int rank = 0;

  (void)MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  return rank;
}

static inline void scratch_begin(const char *name)
{
  const char *parent = getenv("TMPDIR");

  if (scratch_rank() == 0) {
    (void)snprintf(scratch, sizeof(scratch), "%s/causeway-%s-XXXXXX", parent ? parent : "/tmp",
                   name);
    CHECK(mkdtemp(scratch), "no scratch folder");
  }
  (void)MPI_Bcast(scratch, sizeof(scratch), MPI_CHAR, 0, PETSC_COMM_WORLD);
}

/* Path of a file in the folder; four of them can be in use at a time. */
static inline const char *in_scratch(const char *name)
{
  static char path[4][1024];
  static int turn;

  turn = (turn + 1) % 4;
  (void)snprintf(path[turn], sizeof(path[turn]), "%s/%s", scratch, name);
  return path[turn];
}

static inline void scratch_end(void)
{
  DIR *folder;
  struct dirent *entry;

  (void)MPI_Barrier(PETSC_COMM_WORLD);
  if (scratch_rank() != 0 || !(folder = opendir(scratch))) {
    return;
  }
  while ((entry = readdir(folder))) {
    if (entry->d_name[0] != '.') {
      (void)remove(in_scratch(entry->d_name));
    }
  }
  (void)closedir(folder);
  CHECK(rmdir(scratch) == 0, "%s stays", scratch);
}

#endif
