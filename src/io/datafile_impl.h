/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_DATAFILE_IMPL_H
#define CAUSEWAY_DATAFILE_IMPL_H

#include "causeway/datafile.h"

#include "causeway/internal/core/hdf5_file.h"

struct _p_DataFile {
  MPI_Comm comm;
  char path[PETSC_MAX_PATH_LEN];         /* final name */
  char working_path[PETSC_MAX_PATH_LEN]; /* name while writing; equal to `path` when reading */
  char ballast_path
      [PETSC_MAX_PATH_LEN]; /* file that reserves space for closing, see open_ballast() */
  PetscBool writing;
  int directory;                     /* descriptor that is part of `mpi_path`, or -1 */
  char mpi_path[PETSC_MAX_PATH_LEN]; /* name for MPI-IO, see mpi_path.c */
  PetscBool failed;                  /* a write has failed */
  char damage[PETSC_MAX_PATH_LEN];   /* part of the structure that could not be read, or "" */
  int ballast; /* on rank 0, descriptor whose lock marks the writing process; else -1 */
  /* bytes of all values so far, and of those with reserved space on the disk; see space.c */
  int64_t planned, reserved;
  hid_t id;
  hid_t alone; /* the file opened by this rank alone, for datasets that need it; or invalid */
};

/* Sets the name by which MPI-IO opens `path`, which must exist unless `create` is set. Called on every rank, not
   collective. */
PetscErrorCode MPIPathOpen(DataFile file, const char *path, PetscBool create);
void MPIPathClose(DataFile file);

/* Counts the present content of a file that is opened for further writing. Not collective. */
void SpaceStart(DataFile file);

/* Reserves the space of all planned values if the file system can; `path` is written next. On rank 0. */
PetscErrorCode SpaceReserve(DataFile file, const char *path);

/* Frees the space beyond the end of a file that all ranks have closed. Not collective. */
void SpaceRelease(DataFile file);

/* Opens a dataset for reading values. Sets `alone` when it is open on this rank alone and cannot be read collectively.
   Negative after an error, whose reason is HDF5Reason(). */
hid_t DatasetOpen(DataFile file, const char *path, PetscBool *alone);

/* Values that are changed by a conversion while they are read. */
typedef struct {
  DataType memory;
  int n_dims;          /* of the dataset */
  PetscBool may_round; /* the same on all ranks */
  int64_t n;           /* number of changed values on this rank */
  char first[64];      /* the first of them, as text */
} Conversion;

/* Starts to watch the transfer with property list `plan`. Not collective. */
void ConversionWatch(Conversion *conversion, hid_t dataset, DataType memory, hid_t plan);

/* Index of the first of n values that was changed, if any. Not collective. */
int64_t ConversionFind(const Conversion *conversion, int64_t n, const void *values);

/* Error when integers are expected and the file has other numbers; `entry` names the first of these. 0 otherwise. Not
   collective. */
PetscErrorCode ConversionRefusal(const Conversion *conversion, DataFile file, const char *path,
                                 const char *entry);

/* Warns, once per dataset, of integers that were rounded to double precision. Collective. */
PetscErrorCode ConversionWarn(const Conversion *conversion, DataFile file, const char *path);

/* The dangling link on the way to `path`, NULL without one; static storage. The same on all ranks. */
const char *DanglingLink(DataFile file, const char *path);

/* Whether a link or its object exists; false for what cannot be read, which DataFileClose() then reports. The parent group
   must exist. */
PetscBool HasLink(DataFile file, const char *path);
PetscBool HasObject(DataFile file, const char *path);
/* Notes a part of the file that could not be read. Not collective. */
void DamageNote(DataFile file, const char *object, const char *reason);

/* Name of a type: "float64", "string" and so on. */
void HDF5TypeName(hid_t type, size_t length, char text[]);

#endif
