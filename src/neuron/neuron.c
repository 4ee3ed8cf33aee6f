/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "neuron_impl.h"

#include <string.h>

/* Of the two kinds, in the order of the names. */
static const NeuronModel *const spiking[] = {&NeuronIzhikevich, &NeuronLifExp, &NeuronAdex};
static const SmoothModel *const smooth[] = {
    &SmoothHodgkinHuxley, &SmoothTraubMiles, &SmoothFitzHughNagumo, &SmoothHindmarshRose,
    &SmoothWilsonCowan,   &SmoothLorenz96,   &SmoothKuramoto,       &SmoothVar};
static const CouplingModel *const couplings[] = {&CouplingLinear,    &CouplingDiffusive,
                                                 &CouplingSigmoidal, &CouplingGraded,
                                                 &CouplingSine,      &CouplingLorenz96};

static const SynapseModel *const synapses[] = {&SynapseDelta, &SynapseExponential,
                                               &SynapseConductance};

enum { SPIKING_MODELS = PETSC_STATIC_ARRAY_LENGTH(spiking) };

const char *const NeuronModelNames[] = {"izhikevich",     "lif_exp",      "adex",
                                        "hodgkin_huxley", "traub_miles",  "fitzhugh_nagumo",
                                        "hindmarsh_rose", "wilson_cowan", "lorenz96",
                                        "kuramoto",       "var",          NULL};
const char *const CouplingNames[] = {"linear", "diffusive", "sigmoidal", "graded",
                                     "sine",   "lorenz96",  NULL};

const char *const SynapseNames[] = {"delta", "exponential", "conductance", NULL};

const NeuronModel *NeuronModelGet(int index)
{
  return index < SPIKING_MODELS ? spiking[index] : NULL;
}

const SmoothModel *SmoothModelGet(int index)
{
  return index < SPIKING_MODELS ? NULL : smooth[index - SPIKING_MODELS];
}

const CouplingModel *CouplingModelGet(int index)
{
  return couplings[index];
}

const SynapseModel *SynapseModelGet(int index)
{
  return synapses[index];
}

static int find(const char *const names[], const char *name)
{
  int k = 0;

  while (names[k] && strcmp(names[k], name) != 0) {
    k++;
  }
  return k;
}

int CouplingFind(const char *name)
{
  return find(CouplingNames, name);
}

int SynapseFind(const char *name)
{
  return find(SynapseNames, name);
}
