/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Reads networks from files: dense matrices here, SONATA edges and sparse matrices in other files. */
#include "network_impl.h"

#include "causeway/error.h"
#include "causeway/log.h"
#include "causeway/npy.h"

#include "causeway/internal/core/hdf5_file.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int64_t block_rounds(int64_t n, int64_t block)
{
  return (n + block - 1) / block;
}

/* Number of rows of a dense matrix in one transfer. */
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

/* Source of the rows of a dense matrix. */
typedef struct {
  const char *name; /* for messages */
  DataFile file;    /* NULL for a NumPy array */
  const char *path;
  PetscBool column_major; /* the file stores columns first */
  const Npy *npy;
} DenseSource;

static PetscErrorCode read_dense_rows(const DenseSource *source, const int64_t first[2],
                                      const int64_t shape[2], double *rows)
{
  PetscFunctionBegin;
  if (source->file) {
    PetscCall(DataFileReadRows(source->file, source->path, source->column_major, first[0], shape[0],
                               shape[1], rows));
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
  UserCheck(
      dims[0] == dims[1] && dims[0] > 0,
      "%s: is %lld x %lld; a connection matrix must be square, with rows targets, columns sources",
      source->name, (long long)dims[0], (long long)dims[1]);
  UserCheck(dims[0] <= INT32_MAX, "%s: has more than 2^31 neurons", source->name);
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
  PetscBool column_major;
  int64_t dims[2];

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(name, sizeof(name), "%s:%s", DataFileName(file), path));
  PetscCall(DataFileIsColumnMajor(file, path, &column_major));
  PetscCall(DataFileShape(file, path, 2, dims));
  if (column_major) {
    PetscCall(LogPrintf("network    %s: a MATLAB matrix, stored by columns\n", name));
  }
  PetscCall(read_dense(
      network,
      &(DenseSource){.name = name, .file = file, .path = path, .column_major = column_major},
      dims));
  PetscCall(NetworkReadLatencies(network, file, path));
  PetscFunctionReturn(0);
}

/* Sets names and kinds of the populations in a file of this program. */
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
              "neuron %lld is in population %d, but the file names %d populations", (long long)j,
              network->population[j], network->n_populations);
    network->populations[network->population[j]].inhibitory = inhibitory[j];
  }
  PetscFunctionReturn(0);
}

/* Reads an array of bytes of all nodes, by ascending id. */
static PetscErrorCode read_bytes(Network network, DataFile file, const char *path,
                                 const Identity *identity, uint8_t values[])
{
  const int64_t zero = 0, n = network->partition.n_global;
  uint8_t *read;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(n, &read));
  PetscCall(DataFileRead(file, path, DATA_UINT8, &zero, &n, read));
  for (int64_t j = 0; j < n; j++) {
    values[j] = read[IdentityPlace(identity, j)];
  }
  PetscCall(PetscFree(read));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_populations(Network network, DataFile file, const char *group,
                                       const Identity *identity)
{
  char kinds[PETSC_MAX_PATH_LEN], path[PETSC_MAX_PATH_LEN], names[PETSC_MAX_PATH_LEN] = "";
  PetscBool has_kinds, named;
  uint8_t *inhibitory;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(kinds, sizeof(kinds), "%s/0/inhibitory", group));
  PetscCall(PetscSNPrintf(path, sizeof(path), "%s/0/population", group));
  PetscCall(DataFileIsDataset(file, kinds, &has_kinds));
  PetscCall(DataFileGetString(file, path, "names", sizeof(names), names, &named));
  if (!has_kinds || !named) {
    PetscFunctionReturn(0);
  }
  PetscCall(PetscMalloc1(network->partition.n_global, &inhibitory));
  PetscCall(read_bytes(network, file, kinds, identity, inhibitory));
  PetscCall(read_bytes(network, file, path, identity, network->population));
  PetscCall(name_populations(network, inhibitory, names));
  network->kinds_known = PETSC_TRUE;
  PetscCall(PetscFree(inhibitory));
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkNamePopulations(Network network, const NodePopulation *nodes,
                                      const Identity *identity)
{
  DataFile file;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(DataFileOpen(network->comm, nodes->file, &file));
  status = read_populations(network, file, nodes->group, identity);
  PetscCall(DataFileDiscard(&file));
  PetscFunctionReturn(status);
}

/* A neuron with a negative synapse is inhibitory. */
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

/* Reads the ids of rows and columns that a file may have beside its matrix. */
static PetscErrorCode read_ids(Network network, DataFile file)
{
  static const char *const paths[] = {"/node_ids", "/observed_neurons"};
  const int64_t zero = 0, n = network->partition.n_global;
  char what[PETSC_MAX_PATH_LEN + 32];
  Identity identity;
  int64_t *ids, n_ids;
  PetscBool found = PETSC_FALSE;
  size_t k = 0;

  PetscFunctionBegin;
  for (; k < PETSC_STATIC_ARRAY_LENGTH(paths) && !found; k++) {
    PetscCall(DataFileIsDataset(file, paths[k], &found));
  }
  if (!found) {
    PetscFunctionReturn(0);
  }
  PetscCall(PetscSNPrintf(what, sizeof(what), "%s:%s", DataFileName(file), paths[k - 1]));
  PetscCall(DataFileShape(file, paths[k - 1], 1, &n_ids));
  UserCheck(n_ids == n, "%s: has %lld ids for the %lld rows of the matrix", what, (long long)n_ids,
            (long long)n);
  PetscCall(PetscMalloc1(n, &ids));
  PetscCall(DataFileRead(file, paths[k - 1], DATA_INT64, &zero, &n, ids));
  PetscCall(IdentityMake(what, n, ids, &identity));
  if (identity.place) {
    PetscCall(IdentityDestroy(&identity));
    UserCheck(PETSC_FALSE, "%s: the ids do not ascend; sort rows and columns of the matrix", what);
  }
  network->identity = identity;
  network->lacks_nodes = PETSC_FALSE;
  PetscFunctionReturn(0);
}

static PetscErrorCode read_sparse(Network network, DataFile file, const char *group,
                                  SparseKind kind)
{
  PetscFunctionBegin;
  if (kind == SPARSE_ROWS) {
    PetscCall(NetworkReadCsr(network, file, group));
    PetscFunctionReturn(0);
  }
  PetscCall(LogPrintf("network    %s:%s: a sparse matrix by columns, from %s\n", DataFileName(file),
                      group, kind == SPARSE_MATLAB ? "MATLAB" : "scipy or AnnData"));
  PetscCall(NetworkReadCsc(network, file, group, kind));
  PetscFunctionReturn(0);
}

/* Reads a matrix; is_matrix is PETSC_FALSE when the object is not a matrix but may be a circuit. */
static PetscErrorCode read_matrix(Network network, DataFile file, const char *path,
                                  PetscBool *is_matrix)
{
  SparseKind kind = SPARSE_NONE;
  PetscBool dense, group;

  PetscFunctionBegin;
  PetscCall(DataFileIsDataset(file, path, &dense));
  PetscCall(DataFileIsGroup(file, path[0] ? path : "/edges", &group));
  UserCheck(dense || group, "%s: has no %s%s", DataFileName(file), path[0] ? path : "/edges",
            path[0] ? "" : "; name a dataset as FILE.h5:/path");
  if (!dense && path[0]) {
    PetscCall(DataFileSparseKind(file, path, &kind));
  }
  *is_matrix = dense || kind != SPARSE_NONE ? PETSC_TRUE : PETSC_FALSE;
  network->lacks_nodes = *is_matrix;
  if (*is_matrix) {
    PetscCall(dense ? read_dataset(network, file, path) : read_sparse(network, file, path, kind));
    PetscCall(read_ids(network, file));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode finish_loading(Network network)
{
  PetscFunctionBegin;
  if (!network->kinds_known) {
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

/* Reads a matrix in HDF5, or else a circuit. */
static PetscErrorCode read_any(Network network, const char *name, const char *path)
{
  PetscBool is_matrix = PETSC_FALSE;
  DataFile file;
  PetscErrorCode status;

  PetscFunctionBegin;
  if (!CircuitIsConfiguration(name)) {
    PetscCall(DataFileOpen(network->comm, name, &file));
    status = read_matrix(network, file, path, &is_matrix);
    PetscCall(DataFileDiscard(&file));
    PetscCall(status);
  }
  if (!is_matrix) {
    PetscCall(NetworkReadSonata(network, name, path));
  }
  PetscCall(finish_loading(network));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_npy(Network network, const char *name, const char *path)
{
  Npy npy = {.part.descriptor = -1};
  PetscErrorCode status = 0;
  int64_t dims[2];
  int rank;

  PetscFunctionBegin;
  UserCheck(!path[0], "%s: is a NumPy array, which has no part %s; leave the path out", name, path);
  PetscCallMPI(MPI_Comm_rank(network->comm, &rank));
  if (rank == 0) {
    status = NpyReadHeader(name, &npy);
  }
  PetscCall(ErrorAgree(network->comm, status));
  PetscCallMPI(MPI_Bcast(&npy, (int)sizeof(npy), MPI_BYTE, 0, network->comm));
  PetscCall(ErrorAgree(network->comm, NpyOpen(name, &npy)));
  dims[0] = npy.rows;
  dims[1] = npy.columns;
  network->lacks_nodes = PETSC_TRUE;
  status = read_dense(network, &(DenseSource){.name = name, .npy = &npy}, dims);
  NpyClose(&npy);
  PetscCall(status);
  PetscCall(finish_loading(network));
  PetscFunctionReturn(0);
}

/* Refuses other formats than HDF5, NumPy and configurations; files that cannot be opened are left to other functions. */
static PetscErrorCode refuse_format(const char *name)
{
  const char *ending = strrchr(name, '.');
  struct stat entry;

  if (CircuitIsConfiguration(name) || stat(name, &entry) || !S_ISREG(entry.st_mode) ||
      access(name, R_OK) || HDF5FileIs(name)) {
    return 0;
  }
  if (ending && !strcmp(ending, ".npz")) {
    return UserError("%s: is a NumPy archive, but a matrix is read from HDF5 or .npy; in Python "
                     "numpy.save(\"network.npy\", numpy.load(\"%s\")[\"NAME\"]) converts it, and "
                     "scipy.sparse.load_npz(\"%s\").toarray() reads a matrix saved by scipy",
                     name, name, name);
  }
  return UserError(
      "%s: is not a network; matrices are read from HDF5 (FILE.h5:/path) or NumPy (FILE.npy), "
      "circuits from SONATA files; numpy.save(\"network.npy\", numpy.loadtxt(\"%s\", "
      "delimiter=\",\")) converts an N x N table of numbers, rows targets, and "
      "pandas.read_csv(\"%s\", index_col=0).to_numpy() reads one with names",
      name, name, name);
}

/* Whether a file is a NumPy array; collective. */
static PetscErrorCode look_for_npy(MPI_Comm comm, const char *name, PetscBool *is_npy)
{
  PetscErrorCode status = 0;
  int rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  *is_npy = rank == 0 ? NpyIs(name) : PETSC_FALSE;
  if (rank == 0 && !*is_npy) {
    status = refuse_format(name);
  }
  PetscCall(ErrorAgree(comm, status));
  PetscCallMPI(MPI_Bcast(is_npy, (int)sizeof(*is_npy), MPI_BYTE, 0, comm));
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkIsCircuit(MPI_Comm comm, const char *specification, PetscBool *is_circuit)
{
  char name[PETSC_MAX_PATH_LEN], path[PETSC_MAX_PATH_LEN];
  SparseKind kind = SPARSE_NONE;
  PetscBool is_npy, dense;
  DataFile file;

  PetscFunctionBegin;
  PetscCall(ParseFilePath(specification, PETSC_MAX_PATH_LEN, name, path));
  PetscCall(look_for_npy(comm, name, &is_npy));
  *is_circuit = CircuitIsConfiguration(name);
  if (is_npy || *is_circuit) {
    PetscFunctionReturn(0);
  }
  PetscCall(DataFileOpen(comm, name, &file));
  PetscCall(DataFileIsDataset(file, path, &dense));
  if (!dense && path[0]) {
    PetscCall(DataFileSparseKind(file, path, &kind));
  }
  *is_circuit = dense || kind != SPARSE_NONE ? PETSC_FALSE : PETSC_TRUE;
  PetscCall(DataFileDiscard(&file));
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkLoad(Network network, const char *specification)
{
  char name[PETSC_MAX_PATH_LEN], path[PETSC_MAX_PATH_LEN];
  PetscBool is_npy;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(ParseFilePath(specification, PETSC_MAX_PATH_LEN, name, path));
  PetscCall(look_for_npy(network->comm, name, &is_npy));
  if (is_npy) {
    status = read_npy(network, name, path);
  } else {
    status = read_any(network, name, path);
  }
  network->is_set_up = status ? PETSC_FALSE : PETSC_TRUE;
  PetscFunctionReturn(status);
}
