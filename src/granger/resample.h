/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_RESAMPLE_H
#define CAUSEWAY_RESAMPLE_H

#include "causeway/activity.h"
#include "causeway/checkpoint.h"

typedef enum { SURROGATE_SHIFT, SURROGATE_PERMUTE } SurrogateType;

typedef struct {
  int64_t n_surrogates, n_bootstrap;
  SurrogateType type;
  int64_t block; /* [samples] of permutation and bootstrap; 0: chosen from the number of rows */
  uint32_t seed;
  double most_bytes; /* that the solution of a resample may take on a rank by itself */
} ResampleOptions;

/* How to make activities at random from one. Resample r is a pure function of the seed, of r and of the original. */
typedef struct _p_Recipe Recipe;
struct _p_Recipe {
  const char *what, *unit; /* of a resample, in messages and for progress lines */
  int64_t n_resamples, order, block;
  uint32_t seed;
  int64_t n_samples, n_segments; /* of every resample */
  Segment *segments;
  int64_t n_pieces;
  Segment *pieces; /* of the original: that are permuted, or into which blocks must fit */
  /* values - (n_local, n_samples) zeros, of the neurons that `original` has on this rank */
  PetscErrorCode (*make)(const Recipe *recipe, Activity original, int64_t resample, double *values);
};

PetscErrorCode RecipeFree(Recipe *recipe);

/*@
  SurrogateSetUp - activities without influence between neurons

  Not collective
  Output: recipe - freed with RecipeFree()
          shift: the series of every neuron is rotated in each segment, by its own number of samples between order + 1
          and length - order - 1. That keeps the autocorrelation and the distribution of each series but for one seam
          per segment, and destroys all influence. The ideal for one pair would move its source alone against
          everything else, at N times the cost; with all moved, a pair is tested against the hypothesis that nobody
          influences anybody. Two neurons that happen to move by nearly the same keep their influence, in a share
          (2 order + 1) / length of the segments, which makes p-values too large by that much at most.
          permute: the samples of all segments are cut into blocks, which every neuron has in an order of its own. A
          block as long as the trials gives the usual permutation of trials, which keeps what is locked to their
          beginning; shorter ones also destroy autocorrelation beyond a block, and need no stationarity within it.
  Errors: CAUSEWAY_ERR_USER when segments are too short to be rotated, or blocks too long
@*/
PetscErrorCode SurrogateSetUp(const ResampleOptions *options, Activity activity, int64_t order,
                              Recipe *recipe);

/*@
  BootstrapSetUp - activities that are made of blocks drawn with replacement (moving-block bootstrap)

  Not collective
  Output: recipe - freed with RecipeFree(). A block is a segment of its own, with `order` samples more before its rows;
                   all neurons have the same blocks, and there are as many rows as in the original. Segments shorter
                   than a block are never drawn
  Errors: CAUSEWAY_ERR_USER when blocks are too long
  Source: Kuensch 1989, Ann. Stat. 17:1217; of whole rows of the regression, so that no lag crosses a seam
@*/
PetscErrorCode BootstrapSetUp(const ResampleOptions *options, Activity activity, int64_t order,
                              Recipe *recipe);

/* The length of blocks [samples] that is given, or 2 rows^(1/3), at least 4 order, and no longer than the longest
   segment has rows. Not collective. */
int64_t ResampleBlock(const ResampleOptions *options, Activity activity, int64_t order);

extern const char BootstrapIntervalName[];

/*@
  BootstrapInterval - percentiles of resampled causality, less twice its mean excess over the estimate, 0 at least

  Not collective; values are sorted. Coverage at 95 %, measured on two coupled neurons: 93 to 96 % where there is an
  influence, 99 % where it is at the limit of detection or none. (Plain percentiles never hold 0, and the basic interval
  covers 84 to 92 % of weak influences.)
@*/
void BootstrapInterval(int64_t n, float *values, double estimate, double coverage,
                       double interval[2]);

/* What there is of both kinds while they are under way. */
typedef struct {
  const Partition *partition;
  int64_t n_surrogates, n_bootstrap; /* done */
  double seconds, start_s; /* in earlier jobs and until the last snapshot; of this stretch */
  double
      *count; /* (n_local, N) surrogates whose causality is not smaller; NULL without surrogates */
  int64_t most;  /* bootstrap resamples in all */
  float *values; /* (n_local, N, most); NULL without */
} Resampling;

/* Declares what must be kept. Collective. */
PetscErrorCode ResamplingKeep(Resampling *resampling, Snapshot snapshot);

#endif
