/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Who drives whom: as matrices, as a network, and who drives most. */
#include "figures.h"

#include <math.h>
#include <stdlib.h>

static int by_value(const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;

  return x < y ? -1 : (x > y ? 1 : 0);
}

/* The magnitude that stands for full colour: few cells lie above. */
static double full_colour(const Inferred *f)
{
  const double share = 0.99;
  const int64_t n = (int64_t)f->cells * f->cells;
  double *sorted = MemoryGrow(NULL, n, sizeof(double)), value;

  for (int64_t k = 0; k < n; k++) {
    sorted[k] = fabs(f->sum[k]);
  }
  qsort(sorted, (size_t)n, sizeof(double), by_value);
  value = sorted[(int64_t)(share * (double)(n - 1))];
  value = value > 0 ? value : sorted[n - 1];
  free(sorted);
  return value > 0 ? value : 1;
}

static void write_cells(Drawing *d, const char *name, const Inferred *f, double scale)
{
  char path[PETSC_MAX_PATH_LEN];
  FILE *data = DrawingData(d, name, path);

  for (int i = 0; i < f->cells; i++) {
    for (int j = 0; j < f->cells; j++) {
      const double x = f->sum[i * f->cells + j] / scale;

      (void)fprintf(data, "%.4g%c", PetscMax(-1, PetscMin(1, x)), j + 1 < f->cells ? ' ' : '\n');
    }
  }
  (void)fclose(data);
}

/* Names on both axes, where there are few; else numbers. */
static void print_names(FILE *gp, const RunFiles *run)
{
  enum { MOST_NAMES = 24 };
  char number[32];

  if (run->names.n == 0 || run->n > MOST_NAMES) {
    return;
  }
  for (int axis = 0; axis < 2; axis++) {
    (void)fprintf(gp, "set %ctics %s nomirror scale 0 font ',9' (", axis ? 'y' : 'x',
                  axis ? "" : "rotate by -60 left");
    for (int64_t k = 0; k < run->n; k++) {
      (void)fputs(k ? ", " : "", gp);
      PrintTick(gp, RunName(run, k, number));
      (void)fprintf(gp, " %lld", (long long)k);
    }
    (void)fputs(")\n", gp);
  }
}

static void print_panel(Drawing *d, const RunFiles *run, const Inferred *f, const char *title,
                        int index, int first, int n_panels)
{
  const double cell = (double)run->n / f->cells;
  char name[32];
  FILE *gp = d->commands;

  (void)snprintf(name, sizeof(name), "cells_%d.txt", index);
  write_cells(d, name, f, full_colour(f));
  (void)fputs(f->has_signs ? PaletteSigned : PaletteMagnitude, gp);
  (void)fprintf(gp, "set cbrange [%d:1]\nset title ", f->has_signs ? -1 : 0);
  PrintQuoted(gp, title);
  (void)fprintf(gp,
                "\nset xlabel 'source neuron'\nset ylabel '%s' offset 1.5\nset lmargin at screen "
                "%g\nset rmargin at screen %g\nset bmargin at screen 0.16\nset tmargin at screen "
                "0.9\n",
                index == first ? "target neuron" : "", (index - first + 0.17) / n_panels,
                (index - first + 0.84) / n_panels);
  print_names(gp, run);
  (void)fprintf(gp, "set xrange [-0.5:%g]\nset yrange [%g:-0.5]\nplot ", (double)run->n - 0.5,
                (double)run->n - 0.5);
  PrintQuoted(gp, name);
  (void)fprintf(gp, " matrix using (($1+0.5)*%g-0.5):(($2+0.5)*%g-0.5):3 with image notitle\n",
                cell, cell);
}

void DrawMatrices(Drawing *d, const RunFiles *run, const Inferred *truth, int n_methods,
                  const Inferred methods[])
{
  const int n_panels = n_methods + (truth ? 1 : 0), side = n_panels > 1 ? 330 : 480;
  PetscBool has_signs = truth ? PETSC_TRUE : PETSC_FALSE;
  Figure *figure;
  char title[160];

  if (n_panels == 0 ||
      !(figure = FigureBegin(d, "matrices",
                             truth ? "True and inferred connections" : "Inferred connections",
                             n_panels * side, side + 30))) {
    return;
  }
  (void)fprintf(d->commands, "set multiplot\nset size ratio 1\nset border 15\nset colorbox\n"
                             "set cbtics 0.5 font ',10'\n");
  if (truth) {
    print_panel(d, run, truth, "truth", 0, 0, n_panels);
  }
  for (int k = 0; k < n_methods; k++) {
    (void)snprintf(title, sizeof(title), "%s, %s", methods[k].reading->method,
                   methods[k].reading->reading);
    print_panel(d, run, &methods[k], title, k + 1, truth ? 0 : 1, n_panels);
  }
  (void)fputs("unset multiplot\n", d->commands);
  FigureText(figure, "Rows are targets, columns sources, in the same order in every matrix");
  if (run->n > MOST_CELLS) {
    FigureText(figure, "; each of %d x %d cells is the mean of a block of pairs", methods[0].cells,
               methods[0].cells);
  }
  for (int k = 0; k < n_methods; k++) {
    has_signs = has_signs || methods[k].has_signs ? PETSC_TRUE : PETSC_FALSE;
  }
  FigureText(figure, ". 1 is the 99th percentile of each.%s",
             has_signs ? " Where signs are known, orange excites and blue inhibits." : "");
  if (truth) {
    FigureText(figure, " The truth has %lld edges between %lld neurons.", (long long)truth->n_edges,
               (long long)run->n);
  }
  FigureEnd(d);
}

typedef struct {
  double strength;
  int64_t neuron;
} Driver;

static int by_strength(const void *a, const void *b)
{
  const Driver *x = (const Driver *)a, *y = (const Driver *)b;

  if (x->strength > y->strength || x->strength < y->strength) {
    return x->strength > y->strength ? -1 : 1;
  }
  return x->neuron < y->neuron ? -1 : 1;
}

void DrawDrivers(Drawing *d, const RunFiles *run, const Inferred *f)
{
  enum { MOST = 20 };
  const int64_t n = PetscMin(run->n, MOST);
  Driver *drivers;
  Figure *figure = FigureBegin(d, "drivers", "Which neurons drive most", 600, 360);
  char number[32], path[PETSC_MAX_PATH_LEN];
  FILE *data;

  if (!figure) {
    return;
  }
  drivers = MemoryGrow(NULL, run->n, sizeof(Driver));
  for (int64_t k = 0; k < run->n; k++) {
    drivers[k] = (Driver){f->strength[k], k};
  }
  qsort(drivers, (size_t)run->n, sizeof(Driver), by_strength);
  data = DrawingData(d, "drivers.txt", path);
  for (int64_t k = 0; k < n; k++) {
    (void)fprintf(data, "%lld %.6g\n", (long long)k, drivers[k].strength / drivers[0].strength);
  }
  (void)fclose(data);
  (void)fprintf(d->commands,
                "set boxwidth 0.75\nset yrange [0:1.05]\nset xrange [-0.6:%g]\n"
                "set ylabel 'outgoing score, relative'\nset xlabel 'source neuron'\n"
                "set xtics rotate by -55 left nomirror scale 0 (",
                (double)n - 0.4);
  for (int64_t k = 0; k < n; k++) {
    (void)fputs(k ? ", " : "", d->commands);
    PrintTick(d->commands, RunName(run, drivers[k].neuron, number));
    (void)fprintf(d->commands, " %lld", (long long)k);
  }
  (void)fprintf(d->commands, ")\nplot '%s' using 1:2 with boxes lc rgb '%s' notitle\n", path,
                DrawingColour(0));
  FigureText(figure,
             "Scores of %s, %s, summed over all targets of a source, the %lld largest of "
             "%lld. Most: ",
             f->reading->method, f->reading->reading, (long long)n, (long long)run->n);
  for (int64_t k = 0; k < PetscMin(n, 3); k++) {
    FigureText(figure, "%s%s (%.2f)", k ? ", " : "", RunName(run, drivers[k].neuron, number),
               drivers[k].strength / drivers[0].strength);
  }
  FigureText(figure, ".");
  free(drivers);
  FigureEnd(d);
}

/* One network on a circle, its edges bent towards the middle, wider for a stronger score. */
static void print_network(Drawing *d, const RunFiles *run, const Inferred *f, const char *title,
                          int index)
{
  const double n = (double)run->n;
  char name[32], edges[PETSC_MAX_PATH_LEN], nodes[PETSC_MAX_PATH_LEN], number[32];
  const int veil = f->n_edges > 200 ? 0x78000000 : 0; /* many edges shine through */
  double largest = 0;
  FILE *data, *gp = d->commands;

  for (int64_t k = 0; k < f->n_pairs; k++) {
    largest = PetscMax(largest, fabs(f->pairs[k].score));
  }
  (void)snprintf(name, sizeof(name), "edges_%d.txt", index);
  data = DrawingData(d, name, edges);
  for (int64_t k = 0; k < f->n_pairs; k++) {
    const Pair *p = &f->pairs[k];
    const double a = 2 * M_PI * (double)p->source / n, b = 2 * M_PI * (double)p->target / n;
    const int strong = (int)(2.999 * fabs(p->score) / PetscMax(largest, 1e-300));
    const double back = 0.94; /* of the way, where the arrow ends before the node */

    (void)fprintf(data, "%.4f %.4f %.4f %.4f %d %d\n", sin(a) * back, cos(a) * back,
                  (sin(b) - sin(a)) * back, (cos(b) - cos(a)) * back, strong,
                  veil + (p->sign < 0                   ? 0x0072b2
                          : p->sign > 0 && f->has_signs ? 0xd55e00
                                                        : 0x555555));
  }
  (void)fclose(data);
  (void)snprintf(name, sizeof(name), "nodes_%d.txt", index);
  data = DrawingData(d, name, nodes);
  for (int64_t k = 0; k < run->n; k++) {
    const double a = 2 * M_PI * (double)k / n;

    (void)fprintf(data, "%.4f %.4f ", sin(a), cos(a));
    PrintCell(data, RunName(run, k, number));
    (void)fputc('\n', data);
  }
  (void)fclose(data);
  (void)fputs("set title ", gp);
  PrintQuoted(gp, title);
  (void)fputs("\nplot ", gp);
  for (int strong = 0; strong < 3; strong++) { /* gnuplot has one width for all arrows of a plot */
    (void)fprintf(gp,
                  "'%s' using ($5==%d?$1:NaN):2:3:4:6 with vectors head filled size 0.04,16 lw %g "
                  "lc rgb variable notitle, ",
                  edges, strong, f->n_edges > 200 ? 0.3 + 0.4 * strong : 0.5 + 0.7 * strong);
  }
  (void)fprintf(gp,
                "'%s' using 1:2 with points pt 7 ps 0.5 lc rgb '#222222' notitle, '%s' using "
                "($1*1.13):($2*1.13):3 with labels font ',%d' textcolor rgb '#222222' notitle\n",
                nodes, nodes, run->n > 25 ? 8 : 10);
}

void DrawNetworks(Drawing *d, const RunFiles *run, const Inferred *truth, const Inferred *f)
{
  const int n_panels = truth ? 2 : 1, side = 470;
  Figure *figure;
  char title[160];

  if (run->n > FEW_NEURONS || f->n_pairs == 0 ||
      PetscMax(f->n_edges, truth ? truth->n_edges : 0) > FEW_EDGES ||
      !(figure = FigureBegin(d, "network", truth ? "True and inferred network" : "Inferred network",
                             n_panels * side, side))) {
    return;
  }
  (void)fprintf(
      d->commands,
      "set multiplot layout 1,%d margins 0.02,0.98,0.03,0.92 spacing 0.02\nset size ratio "
      "-1\nunset border\nunset tics\nset xrange [-1.3:1.3]\nset yrange [-1.3:1.3]\n",
      n_panels);
  if (truth) {
    print_network(d, run, truth, "truth", 0);
  }
  (void)snprintf(title, sizeof(title), "%s, %s", f->reading->method, f->reading->reading);
  print_network(d, run, f, title, 1);
  (void)fputs("unset multiplot\n", d->commands);
  FigureText(figure,
             "Arrows go from source to target, orange excites, blue inhibits, gray where the "
             "sign is not known. Inferred are %lld edges: %s.",
             (long long)f->n_edges,
             f->n_significant >= 0 ? "those that are significant at the false-discovery rate"
             : truth               ? "as many of the strongest as the truth has"
                                   : "the strongest");
  FigureEnd(d);
}
