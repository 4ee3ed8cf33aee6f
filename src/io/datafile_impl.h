/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_DATAFILE_IMPL_H
#define CAUSEWAY_DATAFILE_IMPL_H

#include "causeway/datafile.h"

#include "hdf5_file.h"

struct _p_DataFile {
  MPI_Comm comm;
  char path[PETSC_MAX_PATH_LEN];         /* proper name */
  char working_path[PETSC_MAX_PATH_LEN]; /* name while writing; equal to `path` when reading */
  char ballast_path[PETSC_MAX_PATH_LEN]; /* space kept for closing, see reserve_ballast() */
  PetscBool writing;
  int directory;                     /* descriptor that `mpi_path` leads through, or -1 */
  char mpi_path[PETSC_MAX_PATH_LEN]; /* name for MPI-IO, see mpi_path.c */
  PetscBool failed;                  /* a write did not succeed */
  char damage[PETSC_MAX_PATH_LEN];   /* what could not be read of its structure, or "" */
  int ballast; /* descriptor, whose lock says that this process writes the file; on rank 0, else -1 */
  /* bytes of the values of all datasets so far, and of those whose space on the disk is taken; see space.c */
  int64_t planned, reserved;
  hid_t id;
  hid_t
      alone; /* the file once more, open on this rank alone, for what cannot be read together; or invalid */
};

/* Sets the name by which MPI-IO opens `path`; the file has to be created first where `create` says so. On every
   rank, not collective. */
PetscErrorCode MPIPathOpen(DataFile file, const char *path, PetscBool create);
void MPIPathClose(DataFile file);

/* Counts what a file holds already that is opened to be written further. Not collective. */
void SpaceStart(DataFile file);

/* Takes the space of all that is planned, where the file system can; `path` is written next. On rank 0. */
PetscErrorCode SpaceReserve(DataFile file, const char *path);

/* Gives back what lies beyond the end of a file that all ranks have closed. Not collective. */
void SpaceRelease(DataFile file);

/* A dataset for reading values. Sets `alone` when it is open on this rank alone, and cannot be read
   collectively. Negative after an error, which HDF5Reason() tells. */
hid_t DatasetOpen(DataFile file, const char *path, PetscBool *alone);

/* What the conversion of values that are read does not keep. */
typedef struct {
  DataType memory;
  int n_dims;          /* of the dataset */
  PetscBool may_round; /* the same on all ranks */
  int64_t n;           /* numbers on this rank that are not kept */
  char first[64];      /* of them, as text */
} Conversion;

/* Begins to watch the transfer that `plan` is for. Not collective. */
void ConversionWatch(Conversion *conversion, hid_t dataset, DataType memory, hid_t plan);

/* Which of the n values that were read is the first not to be kept, when there is one. Not collective. */
int64_t ConversionFind(const Conversion *conversion, int64_t n, const void *values);

/* The error, if any, that whole numbers were asked for where the file has others; `entry` names the first of them. Not
   collective. */
PetscErrorCode ConversionRefusal(const Conversion *conversion, DataFile file, const char *path,
                                 const char *entry);

/* Warns, once for a dataset, of whole numbers that double precision has rounded. Collective. */
PetscErrorCode ConversionWarn(const Conversion *conversion, DataFile file, const char *path);

/* The link on the way to `path` that leads to nothing, NULL without one; static storage. The same on all ranks. */
const char *DanglingLink(DataFile file, const char *path);

/* Whether a link or its object is there; "no" for what cannot be read, which DataFileClose() then
   reports. The group above must be there. */
PetscBool HasLink(DataFile file, const char *path);
PetscBool HasObject(DataFile file, const char *path);
void DamageNote(DataFile file, const char *object, const char *reason);

/* "float64", "string" and so on. */
void HDF5TypeName(hid_t type, size_t length, char text[]);

#endif
