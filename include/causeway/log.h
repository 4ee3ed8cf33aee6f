/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_LOG_H
#define CAUSEWAY_LOG_H

#include "causeway/declare.h"

#include <petscsys.h>
#include <stdint.h>

CAUSEWAY_BEGIN_DECLARATIONS

/* A part of the log: lines of text, or a progress bar that replaces the previous one. */
typedef enum { LOG_TEXT, LOG_BAR } LogKind;

/*@
  LogSetSink - sets the function that receives the log on rank 0 of PETSC_COMM_WORLD; without a sink nothing is printed

  Not collective
  Input: sink - receives whole lines, which end with a newline, or a bar, "" to remove it; NULL for no sink
         context - passed to `sink`; borrowed
         bars - whether progress appears as bars, as on a terminal, or as lines
@*/
typedef void (*LogSink)(LogKind kind, const char *text, void *context);
void LogSetSink(LogSink sink, void *context, PetscBool bars);

/*@
  LogKeep - stores the log from now on for the file that LogOpen() opens

  Not collective. A run logs its assumptions before it knows whether it may write.
@*/
PetscErrorCode LogKeep(void);

/*@
  LogOpen - copies everything that LogPrintf() prints into a file

  Collective on `comm`; only rank 0 opens the file, which begins with the lines that LogKeep() stored
  Input: append - whether to keep the present content of the file
  Errors: CAUSEWAY_ERR_USER when the file cannot be created
@*/
PetscErrorCode LogOpen(MPI_Comm comm, const char *path, PetscBool append);

/*@
  LogClose - ends the copy to the file; does nothing when no file is open
@*/
PetscErrorCode LogClose(void);

/*@
  LogPrintf - logs a text on rank 0 of PETSC_COMM_WORLD, for the sink and the open log file

  Logically collective
@*/
PetscErrorCode LogPrintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*@
  LogWarning - LogPrintf() with the prefix "warning: "
@*/
PetscErrorCode LogWarning(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Formats a number for the log: "0.9234" with a format such as "%.4f", or "n/a" for NaN. Returns `text`. */
const char *LogNumber(double value, const char *format, char text[32]);

/* Progress of a stage: one line per interval with rate and remaining time, or a bar. Not collective; rank 0 logs. */
typedef struct {
  const char *label; /* name of the work; borrowed */
  const char *unit;  /* unit of the count, e.g. "steps"; borrowed */
  int64_t total;     /* count at the end */
  double start_s, last_s;
} Progress;

/*@
  ProgressInterval - time between two progress lines of all stages [s]; 0 prints none
@*/
void ProgressInterval(double seconds);

void ProgressBegin(Progress *progress, const char *label, const char *unit, int64_t total);
PetscErrorCode ProgressUpdate(Progress *progress, int64_t done);
PetscErrorCode ProgressEnd(Progress *progress);

/* The named events and stages of -log_view. */
typedef enum {
  EVENT_NETWORK_GENERATE,
  EVENT_SIMULATE_DRAW,
  EVENT_SIMULATE_EXCHANGE,
  EVENT_SIMULATE_DELIVER,
  EVENT_SIMULATE_ADVANCE,
  EVENT_RECORD,
  EVENT_ACTIVITY_READ,
  EVENT_GRANGER_GATHER,
  EVENT_GRANGER_PRODUCTS,
  EVENT_GRANGER_GRAM,
  EVENT_GRANGER_PAIRWISE,
  EVENT_GRANGER_FACTOR,
  EVENT_GRANGER_SOLVE,
  EVENT_GRANGER_INVERSE,
  EVENT_GRANGER_GROUPS,
  EVENT_GRANGER_STATISTICS,
  EVENT_GRANGER_LATTICE,
  EVENT_GRANGER_STATE_SPACE,
  EVENT_GRANGER_SPECTRAL,
  EVENT_GRANGER_EVENT,
  EVENT_TRAIN_FORWARD,
  EVENT_TRAIN_BACKWARD,
  EVENT_TRAIN_RING,
  EVENT_TRAIN_REDUCE,
  EVENT_TRAIN_UPDATE,
  EVENT_TRAIN_SCORE,
  EVENT_CAUSALITY_WRITE,
  EVENT_EVALUATE,
  EVENT_CHECKPOINT,
  EVENT_COUNT
} LogEvent;

typedef enum {
  STAGE_SIMULATE,
  STAGE_GRANGER,
  STAGE_TRAIN,
  STAGE_FORECAST,
  STAGE_EVALUATE,
  STAGE_IMPORT,
  STAGE_OBSERVE,
  STAGE_COUNT
} LogStage;

/*@
  LogRegister - registers events and stages with PETSc; before this call, events and stages are not recorded
@*/
PetscErrorCode LogRegister(void);
PetscErrorCode LogEventStart(LogEvent event);
PetscErrorCode LogEventStop(LogEvent event);
PetscErrorCode LogStageStart(LogStage stage);
PetscErrorCode LogStageStop(void);

CAUSEWAY_END_DECLARATIONS

#endif
