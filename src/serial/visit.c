/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Pairs of a file, a block at a time. */
#include "causeway/internal/serial/score_file.h"

#include "causeway/error.h"

#include <math.h>
#include <stdlib.h>

enum { BLOCK_ENTRIES = 1 << 19 };

/* Columns of one block; those that a file has not are NULL. */
typedef struct {
  double *value[N_COLUMNS];
  int64_t *source; /* of sparse pairs */
} Block;

static void block_make(const Scores *s, int64_t n_entries, Block *block)
{
  *block = (Block){0};
  for (int k = 0; k < N_COLUMNS; k++) {
    if (ScoresHave(s, k)) {
      block->value[k] = MemoryGrow(NULL, n_entries, sizeof(double));
    }
  }
  if (s->is_sparse) {
    block->source = MemoryGrow(NULL, n_entries, sizeof(int64_t));
  }
}

static void block_free(Block *block)
{
  for (int k = 0; k < N_COLUMNS; k++) {
    free(block->value[k]);
  }
  free(block->source);
}

int64_t ScoresBlockRows(const Scores *s)
{
  return PetscMax(1, BLOCK_ENTRIES / s->n);
}

static PetscErrorCode read_box(const Scores *s, hid_t dataset, hid_t type, int n_dims,
                               const hsize_t first[], const hsize_t count[], void *values)
{
  hid_t space = H5Dget_space(dataset), memory = H5Screate_simple(n_dims, count, NULL);
  herr_t result = H5Sselect_hyperslab(space, H5S_SELECT_SET, first, NULL, count, NULL) < 0
                      ? -1
                      : H5Dread(dataset, type, memory, space, H5P_DEFAULT, values);

  (void)H5Sclose(memory);
  (void)H5Sclose(space);
  return result < 0 ? UserError("%s:%s: cannot read it, the file may be damaged", s->file, s->path)
                    : 0;
}

PetscErrorCode ScoresReadRows(const Scores *s, int column, int64_t first, int64_t n_rows,
                              double *values)
{
  const hsize_t corner[2] = {(hsize_t)first, 0}, count[2] = {(hsize_t)n_rows, (hsize_t)s->n};

  if (s->is_npy) {
    return NpyReadRows(s->file, &s->npy, first, n_rows, values);
  }
  return read_box(s, s->dataset[s->is_self[column] ? COLUMN_SCORE : column], H5T_NATIVE_DOUBLE, 2,
                  corner, count, values);
}

static int sign_of(double value)
{
  return value > 0 ? 1 : -(value < 0);
}

/* Entry `at` of a block, handed on unless it is no edge. */
static void visit_entry(const Scores *s, const Block *block, int64_t at, int64_t target,
                        int64_t source, PairVisit visit, void *context)
{
  const double score = block->value[COLUMN_SCORE][at];
  Pair pair = {.source = source, .target = target, .score = score, .p_value = NAN};
  double *const of_coupling[] = {
      [COLUMN_LATENCY] = &pair.latency, [COLUMN_Z] = &pair.z, [COLUMN_Q_VALUE] = &pair.q_value};

  if (source == target || isnan(score) || (score == 0 && s->sense != SENSE_SMALLER)) {
    return;
  }
  if (block->value[COLUMN_P_VALUE]) {
    pair.p_value = block->value[COLUMN_P_VALUE][at];
    pair.significant = pair.p_value <= s->largest_p;
  }
  if (block->value[COLUMN_MASK]) {
    pair.significant = block->value[COLUMN_MASK][at] != 0;
  }
  if (block->value[COLUMN_EFFECT]) {
    pair.sign = sign_of(block->value[COLUMN_EFFECT][at]);
  }
  for (int k = COLUMN_LATENCY; k < N_COLUMNS; k++) {
    *of_coupling[k] = block->value[k] ? block->value[k][at] : NAN;
  }
  visit(context, &pair);
}

static PetscErrorCode visit_matrix(const Scores *s, PairVisit visit, void *context)
{
  const int64_t rows = PetscMin(s->n, ScoresBlockRows(s));
  PetscErrorCode status = 0;
  Block block;

  block_make(s, rows * s->n, &block);
  for (int64_t first = 0; first < s->n && !status; first += rows) {
    const int64_t n_rows = PetscMin(rows, s->n - first);

    for (int k = 0; k < N_COLUMNS && !status; k++) {
      if (block.value[k]) {
        status = ScoresReadRows(s, k, first, n_rows, block.value[k]);
      }
    }
    for (int64_t i = 0; i < n_rows && !status; i++) {
      for (int64_t j = 0; j < s->n; j++) {
        visit_entry(s, &block, i * s->n + j, first + i, j, visit, context);
      }
    }
  }
  block_free(&block);
  return status;
}

static PetscErrorCode read_entries(const Scores *s, int64_t first, int64_t n, Block *block)
{
  const hsize_t corner = (hsize_t)first, count = (hsize_t)n;

  SerialCall(read_box(s, s->source, H5T_NATIVE_INT64, 1, &corner, &count, block->source));
  for (int k = 0; k < N_COLUMNS; k++) {
    if (block->value[k]) {
      SerialCall(
          read_box(s, s->dataset[k], H5T_NATIVE_DOUBLE, 1, &corner, &count, block->value[k]));
    }
  }
  for (int64_t at = 0; at < n; at++) {
    if (block->source[at] < 0 || block->source[at] >= s->n) {
      return UserError("%s:%s: is damaged: pair %lld has the source %lld of %lld neurons", s->file,
                       s->path, (long long)(first + at), (long long)block->source[at],
                       (long long)s->n);
    }
  }
  return 0;
}

static PetscErrorCode visit_sparse(const Scores *s, PairVisit visit, void *context)
{
  PetscErrorCode status = 0;
  int64_t target = 0;
  Block block;

  block_make(s, PetscMin(s->n_entries, BLOCK_ENTRIES), &block);
  for (int64_t first = 0; first < s->n_entries && !status; first += BLOCK_ENTRIES) {
    const int64_t n = PetscMin(BLOCK_ENTRIES, s->n_entries - first);

    status = read_entries(s, first, n, &block);
    for (int64_t at = 0; at < n && !status; at++) {
      while (s->offset[target + 1] <= first + at) {
        target++;
      }
      visit_entry(s, &block, at, target, block.source[at], visit, context);
    }
  }
  block_free(&block);
  return status;
}

PetscErrorCode ScoresVisit(const Scores *s, PairVisit visit, void *context)
{
  return s->is_sparse ? visit_sparse(s, visit, context) : visit_matrix(s, visit, context);
}
