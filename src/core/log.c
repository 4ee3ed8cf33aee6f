/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/log.h"

#include "causeway/error.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static FILE *log_file; /* the open log, or before LogOpen() the stored lines */
static char *kept;
static size_t kept_bytes;
static double progress_interval_s = 10.0;
static LogSink log_sink; /* or NULL */
static void *sink_context;
static PetscBool has_bars;

static PetscBool is_printer(void)
{
  return PetscGlobalRank <= 0 ? PETSC_TRUE : PETSC_FALSE;
}

PetscErrorCode LogKeep(void)
{
  PetscFunctionBegin;
  PetscCall(LogClose());
  if (is_printer()) {
    log_file = open_memstream(&kept, &kept_bytes);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode LogOpen(MPI_Comm comm, const char *path, PetscBool append)
{
  FILE *file;
  int rank;
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (rank == 0) {
    file = fopen(path, append ? "a" : "w");
    if (!file) {
      status = UserError("%s: cannot create the log file: %s", path, strerror(errno));
    } else {
      if (kept) { /* print_both() has flushed it */
        (void)fwrite(kept, 1, kept_bytes, file);
      }
      PetscCall(LogClose());
      log_file = file;
    }
  }
  PetscCall(ErrorAgree(comm, status));
  PetscFunctionReturn(0);
}

PetscErrorCode LogClose(void)
{
  PetscFunctionBegin;
  if (log_file) {
    (void)fclose(log_file);
    log_file = NULL;
  }
  free(kept);
  kept = NULL;
  kept_bytes = 0;
  PetscFunctionReturn(0);
}

void LogSetSink(LogSink sink, void *context, PetscBool bars)
{
  log_sink = sink;
  sink_context = context;
  has_bars = bars;
}

static void print_both(const char *prefix, const char *format, va_list arguments)
{
  char text[4096];
  const int length = snprintf(text, sizeof(text), "%s", prefix);

  (void)vsnprintf(text + length, sizeof(text) - (size_t)length, format, arguments);
  if (log_sink) {
    log_sink(LOG_TEXT, text, sink_context);
  }
  if (log_file) {
    (void)fputs(text, log_file);
    (void)fflush(log_file);
  }
}

PetscErrorCode LogPrintf(const char *format, ...)
{
  va_list arguments;

  PetscFunctionBegin;
  if (is_printer()) {
    va_start(arguments, format);
    print_both("", format, arguments);
    va_end(arguments);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode LogWarning(const char *format, ...)
{
  va_list arguments;

  PetscFunctionBegin;
  if (is_printer()) {
    va_start(arguments, format);
    print_both("warning: ", format, arguments);
    va_end(arguments);
  }
  PetscFunctionReturn(0);
}

const char *LogNumber(double value, const char *format, char text[32])
{
  (void)snprintf(text, 32, isnan(value) ? "n/a" : format, value);
  return text;
}

void ProgressInterval(double seconds)
{
  progress_interval_s = seconds;
}

void ProgressBegin(Progress *progress, const char *label, const char *unit, int64_t total)
{
  progress->label = label;
  progress->unit = unit;
  progress->total = total;
  progress->start_s = MPI_Wtime();
  progress->last_s = progress->start_s;
}

static void draw_bar(const Progress *progress, int64_t done, double rate, double left_s)
{
  enum { WIDTH = 30 };
  char bar[WIDTH + 1], text[256];
  int filled = (int)(WIDTH * (double)done / (double)PetscMax(progress->total, 1));

  for (int i = 0; i < WIDTH; i++) {
    bar[i] = i < filled ? '#' : '.';
  }
  bar[WIDTH] = 0;
  (void)snprintf(text, sizeof(text), "%-10s [%s] %3.0f %%  %.3g %s/s  %.0f s left", progress->label,
                 bar, 100.0 * (double)done / (double)PetscMax(progress->total, 1), rate,
                 progress->unit, left_s);
  log_sink(LOG_BAR, text, sink_context);
}

PetscErrorCode ProgressUpdate(Progress *progress, int64_t done)
{
  double now, elapsed, rate, left_s, interval;

  PetscFunctionBegin;
  if (!is_printer() || progress_interval_s <= 0) {
    PetscFunctionReturn(0);
  }
  now = MPI_Wtime();
  interval = has_bars ? PetscMin(0.2, progress_interval_s) : progress_interval_s;
  if (done <= 0 || now - progress->last_s < interval) {
    PetscFunctionReturn(0);
  }
  progress->last_s = now;
  elapsed = now - progress->start_s;
  rate = (double)done / elapsed;
  left_s = (double)(progress->total - done) / rate;
  if (has_bars) {
    draw_bar(progress, done, rate, left_s);
  } else {
    PetscCall(LogPrintf("%-10s %12lld / %lld %s  %.4g %s/s  %.0f s left\n", progress->label,
                        (long long)done, (long long)progress->total, progress->unit, rate,
                        progress->unit, left_s));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ProgressEnd(Progress *progress)
{
  PetscFunctionBegin;
  if (is_printer() && has_bars && progress->last_s > progress->start_s) {
    log_sink(LOG_BAR, "", sink_context);
  }
  PetscFunctionReturn(0);
}

static const char *const event_names[EVENT_COUNT] = {
    "NetGenerate", "SimDraw",   "SimExchange", "SimDeliver",  "SimAdvance", "Record",
    "ActRead",     "GrGather",  "GrProducts",  "GrGram",      "GrPairwise", "GrFactor",
    "GrSolve",     "GrInverse", "GrGroups",    "GrStatistic", "GrLattice",  "GrState",
    "GrSpectral",  "GrEvent",   "TrForward",   "TrBackward",  "TrRing",     "TrReduce",
    "TrUpdate",    "TrScore",   "CausWrite",   "Evaluate",    "Checkpoint"};
static const char *const stage_names[STAGE_COUNT] = {"simulate", "granger", "train",  "forecast",
                                                     "evaluate", "import",  "observe"};

static PetscBool registered;
static PetscLogEvent events[EVENT_COUNT];
static PetscLogStage stages[STAGE_COUNT];

PetscErrorCode LogRegister(void)
{
  PetscClassId class_id;

  PetscFunctionBegin;
  if (registered) {
    PetscFunctionReturn(0);
  }
  PetscCall(PetscClassIdRegister("causeway", &class_id));
  for (int i = 0; i < EVENT_COUNT; i++) {
    PetscCall(PetscLogEventRegister(event_names[i], class_id, &events[i]));
  }
  for (int i = 0; i < STAGE_COUNT; i++) {
    stages[i] = -1;
  }
  registered = PETSC_TRUE;
  PetscFunctionReturn(0);
}

PetscErrorCode LogEventStart(LogEvent event)
{
  PetscFunctionBegin;
  if (registered) {
    PetscCall(PetscLogEventBegin(events[event], 0, 0, 0, 0));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode LogEventStop(LogEvent event)
{
  PetscFunctionBegin;
  if (registered) {
    PetscCall(PetscLogEventEnd(events[event], 0, 0, 0, 0));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode LogStageStart(LogStage stage)
{
  PetscFunctionBegin;
  if (registered) {
    if (stages[stage] < 0) { /* PETSc lists unregistered stages as "Unknown" */
      PetscCall(PetscLogStageRegister(stage_names[stage], &stages[stage]));
    }
    PetscCall(PetscLogStagePush(stages[stage]));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode LogStageStop(void)
{
  PetscFunctionBegin;
  if (registered) {
    PetscCall(PetscLogStagePop());
  }
  PetscFunctionReturn(0);
}
