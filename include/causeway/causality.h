/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_CAUSALITY_H
#define CAUSEWAY_CAUSALITY_H

#include "causeway/datafile.h"
#include "causeway/partition.h"
#include "causeway/sparse_scores.h"

/* Named N x N matrices over pairs, rows = targets, columns = sources, the rows on the rank that
   owns the target. A matrix is /<method>/<reading> in causality.h5. */
typedef struct _p_Causality *Causality;

/*@
  CausalityCreate - no matrices yet; destroyed with CausalityDestroy()
  Collective on `comm`
@*/
PetscErrorCode CausalityCreate(MPI_Comm comm, int64_t n_global, Causality *causality);
PetscErrorCode CausalityDestroy(Causality *causality);

const Partition *CausalityPartition(Causality causality);

/*@
  CausalityAdd - a new real matrix

  Collective
  Input:  method, reading, units, description - borrowed until CausalityDestroy()
  Output: values - (n_local, n_global) zeros, owned by `causality`, to be filled by the caller
@*/
PetscErrorCode CausalityAdd(Causality causality, const char *method, const char *reading,
                            const char *units, const char *description, double **values);

/*@
  CausalityAddMask - a new matrix of 0 and 1, e.g. the pairs that a test calls significant
@*/
PetscErrorCode CausalityAddMask(Causality causality, const char *method, const char *reading,
                                const char *description, uint8_t **values);

/*@
  CausalityAddTable - a new table of any small shape, e.g. over groups of neurons, with 1 as unit

  Collective
  Input:  method, reading, description - borrowed until CausalityDestroy()
          groups - what rows and columns stand for, becomes an attribute; copied
  Output: values - (n_rows target groups, n_columns source groups) zeros, owned by `causality`, to be filled
                   with the same on every rank
@*/
PetscErrorCode CausalityAddTable(Causality causality, const char *method, const char *reading,
                                 const char *description, const char *groups, int64_t n_rows,
                                 int64_t n_columns, double **values);

/*@
  CausalityRemove - takes a matrix, mask or table away; nothing happens when there is none. Not collective.
@*/
PetscErrorCode CausalityRemove(Causality causality, const char *method, const char *reading);

/*@
  CausalityFindTable - the values of a table, NULL when there is none; borrowed
@*/
const double *CausalityFindTable(Causality causality, const char *method, const char *reading);

/*@
  CausalityFind / CausalityFindMask - the values of a matrix, NULL on all ranks when there is none,
and on none when there is one; borrowed
@*/
double *CausalityFind(Causality causality, const char *method, const char *reading);
uint8_t *CausalityFindMask(Causality causality, const char *method, const char *reading);

/*@
  CausalityAddSparse - the pairs that a method keeps where its matrices would be too large, written as
  /<method>/sparse; `scores` is destroyed with the causality
  CausalityFindSparse - NULL when a method has none
@*/
PetscErrorCode CausalityAddSparse(Causality causality, const char *method, SparseScores scores);
SparseScores CausalityFindSparse(Causality causality, const char *method);

/*@
  CausalityNote - a number that goes with a method, written as attribute of its group

  Input: name, units - literals, borrowed
@*/
PetscErrorCode CausalityNote(Causality causality, const char *method, const char *name,
                             double value);

/*@
  CausalityNoteText - the same with words; borrowed literals
@*/
PetscErrorCode CausalityNoteText(Causality causality, const char *method, const char *name,
                                 const char *value);

/*@
  CausalityWrite - writes all matrices and notes; every rank writes its rows
  Collective
@*/
PetscErrorCode CausalityWrite(Causality causality, DataFile file);

/*@
  CausalityDescribeScores - the attributes `role` and `sense` of a dataset over pairs, by the name of the reading

  Collective; `file` is being written
@*/
PetscErrorCode CausalityDescribeScores(DataFile file, const char *path, const char *reading);

/*@
  CausalityReadMatrix - rows of an N x N dataset of any file, or of an array of NumPy

  Collective
  Input:  specification - FILE.h5:/path or FILE.npy
  Output: partition - of its rows
          values    - (n_local, n_global), freed by the caller with PetscFree()
  Errors: CAUSEWAY_ERR_USER when it is missing or not square
@*/
PetscErrorCode CausalityReadMatrix(MPI_Comm comm, const char *specification, Partition *partition,
                                   double **values);

/*@
  CausalityReadTable - a table of known shape from any file, on every rank

  Collective
  Input:  specification - FILE.h5:/path
  Output: values - (n_rows, n_columns)
  Errors: CAUSEWAY_ERR_USER when it is missing or of another shape
@*/
PetscErrorCode CausalityReadTable(MPI_Comm comm, const char *specification, int64_t n_rows,
                                  int64_t n_columns, double *values);

/*@
  Multiplicity corrections - which of the N (N - 1) off-diagonal p-values are significant; those that are NaN were not
  tested, do not count, and are not

  Collective on the partition's communicator
  Input:  p_values - (n_local, n_global); the diagonal is left out
          level    - false-discovery rate, or family-wise error for Bonferroni
  Output: mask     - (n_local, n_global)
          count    - significant pairs on all ranks
  Cost:   a copy of the p-values up to `level`, scanned, and an allreduce of 8 bytes, in each step of a fixed-point
          iteration
  Source: Benjamini & Hochberg (1995); Benjamini & Yekutieli (2001)
@*/
typedef enum {
  MULTIPLICITY_BENJAMINI_HOCHBERG,
  MULTIPLICITY_BENJAMINI_YEKUTIELI,
  MULTIPLICITY_BONFERRONI
} Multiplicity;
PetscErrorCode MultiplicityMask(Multiplicity method, const Partition *partition,
                                const double *p_values, double level, uint8_t *mask,
                                int64_t *count);

#endif
