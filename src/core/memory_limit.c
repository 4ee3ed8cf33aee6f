/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "memory_limit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* Names of the files of a version of control groups. */
typedef struct {
  const char *mount, *limit, *anonymous; /* anonymous: key of memory.stat */
} GroupFiles;

static const GroupFiles version1 = {"/sys/fs/cgroup/memory", "memory.limit_in_bytes", "total_rss"};
static const GroupFiles version2 = {"/sys/fs/cgroup", "memory.max", "anon"};

/* Reads a file of one number; INFINITY for "max" and without the file. */
static double read_number(const char *path)
{
  FILE *stream = fopen(path, "r");
  double value;

  if (!stream) {
    return INFINITY;
  }
  if (fscanf(stream, "%lf", &value) != 1) { // NOLINT(cert-err34-c): the kernel writes it
    value = INFINITY;
  }
  (void)fclose(stream);
  return value < 0x1p62 ? value : INFINITY; /* version 1 writes a huge number for no limit */
}

/* Memory in use that cannot be reclaimed, unlike cached files [bytes]. */
static double read_used(const char *path, const char *key)
{
  FILE *stream = fopen(path, "r");
  char line[256];
  double value = 0;

  while (stream && fgets(line, sizeof(line), stream)) {
    if (!strncmp(line, key, strlen(key)) && line[strlen(key)] == ' ') {
      value = strtod(line + strlen(key), NULL);
    }
  }
  if (stream) {
    (void)fclose(stream);
  }
  return value;
}

/* All parent groups limit a group too. A container may see the path below another root. */
static void walk_up(const char *root, const GroupFiles *files, const char *group,
                    MemoryLimit *limit)
{
  char path[PETSC_MAX_PATH_LEN], at[PETSC_MAX_PATH_LEN];
  int length = (int)PetscMin(strcspn(group, "\n"), sizeof(at) - 1);

  for (PetscBool more = PETSC_TRUE; more;) {
    double bytes;

    while (length > 0 && group[length - 1] == '/') {
      length--;
    }
    more = length > 0 ? PETSC_TRUE : PETSC_FALSE;
    if (snprintf(at, sizeof(at), "%s%s%.*s", root, files->mount, length, group) >=
        (int)sizeof(at) - 64) {
      return;
    }
    PetscCallVoid(PetscSNPrintf(path, sizeof(path), "%s/%s", at, files->limit));
    bytes = read_number(path);
    if (isfinite(bytes)) {
      char stat[PETSC_MAX_PATH_LEN];

      PetscCallVoid(PetscSNPrintf(stat, sizeof(stat), "%s/memory.stat", at));
      bytes = fmax(0, bytes - read_used(stat, files->anonymous));
    }
    if (bytes < limit->bytes) {
      limit->bytes = bytes;
      PetscCallVoid(PetscStrncpy(limit->name, path + strlen(root), sizeof(limit->name)));
    }
    while (length > 0 && group[length - 1] != '/') {
      length--;
    }
  }
}

/* Whether "memory" is among controllers such as "cpu,memory". */
static PetscBool has_memory(const char *controllers, size_t length)
{
  for (const char *at = controllers; at < controllers + length; at += strcspn(at, ",:") + 1) {
    if (!strncmp(at, "memory", 6) && (at[6] == ',' || at[6] == ':')) {
      return PETSC_TRUE;
    }
  }
  return PETSC_FALSE;
}

void MemoryLimitOfGroup(const char *root, MemoryLimit *limit)
{
  char line[PETSC_MAX_PATH_LEN];
  FILE *stream;

  *limit = (MemoryLimit){.bytes = INFINITY};
  (void)snprintf(line, sizeof(line), "%s/proc/self/cgroup", root);
  stream = fopen(line, "r");
  while (stream && fgets(line, sizeof(line), stream)) { /* NUMBER:CONTROLLERS:PATH */
    const char *controllers = strchr(line, ':');
    const char *path = controllers ? strchr(controllers + 1, ':') : NULL;

    if (path && path == controllers + 1) {
      walk_up(root, &version2, path + 1, limit);
    } else if (path && has_memory(controllers + 1, (size_t)(path - controllers - 1))) {
      walk_up(root, &version1, path + 1, limit);
    }
  }
  if (stream) {
    (void)fclose(stream);
  }
}

/* Value of a line "KEY: number kB" in /proc/self/status [bytes]. */
static double own_bytes(const char *key)
{
  FILE *stream = fopen("/proc/self/status", "r");
  char line[256];
  double value = 0;

  while (stream && fgets(line, sizeof(line), stream)) {
    if (!strncmp(line, key, strlen(key))) {
      value = 1024.0 * strtod(line + strlen(key), NULL);
    }
  }
  if (stream) {
    (void)fclose(stream);
  }
  return value;
}

void MemoryLimitOfProcess(MemoryLimit *limit)
{
  static const struct {
    __rlimit_resource_t resource;
    const char *key, *name;
  } limits[] = {{RLIMIT_AS, "VmSize:", "ulimit -v"}, {RLIMIT_DATA, "VmData:", "ulimit -d"}};

  *limit = (MemoryLimit){.bytes = INFINITY};
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(limits); k++) {
    struct rlimit set;

    if (!getrlimit(limits[k].resource, &set) && set.rlim_cur != RLIM_INFINITY) {
      const double bytes = fmax(0, (double)set.rlim_cur - own_bytes(limits[k].key));

      if (bytes < limit->bytes) {
        limit->bytes = bytes;
        (void)snprintf(limit->name, sizeof(limit->name), "%s", limits[k].name);
      }
    }
  }
}
