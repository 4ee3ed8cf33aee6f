/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SCORE_SENSE_H
#define CAUSEWAY_SCORE_SENSE_H

#include "causeway/declare.h"

#include <petscsys.h>

CAUSEWAY_BEGIN_DECLARATIONS

/* Which of two scores is stronger evidence for a connection. Nothing here uses MPI: parallel and serial readers of matrices
   decide alike. */
typedef enum {
  SENSE_LARGER,    /* the larger score */
  SENSE_SMALLER,   /* the smaller score, as for p-values */
  SENSE_MAGNITUDE, /* the score of larger magnitude; its sign is the sign of the effect */
  SENSE_UNKNOWN
} ScoreSense;

/* The role of a matrix over pairs, stored in the attribute `role`. */
typedef enum {
  ROLE_SCORE,
  ROLE_MEMBER,   /* a score of one member of an ensemble */
  ROLE_INTERVAL, /* an end of a confidence interval */
  ROLE_P_VALUE,
  ROLE_Q_VALUE,
  ROLE_MASK,
  ROLE_SIGN,    /* an effect with its sign */
  ROLE_MEASURE, /* a property of the influence that ranks no pairs, such as its latency */
  ROLE_UNKNOWN
} ScoreRole;

/* Description of a matrix, stored as its attributes. Evaluation, export and report use nothing else. Strings are borrowed
   until CausalityDestroy(). */
typedef struct {
  const char *method, *reading; /* path: /method/reading */
  const char *units, *description;
  ScoreRole role;
  ScoreSense sense;
  int order; /* rank in tables; 0 when the matrix does not appear because another one represents it */
  const char *p_value, *mask,
      *sign; /* readings of the same method that accompany this one, or NULL */
} ScoreInfo;

/* Words of attributes and options; "" for an unknown sense or role. */
const char *ScoreSenseName(ScoreSense sense);
const char *ScoreRoleName(ScoreRole role);
extern const char *const ScoreSenses[]; /* words of the option, ended by NULL */
ScoreSense ScoreSenseFind(const char *word);

/* ROLE_UNKNOWN or SENSE_UNKNOWN for unknown words and roles. */
ScoreRole ScoreRoleFind(const char *word);
PetscBool ScoreRoleIs(ScoreRole role, const char *word); /* word may be NULL */
ScoreSense ScoreSenseOfRole(ScoreRole role);

/* Facts about a matrix from which its sense is decided. */
typedef struct {
  ScoreSense option;                            /* SENSE_UNKNOWN: not given */
  char attribute_sense[16], attribute_role[16]; /* "" without the attribute */
  char name[128];        /* last part of the path, or file name without extension */
  double least, largest; /* range of the off-diagonal numbers; NaN without any */
} ScoreFacts;

/* Whether the decision needs the values of the matrix. */
PetscBool ScoreSenseNeedsValues(const ScoreFacts *facts);

/*@
  ScoreSenseDecide - decides the sense of a matrix by the option, else its attributes, else its name, else its values

  Output: why - reason of the decision and how to override it; "" when nothing was assumed
@*/
ScoreSense ScoreSenseDecide(const ScoreFacts *facts, size_t length, char why[]);

/* Whether a matrix of this sense holds p-values, by its role or name. */
PetscBool ScoreIsPValue(const ScoreFacts *facts, ScoreSense sense);

/* Strength of a score in this sense; comparisons of strengths are exact. */
double ScoreStrength(ScoreSense sense, double score);

/* Sets `name` from FILE:/PATH. */
void ScoreFactsName(const char *file, const char *path, ScoreFacts *facts);

CAUSEWAY_END_DECLARATIONS

#endif
