/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "wiring.h"

#include "causeway/internal/parallel/exchange.h"

#include "causeway/error.h"

/* Number of words of the first message between two ranks; its tag. */
enum { AHEAD = 32, PACKET = 128, END_OF_STEP = -1, TAG_SPIKES = 731 };

/* States that rank `rank` has targets of `source`, and the number of `source` on that rank. */
typedef struct {
  int32_t source, rank, number;
} Want;

static PetscErrorCode delay_range(Wiring *w, int64_t n_synapses)
{
  PetscFunctionBegin;
  w->shortest = w->index.delays ? UINT16_MAX : 0;
  w->longest = 0;
  for (int64_t k = 0; w->index.delays && k < n_synapses; k++) {
    w->shortest = PetscMin(w->shortest, w->index.delays[k]);
    w->longest = PetscMax(w->longest, w->index.delays[k]);
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &w->shortest, 1, MPI_INT64_T, MPI_MIN, w->comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &w->longest, 1, MPI_INT64_T, MPI_MAX, w->comm));
  w->shortest = PetscMin(w->shortest, w->longest); /* for a network without synapses */
  PetscFunctionReturn(0);
}

static PetscErrorCode reserve(SpikeMessage *m, int64_t words)
{
  PetscFunctionBegin;
  if (words > m->capacity) {
    m->capacity = PetscMax(2 * m->capacity, words);
    PetscCall(PetscRealloc((size_t)m->capacity * sizeof(*m->words), &m->words));
  }
  PetscFunctionReturn(0);
}

/* Creates a message for each rank whose count is not zero. */
static PetscErrorCode create_messages(int size, const int64_t count[], int *n, SpikeMessage **list)
{
  PetscFunctionBegin;
  *n = 0;
  for (int r = 0; r < size; r++) {
    *n += count[r] > 0;
  }
  PetscCall(PetscCalloc1(*n, list));
  *n = 0;
  for (int r = 0; r < size; r++) {
    if (count[r] > 0) {
      (*list)[*n].rank = r;
      PetscCall(reserve(&(*list)[(*n)++], PACKET));
    }
  }
  PetscFunctionReturn(0);
}

/* Sorts the requests of all ranks, which arrive in the order of ranks, by source. */
static PetscErrorCode build_routes(Wiring *w, const Partition *p, int64_t n_wants,
                                   const Want *wants)
{
  int64_t *next, *count;
  int32_t *message_of;

  PetscFunctionBegin;
  PetscCall(PetscCalloc3(p->n_local, &next, p->size, &count, p->size, &message_of));
  PetscCall(PetscCalloc1(p->n_local + 1, &w->route_start));
  PetscCall(PetscMalloc1(2 * n_wants, &w->route));
  for (int64_t k = 0; k < n_wants; k++) {
    w->route_start[wants[k].source - p->first + 1]++;
    count[wants[k].rank]++;
  }
  for (int64_t i = 0; i < p->n_local; i++) {
    w->route_start[i + 1] += w->route_start[i];
    next[i] = w->route_start[i];
  }
  PetscCall(create_messages(p->size, count, &w->n_to, &w->to));
  for (int m = 0; m < w->n_to; m++) {
    message_of[w->to[m].rank] = m;
    w->own = w->to[m].rank == w->rank ? m : w->own;
  }
  for (int64_t k = 0; k < n_wants; k++) {
    const int64_t at = next[wants[k].source - p->first]++;

    w->route[2 * at] = message_of[wants[k].rank];
    w->route[2 * at + 1] = wants[k].number;
  }
  PetscCall(PetscFree3(next, count, message_of));
  PetscFunctionReturn(0);
}

static PetscErrorCode exchange_wants(Wiring *w, const Partition *p)
{
  int64_t *count, n_wants;
  Want *mine, *wants;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(p->size, &count));
  PetscCall(PetscMalloc1(w->index.n_sources, &mine));
  for (int64_t q = 0; q < w->index.n_sources; q++) {
    mine[q] = (Want){w->index.sources[q], p->rank, (int32_t)q};
    count[PartitionOwner(p, w->index.sources[q])]++;
  }
  PetscCall(ExchangeRecords(w->comm, sizeof(Want), mine, count, &n_wants, &wants));
  PetscCall(create_messages(p->size, count, &w->n_from, &w->from));
  PetscCall(build_routes(w, p, n_wants, wants));
  PetscCall(PetscFree(wants));
  PetscCall(PetscFree(mine));
  PetscCall(PetscFree(count));
  PetscFunctionReturn(0);
}

PetscErrorCode WiringCreate(Network network, Wiring *w)
{
  const Partition *p = NetworkPartition(network);

  PetscFunctionBegin;
  w->comm = p->comm;
  w->rank = p->rank;
  PetscCall(NetworkOutgoing(network, &w->index));
  PetscCall(delay_range(w, w->index.start[w->index.n_sources]));
  PetscCall(exchange_wants(w, p));
  PetscCall(PetscMalloc1(w->n_to + w->n_from, &w->requests));
  PetscCall(WiringClear(w));
  PetscFunctionReturn(0);
}

PetscErrorCode WiringDestroy(Wiring *w)
{
  PetscFunctionBegin;
  for (int m = 0; m < w->n_to; m++) {
    PetscCall(PetscFree(w->to[m].words));
  }
  for (int m = 0; m < w->n_from; m++) {
    PetscCall(PetscFree(w->from[m].words));
  }
  PetscCall(PetscFree(w->to));
  PetscCall(PetscFree(w->from));
  PetscCall(PetscFree(w->route_start));
  PetscCall(PetscFree(w->route));
  PetscCall(PetscFree(w->requests));
  PetscFunctionReturn(0);
}

PetscErrorCode WiringClear(Wiring *w)
{
  PetscFunctionBegin;
  w->n_times = 0;
  for (int m = 0; m < w->n_to; m++) {
    w->to[m].n = 0;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode append(SpikeMessage *m, int32_t word)
{
  PetscFunctionBegin;
  PetscCall(reserve(m, m->n + 2));
  m->words[++m->n] = word;
  PetscFunctionReturn(0);
}

PetscErrorCode WiringTake(Wiring *w, int64_t n_fired, const int64_t local[])
{
  PetscFunctionBegin;
  for (int64_t f = 0; f < n_fired; f++) {
    for (int64_t k = w->route_start[local[f]]; k < w->route_start[local[f] + 1]; k++) {
      PetscCall(append(&w->to[w->route[2 * k]], w->route[2 * k + 1]));
    }
  }
  for (int m = 0; m < w->n_to; m++) {
    PetscCall(append(&w->to[m], END_OF_STEP));
  }
  w->n_times++;
  PetscFunctionReturn(0);
}

static PetscErrorCode post(Wiring *w, PetscBool rest, int *n_requests)
{
  int n = 0;

  PetscFunctionBegin;
  for (int m = 0; m < w->n_from; m++) {
    SpikeMessage *from = &w->from[m];
    const int64_t more = rest ? from->n + 1 - PACKET : PACKET;

    if (from->rank != w->rank && more > 0) {
      PetscCall(reserve(from, from->n + 1));
      PetscCallMPI(MPI_Irecv(from->words + (rest ? PACKET : 0), (int)more, MPI_INT32_T, from->rank,
                             TAG_SPIKES, w->comm, &w->requests[n++]));
    }
  }
  for (int m = 0; m < w->n_to; m++) {
    SpikeMessage *to = &w->to[m];
    const int64_t more = rest ? to->n + 1 - PACKET : PACKET;

    if (to->rank != w->rank && more > 0) {
      PetscCallMPI(MPI_Isend(to->words + (rest ? PACKET : 0), (int)more, MPI_INT32_T, to->rank,
                             TAG_SPIKES, w->comm, &w->requests[n++]));
    }
  }
  *n_requests = n;
  PetscFunctionReturn(0);
}

/* Every pair of ranks exchanges a packet, whose first word says whether a second message follows. */
PetscErrorCode WiringExchange(Wiring *w)
{
  int n_requests;

  PetscFunctionBegin;
  for (int m = 0; m < w->n_to; m++) {
    UserCheck(w->to[m].n < INT32_MAX, "more than 2^31 spikes in an exchange; use more ranks");
    w->to[m].words[0] = (int32_t)w->to[m].n;
  }
  PetscCall(post(w, PETSC_FALSE, &n_requests));
  PetscCallMPI(MPI_Waitall(n_requests, w->requests, MPI_STATUSES_IGNORE));
  for (int m = 0; m < w->n_from; m++) {
    if (w->from[m].rank != w->rank) {
      w->from[m].n = w->from[m].words[0];
    }
  }
  PetscCall(post(w, PETSC_TRUE, &n_requests));
  PetscCallMPI(MPI_Waitall(n_requests, w->requests, MPI_STATUSES_IGNORE));
  PetscFunctionReturn(0);
}

/* Lists of synapses are short and scattered: the next list is prefetched during work on the present one. */
static inline void fetch_ahead(const OutgoingIndex *index, int64_t source)
{
  enum { LINE = 16 }; /* synapses per cache line */
  const int64_t start = index->start[source], end = index->start[source + 1];

  for (int64_t k = start; k < PetscMin(start + 2 * (int64_t)LINE, end); k += LINE) {
    __builtin_prefetch(&index->targets[k]);
    __builtin_prefetch(&index->weights[k]);
  }
}

/* Adds the weights of one source's spike at `time`. Sums are prefetched AHEAD synapses before their use. */
static void add_weights(const OutgoingIndex *index, int64_t source, int64_t time,
                        const InputRing *ring)
{
  const int32_t *restrict targets = index->targets;
  const float *restrict weights = index->weights;
  const uint16_t *restrict delays = index->delays;
  const int64_t begin = index->start[source], end = index->start[source + 1];
  const int64_t mask = ring->n_slots - 1, last = end - 1;
  const int64_t inhibitory = ring->n_kinds > 1 ? ring->n_local : 0;
  const int64_t slot = (int64_t)ring->n_kinds * ring->n_local;
  double *restrict sums = ring->sums;

  if (!delays) {
    sums = InputRingRow(ring, time, 0);
    for (int64_t k = begin; k < end; k++) {
      const double weight = weights[k];
      const int64_t kind = weight < 0 ? inhibitory : 0;

      __builtin_prefetch(&sums[kind + targets[PetscMin(k + AHEAD, last)]], 1);
      sums[kind + targets[k]] += weight;
    }
    return;
  }
  for (int64_t k = begin; k < end; k++) {
    const double weight = weights[k];
    const int64_t kind = weight < 0 ? inhibitory : 0, ahead = PetscMin(k + AHEAD, last);

    __builtin_prefetch(&sums[((time + delays[ahead]) & mask) * slot + kind + targets[ahead]], 1);
    sums[((time + delays[k]) & mask) * slot + kind + targets[k]] += weight;
  }
}

PetscErrorCode WiringDeliver(Wiring *w, int64_t first_time, const InputRing *ring)
{
  int64_t *next;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(w->n_from, &next));
  for (int64_t t = 0; t < w->n_times; t++) {
    for (int m = 0; m < w->n_from; m++) { /* ranks hold ascending blocks of sources */
      const int32_t *words = w->from[m].rank == w->rank ? w->to[w->own].words : w->from[m].words;

      while (words[++next[m]] != END_OF_STEP) {
        if (words[next[m] + 1] != END_OF_STEP) {
          fetch_ahead(&w->index, words[next[m] + 1]);
        }
        add_weights(&w->index, words[next[m]], first_time + t, ring);
      }
    }
  }
  PetscCall(PetscFree(next));
  PetscCall(WiringClear(w));
  PetscFunctionReturn(0);
}
