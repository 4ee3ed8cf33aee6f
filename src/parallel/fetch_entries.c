/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/internal/parallel/fetch_entries.h"

#include "causeway/internal/parallel/exchange.h"

/* Sorts the wanted places by the rank that holds them; order[k] is the original position of entry k. */
static PetscErrorCode sort_wanted(const Partition *p, int64_t n, const int64_t index[],
                                  int64_t count[], int64_t wanted[], int64_t order[])
{
  int64_t *next;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(p->size + 1, &next));
  for (int64_t k = 0; k < n; k++) {
    next[PartitionOwner(p, index[k]) + 1]++;
  }
  for (int r = 0; r < p->size; r++) {
    count[r] = next[r + 1];
    next[r + 1] += next[r];
  }
  for (int64_t k = 0; k < n; k++) {
    const int64_t at = next[PartitionOwner(p, index[k])]++;

    wanted[at] = index[k];
    order[at] = k;
  }
  PetscCall(PetscFree(next));
  PetscFunctionReturn(0);
}

PetscErrorCode FetchEntries(const Partition *p, const double mine[], int64_t n,
                            const int64_t index[], double values[])
{
  int64_t *count, *asked_count, *wanted, *order, *asked = NULL, n_asked, n_answers;
  double *given, *answers = NULL;

  PetscFunctionBegin;
  PetscCall(PetscMalloc4(p->size, &count, p->size, &asked_count, n, &wanted, n, &order));
  PetscCall(sort_wanted(p, n, index, count, wanted, order));
  PetscCall(ExchangeRecords(p->comm, sizeof(*wanted), wanted, count, &n_asked, &asked));
  PetscCallMPI(MPI_Alltoall(count, 1, MPI_INT64_T, asked_count, 1, MPI_INT64_T, p->comm));
  PetscCall(PetscMalloc1(n_asked, &given));
  for (int64_t k = 0; k < n_asked; k++) {
    given[k] = mine[asked[k] - p->first];
  }
  PetscCall(ExchangeRecords(p->comm, sizeof(*given), given, asked_count, &n_answers, &answers));
  for (int64_t k = 0; k < n; k++) {
    values[order[k]] = answers[k];
  }
  PetscCall(PetscFree(asked));
  PetscCall(PetscFree(given));
  PetscCall(PetscFree(answers));
  PetscCall(PetscFree4(count, asked_count, wanted, order));
  PetscFunctionReturn(0);
}
