/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SCORE_FILE_H
#define CAUSEWAY_SCORE_FILE_H

#include "causeway/internal/serial/serial.h"

#include "causeway/npy.h"
#include "causeway/score_sense.h"

#include <hdf5.h>

/* An ordered pair of two neurons, with what is known of it. */
typedef struct {
  int64_t source, target;
  double score, p_value;      /* NaN without one */
  double latency, z, q_value; /* of a coupling, else NaN */
  int significant, sign;      /* 0 without one */
} Pair;

/* The datasets that belong to a score; negative for none. */
enum {
  COLUMN_SCORE,
  COLUMN_P_VALUE,
  COLUMN_MASK,
  COLUMN_EFFECT,
  COLUMN_LATENCY, /* this one and those below only of couplings */
  COLUMN_Z,
  COLUMN_Q_VALUE,
  N_COLUMNS
};

/* Scores in a file: an N x N matrix, rows are targets, columns sources, in HDF5 or for NumPy; or pairs in compressed
   rows. */
typedef struct {
  char file[PETSC_MAX_PATH_LEN]; /* its name */
  char path[PETSC_MAX_PATH_LEN]; /* of the scores */
  char test[PETSC_MAX_PATH_LEN]; /* what says which pairs are significant, "" for nothing */
  hid_t id, dataset[N_COLUMNS];
  PetscBool is_self[N_COLUMNS]; /* columns that are the scores themselves */
  PetscBool is_npy;             /* then there is no HDF5 file */
  PetscBool is_coupling;        /* the score is the weight of a coupling */
  Npy npy;
  int64_t n; /* neurons */
  ScoreSense sense;
  char why[512];    /* what the sense rests on, "" when nothing was assumed */
  double level;     /* false-discovery rate of the method */
  double largest_p; /* p-values up to this one are significant, where there is no mask */
  PetscBool is_sparse, is_table; /* is_table: between groups of neurons */
  hid_t source;                  /* of sparse pairs */
  int64_t n_entries, *offset;    /* of sparse pairs, (n + 1) */
} Scores;

/*@
  ScoresOpen - finds a matrix, or pairs, and what belongs to them; closed with ScoresClose() also after an error
  Input:  file, path - FILE.h5 and /METHOD/READING, or FILE.npy and ""; /METHOD stands for its couplings, ranked by the
                       magnitude of their weights
          option     - the sense that the user states, or SENSE_UNKNOWN
@*/
PetscErrorCode ScoresOpen(const char *file, const char *path, ScoreSense option, Scores *scores);
void ScoresClose(Scores *scores);
PetscBool ScoresHave(const Scores *scores, int column);

/*@
  ScoresVisit - calls `visit` for every pair, by target and source, reading a block of rows at a time

  Left out are the diagonal, scores that are no numbers, and scores of 0, which stand for no edge; 0 is a
  pair where scores are p-values.
@*/
typedef void (*PairVisit)(void *context, const Pair *pair);
PetscErrorCode ScoresVisit(const Scores *scores, PairVisit visit, void *context);

/* A short attribute of text, "" without one. */
PetscErrorCode ScoreText(hid_t object, const char *name, size_t length, char text[]);

/* Rows of one block, such that it takes some megabytes, or one row. */
int64_t ScoresBlockRows(const Scores *scores);
PetscErrorCode ScoresReadRows(const Scores *scores, int column, int64_t first, int64_t n_rows,
                              double *values);

/* Which pairs are taken. */
typedef enum { SELECT_DEFAULT, SELECT_ALL, SELECT_SIGNIFICANT, SELECT_TOP } SelectRule;
typedef struct {
  SelectRule rule;
  int64_t k; /* of SELECT_TOP; of SELECT_SIGNIFICANT only the k strongest, 0 for all */
} Selection;

PetscErrorCode SelectionParse(const char *word,
                              Selection *selection); /* word: NULL for the default */
/* Makes the default one that fits the scores, and finds which of them are significant. */
PetscErrorCode SelectionSetUp(Selection *selection, Scores *scores);
/* Calls `visit` for the pairs that are selected: the top ones by falling strength, else by target and source. */
PetscErrorCode SelectionVisit(const Selection *selection, const Scores *scores, PairVisit visit,
                              void *context);

/* Names of the neurons. */
typedef struct {
  int64_t n; /* 0 without a dataset */
  char **text;
} Names;

PetscErrorCode NamesOpen(const Scores *scores, Names *names); /* freed also after an error */
void NamesFree(Names *names);
const char *NamesOf(const Names *names, int64_t neuron, char number[32]);

#endif
