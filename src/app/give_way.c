/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Where more ranks than cores wait for messages, Open MPI lets them give way with sched_yield(). Beside a process that
   never waits this hands over a whole time slice at every message, a hundred times what the message takes. The function
   here stands in place of that of the C library, also for Open MPI: after a yield that took so long, the next ones
   sleep for a moment instead, from which the kernel wakes a process before one that computes all the time. */
#include <sched.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* A yield that takes longer [ns] has waited for a time slice to end; moments of sleep after it, and their length [ns]. */
enum { LONG_YIELD = 2500000, N_SLEEPS = 1000, SLEEP = 20000 };

static int64_t now_ns(void)
{
  struct timespec time;

  (void)clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int sched_yield(void)
{
  static _Thread_local int left;
  int64_t begin;

  if (left > 0) {
    const struct timespec moment = {0, SLEEP};

    left--;
    (void)nanosleep(&moment, NULL);
    return 0;
  }
  begin = now_ns();
  (void)syscall(SYS_sched_yield);
  left = now_ns() - begin > LONG_YIELD ? N_SLEEPS : 0;
  return 0;
}
