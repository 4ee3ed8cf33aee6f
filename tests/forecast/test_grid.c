/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The process grid of training: which shape is chosen, which words are taken, who is in which
   communicator. */
#include "check.h"

#include "grid.h"

#include <string.h>

enum { MAX_RANKS = 64 };

static int rank, size;

static GridDemand demand_of(int64_t n_members, int64_t batch_size, int64_t n_neurons)
{
  return (GridDemand){.n_neurons = n_neurons,
                      .n_members = n_members,
                      .batch_size = batch_size,
                      .pair_cost = 300,
                      .cross_cost = 0.7};
}

/* (rounds of members) x (samples of a rank) x (neurons of a rank) stands beside each shape. */
static void test_by_hand(void)
{
  static const struct {
    int ranks;
    int64_t members, batch, neurons;
    int shape[3];
  } cases[] = {
      {1, 10, 64, 5, {1, 1, 1}},
      /* 4x1x1: 3*64*5 = 960, 2x2x1: 5*32*5 = 800, 2x1x2: 5*64*3 = 960, 1x4x1: 10*16*5 = 800,
         1x2x2: 10*32*3 = 960, 1x1x4: 10*64*2 = 1280; of the two with 800 that with more members */
      {4, 10, 64, 5, {2, 2, 1}},
      /* all divide evenly */
      {4, 4, 64, 1000, {4, 1, 1}},
      {4, 1, 64, 1000, {1, 1, 4}},
      /* 4x1x1 leaves two groups without a member */
      {4, 2, 64, 1000, {2, 1, 2}},
      /* 6x1x1: 3200, 3x2x1 and 3x1x2: 1600, 2x3x1: 2*11*100 = 2200, 2x1x3: 2*32*34 = 2176,
         1x6x1: 3*6*100 = 1800, 1x1x6: 3*32*17 = 1632 and no better between them */
      {6, 3, 32, 100, {3, 1, 2}},
      /* 5x1x1: 2*7 = 14, 1x5x1: 10*7 = 70, 1x1x5: 10*2 = 20 */
      {5, 10, 1, 7, {5, 1, 1}},
      /* 4x1x1: 5 with an idle group, 2x1x2: 2*3 = 6, 1x1x4: 3*2 = 6 */
      {4, 3, 1, 5, {4, 1, 1}},
      /* nothing to divide: all shapes take the same time, none leaves a group without a member */
      {4, 1, 1, 1, {1, 1, 4}},
      {8, 2, 1, 1, {2, 1, 4}},
      /* 7x1x1: 1, 1x7x1 and 1x1x7: 3 */
      {7, 3, 1, 1, {7, 1, 1}},
      /* 1x2x1: 20000000001, 1x1x2: 2*10000000001, equal to 5e-11 */
      {2, 1, 2, 20000000001, {1, 1, 2}},
  };

  for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
    GridDemand demand = demand_of(cases[c].members, cases[c].batch, cases[c].neurons);
    int shape[3] = {-1, -1, -1};

    CHECK(!TrainGridChoose(cases[c].ranks, &demand, shape), "case %zu", c);
    CHECK(!memcmp(shape, cases[c].shape, sizeof(shape)), "case %zu: %dx%dx%d", c, shape[0],
          shape[1], shape[2]);
  }
}

static int64_t parts_of(int64_t total, int n_parts)
{
  return total / n_parts + (total % n_parts != 0);
}

static int64_t cost_of(const GridDemand *demand, int groups, int batch, int ring)
{
  return parts_of(demand->n_members, groups) * parts_of(demand->batch_size, batch) *
         parts_of(demand->n_neurons, ring);
}

/* In whole numbers: no other shape is faster, or as fast and to be preferred. */
static void check_choice(int ranks, const GridDemand *demand, const int shape[3])
{
  int64_t cost = cost_of(demand, shape[0], shape[1], shape[2]);
  int idle = shape[0] > demand->n_members;

  CHECK(shape[0] > 0 && shape[1] > 0 && shape[0] * shape[1] * shape[2] == ranks,
        "%d ranks: %dx%dx%d", ranks, shape[0], shape[1], shape[2]);
  for (int g = 1; g <= ranks; g++) {
    for (int r = 1; r <= ranks; r++) {
      int b = ranks / (g * r), other_idle = g > demand->n_members;
      int64_t other = b * g * r == ranks ? cost_of(demand, g, b, r) : INT64_MAX;
      int preferred = idle != other_idle ? idle : g > shape[0] || (g == shape[0] && r > shape[2]);

      CHECK(other > cost || (other == cost && !preferred),
            "%d ranks, members %lld batch %lld neurons %lld: %dx%dx%d takes %lld, %dx%dx%d %lld",
            ranks, (long long)demand->n_members, (long long)demand->batch_size,
            (long long)demand->n_neurons, shape[0], shape[1], shape[2], (long long)cost, g, b, r,
            (long long)other);
    }
  }
}

static void test_by_force(void)
{
  static const int64_t members[] = {1, 2, 3, 5, 10, 100}, batches[] = {1, 3, 16, 64, 100},
                       neurons[] = {1, 5, 100, 1001, 100000};

  for (int c = 0; c < 6 * 5 * 5; c++) {
    GridDemand demand = demand_of(members[c / 25], batches[c / 5 % 5], neurons[c % 5]);

    for (int ranks = 1 + rank; ranks <= MAX_RANKS; ranks += size) {
      int shape[3] = {0, 0, 0};

      CHECK(!TrainGridChoose(ranks, &demand, shape), "%d ranks", ranks);
      check_choice(ranks, &demand, shape);
    }
  }
}

static void test_words(void)
{
  GridDemand demand = demand_of(10, 64, 5);
  int shape[3] = {0, 0, 0};

  CHECK(!TrainGridParse("2x1x4", "training.grid", 8, &demand, shape), "%s", UserErrorMessage());
  CHECK(shape[0] == 2 && shape[1] == 1 && shape[2] == 4, "%dx%dx%d", shape[0], shape[1], shape[2]);
  CHECK(!TrainGridParse("1x1000000x1", "training.grid", 1000000, &demand, shape), "%s",
        UserErrorMessage());
  CHECK(shape[0] == 1 && shape[1] == 1000000 && shape[2] == 1, "%dx%dx%d", shape[0], shape[1],
        shape[2]);
  CHECK(!TrainGridParse("auto", "training.grid", 4, &demand, shape), "%s", UserErrorMessage());
  CHECK(shape[0] == 2 && shape[1] == 2 && shape[2] == 1, "%dx%dx%d", shape[0], shape[1], shape[2]);
}

static void test_bad_words(void)
{
  static const char *const words[] = {"",
                                      "2",
                                      "2x1",
                                      "2x1x",
                                      "x1x4",
                                      "2xx4",
                                      "2x1x4x",
                                      "2x1x4x1",
                                      "2X1X4",
                                      "2 x1x4",
                                      " 2x1x4",
                                      "2x1x4 ",
                                      "+2x1x4",
                                      "-2x-1x4",
                                      "0x1x8",
                                      "8x1x0",
                                      "02x1x4",
                                      "2.0x1x4",
                                      "2x1x 4",
                                      "2*1*4",
                                      "Auto",
                                      "auto ",
                                      "automatically",
                                      "1000001x1x1",
                                      "4294967298x1x4",
                                      "18446744073709551618x1x4"};
  GridDemand demand = demand_of(10, 64, 5);

  for (size_t c = 0; c < sizeof(words) / sizeof(words[0]); c++) {
    int shape[3] = {-1, -2, -3};
    char expected[256];
    PetscErrorCode code = TrainGridParse(words[c], "a.yaml: grid", 8, &demand, shape);

    (void)snprintf(expected, sizeof(expected),
                   "a.yaml: grid = %s: expected auto or members x batch x neurons such as 2x1x4",
                   words[c]);
    CHECK(code == CAUSEWAY_ERR_USER, "'%s': %d", words[c], (int)code);
    CHECK(!strcmp(UserErrorMessage(), expected), "'%s': %s", words[c], UserErrorMessage());
    CHECK(shape[0] == -1 && shape[1] == -2 && shape[2] == -3, "'%s': written", words[c]);
  }
}

static void test_bad_products(void)
{
  static const struct {
    const char *word;
    int ranks;
    const char *expected;
  } cases[] = {
      {"2x1x4", 4, "-grid = 2x1x4: 2 x 1 x 4 = 8 processes, but the job has 4 ranks"},
      {"1x1x1", 2, "-grid = 1x1x1: 1 x 1 x 1 = 1 process, but the job has 2 ranks"},
      {"1x3x1", 1, "-grid = 1x3x1: 1 x 3 x 1 = 3 processes, but the job has 1 rank"},
      /* 2^32 + 2^16, which is 65536 in 32 bits */
      {"65536x65537x1", 65536,
       "-grid = 65536x65537x1: 65536 x 65537 x 1 = 4295032832 processes, but the job has 65536 "
       "ranks"},
      {"1000000x1000000x1000000", 4,
       "-grid = 1000000x1000000x1000000: 1000000 x 1000000 x 1000000 = 1000000000000000000 "
       "processes, but the job has 4 ranks"},
  };
  GridDemand demand = demand_of(10, 64, 5);

  for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
    int shape[3] = {-1, -2, -3};
    PetscErrorCode code = TrainGridParse(cases[c].word, "-grid", cases[c].ranks, &demand, shape);

    CHECK(code == CAUSEWAY_ERR_USER, "%s: %d", cases[c].word, (int)code);
    CHECK(!strcmp(UserErrorMessage(), cases[c].expected), "%s", UserErrorMessage());
    CHECK(shape[0] == -1 && shape[1] == -2 && shape[2] == -3, "%s: written", cases[c].word);
  }
}

/* `comm` has the ranks first, first + stride, ... of the world, in this order. */
static PetscErrorCode check_comm(MPI_Comm comm, const char *name, int world_rank, int n, int index,
                                 int first, int stride)
{
  int n_found, index_found, members[MAX_RANKS];

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(comm, &n_found));
  PetscCallMPI(MPI_Comm_rank(comm, &index_found));
  CHECK(n_found == n && index_found == index, "rank %d: %s %d of %d, not %d of %d", world_rank,
        name, index_found, n_found, index, n);
  PetscCheck(n_found <= MAX_RANKS, comm, PETSC_ERR_ARG_SIZ, "%d ranks", n_found);
  PetscCallMPI(MPI_Allgather(&world_rank, 1, MPI_INT, members, 1, MPI_INT, comm));
  for (int i = 0; i < n_found; i++) {
    CHECK(members[i] == first + i * stride, "rank %d: %s has %d at %d", world_rank, name,
          members[i], i);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode check_grid(MPI_Comm world, const int shape[3])
{
  TrainGrid grid;
  int world_rank, group, b, r;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(world, &world_rank));
  PetscCall(TrainGridCreate(world, shape, &grid));
  group = grid.group_index;
  b = grid.batch_index;
  r = grid.ring_index;
  CHECK(grid.world == world && grid.n_groups == shape[0] && grid.n_batch == shape[1] &&
            grid.n_ring == shape[2],
        "%dx%dx%d", grid.n_groups, grid.n_batch, grid.n_ring);
  CHECK(group >= 0 && group < shape[0] && b >= 0 && b < shape[1] && r >= 0 && r < shape[2],
        "rank %d is %d %d %d", world_rank, group, b, r);
  CHECK((group * shape[1] + b) * shape[2] + r == world_rank, "rank %d is %d %d %d", world_rank,
        group, b, r);
  PetscCall(check_comm(grid.group, "group", world_rank, shape[1] * shape[2], b * shape[2] + r,
                       group * shape[1] * shape[2], 1));
  PetscCall(check_comm(grid.ring, "ring", world_rank, shape[2], r, world_rank - r, 1));
  PetscCall(check_comm(grid.batch, "batch", world_rank, shape[1], b, world_rank - b * shape[2],
                       shape[2]));
  PetscCall(TrainGridDestroy(&grid));
  PetscCall(TrainGridDestroy(&grid));
  PetscFunctionReturn(0);
}

/* Every shape, also on a world whose ranks are not those of MPI_COMM_WORLD. */
static PetscErrorCode test_communicators(void)
{
  MPI_Comm backwards;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_split(PETSC_COMM_WORLD, 0, -rank, &backwards));
  for (int g = 1; g <= size; g++) {
    for (int b = 1; g * b <= size; b++) {
      const int shape[3] = {g, b, size / (g * b)};

      if (g * b * shape[2] == size) {
        PetscCall(check_grid(PETSC_COMM_WORLD, shape));
        PetscCall(check_grid(backwards, shape));
      }
    }
  }
  PetscCall(check_grid(PETSC_COMM_SELF, (int[3]){1, 1, 1}));
  PetscCallMPI(MPI_Comm_free(&backwards));
  PetscFunctionReturn(0);
}

static void test_bad_grids(void)
{
  TrainGrid grid;

  memset(&grid, 0, sizeof(grid));
  CHECK(!TrainGridDestroy(&grid), "zero bytes");
  (void)PetscPushErrorHandler(PetscReturnErrorHandler, NULL);
  CHECK(TrainGridCreate(PETSC_COMM_WORLD, (int[3]){size, 1, 2}, &grid) == PETSC_ERR_ARG_SIZ,
        "too many");
  CHECK(TrainGridCreate(PETSC_COMM_WORLD, (int[3]){-1, -1, size}, &grid) == PETSC_ERR_ARG_SIZ,
        "negative");
  CHECK(TrainGridChoose(0, &(GridDemand){0}, (int[3]){0, 0, 0}) == PETSC_ERR_ARG_OUTOFRANGE,
        "no ranks");
  (void)PetscPopErrorHandler();
  CHECK(!TrainGridDestroy(&grid), "after an error");
}

int main(int argc, char **argv)
{
  check_begin(&argc, &argv);
  (void)MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  (void)MPI_Comm_size(PETSC_COMM_WORLD, &size);
  test_by_hand();
  test_by_force();
  test_words();
  test_bad_words();
  test_bad_products();
  CHECK(!test_communicators(), "rank %d: communicators", rank);
  test_bad_grids();
  return check_end();
}
