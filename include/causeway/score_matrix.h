/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SCORE_MATRIX_H
#define CAUSEWAY_SCORE_MATRIX_H

#include "causeway/declare.h"
#include "causeway/npy.h"
#include "causeway/partition.h"
#include "causeway/score_sense.h"
#include "causeway/uses.h"

CAUSEWAY_BEGIN_DECLARATIONS

/* An N x N matrix in a file: an HDF5 dataset or a NumPy array. Rows are targets, columns are sources. */
typedef struct {
  MPI_Comm comm;
  char name[2 * PETSC_MAX_PATH_LEN];                       /* for messages */
  char file[PETSC_MAX_PATH_LEN], path[PETSC_MAX_PATH_LEN]; /* path is "" for a NumPy array */
  Partition partition;                                     /* layout of the rows */
  PetscBool column_major; /* written by MATLAB, which stores columns first */
  Npy npy;
  ScoreFacts facts;
  char rows[32];                        /* what the rows are, "" when the file does not say */
  char p_value[64], mask[64], sign[64]; /* names of what stands beside it, "" without it */
} ScoreMatrix;

/*@
  ScoreMatrixOpen - reads shape and attributes of a matrix, not its values

  Collective
  Input:  specification - FILE.h5:/path or FILE.npy
          option        - sense given by the user, or SENSE_UNKNOWN
  Errors: CAUSEWAY_ERR_USER when the matrix is missing, does not hold numbers, or is not square
@*/
PetscErrorCode ScoreMatrixOpen(MPI_Comm comm, const char *specification, ScoreSense option,
                               ScoreMatrix *matrix);

/*@
  ScoreMatrixRead - reads the rows of this rank

  Collective
  Output: values - (n_local, n_global) unchanged from the file; freed by the caller with PetscFree()
@*/
PetscErrorCode ScoreMatrixRead(const ScoreMatrix *matrix, double **values);

/*@
  ScoreMatrixSense - ScoreSenseDecide() for a matrix whose values have been read

  Collective
@*/
PetscErrorCode ScoreMatrixSense(ScoreMatrix *matrix, const double *values, ScoreSense *sense,
                                size_t length, char why[]);

/*@
  ScoreUses - adds the matrices over pairs of a file to `uses`, with the options that read them

  Collective
@*/
PetscErrorCode ScoreUses(MPI_Comm comm, const char *file, PetscBool is_hdf5, Uses *uses);

CAUSEWAY_END_DECLARATIONS

#endif
