/* SPDX-License-Identifier: GPL-3.0-or-later */

/* q-values: a sort of all p-values over the ranks, and the way back. */
#include "causeway/causality.h"

#include "causeway/internal/parallel/exchange.h"

#include <math.h>
#include <stdlib.h>

typedef struct {
  double value; /* p, then q */
  int64_t pair; /* (target, source) as target N + source */
} Record;

static int compare(const void *a, const void *b)
{
  const double x = ((const Record *)a)->value, y = ((const Record *)b)->value;

  return (x > y) - (x < y);
}

/* The p-values of local pairs in ascending order. */
static PetscErrorCode list_pairs(const Partition *part, const double *p_values, int64_t *n,
                                 Record **records)
{
  const int64_t columns = part->n_global;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(part->n_local * columns + 1, records)); /* never NULL */
  *n = 0;
  for (int64_t i = 0; i < part->n_local; i++) {
    for (int64_t j = 0; j < columns; j++) {
      const int64_t target = part->first + i;

      if (j != target && !isnan(p_values[i * columns + j])) {
        (*records)[(*n)++] = (Record){p_values[i * columns + j], target * columns + j};
      }
    }
  }
  qsort(*records, (size_t)*n, sizeof(**records), compare);
  PetscFunctionReturn(0);
}

/* Borders between the ranks of the sorted list, (ranks - 1), from regular samples of every rank's list. */
static PetscErrorCode choose_borders(const Partition *part, int64_t n, const Record *sorted,
                                     Record *borders)
{
  const int ranks = part->size, each = (int)sizeof(Record) * ranks;
  Record *samples;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1((size_t)ranks * ranks, &samples));
  for (int k = 0; k < ranks; k++) {
    borders[k] = n > 0 ? sorted[n * k / ranks] : (Record){INFINITY, 0};
  }
  PetscCallMPI(MPI_Allgather(borders, each, MPI_BYTE, samples, each, MPI_BYTE, part->comm));
  qsort(samples, (size_t)ranks * ranks, sizeof(*samples), compare);
  for (int k = 1; k < ranks; k++) {
    borders[k - 1] = samples[(size_t)k * ranks];
  }
  PetscCall(PetscFree(samples));
  PetscFunctionReturn(0);
}

/* Sorted lists, in the order of the ranks: equal p-values come to the same rank. */
static PetscErrorCode sort(const Partition *part, int64_t *n, Record **records)
{
  int64_t *count, n_received = 0;
  Record *borders, *received = NULL;
  PetscErrorCode status;
  int rank = 0;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(part->size, &borders));
  PetscCall(PetscCalloc1(part->size, &count));
  PetscCall(choose_borders(part, *n, *records, borders));
  for (int64_t k = 0; k < *n; k++) {
    while (rank < part->size - 1 && (*records)[k].value >= borders[rank].value) {
      rank++;
    }
    count[rank]++;
  }
  status = ExchangeRecords(part->comm, sizeof(Record), *records, count, &n_received, &received);
  PetscCall(PetscFree(borders));
  PetscCall(PetscFree(count));
  PetscCall(status);
  PetscCall(PetscFree(*records));
  if (n_received > 0) {
    qsort(received, (size_t)n_received, sizeof(*received), compare);
  }
  *n = n_received;
  *records = received;
  PetscFunctionReturn(0);
}

/* q = min over p' >= p of m p' / (number of p-values up to p') */
static PetscErrorCode fill(const Partition *part, int64_t n, Record *sorted)
{
  int64_t before = 0, all;
  double least = 1.0, *of_ranks;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Exscan(&n, &before, 1, MPI_INT64_T, MPI_SUM, part->comm));
  before = part->rank == 0 ? 0 : before;
  PetscCallMPI(MPI_Allreduce(&n, &all, 1, MPI_INT64_T, MPI_SUM, part->comm));
  for (int64_t k = n - 1; k >= 0; k--) {
    least = PetscMin(least, sorted[k].value * (double)all / (double)(before + k + 1));
    sorted[k].value = least;
  }
  PetscCall(PetscMalloc1(part->size, &of_ranks));
  PetscCallMPI(MPI_Allgather(&least, 1, MPI_DOUBLE, of_ranks, 1, MPI_DOUBLE, part->comm));
  least = 1.0;
  for (int rank = part->rank + 1; rank < part->size; rank++) {
    least = PetscMin(least, of_ranks[rank]);
  }
  for (int64_t k = 0; k < n; k++) {
    sorted[k].value = PetscMin(sorted[k].value, least);
  }
  PetscCall(PetscFree(of_ranks));
  PetscFunctionReturn(0);
}

/* To the ranks that own the targets. */
static PetscErrorCode send_back(const Partition *part, int64_t n, const Record *records,
                                double *q_values)
{
  int64_t *count, *place, n_received = 0;
  Record *ordered, *received = NULL;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(PetscCalloc2(part->size + 1, &count, part->size + 1, &place));
  PetscCall(PetscMalloc1(n, &ordered));
  for (int64_t k = 0; k < n; k++) {
    count[PartitionOwner(part, records[k].pair / part->n_global)]++;
  }
  for (int rank = 0; rank < part->size; rank++) {
    place[rank + 1] = place[rank] + count[rank];
  }
  for (int64_t k = 0; k < n; k++) {
    ordered[place[PartitionOwner(part, records[k].pair / part->n_global)]++] = records[k];
  }
  status = ExchangeRecords(part->comm, sizeof(Record), ordered, count, &n_received, &received);
  PetscCall(PetscFree(ordered));
  PetscCall(PetscFree2(count, place));
  PetscCall(status);
  for (int64_t k = 0; k < n_received; k++) {
    q_values[received[k].pair - part->first * part->n_global] = received[k].value;
  }
  PetscCall(PetscFree(received));
  PetscFunctionReturn(0);
}

PetscErrorCode MultiplicityQ(const Partition *part, const double *p_values, double *q_values)
{
  PetscErrorCode status;
  Record *records;
  int64_t n = 0;

  PetscFunctionBegin;
  PetscCall(list_pairs(part, p_values, &n, &records));
  for (int64_t i = 0; i < part->n_local; i++) {
    for (int64_t j = 0; j < part->n_global; j++) {
      q_values[i * part->n_global + j] = j == part->first + i ? 1.0 : NAN;
    }
  }
  status = sort(part, &n, &records);
  status = status ? status : fill(part, n, records);
  status = status ? status : send_back(part, n, records, q_values);
  PetscCall(PetscFree(records));
  PetscFunctionReturn(status);
}
