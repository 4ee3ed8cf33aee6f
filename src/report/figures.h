/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_FIGURES_H
#define CAUSEWAY_FIGURES_H

#include "causeway/internal/report/drawing.h"
#include "run_files.h"

enum { MOST_METHODS = 3 };

/* What one pass over the scores of a method finds. */
enum { P_BINS = 20, MOST_CELLS = 200 };
typedef struct {
  const Reading *reading;
  int cells;                       /* along a side of the picture */
  double *sum;                     /* (cells, cells) of scores, with signs where they are known */
  double *strength;                /* (n) of all outgoing pairs */
  int64_t *in_degree, *out_degree; /* (n) of pairs that are significant, or else the strongest */
  int64_t n_significant, n_edges;  /* -1 where there is no test; pairs that count as edges */
  PetscBool has_signs, has_p_values;
  int64_t p_counts[P_BINS];
  int64_t n_pairs; /* Pairs of the strongest, of a small network */
  Pair *pairs;     /* (n_pairs) edges, kept when there are few neurons */
} Inferred;

/*@
  InferredFind - goes over the scores of a reading
  Input: n_true - edges of the truth, or -1: so many of the strongest count as edges where there is no test
  Ended with InferredFree(), also after an error
@*/
PetscErrorCode InferredFind(const RunFiles *run, const Reading *reading, int64_t n_true,
                            Inferred *inferred);
void InferredFree(Inferred *inferred);

/* Truth in the same cells, and its edges when there are few neurons. */
PetscErrorCode TruthFind(const RunFiles *run, Inferred *truth);

/* Figures, each left out when there is nothing for it. */
PetscErrorCode DrawActivity(Drawing *drawing, const RunFiles *run);
PetscErrorCode DrawCurves(Drawing *drawing, const RunFiles *run);
PetscErrorCode DrawTraining(Drawing *drawing, const RunFiles *run);
void DrawMatrices(Drawing *drawing, const RunFiles *run, const Inferred *truth, int n_methods,
                  const Inferred methods[]);
void DrawDrivers(Drawing *drawing, const RunFiles *run, const Inferred *method);
void DrawNetworks(Drawing *drawing, const RunFiles *run, const Inferred *truth,
                  const Inferred *method);
void DrawSignificance(Drawing *drawing, const Inferred *method);
void DrawDegrees(Drawing *drawing, const RunFiles *run, const Inferred *method);

/* Inflation and the strongest significant couplings, where the run has them. */
PetscErrorCode PrintCouplings(FILE *page, const RunFiles *run);

/* Tables over groups of neurons: whether the run has any, and the page's part with them. */
PetscErrorCode RunHasGroups(const RunFiles *run, PetscBool *has);
PetscErrorCode PrintGroups(FILE *page, const RunFiles *run);

/* Neurons and edges up to which the network is drawn with nodes and links. */
enum { FEW_NEURONS = 60, FEW_EDGES = 800 };

#endif
