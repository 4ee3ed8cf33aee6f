/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Several populations with a table of connection probabilities. With the rule fixed_total_number, a projection has
   K = ln(1 - p) / ln(1 - 1 / (N_pre N_post)) synapses whose sources and targets are drawn with replacement (Potjans &
   Diesmann 2014, Cereb. Cortex 24:785, eq. 1). The number of synapses per target is multinomial. It is drawn by halving the
   range of targets repeatedly and splitting the synapses binomially, so each rank descends to its own targets only. */
#include "populations.h"

#include "causeway/error.h"
#include "causeway/random.h"

#include <gsl/gsl_randist.h>
#include <math.h>

/* A GSL generator over RandomUniform(): consecutive numbers of one stream. */
typedef struct {
  uint32_t seed;
  int64_t stream, next;
} Stream;

static void set_stream(void *state, unsigned long seed)
{
  ((Stream *)state)->seed = (uint32_t)seed;
}

static double stream_uniform(void *state)
{
  Stream *s = state;
  double uniform[2];

  RandomUniform(s->seed, RANDOM_INDEGREE, s->stream, s->next++, uniform);
  return uniform[0];
}

static unsigned long stream_word(void *state)
{
  return (unsigned long)(stream_uniform(state) * 0x1p32);
}

static const gsl_rng_type stream_type = {.name = "causeway",
                                         .max = UINT32_MAX,
                                         .min = 0,
                                         .size = sizeof(Stream),
                                         .set = set_stream,
                                         .get = stream_word,
                                         .get_double = stream_uniform};

/* A projection: from one population to another. */
typedef struct {
  int target, source;
  int64_t first_target, n_targets, first_source, n_sources;
  int64_t synapses; /* onto all targets */
  double probability, weight;
} Projection;

static double indegree_scale(Network network)
{
  const PopulationSettings *s = NetworkSettings(network);

  return s->indegree_scale > 0 ? s->indegree_scale : s->scale;
}

static double mean_weight(Network network, int target, int source)
{
  const PopulationSettings *s = NetworkSettings(network);
  const double kind = network->populations[source].inhibitory ? network->weight_inhibitory
                                                              : network->weight_excitatory;

  return s->n_weights ? s->weights[target * network->n_populations + source] : kind;
}

/* Number of synapses of a target in the full network. */
static double full_indegree(Network network, int target, int source)
{
  const PopulationSettings *s = NetworkSettings(network);
  const double p = s->probabilities[target * network->n_populations + source];
  const double pre = s->sizes[source], post = s->sizes[target];

  if (p == 0 || pre == 0 || post == 0) {
    return 0;
  }
  if (s->rule == RULE_FIXED_TOTAL_NUMBER) {
    return round(log1p(-p) / log1p(-1.0 / (pre * post))) / post;
  }
  return p * pre;
}

static double full_input(Network network, int target, int source)
{
  return full_indegree(network, target, source) * mean_weight(network, target, source);
}

static Projection projection(Network network, int target, int source)
{
  const double k = indegree_scale(network);
  Projection p = {
      .target = target,
      .source = source,
      .n_targets = network->populations[target].size,
      .n_sources = network->populations[source].size,
      /* fewer synapses have larger weights, which keeps the variance of the input: van Albada et al.
                     (2015), PLoS Comput. Biol. 11:e1004490 */
      .weight = mean_weight(network, target, source) / sqrt(k)};

  for (int q = 0; q < target; q++) {
    p.first_target += network->populations[q].size;
  }
  for (int q = 0; q < source; q++) {
    p.first_source += network->populations[q].size;
  }
  p.synapses = llround(full_indegree(network, target, source) * k * (double)p.n_targets);
  p.probability =
      p.n_sources > 0 ? full_indegree(network, target, source) * k / (double)p.n_sources : 0;
  return p;
}

static double expected_synapses(Network network)
{
  double total = 0;

  for (int t = 0; t < network->n_populations; t++) {
    for (int s = 0; s < network->n_populations; s++) {
      total += (double)projection(network, t, s).synapses;
    }
  }
  return total;
}

/* A part of a projection's targets, and its number in the binary tree: 1 for all, 2 n and 2 n + 1 for the halves of n. */
typedef struct {
  int64_t node, first, count, synapses;
} Half;

/* Adds the number of synapses of each of this rank's targets to `counts`. */
static void split(Network network, gsl_rng *generator, const Projection *p, int64_t *counts)
{
  enum { DEPTH = 128 };
  const int64_t begin = network->partition.first, end = begin + network->partition.n_local;
  const int64_t number = (int64_t)p->target * network->n_populations + p->source;
  Half stack[DEPTH] = {{1, p->first_target, p->n_targets, p->synapses}};
  int n = 1;

  while (n > 0) {
    const Half all = stack[--n];
    const int64_t below = all.count / 2;

    if (all.synapses == 0 || all.first >= end || all.first + all.count <= begin) {
      continue;
    }
    if (all.count == 1) {
      counts[all.first - begin] += all.synapses;
      continue;
    }
    *(Stream *)generator->state = (Stream){network->seed, (number << 40) + all.node, 0};
    {
      const double part = (double)below / (double)all.count;
      const int64_t k = gsl_ran_binomial(generator, part, (unsigned)all.synapses);

      stack[n++] = (Half){2 * all.node + 1, all.first + below, all.count - below, all.synapses - k};
      stack[n++] = (Half){2 * all.node, all.first, below, k};
    }
  }
}

/* A row that is being generated, with the number of its next synapse and of its next draw of a source. */
typedef struct {
  int64_t target, synapse, draw;
  double uniform[2];
  int32_t *sources, *other; /* (capacity) sources of one projection; buffer for sorting */
  int64_t n, capacity;
} Line;

static double line_uniform(Network network, Line *line)
{
  if (line->draw % 2 == 0) {
    RandomUniform(network->seed, RANDOM_SOURCE, line->target, line->draw / 2, line->uniform);
  }
  return line->uniform[line->draw++ % 2];
}

static PetscErrorCode line_add(Line *line, int64_t source)
{
  PetscFunctionBegin;
  if (line->n == line->capacity) {
    line->capacity = 2 * line->capacity + 1024;
    PetscCall(PetscRealloc((size_t)line->capacity * sizeof(*line->sources), &line->sources));
    PetscCall(PetscRealloc((size_t)line->capacity * sizeof(*line->other), &line->other));
  }
  line->sources[line->n++] = (int32_t)source;
  PetscFunctionReturn(0);
}

static int64_t line_source(Network network, Line *line, const Projection *p)
{
  const int64_t k = (int64_t)(line_uniform(network, line) * (double)p->n_sources);

  return p->first_source + PetscMin(k, p->n_sources - 1);
}

/* Radix sort from the lowest byte: the sources lie in a short range, and there are hundreds of them. */
static void line_sort(Line *line, const Projection *p)
{
  const uint32_t base = (uint32_t)p->first_source;

  for (int shift = 0; shift < 32 && (p->n_sources - 1) >> shift > 0; shift += 8) {
    int64_t start[257] = {0};
    int32_t *swap = line->sources;

    for (int64_t k = 0; k < line->n; k++) {
      start[((((uint32_t)line->sources[k] - base) >> shift) & 255) + 1]++;
    }
    for (int b = 0; b < 256; b++) {
      start[b + 1] += start[b];
    }
    for (int64_t k = 0; k < line->n; k++) {
      line->other[start[(((uint32_t)line->sources[k] - base) >> shift) & 255]++] = line->sources[k];
    }
    line->sources = line->other;
    line->other = swap;
  }
}

/* Removes repeated sources from a sorted list. */
static void line_remove_repeated(Line *line)
{
  int64_t n = 0;

  for (int64_t k = 0; k < line->n; k++) {
    if (k == 0 || line->sources[k] != line->sources[k - 1]) {
      line->sources[n++] = line->sources[k];
    }
  }
  line->n = n;
}

/* Gaps between the sources are geometric. */
static PetscErrorCode fill_bernoulli(Network network, Line *line, const Projection *p)
{
  double k = -1;

  PetscFunctionBegin;
  while (p->probability > 0) {
    k +=
        1.0 +
        (p->probability < 1 ? floor(log(line_uniform(network, line)) / log1p(-p->probability)) : 0);
    if (k >= (double)p->n_sources) {
      break;
    }
    if (p->first_source + (int64_t)k != line->target) {
      PetscCall(line_add(line, p->first_source + (int64_t)k));
    }
  }
  PetscFunctionReturn(0);
}

/* Draws different sources; repeated ones are drawn again. */
static PetscErrorCode fill_fixed(Network network, Line *line, const Projection *p)
{
  const int64_t wanted = llround(p->probability * (double)p->n_sources);

  PetscFunctionBegin;
  while (line->n < wanted) {
    while (line->n < wanted) {
      const int64_t source = line_source(network, line, p);

      if (source != line->target) {
        PetscCall(line_add(line, source));
      }
    }
    line_sort(line, p);
    line_remove_repeated(line);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode fill_total(Network network, Line *line, const Projection *p, int64_t synapses)
{
  PetscFunctionBegin;
  for (int64_t k = 0; k < synapses; k++) {
    PetscCall(line_add(line, line_source(network, line, p)));
  }
  line_sort(line, p);
  PetscFunctionReturn(0);
}

static PetscErrorCode append_projection(Network network, Line *line, const Projection *p,
                                        int64_t total, int64_t *at)
{
  const PopulationSettings *s = NetworkSettings(network);

  PetscFunctionBegin;
  line->n = 0;
  switch (s->rule) {
  case RULE_BERNOULLI:
    PetscCall(fill_bernoulli(network, line, p));
    break;
  case RULE_FIXED_INDEGREE:
    PetscCall(fill_fixed(network, line, p));
    break;
  default:
    PetscCall(fill_total(network, line, p, total));
  }
  PetscCall(NetworkAppendRow(network, *at, line->target, line->synapse, line->n, line->sources,
                             &p->weight));
  line->synapse += line->n;
  *at += line->n;
  PetscFunctionReturn(0);
}

/* counts: (n_populations, n_local) synapses of each target by population of the source */
static PetscErrorCode count_synapses(Network network, int64_t *counts)
{
  const int64_t n_local = network->partition.n_local;
  gsl_rng *generator = gsl_rng_alloc(&stream_type);

  PetscFunctionBegin;
  PetscCheck(generator, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for a random generator");
  for (int t = 0; t < network->n_populations; t++) {
    for (int s = 0; s < network->n_populations; s++) {
      const Projection p = projection(network, t, s);

      split(network, generator, &p, counts + (int64_t)s * n_local);
    }
  }
  gsl_rng_free(generator);
  PetscFunctionReturn(0);
}

static PetscErrorCode generate(Network network)
{
  const PopulationSettings *settings = NetworkSettings(network);
  const int n_populations = network->n_populations;
  int64_t n_local, *counts, at = 0, capacity = 0;
  Line line = {0};

  PetscFunctionBegin;
  PetscCall(NetworkSetSize(network, NetworkTotal(network)));
  PetscCall(NetworkNumberPopulations(network));
  n_local = network->partition.n_local;
  PetscCall(PetscCalloc1(n_local * n_populations, &counts));
  PetscCall(count_synapses(network, counts));
  for (int64_t k = 0; k < n_local * n_populations; k++) {
    capacity += counts[k];
  }
  if (settings->rule == RULE_BERNOULLI) {
    capacity += (int64_t)(5.0 * sqrt((double)capacity));
  }
  PetscCall(NetworkReserve(network, capacity + 1));
  for (int64_t i = 0; i < n_local; i++) {
    line.target = network->partition.first + i;
    line.synapse = line.draw = 0;
    for (int s = 0; s < n_populations; s++) {
      const Projection p = projection(network, NetworkPopulationOf(network, line.target), s);

      PetscCall(append_projection(network, &line, &p, counts[s * n_local + i], &at));
    }
    network->row_start[i + 1] = at;
  }
  PetscCall(PetscFree(line.sources));
  PetscCall(PetscFree(line.other));
  PetscCall(PetscFree(counts));
  PetscCall(NetworkFinish(network));
  PetscFunctionReturn(0);
}

const NetworkType NetworkTypePopulations = {
    .name = "populations",
    .text = "several populations, a table of their probabilities",
    .own = PopulationParameters,
    .settings = sizeof(PopulationSettings),
    .brings_neurons = PETSC_TRUE,
    .check = PopulationsCheck,
    .expected_synapses = expected_synapses,
    .generate = generate,
    .indegree_scale = indegree_scale,
    .full_input = full_input};
