/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/internal/parallel/redistribute.h"

#include "causeway/error.h"

#include <limits.h>
#include <string.h>

/* Global rows first .. end - 1; empty when end <= first. */
typedef struct {
  int64_t first, end;
} Range;

typedef struct {
  Range have, want;
} Holding;

/* Who sends what, computed from the ranges of all ranks, so that no list of rows is ever sent. A rank sends those of its
   rows that no lower rank holds: one range, or several when the rows of a lower rank lie inside its own. */
typedef struct {
  int size, rank;
  Holding *all;   /* (size) */
  Range *offered; /* (n_offered), ascending: the rows that this rank sends */
  Range *missing; /* (size + 1): wanted rows for which no holder has been found yet */
  int n_offered;
  int *send_count, *send_start, *receive_count, *receive_start; /* (size), in rows */
} Plan;

/* Values on which the ranks agree before anything moves; each is the maximum over the ranks. */
enum {
  ROUNDS, /* ranges that one rank sends to another */
  LACK,   /* 1 + a wanted row that no rank holds; 0 without one */
  N_AGREED
};

static int is_empty(Range range)
{
  return range.end <= range.first;
}

static Range overlap(Range a, Range b)
{
  return (Range){PetscMax(a.first, b.first), PetscMin(a.end, b.end)};
}

/* Removes `gone` from an ascending list of n ranges; returns the new number, at most n + 1. */
static int take_out(Range *list, int n, Range gone)
{
  int kept = 0;

  if (is_empty(gone)) {
    return n;
  }
  for (int i = 0; i < n; i++) {
    Range below = {list[i].first, PetscMin(list[i].end, gone.first)};
    Range above = {PetscMax(list[i].first, gone.end), list[i].end};

    if (!is_empty(below) && !is_empty(above)) {
      /* `gone` lies inside this range, so it touches no other */
      memmove(&list[i + 2], &list[i + 1], (size_t)(n - i - 1) * sizeof(Range));
      list[i] = below;
      list[i + 1] = above;
      return n + 1;
    }
    if (!is_empty(below) || !is_empty(above)) {
      list[kept++] = is_empty(below) ? above : below;
    }
  }
  return kept;
}

/* Places part number `round` of `rows` in the list, relative to row `base`. Returns the number of parts; `reach` becomes at
   least the end of the last one. */
static int place_rows(const Range *list, int n, Range rows, int round, int64_t base, int *count,
                      int *start, int64_t *reach)
{
  int parts = 0;

  *count = 0;
  *start = 0;
  for (int i = 0; i < n; i++) {
    Range part = overlap(list[i], rows);

    if (is_empty(part)) {
      continue;
    }
    *reach = PetscMax(*reach, part.end - base);
    if (parts++ == round) {
      *count = (int)PetscMin(part.end - part.first, INT_MAX);
      *start = (int)PetscMin(part.first - base, INT_MAX);
    }
  }
  return parts;
}

/* Fills counts and starts of one round. Sender and receiver see the same parts in the same order: the intersection of the
   receiver's range with the sender's, without the rows of lower ranks. */
static void plan_round(Plan *plan, int round, int64_t agreed[N_AGREED], int64_t *reach)
{
  const Holding *mine = &plan->all[plan->rank];
  int n_missing = is_empty(mine->want) ? 0 : 1;

  agreed[ROUNDS] = 0;
  *reach = 0;
  plan->missing[0] = mine->want;
  for (int r = 0; r < plan->size; r++) {
    int sent = place_rows(plan->offered, plan->n_offered, plan->all[r].want, round,
                          mine->have.first, &plan->send_count[r], &plan->send_start[r], reach);
    int received = place_rows(plan->missing, n_missing, plan->all[r].have, round, mine->want.first,
                              &plan->receive_count[r], &plan->receive_start[r], reach);

    agreed[ROUNDS] = PetscMax(agreed[ROUNDS], PetscMax(sent, received));
    n_missing = take_out(plan->missing, n_missing, plan->all[r].have);
  }
  agreed[LACK] = n_missing ? 1 + plan->missing[0].first : 0;
}

static PetscErrorCode create_plan(MPI_Comm comm, const Holding *mine, Plan *plan)
{
  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(comm, &plan->size));
  PetscCallMPI(MPI_Comm_rank(comm, &plan->rank));
  PetscCall(PetscMalloc7(plan->size, &plan->all, plan->size + 1, &plan->offered, plan->size + 1,
                         &plan->missing, plan->size, &plan->send_count, plan->size,
                         &plan->send_start, plan->size, &plan->receive_count, plan->size,
                         &plan->receive_start));
  PetscCallMPI(MPI_Allgather(mine, 4, MPI_INT64_T, plan->all, 4, MPI_INT64_T, comm));
  plan->n_offered = is_empty(mine->have) ? 0 : 1;
  plan->offered[0] = mine->have;
  for (int r = 0; r < plan->rank; r++) {
    plan->n_offered = take_out(plan->offered, plan->n_offered, plan->all[r].have);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode destroy_plan(Plan *plan)
{
  PetscFunctionBegin;
  PetscCall(PetscFree7(plan->all, plan->offered, plan->missing, plan->send_count, plan->send_start,
                       plan->receive_count, plan->receive_start));
  PetscFunctionReturn(0);
}

static PetscErrorCode check_limits(size_t row_bytes, int64_t reach)
{
  PetscFunctionBegin;
  UserCheck(row_bytes <= INT_MAX,
            "a row of %zu bytes is longer than the 2^31 - 1 of MPI; use more ranks", row_bytes);
  UserCheck(reach <= INT_MAX,
            "a rank exchanges %lld rows, more than the 2^31 - 1 of MPI; use more ranks",
            (long long)reach);
  PetscFunctionReturn(0);
}

/* Agrees on an error or on the number of rounds. */
static PetscErrorCode agree_on_plan(MPI_Comm comm, Plan *plan, size_t row_bytes, int *n_rounds)
{
  int64_t mine[N_AGREED], agreed[N_AGREED], reach;

  PetscFunctionBegin;
  plan_round(plan, 0, mine, &reach);
  PetscCall(ErrorAgree(comm, check_limits(row_bytes, reach)));
  PetscCallMPI(MPI_Allreduce(mine, agreed, N_AGREED, MPI_INT64_T, MPI_MAX, comm));
  /* all ranks know of it; PETSC_COMM_SELF because PETSc's handler ends the other ranks of `comm` */
  PetscCheck(agreed[LACK] == 0, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "row %lld is wanted, but no rank has it", (long long)agreed[LACK] - 1);
  *n_rounds = (int)agreed[ROUNDS];
  PetscFunctionReturn(0);
}

static PetscErrorCode move_rows(MPI_Comm comm, Plan *plan, size_t row_bytes, int n_rounds,
                                const void *have, void *want)
{
  int64_t unused[N_AGREED], reach;
  MPI_Datatype row;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Type_contiguous((int)row_bytes, MPI_BYTE, &row));
  PetscCallMPI(MPI_Type_commit(&row));
  for (int round = 0; round < n_rounds; round++) {
    plan_round(plan, round, unused, &reach);
    PetscCallMPI(MPI_Alltoallv(have, plan->send_count, plan->send_start, row, want,
                               plan->receive_count, plan->receive_start, row, comm));
  }
  PetscCallMPI(MPI_Type_free(&row));
  PetscFunctionReturn(0);
}

PetscErrorCode FetchRows(MPI_Comm comm, size_t row_bytes, int64_t have_first, int64_t have_count,
                         const void *have, int64_t want_first, int64_t want_count, void *want)
{
  const Holding mine = {{have_first, have_first + have_count},
                        {want_first, want_first + want_count}};
  int n_rounds = 0;
  PetscErrorCode code;
  Plan plan;

  PetscFunctionBegin;
  PetscCall(create_plan(comm, &mine, &plan));
  code = agree_on_plan(comm, &plan, row_bytes, &n_rounds);
  if (!code) {
    code = move_rows(comm, &plan, row_bytes, n_rounds, have, want);
  }
  PetscCall(destroy_plan(&plan));
  PetscCall(code);
  PetscFunctionReturn(0);
}

PetscErrorCode ColumnsToRows(const Partition *p, const double *columns, double *rows)
{
  const int64_t n = p->n_global, n_local = p->n_local;
  double *block;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(n_local * p->block, &block));
  for (int shift = 0; shift < p->size; shift++) {
    const int to = (p->rank + shift) % p->size, from = (p->rank + p->size - shift) % p->size;
    const int64_t n_to = PartitionFirst(p, to + 1) - PartitionFirst(p, to);
    const int64_t n_from = PartitionFirst(p, from + 1) - PartitionFirst(p, from);
    MPI_Datatype out, in;

    PetscCallMPI(MPI_Type_contiguous((int)n_local, MPI_DOUBLE, &out));
    PetscCallMPI(MPI_Type_contiguous((int)n_from, MPI_DOUBLE, &in));
    PetscCallMPI(MPI_Type_commit(&out));
    PetscCallMPI(MPI_Type_commit(&in));
    PetscCallMPI(MPI_Sendrecv(columns + PartitionFirst(p, to) * n_local, (int)n_to, out, to, 0,
                              block, (int)n_local, in, from, 0, p->comm, MPI_STATUS_IGNORE));
    PetscCallMPI(MPI_Type_free(&out));
    PetscCallMPI(MPI_Type_free(&in));
    for (int64_t i = 0; i < n_local; i++) {
      PetscCall(PetscArraycpy(rows + i * n + PartitionFirst(p, from), block + i * n_from, n_from));
    }
  }
  PetscCall(PetscFree(block));
  PetscFunctionReturn(0);
}
