/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Eigenvalues and vectors of symmetric matrices of all sizes, smaller and larger than a block, singular ones too. */
#include "check.h"

#include "causeway/internal/linalg/decompositions.h"

enum { BLOCK = 64 };

/* Entry of a Gram matrix of that rank, the same in every layout. */
static double entry(int n, int rank, int i, int j)
{
  double sum = 0;

  for (int k = 0; k < rank; k++) {
    sum += sin(1.0 + 37.0 * i + 11.0 * k + i * k) * sin(1.0 + 37.0 * j + 11.0 * k + j * k);
  }
  return sum / n;
}

static PetscErrorCode test_size(const ProcessGrid *grid, int n, int rank)
{
  BlockCyclic a, kept, vectors, product, square;
  double *values, worst = 0, worst_of_vectors = 0;

  PetscFunctionBegin;
  PetscCall(BlockCyclicCreate(grid, n, n, BLOCK, BLOCK, &a));
  PetscCall(BlockCyclicCreate(grid, n, n, BLOCK, BLOCK, &kept));
  PetscCall(BlockCyclicCreate(grid, n, n, BLOCK, BLOCK, &vectors));
  PetscCall(BlockCyclicCreate(grid, n, n, BLOCK, BLOCK, &product));
  PetscCall(BlockCyclicCreate(grid, n, n, BLOCK, BLOCK, &square));
  PetscCall(PetscMalloc1(n, &values));
  for (int64_t j = 0; j < a.local_columns; j++) {
    const int64_t column = BlockCyclicGlobal(j, BLOCK, grid->column, grid->columns);

    for (int64_t i = 0; i < a.local_rows; i++) {
      const int64_t row = BlockCyclicGlobal(i, BLOCK, grid->row, grid->rows);
      const int64_t at = i + j * (int64_t)a.leading;

      kept.values[at] = entry(n, rank, (int)row, (int)column);
      a.values[at] = row >= column ? kept.values[at] : NAN; /* the lower triangle counts */
    }
  }
  PetscCall(BlockCyclicEigen(&a, values, &vectors));
  for (int k = 1; k < n; k++) {
    CHECK(values[k] >= values[k - 1], "n = %d: value %d is %g after %g", n, k, values[k],
          values[k - 1]);
  }
  PetscCall(BlockCyclicMultiply(PETSC_FALSE, PETSC_FALSE, 1.0, &kept, &vectors, 0.0, &product));
  PetscCall(BlockCyclicMultiply(PETSC_TRUE, PETSC_FALSE, 1.0, &vectors, &vectors, 0.0, &square));
  for (int64_t j = 0; j < a.local_columns; j++) {
    const int64_t column = BlockCyclicGlobal(j, BLOCK, grid->column, grid->columns);

    for (int64_t i = 0; i < a.local_rows; i++) {
      const int64_t row = BlockCyclicGlobal(i, BLOCK, grid->row, grid->rows);
      const int64_t at = i + j * (int64_t)a.leading;

      worst = fmax(worst, fabs(product.values[at] - values[column] * vectors.values[at]));
      worst_of_vectors = fmax(worst_of_vectors, fabs(square.values[at] - (row == column ? 1 : 0)));
    }
  }
  CHECK(worst < 1e-12 * (1.0 + values[n - 1]) && worst_of_vectors < 1e-12,
        "n = %d of rank %d: A v - value v is %g, V'V - I %g", n, rank, worst, worst_of_vectors);
  PetscCall(PetscFree(values));
  PetscCall(BlockCyclicFree(&square));
  PetscCall(BlockCyclicFree(&product));
  PetscCall(BlockCyclicFree(&vectors));
  PetscCall(BlockCyclicFree(&kept));
  PetscCall(BlockCyclicFree(&a));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  ProcessGrid square, columns;

  check_begin(&argc, &argv);
  PetscCall(ProcessGridCreate(PETSC_COMM_WORLD, &square));
  PetscCall(ProcessGridCreateColumns(PETSC_COMM_WORLD, &columns));
  for (int n = 1; n < 200; n += n < 70 ? 1 : 13) {
    PetscCall(test_size(&square, n, n));
    PetscCall(test_size(&columns, n, n > 4 ? n - 3 : n));
  }
  PetscCall(ProcessGridFree(&columns));
  PetscCall(ProcessGridFree(&square));
  return check_end();
}
