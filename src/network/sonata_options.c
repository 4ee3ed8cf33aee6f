/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "network_impl.h"

#include "causeway/error.h"

#include <stddef.h>

/* The parameters, and what each does, for messages. */
static const struct {
  const char *key, *does, *meaning;
  size_t offset, size; /* of its text in SonataOptions */
} options[] = {
    {"network_edge_types", "gives the types of SONATA edges",
     "FILE.csv with the types of SONATA edges: weights and delays that the edges do not have "
     "themselves",
     offsetof(SonataOptions, edge_types), sizeof(((SonataOptions *)0)->edge_types)},
    {"network_node_types", "gives the types of SONATA nodes",
     "FILE.csv with the types of SONATA nodes: which are inhibitory, which virtual",
     offsetof(SonataOptions, node_types), sizeof(((SonataOptions *)0)->node_types)},
    {"network_nodes", "gives the nodes of SONATA edges",
     "FILE.h5 with the SONATA nodes, or their number, where the file of the edges does not have "
     "them",
     offsetof(SonataOptions, nodes), sizeof(((SonataOptions *)0)->nodes)},
    {"network_population", "chooses populations of SONATA nodes",
     "populations of SONATA nodes that are the network, with commas; default: the one that has "
     "edges within itself",
     offsetof(SonataOptions, populations), sizeof(((SonataOptions *)0)->populations)},
    {"network_weight_attribute", "names the attribute of SONATA edges with the weights",
     "attribute of SONATA edges or column of their types with the weights; default: syn_weight, "
     "else weight",
     offsetof(SonataOptions, weight), sizeof(((SonataOptions *)0)->weight)}};
enum { N_OPTIONS = sizeof(options) / sizeof(options[0]) };

PetscErrorCode NetworkSonataOptions(Network network, Parameters parameters)
{
  PetscFunctionBegin;
  for (int k = 0; k < N_OPTIONS; k++) {
    PetscCall(ParametersString(parameters, options[k].key, options[k].meaning, options[k].size,
                               (char *)&network->sonata + options[k].offset));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkSonataCheck(Network network, Parameters parameters, const char *truth)
{
  const char *const files[] = {network->file, truth};
  const char *matrix = NULL;
  int given = 0;

  PetscFunctionBegin;
  while (given < N_OPTIONS && !*((const char *)&network->sonata + options[given].offset)) {
    given++;
  }
  for (int k = 0; k < 2 && given < N_OPTIONS; k++) {
    PetscBool is_circuit = PETSC_FALSE;

    if (files[k][0]) {
      PetscCall(NetworkIsCircuit(network->comm, files[k], &is_circuit));
      matrix = files[k];
    }
    given = is_circuit ? N_OPTIONS : given;
  }
  UserCheck(given == N_OPTIONS || matrix,
            "%s: %s, but no network is read from a file; leave it out, or give -truth or "
            "-network_type file -network_file",
            ParametersSource(parameters, options[given].key), options[given].does);
  UserCheck(given == N_OPTIONS, "%s: %s, but %s is a matrix, which has none; leave it out",
            ParametersSource(parameters, options[given].key), options[given].does, matrix);
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkCreateTruth(Network like, Network *truth)
{
  PetscFunctionBegin;
  PetscCall(NetworkCreate(like->comm, truth));
  (*truth)->sonata = like->sonata;
  (*truth)->sonata.weights_may_miss = PETSC_TRUE;
  (*truth)->delay_step = like->delay_step;
  PetscFunctionReturn(0);
}

PetscBool NetworkHasWeights(Network network)
{
  return network->lacks_weights ? PETSC_FALSE : PETSC_TRUE;
}

PetscBool NetworkHasNodes(Network network)
{
  return network->lacks_nodes ? PETSC_FALSE : PETSC_TRUE;
}

const Identity *NetworkIdentity(Network network)
{
  return &network->identity;
}
