/* SPDX-License-Identifier: GPL-3.0-or-later */

/* State-space and spectral causality of autoregressions against values known in closed form. */
#include "check.h"

#include "var/state_space.h"

static void set_entry(BlockCyclic *a, int64_t row, int64_t column, double value)
{
  const int64_t i = BlockCyclicLocal(row, a->row_block, a->grid->row, a->grid->rows);
  const int64_t j = BlockCyclicLocal(column, a->column_block, a->grid->column, a->grid->columns);

  if (i >= 0 && j >= 0) {
    a->values[i + j * (int64_t)a->leading] = value;
  }
}

/* The causality of every pair, gc (n_local, N), to which its bands, none of them negative, must add up. */
static PetscErrorCode check_bands(const StateSpace *state, const Partition *part, double *gc)
{
  enum { BANDS = 5 };
  const double edges[BANDS + 1] = {0.0, 0.01, 0.1, 0.17, 0.3, 0.5};
  const int64_t length = part->n_local * part->n_global;
  double *band, *sum;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(length, &band));
  PetscCall(PetscCalloc1(length, &sum));
  PetscCall(StateSpaceGc(state, part, gc));
  for (int k = 0; k < BANDS; k++) {
    PetscCall(SpectralGc(state, edges[k], edges[k + 1], part, band));
    for (int64_t m = 0; m < length; m++) {
      CHECK(band[m] >= -1e-15, "a band has causality %g", band[m]);
      sum[m] += band[m];
    }
  }
  for (int64_t m = 0; m < length; m++) {
    CHECK_CLOSE(sum[m], gc[m], 1e-10);
  }
  PetscCall(PetscFree(band));
  PetscCall(PetscFree(sum));
  PetscFunctionReturn(0);
}

/* x(t) = a x(t-1) + c y(t-1) + e, y(t) = b y(t-1) + h with unit noise, and an independent z: the causality from y to x is
   log of half of q + sqrt(q^2 - 4 b^2), q = 1 + b^2 + c^2 (Barnett & Seth 2015, section III D). */
static PetscErrorCode test_bivariate(const ProcessGrid *grid, double a, double b, double c,
                                     int order)
{
  enum { N = 3 };
  const double q = 1.0 + b * b + c * c, expected = log(0.5 * (q + sqrt(q * q - 4.0 * b * b)));
  double *gc;
  Partition part;
  VarModel model;
  StateSpace state;

  PetscFunctionBegin;
  PetscCall(PartitionMake(PETSC_COMM_WORLD, N, &part));
  PetscCall(VarModelCreate(grid, N, 1, order, &model));
  PetscCall(BlockCyclicIdentity(&model.factor));
  set_entry(&model.lags[0], 0, 0, a);
  set_entry(&model.lags[0], 1, 1, b);
  set_entry(&model.lags[0], 0, 1, c);
  set_entry(&model.lags[0], 2, 2, 0.3);
  PetscCall(StateSpaceCreate(&model, NULL, &state));
  PetscCall(PetscMalloc1(part.n_local * N, &gc));
  PetscCall(check_bands(&state, &part, gc));
  for (int64_t i = 0; i < part.n_local; i++) {
    for (int j = 0; j < N; j++) {
      const double want = part.first + i == 0 && j == 1 ? expected : 0.0;

      CHECK_CLOSE(gc[i * N + j], want, 1e-14);
    }
  }
  PetscCall(PetscFree(gc));
  PetscCall(StateSpaceFree(&state));
  PetscCall(VarModelFree(&model));
  PetscFunctionReturn(0);
}

/* Bands add up for any model: here all neurons are coupled and their noise is correlated. */
static PetscErrorCode test_sum_of_bands(const ProcessGrid *grid, int order)
{
  enum { N = 6 };
  double *gc;
  Partition part;
  VarModel model;
  StateSpace state;

  PetscFunctionBegin;
  PetscCall(PartitionMake(PETSC_COMM_WORLD, N, &part));
  PetscCall(VarModelCreate(grid, N, 1, order, &model));
  PetscCall(BlockCyclicIdentity(&model.factor));
  for (int i = 0; i < N; i++) {
    for (int j = 0; j < N; j++) {
      for (int k = 0; k < order; k++) {
        set_entry(&model.lags[k], i, j,
                  (i == j ? 0.4 : 0.25 * sin(7.0 * i + 3.0 * j + k)) / (k + 1));
      }
      if (j < i) {
        set_entry(&model.factor, i, j, 0.5 * cos(5.0 * i + 2.0 * j));
      }
    }
  }
  PetscCall(StateSpaceCreate(&model, NULL, &state));
  PetscCall(PetscMalloc1(part.n_local * N, &gc));
  PetscCall(check_bands(&state, &part, gc));
  PetscCall(PetscFree(gc));
  PetscCall(StateSpaceFree(&state));
  PetscCall(VarModelFree(&model));
  PetscFunctionReturn(0);
}

/* A band of a model whose spectral causality is known in closed form: b = 0 makes y white, and
   f(w) = log(1 + c^2 / 1) at all frequencies. */
static PetscErrorCode test_flat_spectrum(const ProcessGrid *grid)
{
  const double c = 0.7;
  double *gc;
  Partition part;
  VarModel model;
  StateSpace state;

  PetscFunctionBegin;
  PetscCall(PartitionMake(PETSC_COMM_WORLD, 2, &part));
  PetscCall(VarModelCreate(grid, 2, 1, 1, &model));
  PetscCall(BlockCyclicIdentity(&model.factor));
  set_entry(&model.lags[0], 0, 1, c);
  PetscCall(StateSpaceCreate(&model, NULL, &state));
  PetscCall(PetscMalloc1(part.n_local * 2, &gc));
  PetscCall(SpectralGc(&state, 0.1, 0.35, &part, gc));
  for (int64_t i = 0; i < part.n_local; i++) {
    CHECK_CLOSE(gc[i * 2 + 1], part.first + i == 0 ? 0.5 * log1p(c * c) : 0.0, 1e-14);
  }
  PetscCall(PetscFree(gc));
  PetscCall(StateSpaceFree(&state));
  PetscCall(VarModelFree(&model));
  PetscFunctionReturn(0);
}

/* Radii of known companion matrices: a damped rotation over two neurons, a root at lag 2, a nilpotent one. */
static PetscErrorCode test_radius(const ProcessGrid *grid)
{
  const double rotation[2][2] = {{0.6, -0.7}, {0.7, 0.6}};
  VarModel model;
  double radius;

  PetscFunctionBegin;
  PetscCall(VarModelCreate(grid, 2, 1, 1, &model));
  for (int k = 0; k < 4; k++) {
    set_entry(&model.lags[0], k / 2, k % 2, rotation[k / 2][k % 2]);
  }
  PetscCall(VarModelRadius(&model, 0.95, &radius));
  CHECK_CLOSE(radius, sqrt(0.85), 0.01);
  PetscCall(VarModelFree(&model));
  PetscCall(VarModelCreate(grid, 3, 1, 2, &model));
  for (int k = 0; k < 3; k++) {
    set_entry(&model.lags[1], k, k, 1.02 - 0.1 * k);
  }
  PetscCall(VarModelRadius(&model, 0.99, &radius));
  CHECK_CLOSE(radius, sqrt(1.02), 0.005);
  PetscCall(VarModelFree(&model));
  PetscCall(VarModelCreate(grid, 2, 1, 1, &model));
  set_entry(&model.lags[0], 0, 1, 5.0);
  PetscCall(VarModelRadius(&model, 0.99, &radius));
  CHECK_CLOSE(radius, 0.0, 0.0);
  PetscCall(VarModelFree(&model));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  ProcessGrid grid;

  check_begin(&argc, &argv);
  PetscCall(ProcessGridCreate(PETSC_COMM_WORLD, &grid));
  for (int order = 1; order <= 3; order++) {
    CHECK(!test_bivariate(&grid, 0.5, 0.7, 0.4, order), "%s", UserErrorMessage());
    CHECK(!test_bivariate(&grid, 0.9, -0.3, 1.2, order), "%s", UserErrorMessage());
  }
  for (int order = 1; order <= 3; order++) {
    CHECK(!test_sum_of_bands(&grid, order), "%s", UserErrorMessage());
  }
  CHECK(!test_flat_spectrum(&grid), "%s", UserErrorMessage());
  CHECK(!test_radius(&grid), "%s", UserErrorMessage());
  PetscCall(ProcessGridFree(&grid));
  return check_end();
}
