/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SCORE_SENSE_H
#define CAUSEWAY_SCORE_SENSE_H

#include <petscsys.h>

/* Which of two scores speaks more for a connection. Nothing here uses MPI: those who read matrices in parallel and
   those who read them on one process decide alike. */
typedef enum {
  SENSE_LARGER,    /* the larger one */
  SENSE_SMALLER,   /* the smaller one, as of p-values */
  SENSE_MAGNITUDE, /* the one of larger size; its sign is that of the effect */
  SENSE_UNKNOWN
} ScoreSense;

/* What a matrix over pairs is; the attribute `role` of ours. */
typedef enum {
  ROLE_SCORE,
  ROLE_P_VALUE,
  ROLE_Q_VALUE,
  ROLE_MASK,
  ROLE_SIGN,
  ROLE_UNKNOWN
} ScoreRole;

/* The words of attributes and options; "" for what is not known. */
const char *ScoreSenseName(ScoreSense sense);
const char *ScoreRoleName(ScoreRole role);
extern const char *const ScoreSenses[]; /* the words of the option, ends with NULL */
ScoreSense ScoreSenseFind(const char *word);

/* Role and sense of a reading of this program, by its name. */
ScoreRole ScoreRoleOfReading(const char *reading);
ScoreSense ScoreSenseOfRole(ScoreRole role);

/* What is known of a matrix. */
typedef struct {
  ScoreSense option;                            /* SENSE_UNKNOWN: not given */
  char attribute_sense[16], attribute_role[16]; /* "" without them */
  char name[128];        /* last part of the path, or the name of the file without its ending */
  PetscBool is_ours;     /* whether this program wrote the file */
  double least, largest; /* of its numbers off the diagonal; NaN when there are none */
} ScoreFacts;

/* Whether the values of a matrix must be looked at to decide. */
PetscBool ScoreSenseNeedsValues(const ScoreFacts *facts);

/*@
  ScoreSenseDecide - the sense of a matrix: by the option, its attributes, its name, and last its values

  Output: why - what the decision rests on, and how to take another one; "" when nothing was assumed
@*/
ScoreSense ScoreSenseDecide(const ScoreFacts *facts, size_t length, char why[]);

/* Whether the values of a matrix of this sense are p-values, by their role or name. */
PetscBool ScoreIsPValue(const ScoreFacts *facts, ScoreSense sense);

/* How strong a score is in this sense; the order of strengths is exact. */
double ScoreStrength(ScoreSense sense, double score);

/* Fills in the name of FILE:/PATH. */
void ScoreFactsName(const char *file, const char *path, ScoreFacts *facts);

#endif
