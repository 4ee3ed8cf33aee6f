/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_FILTERED_H
#define CAUSEWAY_FILTERED_H

#include "regression/regression.h"

/* Series of the neurons of one process row or column, over one stretch of time. */
typedef struct {
  int64_t n_panel;
  double *raw;     /* (n_panel, reach + longest gathered stretch) values */
  double *line;    /* (reach + longest filtered stretch) values of one neuron */
  double *means;   /* (n_panel, p + 1) subtracted from the value and from each term */
  double *present; /* (n_panel, filtered stretch) values less their mean */
  double *terms;   /* (n_panel, p, filtered stretch) terms less their means */
} FilteredPanel;

/* For stretches of up to so many samples that are gathered, and filtered; nothing is subtracted yet. Not collective; freed with
   FilteredPanelFree(). */
PetscErrorCode FilteredPanelCreate(const Regression *regression, PanelPlan *plan, int64_t gathered,
                                   int64_t filtered, FilteredPanel *panel);
PetscErrorCode FilteredPanelFree(FilteredPanel *panel);

/* Means of the plan's neurons from those of the local ones, (n_local, p + 1). Collective. */
PetscErrorCode FilteredPanelMeans(const Regression *regression, PanelPlan *plan,
                                  const double *means, FilteredPanel *panel);

/*@
  FilteredPanelFill - gathers the samples of one stretch, and filters a part of it; zeros at samples that are no rows

  Collective
  Input:  start, length - the stretch, the same on all ranks
          first, count  - samples of it, from its beginning, that this rank filters; they may go beyond its ends
  Output: present (n_panel, count), terms (n_panel, p, count) of the panel
  Cost:   one alltoallv; 2 p reach flops for each filtered value that is not zero
@*/
PetscErrorCode FilteredPanelFill(const Regression *regression, PanelPlan *plan, Activity activity,
                                 int64_t start, int64_t length, int64_t first, int64_t count,
                                 FilteredPanel *panel);

/*@
  FilteredProducts - products[0..p] and, in the lower triangle of `gram`, the sums over rows of the products of filtered series,
  not centred

  Collective; offers its state after every stretch
  Input: means - (n_local, p + 1) that are subtracted from each neuron and its terms
  Cost:  ((N p)^2 + 2 (p + 1) N^2) flops per sample / ranks on one rank, 2 ((N p)^2 + (p + 1) N^2) on a grid
@*/
PetscErrorCode FilteredProducts(Regression *regression, Activity activity, const double *means,
                                PanelPlan plans[2]);

#endif
