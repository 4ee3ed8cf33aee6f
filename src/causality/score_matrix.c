/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Reads matrices over pairs from files; each rank reads its rows. */
#include "causeway/score_matrix.h"

#include "causeway/causality.h"
#include "causeway/error.h"
#include "causeway/parameters.h"

#include "causeway/internal/io/checksum.h"
#include "causeway/internal/io/matrix_layout.h"

#include <math.h>
#include <string.h>

enum { READ_BLOCK = 1 << 24 }; /* entries per transfer */

static PetscErrorCode open_npy(ScoreMatrix *m, int64_t dims[2])
{
  PetscErrorCode status = 0;
  int rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(m->comm, &rank));
  UserCheck(!m->path[0], "%s: is a NumPy array, which has no part %s; leave the path out", m->file,
            m->path);
  if (rank == 0) {
    status = NpyReadHeader(m->file, &m->npy);
  }
  PetscCall(ErrorAgree(m->comm, status));
  PetscCallMPI(MPI_Bcast(&m->npy, (int)sizeof(m->npy), MPI_BYTE, 0, m->comm));
  dims[0] = m->npy.rows;
  dims[1] = m->npy.columns;
  PetscFunctionReturn(0);
}

/* Reads a text attribute of any file; an attribute of another type has another meaning and is ignored. */
static PetscErrorCode read_text(DataFile file, const char *path, const char *name, size_t length,
                                char text[])
{
  PetscErrorCode status = DataFileGetString(file, path, name, length, text, NULL);

  PetscFunctionBegin;
  PetscFunctionReturn(status == CAUSEWAY_ERR_USER ? 0 : status);
}

static PetscErrorCode open_dataset(ScoreMatrix *m, int64_t dims[2])
{
  ScoreFacts *f = &m->facts;
  DataFile file;

  PetscFunctionBegin;
  PetscCall(DataFileOpen(m->comm, m->file, &file));
  PetscCall(DataFileIsColumnMajor(file, m->path, &m->column_major));
  PetscCall(DataFileShape(file, m->path, 2, dims));
  PetscCall(read_text(file, m->path, "sense", sizeof(f->attribute_sense), f->attribute_sense));
  PetscCall(read_text(file, m->path, "role", sizeof(f->attribute_role), f->attribute_role));
  PetscCall(read_text(file, m->path, "p_value", sizeof(m->p_value), m->p_value));
  PetscCall(read_text(file, m->path, "rows", sizeof(m->rows), m->rows));
  PetscCall(read_text(file, m->path, "mask", sizeof(m->mask), m->mask));
  PetscCall(read_text(file, m->path, "sign", sizeof(m->sign), m->sign));
  PetscCall(DataFileClose(&file));
  PetscFunctionReturn(0);
}

PetscErrorCode ScoreMatrixOpen(MPI_Comm comm, const char *specification, ScoreSense option,
                               ScoreMatrix *m)
{
  int is_npy = 0, rank;
  int64_t dims[2] = {0, 0};

  PetscFunctionBegin;
  *m = (ScoreMatrix){.comm = comm, .npy.part.descriptor = -1};
  m->facts = (ScoreFacts){.option = option, .least = NAN, .largest = NAN};
  PetscCall(ParseFilePath(specification, sizeof(m->file), m->file, m->path));
  PetscCall(PetscStrncpy(m->name, specification, sizeof(m->name)));
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (rank == 0) {
    is_npy = NpyIs(m->file);
  }
  PetscCallMPI(MPI_Bcast(&is_npy, 1, MPI_INT, 0, comm));
  PetscCall(is_npy ? open_npy(m, dims) : open_dataset(m, dims));
  UserCheck(strcmp(m->rows, "target groups") != 0,
            "%s: its rows are groups of neurons, but scores are over pairs of neurons; name "
            "another dataset (causeway info %s lists them)",
            m->name, m->file);
  UserCheck(dims[0] == dims[1] && dims[0] > 0,
            "%s: is %lld x %lld; scores must be square, with rows targets, columns sources",
            m->name, (long long)dims[0], (long long)dims[1]);
  ScoreFactsName(m->file, m->path, &m->facts);
  PetscCall(PartitionMake(comm, dims[0], &m->partition));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_npy(const ScoreMatrix *m, double *values)
{
  Npy npy = m->npy;
  PetscErrorCode status = NpyOpen(m->file, &npy);

  PetscFunctionBegin;
  if (!status) {
    status = NpyReadRows(m->file, &npy, m->partition.first, m->partition.n_local, values);
  }
  NpyClose(&npy);
  PetscCall(ErrorAgree(m->comm, status));
  PetscFunctionReturn(0);
}

/* Compares the values of this program's own scores with their checksum. */
static PetscErrorCode verify(const ScoreMatrix *m, DataFile file, const double values[])
{
  const int64_t n = m->partition.n_global, n_local = m->partition.n_local;
  const int64_t first[2] = {m->partition.first, 0}, count[2] = {n_local, n};
  int64_t dims[DATAFILE_MAX_DIMS];
  size_t bytes;
  uint8_t *mask;
  uint64_t sum = 0;
  int n_dims;

  PetscFunctionBegin;
  PetscCall(DataFileDims(file, m->path, &n_dims, dims, &bytes));
  if (!m->facts.attribute_role[0] || m->column_major || (bytes != sizeof(double) && bytes != 1)) {
    PetscFunctionReturn(0);
  }
  if (bytes == sizeof(double)) {
    sum = n_local > 0 ? ChecksumBox(DATA_FLOAT64, 2, dims, first, count, values) : 0;
  } else {
    PetscCall(PetscMalloc1(n_local * n, &mask));
    for (int64_t k = 0; k < n_local * n; k++) {
      mask[k] = (uint8_t)values[k];
    }
    sum = n_local > 0 ? ChecksumBox(DATA_UINT8, 2, dims, first, count, mask) : 0;
    PetscCall(PetscFree(mask));
  }
  PetscCall(ChecksumCompare(file, m->comm, m->path, sum, PETSC_FALSE));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_dataset(const ScoreMatrix *m, double *values)
{
  const Partition *part = &m->partition;
  const int64_t n = part->n_global, block = PetscMax(1, READ_BLOCK / n);
  PetscErrorCode status;
  DataFile file;

  PetscFunctionBegin;
  PetscCall(DataFileOpen(m->comm, m->file, &file));
  for (int64_t done = 0; done < part->block; done += block) {
    const int64_t row = PetscMin(done, part->n_local);

    PetscCall(DataFileReadRows(file, m->path, m->column_major, part->first + row,
                               PetscMin(block, part->n_local - row), n, values + row * n));
  }
  status = verify(m, file, values);
  PetscCall(DataFileDiscard(&file));
  PetscCall(status);
  PetscFunctionReturn(0);
}

PetscErrorCode ScoreMatrixRead(const ScoreMatrix *m, double **values)
{
  PetscFunctionBegin;
  PetscCall(PetscMalloc1(m->partition.n_local * m->partition.n_global, values));
  PetscCall(m->path[0] ? read_dataset(m, *values) : read_npy(m, *values));
  PetscFunctionReturn(0);
}

PetscErrorCode ScoreMatrixSense(ScoreMatrix *m, const double *values, ScoreSense *sense,
                                size_t length, char why[])
{
  const Partition *part = &m->partition;
  double bounds[2] = {-INFINITY, -INFINITY}; /* negative of the least; the largest */

  PetscFunctionBegin;
  for (int64_t i = 0; i < part->n_local && ScoreSenseNeedsValues(&m->facts); i++) {
    for (int64_t j = 0; j < part->n_global; j++) {
      const double value = values[i * part->n_global + j];

      if (j != part->first + i && !isnan(value)) {
        bounds[0] = PetscMax(bounds[0], -value);
        bounds[1] = PetscMax(bounds[1], value);
      }
    }
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, bounds, 2, MPI_DOUBLE, MPI_MAX, m->comm));
  m->facts.least = -bounds[0];
  m->facts.largest = bounds[1];
  *sense = ScoreSenseDecide(&m->facts, length, why);
  PetscFunctionReturn(0);
}

PetscErrorCode CausalityReadMatrix(MPI_Comm comm, const char *specification, Partition *partition,
                                   double **values)
{
  ScoreMatrix matrix;

  PetscFunctionBegin;
  PetscCall(ScoreMatrixOpen(comm, specification, SENSE_LARGER, &matrix));
  *partition = matrix.partition;
  PetscCall(ScoreMatrixRead(&matrix, values));
  PetscFunctionReturn(0);
}
