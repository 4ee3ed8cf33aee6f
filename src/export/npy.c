/* SPDX-License-Identifier: GPL-3.0-or-later */

/* NumPy's format, version 1.0: the matrix as it is, little-endian doubles, rows are targets. */
#include "export_impl.h"

#include "causeway/error.h"

#include <stdlib.h>
#include <string.h>

/* Magic, version, length of the rest, and the rest: padded so that the values begin at a multiple of 64. */
static void write_header(FILE *stream, int64_t n)
{
  enum { BEFORE = 10, ALIGNMENT = 64, LENGTH = 2 * ALIGNMENT - BEFORE };
  char text[LENGTH];
  const int used = snprintf(text, sizeof(text),
                            "{'descr': '<f8', 'fortran_order': False, 'shape': (%lld, %lld), }",
                            (long long)n, (long long)n);

  (void)fwrite("\x93NUMPY\x01\x00", 1, 8, stream);
  (void)fputc(LENGTH % 256, stream);
  (void)fputc(LENGTH / 256, stream);
  (void)fprintf(stream, "%s%*s\n", text, LENGTH - used - 1, "");
}

static void put_little_endian(int64_t n, double *values)
{
  (void)H5Tconvert(H5T_NATIVE_DOUBLE, H5T_IEEE_F64LE, (size_t)n, values, NULL, H5P_DEFAULT);
}

PetscErrorCode ExportNpy(Export *export)
{
  const Scores *s = export->scores;
  const int64_t rows = PetscMin(s->n, ScoresBlockRows(s));
  PetscErrorCode status = 0;
  double *values;

  if (s->is_coupling) {
    return UserError("%s:%.*s: stands for a table of couplings, npy holds one matrix; choose csv "
                     "or graphml, or name one of its matrices",
                     s->file, (int)(strrchr(s->path, '/') - s->path), s->path);
  }
  if (s->is_sparse) {
    return UserError("%s:%s: has only some pairs, npy holds a whole matrix; choose csv or graphml",
                     s->file, s->path);
  }
  values = MemoryGrow(NULL, rows * s->n, sizeof(double));
  write_header(export->stream, s->n);
  for (int64_t first = 0; first < s->n && !status; first += rows) {
    const int64_t n_rows = PetscMin(rows, s->n - first);

    status = ScoresReadRows(s, COLUMN_SCORE, first, n_rows, values);
    put_little_endian(n_rows * s->n, values);
    (void)fwrite(values, sizeof(double), (size_t)(n_rows * s->n), export->stream);
  }
  free(values);
  export->n_pairs = s->n * s->n;
  return status;
}
