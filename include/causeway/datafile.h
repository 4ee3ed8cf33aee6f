/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_DATAFILE_H
#define CAUSEWAY_DATAFILE_H

#include <petscsys.h>
#include <stdint.h>

/* A parallel HDF5 file, open for reading or being written. Every function is collective on the
   file's communicator unless it says otherwise, and every error is agreed on by all ranks: a
   missing file, dataset or wrong shape, and a full disk, come back as CAUSEWAY_ERR_USER naming file
   and path. */
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
  DataFileCreate - starts a new file; it appears under its name only when DataFileClose() succeeds

  Until then it is called `path`.partial, so that a file under its proper name is always complete
and an older one is replaced only by a complete one.
@*/
PetscErrorCode DataFileCreate(MPI_Comm comm, const char *path, DataFile *file);

/*@
  DataFileOpen - opens an existing file for reading
@*/
PetscErrorCode DataFileOpen(MPI_Comm comm, const char *path, DataFile *file);

/*@
  DataFileClose - closes; a file being written is flushed and gets its proper name
@*/
PetscErrorCode DataFileClose(DataFile *file);

/*@
  DataFileSuspend / DataFileResume - closes a file being written under its provisional name, and opens it
again, also after a crash, if nothing but values was written since DataFileSync()

  Errors: DataFileResume() CAUSEWAY_ERR_USER when there is no such file, or HDF5 cannot read it
@*/
PetscErrorCode DataFileSuspend(DataFile *file);
PetscErrorCode DataFileResume(MPI_Comm comm, const char *path, DataFile *file);

/*@
  DataFileSync - what was written so far is on the disk when this returns
@*/
PetscErrorCode DataFileSync(DataFile file);

/*@
  FileSync - what all ranks wrote into a file is on the disk when this returns; FileRename - that, then
  gives it its name, which is on the disk too. Collective.
@*/
PetscErrorCode FileSync(MPI_Comm comm, const char *path);
PetscErrorCode FileRename(MPI_Comm comm, const char *from, const char *to);

/* Syncs the directory that `path` is in: entries made, renamed or removed there stay so. Not collective. */
PetscErrorCode EntrySync(const char *path);

/*@
  DataFileDiscard - closes, and removes what was written; safe after an error and on a NULL handle

  Errors: as DataFileClose(), CAUSEWAY_ERR_USER when a part of the file that was asked for could not be read
@*/
PetscErrorCode DataFileDiscard(DataFile *file);

/*@
  DataFileWriteFailed - whether a write of this process has failed, e.g. because a disk is full

  Not collective. The handle of such a file stays open, because closing it could wait for ever; a
program must then end with MPI_Abort() and not with MPI_Finalize(), which closes all files.
@*/
PetscBool DataFileWriteFailed(void);

/* Name for messages; owned by the file. Not collective. */
const char *DataFileName(DataFile file);

/*@
  DataFileIsDataset / DataFileIsGroup - whether `path` exists and is such an object
  DataFileHasDataset - whether a group has a dataset of this name
  Errors: CAUSEWAY_ERR_USER when it exists and cannot be opened
@*/
PetscErrorCode DataFileIsDataset(DataFile file, const char *path, PetscBool *found);
PetscErrorCode DataFileIsGroup(DataFile file, const char *path, PetscBool *found);
PetscErrorCode DataFileHasDataset(DataFile file, const char *group, const char *name,
                                  PetscBool *found);

/*@
  DataFileOnlyChild - path of the only object in a group, e.g. the population under "/report"

  Output: child - full path, `length` characters
  Errors: CAUSEWAY_ERR_USER when the group has no or several objects
@*/
PetscErrorCode DataFileOnlyChild(DataFile file, const char *group, size_t length, char child[]);

/*@
  DataFileShape - dimensions of a numeric dataset

  Input:  n_dims - what the caller expects; another number is a CAUSEWAY_ERR_USER
@*/
PetscErrorCode DataFileShape(DataFile file, const char *path, int n_dims, int64_t dims[]);

/*@
  DataFileDims - the same of a dataset of any number of dimensions up to DATAFILE_MAX_DIMS

  Output: dims - (DATAFILE_MAX_DIMS); bytes - of an element, may be NULL
@*/
PetscErrorCode DataFileDims(DataFile file, const char *path, int *n_dims, int64_t dims[],
                            size_t *bytes);

/*@
  DataFileIsMatrix - whether `path` is a dataset of numbers with two dimensions, be they readable here or not
@*/
PetscErrorCode DataFileIsMatrix(DataFile file, const char *path, PetscBool *found);

/* What a reader of the values of a dataset should know, "" for nothing: attributes that are not applied, values that were
   never written. The same on all ranks. */
void DataFileDoubts(DataFile file, const char *path, size_t length, char text[]);

/*@
  DataFileAddDataset - a new dataset and the groups above it

  Input: n_dims - 0 for a scalar
         chunk - shape of a chunk, and the first dimension can grow; NULL for contiguous storage
@*/
PetscErrorCode DataFileAddDataset(DataFile file, const char *path, DataType type, int n_dims,
                                  const int64_t dims[], const int64_t chunk[]);

/*@
  DataFileExtend - gives a chunked dataset new dimensions
@*/
PetscErrorCode DataFileExtend(DataFile file, const char *path, int n_dims, const int64_t dims[]);

/*@
  DataFileWrite / DataFileRead - this rank's box of a dataset, C order; the ranks' boxes may be
empty

  Input:  memory_type - type of `values`; HDF5 converts
          first, count - corner and shape of the box
          values - may be NULL for an empty box; a scalar, which has no first and count, is written
          or read by the ranks that do not give NULL
@*/
PetscErrorCode DataFileWrite(DataFile file, const char *path, DataType memory_type,
                             const int64_t first[], const int64_t count[], const void *values);
PetscErrorCode DataFileRead(DataFile file, const char *path, DataType memory_type,
                            const int64_t first[], const int64_t count[], void *values);

/*@
  DataFileReadIndexed - of one axis of a box only some entries, in the order of the file

  Input: axis  - of which first and count are ignored
         index - (n_index) ascending entries along it
@*/
PetscErrorCode DataFileReadIndexed(DataFile file, const char *path, DataType memory_type,
                                   const int64_t first[], const int64_t count[], int axis,
                                   int64_t n_index, const int64_t index[], void *values);

/*@
  DataFileReadTexts - a dataset of texts, or of whole numbers as texts, on every rank

  Output: n     - of texts; 1 for a scalar
          width - bytes of the longest with its closing zero
          texts - (n, width), freed by the caller with PetscFree()
  Errors: CAUSEWAY_ERR_USER when it is missing, something else, or has several dimensions
@*/
PetscErrorCode DataFileReadTexts(DataFile file, const char *path, int64_t *n, size_t *width,
                                 char **texts);

/*@
  DataFileWriteTexts - a new dataset of n texts of fixed length, (n, width), the same on every rank
@*/
PetscErrorCode DataFileWriteTexts(DataFile file, const char *path, int64_t n, size_t width,
                                  const char *texts);

/*@
  DataFileVisit - calls `visit` for each group of the file, or each dataset, by name; then for those that its links to
  other files lead to, by the path of the link

  The first error of `visit` ends it and is returned.

  DataFileVisitDangling - the same for links to other files that lead nowhere
@*/
typedef PetscErrorCode (*DataFileVisitor)(DataFile file, const char *path, void *context);
PetscErrorCode DataFileVisit(DataFile file, PetscBool datasets, DataFileVisitor visit,
                             void *context);
PetscErrorCode DataFileVisitDangling(DataFile file, DataFileVisitor visit, void *context);

/* What a link leads to: a path, or FILE:/path; "" when it is none. The same on all ranks. */
void DataFileLinkTarget(DataFile file, const char *link, size_t length, char target[]);

/*@
  DataFileSet... - an attribute of an existing object, the same value on every rank
@*/
PetscErrorCode DataFileSetString(DataFile file, const char *object, const char *name,
                                 const char *value);
PetscErrorCode DataFileSetReal(DataFile file, const char *object, const char *name, double value);
PetscErrorCode DataFileSetInteger(DataFile file, const char *object, const char *name,
                                  int64_t value);

/*@
  DataFileGetReal / DataFileGetString - an attribute; `value` is left as it is where there is none

  Output: found - NULL, or whether the object has an attribute of that name; a text is cut to
                  `length`
  Errors: CAUSEWAY_ERR_USER for an attribute that is something else
@*/
PetscErrorCode DataFileGetReal(DataFile file, const char *object, const char *name, double *value,
                               PetscBool *found);
PetscErrorCode DataFileGetString(DataFile file, const char *object, const char *name, size_t length,
                                 char value[], PetscBool *found);

/*@
  DataFileGetReals - an attribute of up to `most` numbers

  Output: count - of them; 0 without the attribute
@*/
PetscErrorCode DataFileGetReals(DataFile file, const char *object, const char *name, int most,
                                double values[], int *count);

/*@
  DataFileGetReference - path of the object that an attribute refers to, "" without one

  Output: other - (PETSC_MAX_PATH_LEN) name of the file in which it is, when the attribute is behind a link to another
                  file; else ""
@*/
PetscErrorCode DataFileGetReference(DataFile file, const char *object, const char *name,
                                    size_t length, char path[], char other[]);

/*@
  DataFileDescribe - the attributes `units` and `description` that every dataset of ours carries
@*/
PetscErrorCode DataFileDescribe(DataFile file, const char *dataset, const char *units,
                                const char *description);

/*@
  DataFileSetSpikeSorting - marks a SONATA spike population as sorted by time, or else by neuron
@*/
PetscErrorCode DataFileSetSpikeSorting(DataFile file, const char *population, PetscBool by_time);

/*@
  DataFilePrint - lists every group, dataset and attribute with shape, type and value
@*/
PetscErrorCode DataFilePrint(DataFile file);

/*@
  DataFileProvenance - root attributes of every file: program, version, revision, libraries, the
  parameters of the run, and the SONATA magic number and version

  Input: parameters_yaml - text from ParametersYaml(), or NULL
@*/
PetscErrorCode DataFileProvenance(DataFile file, const char *parameters_yaml);

#endif
