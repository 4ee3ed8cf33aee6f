/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_NULL_H
#define CAUSEWAY_NULL_H

#include "causeway/granger.h"
#include "causeway/partition.h"

/*
  The empirical null of a statistic whose theoretical null is chi-square: common drive, and whatever else the theory leaves out,
  inflates the statistics of all pairs. The median over all pairs, over that of chi-square, measures it; few edges hardly move it.
  Where pairs are inflated unequally, the upper tercile, over that of chi-square, is larger, and counts instead. The inflation of
  a pair is that of all, times that of its target and of its source, by the medians of rows and columns, over that of the median;
  it is never below 1. Those medians are shrunk towards that of all as far as their spread is that of medians of so few pairs.
  Assumes a sparse network: less than a third of all pairs connected, and less than a half in each row and column.

  Source: genomic control, Devlin & Roeder 1999, Biometrics 55:997; by rows and columns
*/
typedef struct {
  int64_t n;
  double all, tercile;     /* median and upper tercile over all pairs, over those of chi-square */
  double *target, *source; /* (N) of the rows, and of the columns; NAN without a pair */
} NullModel;

/*@
  NullCreate - measures the inflation; freed with NullFree()

  Collective
  Input: f         - (n_local, N) statistics over their degrees of freedom; NAN counts for nothing, nor does the diagonal
         n_degrees - of freedom
  Cost:  N^2 / ranks numbers, three times; 2 N on every rank
@*/
PetscErrorCode NullCreate(const Partition *partition, const double *f, double n_degrees,
                          NullModel *model);
PetscErrorCode NullFree(NullModel *model);

/* Adds what NullCreate() takes on a rank, on average. Not collective. */
void NullPredict(int ranks, int64_t n_neurons, GrangerCost *cost);

/* What the statistic of a pair is divided by, at least 1. Not collective. */
double NullInflation(const NullModel *model, int64_t target, int64_t source);

#endif
