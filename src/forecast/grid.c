/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "grid.h"

#include "causeway/error.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double tie = 1e-9; /* relative difference of times that counts as equal */
enum { LARGEST_PART = 1000000 };

static double ceil_ratio(int64_t total, int parts)
{
  int64_t ratio = (total + parts - 1) / parts;

  return (double)ratio;
}

static double predict_time(const GridDemand *demand, const int shape[3])
{
  return ceil_ratio(demand->n_members, shape[0]) * ceil_ratio(demand->batch_size, shape[1]) *
         ceil_ratio(demand->n_neurons, shape[2]) *
         (demand->pair_cost + demand->cross_cost * (double)demand->n_neurons);
}

static int is_better(const GridDemand *demand, const int shape[3], const int best[3])
{
  double time = predict_time(demand, shape), best_time = predict_time(demand, best);
  int busy = shape[0] <= demand->n_members, best_busy = best[0] <= demand->n_members;

  if (fabs(time - best_time) > tie * PetscMax(time, best_time)) {
    return time < best_time;
  }
  if (busy != best_busy) {
    return busy;
  }
  return shape[0] != best[0] ? shape[0] > best[0] : shape[2] > best[2];
}

PetscErrorCode TrainGridChoose(int ranks, const GridDemand *demand, int shape[3])
{
  PetscFunctionBegin;
  PetscCheck(ranks > 0, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "%d ranks", ranks);
  shape[0] = 1;
  shape[1] = 1;
  shape[2] = ranks;
  for (int n_groups = 1; n_groups <= ranks; n_groups++) {
    int group_size = ranks / n_groups;

    for (int n_batch = 1; ranks % n_groups == 0 && n_batch <= group_size; n_batch++) {
      const int candidate[3] = {n_groups, n_batch, group_size / n_batch};

      if (group_size % n_batch == 0 && is_better(demand, candidate, shape)) {
        memcpy(shape, candidate, sizeof(candidate));
      }
    }
  }
  PetscFunctionReturn(0);
}

/* Reads the number at *at, without sign, spaces or leading zeros, and moves *at behind it; 0 for anything else. */
static int read_part(const char **at)
{
  long value;
  char *end;

  if (!isdigit((unsigned char)**at) || **at == '0') {
    return 0;
  }
  value = strtol(*at, &end, 10);
  *at = end;
  return value <= LARGEST_PART ? (int)value : 0;
}

static int read_shape(const char *word, int shape[3])
{
  for (int d = 0; d < 3; d++) {
    if (d > 0 && *word++ != 'x') {
      return 0;
    }
    shape[d] = read_part(&word);
    if (!shape[d]) {
      return 0;
    }
  }
  return !*word;
}

PetscErrorCode TrainGridParse(const char *word, const char *source, int ranks,
                              const GridDemand *demand, int shape[3])
{
  int given[3];
  int64_t product;

  PetscFunctionBegin;
  if (!strcmp(word, "auto")) {
    PetscCall(TrainGridChoose(ranks, demand, shape));
    PetscFunctionReturn(0);
  }
  UserCheck(read_shape(word, given),
            "%s = %s: expected auto or members x batch x neurons such as 2x1x4", source, word);
  product = (int64_t)given[0] * given[1] * given[2];
  UserCheck(product == ranks, "%s = %s: %d x %d x %d = %lld process%s, but the job has %d rank%s",
            source, word, given[0], given[1], given[2], (long long)product,
            product == 1 ? "" : "es", ranks, ranks == 1 ? "" : "s");
  memcpy(shape, given, sizeof(given));
  PetscFunctionReturn(0);
}

PetscErrorCode TrainGridCreate(MPI_Comm world, const int shape[3], TrainGrid *grid)
{
  int size, rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(world, &size));
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  PetscCheck(shape[0] > 0 && shape[1] > 0 && shape[2] > 0 &&
                 (double)shape[0] * shape[1] * shape[2] == size,
             PETSC_COMM_SELF, PETSC_ERR_ARG_SIZ, "a grid of %d x %d x %d on %d ranks", shape[0],
             shape[1], shape[2], size);
  *grid =
      (TrainGrid){.world = world, .n_groups = shape[0], .n_batch = shape[1], .n_ring = shape[2]};
  grid->ring_index = rank % grid->n_ring;
  grid->batch_index = rank / grid->n_ring % grid->n_batch;
  grid->group_index = rank / grid->n_ring / grid->n_batch;
  PetscCallMPI(MPI_Comm_split(world, grid->group_index, rank, &grid->group));
  PetscCallMPI(MPI_Comm_split(grid->group, grid->batch_index, grid->ring_index, &grid->ring));
  PetscCallMPI(MPI_Comm_split(grid->group, grid->ring_index, grid->batch_index, &grid->batch));
  PetscFunctionReturn(0);
}

PetscErrorCode TrainGridDestroy(TrainGrid *grid)
{
  MPI_Comm *comms[] = {&grid->batch, &grid->ring, &grid->group};

  PetscFunctionBegin;
  for (int c = 0; c < 3; c++) {
    /* a grid of zero bytes was never created; zero need not be MPI_COMM_NULL */
    if (*comms[c] && *comms[c] != MPI_COMM_NULL) {
      PetscCallMPI(MPI_Comm_free(comms[c]));
    }
  }
  memset(grid, 0, sizeof(*grid));
  PetscFunctionReturn(0);
}
