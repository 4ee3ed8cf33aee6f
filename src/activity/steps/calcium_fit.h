/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_CALCIUM_FIT_H
#define CAUSEWAY_CALCIUM_FIT_H

#include <petscsys.h>
#include <stdint.h>

/* Autoregressive model of calcium, c_t = g_1 c_{t-1} + g_2 c_{t-2} + s_t with influxes s_t >= 0. */
typedef struct {
  int order;   /* 1 or 2 */
  double g[2]; /* g[1] = 0 for order 1 */
} CalciumModel;

/*@
  CalciumFit - finds the calcium c >= 0 that minimises |y - c|^2 / 2 + penalty sum_t s_t with all s_t >= 0

  Not collective
  Input:  n, y    - (n) samples
          penalty - penalty of influxes
          minimum - for order 1: smallest nonzero influx; 0 for no limit
  Output: c, s    - (n) each; s_0 is the calcium at the beginning
  Cost:   order 1 about 20 n operations; order 2 about 20 solutions of a system of bandwidth 2
  Source: order 1 OASIS, Friedrich, Zhou & Paninski (2017), PLOS Comput. Biol. 13:e1005423, algorithm 2, exact for
          minimum = 0; order 2 primal-dual interior point with Mehrotra's predictor
@*/
PetscErrorCode CalciumFit(const CalciumModel *model, int64_t n, const double y[], double penalty,
                          double minimum, double c[], double s[]);

#endif
