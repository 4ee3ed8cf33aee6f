/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "significance/images.h"

#include "causeway/log.h"
#include "pairs.h"

/* How many times as large the statistic of the opposite influence is where a pair may be its image. */
static const double opposite_ratio = 2.0;

PetscErrorCode ImagesReplace(GrangerSolution *s, double *gc, double *f, double *p_value)
{
  Granger g = s->granger;
  const int64_t n = s->partition->n_global, n_pairs = s->partition->n_local * n;
  const double order = (double)g->info.order;
  int64_t n_replaced = 0;
  double *opposite, notable;
  Tail tail;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(n_pairs, &opposite));
  PetscCall(PairsOpposite(s->partition, f, opposite));
  PetscCall(TailCreate(g->test == TEST_LIKELIHOOD_RATIO ? PETSC_TRUE : PETSC_FALSE, order,
                       g->info.free_rows, n_pairs, &tail));
  notable = TailQuantile(&tail, 0.05) / (tail.likelihood_ratio ? order : 1.0);
  for (int64_t e = 0; e < n_pairs; e++) {
    if (opposite[e] > opposite_ratio * f[e] && g->ahead[1][e] < f[e]) {
      n_replaced += f[e] > notable;
      gc[e] = PetscMin(gc[e], g->ahead[0][e]);
      f[e] = g->ahead[1][e];
      if (p_value) {
        p_value[e] =
            PairTail(g, &tail, s->partition->first + e / n, e % n,
                     tail.likelihood_ratio ? LikelihoodRatioScale(order, tail.d2) * gc[e] : f[e],
                     tail.likelihood_ratio ? 1.0 : order);
      }
    }
  }
  PetscCall(TailFree(&tail));
  PetscCall(PetscFree(opposite));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &n_replaced, 1, MPI_INT64_T, MPI_SUM, g->comm));
  if (!g->quiet && n_replaced > 0) {
    PetscCall(
        LogPrintf("granger    %lld pair%s with p < 0.05 may be images of much stronger opposite "
                  "pairs, which the high-pass makes; a second regression without images "
                  "decides\n",
                  (long long)n_replaced, n_replaced > 1 ? "s" : ""));
  }
  PetscFunctionReturn(0);
}
