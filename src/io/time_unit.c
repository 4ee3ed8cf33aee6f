/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/internal/io/time_unit.h"

#include "causeway/error.h"

#include <string.h>
#include <strings.h>

static const struct {
  const char *name;
  double ms;
} units[] = {{"ms", 1},           {"msec", 1},        {"msecs", 1},           {"millisecond", 1},
             {"s", 1e3},          {"sec", 1e3},       {"milliseconds", 1},    {"second", 1e3},
             {"secs", 1e3},       {"us", 1e-3},       {"usec", 1e-3},         {"microsecond", 1e-3},
             {"ns", 1e-6},        {"min", 6e4},       {"microseconds", 1e-3}, {"seconds", 1e3},
             {"\xc2\xb5s", 1e-3}, {"\xce\xbcs", 1e-3}}; /* micro sign and Greek mu */

PetscErrorCode TimeUnit(DataFile file, const char *path, double *ms, PetscBool *is_assumed)
{
  char name[64] = "", *begin = name, *end;
  PetscBool found;

  PetscFunctionBegin;
  *ms = 1;
  PetscCall(DataFileGetString(file, path, "units", sizeof(name), name, &found));
  if (!found) {
    PetscCall(DataFileGetString(file, path, "unit", sizeof(name), name, &found));
  }
  while (*begin == ' ') {
    begin++;
  }
  for (end = begin + strlen(begin); end > begin && end[-1] == ' ';) {
    *--end = 0;
  }
  *is_assumed = begin[0] ? PETSC_FALSE : PETSC_TRUE;
  if (*is_assumed) {
    PetscFunctionReturn(0);
  }
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(units); k++) {
    if (!strcasecmp(begin, units[k].name)) {
      *ms = units[k].ms;
      PetscFunctionReturn(0);
    }
  }
  PetscFunctionReturn(UserError("%s:%s: the unit of its times, \"%s\", is unknown; correct the "
                                "attribute units: ms, s or us",
                                DataFileName(file), path, begin));
}
