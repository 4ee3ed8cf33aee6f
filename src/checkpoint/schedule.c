/* SPDX-License-Identifier: GPL-3.0-or-later */

/* When a snapshot is due. Signal handlers only set a flag; everything else is asked at safe points, and
   the answer of all ranks together counts. */
#include "checkpoint_impl.h"

#include "causeway/log.h"
#include "causeway/number.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static volatile sig_atomic_t signalled;
static volatile time_t signalled_s;

/* Whoever asks twice to end does not want to wait. mpirun and SLURM send what they have to say several times at
   once, and SIGUSR1 before SIGTERM: only the same signal a second later counts as asked again. */
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

/* A signal that is ignored stays so, as under nohup. */
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

/* Seconds until the job's end by SLURM's account; negative when it does not say. */
static double slurm_seconds_left(void)
{
  const char *end = getenv("SLURM_JOB_END_TIME");
  const double left = end ? strtod(end, NULL) - (double)time(NULL) : -1.0;

  return end && strtod(end, NULL) > 0 ? left : -1.0;
}

PetscErrorCode CheckpointSetFromOptions(Checkpoint c, Parameters p)
{
  PetscFunctionBegin;
  PetscCall(ParametersReal(p, "checkpoint_interval", "min",
                           "between two snapshots, 0 for none but those asked for", 0, 1e6,
                           &c->interval_min));
  PetscCall(
      ParametersString(p, "max_walltime",
                       "time after which the run saves its state and ends [s], also 90s, 15min, "
                       "2h, H:M:S or D-H:M:S; none",
                       sizeof(c->walltime_word), c->walltime_word));
  c->has_walltime = strcmp(c->walltime_word, "none") ? PETSC_TRUE : PETSC_FALSE;
  PetscCall(ParametersInteger(p, "max_steps", "1",
                              "time steps, batches of a training and blocks of a regression after "
                              "which the run saves its state and ends, 0 for no limit; to try "
                              "restarts out",
                              0, 1LL << 53, &c->max_steps));
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

/* Time to keep in hand before the limit: twice the longest writing and the longest way to a safe
   point, and something for the end of the program. */
static double margin(const Schedule *s)
{
  const double floor_s = PetscMin(20.0, 0.05 * (s->deadline_s - s->start_s));

  return 2.0 * (s->write_s + s->gap_s) + floor_s;
}

/* A file system's metadata server is not asked more often than once a second. */
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
