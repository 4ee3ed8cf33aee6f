/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_DATAFILE_IMPL_H
#define CAUSEWAY_DATAFILE_IMPL_H

#include "causeway/datafile.h"

#include <hdf5.h>

struct _p_DataFile {
  MPI_Comm comm;
  char path[PETSC_MAX_PATH_LEN];         /* proper name */
  char working_path[PETSC_MAX_PATH_LEN]; /* name while writing; equal to `path` when reading */
  char ballast_path[PETSC_MAX_PATH_LEN]; /* space kept for closing, see reserve_ballast() */
  PetscBool writing;
  PetscBool failed; /* a write did not succeed */
  hid_t id;
};

/* Whether a link on the way to `path` leads to nothing. The same on all ranks. */
PetscBool HasDanglingLink(DataFile file, const char *path);

/* Why the last failed HDF5 call failed, in one line; static storage. */
const char *HDF5Reason(void);

/* "float64", "string" and so on. */
void HDF5TypeName(hid_t type, size_t length, char text[]);

#endif
