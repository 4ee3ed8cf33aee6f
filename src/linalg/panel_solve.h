/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_PANEL_SOLVE_H
#define CAUSEWAY_PANEL_SOLVE_H

#include "causeway/internal/linalg/blockcyclic.h"

/* B = L^-1 B, or L^-T B, with L (n, n) in the lower triangle of `factor`, both on a grid of one row. A rank receives
   n^2 / 2 numbers for any number of columns of B, and needs n x (columns of a block of the factor) numbers of memory. */
PetscErrorCode BlockCyclicSolvePanels(const BlockCyclic *factor, PetscBool transposed,
                                      BlockCyclic *b);

#endif
