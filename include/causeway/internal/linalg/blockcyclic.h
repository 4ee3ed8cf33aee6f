/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_BLOCKCYCLIC_H
#define CAUSEWAY_BLOCKCYCLIC_H

#include <petscsys.h>
#include <stdint.h>

/* The process grid of ScaLAPACK: ranks in rows x columns, row-major. */
typedef struct {
  MPI_Comm comm, row_comm, column_comm; /* column_comm: the ranks of one column, ordered by row */
  int context;
  int rows, columns, row, column;
} ProcessGrid;

/* The most square grid of `size` ranks, rows <= columns; 1 x size for a prime. */
void ProcessGridShape(int size, int *rows, int *columns);

/*@
  ProcessGridCreate - creates the most square grid of all ranks of `comm`; freed with ProcessGridFree()

  Collective
@*/
PetscErrorCode ProcessGridCreate(MPI_Comm comm, ProcessGrid *grid);

/* Creates the 1 x P grid, on which the blocks of PartitionMake() are a block-cyclic layout of columns. */
PetscErrorCode ProcessGridCreateColumns(MPI_Comm comm, ProcessGrid *grid);
PetscErrorCode ProcessGridFree(ProcessGrid *grid);

/* A dense matrix in two-dimensional block-cyclic layout, columns contiguous. */
typedef struct {
  const ProcessGrid *grid; /* borrowed */
  int n_rows, n_columns, row_block, column_block;
  int local_rows, local_columns, leading; /* leading >= 1 */
  int descriptor[9];
  double *values; /* (leading, local_columns) column-major */
} BlockCyclic;

/*@
  BlockCyclicCreate - creates a matrix of zeros; freed with BlockCyclicFree()

  Collective
  Errors: CAUSEWAY_ERR_USER when the part of a rank exceeds 2^31 - 1 entries, the limit of
ScaLAPACK's 32-bit indices: more ranks are needed
@*/
PetscErrorCode BlockCyclicCreate(const ProcessGrid *grid, int64_t n_rows, int64_t n_columns,
                                 int row_block, int column_block, BlockCyclic *matrix);
PetscErrorCode BlockCyclicFree(BlockCyclic *matrix);

/* Number of entries of a dimension of length `n` that a process holds. */
int64_t BlockCyclicCount(int64_t n, int block, int process, int n_processes);

/* Global index of local index `local` of a dimension, on process `process` of `n_processes`. */
static inline int64_t BlockCyclicGlobal(int64_t local, int block, int process, int n_processes)
{
  return (local / block * n_processes + process) * block + local % block;
}

/* Local index of global index `global`, or -1 when another process holds it. */
static inline int64_t BlockCyclicLocal(int64_t global, int block, int process, int n_processes)
{
  int64_t number = global / block;

  return number % n_processes == process ? number / n_processes * block + global % block : -1;
}

/* Aligns workspace to 64 bytes, because the last bit of estimated condition numbers depends on its address. Allocate
   BLOCKCYCLIC_ALIGNMENT more numbers. */
enum { BLOCKCYCLIC_ALIGNMENT = 8 };

static inline double *BlockCyclicAlign(double *space)
{
  const size_t bytes = BLOCKCYCLIC_ALIGNMENT * sizeof(double);

  return space + (bytes - (uintptr_t)space % bytes) % bytes / sizeof(double);
}

/* Matrix operations by ScaLAPACK, each collective on the grid unless stated otherwise. */

/* B = A^T */
PetscErrorCode BlockCyclicTranspose(const BlockCyclic *a, BlockCyclic *b);

/* Sum of absolute values of the fullest column, for the symmetric matrix in the lower triangle */
PetscErrorCode BlockCyclicSymmetricNorm1(const BlockCyclic *a, double *norm);

/* A = L L^T in the lower triangle. share: smallest fraction l_kk^2 / a_kk of a diagonal entry that the previous columns
   leave, 0 when A is not positive definite; index: its k. Equal on all ranks. */
PetscErrorCode BlockCyclicCholesky(BlockCyclic *a, double *share, int64_t *index);

/* A = I */
PetscErrorCode BlockCyclicIdentity(BlockCyclic *a);

/* A = A + value I; not collective */
void BlockCyclicShiftDiagonal(double value, BlockCyclic *a);

/* Sum of squares of all entries, on all ranks */
PetscErrorCode BlockCyclicSquaredNorm(const BlockCyclic *a, double *sum);

/* Sets the entries above the diagonal to zero */
PetscErrorCode BlockCyclicClearUpper(BlockCyclic *a);

/* Sum of log a_kk, on all ranks */
PetscErrorCode BlockCyclicLogDiagonal(const BlockCyclic *a, double *sum);

/* C = alpha op(A) op(B) + beta C */
PetscErrorCode BlockCyclicMultiply(PetscBool a_transposed, PetscBool b_transposed, double alpha,
                                   const BlockCyclic *a, const BlockCyclic *b, double beta,
                                   BlockCyclic *c);

/* C = A^T B over rows [first, first + count) of both */
PetscErrorCode BlockCyclicCrossProduct(const BlockCyclic *a, const BlockCyclic *b, int64_t first,
                                       int64_t count, BlockCyclic *c);

/* C = alpha A^T A + beta C in the lower triangle, over rows [first, first + count) of A */
PetscErrorCode BlockCyclicGram(double alpha, const BlockCyclic *a, int64_t first, int64_t count,
                               double beta, BlockCyclic *c);

/* C = alpha A A^T + beta C in the lower triangle */
PetscErrorCode BlockCyclicOuterProduct(double alpha, const BlockCyclic *a, double beta,
                                       BlockCyclic *c);

/* B = B L^-T with L in the lower triangle of A */
PetscErrorCode BlockCyclicSolveLowerRight(const BlockCyclic *a, BlockCyclic *b);

/* B = L^-1 B, or L^-T B, with L in the lower triangle of A */
PetscErrorCode BlockCyclicSolveLower(const BlockCyclic *a, PetscBool transposed, BlockCyclic *b);

/* Estimated condition number of L L^T in the 1-norm; norm: 1-norm of the matrix itself */
PetscErrorCode BlockCyclicConditionNumber(const BlockCyclic *factor, double norm,
                                          double *condition);

/* L = L^-1 in the lower triangle, n^3 / 3 flops, mostly in large products */
PetscErrorCode BlockCyclicInvertLower(BlockCyclic *l);

/* B(:, b_first + k) = A(:, a_first + k) for k in [0, n_columns) */
PetscErrorCode BlockCyclicCopyColumns(const BlockCyclic *a, int64_t a_first, int64_t n_columns,
                                      BlockCyclic *b, int64_t b_first);

/* B(b_row + i, b_column + k) = A(a_row + i, a_column + k) for i in [0, n_rows), k in [0, n_columns) */
PetscErrorCode BlockCyclicCopyBlock(const BlockCyclic *a, int64_t a_row, int64_t a_column,
                                    int64_t n_rows, int64_t n_columns, BlockCyclic *b,
                                    int64_t b_row, int64_t b_column);

/* B(t, :) = A(t - 1, :) for rows t >= 1; the first row of B stays */
PetscErrorCode BlockCyclicShiftRows(const BlockCyclic *a, BlockCyclic *b);

/*@
  BlockCyclicToColumns - redistributes to whole columns, in contiguous blocks over the ranks

  Input:  block   - columns of a rank, the last have fewer
  Output: columns - (local columns, n_rows)
@*/
PetscErrorCode BlockCyclicToColumns(const BlockCyclic *a, int64_t block, double *columns);

/* B = A, between different grids over the same ranks, blocks and layouts */
PetscErrorCode BlockCyclicCopy(const BlockCyclic *a, BlockCyclic *b);

#endif
