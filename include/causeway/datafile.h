/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_DATAFILE_H
#define CAUSEWAY_DATAFILE_H

#include "causeway/declare.h"

#include <petscsys.h>
#include <stdint.h>

CAUSEWAY_BEGIN_DECLARATIONS

/* A parallel HDF5 file that is open for reading or being written. Every function is collective on the file's communicator
   unless it says otherwise. All ranks agree on every error. A missing file or dataset, a wrong shape, or a full disk is a
   CAUSEWAY_ERR_USER that names file and path. */
typedef struct _p_DataFile *DataFile;

typedef enum {
  DATA_FLOAT64,
  DATA_FLOAT32,
  DATA_INT64,
  DATA_UINT64,
  DATA_INT32,
  DATA_UINT8
} DataType;

enum { DATAFILE_MAX_DIMS = 4 };

/*@
  DataFileCreate - creates a new file for writing

  The file is called `path`.partial until DataFileClose() succeeds. A file under its final name is therefore complete, and
  only a complete file replaces an older one.
@*/
PetscErrorCode DataFileCreate(MPI_Comm comm, const char *path, DataFile *file);

/*@
  DataFileOpen - opens an existing file for reading
@*/
PetscErrorCode DataFileOpen(MPI_Comm comm, const char *path, DataFile *file);

/*@
  DataFileClose - closes the file; a file being written is flushed and receives its final name
@*/
PetscErrorCode DataFileClose(DataFile *file);

/*@
  DataFileSuspend - closes a file being written under its provisional name
  DataFileResume  - opens such a file again, also after a crash if only values were written since DataFileSync()

  Errors: CAUSEWAY_ERR_USER from DataFileResume() when the file does not exist or HDF5 cannot read it
@*/
PetscErrorCode DataFileSuspend(DataFile *file);
PetscErrorCode DataFileResume(MPI_Comm comm, const char *path, DataFile *file);

/*@
  DataFileSync - returns when everything written so far is on the disk
@*/
PetscErrorCode DataFileSync(DataFile file);

/*@
  FileSync   - returns when everything that the ranks wrote into a file is on the disk
  FileRename - syncs a file, renames it and syncs its directory

  Collective on `comm`
@*/
PetscErrorCode FileSync(MPI_Comm comm, const char *path);
PetscErrorCode FileRename(MPI_Comm comm, const char *from, const char *to);

/* Syncs the directory of `path`, so that new, renamed and removed entries are on the disk. Not collective. */
PetscErrorCode EntrySync(const char *path);

/*@
  DataFileDiscard - closes the file and removes what was written; safe after an error and on a NULL handle

  Errors: as DataFileClose(); CAUSEWAY_ERR_USER when a requested part of the file could not be read
@*/
PetscErrorCode DataFileDiscard(DataFile *file);

/*@
  DataFileWriteFailed - whether a write of this process has failed, e.g. on a full disk

  Not collective. The handle of such a file stays open because closing it could block for ever. The program must then end
  with MPI_Abort(); MPI_Finalize() would close all files.
@*/
PetscBool DataFileWriteFailed(void);

/* Name of the file for messages; owned by the file. Not collective. */
const char *DataFileName(DataFile file);

/*@
  DataFileIsDataset / DataFileIsGroup - whether `path` exists and is a dataset or a group
  DataFileHasDataset - whether a group contains a dataset of this name

  Errors: CAUSEWAY_ERR_USER when the object exists and cannot be opened
@*/
PetscErrorCode DataFileIsDataset(DataFile file, const char *path, PetscBool *found);
PetscErrorCode DataFileIsGroup(DataFile file, const char *path, PetscBool *found);
PetscErrorCode DataFileHasDataset(DataFile file, const char *group, const char *name,
                                  PetscBool *found);

/*@
  DataFileOnlyChild - path of the only object in a group, e.g. the population under "/report"

  Output: child - full path; `length` is the capacity in bytes
  Errors: CAUSEWAY_ERR_USER unless the group has exactly one object
@*/
PetscErrorCode DataFileOnlyChild(DataFile file, const char *group, size_t length, char child[]);

/*@
  DataFileShape - dimensions of a numeric dataset

  Input:  n_dims - expected number of dimensions
  Output: dims   - (n_dims)
  Errors: CAUSEWAY_ERR_USER when the number of dimensions differs
@*/
PetscErrorCode DataFileShape(DataFile file, const char *path, int n_dims, int64_t dims[]);

/*@
  DataFileDims - dimensions of a numeric dataset with at most DATAFILE_MAX_DIMS dimensions

  Output: dims  - (DATAFILE_MAX_DIMS)
          bytes - size of an element; may be NULL
@*/
PetscErrorCode DataFileDims(DataFile file, const char *path, int *n_dims, int64_t dims[],
                            size_t *bytes);

/*@
  DataFileIsMatrix - whether `path` is a two-dimensional dataset of numbers, even if its values cannot be read here
@*/
PetscErrorCode DataFileIsMatrix(DataFile file, const char *path, PetscBool *found);

/* Reasons to doubt the values of a dataset, "" without any: attributes that are not applied, or values that were never
   written. The same on all ranks. */
void DataFileDoubts(DataFile file, const char *path, size_t length, char text[]);

/*@
  DataFileAddDataset - creates a dataset and the groups above it

  Input: n_dims - number of dimensions, 0 for a scalar
         chunk  - (n_dims) shape of a chunk, with which the first dimension can grow; NULL for contiguous storage
@*/
PetscErrorCode DataFileAddDataset(DataFile file, const char *path, DataType type, int n_dims,
                                  const int64_t dims[], const int64_t chunk[]);

/*@
  DataFileExtend - changes the dimensions of a chunked dataset
@*/
PetscErrorCode DataFileExtend(DataFile file, const char *path, int n_dims, const int64_t dims[]);

/*@
  DataFileWrite / DataFileRead - writes or reads this rank's box of a dataset in C order; a box may be empty

  Input:  memory_type  - type of `values`; HDF5 converts
          first, count - corner and shape of the box; ignored for a scalar
          values       - elements of the box. NULL is allowed for an empty box. Only ranks that do not pass NULL write or
                         read a scalar.
@*/
PetscErrorCode DataFileWrite(DataFile file, const char *path, DataType memory_type,
                             const int64_t first[], const int64_t count[], const void *values);
PetscErrorCode DataFileRead(DataFile file, const char *path, DataType memory_type,
                            const int64_t first[], const int64_t count[], void *values);

/*@
  DataFileReadIndexed - reads a box with selected entries along one axis, in the order of the file

  Input: axis  - axis of the selection; its `first` and `count` are ignored
         index - (n_index) ascending entries along this axis
@*/
PetscErrorCode DataFileReadIndexed(DataFile file, const char *path, DataType memory_type,
                                   const int64_t first[], const int64_t count[], int axis,
                                   int64_t n_index, const int64_t index[], void *values);

/*@
  DataFileReadTexts - reads a dataset of texts, or of integers as texts, on every rank

  Output: n     - number of texts; 1 for a scalar
          width - bytes of the longest text with its terminating zero
          texts - (n, width), freed by the caller with PetscFree()
  Errors: CAUSEWAY_ERR_USER when the dataset is missing, has another type or several dimensions
@*/
PetscErrorCode DataFileReadTexts(DataFile file, const char *path, int64_t *n, size_t *width,
                                 char **texts);

/*@
  DataFileWriteTexts - creates a dataset of n texts of fixed length, (n, width), the same on every rank
@*/
PetscErrorCode DataFileWriteTexts(DataFile file, const char *path, int64_t n, size_t width,
                                  const char *texts);

/*@
  DataFileVisit         - calls `visit` for each group, or each dataset, of the file in the order of names; then for the
                          targets of links to other files, with the path of the link
  DataFileVisitDangling - calls `visit` for each link to another file whose target does not exist

  Errors: the first error of `visit` ends the traversal and is returned
@*/
typedef PetscErrorCode (*DataFileVisitor)(DataFile file, const char *path, void *context);
PetscErrorCode DataFileVisit(DataFile file, PetscBool datasets, DataFileVisitor visit,
                             void *context);
PetscErrorCode DataFileVisitDangling(DataFile file, DataFileVisitor visit, void *context);

/* Target of a link: a path, or FILE:/path; "" when `link` is not a link. The same on all ranks. */
void DataFileLinkTarget(DataFile file, const char *link, size_t length, char target[]);

/*@
  DataFileSet... - sets an attribute of an existing object, to the same value on every rank
@*/
PetscErrorCode DataFileSetString(DataFile file, const char *object, const char *name,
                                 const char *value);
PetscErrorCode DataFileSetReal(DataFile file, const char *object, const char *name, double value);
PetscErrorCode DataFileSetInteger(DataFile file, const char *object, const char *name,
                                  int64_t value);

/*@
  DataFileGetReal / DataFileGetString - reads an attribute; `value` keeps its content when the attribute does not exist

  Output: value - number or text; a text is cut to `length`
          found - whether the attribute exists; may be NULL
  Errors: CAUSEWAY_ERR_USER for an attribute of another type
@*/
PetscErrorCode DataFileGetReal(DataFile file, const char *object, const char *name, double *value,
                               PetscBool *found);
PetscErrorCode DataFileGetString(DataFile file, const char *object, const char *name, size_t length,
                                 char value[], PetscBool *found);

/*@
  DataFileGetReals - reads an attribute of at most `most` numbers

  Output: count - number of values; 0 without the attribute
@*/
PetscErrorCode DataFileGetReals(DataFile file, const char *object, const char *name, int most,
                                double values[], int *count);

/*@
  DataFileGetReference - path of the object to which an attribute refers, "" without the attribute

  Output: other - (PETSC_MAX_PATH_LEN) name of the object's file when a link to another file leads to the attribute; else ""
@*/
PetscErrorCode DataFileGetReference(DataFile file, const char *object, const char *name,
                                    size_t length, char path[], char other[]);

/*@
  DataFileDescribe - sets the attributes `units` and `description`, which every dataset of the program has
@*/
PetscErrorCode DataFileDescribe(DataFile file, const char *dataset, const char *units,
                                const char *description);

/*@
  DataFileSetSpikeSorting - marks a SONATA spike population as sorted by time or by neuron
@*/
PetscErrorCode DataFileSetSpikeSorting(DataFile file, const char *population, PetscBool by_time);

/*@
  DataFilePrint - lists every group, dataset and attribute with shape, type and value
@*/
PetscErrorCode DataFilePrint(DataFile file);

/*@
  DataFileProvenance - writes the root attributes of every file: program, version, revision, libraries, parameters of the
  run, and the SONATA magic number and version

  Input: parameters_yaml - text from ParametersYaml(), or NULL
@*/
PetscErrorCode DataFileProvenance(DataFile file, const char *parameters_yaml);

CAUSEWAY_END_DECLARATIONS

#endif
