/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/score_sense.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

const char *const ScoreSenses[] = {
    [SENSE_LARGER] = "larger", [SENSE_SMALLER] = "smaller", [SENSE_MAGNITUDE] = "magnitude", NULL};
static const char *const roles[] = {
    [ROLE_SCORE] = "score",     [ROLE_MEMBER] = "member",   [ROLE_INTERVAL] = "interval",
    [ROLE_P_VALUE] = "p_value", [ROLE_Q_VALUE] = "q_value", [ROLE_MASK] = "mask",
    [ROLE_SIGN] = "sign",       [ROLE_MEASURE] = "measure", [ROLE_UNKNOWN] = ""};

const char *ScoreSenseName(ScoreSense sense)
{
  return sense == SENSE_UNKNOWN ? "" : ScoreSenses[sense];
}

const char *ScoreRoleName(ScoreRole role)
{
  return roles[role];
}

ScoreSense ScoreSenseFind(const char *word)
{
  for (int k = 0; ScoreSenses[k]; k++) {
    if (!strcmp(word, ScoreSenses[k])) {
      return (ScoreSense)k;
    }
  }
  return SENSE_UNKNOWN;
}

static PetscBool ends_with(const char *text, const char *ending)
{
  const size_t length = strlen(text), n = strlen(ending);

  return length >= n && !strcmp(text + length - n, ending) ? PETSC_TRUE : PETSC_FALSE;
}

ScoreRole ScoreRoleFind(const char *word)
{
  int role = 0;

  while (role < ROLE_UNKNOWN && strcmp(word, roles[role]) != 0) {
    role++;
  }
  return (ScoreRole)role;
}

PetscBool ScoreRoleIs(ScoreRole role, const char *word)
{
  return word && !strcmp(word, roles[role]) ? PETSC_TRUE : PETSC_FALSE;
}

ScoreSense ScoreSenseOfRole(ScoreRole role)
{
  return role == ROLE_P_VALUE || role == ROLE_Q_VALUE ? SENSE_SMALLER
         : role == ROLE_SIGN                          ? SENSE_MAGNITUDE
         : role == ROLE_UNKNOWN                       ? SENSE_UNKNOWN
                                                      : SENSE_LARGER;
}

/* Whether the name of a matrix means p-values: p, pval, p-values, granger_p, FDR, q_value ... */
static PetscBool is_called_p_value(const char *name)
{
  static const char *const words[] = {"p",       "q",         "pval",  "pvals",      "pvalue",
                                      "pvalues", "qval",      "qvals", "qvalue",     "qvalues",
                                      "padj",    "padjusted", "pcorr", "pcorrected", "fdr"};
  char letters[128];
  size_t n = 0;

  for (const char *c = name; *c && n + 1 < sizeof(letters); c++) {
    if (isalnum((unsigned char)*c)) {
      letters[n++] = (char)tolower((unsigned char)*c);
    }
  }
  letters[n] = 0;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(words); k++) {
    if (!strcmp(letters, words[k]) || (strlen(words[k]) > 3 && ends_with(letters, words[k]))) {
      return PETSC_TRUE;
    }
  }
  n = strlen(name);
  return n > 2 && !isalnum((unsigned char)name[n - 2]) && strchr("pPqQ", name[n - 1]) ? PETSC_TRUE
                                                                                      : PETSC_FALSE;
}

/* Sense by the option, or by the attributes. */
static ScoreSense known_sense(const ScoreFacts *f)
{
  const ScoreSense sense =
      f->option != SENSE_UNKNOWN ? f->option : ScoreSenseFind(f->attribute_sense);

  return sense != SENSE_UNKNOWN ? sense : ScoreSenseOfRole(ScoreRoleFind(f->attribute_role));
}

PetscBool ScoreSenseNeedsValues(const ScoreFacts *facts)
{
  return known_sense(facts) == SENSE_UNKNOWN ? PETSC_TRUE : PETSC_FALSE;
}

ScoreSense ScoreSenseDecide(const ScoreFacts *f, size_t length, char why[])
{
  const PetscBool in_unit = f->least >= 0 && f->largest <= 1 ? PETSC_TRUE : PETSC_FALSE;
  const ScoreSense sense = known_sense(f);

  why[0] = 0;
  if (sense != SENSE_UNKNOWN) {
    return sense;
  }
  if (f->least < 0) {
    (void)snprintf(why, length,
                   "has negative scores, assumed to be signed effects and compared by size; "
                   "-scores_sense larger or smaller compares them without this assumption");
    return SENSE_MAGNITUDE;
  }
  if (is_called_p_value(f->name) && in_unit) {
    (void)snprintf(why, length,
                   "is called %s and lies within 0 and 1, assumed to be p-values, of which small "
                   "ones are strong; -scores_sense larger reverses it",
                   f->name);
    return SENSE_SMALLER;
  }
  (void)snprintf(
      why, length, "does not state its sense; larger scores are assumed to be stronger; %s",
      in_unit ? "use -scores_sense smaller for p-values" : "-scores_sense smaller reverses it");
  return SENSE_LARGER;
}

PetscBool ScoreIsPValue(const ScoreFacts *f, ScoreSense sense)
{
  const PetscBool is_called =
      f->attribute_role[0]
          ? (strcmp(f->attribute_role, roles[ROLE_P_VALUE]) ? PETSC_FALSE : PETSC_TRUE)
          : is_called_p_value(f->name);

  return sense == SENSE_SMALLER && is_called ? PETSC_TRUE : PETSC_FALSE;
}

double ScoreStrength(ScoreSense sense, double score)
{
  return sense == SENSE_SMALLER ? -score : sense == SENSE_MAGNITUDE ? fabs(score) : score;
}

void ScoreFactsName(const char *file, const char *path, ScoreFacts *facts)
{
  const char *from = path[0] ? path : file, *slash = strrchr(from, '/'), *dot;

  from = slash ? slash + 1 : from;
  dot = path[0] ? NULL : strrchr(from, '.');
  (void)snprintf(facts->name, sizeof(facts->name), "%.*s",
                 dot && dot != from ? (int)(dot - from) : (int)strlen(from), from);
}
