/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_CAUSALITY_H
#define CAUSEWAY_CAUSALITY_H

#include "causeway/datafile.h"
#include "causeway/declare.h"
#include "causeway/partition.h"
#include "causeway/score_sense.h"
#include "causeway/sparse_scores.h"

CAUSEWAY_BEGIN_DECLARATIONS

/* Named N x N matrices over pairs of neurons: rows are targets, columns are sources. Each rank holds the rows of its
   targets. A matrix is stored as /<method>/<reading> in causality.h5. */
typedef struct _p_Causality *Causality;

/*@
  CausalityCreate - creates an empty set of matrices; destroyed with CausalityDestroy()

  Collective on `comm`
@*/
PetscErrorCode CausalityCreate(MPI_Comm comm, int64_t n_global, Causality *causality);
PetscErrorCode CausalityDestroy(Causality *causality);

/* Layout of the targets over ranks; borrowed. Not collective. */
const Partition *CausalityPartition(Causality causality);

/*@
  CausalityAdd - adds a matrix of real numbers

  Collective
  Input:  info   - what the matrix is; copied, its strings are borrowed until CausalityDestroy()
  Output: values - (n_local, n_global) zeros, owned by `causality`; the caller fills them
@*/
PetscErrorCode CausalityAdd(Causality causality, const ScoreInfo *info, double **values);

/*@
  CausalityAddMask - adds a matrix of 0 and 1, e.g. the pairs that a test calls significant

  Collective
  Input:  info   - as for CausalityAdd()
  Output: values - (n_local, n_global) zeros, owned by `causality`; the caller fills them
@*/
PetscErrorCode CausalityAddMask(Causality causality, const ScoreInfo *info, uint8_t **values);

/*@
  CausalityInfo - description of matrix `k`, in the order of addition; NULL beyond the last; borrowed

  Not collective
@*/
const ScoreInfo *CausalityInfo(Causality causality, int k);

/*@
  CausalitySetCost / CausalityCost - time [s] and floating-point operations of a method; 0 when unknown

  Not collective
@*/
typedef struct {
  double seconds, flops;
} ScoreCost;
PetscErrorCode CausalitySetCost(Causality causality, const char *method, ScoreCost cost);
ScoreCost CausalityCost(Causality causality, const char *method);

/* Value of the attribute `rows` of a table over groups of neurons. */
#define SCORES_OF_GROUPS "target groups"

/*@
  CausalityAddTable - adds a small table in units of 1, e.g. over groups of neurons

  Collective
  Input:  info   - what the table is; copied, its strings are borrowed until CausalityDestroy()
          groups - meaning of rows and columns, written as an attribute; copied
  Output: values - (n_rows target groups, n_columns source groups) zeros, owned by `causality`; the caller fills them
                   with the same values on every rank
@*/
PetscErrorCode CausalityAddTable(Causality causality, const ScoreInfo *info, const char *groups,
                                 int64_t n_rows, int64_t n_columns, double **values);

/*@
  CausalityRemove - removes a matrix, mask or table if it exists

  Not collective
@*/
PetscErrorCode CausalityRemove(Causality causality, const char *method, const char *reading);

/*@
  CausalityFindTable - values of a table, NULL when it does not exist; borrowed

  Not collective
@*/
const double *CausalityFindTable(Causality causality, const char *method, const char *reading);

/*@
  CausalityFind / CausalityFindMask - values of a matrix or mask (n_local, n_global); borrowed

  Not collective. The result is NULL on all ranks when the matrix does not exist, and on no rank when it does.
@*/
double *CausalityFind(Causality causality, const char *method, const char *reading);
uint8_t *CausalityFindMask(Causality causality, const char *method, const char *reading);

/*@
  CausalityAddSparse - adds the pairs that a method keeps when full matrices would be too large; written as
                       /<method>/sparse
  CausalitySparse    - these pairs, NULL without any; borrowed

  Not collective
  Input: info   - describes the column by which pairs are ranked
         scores - taken over; CausalityDestroy() destroys them
@*/
PetscErrorCode CausalityAddSparse(Causality causality, const ScoreInfo *info, SparseScores scores);
SparseScores CausalitySparse(Causality causality, const ScoreInfo **info);

/*@
  CausalityNote - adds a number that is written as an attribute of the method's group

  Not collective
  Input: method, name - literals, borrowed
@*/
PetscErrorCode CausalityNote(Causality causality, const char *method, const char *name,
                             double value);

/*@
  CausalityNoteText - adds a text that is written as an attribute of the method's group

  Not collective
  Input: method, name, value - literals, borrowed
@*/
PetscErrorCode CausalityNoteText(Causality causality, const char *method, const char *name,
                                 const char *value);

/*@
  CausalityWrite - writes all matrices and notes; every rank writes its rows

  Collective
@*/
PetscErrorCode CausalityWrite(Causality causality, DataFile file);

/*@
  CausalityDescribeScores - writes the attributes of a dataset over pairs: units, description, role, sense, order, and
  the names of its p-values, mask and signs

  Collective; `file` is being written
@*/
PetscErrorCode CausalityDescribeScores(DataFile file, const char *path, const ScoreInfo *info);

/*@
  CausalityReadMatrix - reads an N x N matrix from an HDF5 dataset or a NumPy array

  Collective
  Input:  specification - FILE.h5:/path or FILE.npy
  Output: partition - layout of the rows
          values    - (n_local, n_global), freed by the caller with PetscFree()
  Errors: CAUSEWAY_ERR_USER when the matrix is missing or not square
@*/
PetscErrorCode CausalityReadMatrix(MPI_Comm comm, const char *specification, Partition *partition,
                                   double **values);

/*@
  CausalityReadTable - reads a table of known shape on every rank

  Collective
  Input:  specification - FILE.h5:/path
  Output: values - (n_rows, n_columns), storage of the caller
  Errors: CAUSEWAY_ERR_USER when the table is missing or has another shape
@*/
PetscErrorCode CausalityReadTable(MPI_Comm comm, const char *specification, int64_t n_rows,
                                  int64_t n_columns, double *values);

/*@
  MultiplicityMask - marks the significant ones of the N (N - 1) off-diagonal p-values. NaN means not tested: such a pair
  does not count as a test and is never significant.

  Collective on the partition's communicator
  Input:  p_values - (n_local, n_global); the diagonal is ignored
          level    - false-discovery rate, or family-wise error rate for Bonferroni
  Output: mask     - (n_local, n_global); NULL to count only
          count    - number of significant pairs on all ranks
  Cost:   a copy of the p-values up to `level`; each step of a fixed-point iteration scans it and makes an allreduce of
          8 bytes
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

/*@
  MultiplicityQ - the smallest false-discovery rate of Benjamini and Hochberg at which each pair is significant

  Collective on the partition's communicator
  Input:  p_values - (n_local, n_global); the diagonal is ignored, NaN means not tested
  Output: q_values - (n_local, n_global); NaN where not tested, 1 on the diagonal
  Errors: CAUSEWAY_ERR_USER when a rank would send or receive 2^31 pairs or more
  Cost:   a sort over the ranks: 16 bytes per pair go to another rank and come back; three copies of them
  Source: Benjamini & Hochberg 1995, J. R. Stat. Soc. B 57:289; as adjusted p-values, Yekutieli & Benjamini 1999
@*/
PetscErrorCode MultiplicityQ(const Partition *partition, const double *p_values, double *q_values);

CAUSEWAY_END_DECLARATIONS

#endif
