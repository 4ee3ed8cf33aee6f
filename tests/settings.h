/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SETTINGS_H
#define CAUSEWAY_SETTINGS_H

#include "check.h"

#include <string.h>

/* Settings of a text "-key value ...", dashes may be left out. */
typedef struct {
  char text[4096];
  ParameterSetting list[64];
} Settings;

/* Those whose keys begin with a prefix, or all others; the list is of `settings`. */
static inline const ParameterSetting *settings_read(Settings *settings, const char *text,
                                                    const char *prefix, PetscBool wanted)
{
  char *rest = settings->text, *key, *value;
  int n = 0;

  (void)snprintf(settings->text, sizeof(settings->text), "%s", text);
  while ((key = strtok_r(rest, " ", &rest)) && (value = strtok_r(rest, " ", &rest))) {
    const char *name = key + (*key == '-');
    const PetscBool has = strncmp(name, prefix, strlen(prefix)) ? PETSC_FALSE : PETSC_TRUE;

    if (has == wanted && n < 63) {
      settings->list[n++] = (ParameterSetting){name, value};
    }
  }
  settings->list[n] = (ParameterSetting){NULL, NULL};
  return settings->list;
}

#endif
