/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The strongest significant couplings, and how far the statistics of all pairs are inflated. */
#include "figures.h"

#include "causeway/internal/core/hdf5_file.h"
#include "causeway/internal/core/hdf5_find.h"

enum { MOST_ROWS = 50 };

static void print_inflation(FILE *page, const RunFiles *run)
{
  const json_t *granger = json_object_get(run->summary, "granger");
  const json_t *inflation = json_object_get(granger, "inflation");
  const json_t *largest = json_object_get(granger, "largest_inflation");
  const json_t *share = json_object_get(granger, "significant_share");

  if (json_is_number(inflation)) {
    (void)fprintf(page,
                  "<h2>Inflation</h2>\n<p>The median of the statistics of all pairs is %.2f times "
                  "that without any influence",
                  json_number_value(inflation));
    if (json_number_value(largest) > 1) {
      (void)fprintf(page, "; the statistics were divided by up to %.2f",
                    json_number_value(largest));
    }
    (void)fputs(".", page);
    if (json_is_number(share)) {
      (void)fprintf(page, " %.1f %% of the tested pairs are significant.",
                    100 * json_number_value(share));
    }
    (void)fputs("</p>\n", page);
  }
}

typedef struct {
  FILE *page;
  const RunFiles *run;
} Table;

static void print_coupling(void *context, const Pair *pair)
{
  const Table *table = context;
  char number[32];

  (void)fputs("<tr><td>", table->page);
  XmlText(table->page, RunName(table->run, pair->source, number));
  (void)fputs("</td><td>", table->page);
  XmlText(table->page, RunName(table->run, pair->target, number));
  (void)fprintf(table->page,
                "</td><td class=\"n\">%.4g</td><td class=\"n\">%.2f</td><td class=\"n\">%.2g</td>"
                "</tr>\n",
                pair->score, pair->latency, pair->q_value);
}

static void count_pair(void *context, const Pair *pair)
{
  (void)pair;
  (*(int64_t *)context)++;
}

static PetscErrorCode print_table(FILE *page, const RunFiles *run, Scores *scores)
{
  Selection all = {SELECT_SIGNIFICANT, 0}, strongest = {SELECT_SIGNIFICANT, MOST_ROWS};
  Table table = {page, run};
  int64_t count = 0;

  SerialCall(SelectionSetUp(&all, scores));
  SerialCall(SelectionVisit(&all, scores, count_pair, &count));
  (void)fprintf(page, "<h2>Couplings</h2>\n<p>%lld pairs are significant", (long long)count);
  if (count > MOST_ROWS) {
    (void)fprintf(page, "; the table has the %d with the largest weights", MOST_ROWS);
  }
  (void)fputs(".</p>\n", page);
  (void)fputs("<div class=\"scroll\"><table>\n<thead><tr><th>source</th><th>target</th><th "
              "class=\"n\">weight</th><th class=\"n\">latency [ms]</th><th class=\"n\">q</th>"
              "</tr></thead>\n<tbody>\n",
              page);
  SerialCall(SelectionVisit(&strongest, scores, print_coupling, &table));
  (void)fputs("</tbody></table></div>\n", page);
  return 0;
}

PetscErrorCode PrintCouplings(FILE *page, const RunFiles *run)
{
  PetscBool found;
  PetscErrorCode status;
  Scores scores;
  hid_t file;

  print_inflation(page, run);
  if (!run->causality[0]) {
    return 0;
  }
  SerialCall(HDF5FileOpen(run->causality, &file));
  status = HDF5Find(file, "/granger/weight", &found);
  (void)H5Fclose(file);
  if (status || !found) {
    return status;
  }
  status = ScoresOpen(run->causality, "/granger", SENSE_UNKNOWN, &scores);
  status = status ? status : print_table(page, run, &scores);
  ScoresClose(&scores);
  return status;
}
