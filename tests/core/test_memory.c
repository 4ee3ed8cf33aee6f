/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The memory check heeds what the system lets a process take: control groups of both versions, ulimit. */
#define _GNU_SOURCE /* nftw() */
#include "memory_limit.h"
#include "scratch.h"

#include <ftw.h>
#include <string.h>
#include <sys/resource.h>

static char root[600];

/* Makes ROOT/NAME, with the folders above it. */
static void write_file(const char *name, const char *text)
{
  char path[1400];
  FILE *stream;

  (void)snprintf(path, sizeof(path), "%s/%s", root, name);
  for (char *c = path + strlen(root) + 1; *c; c++) {
    if (*c == '/') {
      *c = 0;
      (void)mkdir(path, 0777);
      *c = '/';
    }
  }
  stream = fopen(path, "w");
  CHECK(stream, "cannot write %s", path);
  if (stream) {
    (void)fputs(text, stream);
    (void)fclose(stream);
  }
}

static void new_root(const char *name)
{
  (void)snprintf(root, sizeof(root), "%s/%s", scratch, name);
  (void)mkdir(root, 0777);
}

static void test_none(void)
{
  MemoryLimit limit;

  new_root("none");
  MemoryLimitOfGroup(root, &limit);
  CHECK(isinf(limit.bytes) && !limit.name[0], "%g %s", limit.bytes, limit.name);
  write_file("proc/self/cgroup", "0::/job/step\n");
  write_file("sys/fs/cgroup/job/step/memory.max", "max\n");
  MemoryLimitOfGroup(root, &limit);
  CHECK(isinf(limit.bytes), "%g %s", limit.bytes, limit.name);
}

/* What is above counts, files in the cache do not. */
static void test_version2(void)
{
  MemoryLimit limit;

  new_root("v2");
  write_file("proc/self/cgroup", "0::/slurm/job_1/step_0/task_0\n");
  write_file("sys/fs/cgroup/slurm/job_1/step_0/task_0/memory.max", "max\n");
  write_file("sys/fs/cgroup/slurm/job_1/step_0/memory.max", "9000000000\n");
  write_file("sys/fs/cgroup/slurm/job_1/memory.max", "4000000000\n");
  write_file("sys/fs/cgroup/slurm/job_1/memory.stat", "anon 1000000000\nfile 2500000000\n");
  write_file("sys/fs/cgroup/slurm/memory.max", "64000000000\n");
  MemoryLimitOfGroup(root, &limit);
  CHECK_CLOSE(limit.bytes, 3e9, 0);
  CHECK(!strcmp(limit.name, "/sys/fs/cgroup/slurm/job_1/memory.max"), "%s", limit.name);
  write_file("sys/fs/cgroup/memory.max", "500000000\n");
  MemoryLimitOfGroup(root, &limit);
  CHECK_CLOSE(limit.bytes, 5e8, 0);
  CHECK(!strcmp(limit.name, "/sys/fs/cgroup/memory.max"), "%s", limit.name);
}

/* SLURM's way of version 1; other controllers have other paths. */
static void test_version1(void)
{
  MemoryLimit limit;

  new_root("v1");
  write_file("proc/self/cgroup", "9:cpu,cpuacct:/small\n4:hugetlb,memory:/slurm/job_2\n0::/\n");
  write_file("sys/fs/cgroup/memory/small/memory.limit_in_bytes", "1000\n");
  write_file("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  write_file("sys/fs/cgroup/memory/slurm/job_2/memory.limit_in_bytes", "2000000000\n");
  write_file("sys/fs/cgroup/memory/slurm/job_2/memory.stat",
             "total_cache 7\nrss 5\ntotal_rss 500000000\n");
  MemoryLimitOfGroup(root, &limit);
  CHECK_CLOSE(limit.bytes, 1.5e9, 0);
  CHECK(strstr(limit.name, "slurm/job_2/memory.limit_in_bytes"), "%s", limit.name);
}

/* Bytes of the address space that are in use. */
static rlim_t addresses(void)
{
  FILE *stream = fopen("/proc/self/statm", "r");
  long pages = 0;

  CHECK(stream && fscanf(stream, "%ld", &pages) == 1, "/proc");
  (void)fclose(stream);
  return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

/* Two ranks of the node share a group, and each has its own ulimit. */
static void test_check(int size)
{
  struct rlimit before, now;
  const double unlimited = 1e18;

  new_root("v2");
  CHECK(!MemoryCheckBelow(root, PETSC_COMM_WORLD, "the run", 4e8 / size, "advice"), "fits");
  CHECK(MemoryCheckBelow(root, PETSC_COMM_WORLD, "the run", 6e8 / size, "advice") ==
            CAUSEWAY_ERR_USER,
        "does not fit");
  CHECK(strstr(UserErrorMessage(), "/sys/fs/cgroup/memory.max"), "%s", UserErrorMessage());
  CHECK(!MemoryCheck(PETSC_COMM_WORLD, "the run", 1e6, "advice"), "%s", UserErrorMessage());
  CHECK(MemoryCheck(PETSC_COMM_WORLD, "the run", unlimited, "advice") == CAUSEWAY_ERR_USER,
        "no machine has as much");

  new_root("none");
  (void)getrlimit(RLIMIT_AS, &before);
  now = before;
  now.rlim_cur = addresses() + (rlim_t)200000000;
  CHECK(!setrlimit(RLIMIT_AS, &now), "setrlimit");
  CHECK(!MemoryCheckBelow(root, PETSC_COMM_WORLD, "the run", 1e7, "advice"), "fits");
  CHECK(MemoryCheckBelow(root, PETSC_COMM_WORLD, "the run", 3e8, "advice") == CAUSEWAY_ERR_USER,
        "beyond ulimit -v");
  CHECK(strstr(UserErrorMessage(), "ulimit -v"), "%s", UserErrorMessage());
  (void)setrlimit(RLIMIT_AS, &before);
}

static int remove_entry(const char *path, const struct stat *entry, int type, struct FTW *at)
{
  (void)entry;
  (void)type;
  (void)at;
  return remove(path);
}

int main(int argc, char **argv)
{
  int size;

  check_begin(&argc, &argv);
  (void)MPI_Comm_size(PETSC_COMM_WORLD, &size);
  scratch_begin("memory");
  if (scratch_rank() == 0) {
    test_none();
    test_version2();
    test_version1();
  }
  (void)MPI_Barrier(PETSC_COMM_WORLD);
  test_check(size);
  (void)MPI_Barrier(PETSC_COMM_WORLD);
  if (scratch_rank() == 0) {
    (void)nftw(scratch, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
  }
  return check_end();
}
