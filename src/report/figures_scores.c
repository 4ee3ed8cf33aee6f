/* SPDX-License-Identifier: GPL-3.0-or-later */

/* How well scores tell edges from other pairs, and what is known without a truth. */
#include "figures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { THRESHOLD, FALSE_POSITIVE, TRUE_POSITIVE, PRECISION, COLUMNS };

/* The points of a curve, which begins where nothing is called an edge. */
typedef struct {
  int64_t n;
  double *points; /* (n, COLUMNS) */
} Curve;

static PetscErrorCode read_curve(const RunFiles *run, const Reading *r, Curve *curve)
{
  const hsize_t first[2] = {0, 0};
  char path[PETSC_MAX_PATH_LEN];
  hsize_t dims[2];
  int64_t rows;

  *curve = (Curve){0, NULL};
  PathPrint(path, "/%s/%s/curve", r->method, strcmp(r->method, "file") ? r->reading : "scores");
  SerialCall(DatasetRows(run->evaluation, path, 2, dims, &rows));
  if (rows > 0 && dims[1] == COLUMNS) {
    curve->n = (int64_t)dims[0];
    curve->points = MemoryGrow(NULL, curve->n, COLUMNS * sizeof(double));
    return DatasetRead(run->evaluation, path, H5T_NATIVE_DOUBLE, 2, first, dims, curve->points);
  }
  return 0;
}

/* A file of one curve: false-positive rate, recall, precision. */
static void write_curve(Drawing *d, int k, const Curve *curve, char path[PETSC_MAX_PATH_LEN])
{
  char name[32];
  FILE *data;

  (void)snprintf(name, sizeof(name), "curve_%d.txt", k);
  data = DrawingData(d, name, path);
  (void)fprintf(data, "0 0 %.6g\n", curve->points[PRECISION]);
  for (int64_t i = 0; i < curve->n; i++) {
    const double *p = curve->points + COLUMNS * i;

    (void)fprintf(data, "%.6g %.6g %.6g\n", p[FALSE_POSITIVE], p[TRUE_POSITIVE], p[PRECISION]);
  }
  (void)fclose(data);
}

/* One plot with all curves; columns of their files. */
static void print_curves(Drawing *d, const RunFiles *run, PetscBool roc, const PetscBool has[],
                         int n, int height)
{
  FILE *gp = d->commands;

  (void)fprintf(gp,
                "set size ratio 1\nset xrange [0:1]\nset yrange [0:1.02]\nset xlabel '%s'\nset "
                "ylabel '%s'\nset bmargin at screen %g\nset key at screen 0.12,0.01 bottom left "
                "Left reverse maxcols 1 font ',11'\nset grid lc rgb '#e4e8ec' lw 0.6\nplot ",
                roc ? "false-positive rate" : "recall", roc ? "true-positive rate" : "precision",
                (70.0 + 22 * n) / height);
  for (int k = 0; k < run->n_readings; k++) {
    const Reading *r = &run->readings[k];
    char title[200];

    if (has[k]) {
      (void)snprintf(title, sizeof(title), "%s, %s: %.3f", r->method, r->reading,
                     roc ? r->auroc : r->auprc);
      (void)fprintf(gp, "'curve_%d.txt' using %s with lines lw 2 dt %d lc rgb '%s' title ", k,
                    roc ? "1:2" : "2:3", 1 + k / 7, DrawingColour(k));
      PrintQuoted(gp, title);
      (void)fputs(", ", gp);
    }
  }
  (void)fprintf(gp, roc ? "x with lines lw 1 dt 3 lc rgb '#888888' title 'chance: 0.5'\n"
                        : "-1 notitle\n");
}

static void draw_plot(Drawing *d, const RunFiles *run, PetscBool roc, const PetscBool has[], int n)
{
  Figure *figure = FigureBegin(d, roc ? "roc" : "precision_recall",
                               roc ? "Receiver operating characteristic" : "Precision and recall",
                               560, 480 + 22 * n);

  if (!figure) {
    return;
  }
  print_curves(d, run, roc, has, n + 1, figure->height);
  FigureText(figure,
             "Of all ordered pairs of two neurons, the threshold falling from left to right. %s",
             roc ? "Area under the curve (AUROC): " : "Average precision (AUPRC): ");
  for (int k = 0, first = 1; k < run->n_readings; k++) {
    if (has[k]) {
      FigureText(figure, "%s%s %s %.3f", first ? "" : ", ", run->readings[k].method,
                 run->readings[k].reading, roc ? run->readings[k].auroc : run->readings[k].auprc);
      first = 0;
    }
  }
  FigureText(figure, ".");
  FigureEnd(d);
}

/* Counts of a curve in bins of score: of each class the part of it that lies in a bin. A line for the left edge of each
   bin, and one for the right edge of the last, up to which gnuplot fills it. */
static void write_histogram(Drawing *d, const char *name, const Curve *c, double low, double high,
                            PetscBool logarithmic, char path[PETSC_MAX_PATH_LEN])
{
  enum { BINS = 40 };
  double part[BINS][2] = {{0, 0}}, before[2] = {0, 0};
  FILE *data = DrawingData(d, name, path);

  for (int64_t k = 0; k < c->n; k++) {
    const double *p = c->points + COLUMNS * k;
    const double x = PetscMin(PetscMax(p[THRESHOLD], low), high);
    const double at = logarithmic ? log(x / low) / log(high / low) : (x - low) / (high - low);
    const int bin = PetscMin(BINS - 1, (int)(at * BINS));

    part[bin][0] += p[TRUE_POSITIVE] - before[0];
    part[bin][1] += p[FALSE_POSITIVE] - before[1];
    before[0] = p[TRUE_POSITIVE];
    before[1] = p[FALSE_POSITIVE];
  }
  for (int k = 0; k <= BINS; k++) {
    const double at = (double)k / BINS, *of_bin = part[PetscMin(k, BINS - 1)];

    (void)fprintf(data, "%.6g %.6g %.6g\n",
                  logarithmic ? low * pow(high / low, at) : low + at * (high - low), of_bin[0],
                  of_bin[1]);
  }
  (void)fclose(data);
}

/* The lowest score of the curve that is positive, or just the lowest. */
static double lowest_of(const Curve *c, PetscBool *logarithmic)
{
  const double high = c->points[THRESHOLD], ratio = 50;
  double low = c->points[COLUMNS * (c->n - 1)];
  const double middle = c->points[COLUMNS * (c->n / 2)];

  *logarithmic = middle > 0 && high > ratio * middle ? PETSC_TRUE : PETSC_FALSE;
  for (int64_t k = c->n - 1; k >= 0 && *logarithmic && low <= 1e-4 * middle; k--) {
    low = c->points[COLUMNS * k];
  }
  return low < high ? low : high - 1;
}

static void draw_distribution(Drawing *d, const Reading *r, const Curve *c, int index)
{
  char name[96], path[PETSC_MAX_PATH_LEN], title[200];
  PetscBool logarithmic;
  const double low = lowest_of(c, &logarithmic);
  Figure *figure;

  (void)snprintf(name, sizeof(name), "distribution_%s", r->method);
  (void)snprintf(title, sizeof(title), "Scores of edges and other pairs: %s, %s", r->method,
                 r->reading);
  figure = FigureBegin(d, name, title, 560, 360);
  if (!figure) {
    return;
  }
  (void)snprintf(name, sizeof(name), "distribution_%d.txt", index);
  write_histogram(d, name, c, low, c->points[THRESHOLD], logarithmic, path);
  (void)fprintf(
      d->commands,
      "%sset xlabel 'score'\nset ylabel 'part of the class'\nset yrange [0:*]\nset key top "
      "right\nset style fill transparent solid 0.55 noborder\n"
      "plot '%s' using 1:3 with fillsteps lc rgb '%s' title 'other pairs', '%s' using 1:2 "
      "with fillsteps lc rgb '%s' title 'edges'\n",
      logarithmic ? "set logscale x\nset format x '%.0e'\n" : "", path, DrawingColour(5), path,
      DrawingColour(1));
  FigureText(figure, "The less they overlap, the better an edge is told by its score; AUROC %.3f.",
             r->auroc);
  FigureEnd(d);
}

static void draw_distributions(Drawing *d, const RunFiles *run, const Curve curves[])
{
  const Reading *best[MOST_METHODS];
  const int n = RunBest(run, MOST_METHODS, best);

  for (int k = 0; k < n; k++) {
    const int64_t at = best[k] - run->readings;

    if (curves[at].n > 1) {
      draw_distribution(d, best[k], &curves[at], k);
    }
  }
}

PetscErrorCode DrawCurves(Drawing *d, const RunFiles *run)
{
  PetscBool has[MOST_READINGS] = {PETSC_FALSE};
  Curve curves[MOST_READINGS] = {{0, NULL}};
  char path[PETSC_MAX_PATH_LEN];
  PetscErrorCode status = 0;
  int n = 0;

  for (int k = 0; k < run->n_readings && !status && d->has_gnuplot; k++) {
    status = read_curve(run, &run->readings[k], &curves[k]);
    has[k] = !status && curves[k].n > 0 ? PETSC_TRUE : PETSC_FALSE;
    if (has[k]) {
      write_curve(d, k, &curves[k], path);
      n++;
    }
  }
  if (n > 0 && !status) {
    draw_plot(d, run, PETSC_TRUE, has, n);
    draw_plot(d, run, PETSC_FALSE, has, n);
    draw_distributions(d, run, curves);
  }
  for (int k = 0; k < run->n_readings; k++) {
    free(curves[k].points);
  }
  return status;
}

void DrawSignificance(Drawing *d, const Inferred *f)
{
  Figure *figure;
  char path[PETSC_MAX_PATH_LEN];
  int64_t total = 0;
  FILE *data;

  if (!f->has_p_values ||
      !(figure = FigureBegin(d, "p_values", "Significance of the pairs", 560, 360))) {
    return;
  }
  data = DrawingData(d, "p_values.txt", path);
  for (int k = 0; k < P_BINS; k++) {
    (void)fprintf(data, "%g %lld\n", ((double)k + 0.5) / P_BINS, (long long)f->p_counts[k]);
    total += f->p_counts[k];
  }
  (void)fclose(data);
  (void)fprintf(d->commands,
                "set boxwidth %g\nset xrange [0:1]\nset yrange [0:*]\nset xlabel 'p-value'\nset "
                "ylabel 'pairs'\nplot '%s' using 1:2 with boxes lc rgb '%s' notitle, %g with lines "
                "lw 1.5 dt 2 lc rgb '#555555' title 'as many as chance gives if no pair is "
                "connected'\n",
                0.9 / P_BINS, path, DrawingColour(0), (double)total / P_BINS);
  FigureText(figure,
             "p-values of %s, %s, of %lld pairs; %lld are significant at the false-discovery "
             "rate.",
             f->reading->method, f->reading->reading, (long long)total,
             (long long)PetscMax(f->n_significant, 0));
  FigureEnd(d);
}

void DrawDegrees(Drawing *d, const RunFiles *run, const Inferred *f)
{
  enum { MOST_BINS = 30 };
  Figure *figure = FigureBegin(d, "degrees", "Degrees of the inferred network", 560, 360);
  int64_t largest = 1, smallest = INT64_MAX, counts[2][MOST_BINS + 1] = {{0}};
  int64_t width;
  char path[PETSC_MAX_PATH_LEN];
  FILE *data;

  if (!figure) {
    return;
  }
  for (int64_t k = 0; k < run->n; k++) {
    largest = PetscMax(largest, PetscMax(f->in_degree[k], f->out_degree[k]));
    smallest = PetscMin(smallest, PetscMin(f->in_degree[k], f->out_degree[k]));
  }
  width = largest / MOST_BINS + 1;
  for (int64_t k = 0; k < run->n; k++) {
    counts[0][f->in_degree[k] / width]++;
    counts[1][f->out_degree[k] / width]++;
  }
  data = DrawingData(d, "degrees.txt", path);
  for (int64_t k = 0; k <= largest / width; k++) {
    (void)fprintf(data, "%g %lld %lld\n", (double)(k * width) + 0.5 * (double)(width - 1),
                  (long long)counts[0][k], (long long)counts[1][k]);
  }
  (void)fclose(data);
  (void)fprintf(d->commands,
                "set xlabel 'degree'\nset ylabel 'neurons'\nset yrange [0:*]\nset key outside top "
                "right horizontal\nset "
                "boxwidth %g\nset xrange [%g:%g]\nplot '%s' using ($1-%g):2 with boxes lc rgb '%s' "
                "title 'incoming', "
                "'%s' using ($1+%g):3 with boxes lc rgb '%s' title 'outgoing'\n",
                0.4 * (double)width, (double)(smallest - width), (double)(largest + width), path,
                0.21 * (double)width, DrawingColour(0), path, 0.21 * (double)width,
                DrawingColour(1));
  FigureText(figure, "Degrees in the network of the %lld %s edges by %s, %s; mean degree %.1f.",
             (long long)f->n_edges, f->n_significant >= 0 ? "significant" : "strongest",
             f->reading->method, f->reading->reading, (double)f->n_edges / (double)run->n);
  FigureEnd(d);
}
