/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forecaster_impl.h"

#include <string.h>

/* The types of forecasters; the first is the default. */
#define FORECASTERS(type) type(SignedType) type(CausalformerType)

#define DECLARE(type) extern const ForecasterType type;
#define LIST(type)    &(type),

FORECASTERS(DECLARE)

const ForecasterType *const ForecasterTypes[] = {FORECASTERS(LIST) NULL};

const ForecasterType *ForecasterFindType(const char *name)
{
  for (int k = 0; ForecasterTypes[k]; k++) {
    if (!strcmp(ForecasterTypes[k]->name, name)) {
      return ForecasterTypes[k];
    }
  }
  return NULL;
}

PetscBool ForecasterIsType(const char *name)
{
  return ForecasterFindType(name) ? PETSC_TRUE : PETSC_FALSE;
}

int ForecasterTypeOrder(const ForecasterType *type)
{
  enum {
    OF_ONE_METHOD = 100
  }; /* largest number of scores; Granger causality has the first hundreds */
  int k = 0;

  while (ForecasterTypes[k] && ForecasterTypes[k] != type) {
    k++;
  }
  return (2 + k) * OF_ONE_METHOD;
}

const char *ForecasterTypeName(int k, const char **text)
{
  if (!ForecasterTypes[k]) {
    return NULL;
  }
  *text = ForecasterTypes[k]->description;
  return ForecasterTypes[k]->name;
}
