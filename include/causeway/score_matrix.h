/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SCORE_MATRIX_H
#define CAUSEWAY_SCORE_MATRIX_H

#include "causeway/npy.h"
#include "causeway/partition.h"
#include "causeway/score_sense.h"
#include "causeway/uses.h"

/* An N x N matrix in a file, rows targets, columns sources: a dataset of HDF5, or an array of NumPy. */
typedef struct {
  MPI_Comm comm;
  char name[2 * PETSC_MAX_PATH_LEN];                       /* for messages */
  char file[PETSC_MAX_PATH_LEN], path[PETSC_MAX_PATH_LEN]; /* path "" for an array of NumPy */
  Partition partition;                                     /* of its rows */
  PetscBool column_major; /* of MATLAB: columns stand first in the file */
  Npy npy;
  ScoreFacts facts;
} ScoreMatrix;

/*@
  ScoreMatrixOpen - finds shape and attributes of a matrix, without reading its values

  Collective
  Input:  specification - FILE.h5:/path or FILE.npy
          option        - the sense that the user states, or SENSE_UNKNOWN
  Errors: CAUSEWAY_ERR_USER when it is missing, holds no numbers, or is not square
@*/
PetscErrorCode ScoreMatrixOpen(MPI_Comm comm, const char *specification, ScoreSense option,
                               ScoreMatrix *matrix);

/*@
  ScoreMatrixRead - its rows

  Collective
  Output: values - (n_local, n_global) as they are in the file, freed by the caller with PetscFree()
@*/
PetscErrorCode ScoreMatrixRead(const ScoreMatrix *matrix, double **values);

/*@
  ScoreMatrixSense - ScoreSenseDecide() of a matrix whose values are read

  Collective
@*/
PetscErrorCode ScoreMatrixSense(ScoreMatrix *matrix, const double *values, ScoreSense *sense,
                                size_t length, char why[]);

/*@
  ScoreUses - adds what of a file is a matrix over pairs, with the options that read it

  Collective
@*/
PetscErrorCode ScoreUses(MPI_Comm comm, const char *file, PetscBool is_hdf5, Uses *uses);

#endif
