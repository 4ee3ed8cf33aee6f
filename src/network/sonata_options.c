/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "network_impl.h"

#include "causeway/error.h"

static const ParameterSpec parameters[] = {
    {.key = "network_edge_types",
     .kind = PARAMETER_TEXT,
     .standard = "",
     .form = "FILE.csv",
     .text =
         "Table of the types of SONATA edges, with weights, delays and numbers of synapses that "
         "edges lack",
     PARAMETER_MEMBER(SonataOptions, edge_types)},
    {.key = "network_node_types",
     .kind = PARAMETER_TEXT,
     .standard = "",
     .form = "FILE.csv",
     .text = "Table of the types of SONATA nodes, which says what is inhibitory or virtual",
     PARAMETER_MEMBER(SonataOptions, node_types)},
    {.key = "network_nodes",
     .kind = PARAMETER_TEXT,
     .standard = "",
     .form = "FILE.h5|N",
     .text = "SONATA nodes, or their number, where the file of the edges lacks them",
     PARAMETER_MEMBER(SonataOptions, nodes)},
    {.key = "network_population",
     .kind = PARAMETER_TEXT,
     .standard = "",
     .form = "NAME,...",
     .text = "Populations of SONATA nodes that make the network; without it, the one with edges "
             "within itself",
     PARAMETER_MEMBER(SonataOptions, populations)},
    {.key = "network_weight_attribute",
     .kind = PARAMETER_TEXT,
     .standard = "",
     .form = "NAME",
     .text = "Attribute of SONATA edges, or column of their types, with the weights; without it, "
             "syn_weight or weight",
     PARAMETER_MEMBER(SonataOptions, weight)},
    {.key = NULL}};

PetscErrorCode NetworkSonataDeclareParameters(Parameters p)
{
  PetscFunctionBegin;
  PetscCall(ParametersDeclare(p, parameters));
  PetscFunctionReturn(0);
}

PetscErrorCode NetworkSonataOptions(Network network, Parameters p)
{
  PetscFunctionBegin;
  PetscCall(ParametersRead(p, parameters, &network->sonata));
  PetscFunctionReturn(0);
}

/* The first parameter that the user has given, NULL for none. */
static const ParameterSpec *first_given(const SonataOptions *options)
{
  for (const ParameterSpec *spec = parameters; spec->key; spec++) {
    if (*((const char *)options + spec->offset)) {
      return spec;
    }
  }
  return NULL;
}

PetscErrorCode NetworkSonataCheck(Network network, Parameters p, const char *truth)
{
  const PetscBool reads = !NetworkTypeGet(network->type)->expected_synapses; /* a file decides */
  const char *const files[] = {reads ? network->file : "", truth};
  const ParameterSpec *given = first_given(&network->sonata);
  const char *matrix = NULL;

  PetscFunctionBegin;
  for (int k = 0; k < 2 && given; k++) {
    PetscBool is_circuit = PETSC_FALSE;

    if (files[k][0]) {
      PetscCall(NetworkIsCircuit(network->comm, files[k], &is_circuit));
      matrix = files[k];
    }
    given = is_circuit ? NULL : given;
  }
  UserCheck(!given || matrix,
            "%s: is for SONATA networks, but no network is read from a file; leave it out, or give "
            "-truth or -network_type file -network_file",
            ParametersSource(p, given ? given->key : ""));
  UserCheck(!given, "%s: is for SONATA networks, but %s is a matrix; leave it out",
            ParametersSource(p, given ? given->key : ""), matrix);
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
