/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/internal/report/report.h"

#include "figures.h"

#include "causeway/error.h"
#include "causeway/internal/core/hdf5_file.h"
#include "causeway/internal/core/hdf5_find.h"
#include "causeway/internal/core/process.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char ReportHelp[] =
    "causeway report DIR\n\n"
    "Draws what a finished run has left in its directory: DIR/report.html, which needs no other\n"
    "file, and each figure in DIR/figures as SVG and PDF. Figures need gnuplot; without it the\n"
    "page has the tables. A run makes its report itself, unless -report false.\n";

const SerialOption ReportOptions[] = {{NULL, NULL}};

/* "0.923", or "n/a" for what is not there. */
static void print_number(FILE *page, const json_t *object, const char *key, const char *format)
{
  const json_t *value = json_object_get(object, key);

  (void)fputs("<td class=\"n\">", page);
  if (json_is_number(value)) {
    (void)fprintf(page, format, json_number_value(value));
  } else {
    (void)fputs("n/a", page);
  }
  (void)fputs("</td>", page);
}

static void print_text(FILE *page, const char *tag, const char *text)
{
  (void)fprintf(page, "<%s>", tag);
  XmlText(page, text ? text : "");
  (void)fprintf(page, "</%s>", tag);
}

static void print_fact(FILE *page, const json_t *object, const char *key, const char *name)
{
  const json_t *value = json_object_get(object, key);

  if (json_is_integer(value)) {
    (void)fprintf(page, "<li><b>%lld</b><span>%s</span></li>\n",
                  (long long)json_integer_value(value), name);
  }
}

static void print_facts(FILE *page, const RunFiles *run, int n_best, const Reading *best[])
{
  (void)fputs("<ul class=\"facts\">\n", page);
  print_fact(page, run->summary, "neurons", "neurons");
  print_fact(page, run->summary, "samples", "samples");
  print_fact(page, run->summary, "synapses", "synapses");
  print_fact(page, run->summary, "spikes", "spikes");
  for (int k = 0; k < n_best; k++) {
    if (isfinite(best[k]->auroc)) {
      (void)fprintf(page, "<li><b>%.3f</b><span>AUROC of ", best[k]->auroc);
      XmlText(page, best[k]->method);
      (void)fputs(", ", page);
      XmlText(page, best[k]->reading);
      (void)fputs("</span></li>\n", page);
    }
  }
  (void)fputs("</ul>\n", page);
}

static void print_scores(FILE *page, const RunFiles *run)
{
  static const char *const columns[] = {
      "AUROC off-diagonal", "AUROC published", "AUPRC", "precision", "recall", "F1", "time [s]"};
  static const char *const keys[] = {
      "auroc_offdiagonal", "auroc_published", "auprc", "precision", "recall", "f1", "time_s"};
  const json_t *scores = json_object_get(run->summary, "scores");
  size_t k;
  json_t *score;

  if (json_array_size(scores) == 0) {
    (void)fputs("<h2>Scores</h2>\n<p>n/a: nothing was compared with a true network.</p>\n", page);
    return;
  }
  (void)fputs("<h2>Scores</h2>\n<div class=\"scroll\"><table>\n<thead><tr><th>method</th>"
              "<th>reading</th>",
              page);
  for (size_t c = 0; c < PETSC_STATIC_ARRAY_LENGTH(columns); c++) {
    (void)fprintf(page, "<th class=\"n\">%s</th>", columns[c]);
  }
  (void)fputs("</tr></thead>\n<tbody>\n", page);
  json_array_foreach(scores, k, score)
  {
    const char *reading = json_string_value(json_object_get(score, "reading"));

    if (!reading || ScoreIsOfMember(score)) {
      continue;
    }
    (void)fputs("<tr>", page);
    print_text(page, "td", json_string_value(json_object_get(score, "method")));
    print_text(page, "td", reading);
    for (size_t c = 0; c < PETSC_STATIC_ARRAY_LENGTH(keys); c++) {
      print_number(page, score, keys[c], strcmp(keys[c], "time_s") ? "%.4f" : "%.3g");
    }
    (void)fputs("</tr>\n", page);
  }
  (void)fputs("</tbody></table></div>\n", page);
}

static void print_timing(FILE *page, const RunFiles *run)
{
  const double shortest = 1e-4; /* s, of a stage that has done anything */
  const char *stage;
  json_t *seconds;

  (void)fputs("<h2>Timing</h2>\n<div class=\"scroll\"><table>\n<thead><tr><th>stage</th><th "
              "class=\"n\">time [s]</th></tr></thead>\n<tbody>\n",
              page);
  json_object_foreach(json_object_get(run->summary, "timing"), stage, seconds)
  {
    const size_t length = strlen(stage);

    if (json_is_number(seconds) && json_number_value(seconds) >= shortest) {
      (void)fprintf(page, "<tr><td>%.*s</td><td class=\"n\">%.3g</td></tr>\n",
                    (int)(length > 2 ? length - 2 : length), stage, json_number_value(seconds));
    }
  }
  (void)fputs("</tbody></table></div>\n", page);
}

/* What the program noted in a file; "" when it is one of another. */
static PetscErrorCode read_libraries(const char *name, size_t length, char libraries[])
{
  hid_t file, attribute, type;
  PetscErrorCode status;

  SerialCall(HDF5FileOpen(name, &file));
  status = HDF5FindAttribute(file, "libraries", &attribute);
  if (attribute >= 0) {
    type = H5Aget_type(attribute);
    if (H5Tget_size(type) < length && H5Tis_variable_str(type) == 0 &&
        H5Aread(attribute, type, libraries) < 0) {
      status = HDF5Damaged(file, "libraries", "cannot be read");
    }
    (void)H5Tclose(type);
    (void)H5Aclose(attribute);
  }
  (void)H5Fclose(file);
  return status;
}

/* Versions of the program and its libraries. */
static void print_provenance(FILE *page, const RunFiles *run)
{
  static const char *const keys[] = {"program", "version", "revision", "command"};
  char libraries[2048] = "";

  if (run->causality[0] && read_libraries(run->causality, sizeof(libraries), libraries)) {
    (void)snprintf(libraries, sizeof(libraries), "%s", UserErrorMessage());
  }
  (void)fputs("<h2>Provenance</h2>\n<div class=\"scroll\"><table><tbody>\n", page);
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(keys); k++) {
    (void)fputs("<tr>", page);
    print_text(page, "th", keys[k]);
    print_text(page, "td", json_string_value(json_object_get(run->summary, keys[k])));
    (void)fputs("</tr>\n", page);
  }
  (void)fprintf(page, "<tr><th>ranks</th><td>%lld</td></tr>\n",
                (long long)json_integer_value(json_object_get(run->summary, "ranks")));
  (void)fputs("<tr>", page);
  print_text(page, "th", "libraries");
  print_text(page, "td", libraries);
  (void)fputs("</tr>\n</tbody></table></div>\n", page);
}

static void print_details(FILE *page, const char *title, const char *text)
{
  if (text && text[0]) {
    (void)fprintf(page, "<details><summary>%s</summary>\n<pre>", title);
    XmlText(page, text);
    (void)fputs("</pre></details>\n", page);
  }
}

/* A count in the first evaluation, -1 without any. */
static int64_t evaluated(const RunFiles *run, const char *name)
{
  const json_t *first = json_array_get(json_object_get(run->summary, "scores"), 0);
  const json_t *count = json_object_get(first, name);

  return json_is_integer(count) ? (int64_t)json_integer_value(count) : -1;
}

static int64_t true_edges(const RunFiles *run)
{
  return evaluated(run, "edges");
}

/* The true network, unless it is not the one that the evaluation has seen: it also matches neurons by their names. */
static PetscErrorCode find_truth(const RunFiles *run, Inferred *truth)
{
  const int64_t n = true_edges(run), most = n + PetscMax(0, evaluated(run, "unscored"));

  SerialCall(TruthFind(run, truth));
  return truth->n_edges >= n && truth->n_edges <= most
             ? 0
             : UserError("%s: the true network is not drawn: %lld of its edges are found between "
                         "the neurons of the scores, and the evaluation has %lld",
                         run->truth, (long long)truth->n_edges, (long long)n);
}

/* A part of the page that fails is left out, and its error said. */
static void heed(Drawing *d, PetscErrorCode status)
{
  if (status) {
    (void)fprintf(stderr, "causeway: warning: %s\n", UserErrorMessage());
    DrawingNote(d, UserErrorMessage());
  }
}

/* The best reading of each method in the cells of a picture, and the truth beside it; what cannot be read is left
   out. */
static void draw_inferred(Drawing *d, const RunFiles *run, int n_best, const Reading *best[])
{
  PetscBool knows = run->truth[0] && true_edges(run) >= 0 ? PETSC_TRUE : PETSC_FALSE;
  Inferred methods[MOST_METHODS] = {{.reading = NULL}}, truth = {.reading = NULL};
  int first = 0, n = 0;

  for (int k = 0; k < n_best; k++) {
    const PetscErrorCode status = InferredFind(run, best[k], true_edges(run), &methods[n]);

    heed(d, status);
    if (status) {
      InferredFree(&methods[n]);
    } else {
      first = n > 0 && best[k]->auroc > methods[first].reading->auroc ? n : first;
      n++;
    }
  }
  if (knows && n > 0) {
    const PetscErrorCode status = find_truth(run, &truth);

    heed(d, status);
    knows = status ? PETSC_FALSE : PETSC_TRUE;
  }
  if (n > 0) {
    DrawMatrices(d, run, knows ? &truth : NULL, n, methods);
    DrawNetworks(d, run, knows ? &truth : NULL, &methods[first]);
  }
  heed(d, DrawCurves(d, run));
  if (n > 0) {
    DrawDrivers(d, run, &methods[first]);
    DrawDegrees(d, run, &methods[first]);
  }
  for (int k = 0; k < n; k++) { /* of the first method that has a test */
    if (methods[k].has_p_values) {
      DrawSignificance(d, &methods[k]);
      break;
    }
  }
  for (int k = 0; k < n; k++) {
    InferredFree(&methods[k]);
  }
  InferredFree(&truth);
}

static PetscErrorCode write_page(FILE *page, const Drawing *d, const RunFiles *run, int n_best,
                                 const Reading *best[])
{
  const char *slash = strrchr(run->directory, '/');
  const char *version = json_string_value(json_object_get(run->summary, "version"));
  const char *command = json_string_value(json_object_get(run->summary, "command"));
  char subtitle[256];

  (void)snprintf(subtitle, sizeof(subtitle), "causeway %s, %s", version ? version : "n/a",
                 command ? command : "n/a");
  PageBegin(page, slash && slash[1] ? slash + 1 : run->directory, subtitle);
  print_facts(page, run, n_best, best);
  PageMissing(page, d);
  if (d->n > 0) {
    (void)fputs("<h2>Figures</h2>\n<div class=\"figures\">\n", page);
    for (int k = 0; k < d->n; k++) {
      SerialCall(PageFigure(page, d, &d->figures[k]));
    }
    (void)fputs("</div>\n", page);
  }
  print_scores(page, run);
  SerialCall(PrintCouplings(page, run));
  SerialCall(PrintGroups(page, run));
  print_timing(page, run);
  print_provenance(page, run);
  (void)fputs("<h2>Parameters and log</h2>\n", page);
  print_details(page, "All parameters", run->parameters);
  print_details(page, "What was printed", run->log);
  PageEnd(page);
  return 0;
}

/* Files that the run could have left, or named, but that are not there. */
static void note_missing(Drawing *d, const RunFiles *run)
{
  PetscBool has_groups = PETSC_FALSE;

  if (run->activity < 0 && run->spikes < 0) {
    DrawingNote(d, "no activity is shown, because the run wrote none and read it from a file that "
                   "is gone or is not HDF5; causeway import makes an HDF5 file of it");
  }
  if (run->note[0]) {
    (void)fprintf(stderr, "causeway: warning: %s\n", run->note);
    DrawingNote(d, run->note);
  }
  heed(d, RunHasGroups(run, &has_groups));
  if (run->n == 0 && has_groups) {
    DrawingNote(d, "no matrices and networks are shown, because the scores are between groups of "
                   "neurons only; their table stands below");
  } else if (run->n == 0) {
    DrawingNote(d, "no matrices and networks are shown, because there are no scores in a "
                   "causality.h5 that can be read");
  }
}

static PetscErrorCode make(RunFiles *run, Drawing *d)
{
  const Reading *best[MOST_METHODS] = {NULL};
  int n_best;
  char path[PETSC_MAX_PATH_LEN];
  PetscErrorCode status;
  FILE *page;

  SerialCall(DrawingBegin(run->directory, d));
  note_missing(d, run);
  heed(d, DrawActivity(d, run));
  n_best = run->n > 0 ? RunBest(run, MOST_METHODS, best) : 0;
  if (d->has_gnuplot && n_best > 0) {
    draw_inferred(d, run, n_best, best);
  } else {
    heed(d, DrawCurves(d, run));
  }
  heed(d, DrawTraining(d, run));
  PathPrint(path, "%s/report.html", run->directory);
  SerialCall(FileBegin(path, &page));
  status = write_page(page, d, run, n_best, best);
  if (status) {
    FileDiscard(path, &page);
    return status;
  }
  return FileCommit(path, &page);
}

PetscErrorCode ReportMake(const char *directory)
{
  Drawing drawing = {.n = 0};
  RunFiles run;
  PetscErrorCode status = RunOpen(directory, &run);

  status = status ? status : make(&run, &drawing);
  DrawingEnd(&drawing);
  RunClose(&run);
  return status;
}

static PetscErrorCode run_command(int argc, char **argv)
{
  static const char *const needs[] = {"the directory of a run", "DIR"};
  const char *directory, *values[SERIAL_MOST_OPTIONS];
  char clean[PETSC_MAX_PATH_LEN];

  SerialCall(OptionsParse("report", needs, ReportOptions, argc, argv, &directory, values));
  PathPrint(clean, "%s", directory);
  while (strlen(clean) > 1 && clean[strlen(clean) - 1] == '/') {
    clean[strlen(clean) - 1] = 0;
  }
  SerialCall(DirectoryLock(clean, PETSC_TRUE));
  SerialCall(ReportMake(clean));
  (void)printf("report     %s/report.html\n", clean);
  return 0;
}

int ReportMain(int argc, char **argv)
{
  if (WantsHelp(argc, argv)) {
    (void)fputs(ReportHelp, stdout);
    return SerialEnd(0, EXIT_SUCCESS);
  }
  return SerialEnd(run_command(argc - 2, argv + 2), EXIT_SUCCESS);
}
