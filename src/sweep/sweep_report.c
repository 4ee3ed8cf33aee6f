/* SPDX-License-Identifier: GPL-3.0-or-later */

/* causeway sweep report: scores against the parameters that were varied. */
#include "sweep_impl.h"

#include "causeway/internal/report/drawing.h"

#include "causeway/error.h"
#include "causeway/internal/core/process.h"

#include <gsl/gsl_cdf.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_VALUES = 64, MOST_LINES = 14, MOST_BEST = 10, AUROC = 1, AUPRC = 2 };

/* The values of a parameter in ascending or, if they are words, their own order. */
typedef struct {
  int n;
  const char *text[MOST_VALUES];
  PetscBool are_numbers;
} Values;

static int by_number(const void *a, const void *b)
{
  const double x = strtod(*(const char *const *)a, NULL), y = strtod(*(const char *const *)b, NULL);

  return x < y ? -1 : (x > y ? 1 : 0);
}

static void find_values(const SweepTable *table, const char *key, Values *values)
{
  double number;

  *values = (Values){.are_numbers = PETSC_TRUE};
  for (int64_t r = 0; r < table->n_rows; r++) {
    const char *value = WordsFind(&table->rows[r].entry->words, key);
    int k = 0;

    if (!value) {
      continue;
    }
    while (k < values->n && strcmp(values->text[k], value) != 0) {
      k++;
    }
    if (k == values->n && k < MOST_VALUES) {
      values->text[values->n++] = value;
      values->are_numbers =
          values->are_numbers && TextReal(value, &number) ? PETSC_TRUE : PETSC_FALSE;
    }
  }
  if (values->are_numbers) {
    qsort((void *)values->text, (size_t)values->n, sizeof(char *), by_number);
  }
}

/* Methods with their readings, those of single members left out. */
static int find_lines(const SweepTable *table, const SweepRow *lines[])
{
  int n = 0;

  for (int64_t r = 0; r < table->n_rows; r++) {
    const SweepRow *row = &table->rows[r];
    int k = 0;

    if (row->is_of_member) {
      continue;
    }
    while (k < n && (strcmp(lines[k]->method, row->method) != 0 ||
                     strcmp(lines[k]->reading, row->reading) != 0)) {
      k++;
    }
    if (k == n && n < MOST_LINES) {
      lines[n++] = row;
    }
  }
  return n;
}

/* Mean and half the 95 % confidence interval over all runs with a value, whatever their other parameters. */
static int64_t mean_at(const SweepTable *table, const SweepRow *line, const char *key,
                       const char *value, int metric, double mean[2])
{
  double sum = 0, squares = 0;
  int64_t n = 0;

  for (int pass = 0; pass < 2; pass++) {
    for (int64_t r = 0; r < table->n_rows; r++) {
      const SweepRow *row = &table->rows[r];
      const char *own = WordsFind(&row->entry->words, key);

      if (!own || strcmp(own, value) != 0 || strcmp(row->method, line->method) != 0 ||
          strcmp(row->reading, line->reading) != 0 || isnan(row->value[metric])) {
        continue;
      }
      if (pass == 0) {
        sum += row->value[metric];
        n++;
      } else {
        squares += (row->value[metric] - sum / (double)n) * (row->value[metric] - sum / (double)n);
      }
    }
  }
  mean[0] = n > 0 ? sum / (double)n : NAN;
  mean[1] = n > 1 ? gsl_cdf_tdist_Pinv(0.975, (double)(n - 1)) *
                        sqrt(squares / (double)(n - 1) / (double)n)
                  : 0;
  return n;
}

static void write_line(Drawing *d, const SweepTable *table, const SweepRow *line, const char *key,
                       const Values *values, int metric, const char *name)
{
  char path[PETSC_MAX_PATH_LEN];
  FILE *data = DrawingData(d, name, path);

  for (int k = 0; k < values->n; k++) {
    double mean[2];

    if (mean_at(table, line, key, values->text[k], metric, mean) > 0) {
      if (values->are_numbers) {
        (void)fprintf(data, "%s", values->text[k]);
      } else {
        (void)fprintf(data, "%d", k);
      }
      (void)fprintf(data, " %.6g %.6g %.6g\n", mean[0], PetscMax(0, mean[0] - mean[1]),
                    PetscMin(1, mean[0] + mean[1]));
    }
  }
  (void)fclose(data);
}

static void print_axis(Drawing *d, const char *key, const Values *values, int metric, int n,
                       int height)
{
  FILE *gp = d->commands;

  (void)fputs("set xlabel ", gp);
  PrintQuoted(gp, key);
  (void)fprintf(
      gp,
      "\nset ylabel '%s'\nset yrange [*:1.01]\nset offsets graph 0.03, graph 0.03, 0, 0\n"
      "set grid ytics lc rgb '#e4e8ec' lw 0.6\nset bmargin at screen %g\nset key at screen "
      "0.1,0.01 bottom left Left reverse maxcols 1 font ',11'\n",
      metric == AUROC ? "AUROC, off-diagonal" : "AUPRC", (75.0 + 21 * n) / height);
  if (!values->are_numbers) {
    (void)fputs("set xtics nomirror (", gp);
    for (int k = 0; k < values->n; k++) {
      (void)fputs(k ? ", " : "", gp);
      PrintTick(gp, values->text[k]);
      (void)fprintf(gp, " %d", k);
    }
    (void)fputs(")\n", gp);
  }
}

static void draw_parameter(Drawing *d, const SweepTable *table, const char *key, int metric)
{
  const SweepRow *lines[MOST_LINES];
  const int n = find_lines(table, lines);
  char name[160], title[200];
  Figure *figure;
  Values values;

  find_values(table, key, &values);
  (void)snprintf(name, sizeof(name), "%s_%s", metric == AUROC ? "auroc" : "auprc", key);
  (void)snprintf(title, sizeof(title), "%s against %s", metric == AUROC ? "AUROC" : "AUPRC", key);
  if (values.n < 2 || n == 0 || !(figure = FigureBegin(d, name, title, 600, 360 + 21 * n))) {
    return;
  }
  print_axis(d, key, &values, metric, n, figure->height);
  (void)fputs("plot ", d->commands);
  for (int k = 0; k < n; k++) {
    (void)snprintf(name, sizeof(name), "%s_%d_%d.txt", key, metric, k);
    write_line(d, table, lines[k], key, &values, metric, name);
    (void)snprintf(title, sizeof(title), "%s, %s", lines[k]->method, lines[k]->reading);
    (void)fprintf(d->commands,
                  "'%s' using 1:3:4 with filledcurves lc rgb '%s' fs transparent solid 0.15 "
                  "notitle, '%s' using 1:2 with linespoints lw 2 pt 7 ps 0.5 lc rgb '%s' title ",
                  name, DrawingColour(k), name, DrawingColour(k));
    PrintQuoted(d->commands, title);
    (void)fputs(k + 1 < n ? ", " : "\n", d->commands);
  }
  FigureText(figure,
             "Mean over all runs with that value, and its 95 %% confidence band (Student's t). "
             "From %s = %s to %s:",
             key, values.text[0], values.text[values.n - 1]);
  for (int k = 0; k < n; k++) {
    double first[2], last[2];

    (void)mean_at(table, lines[k], key, values.text[0], metric, first);
    (void)mean_at(table, lines[k], key, values.text[values.n - 1], metric, last);
    FigureText(figure, "%s %s %s %.3f to %.3f", k ? "," : "", lines[k]->method, lines[k]->reading,
               first[0], last[0]);
  }
  FigureText(figure, ".");
  FigureEnd(d);
}

static int by_auroc(const void *a, const void *b)
{
  const SweepMean *x = *(const SweepMean *const *)a, *y = *(const SweepMean *const *)b;
  const double p = x->mean[AUROC], q = y->mean[AUROC];

  return p > q ? -1 : (p < q ? 1 : (x < y ? -1 : 1));
}

static void print_best(FILE *page, const SweepTable *table)
{
  const SweepMean **sorted = MemoryGrow(NULL, table->n_means, sizeof(SweepMean *));
  const Manifest *manifest = table->manifest;
  int64_t n = 0;

  for (int64_t k = 0; k < table->n_means; k++) {
    if (!table->means[k].is_of_member && !isnan(table->means[k].mean[AUROC])) {
      sorted[n++] = &table->means[k];
    }
  }
  qsort((void *)sorted, (size_t)n, sizeof(void *), by_auroc);
  (void)fputs("<h2>Best settings</h2>\n<div class=\"scroll\"><table>\n<thead><tr><th>method</th>"
              "<th>reading</th><th class=\"n\">AUROC off-diagonal</th><th class=\"n\">AUPRC</th>"
              "<th class=\"n\">runs</th>",
              page);
  for (int64_t k = 0; k < manifest->n_varied; k++) {
    (void)fputs("<th>", page);
    XmlText(page, manifest->varied[k]);
    (void)fputs("</th>", page);
  }
  (void)fputs("</tr></thead>\n<tbody>\n", page);
  for (int64_t r = 0; r < PetscMin(n, MOST_BEST); r++) {
    const SweepMean *m = sorted[r];

    (void)fputs("<tr><td>", page);
    XmlText(page, m->method);
    (void)fputs("</td><td>", page);
    XmlText(page, m->reading);
    (void)fprintf(page, "</td><td class=\"n\">%.4f", m->mean[AUROC]);
    if (!isnan(m->ci95[AUROC])) {
      (void)fprintf(page, " &plusmn; %.4f", m->ci95[AUROC]);
    }
    (void)fprintf(page, "</td><td class=\"n\">%.4f</td><td class=\"n\">%" PRId64 "</td>",
                  m->mean[AUPRC], m->n_runs);
    for (int64_t k = 0; k < manifest->n_varied; k++) {
      const char *value = WordsFind(&m->entry->words, manifest->varied[k]);

      (void)fputs("<td>", page);
      XmlText(page, value ? value : "");
      (void)fputs("</td>", page);
    }
    (void)fputs("</tr>\n", page);
  }
  (void)fputs("</tbody></table></div>\n", page);
  free((void *)sorted);
}

static void print_failures(FILE *page, const SweepTable *table)
{
  const Manifest *manifest = table->manifest;
  char text[1024];

  if (table->n_in_state[STATE_FAILED] == 0) {
    return;
  }
  (void)fputs("<h2>Failures</h2>\n<div class=\"scroll\"><table>\n<thead><tr><th>run</th>"
              "<th>parameters</th><th>reason</th></tr></thead>\n<tbody>\n",
              page);
  for (int64_t e = 0; e < manifest->n_entries; e++) {
    SweepStatus status;

    EntryStatus(manifest, &manifest->entries[e], &status);
    if (status.state == STATE_FAILED) {
      (void)fprintf(page, "<tr><td>%" PRId64 "</td><td>", manifest->entries[e].number);
      XmlText(page, EntryText(manifest, &manifest->entries[e], sizeof(text), text));
      (void)fputs("</td><td>", page);
      XmlText(page, status.reason);
      (void)fputs("</td></tr>\n", page);
    }
  }
  (void)fputs("</tbody></table></div>\n", page);
}

static PetscErrorCode write_page(FILE *page, const Drawing *d, const SweepTable *table)
{
  const Manifest *manifest = table->manifest;
  char title[300], subtitle[200];

  (void)snprintf(title, sizeof(title), "Sweep %s", manifest->name);
  (void)snprintf(
      subtitle, sizeof(subtitle), "%" PRId64 " of %" PRId64 " runs done, %" PRId64 " failed",
      table->n_in_state[STATE_DONE], manifest->n_entries, table->n_in_state[STATE_FAILED]);
  PageBegin(page, title, subtitle);
  PageMissing(page, d);
  print_best(page, table);
  if (d->n > 0) {
    (void)fputs("<h2>Scores against the parameters</h2>\n<div class=\"figures\">\n", page);
    for (int k = 0; k < d->n; k++) {
      SerialCall(PageFigure(page, d, &d->figures[k]));
    }
    (void)fputs("</div>\n", page);
  }
  print_failures(page, table);
  PageEnd(page);
  return 0;
}

static PetscErrorCode make(const SweepTable *table, Drawing *d)
{
  const Manifest *manifest = table->manifest;
  char path[PETSC_MAX_PATH_LEN];
  PetscErrorCode status;
  FILE *page;

  SerialCall(DrawingBegin(manifest->directory, d));
  for (int64_t k = 0; k < manifest->n_varied; k++) {
    draw_parameter(d, table, manifest->varied[k], AUROC);
    draw_parameter(d, table, manifest->varied[k], AUPRC);
  }
  PathPrint(path, "%s/report.html", manifest->directory);
  SerialCall(FileBegin(path, &page));
  status = write_page(page, d, table);
  if (status) {
    FileDiscard(path, &page);
    return status;
  }
  SerialCall(FileCommit(path, &page));
  (void)printf("report     %s\n", path);
  return 0;
}

PetscErrorCode SweepReport(const SweepOptions *options, int *exit_status)
{
  Drawing drawing = {.n = 0};
  Manifest manifest;
  SweepTable table = {.manifest = &manifest};
  PetscErrorCode status;

  SerialCall(ManifestRead(options->input, &manifest));
  status = DirectoryLock(manifest.directory, PETSC_TRUE);
  status = status ? status : TableCollect(&table);
  status = status ? status : make(&table, &drawing);
  DrawingEnd(&drawing);
  TableFree(&table);
  ManifestFree(&manifest);
  *exit_status = SWEEP_DONE;
  return status;
}
