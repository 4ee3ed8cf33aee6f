/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Networks from files: dense matrices here, SONATA edges and sparse matrices beside. */
#include "network_impl.h"

#include "causeway/error.h"
#include "causeway/npy.h"

#include <math.h>
#include <string.h>

static int64_t block_rounds(int64_t n, int64_t block)
{
  return (n + block - 1) / block;
}

/* Rows of a dense matrix that one transfer reads. */
static int64_t dense_block(int64_t n_global)
{
  return PetscMax(1, NETWORK_BLOCK / n_global);
}

static PetscErrorCode append_dense_rows(Network network, const char *name, int64_t first_row,
                                        int64_t n_rows, const double *rows, int64_t *count)
{
  const int64_t n = network->partition.n_global;

  for (int64_t i = 0; i < n_rows; i++) {
    for (int64_t j = 0; j < n; j++) {
      double weight = rows[i * n + j];

      if (!isfinite((float)weight)) {
        return UserError("%s: entry [%lld, %lld] is not finite", name,
                         (long long)(network->partition.first + first_row + i), (long long)j);
      }
      if (weight != 0.0) {
        PetscErrorCode status = NetworkAppend(
            network, *count,
            (Synapse){(int32_t)j, (float)weight, NetworkDefaultDelay(network, weight)});

        if (status) {
          return status;
        }
        (*count)++;
      }
    }
    network->row_start[first_row + i + 1] = *count;
  }
  return 0;
}

/* Where the rows of a dense matrix are read from. */
typedef struct {
  const char *name; /* for messages */
  DataFile file;    /* NULL for an array of NumPy */
  const char *path;
  const Npy *npy;
} DenseSource;

static PetscErrorCode read_dense_rows(const DenseSource *source, const int64_t first[2],
                                      const int64_t shape[2], double *rows)
{
  PetscFunctionBegin;
  if (source->file) {
    PetscCall(DataFileRead(source->file, source->path, DATA_FLOAT64, first, shape, rows));
    PetscFunctionReturn(0);
  }
  PetscFunctionReturn(NpyReadRows(source->name, source->npy, first[0], shape[0], rows));
}

static PetscErrorCode read_dense(Network network, const DenseSource *source, const int64_t dims[2])
{
  int64_t count = 0, block, n_local;
  double *rows;
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  UserCheck(dims[0] == dims[1] && dims[0] > 0,
            "%s: is %lld x %lld; a connection matrix is square, rows targets, columns sources",
            source->name, (long long)dims[0], (long long)dims[1]);
  UserCheck(dims[0] <= INT32_MAX, "%s: more than 2^31 neurons", source->name);
  PetscCall(NetworkSetSize(network, dims[0]));
  block = dense_block(dims[0]);
  n_local = network->partition.n_local;
  PetscCall(PetscMalloc1(PetscMin(block, network->partition.block) * dims[0], &rows));
  for (int64_t round = 0; round < block_rounds(network->partition.block, block); round++) {
    int64_t first_row = PetscMin(round * block, n_local);
    int64_t n_rows = PetscMin(block, n_local - first_row);
    int64_t first[2] = {network->partition.first + first_row, 0}, shape[2] = {n_rows, dims[1]};

    PetscCall(ErrorAgree(network->comm, read_dense_rows(source, first, shape, rows)));
    if (!status) {
      status = append_dense_rows(network, source->name, first_row, n_rows, rows, &count);
    }
  }
  PetscCall(PetscFree(rows));
  PetscCall(ErrorAgree(network->comm, status));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_dataset(Network network, DataFile file, const char *path)
{
  char name[2 * PETSC_MAX_PATH_LEN];
  int64_t dims[2];

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(name, sizeof(name), "%s:%s", DataFileName(file), path));
  PetscCall(DataFileShape(file, path, 2, dims));
  PetscCall(read_dense(network, &(DenseSource){.name = name, .file = file, .path = path}, dims));
  PetscFunctionReturn(0);
}

/* Of the populations that a file of ours names: names, and which are inhibitory. */
static PetscErrorCode name_populations(Network network, const uint8_t inhibitory[], char *names)
{
  char *rest = names, *word;

  PetscFunctionBegin;
  network->n_populations = 0;
  while ((word = strsep(&rest, ",")) && network->n_populations < NETWORK_MAX_POPULATIONS) {
    Population *p = &network->populations[network->n_populations++];

    *p = (Population){.size = 0};
    PetscCall(PetscStrncpy(p->name, word, sizeof(p->name)));
  }
  for (int64_t j = 0; j < network->partition.n_global; j++) {
    UserCheck(network->population[j] < network->n_populations,
              "neuron %lld is of population %d, but the file names %d", (long long)j,
              network->population[j], network->n_populations);
    network->populations[network->population[j]].inhibitory = inhibitory[j];
  }
  PetscFunctionReturn(0);
}

/* The kinds that a file of ours names; PETSC_FALSE when it does not. */
static PetscErrorCode read_kinds(Network network, DataFile file, PetscBool *found)
{
  char group[PETSC_MAX_PATH_LEN], kinds[PETSC_MAX_PATH_LEN], path[PETSC_MAX_PATH_LEN];
  char names[PETSC_MAX_PATH_LEN] = "";
  const int64_t zero = 0, n = network->partition.n_global;
  PetscBool named = PETSC_FALSE;
  uint8_t *inhibitory;

  PetscFunctionBegin;
  PetscCall(DataFileIsGroup(file, "/nodes", found));
  if (*found) {
    PetscCall(DataFileOnlyChild(file, "/nodes", sizeof(group), group));
    PetscCall(PetscSNPrintf(kinds, sizeof(kinds), "%s/0/inhibitory", group));
    PetscCall(PetscSNPrintf(path, sizeof(path), "%s/0/population", group));
    PetscCall(DataFileIsDataset(file, kinds, found));
  }
  if (!*found) {
    PetscFunctionReturn(0);
  }
  PetscCall(DataFileIsDataset(file, path, &named));
  if (named) {
    PetscCall(DataFileGetString(file, path, "names", sizeof(names), names, &named));
  }
  if (!named) {
    PetscCall(DataFileRead(file, kinds, DATA_UINT8, &zero, &n, network->population));
    PetscFunctionReturn(0);
  }
  PetscCall(PetscMalloc1(n, &inhibitory));
  PetscCall(DataFileRead(file, kinds, DATA_UINT8, &zero, &n, inhibitory));
  PetscCall(DataFileRead(file, path, DATA_UINT8, &zero, &n, network->population));
  PetscCall(name_populations(network, inhibitory, names));
  PetscCall(PetscFree(inhibitory));
  PetscFunctionReturn(0);
}

/* A neuron with a negative synapse counts as inhibitory. */
static PetscErrorCode classify_neurons(Network network)
{
  PetscFunctionBegin;
  for (int64_t k = 0; k < network->row_start[network->partition.n_local]; k++) {
    if (network->weights[k] < 0) {
      network->population[network->ends[k]] = 1;
    }
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, network->population, (int)network->partition.n_global,
                             MPI_UINT8_T, MPI_MAX, network->comm));
  PetscFunctionReturn(0);
}

static PetscErrorCode finish_loading(Network network, PetscBool has_kinds)
{
  PetscFunctionBegin;
  if (!has_kinds) {
    PetscCall(classify_neurons(network));
  }
  for (int p = 0; p < network->n_populations; p++) {
    network->populations[p].size = 0;
  }
  for (int64_t j = 0; j < network->partition.n_global; j++) {
    network->populations[network->population[j]].size++;
  }
  PetscCall(NetworkFinish(network));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_open_file(Network network, DataFile file, const char *path)
{
  char pointers[PETSC_MAX_PATH_LEN];
  PetscBool dense, group, csr, has_kinds = PETSC_FALSE;

  PetscFunctionBegin;
  PetscCall(DataFileIsDataset(file, path, &dense));
  PetscCall(DataFileIsGroup(file, path[0] ? path : "/edges", &group));
  UserCheck(dense || group, "%s: has no %s%s", DataFileName(file), path[0] ? path : "/edges",
            path[0] ? "" : "; name a dataset as FILE.h5:/path");
  PetscCall(PetscSNPrintf(pointers, sizeof(pointers), "%s/indptr", path));
  PetscCall(DataFileIsDataset(file, pointers, &csr));
  if (dense) {
    PetscCall(read_dataset(network, file, path));
  } else if (csr) {
    PetscCall(NetworkReadCsr(network, file, path));
  } else {
    PetscCall(NetworkReadSonata(network, file, path));
    PetscCall(read_kinds(network, file, &has_kinds));
  }
  PetscCall(finish_loading(network, has_kinds));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_npy(Network network, const char *name, const char *path)
{
  Npy npy = {.part.descriptor = -1};
  PetscErrorCode status = 0;
  int64_t dims[2];
  int rank;

  PetscFunctionBegin;
  UserCheck(!path[0], "%s: is an array of NumPy, in which there is no %s; leave it out", name,
            path);
  PetscCallMPI(MPI_Comm_rank(network->comm, &rank));
  if (rank == 0) {
    status = NpyReadHeader(name, &npy);
  }
  PetscCall(ErrorAgree(network->comm, status));
  PetscCallMPI(MPI_Bcast(&npy, (int)sizeof(npy), MPI_BYTE, 0, network->comm));
  PetscCall(ErrorAgree(network->comm, NpyOpen(name, &npy)));
  dims[0] = npy.rows;
  dims[1] = npy.columns;
  status = read_dense(network, &(DenseSource){.name = name, .npy = &npy}, dims);
  NpyClose(&npy);
  PetscCall(status);
  PetscCall(finish_loading(network, PETSC_FALSE));
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkLoad(Network network, const char *specification)
{
  char name[PETSC_MAX_PATH_LEN], path[PETSC_MAX_PATH_LEN];
  DataFile file;
  PetscErrorCode status;
  int rank, is_npy = 0;

  PetscFunctionBegin;
  PetscCall(ParseFilePath(specification, PETSC_MAX_PATH_LEN, name, path));
  PetscCallMPI(MPI_Comm_rank(network->comm, &rank));
  if (rank == 0) {
    is_npy = NpyIs(name);
  }
  PetscCallMPI(MPI_Bcast(&is_npy, 1, MPI_INT, 0, network->comm));
  if (is_npy) {
    status = read_npy(network, name, path);
  } else {
    PetscCall(DataFileOpen(network->comm, name, &file));
    status = read_open_file(network, file, path);
    PetscCall(DataFileDiscard(&file));
  }
  network->is_set_up = status ? PETSC_FALSE : PETSC_TRUE;
  PetscFunctionReturn(status);
}

PetscErrorCode NetworkGenerateFromFile(Network network)
{
  PetscFunctionBegin;
  PetscCall(NetworkLoad(network, network->file));
  PetscFunctionReturn(0);
}
