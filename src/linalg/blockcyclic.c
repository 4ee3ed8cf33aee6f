/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/internal/linalg/blockcyclic.h"

#include "panel_solve.h"

#include "causeway/error.h"

#include <limits.h>
#include <math.h>

/* ScaLAPACK and BLACS publish no C header. */
extern int Csys2blacs_handle(MPI_Comm comm);
extern void Cblacs_gridinit(int *context, const char *order, int rows, int columns);
extern void Cblacs_gridinfo(int context, int *rows, int *columns, int *row, int *column);
extern void Cblacs_gridexit(int context);
extern void Cblacs_set(int context, int what, int *value);

enum { BLACS_REPEATABLE = 15 }; /* sums are added in the same order in every run */
extern void Cpdgemr2d(int m, int n, const double *a, int ia, int ja, const int *desc_a, double *b,
                      int ib, int jb, const int *desc_b, int context);
extern int numroc_(const int *n, const int *block, const int *process, const int *source,
                   const int *n_processes);
extern void descinit_(int *desc, const int *m, const int *n, const int *mb, const int *nb,
                      const int *row_source, const int *column_source, const int *context,
                      const int *leading, int *info);
extern void pdtran_(const int *m, const int *n, const double *alpha, const double *a, const int *ia,
                    const int *ja, const int *desc_a, const double *beta, double *c, const int *ic,
                    const int *jc, const int *desc_c);
extern double pdlansy_(const char *norm, const char *uplo, const int *n, const double *a,
                       const int *ia, const int *ja, const int *desc_a, double *work);
extern void pdpotrf_(const char *uplo, const int *n, double *a, const int *ia, const int *ja,
                     const int *desc_a, int *info);
extern void pdsyrk_(const char *uplo, const char *trans, const int *n, const int *k,
                    const double *alpha, const double *a, const int *ia, const int *ja,
                    const int *desc_a, const double *beta, double *c, const int *ic, const int *jc,
                    const int *desc_c);
extern void pdgemm_(const char *trans_a, const char *trans_b, const int *m, const int *n,
                    const int *k, const double *alpha, const double *a, const int *ia,
                    const int *ja, const int *desc_a, const double *b, const int *ib, const int *jb,
                    const int *desc_b, const double *beta, double *c, const int *ic, const int *jc,
                    const int *desc_c);
extern void pdtrsm_(const char *side, const char *uplo, const char *trans, const char *diag,
                    const int *m, const int *n, const double *alpha, const double *a, const int *ia,
                    const int *ja, const int *desc_a, double *b, const int *ib, const int *jb,
                    const int *desc_b);
extern void pdtrmm_(const char *side, const char *uplo, const char *trans, const char *diag,
                    const int *m, const int *n, const double *alpha, const double *a, const int *ia,
                    const int *ja, const int *desc_a, double *b, const int *ib, const int *jb,
                    const int *desc_b);
extern void pdtrtri_(const char *uplo, const char *diag, const int *n, double *a, const int *ia,
                     const int *ja, const int *desc_a, int *info);
extern void pdpocon_(const char *uplo, const int *n, const double *a, const int *ia, const int *ja,
                     const int *desc_a, const double *norm, double *reciprocal, double *work,
                     const int *work_length, int *iwork, const int *iwork_length, int *info);

static const int one = 1, zero = 0;

static PetscErrorCode create_grid(MPI_Comm comm, int rows, int columns, ProcessGrid *grid)
{
  int repeatable = 1;

  PetscFunctionBegin;
  grid->comm = comm;
  /* one handle for all grids of a communicator; it is never freed because another grid may use it */
  grid->context = Csys2blacs_handle(comm);
  Cblacs_gridinit(&grid->context, "Row", rows, columns);
  Cblacs_set(grid->context, BLACS_REPEATABLE, &repeatable);
  Cblacs_gridinfo(grid->context, &grid->rows, &grid->columns, &grid->row, &grid->column);
  PetscCallMPI(MPI_Comm_split(comm, grid->row, grid->column, &grid->row_comm));
  PetscCallMPI(MPI_Comm_split(comm, grid->column, grid->row, &grid->column_comm));
  PetscFunctionReturn(0);
}

void ProcessGridShape(int size, int *rows, int *columns)
{
  *rows = 1;
  for (int r = 1; r * r <= size; r++) {
    *rows = size % r == 0 ? r : *rows;
  }
  *columns = size / *rows;
}

PetscErrorCode ProcessGridCreate(MPI_Comm comm, ProcessGrid *grid)
{
  int size, rows, columns;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(comm, &size));
  ProcessGridShape(size, &rows, &columns);
  PetscCall(create_grid(comm, rows, columns, grid));
  PetscFunctionReturn(0);
}

PetscErrorCode ProcessGridCreateColumns(MPI_Comm comm, ProcessGrid *grid)
{
  int size;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(comm, &size));
  PetscCall(create_grid(comm, 1, size, grid));
  PetscFunctionReturn(0);
}

PetscErrorCode ProcessGridFree(ProcessGrid *grid)
{
  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_free(&grid->row_comm));
  PetscCallMPI(MPI_Comm_free(&grid->column_comm));
  Cblacs_gridexit(grid->context);
  PetscFunctionReturn(0);
}

int64_t BlockCyclicCount(int64_t n, int block, int process, int n_processes)
{
  int64_t whole_blocks = n / block, count = whole_blocks / n_processes * block;
  int64_t left = whole_blocks % n_processes;

  if (process < left) {
    return count + block;
  }
  return process == left ? count + n % block : count;
}

PetscErrorCode BlockCyclicCreate(const ProcessGrid *grid, int64_t n_rows, int64_t n_columns,
                                 int row_block, int column_block, BlockCyclic *matrix)
{
  /* the first process holds the largest part */
  int64_t most = BlockCyclicCount(n_rows, row_block, 0, grid->rows) *
                 BlockCyclicCount(n_columns, column_block, 0, grid->columns);
  int info;

  PetscFunctionBegin;
  UserCheck(
      n_rows <= INT_MAX && n_columns <= INT_MAX && most <= INT_MAX,
      "a matrix of %lld x %lld needs more than 2^31 entries on a rank; use at least %lld ranks",
      (long long)n_rows, (long long)n_columns,
      (long long)(((double)n_rows * (double)n_columns) / (double)INT_MAX) + 1);
  matrix->grid = grid;
  matrix->n_rows = (int)n_rows;
  matrix->n_columns = (int)n_columns;
  matrix->row_block = row_block;
  matrix->column_block = column_block;
  matrix->local_rows = numroc_(&matrix->n_rows, &row_block, &grid->row, &zero, &grid->rows);
  matrix->local_columns =
      numroc_(&matrix->n_columns, &column_block, &grid->column, &zero, &grid->columns);
  matrix->leading = PetscMax(1, matrix->local_rows);
  descinit_(matrix->descriptor, &matrix->n_rows, &matrix->n_columns, &row_block, &column_block,
            &zero, &zero, &grid->context, &matrix->leading, &info);
  PetscCheck(!info, grid->comm, PETSC_ERR_LIB, "DESCINIT: info %d", info);
  PetscCall(PetscCalloc1((size_t)matrix->leading * (size_t)PetscMax(1, matrix->local_columns),
                         &matrix->values));
  PetscFunctionReturn(0);
}

PetscErrorCode BlockCyclicFree(BlockCyclic *matrix)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(matrix->values));
  PetscFunctionReturn(0);
}

PetscErrorCode BlockCyclicTranspose(const BlockCyclic *a, BlockCyclic *b)
{
  const double alpha = 1.0, beta = 0.0;

  PetscFunctionBegin;
  pdtran_(&b->n_rows, &b->n_columns, &alpha, a->values, &one, &one, a->descriptor, &beta, b->values,
          &one, &one, b->descriptor);
  PetscFunctionReturn(0);
}

PetscErrorCode BlockCyclicSymmetricNorm1(const BlockCyclic *a, double *norm)
{
  double *work;
  int64_t length = 2 * ((int64_t)a->local_rows + a->local_columns) + 4 * (int64_t)a->row_block +
                   64 + a->n_rows / PetscMax(1, a->grid->rows);

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(length, &work));
  *norm = pdlansy_("1", "L", &a->n_rows, a->values, &one, &one, a->descriptor, work);
  PetscCall(PetscFree(work));
  PetscFunctionReturn(0);
}

/* Position in memory of the diagonal entry of local column `m`, or -1 when another process holds it. */
static int64_t diagonal_position(const BlockCyclic *a, int64_t m)
{
  const int64_t column = BlockCyclicGlobal(m, a->column_block, a->grid->column, a->grid->columns);
  const int64_t row = BlockCyclicLocal(column, a->row_block, a->grid->row, a->grid->rows);

  return row < 0 ? -1 : row + m * (int64_t)a->leading;
}

PetscErrorCode BlockCyclicCholesky(BlockCyclic *a, double *share, int64_t *index)
{
  struct {
    double share;
    int index;
  } mine = {1.0, 0}, worst;
  double *diagonal;
  int failed;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(a->local_columns, &diagonal));
  for (int64_t m = 0; m < a->local_columns; m++) {
    const int64_t at = diagonal_position(a, m);

    diagonal[m] = at < 0 ? 0.0 : a->values[at];
  }
  pdpotrf_("L", &a->n_rows, a->values, &one, &one, a->descriptor, &failed);
  PetscCheck(failed >= 0, a->grid->comm, PETSC_ERR_LIB, "PDPOTRF: info %d", failed);
  for (int64_t m = 0; !failed && m < a->local_columns; m++) {
    const int64_t at = diagonal_position(a, m);

    if (at >= 0 && a->values[at] * a->values[at] < mine.share * diagonal[m]) {
      mine.share = a->values[at] * a->values[at] / diagonal[m];
      mine.index = (int)BlockCyclicGlobal(m, a->column_block, a->grid->column, a->grid->columns);
    }
  }
  PetscCall(PetscFree(diagonal));
  PetscCallMPI(MPI_Allreduce(&mine, &worst, 1, MPI_DOUBLE_INT, MPI_MINLOC, a->grid->comm));
  *share = failed ? 0.0 : worst.share;
  *index = failed ? failed - 1 : worst.index;
  PetscFunctionReturn(0);
}

PetscErrorCode BlockCyclicIdentity(BlockCyclic *a)
{
  PetscFunctionBegin;
  PetscCall(PetscArrayzero(a->values, (int64_t)a->leading * a->local_columns));
  for (int64_t m = 0; m < a->local_columns; m++) {
    const int64_t at = diagonal_position(a, m);

    if (at >= 0) {
      a->values[at] = 1.0;
    }
  }
  PetscFunctionReturn(0);
}

void BlockCyclicShiftDiagonal(double value, BlockCyclic *a)
{
  for (int64_t m = 0; m < a->local_columns; m++) {
    const int64_t at = diagonal_position(a, m);

    if (at >= 0) {
      a->values[at] += value;
    }
  }
}

PetscErrorCode BlockCyclicSquaredNorm(const BlockCyclic *a, double *sum)
{
  double mine = 0;

  PetscFunctionBegin;
  for (int64_t k = 0; k < (int64_t)a->leading * a->local_columns; k++) {
    mine += a->values[k] * a->values[k];
  }
  PetscCallMPI(MPI_Allreduce(&mine, sum, 1, MPI_DOUBLE, MPI_SUM, a->grid->comm));
  PetscFunctionReturn(0);
}

PetscErrorCode BlockCyclicClearUpper(BlockCyclic *a)
{
  PetscFunctionBegin;
  for (int64_t m = 0; m < a->local_columns; m++) {
    const int64_t column = BlockCyclicGlobal(m, a->column_block, a->grid->column, a->grid->columns);

    for (int64_t k = 0; k < a->local_rows; k++) {
      if (BlockCyclicGlobal(k, a->row_block, a->grid->row, a->grid->rows) < column) {
        a->values[k + m * (int64_t)a->leading] = 0.0;
      }
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode BlockCyclicLogDiagonal(const BlockCyclic *a, double *sum)
{
  double mine = 0;

  PetscFunctionBegin;
  for (int64_t m = 0; m < a->local_columns; m++) {
    const int64_t at = diagonal_position(a, m);

    mine += at < 0 ? 0.0 : log(a->values[at]);
  }
  PetscCallMPI(MPI_Allreduce(&mine, sum, 1, MPI_DOUBLE, MPI_SUM, a->grid->comm));
  PetscFunctionReturn(0);
}

PetscErrorCode BlockCyclicMultiply(PetscBool a_transposed, PetscBool b_transposed, double alpha,
                                   const BlockCyclic *a, const BlockCyclic *b, double beta,
                                   BlockCyclic *c)
{
  PetscFunctionBegin;
  pdgemm_(a_transposed ? "T" : "N", b_transposed ? "T" : "N", &c->n_rows, &c->n_columns,
          a_transposed ? &a->n_rows : &a->n_columns, &alpha, a->values, &one, &one, a->descriptor,
          b->values, &one, &one, b->descriptor, &beta, c->values, &one, &one, c->descriptor);
  PetscFunctionReturn(0);
}

PetscErrorCode BlockCyclicCrossProduct(const BlockCyclic *a, const BlockCyclic *b, int64_t first,
                                       int64_t count, BlockCyclic *c)
{
  const int start = (int)first + 1, length = (int)count;
  const double alpha = 1.0, beta = 0.0;

  PetscFunctionBegin;
  pdgemm_("T", "N", &c->n_rows, &c->n_columns, &length, &alpha, a->values, &start, &one,
          a->descriptor, b->values, &start, &one, b->descriptor, &beta, c->values, &one, &one,
          c->descriptor);
  PetscFunctionReturn(0);
}

PetscErrorCode BlockCyclicGram(double alpha, const BlockCyclic *a, int64_t first, int64_t count,
                               double beta, BlockCyclic *c)
{
  const int start = (int)first + 1, length = (int)count;

  PetscFunctionBegin;
  pdsyrk_("L", "T", &c->n_rows, &length, &alpha, a->values, &start, &one, a->descriptor, &beta,
          c->values, &one, &one, c->descriptor);
  PetscFunctionReturn(0);
}

PetscErrorCode BlockCyclicOuterProduct(double alpha, const BlockCyclic *a, double beta,
                                       BlockCyclic *c)
{
  PetscFunctionBegin;
  pdsyrk_("L", "N", &c->n_rows, &a->n_columns, &alpha, a->values, &one, &one, a->descriptor, &beta,
          c->values, &one, &one, c->descriptor);
  PetscFunctionReturn(0);
}

PetscErrorCode BlockCyclicSolveLowerRight(const BlockCyclic *a, BlockCyclic *b)
{
  const double alpha = 1.0;

  PetscFunctionBegin;
  pdtrsm_("R", "L", "T", "N", &b->n_rows, &b->n_columns, &alpha, a->values, &one, &one,
          a->descriptor, b->values, &one, &one, b->descriptor);
  PetscFunctionReturn(0);
}

PetscErrorCode BlockCyclicSolveLower(const BlockCyclic *a, PetscBool transposed, BlockCyclic *b)
{
  const double alpha = 1.0;

  PetscFunctionBegin;
  if (a->grid->rows == 1 && a->grid->columns > 1) {
    PetscCall(BlockCyclicSolvePanels(a, transposed, b));
    PetscFunctionReturn(0);
  }
  pdtrsm_("L", "L", transposed ? "T" : "N", "N", &b->n_rows, &b->n_columns, &alpha, a->values, &one,
          &one, a->descriptor, b->values, &one, &one, b->descriptor);
  PetscFunctionReturn(0);
}

PetscErrorCode BlockCyclicConditionNumber(const BlockCyclic *a, double norm, double *condition)
{
  double reciprocal, size_needed, *space, *work;
  int query = -1, integer_query, info, work_length, iwork_length, *iwork;

  PetscFunctionBegin;
  pdpocon_("L", &a->n_rows, a->values, &one, &one, a->descriptor, &norm, &reciprocal, &size_needed,
           &query, &integer_query, &query, &info);
  work_length = (int)size_needed;
  iwork_length = integer_query;
  PetscCall(PetscMalloc2(work_length + BLOCKCYCLIC_ALIGNMENT, &space, iwork_length, &iwork));
  work = BlockCyclicAlign(space);
  pdpocon_("L", &a->n_rows, a->values, &one, &one, a->descriptor, &norm, &reciprocal, work,
           &work_length, iwork, &iwork_length, &info);
  PetscCheck(!info, a->grid->comm, PETSC_ERR_LIB, "PDPOCON: info %d", info);
  *condition = 1.0 / reciprocal;
  PetscCall(PetscFree2(space, iwork));
  PetscFunctionReturn(0);
}

/* inv([A 0; B C]) = [inv(A) 0; -inv(C) B inv(A) inv(C)], with halves cut at blocks: nearly all flops are in products of
   large triangles, whereas PDTRTRI works on panels of one block. */
static PetscErrorCode invert_lower(BlockCyclic *l, int first, int n)
{
  enum { SMALL_BLOCKS = 2 };
  const double minus = -1.0, plus = 1.0;
  const int half = (n / l->row_block + 1) / 2 * l->row_block;
  int info, start = first + 1, middle = start + half, rest = n - half;

  PetscFunctionBegin;
  if (n <= SMALL_BLOCKS * l->row_block) {
    pdtrtri_("L", "N", &n, l->values, &start, &start, l->descriptor, &info);
    PetscCheck(!info, l->grid->comm, PETSC_ERR_LIB, "PDTRTRI: info %d", info);
    PetscFunctionReturn(0);
  }
  PetscCall(invert_lower(l, first, half));
  PetscCall(invert_lower(l, first + half, rest));
  pdtrmm_("R", "L", "N", "N", &rest, &half, &minus, l->values, &start, &start, l->descriptor,
          l->values, &middle, &start, l->descriptor);
  pdtrmm_("L", "L", "N", "N", &rest, &half, &plus, l->values, &middle, &middle, l->descriptor,
          l->values, &middle, &start, l->descriptor);
  PetscFunctionReturn(0);
}

PetscErrorCode BlockCyclicInvertLower(BlockCyclic *l)
{
  PetscFunctionBegin;
  PetscCall(invert_lower(l, 0, l->n_rows));
  PetscFunctionReturn(0);
}

/* PDGEMR2D counts the bytes of its buffers in 32 bits, so columns are moved in slabs. */
PetscErrorCode BlockCyclicCopyBlock(const BlockCyclic *a, int64_t a_row, int64_t a_column,
                                    int64_t n_rows, int64_t n_columns, BlockCyclic *b,
                                    int64_t b_row, int64_t b_column)
{
  const int64_t most = (int64_t)1 << 26;
  const int64_t width = PetscMax(1, PetscMin(n_columns, most / PetscMax(1, n_rows)));

  PetscFunctionBegin;
  for (int64_t k = 0; k < n_columns; k += width) {
    Cpdgemr2d((int)n_rows, (int)PetscMin(width, n_columns - k), a->values, (int)a_row + 1,
              (int)(a_column + k) + 1, a->descriptor, b->values, (int)b_row + 1,
              (int)(b_column + k) + 1, b->descriptor, a->grid->context);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode BlockCyclicCopyColumns(const BlockCyclic *a, int64_t a_first, int64_t n_columns,
                                      BlockCyclic *b, int64_t b_first)
{
  PetscFunctionBegin;
  PetscCall(BlockCyclicCopyBlock(a, 0, a_first, a->n_rows, n_columns, b, 0, b_first));
  PetscFunctionReturn(0);
}

PetscErrorCode BlockCyclicShiftRows(const BlockCyclic *a, BlockCyclic *b)
{
  PetscFunctionBegin;
  PetscCall(BlockCyclicCopyBlock(a, 0, 0, a->n_rows - 1, a->n_columns, b, 1, 0));
  PetscFunctionReturn(0);
}

PetscErrorCode BlockCyclicCopy(const BlockCyclic *a, BlockCyclic *b)
{
  PetscFunctionBegin;
  PetscCall(BlockCyclicCopyColumns(a, 0, a->n_columns, b, 0));
  PetscFunctionReturn(0);
}

PetscErrorCode BlockCyclicToColumns(const BlockCyclic *a, int64_t block, double *columns)
{
  ProcessGrid grid;
  BlockCyclic by_column = {0};

  PetscFunctionBegin;
  PetscCall(ProcessGridCreateColumns(a->grid->comm, &grid));
  PetscCall(BlockCyclicCreate(&grid, a->n_rows, a->n_columns, a->n_rows, (int)block, &by_column));
  PetscCall(BlockCyclicCopy(a, &by_column));
  PetscCall(PetscArraycpy(columns, by_column.values,
                          (int64_t)by_column.local_columns * by_column.n_rows));
  PetscCall(BlockCyclicFree(&by_column));
  PetscCall(ProcessGridFree(&grid));
  PetscFunctionReturn(0);
}
