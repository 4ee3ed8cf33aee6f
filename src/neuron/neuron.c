/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "neuron_impl.h"

#include <string.h>

/* Of the two kinds, in the order of the names. */
static const NeuronModel *const spiking[] = {&NeuronIzhikevich};
static const SmoothModel *const smooth[] = {
    &SmoothHodgkinHuxley, &SmoothTraubMiles, &SmoothFitzHughNagumo, &SmoothHindmarshRose,
    &SmoothWilsonCowan,   &SmoothLorenz96,   &SmoothKuramoto,       &SmoothVar};
static const CouplingModel *const couplings[] = {&CouplingLinear,    &CouplingDiffusive,
                                                 &CouplingSigmoidal, &CouplingGraded,
                                                 &CouplingSine,      &CouplingLorenz96};

enum { SPIKING_MODELS = PETSC_STATIC_ARRAY_LENGTH(spiking) };

const char *const NeuronModelNames[] = {"izhikevich",
                                        "hodgkin_huxley",
                                        "traub_miles",
                                        "fitzhugh_nagumo",
                                        "hindmarsh_rose",
                                        "wilson_cowan",
                                        "lorenz96",
                                        "kuramoto",
                                        "var",
                                        NULL};
const char *const CouplingNames[] = {"linear", "diffusive", "sigmoidal", "graded",
                                     "sine",   "lorenz96",  NULL};

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

int CouplingFind(const char *name)
{
  int k = 0;

  while (strcmp(CouplingNames[k], name) != 0) {
    k++;
  }
  return k;
}
