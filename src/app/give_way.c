/* SPDX-License-Identifier: GPL-3.0-or-later */

/* With more ranks than cores, ranks that wait for messages in Open MPI call sched_yield(). Next to
   a process that never waits, each call gives up a whole time slice, a hundred times the duration
   of a message. The function here replaces sched_yield() of the C library, also inside Open MPI.
   After a yield that took so long, the next ones sleep for a moment instead: the kernel wakes a
   sleeping process before one that computes all the time. */
#include <sched.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Duration above which a yield must have waited for a time slice to end [ns]; number of sleeps that
   follow; their length [ns]. */
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
