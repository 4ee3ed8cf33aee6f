/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Usual names of the columns of tables. */
#include "text_names.h"

#include <ctype.h>
#include <string.h>

enum { LONGEST_NAME = 64 };

static const struct {
  const char *name;
  double ms;
} units[] = {
    {"s", 1e3},
    {"sec", 1e3},
    {"secs", 1e3},
    {"second", 1e3},
    {"seconds", 1e3},
    {"ms", 1},
    {"msec", 1},
    {"msecs", 1},
    {"millis", 1},
    {"millisecond", 1},
    {"milliseconds", 1},
    {"us", 1e-3},
    {"usec", 1e-3},
    {"usecs", 1e-3},
    {"micros", 1e-3},
    {"microsecond", 1e-3},
    {"microseconds", 1e-3},
    {"ns", 1e-6},
    {"nsec", 1e-6},
    {"nanosecond", 1e-6},
    {"nanoseconds", 1e-6},
    {"min", 6e4},
    {"mins", 6e4},
    {"minute", 6e4},
    {"minutes", 6e4},
    {"h", 3.6e6},
    {"hr", 3.6e6},
    {"hrs", 3.6e6},
    {"hour", 3.6e6},
    {"hours", 3.6e6},
};

double UnitOfTime(const char *word)
{
  for (size_t k = 0; k < sizeof(units) / sizeof(units[0]); k++) {
    if (!strcmp(word, units[k].name)) {
      return units[k].ms;
    }
  }
  return 0;
}

const char *NameOfUnit(double unit_ms)
{
  for (size_t k = 0; k < sizeof(units) / sizeof(units[0]); k++) {
    if (units[k].ms == unit_ms) {
      return units[k].name;
    }
  }
  return "?";
}

/* Converts a name to lower-case words with single blanks; false when it is too long. */
static PetscBool simplify(const char *name, char words[LONGEST_NAME])
{
  size_t n = 0;

  for (const unsigned char *c = (const unsigned char *)name; *c; c++) {
    if (n + 2 >= LONGEST_NAME) {
      return PETSC_FALSE;
    }
    if ((c[0] == 0xc2 && c[1] == 0xb5) || (c[0] == 0xce && c[1] == 0xbc)) { /* micro sign, mu */
      words[n++] = 'u';
      c++;
    } else if (isalnum(*c) || *c >= 0x80) {
      words[n++] = (char)tolower(*c);
    } else if (n && words[n - 1] != ' ') {
      words[n++] = ' ';
    }
  }
  n -= n && words[n - 1] == ' ' ? 1 : 0;
  words[n] = 0;
  return PETSC_TRUE;
}

double UnitInName(const char *name)
{
  char words[LONGEST_NAME];
  const char *last;

  if (!simplify(name, words)) {
    return 0;
  }
  last = strrchr(words, ' ');
  return last ? UnitOfTime(last + 1) : 0;
}

static PetscBool is_one_of(const char *word, size_t length, const char *const list[])
{
  for (; *list; list++) {
    if (strlen(*list) == length && !strncmp(word, *list, length)) {
      return PETSC_TRUE;
    }
  }
  return PETSC_FALSE;
}

/* Skips the first word. */
static const char *after_word(const char *words)
{
  const char *blank = strchr(words, ' ');

  return blank ? blank + 1 : words + strlen(words);
}

/* Whether words mean a time: "elapsed time in ms", "t [s]", "timestamps", "seconds". */
static PetscBool is_time(const char *words, double *unit_ms)
{
  static const char *const before[] = {"frame",       "sample",    "elapsed", "relative",
                                       "rel",         "recording", "exp",     "experiment",
                                       "acquisition", "spike",     "event",   NULL};
  static const char *const times[] = {"timestamps", "timestamp", "times", "time", "t", NULL};
  static const char *const alone[] = {"seconds", "sec", "msec", "ms", "milliseconds", "usec", NULL};
  const char *word = words;

  *unit_ms = 0;
  if (is_one_of(words, strlen(words), alone)) {
    *unit_ms = UnitOfTime(words);
    return PETSC_TRUE;
  }
  if (is_one_of(word, strcspn(word, " "), before)) {
    word = after_word(word);
  }
  if (!strncmp(word, "time stamp", 10)) {
    word += 10;
    word += *word == 's' ? 1 : 0;
    word += *word == ' ' ? 1 : 0;
  } else if (is_one_of(word, strcspn(word, " "), times)) {
    word = after_word(word);
  } else {
    return PETSC_FALSE;
  }
  word += !strncmp(word, "in ", 3) ? 3 : 0;
  *unit_ms = UnitOfTime(word);
  return !*word || *unit_ms > 0 ? PETSC_TRUE : PETSC_FALSE;
}

/* Whole names of columns after simplify(). */
static const char *const index_names[] = {"",
                                          "index",
                                          "idx",
                                          "frame",
                                          "frames",
                                          "frame number",
                                          "frame no",
                                          "frame nr",
                                          "frame num",
                                          "frame index",
                                          "frame idx",
                                          "frame id",
                                          "sample",
                                          "samples",
                                          "sample number",
                                          "sample no",
                                          "sample index",
                                          "sample idx",
                                          "sample num",
                                          "sample id",
                                          "row",
                                          "rows",
                                          "row id",
                                          "row number",
                                          "row index",
                                          "time point",
                                          "timepoint",
                                          "timepoints",
                                          "time index",
                                          "level 0",
                                          "framenumber",
                                          "frameindex",
                                          "rownames",
                                          "line",
                                          NULL};
static const char *const id_names[] = {"sender",
                                       "senders",
                                       "node",
                                       "nodes",
                                       "node id",
                                       "node ids",
                                       "neuron",
                                       "neurons",
                                       "neuron id",
                                       "neuron ids",
                                       "neuron index",
                                       "neuron number",
                                       "unit",
                                       "units",
                                       "unit id",
                                       "unit ids",
                                       "unit index",
                                       "cell",
                                       "cells",
                                       "cell id",
                                       "cell ids",
                                       "cell index",
                                       "gid",
                                       "gids",
                                       "id",
                                       "ids",
                                       "cluster",
                                       "clusters",
                                       "cluster id",
                                       "spike cluster",
                                       "spike clusters",
                                       "i",
                                       "roi",
                                       "roi id",
                                       "nodeid",
                                       "neuronid",
                                       "unitid",
                                       "cellid",
                                       NULL};
static const char *const step_names[] = {"time step", "timestep", "time steps",
                                         "step",      "steps",    NULL};
static const char *const offset_names[] = {"offset",         "time offset", "offset ms",
                                           "time offset ms", "offsets",     NULL};
static const char *const group_names[] = {"population", "populations", "population name", NULL};

static const struct {
  const char *const *names;
  NameKind kind;
} kinds[] = {{index_names, NAME_INDEX},
             {id_names, NAME_ID},
             {step_names, NAME_STEP},
             {group_names, NAME_GROUP},
             {offset_names, NAME_OFFSET}};

NameKind ClassifyName(const char *name, double *unit_ms)
{
  char words[LONGEST_NAME] = "";
  size_t length;

  *unit_ms = 0;
  if (!simplify(name, words)) {
    return NAME_CHANNEL;
  }
  length = strlen(words);
  if (is_time(words, unit_ms)) {
    return NAME_TIME;
  }
  if (length == 0 && *name && strcmp(name, "#") != 0) { /* only punctuation */
    return NAME_CHANNEL;
  }
  if (!strncmp(words, "unnamed ", 8) && strspn(words + 8, "0123456789") == length - 8) {
    return NAME_INDEX;
  }
  for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
    if (is_one_of(words, length, kinds[k].names)) {
      return kinds[k].kind;
    }
  }
  return NAME_CHANNEL;
}
