/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Decides when a snapshot is due. Signal handlers only set a flag; all ranks decide together at safe points. */
#include "checkpoint_impl.h"

#include "causeway/internal/core/number.h"
#include "causeway/log.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static volatile sig_atomic_t signalled;
static volatile time_t signalled_s;

/* A second request to end ends the run at once. mpirun and SLURM send a signal several times, and SIGUSR1 before SIGTERM, so
   only the same signal at least a second later counts as a second request. */
static void remember(int number)
{
  struct timespec now;

  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  if (number != SIGUSR1 && signalled == number && now.tv_sec > signalled_s + 1) {
    (void)signal(number, SIG_DFL);
    (void)raise(number);
  } else if (signalled != number) {
    signalled_s = now.tv_sec;
    signalled = number;
  }
}

/* A signal that is ignored stays ignored, as under nohup. */
static void catch_signals(void)
{
  static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1};
  struct sigaction action = {.sa_handler = remember, .sa_flags = SA_RESTART}, old;

  (void)sigemptyset(&action.sa_mask);
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(numbers); k++) {
    if (!sigaction(numbers[k], NULL, &old) && old.sa_handler != SIG_IGN) {
      (void)sigaction(numbers[k], &action, NULL);
    }
  }
}

/* Time until the end of the job by SLURM's account [s]; negative when unknown. */
static double slurm_seconds_left(void)
{
  const char *end = getenv("SLURM_JOB_END_TIME");
  const double left = end ? strtod(end, NULL) - (double)time(NULL) : -1.0;

  return end && strtod(end, NULL) > 0 ? left : -1.0;
}

static const ParameterWord no_limit[] = {{"none", "no limit but that of SLURM", 0},
                                         {NULL, NULL, 0}};

const ParameterSpec CheckpointParameters[] = {
    {.key = "checkpoint_interval",
     .kind = PARAMETER_REAL,
     .unit = "min",
     .standard = "15",
     .high = 1e6,
     .text = "Interval between snapshots; 0 for none but those asked for",
     .effect = PARAMETER_OUTPUT,
     PARAMETER_MEMBER(struct _p_Checkpoint, interval_min)},
    {.key = "max_walltime",
     .kind = PARAMETER_TEXT,
     .standard = "none",
     .words = no_limit,
     .form = "TIME",
     .text = "Time after which the run saves its state and ends [s]; also 90s, 15min, 2h, H:M:S or "
             "D-H:M:S",
     .effect = PARAMETER_OUTPUT,
     PARAMETER_MEMBER(struct _p_Checkpoint, walltime_word)},
    {.key = "max_steps",
     .kind = PARAMETER_INTEGER,
     .unit = "1",
     .standard = "0",
     .high = 1LL << 53,
     .text =
         "Time steps, training batches or regression blocks after which the run saves its state "
         "and ends, to try restarts out; 0 for no limit",
     .effect = PARAMETER_OUTPUT,
     PARAMETER_MEMBER(struct _p_Checkpoint, max_steps)},
    {.key = NULL}};

PetscErrorCode CheckpointDeclareParameters(Parameters p)
{
  PetscFunctionBegin;
  PetscCall(ParametersDeclare(p, CheckpointParameters));
  PetscFunctionReturn(0);
}

PetscErrorCode CheckpointSetFromOptions(Checkpoint c, Parameters p)
{
  PetscFunctionBegin;
  PetscCall(ParametersRead(p, CheckpointParameters, c));
  c->has_walltime = strcmp(c->walltime_word, "none") ? PETSC_TRUE : PETSC_FALSE;
  UserCheck(!c->has_walltime ||
                (NumberWithUnit(c->walltime_word, "s", &c->walltime_s) && c->walltime_s > 0),
            "%s = %s: expected none or a time such as 3600, 90s, 15min, 2h, 1:00:00 or 1-12:00:00",
            ParametersSource(p, "max_walltime"), c->walltime_word);
  PetscFunctionReturn(0);
}

void ScheduleStart(Checkpoint c)
{
  Schedule *s = &c->schedule;
  const double now = MPI_Wtime(), left = slurm_seconds_left();

  catch_signals();
  *s = (Schedule){.start_s = now, .last_s = now, .poll_s = now, .next = 1};
  s->interval_s = 60.0 * c->interval_min;
  if (c->has_walltime) {
    s->deadline_s = now + c->walltime_s;
  }
  if (left >= 0 && (s->deadline_s <= 0 || now + left < s->deadline_s)) {
    s->deadline_s = now + left;
  }
}

/* Time reserved before the limit: twice the longest writing and the longest time between safe points, plus time for the end
   of the program. */
static double margin(const Schedule *s)
{
  const double floor_s = PetscMin(20.0, 0.05 * (s->deadline_s - s->start_s));

  return 2.0 * (s->write_s + s->gap_s) + floor_s;
}

/* Checks for the stop file at most once a second, to spare the metadata server. */
static PetscBool stop_file(Checkpoint c, double now)
{
  Schedule *s = &c->schedule;
  char path[PETSC_MAX_PATH_LEN];
  struct stat entry;

  if (now - s->stat_s > 1.0) {
    s->stat_s = now;
    (void)PetscSNPrintf(path, sizeof(path), "%s/stop", c->directory);
    s->stop_file = stat(path, &entry) ? PETSC_FALSE : PETSC_TRUE;
  }
  return s->stop_file;
}

void ScheduleCount(Checkpoint c)
{
  c->schedule.calls++;
  c->schedule.steps++;
}

PetscBool ScheduleDue(Checkpoint c)
{
  const Schedule *s = &c->schedule;

  return s->calls >= s->next || s->steps == c->max_steps ? PETSC_TRUE : PETSC_FALSE;
}

Request ScheduleRequest(Checkpoint c)
{
  Schedule *s = &c->schedule;
  const double now = MPI_Wtime();

  s->gap_s = PetscMax(s->gap_s, now - s->poll_s);
  s->poll_s = now;
  if (signalled || (c->max_steps > 0 && s->steps >= c->max_steps)) {
    return REQUEST_STOP;
  }
  if (c->rank > 0) {
    return REQUEST_NONE;
  }
  if (s->deadline_s > 0 && now > s->deadline_s - margin(s)) {
    s->in_vain = s->steps <= 1 ? PETSC_TRUE : PETSC_FALSE;
    return REQUEST_STOP;
  }
  if (stop_file(c, now)) {
    return REQUEST_STOP;
  }
  return s->interval_s > 0 && now - s->last_s >= s->interval_s ? REQUEST_SAVE : REQUEST_NONE;
}
