/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Lists the matrices over pairs in a file: scores of this program, networks and scores of other programs. */
#include "causeway/score_matrix.h"

#include "causeway/causality.h"
#include "causeway/error.h"

#include "causeway/internal/io/matrix_layout.h"

#include <stdio.h>
#include <string.h>

typedef struct {
  Uses *uses;
  const char *file;
  PetscBool is_ours;
} Search;

enum { LINE = 2 * PETSC_MAX_PATH_LEN + 64 };

/* Adds a matrix of another program, which may be connections or scores. */
static PetscErrorCode add_square(Search *s, const char *path, const char *text)
{
  char options[2 * LINE];

  PetscFunctionBegin;
  (void)snprintf(options, sizeof(options),
                 "-network_type file -network_file %s:%s (or -truth %s:%s)", s->file, path, s->file,
                 path);
  PetscCall(UsesAdd(s->uses, USE_NETWORK, path, options, text));
  (void)snprintf(options, sizeof(options), "-scores %s:%s", s->file, path);
  PetscCall(UsesAdd(s->uses, USE_SCORES, path, options, text));
  PetscFunctionReturn(0);
}

/* Adds a matrix of this program, whose attributes describe it. */
static PetscErrorCode add_ours(Search *s, DataFile file, const char *path, const int64_t dims[])
{
  char role[32] = "", sense[32] = "", rows[32] = "", options[LINE], text[256];

  PetscFunctionBegin;
  PetscCall(DataFileGetString(file, path, "role", sizeof(role), role, NULL));
  PetscCall(DataFileGetString(file, path, "sense", sizeof(sense), sense, NULL));
  PetscCall(DataFileGetString(file, path, "rows", sizeof(rows), rows, NULL));
  if (role[0] && strcmp(rows, SCORES_OF_GROUPS) != 0) { /* nothing compares groups with a truth */
    (void)snprintf(options, sizeof(options), "-scores %s:%s", s->file, path);
    (void)snprintf(text, sizeof(text), "%lld x %lld, role %s, sense %s", (long long)dims[0],
                   (long long)dims[1], role, sense);
    PetscCall(UsesAdd(s->uses, USE_SCORES, path, options, text));
  }
  PetscFunctionReturn(0);
}

/* Adds a selection of pairs by this program, by the group with the offsets of the rows. */
static PetscErrorCode add_pairs(Search *s, DataFile file, const char *offsets)
{
  char group[PETSC_MAX_PATH_LEN], options[LINE], text[256];
  int64_t dims[DATAFILE_MAX_DIMS];
  int n_dims = 0;

  PetscFunctionBegin;
  PetscCall(PetscStrncpy(group, offsets, (size_t)(strrchr(offsets, '/') - offsets) + 1));
  PetscCall(DataFileDims(file, offsets, &n_dims, dims, NULL));
  (void)snprintf(options, sizeof(options), "-scores %s:%s", s->file, group);
  (void)snprintf(text, sizeof(text), "scores of a selection of pairs, %lld neurons",
                 (long long)(n_dims == 1 ? dims[0] - 1 : 0));
  PetscCall(UsesAdd(s->uses, USE_SCORES, group, options, text));
  PetscFunctionReturn(0);
}

static PetscErrorCode visit_dataset(DataFile file, const char *path, void *context)
{
  static const char offsets[] = "/row_offset";
  const size_t length = strlen(path), ending = strlen(offsets);
  Search *s = context;
  int64_t dims[DATAFILE_MAX_DIMS];
  char text[256];
  int n_dims = 0;
  PetscErrorCode status;

  PetscFunctionBegin;
  if (s->is_ours && length > ending && !strcmp(path + length - ending, offsets)) {
    PetscCall(add_pairs(s, file, path));
    PetscFunctionReturn(0);
  }
  status = DataFileDims(file, path, &n_dims, dims, NULL);
  if (status == CAUSEWAY_ERR_USER) {
    PetscFunctionReturn(0); /* cannot be read; DataFileObstacles() says why */
  }
  PetscCall(status);
  if (n_dims == 2 && dims[0] == dims[1] && dims[0] > 1) {
    (void)snprintf(text, sizeof(text), "matrix of %lld x %lld, rows targets, columns sources",
                   (long long)dims[0], (long long)dims[1]);
    PetscCall(s->is_ours ? add_ours(s, file, path, dims) : add_square(s, path, text));
  }
  PetscFunctionReturn(0);
}

/* Adds sparse matrices of AnnData, scipy and MATLAB. */
static PetscErrorCode visit_group(DataFile file, const char *path, void *context)
{
  static const char *const words[] = {[SPARSE_ROWS] = "compressed rows",
                                      [SPARSE_COLUMNS] = "compressed columns",
                                      [SPARSE_MATLAB] = "compressed columns of MATLAB"};
  Search *s = context;
  char options[2 * LINE], text[256];
  SparseKind kind;
  PetscErrorCode status = DataFileSparseKind(file, path, &kind);

  PetscFunctionBegin;
  if (status == CAUSEWAY_ERR_USER) {
    PetscCall(UsesAdd(s->uses, USE_NONE, path, "", UserErrorMessage()));
    PetscFunctionReturn(0);
  }
  PetscCall(status);
  if (kind != SPARSE_NONE) {
    (void)snprintf(options, sizeof(options),
                   "-network_type file -network_file %s:%s (or -truth %s:%s)", s->file, path,
                   s->file, path);
    (void)snprintf(text, sizeof(text), "sparse matrix in %s, rows targets, columns sources",
                   words[kind]);
    PetscCall(UsesAdd(s->uses, USE_NETWORK, path, options, text));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode add_npy(MPI_Comm comm, const char *file, Uses *uses)
{
  char options[LINE], text[128];
  ScoreMatrix matrix;
  PetscErrorCode status = ScoreMatrixOpen(comm, file, SENSE_UNKNOWN, &matrix);

  PetscFunctionBegin;
  if (status == CAUSEWAY_ERR_USER) {
    PetscFunctionReturn(0); /* not square */
  }
  PetscCall(status);
  (void)snprintf(text, sizeof(text), "matrix of %lld x %lld, rows targets, columns sources",
                 (long long)matrix.partition.n_global, (long long)matrix.partition.n_global);
  (void)snprintf(options, sizeof(options), "-truth %s", file);
  PetscCall(UsesAdd(uses, USE_NETWORK, "", options, text));
  (void)snprintf(options, sizeof(options), "-scores %s", file);
  PetscCall(UsesAdd(uses, USE_SCORES, "", options, text));
  PetscFunctionReturn(0);
}

PetscErrorCode ScoreUses(MPI_Comm comm, const char *name, PetscBool is_hdf5, Uses *uses)
{
  Search search = {uses, name, PETSC_FALSE};
  char program[32] = "";
  DataFile file;

  PetscFunctionBegin;
  if (!is_hdf5) {
    PetscCall(add_npy(comm, name, uses));
    PetscFunctionReturn(0);
  }
  PetscCall(DataFileOpen(comm, name, &file));
  PetscCall(DataFileGetString(file, "/", "program", sizeof(program), program, NULL));
  search.is_ours = strcmp(program, "causeway") ? PETSC_FALSE : PETSC_TRUE;
  PetscCall(DataFileVisit(file, PETSC_TRUE, visit_dataset, &search));
  if (!search.is_ours) {
    PetscCall(DataFileVisit(file, PETSC_FALSE, visit_group, &search));
  }
  PetscCall(DataFileClose(&file));
  PetscFunctionReturn(0);
}
