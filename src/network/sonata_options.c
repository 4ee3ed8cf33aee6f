/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "network_impl.h"

PetscErrorCode NetworkSonataOptions(Network network, Parameters parameters)
{
  SonataOptions *o = &network->sonata;

  PetscFunctionBegin;
  PetscCall(ParametersString(parameters, "network_edge_types",
                             "FILE.csv with the types of SONATA edges: weights and delays that the "
                             "edges do not have themselves",
                             sizeof(o->edge_types), o->edge_types));
  PetscCall(ParametersString(parameters, "network_node_types",
                             "FILE.csv with the types of SONATA nodes: which are inhibitory, which "
                             "virtual",
                             sizeof(o->node_types), o->node_types));
  PetscCall(ParametersString(parameters, "network_nodes",
                             "FILE.h5 with the SONATA nodes, or their number, where the file of "
                             "the edges does not have them",
                             sizeof(o->nodes), o->nodes));
  PetscCall(ParametersString(parameters, "network_population",
                             "populations of SONATA nodes that are the network, with commas; "
                             "default: the one that has edges within itself",
                             sizeof(o->populations), o->populations));
  PetscCall(ParametersString(parameters, "network_weight_attribute",
                             "attribute of SONATA edges or column of their types with the weights; "
                             "default: syn_weight, else weight",
                             sizeof(o->weight), o->weight));
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
