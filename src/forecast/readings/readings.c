/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The readings of all trained models, and the readings of a type. */
#include "readings/reading.h"

#include <string.h>

#define READINGS(reading) reading(PassIntervention) reading(PassLossIncrease)

#define DECLARE(reading) extern const Reading reading;
#define LIST(reading)    &(reading),

READINGS(DECLARE)

static const Reading *const of_any_model[] = {READINGS(LIST) NULL};

/* Number of entries of a list, or index of the entry with this name. */
static int place_in(const Reading *const *list, const char *name)
{
  int k = 0;

  while (list && list[k] && !(name && !strcmp(list[k]->name, name))) {
    k++;
  }
  return k;
}

const Reading *ReadingOf(const ForecasterType *type, int k)
{
  const int n_own = place_in(type->readings, NULL);

  if (k < n_own) {
    return type->readings[k];
  }
  k -= n_own;
  for (const Reading *const *reading = of_any_model; *reading; reading++) {
    if (place_in(type->readings, (*reading)->name) == n_own && k-- == 0) {
      return *reading;
    }
  }
  return NULL;
}

const char *ReadingWord(int k, const char **text)
{
  const Reading *seen[PARAMETER_WORDS_MOST + 1] = {NULL};

  *text = "every reading of the forecaster";
  if (k == 0) {
    return "all";
  }
  for (int t = 0; ForecasterTypes[t]; t++) {
    for (int i = 0; ReadingOf(ForecasterTypes[t], i); i++) {
      const Reading *reading = ReadingOf(ForecasterTypes[t], i);
      const int n_seen = place_in(seen, NULL);

      if (!seen[place_in(seen, reading->name)] && n_seen < PARAMETER_WORDS_MOST) {
        seen[n_seen] = reading;
      }
    }
  }
  if (k <= place_in(seen, NULL)) {
    *text = seen[k - 1]->description;
    return seen[k - 1]->name;
  }
  return NULL;
}
