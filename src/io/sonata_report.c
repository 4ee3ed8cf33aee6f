/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/internal/io/sonata_report.h"

#include "datafile_impl.h"

enum { LONGEST_CHUNK = 1024, CHUNK_VALUES = 1 << 18 };

void SonataReportChunk(int64_t n_samples, int64_t n_columns, int64_t chunk[2])
{
  int64_t most, n_chunks;

  n_columns = PetscMax(1, n_columns);
  chunk[0] = PetscMin(n_samples, LONGEST_CHUNK);
  most = PetscMax(1, CHUNK_VALUES / chunk[0]);
  /* chunks of equal size, because HDF5 stores whole chunks */
  n_chunks = (n_columns + most - 1) / most;
  chunk[1] = (n_columns + n_chunks - 1) / n_chunks;
}

static PetscErrorCode path_in(const SonataReport *report, const char *name,
                              char path[PETSC_MAX_PATH_LEN])
{
  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(path, PETSC_MAX_PATH_LEN, "%s/%s", report->path, name));
  PetscFunctionReturn(0);
}

PetscErrorCode SonataReportSetTimes(DataFile file, const SonataReport *report)
{
  const double times[3] = {report->start_ms,
                           report->start_ms + (double)report->n_samples * report->interval_ms,
                           report->interval_ms};
  char path[PETSC_MAX_PATH_LEN];
  int64_t zero = 0, n_mine;
  int rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(file->comm, &rank));
  n_mine = rank == 0 ? 3 : 0;
  PetscCall(path_in(report, "mapping/time", path));
  PetscCall(DataFileWrite(file, path, DATA_FLOAT64, &zero, &n_mine, times));
  PetscFunctionReturn(0);
}

/* Writes one dataset of the mapping: n_all entries, of which this rank has `count` from `first` on. */
static PetscErrorCode add_column(DataFile file, const SonataReport *report, const char *name,
                                 int64_t n_all, int64_t first, int64_t count,
                                 const uint64_t values[], const char *text)
{
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  PetscCall(path_in(report, name, path));
  PetscCall(DataFileAddDataset(file, path, DATA_UINT64, 1, &n_all, NULL));
  PetscCall(DataFileWrite(file, path, DATA_UINT64, &first, &count, values));
  PetscCall(DataFileDescribe(file, path, "1", text));
  PetscFunctionReturn(0);
}

static PetscErrorCode add_mapping(DataFile file, const SonataReport *report, int64_t first,
                                  int64_t n_local)
{
  const Observed *o = report->neurons;
  const int64_t three = 3;
  /* the last rank with columns also writes the final pointer */
  const PetscBool is_last = n_local > 0 && first + n_local == o->n ? PETSC_TRUE : PETSC_FALSE;
  char path[PETSC_MAX_PATH_LEN];
  uint64_t *ids;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(n_local + 1, &ids));
  for (int64_t i = 0; i < n_local; i++) {
    ids[i] = (uint64_t)(o->index ? o->index[first + i] : first + i);
  }
  PetscCall(add_column(file, report, "mapping/node_ids", o->n, first, n_local, ids,
                       "neuron of each column"));
  PetscCall(path_in(report, "mapping/node_ids", path));
  PetscCall(DataFileSetInteger(file, path, "sorted", 1));
  for (int64_t i = 0; i <= n_local; i++) {
    ids[i] = (uint64_t)(first + i);
  }
  PetscCall(add_column(file, report, "mapping/index_pointers", o->n + 1, first,
                       n_local + (is_last ? 1 : 0), ids, "first column of each neuron"));
  PetscCall(PetscArrayzero(ids, n_local + 1));
  PetscCall(add_column(file, report, "mapping/element_ids", o->n, first, n_local, ids,
                       "part of the neuron"));
  PetscCall(PetscFree(ids));
  PetscCall(path_in(report, "mapping/time", path));
  PetscCall(DataFileAddDataset(file, path, DATA_FLOAT64, 1, &three, NULL));
  PetscCall(DataFileDescribe(file, path, "ms", "start, end, step"));
  PetscCall(SonataReportSetTimes(file, report));
  PetscFunctionReturn(0);
}

PetscErrorCode SonataReportAdd(DataFile file, const SonataReport *report, int64_t first,
                               int64_t n_local)
{
  const int64_t dims[2] = {report->n_samples, report->neurons->n};
  char path[PETSC_MAX_PATH_LEN];
  int64_t chunk[2];

  PetscFunctionBegin;
  SonataReportChunk(report->n_samples, report->neurons->n, chunk);
  PetscCall(path_in(report, "data", path));
  PetscCall(DataFileAddDataset(file, path, report->type, 2, dims, chunk));
  PetscCall(DataFileDescribe(file, path, report->unit, report->text));
  PetscCall(add_mapping(file, report, first, n_local));
  PetscFunctionReturn(0);
}

PetscErrorCode SonataReportWrite(DataFile file, const SonataReport *report, DataType memory_type,
                                 int64_t sample, int64_t count, int64_t first, int64_t n_local,
                                 const void *values)
{
  const int64_t corner[2] = {sample, first}, shape[2] = {count, n_local};
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  PetscCall(path_in(report, "data", path));
  PetscCall(DataFileWrite(file, path, memory_type, corner, shape, values));
  PetscFunctionReturn(0);
}
