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

/* Programs that read graphs expect the score of an edge as its weight. */
static const char *attribute_name(const Export *export, int column)
{
  return column == COLUMN_SCORE ? "weight" : ExportName(export, column);
}

static void write_value(const Export *export, const Pair *pair, int column)
{
  const char *name = attribute_name(export, column);

  if (column == COLUMN_MASK) {
    (void)fprintf(export->stream, "<data key=\"%s\">%s</data>", name,
                  pair->significant ? "true" : "false");
  } else if (column == COLUMN_EFFECT) {
    (void)fprintf(export->stream, "<data key=\"%s\">%d</data>", name, pair->sign);
  } else {
    write_real(export->stream, name, ExportValue(pair, column));
  }
}

static void write_edge(void *context, const Pair *pair)
{
  Export *export = context;
  FILE *stream = export->stream;

  (void)fprintf(stream, "    <edge source=\"n%" PRId64 "\" target=\"n%" PRId64 "\">", pair->source,
                pair->target);
  for (int k = 0; k < export->n_columns; k++) {
    write_value(export, pair, export->columns[k]);
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
  for (int k = 0; k < export->n_columns; k++) {
    const int column = export->columns[k];

    write_key(export->stream, "edge", attribute_name(export, column),
              column == COLUMN_MASK     ? "boolean"
              : column == COLUMN_EFFECT ? "int"
                                        : "double");
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
