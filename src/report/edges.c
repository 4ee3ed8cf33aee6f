/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The true network of a run: SONATA edges, or a matrix. */
#include "run_files.h"

#include "causeway/error.h"
#include "causeway/internal/core/hdf5_file.h"
#include "causeway/internal/core/hdf5_find.h"
#include "causeway/npy.h"
#include "causeway/parameters.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK = 1 << 20 };

/* Of every neuron of the network its row among the scores, -1 for those that were not seen. */
typedef struct {
  int64_t n;
  int64_t *row;
  PetscBool by_id; /* the file of scores says which neurons they are */
} Rows;

static PetscErrorCode find_rows(const RunFiles *run, Rows *rows)
{
  const hsize_t zero = 0;
  hsize_t count[1] = {0};
  int64_t n, *index;
  PetscErrorCode status;
  hid_t file;

  SerialCall(HDF5FileOpen(run->causality, &file));
  status = DatasetRows(file, "/observed_neurons", 1, count, &n);
  rows->by_id = n < 0 ? PETSC_FALSE : PETSC_TRUE;
  rows->n = n < 0 ? run->n : 0;
  index = MemoryGrow(NULL, PetscMax(n, 0), sizeof(int64_t));
  if (n >= 0 && !status) {
    status = DatasetRead(file, "/observed_neurons", H5T_NATIVE_INT64, 1, &zero, count, index);
    for (int64_t k = 0; k < n && !status; k++) {
      if (index[k] < rows->n || index[k] >= INT32_MAX) {
        status = UserError("%s:/observed_neurons: does not ascend from 0 on, at entry %lld",
                           run->causality, (long long)k);
      }
      rows->n = index[k] + 1;
    }
    rows->n = status ? 0 : rows->n;
  }
  rows->row = MemoryGrow(NULL, rows->n, sizeof(int64_t));
  for (int64_t k = 0; k < rows->n; k++) {
    rows->row[k] = n < 0 ? k : -1;
  }
  for (int64_t k = 0; k < n && !status; k++) {
    rows->row[index[k]] = k;
  }
  free(index);
  (void)H5Fclose(file);
  return status;
}

static int64_t row_of(const Rows *rows, int64_t neuron)
{
  return neuron >= 0 && neuron < rows->n ? rows->row[neuron] : -1;
}

/* A population of edges. */
static PetscErrorCode visit_edges(hid_t file, const char *group, const Rows *rows, EdgeVisit visit,
                                  void *context)
{
  char path[3][PETSC_MAX_PATH_LEN];
  hsize_t dims[1], first[1] = {0};
  int64_t *source = MemoryGrow(NULL, BLOCK, sizeof(int64_t));
  int64_t *target = MemoryGrow(NULL, BLOCK, sizeof(int64_t));
  double *weight = MemoryGrow(NULL, BLOCK, sizeof(double));
  int64_t n = 0, n_weights = 0;
  PetscErrorCode status;
  PetscBool weighted;

  PathPrint(path[0], "%s/source_node_id", group);
  PathPrint(path[1], "%s/target_node_id", group);
  PathPrint(path[2], "%s/0/syn_weight", group);
  status = DatasetRows(file, path[0], 1, dims, &n);
  status = status ? status : DatasetRows(file, path[2], 1, dims, &n_weights);
  weighted = n_weights == n ? PETSC_TRUE : PETSC_FALSE;
  for (int64_t done = 0; done < n && !status; done += BLOCK) {
    const hsize_t count[1] = {(hsize_t)PetscMin(BLOCK, n - done)};

    first[0] = (hsize_t)done;
    status = DatasetRead(file, path[0], H5T_NATIVE_INT64, 1, first, count, source);
    status =
        status ? status : DatasetRead(file, path[1], H5T_NATIVE_INT64, 1, first, count, target);
    if (!status && weighted) {
      status = DatasetRead(file, path[2], H5T_NATIVE_DOUBLE, 1, first, count, weight);
    }
    for (hsize_t k = 0; k < count[0] && !status; k++) {
      const int64_t from = row_of(rows, source[k]), to = row_of(rows, target[k]);

      if (from >= 0 && to >= 0 && from != to) {
        visit(context, from, to, weighted && weight[k] < 0 ? -1 : 1);
      }
    }
  }
  free(weight);
  free(target);
  free(source);
  return status;
}

/* Row i of a matrix of n columns, in HDF5 or for NumPy. */
static PetscErrorCode read_row(hid_t file, const char *path, const Npy *npy, int64_t i, int64_t n,
                               double *row)
{
  const hsize_t first[2] = {(hsize_t)i, 0}, count[2] = {1, (hsize_t)n};

  return file >= 0 ? DatasetRead(file, path, H5T_NATIVE_DOUBLE, 2, first, count, row)
                   : NpyReadRows(path, npy, i, 1, row);
}

/* Ids of the n rows of a matrix that stand beside it; NULL for none. */
static PetscErrorCode read_ids(hid_t file, int64_t n, int64_t **id)
{
  static const char *const paths[] = {"/node_ids", "/observed_neurons"};
  const hsize_t zero = 0;
  hsize_t dims[1] = {0};

  *id = NULL;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(paths); k++) {
    int64_t n_ids;

    SerialCall(DatasetRows(file, paths[k], 1, dims, &n_ids));
    if (n_ids == n) {
      *id = MemoryGrow(NULL, n, sizeof(int64_t));
      return DatasetRead(file, paths[k], H5T_NATIVE_INT64, 1, &zero, dims, *id);
    }
  }
  return 0;
}

/* A matrix with targets as rows; n x n. id: (n) of its neurons, or NULL when they are numbered. */
static PetscErrorCode visit_matrix(hid_t file, const char *path, const Npy *npy, int64_t n,
                                   const int64_t *id, const Rows *rows, EdgeVisit visit,
                                   void *context)
{
  double *row = MemoryGrow(NULL, n, sizeof(double));
  PetscErrorCode status = 0;

  for (int64_t i = 0; i < n && !status; i++) {
    const int64_t to = row_of(rows, id ? id[i] : i);

    status = read_row(file, path, npy, i, n, row);
    for (int64_t j = 0; j < n && !status && to >= 0; j++) {
      const int64_t from = row_of(rows, id ? id[j] : j);

      if (from >= 0 && from != to && row[j] != 0) {
        visit(context, from, to, row[j] < 0 ? -1 : 1);
      }
    }
  }
  free(row);
  return status;
}

static PetscErrorCode visit_npy(const char *name, const Rows *rows, EdgeVisit visit, void *context)
{
  PetscErrorCode status;
  Npy npy;

  SerialCall(NpyReadHeader(name, &npy));
  if (npy.rows != npy.columns) {
    return UserError("%s: is %lld x %lld, no matrix of connections", name, (long long)npy.rows,
                     (long long)npy.columns);
  }
  SerialCall(NpyOpen(name, &npy));
  status = visit_matrix(H5I_INVALID_HID, name, &npy, npy.rows, NULL, rows, visit, context);
  NpyClose(&npy);
  return status;
}

/* A matrix, a population of edges, or of a file the first. */
static PetscErrorCode visit_network(hid_t file, const char *name, const char *path,
                                    const Rows *rows, EdgeVisit visit, void *context)
{
  hsize_t dims[2] = {0, 0};
  char group[PETSC_MAX_PATH_LEN];
  PetscBool found = PETSC_FALSE;
  int64_t n = -1, *id = NULL;
  PetscErrorCode status;

  if (path[0]) {
    PathPrint(group, "%s", path);
    SerialCall(DatasetRows(file, path, 2, dims, &n));
    SerialCall(HDF5Find(file, path, &found));
  } else {
    SerialCall(GroupFirst(file, "/edges", group));
    found = group[0] ? PETSC_TRUE : PETSC_FALSE;
  }
  if (n >= 0 && dims[0] == dims[1]) {
    status = rows->by_id ? read_ids(file, n, &id) : 0;
    status = status ? status : visit_matrix(file, path, NULL, n, id, rows, visit, context);
    free(id);
    return status;
  }
  return found ? visit_edges(file, group, rows, visit, context)
               : UserError("%s: has no network that a report can show", name);
}

static PetscErrorCode visit_hdf5(const char *name, const char *path, const Rows *rows,
                                 EdgeVisit visit, void *context)
{
  PetscErrorCode status;
  hid_t file;

  SerialCall(HDF5FileOpen(name, &file));
  status = visit_network(file, name, path, rows, visit, context);
  (void)H5Fclose(file);
  return status;
}

PetscErrorCode EdgesVisit(const RunFiles *run, EdgeVisit visit, void *context)
{
  char name[PETSC_MAX_PATH_LEN], path[PETSC_MAX_PATH_LEN];
  PetscErrorCode status;
  Rows rows = {0, NULL, PETSC_FALSE};

  (void)ParseFilePath(run->truth, PETSC_MAX_PATH_LEN, name, path);
  status = find_rows(run, &rows);
  if (!status) {
    status = NpyIs(name) ? visit_npy(name, &rows, visit, context)
                         : visit_hdf5(name, path, &rows, visit, context);
  }
  free(rows.row);
  return status;
}
