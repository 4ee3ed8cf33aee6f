/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A list of edges, a line each. */
#include "export_impl.h"

#include <inttypes.h>

/* Labels of couplings are there where the file has some. */
static PetscBool has_labels(const Export *export)
{
  return !export->scores->is_coupling || export->names->n ? PETSC_TRUE : PETSC_FALSE;
}

static void write_pair(void *context, const Pair *pair)
{
  Export *export = context;
  FILE *stream = export->stream;
  char number[32];

  (void)fprintf(stream, "%" PRId64 ",%" PRId64, pair->source, pair->target);
  if (has_labels(export)) {
    (void)fputc(',', stream);
    CsvText(stream, NamesOf(export->names, pair->source, number));
    (void)fputc(',', stream);
    CsvText(stream, NamesOf(export->names, pair->target, number));
  }
  for (int k = 0; k < export->n_columns; k++) {
    (void)fprintf(stream, ",%.17g", ExportValue(pair, export->columns[k]));
  }
  (void)fputc('\n', stream);
  export->n_pairs++;
}

PetscErrorCode ExportCsv(Export *export)
{
  (void)fprintf(export->stream, "source,target%s",
                has_labels(export) ? ",source_label,target_label" : "");
  for (int k = 0; k < export->n_columns; k++) {
    (void)fprintf(export->stream, ",%s", ExportName(export, export->columns[k]));
  }
  (void)fputc('\n', export->stream);
  return SelectionVisit(export->selection, export->scores, write_pair, export);
}
