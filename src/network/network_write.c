/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "network_impl.h"

#include "causeway/error.h"

#define NODES "/nodes/neurons"
#define EDGES "/edges/synapses"
#define INDEX EDGES "/indices/target_to_source"

/* Fills a column of the edge table block by block, so that no whole copy of it exists. */
typedef void (*FillColumn)(Network network, int64_t first, int64_t count, void *values);

static void fill_source(Network network, int64_t first, int64_t count, void *values)
{
  for (int64_t k = 0; k < count; k++) {
    ((uint64_t *)values)[k] = (uint64_t)IdentityId(&network->identity, network->ends[first + k]);
  }
}

static void fill_target(Network network, int64_t first, int64_t count, void *values)
{
  int64_t row = 0, high = network->partition.n_local;

  /* the row that holds synapse `first` */
  while (high - row > 1) {
    int64_t middle = row + (high - row) / 2;

    if (network->row_start[middle] <= first) {
      row = middle;
    } else {
      high = middle;
    }
  }
  for (int64_t k = 0; k < count; k++) {
    while (network->row_start[row + 1] <= first + k) {
      row++;
    }
    ((uint64_t *)values)[k] =
        (uint64_t)IdentityId(&network->identity, network->partition.first + row);
  }
}

static void fill_weight(Network network, int64_t first, int64_t count, void *values)
{
  for (int64_t k = 0; k < count; k++) {
    ((float *)values)[k] = network->weights[first + k];
  }
}

static void fill_delay(Network network, int64_t first, int64_t count, void *values)
{
  for (int64_t k = 0; k < count; k++) {
    ((double *)values)[k] = (double)network->delays[first + k] * network->delay_step;
  }
}

static void fill_type(Network network, int64_t first, int64_t count, void *values)
{
  for (int64_t k = 0; k < count; k++) {
    ((int64_t *)values)[k] = NetworkIsExcitatory(network, network->ends[first + k]) ? 0 : 1;
  }
}

static void fill_group(Network network, int64_t first, int64_t count, void *values)
{
  (void)network;
  (void)first;
  for (int64_t k = 0; k < count; k++) {
    ((uint64_t *)values)[k] = 0;
  }
}

static void fill_group_index(Network network, int64_t first, int64_t count, void *values)
{
  for (int64_t k = 0; k < count; k++) {
    ((uint64_t *)values)[k] = (uint64_t)(network->first_synapse + first + k);
  }
}

static PetscErrorCode write_column(Network network, DataFile file, const char *path, DataType type,
                                   FillColumn fill)
{
  const int64_t n_local = network->row_start[network->partition.n_local];
  int64_t most;
  void *values;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Allreduce(&n_local, &most, 1, MPI_INT64_T, MPI_MAX, network->comm));
  PetscCall(PetscMalloc(sizeof(int64_t) * (size_t)PetscMin(most, NETWORK_BLOCK), &values));
  PetscCall(DataFileAddDataset(file, path, type, 1, &network->n_synapses, NULL));
  for (int64_t done = 0; done < most; done += NETWORK_BLOCK) {
    int64_t first = PetscMin(done, n_local), count = PetscMin(NETWORK_BLOCK, n_local - first);
    int64_t position = network->first_synapse + first;

    if (count > 0) {
      fill(network, first, count, values);
    }
    PetscCall(DataFileWrite(file, path, type, &position, &count, values));
  }
  PetscCall(PetscFree(values));
  PetscFunctionReturn(0);
}

static PetscErrorCode write_edges(Network network, DataFile file)
{
  static const struct {
    const char *path;
    DataType type;
    FillColumn fill;
    const char *units, *description;
  } columns[] = {
      {EDGES "/source_node_id", DATA_UINT64, fill_source, "1", "presynaptic neuron"},
      {EDGES "/target_node_id", DATA_UINT64, fill_target, "1", "postsynaptic neuron"},
      {EDGES "/edge_type_id", DATA_INT64, fill_type, "1", "0 excitatory, 1 inhibitory source"},
      {EDGES "/edge_group_id", DATA_UINT64, fill_group, "1", "group with the attributes"},
      {EDGES "/edge_group_index", DATA_UINT64, fill_group_index, "1", "row in the group"},
      {EDGES "/0/syn_weight", DATA_FLOAT32, fill_weight, "unit of the neuron model",
       "positive from excitatory, negative from inhibitory neurons"},
      {EDGES "/0/delay", DATA_FLOAT64, fill_delay, "ms", "from a spike of the source on"},
  };

  PetscFunctionBegin;
  for (size_t c = 0; c < PETSC_STATIC_ARRAY_LENGTH(columns); c++) {
    if (columns[c].fill == fill_delay && !network->has_delays) {
      continue;
    }
    PetscCall(write_column(network, file, columns[c].path, columns[c].type, columns[c].fill));
    PetscCall(DataFileDescribe(file, columns[c].path, columns[c].units, columns[c].description));
  }
  PetscCall(DataFileSetString(file, EDGES "/source_node_id", "node_population", "neurons"));
  PetscCall(DataFileSetString(file, EDGES "/target_node_id", "node_population", "neurons"));
  PetscFunctionReturn(0);
}

/* Edges are sorted by target, so the incoming edges of a neuron are one range of the table. */
static PetscErrorCode write_target_index(Network network, DataFile file)
{
  const Partition *part = &network->partition;
  int64_t dims[2] = {part->n_global, 2}, first[2] = {part->first, 0}, count[2] = {part->n_local, 2};
  uint64_t *values;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(2 * part->n_local, &values));
  for (int64_t i = 0; i < part->n_local; i++) {
    values[2 * i] = (uint64_t)(part->first + i);
    values[2 * i + 1] = (uint64_t)(part->first + i + 1);
  }
  PetscCall(DataFileAddDataset(file, INDEX "/node_id_to_ranges", DATA_UINT64, 2, dims, NULL));
  PetscCall(DataFileWrite(file, INDEX "/node_id_to_ranges", DATA_UINT64, first, count, values));
  for (int64_t i = 0; i < part->n_local; i++) {
    values[2 * i] = (uint64_t)(network->first_synapse + network->row_start[i]);
    values[2 * i + 1] = (uint64_t)(network->first_synapse + network->row_start[i + 1]);
  }
  PetscCall(DataFileAddDataset(file, INDEX "/range_to_edge_id", DATA_UINT64, 2, dims, NULL));
  PetscCall(DataFileWrite(file, INDEX "/range_to_edge_id", DATA_UINT64, first, count, values));
  PetscCall(DataFileDescribe(file, INDEX "/node_id_to_ranges", "1",
                             "first and past-the-end range of each postsynaptic neuron"));
  PetscCall(DataFileDescribe(file, INDEX "/range_to_edge_id", "1",
                             "first and past-the-end edge of each range"));
  PetscCall(PetscFree(values));
  PetscFunctionReturn(0);
}

static PetscErrorCode write_nodes(Network network, DataFile file)
{
  static const struct {
    const char *path, *description;
  } columns[] = {{NODES "/node_type_id", "number of the population"},
                 {NODES "/node_id", "id of the neuron"},
                 {NODES "/node_group_id", "group with the attributes"},
                 {NODES "/node_group_index", "row in the group"},
                 {NODES "/0/inhibitory", "1 for inhibitory neurons"},
                 {NODES "/0/population", "number of the population"}};
  const Partition *part = &network->partition;
  char names[NETWORK_MAX_POPULATIONS * sizeof(network->populations[0].name)] = "";
  int64_t *values;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(part->n_local, &values));
  for (int c = 0; c < (int)PETSC_STATIC_ARRAY_LENGTH(columns); c++) {
    for (int64_t i = 0; i < part->n_local; i++) {
      const int64_t neuron = part->first + i;
      const int64_t of_neuron[] = {network->population[neuron],
                                   IdentityId(&network->identity, neuron),
                                   0,
                                   neuron,
                                   NetworkIsExcitatory(network, neuron) ? 0 : 1,
                                   network->population[neuron]};

      values[i] = of_neuron[c];
    }
    PetscCall(DataFileAddDataset(file, columns[c].path, DATA_INT64, 1, &part->n_global, NULL));
    PetscCall(
        DataFileWrite(file, columns[c].path, DATA_INT64, &part->first, &part->n_local, values));
    PetscCall(DataFileDescribe(file, columns[c].path, "1", columns[c].description));
  }
  PetscCall(PetscFree(values));
  for (int p = 0; p < network->n_populations; p++) {
    PetscCall(PetscStrlcat(names, p ? "," : "", sizeof(names)));
    PetscCall(PetscStrlcat(names, network->populations[p].name, sizeof(names)));
  }
  PetscCall(DataFileSetString(file, NODES "/0/population", "names", names));
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkWrite(Network network, DataFile file)
{
  PetscFunctionBegin;
  PetscCall(NetworkTurnToTargets(network));
  PetscCall(write_nodes(network, file));
  PetscCall(write_edges(network, file));
  if (!network->identity.id) { /* SONATA's index covers all ids without gaps */
    PetscCall(write_target_index(network, file));
  }
  PetscFunctionReturn(0);
}
