/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_RESAMPLE_H
#define CAUSEWAY_RESAMPLE_H

#include "causeway/activity.h"
#include "causeway/checkpoint.h"

typedef enum {
  SURROGATE_SHIFT,
  SURROGATE_PERMUTE,
  SURROGATE_INTERVAL_JITTER,
  SURROGATE_SPIKE_JITTER,
  SURROGATE_LOCAL_PERMUTE
} SurrogateType;

/* Scores from resamples. */
enum { RESAMPLED_P, RESAMPLED_LOW, RESAMPLED_HIGH, N_RESAMPLED };

typedef struct {
  int64_t n_surrogates, n_bootstrap;
  SurrogateType type;
  int64_t block;   /* [samples] of permutation and bootstrap; 0: chosen from the number of rows */
  double width_ms; /* of local surrogates: windows, or largest displacement */
  uint32_t seed;
  double most_bytes; /* memory limit for solving a resample on a single rank */
} ResampleOptions;

/* Recipe that makes activities at random from one. Resample r is a pure function of the seed, of r
   and of the original. */
typedef struct _p_Recipe Recipe;
struct _p_Recipe {
  const char *what, *unit; /* name and unit of a resample, for messages and progress lines */
  int64_t n_resamples, order, block;
  int64_t width; /* [samples] of local surrogates */
  uint32_t seed;
  int64_t n_samples, n_segments; /* sizes of every resample */
  Segment *segments;
  int64_t n_pieces;
  Segment *pieces; /* pieces of the original: permuted, or limits for blocks */
  /* values - (n_local, n_samples) zeros, for the neurons that `original` has on this rank */
  PetscErrorCode (*make)(const Recipe *recipe, Activity original, int64_t resample, double *values);
};

PetscErrorCode RecipeFree(Recipe *recipe);

/*@
  SurrogateSetUp - prepares activities without influence between neurons

  Collective
  Output: recipe - freed with RecipeFree()
          shift: the series of every neuron is rotated in each segment, by its own number of samples
          between order + 1
          and length - order - 1. That keeps the autocorrelation and the distribution of each series
                       but for one seam
          per segment, and destroys all influence. The ideal test of one pair would rotate only its
          source, at N times the cost; with all series rotated, a pair is tested against the
          hypothesis that no neuron influences another. Two neurons rotated by nearly the same
          number of samples keep their influence, in a fraction (2 order + 1) / length of the
          segments, which increases p-values by at most that much.
          permute: the samples of all segments are cut into blocks, which are permuted independently
          for every neuron. Blocks as long as the trials give the usual permutation of trials, which
          keeps activity locked to the trial start; shorter blocks also destroy autocorrelation
          beyond a block, and need no stationarity within it.
          interval_jitter, spike_jitter, local_permute: only the time within a width is destroyed: spikes, which are
          samples unlike more than half of the others, get a random place in their window, the windows being next to each other; or within the width on both sides;
          or all samples of each window are put in random order. Rates and drive slower than the width stay, so these test
          whether influences are faster than it (Amarasingham et al. 2012, J. Neurophysiol. 107:517).
  Errors: CAUSEWAY_ERR_USER when segments are too short to be rotated, blocks too long, the interval between samples is
          unknown, the width too short to move anything, or a series to be jittered has no spikes
@*/
PetscErrorCode SurrogateSetUp(const ResampleOptions *options, Activity activity, int64_t order,
                              Recipe *recipe);

/*@
  BootstrapSetUp - prepares activities made of blocks drawn with replacement (moving-block
                   bootstrap)

  Not collective
  Output: recipe - freed with RecipeFree(). A block is a segment of its own, with `order` additional
                   samples before its rows; all neurons have the same blocks, and the number of rows
                   is that of the original. Segments shorter than a block are never drawn
  Errors: CAUSEWAY_ERR_USER when blocks are too long
  Source: Kuensch 1989, Ann. Stat. 17:1217; of whole rows of the regression, so that no lag crosses
          a seam
@*/
PetscErrorCode BootstrapSetUp(const ResampleOptions *options, Activity activity, int64_t order,
                              Recipe *recipe);

/* Block length [samples]: the given one, or 2 rows^(1/3), at least 4 order, and at most the rows of
   the longest segment. Not collective. */
int64_t ResampleBlock(const ResampleOptions *options, Activity activity, int64_t order);

extern const char BootstrapIntervalName[];

/*@
  BootstrapInterval - computes percentiles of resampled causality, minus twice its mean excess over
                      the estimate, at least 0

  Not collective; values are sorted. Coverage at 95 %, measured on two coupled neurons: 93 to 96 %
  where there is an influence, 99 % where it is absent or at the limit of detection. (Plain
  percentiles never hold 0, and the basic interval covers 84 to 92 % of weak influences.)
@*/
void BootstrapInterval(int64_t n, float *values, double estimate, double coverage,
                       double interval[2]);

/* Intermediate results of surrogates and bootstrap. */
typedef struct {
  const Partition *partition;
  int64_t n_surrogates, n_bootstrap; /* done */
  double seconds, start_s; /* time until the last snapshot; start of the time since then */
  double
      *count; /* (n_local, N) surrogates whose causality is not smaller; NULL without surrogates */
  int64_t most;  /* total number of bootstrap resamples */
  float *values; /* (n_local, N, most); NULL without bootstrap */
} Resampling;

/* Declares the snapshot data. Collective. */
PetscErrorCode ResamplingKeep(void *resampling, Snapshot snapshot);

#endif
