/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "network_impl.h"

#include "causeway/error.h"

static const ParameterSpec parameters[] = {
    {.key = "network_file",
     .kind = PARAMETER_TEXT,
     .standard = "",
     .form = "FILE.h5[:/path]|FILE.npy|FILE.json",
     .text = "Network to simulate: dense N x N (rows are targets), a sparse matrix, SONATA edges, "
             "or a SONATA circuit configuration",
     PARAMETER_MEMBER(struct _p_Network, file)},
    {.key = NULL}};

static PetscErrorCode check(Network network, Parameters p)
{
  PetscFunctionBegin;
  (void)p;
  UserCheck(network->file[0], "network_type = file: needs a file; give network_file");
  PetscFunctionReturn(0);
}

static PetscErrorCode generate(Network network)
{
  PetscFunctionBegin;
  PetscCall(NetworkLoad(network, network->file));
  PetscFunctionReturn(0);
}

const NetworkType NetworkTypeFile = {.name = "file",
                                     .text = "network that network_file holds",
                                     .shared = parameters,
                                     .brings_neurons = PETSC_TRUE,
                                     .check = check,
                                     .generate = generate};
