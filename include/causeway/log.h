/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_LOG_H
#define CAUSEWAY_LOG_H

#include <petscsys.h>
#include <stdint.h>

/*@
  LogKeep - keeps what is printed from now on for the file that LogOpen() opens

  Not collective. A run says what it assumes before it knows that it may write.
@*/
PetscErrorCode LogKeep(void);

/*@
  LogOpen - copies everything that LogPrintf() prints into a file as well

  Collective on `comm`; only rank 0 opens the file, which begins with what LogKeep() kept
  Input: append - whether to keep what the file holds
  Errors: CAUSEWAY_ERR_USER when the file cannot be created
@*/
PetscErrorCode LogOpen(MPI_Comm comm, const char *path, PetscBool append);

/*@
  LogClose - ends the copy to the file; harmless when none is open
@*/
PetscErrorCode LogClose(void);

/*@
  LogPrintf - prints on rank 0 of PETSC_COMM_WORLD, to standard output (LogToError() changes that)
  and to the open log file

  Logically collective: every rank may call it, rank 0 prints
@*/
PetscErrorCode LogPrintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*@
  LogToError - from now on what is printed goes to standard error, also what PETSc prints

  Not collective, but the same on every rank
@*/
void LogToError(PetscBool to_error);

/*@
  LogWarning - LogPrintf() with the prefix "warning: "
@*/
PetscErrorCode LogWarning(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A number as the log has it: "0.9234" with a format such as "%.4f", or "n/a" for what is not defined. Returns `text`. */
const char *LogNumber(double value, const char *format, char text[32]);

/* One line per interval with rate and time left; a bar on a terminal. Not collective: rank 0
 * prints. */
typedef struct {
  const char *label; /* what is being done; borrowed */
  const char *unit;  /* of what is counted, e.g. "steps"; borrowed */
  int64_t total;
  double start_s, last_s;
} Progress;

/*@
  ProgressInterval - seconds between two progress lines of all stages; 0 prints none
@*/
void ProgressInterval(double seconds);

void ProgressBegin(Progress *progress, const char *label, const char *unit, int64_t total);
PetscErrorCode ProgressUpdate(Progress *progress, int64_t done);
PetscErrorCode ProgressEnd(Progress *progress);

/* The named events and stages of -log_view, all in one place. */
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
  LogRegister - registers events and stages with PETSc; logging is silently off before it is called
@*/
PetscErrorCode LogRegister(void);
PetscErrorCode LogEventStart(LogEvent event);
PetscErrorCode LogEventStop(LogEvent event);
PetscErrorCode LogStageStart(LogStage stage);
PetscErrorCode LogStageStop(void);

#endif
