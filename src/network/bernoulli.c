/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "network_impl.h"

#include <math.h>

/* The gaps between the sources of a row are geometric, so a row costs p N draws and not N. */
static PetscErrorCode fill(Row *row)
{
  const int64_t n_candidates =
      row->network->partition.n_global - 1; /* all neurons but the target */
  const double p = row->network->probability, log_miss = log1p(-p);
  int64_t candidate = -1;

  PetscFunctionBegin;
  while (p > 0) {
    const double gap = p < 1.0 ? floor(log(RowUniform(row)) / log_miss) : 0;

    if (gap >= (double)(n_candidates - 1 - candidate)) {
      break;
    }
    candidate += 1 + (int64_t)gap;
    PetscCall(RowAdd(row, candidate + (candidate >= row->target ? 1 : 0)));
  }
  PetscFunctionReturn(0);
}

double NetworkExpectBernoulli(Network network)
{
  const double n = (double)NetworkTotal(network);

  return network->probability * n * (n - 1.0);
}

PetscErrorCode NetworkGenerateBernoulli(Network network)
{
  PetscFunctionBegin;
  PetscCall(NetworkGenerateRows(network, NetworkExpectBernoulli(network), fill, NULL));
  PetscFunctionReturn(0);
}
