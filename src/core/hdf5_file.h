/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_HDF5_FILE_H
#define CAUSEWAY_HDF5_FILE_H

#include <hdf5.h>
#include <petscsys.h>

/* What is the same for HDF5 files that all ranks share and for those that one process has open. None of it is
   collective or needs MPI; errors are CAUSEWAY_ERR_USER with the line of UserErrorMessage(). */

/* Why the last failed HDF5 call failed, in one line; static storage. */
const char *HDF5Reason(void);

/* Whether a file is one of HDF5, also behind a block of the user's own. */
PetscBool HDF5FileIs(const char *path);

/*@
  HDF5FileCheck - says what keeps a file from being opened as HDF5, before HDF5 tries

  Errors: missing, a directory, not readable, or of another kind
@*/
PetscErrorCode HDF5FileCheck(const char *path);

/*@
  HDF5FileExplain - why H5Fopen() failed on a file that HDF5FileCheck() found no fault with

  To be called before any other function of HDF5.
@*/
PetscErrorCode HDF5FileExplain(const char *path);

/*@
  HDF5FileOpen - opens a file for reading by this process alone

  Output: file - closed by the caller with H5Fclose(); negative after an error
@*/
PetscErrorCode HDF5FileOpen(const char *path, hid_t *file);

/*@
  HDF5DatasetFilter - the first filter of a dataset that this HDF5 does not have

  Output: text - such as "lzf (filter 32000)", "" when it has all
@*/
void HDF5DatasetFilter(hid_t dataset, size_t length, char text[]);

/*@
  HDF5DatasetCheck - whether the values of a dataset can be had, without reading them

  A virtual dataset takes its values from others, one with external storage from raw files: where these are missing or
  cut short, HDF5 would give its fill value.

  Input:  file, path - for messages; `file` also tells where the sources of a virtual dataset are looked for
  Errors: a filter that this HDF5 does not have; a missing source; a raw file that lacks values
@*/
PetscErrorCode HDF5DatasetCheck(const char *file, const char *path, hid_t dataset);

/*@
  HDF5DatasetDoubts - what a reader of the values of a dataset should know: attributes that would change them and are not
  applied, values that were never written

  Output: text - "" for nothing
@*/
void HDF5DatasetDoubts(hid_t dataset, size_t length, char text[]);

/* Bytes that the values of a dataset take in its file, of chunks whole ones. */
int64_t HDF5DatasetBytes(hid_t dataset);

/* Whether a dataset is virtual. */
PetscBool HDF5DatasetIsVirtual(hid_t dataset);

/* Whether parallel HDF5 does not read a dataset right: virtual ones; those with filters, of which it applies also those
   that a chunk was written without; chunks that were never written. A file that one process has open does. */
PetscBool HDF5DatasetNeedsSerial(hid_t dataset);

/* Whether a type holds numbers; truth values, an enumeration of FALSE = 0 and TRUE = 1, are numbers too. */
PetscBool HDF5TypeIsNumeric(hid_t type);

/* What a type that does not hold numbers holds instead, and what to do: "complex numbers; ...". */
void HDF5TypeRefusal(hid_t type, size_t length, char text[]);

#endif
