/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows fetched between layouts, against the rule that the lowest rank that holds a row sends it. The
   bytes of a row tell which rank they come from. */
#include "check.h"

#include "causeway/internal/parallel/redistribute.h"

#include <limits.h>
#include <string.h>

enum { MAX_RANKS = 8, N_ROWS = 61, GUARD = 32, FILL = 0xA5 };

static int rank, size;

typedef struct {
  int64_t first, count;
} Rows;

/* Who has and wants what, the same on all ranks. */
typedef struct {
  const char *name;
  Rows have[MAX_RANKS], want[MAX_RANKS];
} Layout;

static const size_t row_sizes[] = {1, 24};

static unsigned char byte_of(int64_t row, size_t k, int holder)
{
  return (unsigned char)(31 * row + 7 * (int64_t)k + 101 * holder + 3);
}

static int holds(Rows rows, int64_t row)
{
  return row >= rows.first && row < rows.first + rows.count;
}

static int lowest_holder(const Layout *layout, int64_t row)
{
  for (int r = 0; r < size; r++) {
    if (holds(layout->have[r], row)) {
      return r;
    }
  }
  return -1;
}

static Rows block_of(int64_t n_global, int r)
{
  int64_t block = (n_global + size - 1) / size;
  int64_t first = PetscMin(block * r, n_global);

  return (Rows){first, PetscMin(block, n_global - first)};
}

static void check_rows(const Layout *layout, size_t row_bytes, const unsigned char *want)
{
  Rows rows = layout->want[rank];
  size_t n_bytes = (size_t)rows.count * row_bytes;

  for (size_t e = 0; e < n_bytes; e++) {
    int64_t row = rows.first + (int64_t)(e / row_bytes);
    unsigned char expected = byte_of(row, e % row_bytes, lowest_holder(layout, row));

    CHECK(want[e] == expected, "%s, %zu bytes: rank %d row %lld byte %zu is %d, not %d",
          layout->name, row_bytes, rank, (long long)row, e % row_bytes, want[e], expected);
  }
  for (size_t e = n_bytes; e < n_bytes + GUARD; e++) {
    CHECK(want[e] == FILL, "%s: rank %d wrote beyond the end", layout->name, rank);
  }
}

/* Fetches, and compares with `expected` code; `want` must be untouched after an error. */
static PetscErrorCode fetch(const Layout *layout, size_t row_bytes, PetscErrorCode expected)
{
  Rows have = layout->have[rank], want = layout->want[rank];
  size_t n_have = (size_t)have.count * row_bytes, n_want = (size_t)want.count * row_bytes;
  unsigned char *from, *to;
  PetscErrorCode code;

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(n_have + 1, &from, n_want + GUARD, &to));
  memset(to, FILL, n_want + GUARD);
  for (size_t e = 0; e < n_have; e++) {
    from[e] = byte_of(have.first + (int64_t)(e / row_bytes), e % row_bytes, rank);
  }
  code = FetchRows(PETSC_COMM_WORLD, row_bytes, have.first, have.count, n_have ? from : NULL,
                   want.first, want.count, n_want || expected ? to : NULL);
  CHECK(code == expected, "%s: rank %d returns %d, not %d", layout->name, rank, (int)code,
        (int)expected);
  if (!code) {
    check_rows(layout, row_bytes, to);
  }
  for (size_t e = 0; code && e < n_want + GUARD; e++) {
    CHECK(to[e] == FILL, "%s: rank %d wrote despite the error", layout->name, rank);
  }
  PetscCall(PetscFree2(from, to));
  PetscFunctionReturn(0);
}

static PetscErrorCode fetch_sizes(const Layout *layout)
{
  PetscFunctionBegin;
  for (size_t s = 0; s < sizeof(row_sizes) / sizeof(row_sizes[0]); s++) {
    PetscCall(fetch(layout, row_sizes[s], 0));
  }
  PetscFunctionReturn(0);
}

static const Rows all_rows = {0, N_ROWS}, no_rows = {0, 0};

static PetscErrorCode test_layouts(void)
{
  Layout reversed = {.name = "reversed"}, everything = {.name = "everything"},
         shifted = {.name = "shifted"}, from_last = {.name = "from the last rank"},
         copies = {.name = "copies everywhere"}, nothing = {.name = "nothing"};

  PetscFunctionBegin;
  for (int r = 0; r < size; r++) {
    Rows block = block_of(N_ROWS, r);

    reversed.have[r] = block;
    reversed.want[r] = block_of(N_ROWS, size - 1 - r);
    everything.have[r] = block;
    everything.want[r] = all_rows;
    shifted.have[r] = block;
    shifted.want[r] = (Rows){PetscMax(block.first - 2, 0), r % 2 ? 0 : PetscMin(block.count, 9)};
    from_last.have[r] = r == size - 1 ? all_rows : no_rows;
    from_last.want[r] = block;
    copies.have[r] = all_rows;
    copies.want[r] = r == 0 ? (Rows){5, 0} : all_rows;
    nothing.have[r] = block;
  }
  PetscCall(fetch_sizes(&reversed));
  PetscCall(fetch_sizes(&everything));
  PetscCall(fetch_sizes(&shifted));
  PetscCall(fetch_sizes(&from_last));
  PetscCall(fetch_sizes(&copies));
  PetscCall(fetch_sizes(&nothing));
  PetscFunctionReturn(0);
}

/* Fewer rows than ranks, and pairs of ranks that want the same. */
static PetscErrorCode test_few_rows(void)
{
  Layout few = {.name = "few"}, pairs = {.name = "pairs"};

  PetscFunctionBegin;
  for (int r = 0; r < size; r++) {
    few.have[r] = block_of(1, r);
    few.want[r] = (Rows){0, 1};
    pairs.have[r] = block_of(N_ROWS, r);
    pairs.want[r] = (Rows){r / 2 * 10, 11};
  }
  PetscCall(fetch_sizes(&few));
  PetscCall(fetch_sizes(&pairs));
  PetscFunctionReturn(0);
}

/* Lower ranks hold islands inside the rows of the last one, which sends what is between them. */
static PetscErrorCode test_islands(void)
{
  Layout islands = {.name = "islands"}, nested = {.name = "nested"};

  PetscFunctionBegin;
  for (int r = 0; r < size; r++) {
    islands.have[r] = r == size - 1 ? all_rows : (Rows){N_ROWS - 8 - 6 * r, 3};
    islands.want[r] = (Rows){r, N_ROWS - 2 * r};
    nested.have[r] = r == size - 1 ? all_rows : (Rows){30 - 4 * r, 2 + 8 * r};
    nested.want[r] = all_rows;
  }
  PetscCall(fetch_sizes(&islands));
  PetscCall(fetch_sizes(&nested));
  PetscFunctionReturn(0);
}

static Rows random_rows(int64_t c, int64_t key)
{
  double both[2];
  Rows rows;

  RandomUniform(5, RANDOM_CONNECTIVITY, c, key, both);
  rows.first = (int64_t)(both[0] * N_ROWS);
  rows.count = (int64_t)(both[1] * 1.2 * (double)(N_ROWS - rows.first)) - 3;
  rows.count = PetscMax(PetscMin(rows.count, N_ROWS - rows.first), 0);
  return rows;
}

static int is_complete(const Layout *layout)
{
  for (int r = 0; r < size; r++) {
    for (int64_t i = 0; i < layout->want[r].count; i++) {
      if (lowest_holder(layout, layout->want[r].first + i) < 0) {
        return 0;
      }
    }
  }
  return 1;
}

/* Any ranges: either all ranks get their rows, or all fail. */
static PetscErrorCode test_random(void)
{
  int n_complete = 0, n_cases = 400;

  PetscFunctionBegin;
  for (int c = 0; c < n_cases; c++) {
    Layout layout = {.name = "random"};
    int complete;

    for (int r = 0; r < size; r++) {
      layout.have[r] = random_rows(c, r);
      layout.want[r] = random_rows(c, MAX_RANKS + r);
    }
    if (c % 2) {
      layout.have[c / 2 % size] = all_rows;
    }
    complete = is_complete(&layout);
    n_complete += complete;
    PetscCall(fetch(&layout, row_sizes[c / 2 % 2], complete ? 0 : PETSC_ERR_ARG_OUTOFRANGE));
  }
  CHECK(n_complete >= n_cases / 2 && n_complete < n_cases, "%d", n_complete);
  PetscFunctionReturn(0);
}

/* One rank, each in turn, wants one row that nobody holds: before, between and behind the others. */
static PetscErrorCode test_held_by_none(void)
{
  PetscFunctionBegin;
  for (int greedy = 0; greedy < size; greedy++) {
    for (int place = 0; place < 3; place++) {
      Layout layout = {.name = "held by none"};

      for (int r = 0; r < size; r++) {
        Rows block = block_of(N_ROWS, r);

        /* rows 1 .. N_ROWS - 1, without the last one of the first block */
        layout.have[r] = (Rows){block.first + 1, block.count - 1 - (r == 0)};
        layout.want[r] = (Rows){1, 3};
      }
      layout.want[greedy] =
          (Rows[]){{0, 2}, {layout.have[0].count, 3}, {layout.have[size - 1].first, N_ROWS}}[place];
      PetscCall(fetch(&layout, 24, PETSC_ERR_ARG_OUTOFRANGE));
      layout.want[greedy] = (Rows){1, 3};
      PetscCall(fetch(&layout, 24, 0));
    }
  }
  PetscFunctionReturn(0);
}

/* What MPI cannot count is refused before a byte is read, so that no memory is needed here. */
static PetscErrorCode test_limits(void)
{
  const int64_t many = (int64_t)INT_MAX + 10;
  int last = rank == size - 1;
  char byte = FILL, wanted[3] = {FILL, FILL, FILL};
  PetscErrorCode code;

  PetscFunctionBegin;
  code = FetchRows(PETSC_COMM_WORLD, 1, 0, last ? many : 0, &byte, many - 3, rank == 0 ? 3 : 0,
                   wanted);
  CHECK(code == CAUSEWAY_ERR_USER, "far row: rank %d returns %d", rank, (int)code);
  CHECK(strstr(UserErrorMessage(), "2147483657 rows"), "%s", UserErrorMessage());
  code = FetchRows(PETSC_COMM_WORLD, 1, 0, last ? many : 0, &byte, 0, rank == 0 ? many : 0, wanted);
  CHECK(code == CAUSEWAY_ERR_USER, "many rows: rank %d returns %d", rank, (int)code);
  code = FetchRows(PETSC_COMM_WORLD, (size_t)INT_MAX + 1, rank, 0, NULL, 0, 0, NULL);
  CHECK(code == CAUSEWAY_ERR_USER, "long row: rank %d returns %d", rank, (int)code);
  CHECK(strstr(UserErrorMessage(), "2147483648 bytes"), "%s", UserErrorMessage());
  /* global indices beyond 32 bits are as good as any */
  code = FetchRows(PETSC_COMM_WORLD, 1, 5 * many + rank, 1, &byte, 5 * many, rank == 0 ? 1 : 0,
                   wanted);
  CHECK(!code && (rank != 0 || (wanted[0] == byte)), "rank %d returns %d", rank, (int)code);
  PetscFunctionReturn(0);
}

static PetscErrorCode test_own_communicator(void)
{
  double from[4] = {10, 11, 12, 13}, to[2] = {-1, -1};
  PetscErrorCode code;

  PetscFunctionBegin;
  code = FetchRows(PETSC_COMM_SELF, sizeof(double), rank, 4, from, rank + 1, 2, to);
  CHECK(!code && to[0] == 11 && to[1] == 12, "rank %d: %g %g", rank, to[0], to[1]);
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  check_begin(&argc, &argv);
  (void)MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  (void)MPI_Comm_size(PETSC_COMM_WORLD, &size);
  if (size > MAX_RANKS) {
    return check_skip("at most 8 ranks");
  }
  /* errors are expected here, without their tracebacks */
  (void)PetscPushErrorHandler(PetscReturnErrorHandler, NULL);
  CHECK(!test_layouts(), "rank %d: layouts", rank);
  CHECK(!test_few_rows(), "rank %d: few rows", rank);
  CHECK(!test_islands(), "rank %d: islands", rank);
  CHECK(!test_random(), "rank %d: random", rank);
  CHECK(!test_held_by_none(), "rank %d: held by none", rank);
  CHECK(!test_limits(), "rank %d: limits", rank);
  CHECK(!test_own_communicator(), "rank %d: own communicator", rank);
  return check_end();
}
