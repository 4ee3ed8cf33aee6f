/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_HDF5_FILE_H
#define CAUSEWAY_HDF5_FILE_H

#include <hdf5.h>
#include <petscsys.h>

/* Helpers for HDF5 files, both those that all ranks share and those that one process opens. Nothing here is collective or
   needs MPI. Errors are CAUSEWAY_ERR_USER with the line of UserErrorMessage(). */

/* Reason of the last failed HDF5 call, in one line; static storage. */
const char *HDF5Reason(void);

/* Whether a file is HDF5, also behind a user block. */
PetscBool HDF5FileIs(const char *path);

/*@
  HDF5FileCheck - checks, before HDF5 opens a file, that it can be an HDF5 file

  Errors: the file is missing, a directory, not readable, or of another format
@*/
PetscErrorCode HDF5FileCheck(const char *path);

/*@
  HDF5FileExplain - explains why H5Fopen() failed on a file that HDF5FileCheck() has accepted

  Call it before any other HDF5 function, which would replace the reason.
  Errors: always CAUSEWAY_ERR_USER
@*/
PetscErrorCode HDF5FileExplain(const char *path);

/*@
  HDF5FileOpen - opens a file for reading by this process alone

  Output: file - closed by the caller with H5Fclose(); negative after an error
@*/
PetscErrorCode HDF5FileOpen(const char *path, hid_t *file);

/*@
  HDF5DatasetFilter - the first filter of a dataset that this HDF5 library lacks

  Output: text - (length) such as "lzf (filter 32000)", "" when the library has all filters
@*/
void HDF5DatasetFilter(hid_t dataset, size_t length, char text[]);

/*@
  HDF5DatasetCheck - checks that the values of a dataset can be read, without reading them

  A virtual dataset takes its values from other datasets, and one with external storage from raw files. HDF5 returns the
  fill value where these are missing or truncated.

  Input:  file, path - names for messages; `file` also locates the sources of a virtual dataset
  Errors: a filter that this HDF5 library lacks; a missing source; a raw file that is too short
@*/
PetscErrorCode HDF5DatasetCheck(const char *file, const char *path, hid_t dataset);

/*@
  HDF5DatasetDoubts - reasons to doubt the values of a dataset: attributes that would change them and are not applied,
  values that were never written

  Output: text - (length) "" without reasons
@*/
void HDF5DatasetDoubts(hid_t dataset, size_t length, char text[]);

/* Size of the values of a dataset in its file, in whole chunks [bytes]. */
int64_t HDF5DatasetBytes(hid_t dataset);

/* Whether a dataset is virtual. */
PetscBool HDF5DatasetIsVirtual(hid_t dataset);

/* Whether parallel HDF5 misreads a dataset that a single process reads correctly: virtual datasets; datasets with filters,
   where it applies filters that a chunk was written without; chunks that were never written. */
PetscBool HDF5DatasetNeedsSerial(hid_t dataset);

/* Whether a type holds numbers; booleans, an enumeration of FALSE = 0 and TRUE = 1, count as numbers. */
PetscBool HDF5TypeIsNumeric(hid_t type);

/* Content of a type that does not hold numbers, and what to do: "complex numbers; ...". */
void HDF5TypeRefusal(hid_t type, size_t length, char text[]);

#endif
