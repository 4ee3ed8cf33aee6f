/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_STATISTIC_H
#define CAUSEWAY_STATISTIC_H

#include "granger_impl.h"

/* Score that a statistic writes: a matrix over neurons, or a table over groups. */
typedef struct {
  ScoreInfo info;     /* all fields except method and units */
  int64_t n_groups;   /* rows and columns of a table, 0 for a matrix */
  const char *groups; /* definition of the groups of a table */
} GrangerScore;

/* The k-th score of resamples, NULL when not requested; adds notes on how the resamples were
   made. */
const GrangerScore *GrangerResampledScore(Granger granger, int k);
PetscErrorCode GrangerNoteResamples(Granger granger, Causality causality);

/* Statistic of influence; each has one file and one line of the table in statistics.c. `use` is its
   context in a solution. */
struct GrangerStatistic {
  const char *name, *text;         /* value of granger_statistics, and its help */
  const ParameterSpec *parameters; /* own parameters, read into use->settings; NULL for none */
  size_t size;                     /* bytes of the settings */
  int needs;                       /* FIT_... flags: results of the fit that it uses */
  const char *beside;              /* statistic that must be wanted too, or NULL */
  PetscBool is_vital;              /* others need it, so a solution without it fails */

  /* Takes the parameters that were read, whether the statistic is requested or not; may be NULL.
     Collective. */
  PetscErrorCode (*set_up)(Granger granger, StatisticUse *use, Parameters parameters);
  PetscErrorCode (*free_settings)(void *settings); /* may be NULL */

  /* Refuse data that do not suffice for it; may be NULL. check_activity is collective. */
  PetscErrorCode (*check_rows)(Granger granger, const StatisticUse *use, int64_t n_neurons,
                               int64_t n_rows, int64_t n_samples);
  PetscErrorCode (*check_steps)(Granger granger, const StatisticUse *use, Activity activity);
  PetscErrorCode (*check_activity)(Activity activity);

  /* Describes its scores, whose matrices are use->values, and returns their number. Not
     collective. */
  int (*scores)(Granger granger, const StatisticUse *use, GrangerScore list[MOST_SCORES]);
  int (*count_masks)(const StatisticUse *use); /* number of masks that finish() adds; may be NULL */

  /* Does its work in each phase of a solution; NULL where it has none. Work outside the fit adds its
     time to info.regression_s and its operations to info.flops, from which the log has the speed.
     Collective. */
  PetscErrorCode (*work[N_PHASES])(GrangerSolution *solution, StatisticUse *use);

  /* Memory [8-byte numbers] on the fullest rank, without activity, matrices and estimator; may be
     NULL. Not collective. */
  double (*numbers)(Granger granger, const StatisticUse *use, const GrangerSize *size);

  /* Declares its data that a snapshot of a running fit keeps; may be NULL. Collective. */
  PetscErrorCode (*keep)(Granger granger, StatisticUse *use, const Partition *partition,
                         Snapshot snapshot);

  /* Handle file contents other than scores: add them before the scores, read them from that file,
     complete them after the scores; may be NULL. Collective. */
  PetscErrorCode (*add)(Granger granger, StatisticUse *use, Causality causality);
  PetscErrorCode (*reload)(Granger granger, StatisticUse *use, const char *file);
  PetscErrorCode (*finish)(Granger granger, StatisticUse *use, Causality causality);
};

#endif
