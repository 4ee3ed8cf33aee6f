/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A list of edges, a line each. */
#include "export_impl.h"

#include <inttypes.h>

static void write_pair(void *context, const Pair *pair)
{
  Export *export = context;
  FILE *stream = export->stream;
  char number[32];

  (void)fprintf(stream, "%" PRId64 ",%" PRId64 ",", pair->source, pair->target);
  CsvText(stream, NamesOf(export->names, pair->source, number));
  (void)fputc(',', stream);
  CsvText(stream, NamesOf(export->names, pair->target, number));
  (void)fprintf(stream, ",%.17g", pair->score);
  if (ScoresHave(export->scores, COLUMN_P_VALUE)) {
    (void)fprintf(stream, ",%.17g", pair->p_value);
  }
  if (export->scores->test[0]) {
    (void)fprintf(stream, ",%d", pair->significant);
  }
  if (ScoresHave(export->scores, COLUMN_EFFECT)) {
    (void)fprintf(stream, ",%d", pair->sign);
  }
  (void)fputc('\n', stream);
  export->n_pairs++;
}

PetscErrorCode ExportCsv(Export *export)
{
  const Scores *scores = export->scores;

  (void)fprintf(export->stream, "source,target,source_label,target_label,score%s%s%s\n",
                ScoresHave(scores, COLUMN_P_VALUE) ? ",p_value" : "",
                scores->test[0] ? ",significant" : "",
                ScoresHave(scores, COLUMN_EFFECT) ? ",sign" : "");
  return SelectionVisit(export->selection, scores, write_pair, export);
}
