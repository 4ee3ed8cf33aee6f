/* SPDX-License-Identifier: GPL-3.0-or-later */

/* GraphML (http://graphml.graphdrawing.org), a directed graph of all neurons. */
#include "export_impl.h"

#include <inttypes.h>
#include <math.h>

/* As XML Schema has doubles. */
static void write_real(FILE *stream, const char *key, double value)
{
  if (isfinite(value)) {
    (void)fprintf(stream, "<data key=\"%s\">%.17g</data>", key, value);
  } else {
    (void)fprintf(stream, "<data key=\"%s\">%s</data>", key,
                  isnan(value) ? "NaN" : (value > 0 ? "INF" : "-INF"));
  }
}

static void write_edge(void *context, const Pair *pair)
{
  Export *export = context;
  FILE *stream = export->stream;

  (void)fprintf(stream, "    <edge source=\"n%" PRId64 "\" target=\"n%" PRId64 "\">", pair->source,
                pair->target);
  write_real(stream, "weight", pair->score);
  if (ScoresHave(export->scores, COLUMN_P_VALUE)) {
    write_real(stream, "p_value", pair->p_value);
  }
  if (export->scores->test[0]) {
    (void)fprintf(stream, "<data key=\"significant\">%s</data>",
                  pair->significant ? "true" : "false");
  }
  if (ScoresHave(export->scores, COLUMN_EFFECT)) {
    (void)fprintf(stream, "<data key=\"sign\">%d</data>", pair->sign);
  }
  (void)fputs("</edge>\n", stream);
  export->n_pairs++;
}

static void write_key(FILE *stream, const char *element, const char *name, const char *type)
{
  (void)fprintf(stream, "  <key id=\"%s\" for=\"%s\" attr.name=\"%s\" attr.type=\"%s\"/>\n", name,
                element, name, type);
}

static void write_keys(const Export *export)
{
  write_key(export->stream, "node", "label", "string");
  write_key(export->stream, "edge", "weight", "double");
  if (ScoresHave(export->scores, COLUMN_P_VALUE)) {
    write_key(export->stream, "edge", "p_value", "double");
  }
  if (export->scores->test[0]) {
    write_key(export->stream, "edge", "significant", "boolean");
  }
  if (ScoresHave(export->scores, COLUMN_EFFECT)) {
    write_key(export->stream, "edge", "sign", "int");
  }
}

PetscErrorCode ExportGraphml(Export *export)
{
  FILE *stream = export->stream;
  char number[32];

  (void)fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
              "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\"\n"
              "  xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"\n"
              "  xsi:schemaLocation=\"http://graphml.graphdrawing.org/xmlns\n"
              "  http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd\">\n",
              stream);
  write_keys(export);
  (void)fputs("  <graph edgedefault=\"directed\">\n", stream);
  for (int64_t k = 0; k < export->scores->n; k++) {
    (void)fprintf(stream, "    <node id=\"n%" PRId64 "\"><data key=\"label\">", k);
    XmlText(stream, NamesOf(export->names, k, number));
    (void)fputs("</data></node>\n", stream);
  }
  SerialCall(SelectionVisit(export->selection, export->scores, write_edge, export));
  (void)fputs("  </graph>\n</graphml>\n", stream);
  return 0;
}
