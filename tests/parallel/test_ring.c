/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Blocks going round a ring: each part is worked on once by every rank, in the order of the direction; blocks that are
   changed come home with what every rank added; the traffic is what the header says. Fewer rows than ranks leave empty
   blocks. */
#include "check.h"

#include "causeway/internal/parallel/ring.h"

static int rank, size;

/* Numbers of a row of each part; a row of the largest has some to spare. */
static const int64_t lengths[RING_PARTS_MOST] = {3, 2};
enum { MOST = 4 };

typedef struct {
  int64_t n_rows;
  int n_parts;
  RingDirection direction;
  RingMode mode;
  PetscBool lent;
} Case;

static double content(int64_t row, int part, int64_t number)
{
  return (double)(row * 100 + part * 10 + number);
}

/* What all ranks before and at this stop have added to a number of the block of `owner`. */
static double added_so_far(const Case *c, int owner, int stop)
{
  double sum = 0;

  for (int k = 0; k < stop; k++) {
    sum += 1e-3 * (double)(1 << ((owner - (int)c->direction * k + 2 * size) % size));
  }
  return sum;
}

static void fill(const Partition *p, int part, double *values)
{
  for (int64_t k = 0; k < p->n_local * lengths[part]; k++) {
    values[k] = content(p->first + k / lengths[part], part, k % lengths[part]);
  }
}

/* One part at one stop: the right rows with the right numbers. */
static void work(const Case *c, const RingTrip *trip, const Partition *p, int visit)
{
  const RingBlock *block = &trip->block;
  const int stop = visit / c->n_parts, part = visit % c->n_parts;
  const int owner = (rank + (int)c->direction * stop + size) % size;
  const int64_t first = PartitionFirst(p, owner), n = PartitionFirst(p, owner + 1) - first;
  double *values = (double *)block->values;

  CHECK(trip->stop == stop, "stop %d", trip->stop);
  CHECK(block->part == part, "part %d at stop %d", block->part, stop);
  CHECK(block->first == first && block->n == n, "rows %lld + %lld", (long long)block->first,
        (long long)block->n);
  for (int64_t k = 0; k < n * lengths[part]; k++) {
    const double own = content(first + k / lengths[part], part, k % lengths[part]);

    CHECK_CLOSE(values[k], own + (c->mode == RING_CHANGE ? added_so_far(c, owner, stop) : 0.0),
                1e-12);
    if (c->mode == RING_CHANGE) {
      values[k] += 1e-3 * (double)(1 << rank);
    }
  }
}

static void check_home(const RingTrip *trip, const Partition *p, const Case *c)
{
  for (int part = 0; part < c->n_parts; part++) {
    const double *values = (const double *)trip->here[part];

    for (int64_t k = 0; k < p->n_local * lengths[part]; k++) {
      CHECK_CLOSE(values[k],
                  content(p->first + k / lengths[part], part, k % lengths[part]) +
                      1e-3 * (double)((1 << size) - 1),
                  1e-12);
    }
  }
}

/* Every rank forwards every block but, where they do not come home, that of the rank that it sends to. */
static void check_traffic(const RingTrip *trip, const Partition *p, const Case *c, int trips)
{
  const int n_hops = size == 1 ? 0 : (c->mode == RING_CHANGE ? size : size - 1);
  double bytes = 0;

  for (int stop = 0; stop < n_hops; stop++) {
    const int owner = (rank + (int)c->direction * stop + size) % size;

    for (int part = 0; part < c->n_parts; part++) {
      bytes += (double)((PartitionFirst(p, owner + 1) - PartitionFirst(p, owner)) * lengths[part]) *
               (double)sizeof(double);
    }
  }
  CHECK(trip->bytes == trips * bytes, "%g bytes, expected %g", trip->bytes, trips * bytes);
  CHECK(trip->messages == (int64_t)trips * n_hops * c->n_parts, "%lld messages",
        (long long)trip->messages);
}

/* Several trips with the same room: what one leaves behind must not matter to the next. */
static PetscErrorCode test_trips(const Case *c)
{
  enum { TRIPS = 3 };
  double *own[RING_PARTS_MOST] = {NULL, NULL};
  Partition p;
  RingTrip trip;

  PetscFunctionBegin;
  PetscCall(PartitionMake(PETSC_COMM_WORLD, c->n_rows, &p));
  PetscCall(RingTripCreate(&p, c->direction, c->n_parts, MOST, MPI_DOUBLE, c->lent, &trip));
  for (int part = 0; part < c->n_parts; part++) {
    PetscCall(PetscMalloc1(p.n_local * MOST, &own[part]));
    fill(&p, part, own[part]);
  }
  for (int k = 1; k <= TRIPS; k++) {
    int visit = 0;

    for (int part = 0; part < c->n_parts; part++) {
      if (c->lent) {
        trip.here[part] = own[part];
      } else {
        fill(&p, part, (double *)trip.here[part]);
      }
    }
    PetscCall(RingTripBegin(&trip, c->mode, lengths));
    while (trip.has_block) {
      work(c, &trip, &p, visit++);
      RingTripProgress(&trip);
      PetscCall(RingTripNext(&trip));
    }
    CHECK(visit == size * c->n_parts, "%d visits", visit);
    if (c->mode == RING_CHANGE) {
      check_home(&trip, &p, c);
    }
    check_traffic(&trip, &p, c, k);
  }
  for (int part = 0; part < c->n_parts; part++) {
    for (int64_t k = 0; k < p.n_local * lengths[part]; k++) {
      CHECK(own[part][k] == content(p.first + k / lengths[part], part, k % lengths[part]),
            "the caller's block has changed");
    }
    PetscCall(PetscFree(own[part]));
  }
  PetscCall(RingTripDestroy(&trip));
  PetscFunctionReturn(0);
}

/* Changed blocks of two parts, read ones, and then changed ones again, in the same room. */
static PetscErrorCode test_modes_in_turn(RingDirection direction)
{
  static const RingMode modes[] = {RING_CHANGE, RING_READ, RING_READ, RING_CHANGE};
  Partition p;
  RingTrip trip;

  PetscFunctionBegin;
  PetscCall(PartitionMake(PETSC_COMM_WORLD, 2 * (int64_t)size + 1, &p));
  PetscCall(RingTripCreate(&p, direction, 2, MOST, MPI_DOUBLE, PETSC_FALSE, &trip));
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(modes); k++) {
    const Case c = {p.n_global, 2, direction, modes[k], PETSC_FALSE};
    int visit = 0;

    for (int part = 0; part < 2; part++) {
      fill(&p, part, (double *)trip.here[part]);
    }
    PetscCall(RingTripBegin(&trip, modes[k], lengths));
    while (trip.has_block) {
      work(&c, &trip, &p, visit++);
      PetscCall(RingTripNext(&trip));
    }
    if (modes[k] == RING_CHANGE) {
      check_home(&trip, &p, &c);
    }
  }
  PetscCall(RingTripDestroy(&trip));
  PetscFunctionReturn(0);
}

static PetscErrorCode run(void)
{
  static const int64_t rows[] = {1, 2, 3, 5, 8, 9};

  PetscFunctionBegin;
  for (int direction = RING_DOWN; direction <= RING_UP; direction += 2) {
    for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(rows); k++) {
      for (int n_parts = 1; n_parts <= RING_PARTS_MOST; n_parts++) {
        const RingDirection d = (RingDirection)direction;

        PetscCall(test_trips(&(Case){rows[k], n_parts, d, RING_READ, PETSC_FALSE}));
        PetscCall(test_trips(&(Case){rows[k], n_parts, d, RING_READ, PETSC_TRUE}));
        PetscCall(test_trips(&(Case){rows[k], n_parts, d, RING_CHANGE, PETSC_FALSE}));
      }
    }
    PetscCall(test_modes_in_turn((RingDirection)direction));
  }
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  check_begin(&argc, &argv);
  (void)MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  (void)MPI_Comm_size(PETSC_COMM_WORLD, &size);
  CHECK(run() == 0, "failed");
  return check_end();
}
