/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_CHECK_H
#define CAUSEWAY_CHECK_H

#include "causeway/causeway.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* The little that the tests need: each is a program that counts failed checks, and fails when any
   rank counts one. Exit status 77 means skipped. */
enum { CHECK_SKIPPED = 77 };

static int check_failures;

#define CHECK(condition, ...)                                                                      \
  do {                                                                                             \
    if (!(condition)) {                                                                            \
      check_failures++;                                                                            \
      if (check_failures <= 20) {                                                                  \
        (void)fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__, #condition);                      \
        (void)fprintf(stderr, __VA_ARGS__);                                                        \
        (void)fprintf(stderr, "\n");                                                               \
      }                                                                                            \
    }                                                                                              \
  } while (0)

/* A list of settings: SETTINGS({"granger_order", "2"}, {"granger_test", "f"}) */
#define SETTINGS(...) ((const ParameterSetting[]){__VA_ARGS__, {NULL, NULL}})

/* |value - expected| <= tolerance * max(1, |expected|) */
#define CHECK_CLOSE(value, expected, tolerance)                                                    \
  CHECK(fabs((value) - (expected)) <= (tolerance)*fmax(1.0, fabs(expected)),                       \
        "%.17g, expected %.17g within %g", (double)(value), (double)(expected),                    \
        (double)(tolerance))

static inline void check_begin(int *argc, char ***argv)
{
  if (PetscInitialize(argc, argv, NULL, NULL) || ErrorHandlerInstall()) {
    exit(1);
  }
}

/* For main(): return check_end(); */
static inline int check_end(void)
{
  int failures = 0;

  (void)MPI_Allreduce(&check_failures, &failures, 1, MPI_INT, MPI_SUM, PETSC_COMM_WORLD);
  (void)PetscFinalize();
  return failures ? 1 : 0;
}

/* Path of a published file, or NULL when it is not there. */
static inline const char *check_data(const char *name)
{
  static char path[4096];
  const char *folder = getenv("CAUSEWAY_DATA");
  struct stat entry;

  (void)snprintf(path, sizeof(path), "%s/%s", folder ? folder : ".", name);
  return stat(path, &entry) ? NULL : path;
}

static inline int check_skip(const char *why)
{
  (void)printf("skipped: %s\n", why);
  (void)PetscFinalize();
  return CHECK_SKIPPED;
}

#endif
