/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A stretch of the activity: spikes of all neurons, and traces of some. */
#include "figures.h"

#include <math.h>
#include <stdlib.h>

enum {
  MOST_DOTS = 6000,
  MOST_SPIKES = 1 << 23,
  TRACES = 6,
  TRACE_SAMPLES = 3000,
  TRACE_BINS = 700,
  SHORTEST_MS = 1000
};

/* What is shown; times in seconds. */
typedef struct {
  double start_s, end_s;
  int64_t n_spikes;
  double *times_ms;
  int64_t *nodes, every;        /* one of so many neurons is shown */
  int64_t n_samples, n_columns; /* of the report; 0 without one */
  double first_ms, interval_ms;
  char unit[32];
} Stretch;

static PetscErrorCode read_spikes(const RunFiles *run, Stretch *s)
{
  char group[PETSC_MAX_PATH_LEN], path[PETSC_MAX_PATH_LEN];
  const hsize_t zero[1] = {0};
  hsize_t count[1];
  int64_t n;

  SerialCall(GroupFirst(run->spikes, "/spikes", group));
  if (!group[0]) {
    return 0;
  }
  PathPrint(path, "%s/timestamps", group);
  SerialCall(DatasetRows(run->spikes, path, 1, count, &n));
  if (n < 1) {
    return 0;
  }
  s->n_spikes = PetscMin(n, MOST_SPIKES);
  count[0] = (hsize_t)s->n_spikes;
  s->times_ms = MemoryGrow(NULL, s->n_spikes, sizeof(double));
  s->nodes = MemoryGrow(NULL, s->n_spikes, sizeof(int64_t));
  SerialCall(DatasetRead(run->spikes, path, H5T_NATIVE_DOUBLE, 1, zero, count, s->times_ms));
  PathPrint(path, "%s/node_ids", group);
  SerialCall(DatasetRead(run->spikes, path, H5T_NATIVE_INT64, 1, zero, count, s->nodes));
  return 0;
}

static PetscErrorCode find_report(const RunFiles *run, Stretch *s)
{
  const hsize_t zero[1] = {0}, three[1] = {3};
  hsize_t dims[2], n_times[1];
  int64_t n, n_of_time;
  double times[3];

  SerialCall(DatasetRows(run->activity, "/report/neurons/data", 2, dims, &n));
  SerialCall(DatasetRows(run->activity, "/report/neurons/mapping/time", 1, n_times, &n_of_time));
  if (n > 0 && n_of_time == 3) {
    SerialCall(DatasetRead(run->activity, "/report/neurons/mapping/time", H5T_NATIVE_DOUBLE, 1,
                           zero, three, times));
    s->n_samples = (int64_t)dims[0];
    s->n_columns = (int64_t)dims[1];
    s->first_ms = times[0];
    s->interval_ms = times[2] > 0 ? times[2] : 1;
  }
  return 0;
}

/* From the beginning, as long as there is room for the dots of the spikes and the samples of a trace. */
static void choose_stretch(Stretch *s)
{
  double first = INFINITY, last = -INFINITY;

  for (int64_t k = 0; k < s->n_spikes; k++) {
    first = PetscMin(first, s->times_ms[k]);
    last = PetscMax(last, s->times_ms[k]);
  }
  if (s->n_samples > 0) {
    first = PetscMin(first, s->first_ms);
    last = PetscMax(last, s->first_ms + (double)s->n_samples * s->interval_ms);
  }
  s->start_s = 1e-3 * first;
  if (s->n_spikes > MOST_DOTS) {
    last = first + PetscMax((last - first) * MOST_DOTS / (double)s->n_spikes,
                            PetscMin(last - first, SHORTEST_MS));
  }
  if (s->n_spikes == 0 || s->interval_ms > 2) { /* slow recordings show little in a short time */
    last = s->n_samples > 0 ? PetscMin(last, first + TRACE_SAMPLES * s->interval_ms) : last;
  }
  s->end_s = 1e-3 * last;
}

/* Of many neurons only every so many, such that there is room for their spikes. */
static void write_raster(Drawing *d, Stretch *s, char path[PETSC_MAX_PATH_LEN])
{
  int64_t inside = 0;
  FILE *data = DrawingData(d, "raster.txt", path);

  for (int64_t k = 0; k < s->n_spikes; k++) {
    inside += 1e-3 * s->times_ms[k] <= s->end_s;
  }
  s->every = inside / (MOST_DOTS + MOST_DOTS / 2) + 1;
  for (int64_t k = 0; k < s->n_spikes; k++) {
    if (1e-3 * s->times_ms[k] <= s->end_s && s->nodes[k] % s->every == 0) {
      (void)fprintf(data, "%.5g %lld\n", 1e-3 * s->times_ms[k], (long long)s->nodes[k]);
    }
  }
  (void)fclose(data);
}

/* One trace between 0 and 1; of many samples the smallest and the largest of each bin. */
static void write_trace(FILE *data, const Stretch *s, int64_t n, const double x[], int64_t offset)
{
  const int64_t bin = PetscMax(1, n / TRACE_BINS);
  double low = INFINITY, high = -INFINITY;

  for (int64_t t = 0; t < n; t++) {
    low = isfinite(x[t]) ? PetscMin(low, x[t]) : low;
    high = isfinite(x[t]) ? PetscMax(high, x[t]) : high;
  }
  high = high > low ? high : low + 1;
  for (int64_t t = 0; t < n; t += bin) {
    int64_t at[2] = {t, t};

    for (int64_t k = t; k < PetscMin(n, t + bin); k++) {
      at[0] = x[k] < x[at[0]] ? k : at[0];
      at[1] = x[k] > x[at[1]] ? k : at[1];
    }
    for (int k = 0; k < (bin > 1 ? 2 : 1); k++) {
      const int64_t sample = at[k ? (at[0] < at[1]) : (at[0] > at[1])];

      (void)fprintf(data, "%.6g %.4g\n", 1e-3 * (s->first_ms + (double)sample * s->interval_ms),
                    (double)offset + 0.9 * (x[sample] - low) / (high - low));
    }
  }
  (void)fputs("\n", data);
}

static PetscErrorCode write_traces(Drawing *d, const RunFiles *run, const Stretch *s, int n_traces,
                                   char path[PETSC_MAX_PATH_LEN])
{
  const double samples = (1e3 * s->end_s - s->first_ms) / s->interval_ms;
  const int64_t n = PetscMax(1, PetscMin(s->n_samples, (int64_t)samples));
  double *x = MemoryGrow(NULL, n, sizeof(double));
  PetscErrorCode status = 0;
  FILE *data = DrawingData(d, "traces.txt", path);

  for (int k = 0; k < n_traces && !status; k++) {
    const hsize_t first[2] = {0, (hsize_t)(k * s->n_columns / n_traces)};
    const hsize_t count[2] = {(hsize_t)n, 1};

    status =
        DatasetRead(run->activity, "/report/neurons/data", H5T_NATIVE_DOUBLE, 2, first, count, x);
    if (!status) {
      write_trace(data, s, n, x, n_traces - 1 - k);
    }
  }
  (void)fclose(data);
  free(x);
  return status;
}

static void print_names(Drawing *d, const RunFiles *run, const Stretch *s, int n_traces)
{
  char number[32];

  (void)fputs("set ytics nomirror scale 0 (", d->commands);
  for (int k = 0; k < n_traces; k++) {
    const int64_t column = k * s->n_columns / n_traces;

    (void)fputs(k ? ", " : "", d->commands);
    if (run->names.n == s->n_columns) {
      PrintTick(d->commands, RunName(run, column, number));
    } else {
      (void)fprintf(d->commands, "'%lld'", (long long)column);
    }
    (void)fprintf(d->commands, " %g", (double)(n_traces - 1 - k) + 0.45);
  }
  (void)fputs(")\n", d->commands);
}

PetscErrorCode DrawActivity(Drawing *d, const RunFiles *run)
{
  char raster[PETSC_MAX_PATH_LEN], traces[PETSC_MAX_PATH_LEN];
  Stretch s = {.n_spikes = 0};
  PetscErrorCode status;
  int n_traces, n_panels;
  Figure *figure = NULL;

  if (!d->has_gnuplot) {
    return 0;
  }
  status = read_spikes(run, &s);
  status = status ? status : find_report(run, &s);
  n_traces = (int)PetscMin(TRACES, s.n_columns);
  n_panels = (s.n_spikes > 0) + (n_traces > 0);
  if (!status && n_panels > 0) {
    choose_stretch(&s);
    figure = FigureBegin(d, "activity", "Activity", 940, 70 + 260 * n_panels);
  }
  if (figure) {
    (void)fprintf(d->commands,
                  "set multiplot layout %d,1 margins 0.09,0.98,0.12,0.96 spacing 0.05,0.07\nset "
                  "xrange [%.6g:%.6g]\n",
                  n_panels, s.start_s, s.end_s);
    if (s.n_spikes > 0) {
      write_raster(d, &s, raster);
      (void)fprintf(
          d->commands,
          "set ylabel 'neuron' offset 1\n%splot '%s' using 1:2 with points pt 7 ps 0.18 lc "
          "rgb '#1b1f24' notitle\n",
          n_traces ? "set format x ''\n" : "set xlabel 'time [s]'\n", raster);
    }
    if (n_traces > 0) {
      status = write_traces(d, run, &s, n_traces, traces);
      print_names(d, run, &s, n_traces);
      (void)fprintf(
          d->commands,
          "set format x '%%g'\nset xlabel 'time [s]'\nset ylabel 'neuron' offset 1\nset "
          "yrange [-0.05:%d]\nplot '%s' using 1:2 with lines lw 0.8 lc rgb '%s' notitle\n",
          n_traces, traces, DrawingColour(0));
    }
    (void)fputs("unset multiplot\n", d->commands);
    FigureText(figure, "The time from %.3g to %.3g s. ", s.start_s, s.end_s);
    if (s.n_spikes > 0) {
      FigureText(figure, "Every dot is a spike");
      if (s.every > 1) {
        FigureText(figure, ", of every %lldth neuron", (long long)s.every);
      }
      FigureText(figure, ". ");
    }
    if (n_traces > 0) {
      FigureText(figure, "Traces of %d of %lld recorded neurons, each scaled to its own range.",
                 n_traces, (long long)s.n_columns);
    }
    FigureEnd(d);
  }
  free(s.times_ms);
  free(s.nodes);
  return status;
}
