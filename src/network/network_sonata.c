/* SPDX-License-Identifier: GPL-3.0-or-later */

/* SONATA circuits: converts edges in any order, of any number of populations and files, to rows by target. */
#include "network_impl.h"

#include "causeway/internal/parallel/exchange.h"
#include "edge_share.h"

#include "causeway/error.h"
#include "causeway/log.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A synapse that is sent to the rank of its target; 32 bytes. */
typedef struct {
  int64_t target, source;
  float weight;
  uint16_t delay;   /* [delay_step] */
  int64_t position; /* in the files; synapses of one pair keep their order */
} Edge;

/* Edges of all populations so far on this rank, and counts for the log. */
typedef struct {
  Network network;
  const CircuitNodes *nodes;
  int64_t n, n_all;
  Edge *edges;
  int64_t reversed, doubtful, without_delay, rounded, several, empty; /* edges */
  double largest_change;                                              /* of a rounded delay [ms] */
} Gathering;

static int compare_edges(const void *a, const void *b)
{
  const Edge *x = a, *y = b;

  if (x->target != y->target) {
    return x->target < y->target ? -1 : 1;
  }
  if (x->source != y->source) {
    return x->source < y->source ? -1 : 1;
  }
  return x->position < y->position ? -1 : x->position > y->position;
}

/* The array is NULL on a rank without edges. */
static void sort_edges(int64_t n, Edge *edges)
{
  if (n > 0) {
    qsort(edges, (size_t)n, sizeof(Edge), compare_edges);
  }
}

/* Sends each edge to the rank that owns its target. */
static PetscErrorCode send_edges_home(Network network, int64_t n_read, Edge *edges,
                                      int64_t *n_received, Edge **received)
{
  const Partition *part = &network->partition;
  int64_t *send_count;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(part->size, &send_count));
  /* sorted by target is sorted by owner */
  sort_edges(n_read, edges);
  for (int64_t k = 0; k < n_read; k++) {
    send_count[PartitionOwner(part, edges[k].target)]++;
  }
  PetscCall(ExchangeRecords(network->comm, sizeof(Edge), edges, send_count, n_received, received));
  PetscCall(PetscFree(send_count));
  sort_edges(*n_received, *received);
  PetscFunctionReturn(0);
}

/* Kind of an edge: by its synapse model, else by the source neuron, else by the name of its type. */
static int8_t kind_of_edge(const Gathering *g, const EdgeTypes *types, const EdgeShare *s,
                           int64_t k)
{
  const int64_t type = s->type[k];

  if (type >= 0 && types->model_kind[type] != KIND_UNKNOWN) {
    return types->model_kind[type];
  }
  if (g->nodes->kind[s->source[k]] != KIND_UNKNOWN) {
    return g->nodes->kind[s->source[k]];
  }
  return (int8_t)(type >= 0 ? types->named_kind[type] : KIND_UNKNOWN);
}

static PetscErrorCode check_edge(const Gathering *g, const EdgePopulation *p, const EdgeShare *s,
                                 int64_t k)
{
  const long long edge = s->part.first + k;

  PetscFunctionBegin;
  UserCheck(s->count[k] >= 0 && s->count[k] == floor(s->count[k]),
            "%s:%s: edge %lld has %g synapses (nsyns); expected a whole number", p->file, p->group,
            edge, s->count[k]);
  UserCheck(isnan(s->weight[k]) || isfinite((float)(s->weight[k] * s->count[k])),
            "%s:%s: edge %lld has a weight of %g for each of %g synapses, which is too large",
            p->file, p->group, edge, s->weight[k], s->count[k]);
  UserCheck(isnan(s->delay[k]) ||
                (s->delay[k] >= 0 && s->delay[k] / g->network->delay_step < UINT16_MAX),
            "%s:%s: edge %lld has a delay of %g ms; 0 to %g ms are possible with a step of %g ms",
            p->file, p->group, edge, s->delay[k], UINT16_MAX * g->network->delay_step,
            g->network->delay_step);
  PetscFunctionReturn(0);
}

/* Refuses unknown weights instead of guessing them; for a truth the edges suffice. */
static PetscErrorCode check_weights(Gathering *g, const EdgePopulation *p, const EdgeShare *s)
{
  const SonataOptions *o = &g->network->sonata;
  const char *name = o->weight[0] ? o->weight : "syn_weight";
  int64_t missing = INT64_MAX, n_missing = 0;

  PetscFunctionBegin;
  for (int64_t k = s->part.n_local - 1; k >= 0; k--) {
    missing = isnan(s->weight[k]) ? s->part.first + k : missing;
    n_missing += isnan(s->weight[k]) ? 1 : 0;
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &missing, 1, MPI_INT64_T, MPI_MIN, g->network->comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &n_missing, 1, MPI_INT64_T, MPI_SUM, g->network->comm));
  if (missing == INT64_MAX) {
    PetscFunctionReturn(0);
  }
  if (n_missing < s->part.n_global) {
    PetscCall(NetworkNote(g->network, "%lld of %lld edges of %s have no %s", (long long)n_missing,
                          (long long)s->part.n_global, p->group, name));
  }
  g->network->lacks_weights = PETSC_TRUE;
  UserCheck(o->weights_may_miss || p->types[0],
            "%s:%s: edge %lld has no %s, and no table of types is given; give -network_edge_types "
            "FILE.csv, or the circuit's configuration as -network_file, or name the attribute of "
            "edges with the weights, -network_weight_attribute NAME",
            p->file, p->group, (long long)missing, name);
  UserCheck(o->weights_may_miss,
            "%s:%s: edge %lld has no %s, nor has its type in %s; name the attribute or column with "
            "the weights, -network_weight_attribute NAME",
            p->file, p->group, (long long)missing, name, p->types);
  PetscFunctionReturn(0);
}

/* Counts a delay that is not a whole number of steps within single precision. */
static void note_rounding(Gathering *g, double delay)
{
  const double step = g->network->delay_step;
  const double change = isnan(delay) ? 0 : fabs(delay - step * floor(delay / step + 0.5));

  if (change > 1e-3 * step && change > 1e-6 * delay) {
    g->rounded++;
    g->largest_change = PetscMax(g->largest_change, change);
  }
}

/* Converts edge k of a share to a synapse. */
static Edge make_edge(Gathering *g, const EdgeTypes *types, const EdgeShare *s, int64_t k)
{
  const int8_t kind = kind_of_edge(g, types, s, k);
  double weight = isnan(s->weight[k]) ? 1.0 : s->weight[k];

  if (kind == KIND_INHIBITORY && weight > 0) {
    weight = -weight;
    g->reversed++;
  }
  g->doubtful += kind == KIND_EXCITATORY && weight < 0 ? 1 : 0;
  g->without_delay += isnan(s->delay[k]) ? 1 : 0;
  note_rounding(g, s->delay[k]);
  g->several += s->count[k] > 1;
  weight *= s->count[k];
  return (Edge){.target = s->target[k],
                .source = s->source[k],
                .weight = (float)weight,
                .delay = isnan(s->delay[k]) ? NetworkDefaultDelay(g->network, weight)
                                            : NetworkDelaySteps(g->network, s->delay[k]),
                .position = g->n_all + s->part.first + k};
}

static PetscErrorCode take_share(Gathering *g, const EdgePopulation *p, const EdgeTypes *types,
                                 const EdgeShare *s)
{
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  for (int64_t k = 0; k < s->part.n_local && !status; k++) {
    status = check_edge(g, p, s, k);
  }
  PetscCall(ErrorAgree(g->network->comm, status));
  PetscCall(check_weights(g, p, s));
  PetscCall(PetscRealloc((size_t)(g->n + s->part.n_local + 1) * sizeof(Edge), &g->edges));
  for (int64_t k = 0; k < s->part.n_local; k++) {
    if (s->count[k] > 0) {
      g->edges[g->n++] = make_edge(g, types, s, k);
    } else {
      g->empty++;
    }
  }
  g->n_all += s->part.n_global;
  PetscFunctionReturn(0);
}

static PetscErrorCode gather_population(Gathering *g, const Circuit *c, const EdgePopulation *p)
{
  Network network = g->network;
  EdgeTypes types;
  EdgeShare share;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(EdgeTypesRead(network->comm, c, p, &types));
  status = EdgeShareRead(network->comm, p, &types, g->nodes, network->sonata.weight, &share);
  if (!status) {
    status = take_share(g, p, &types, &share);
    PetscCall(NetworkNote(
        network, "%s:%s, %lld edges from %s to %s, weights: %s", p->file, p->group, (long long)p->n,
        p->source[0] ? p->source : "its nodes", p->target[0] ? p->target : "its nodes",
        share.weight_from[0] ? share.weight_from : "none, only the edges are used"));
    PetscCall(EdgeShareDestroy(&share));
  }
  PetscCall(EdgeTypesDestroy(&types));
  PetscFunctionReturn(status);
}

static PetscErrorCode note_counts(Network network, int64_t several, int64_t empty)
{
  PetscFunctionBegin;
  if (several > 0) {
    PetscCall(NetworkNote(network,
                          "%lld edges have several synapses (nsyns): their weight is that of "
                          "one synapse times this number",
                          (long long)several));
  }
  if (empty > 0) {
    PetscCall(NetworkNote(network, "%lld edges have no synapse (nsyns 0) and are left out",
                          (long long)empty));
  }
  PetscFunctionReturn(0);
}

/* Delays are counted in steps only after it is known whether any edge has one. */
static PetscErrorCode note_delays(Gathering *g)
{
  int64_t counts[7] = {g->reversed, g->doubtful, g->without_delay, g->n,
                       g->rounded,  g->several,  g->empty};
  Network network = g->network;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, counts, 7, MPI_INT64_T, MPI_SUM, network->comm));
  PetscCallMPI(
      MPI_Allreduce(MPI_IN_PLACE, &g->largest_change, 1, MPI_DOUBLE, MPI_MAX, network->comm));
  network->has_delays = network->has_delays || counts[2] < counts[3] ? PETSC_TRUE : PETSC_FALSE;
  PetscCall(note_counts(network, counts[5], counts[6]));
  if (counts[0] > 0) {
    PetscCall(NetworkNote(network,
                          "%lld weights are positive in the files and are made negative: their "
                          "sources or synapses are inhibitory",
                          (long long)counts[0]));
  }
  if (counts[1] > 0) {
    PetscCall(NetworkNote(network,
                          "%lld weights stay negative, although the files call their sources or "
                          "synapses excitatory",
                          (long long)counts[1]));
  }
  if (counts[2] > 0) {
    PetscCall(NetworkNote(network,
                          "%lld edges have no delay in the files; they take that of "
                          "network_delay_excitatory and _inhibitory",
                          (long long)counts[2]));
  }
  if (counts[4] > 0 && !network->sonata.weights_may_miss) { /* a truth only compares delays */
    PetscCall(NetworkNote(network,
                          "%lld delays are rounded to steps of %g ms (simulate_step), by at most "
                          "%.3g ms",
                          (long long)counts[4], network->delay_step, g->largest_change));
  }
  PetscFunctionReturn(0);
}

/* Takes names, sizes and kinds of the neurons from the files. */
static PetscErrorCode take_nodes(Network network, const Circuit *c, const CircuitNodes *nodes)
{
  const int64_t n = network->partition.n_global;

  PetscFunctionBegin;
  for (int p = 0; p < c->n_nodes; p++) {
    const NodePopulation *nodes_of = &c->nodes[p];

    PetscCall(NetworkNote(
        network, "population %s of %lld neurons%s is %s%s", nodes_of->name, (long long)nodes_of->n,
        nodes_of->is_virtual ? " (virtual)" : "", nodes_of->taken ? "taken" : "left out",
        nodes_of->taken && nodes_of->is_virtual ? " and simulated like other neurons" : ""));
  }
  for (int e = 0; e < c->n_edges; e++) {
    if (!c->edges[e].taken) {
      PetscCall(NetworkNote(network, "%s:%s, %lld edges from %s to %s, is left out",
                            c->edges[e].file, c->edges[e].group, (long long)c->edges[e].n,
                            c->edges[e].source, c->edges[e].target));
    }
  }
  for (int64_t j = 0; j < n; j++) {
    network->population[j] = nodes->kind[j] == KIND_INHIBITORY ? 1 : 0;
    network->kinds_known =
        network->kinds_known && nodes->kind[j] != KIND_UNKNOWN ? PETSC_TRUE : PETSC_FALSE;
  }
  network->lacks_nodes = nodes->n > 1 || !nodes->population[0]->file[0] ? PETSC_TRUE : PETSC_FALSE;
  if (nodes->n == 1) {
    const Identity *from = &nodes->identity[0];

    network->identity.n = n;
    if (from->id) {
      PetscCall(PetscMalloc1(n, &network->identity.id));
      PetscCall(PetscArraycpy(network->identity.id, from->id, n));
    }
    if (nodes->population[0]->file[0]) {
      PetscCall(NetworkNamePopulations(network, nodes->population[0], from));
    }
  } else {
    PetscCall(NetworkNote(network, "neurons are numbered from 0 in the order of the populations"));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode append_rows(Network network, int64_t n, const Edge edges[])
{
  int64_t count = 0;

  PetscFunctionBegin;
  for (int64_t i = 0; i < network->partition.n_local; i++) {
    while (count < n && edges[count].target == network->partition.first + i) {
      PetscCall(NetworkAppend(
          network, count,
          (Synapse){(int32_t)edges[count].source, edges[count].weight, edges[count].delay}));
      count++;
    }
    network->row_start[i + 1] = count;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode read_circuit(Network network, const Circuit *c, const CircuitNodes *nodes)
{
  Gathering g = {.network = network, .nodes = nodes};
  int64_t n_received = 0;
  Edge *received = NULL;
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  PetscCall(NetworkSetSize(network, nodes->offset[nodes->n]));
  network->kinds_known = PETSC_TRUE;
  PetscCall(take_nodes(network, c, nodes));
  for (int e = 0; e < c->n_edges && !status; e++) {
    status = c->edges[e].taken ? gather_population(&g, c, &c->edges[e]) : 0;
  }
  status = status ? status : note_delays(&g);
  status = status ? status : send_edges_home(network, g.n, g.edges, &n_received, &received);
  PetscCall(PetscFree(g.edges));
  status = status ? status : append_rows(network, n_received, received);
  PetscCall(PetscFree(received));
  PetscFunctionReturn(status);
}

PetscErrorCode NetworkReadSonata(Network network, const char *file, const char *path)
{
  Circuit circuit;
  CircuitNodes nodes;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(CircuitOpen(network->comm, &network->sonata, file, path, &circuit));
  status = CircuitChoose(&circuit, &network->sonata);
  status = status ? status : CircuitNodesRead(network->comm, &circuit, &nodes);
  if (!status) {
    status = read_circuit(network, &circuit, &nodes);
    PetscCall(CircuitNodesDestroy(&nodes));
  }
  PetscCall(CircuitClose(&circuit));
  PetscFunctionReturn(status);
}
