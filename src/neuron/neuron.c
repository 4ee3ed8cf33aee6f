/* SPDX-License-Identifier: GPL-3.0-or-later */

/* All models of neurons, synapses and couplings. */
#include "causeway/neuron.h"

#include <string.h>

/* A line for each model, in alphabetical order. */
#define NEURONS(spiking, smooth)                                                                   \
  spiking(NeuronIzhikevich) spiking(NeuronLifExp) spiking(NeuronAdex) smooth(SmoothHodgkinHuxley)  \
      smooth(SmoothTraubMiles) smooth(SmoothFitzHughNagumo) smooth(SmoothHindmarshRose)            \
          smooth(SmoothWilsonCowan) smooth(SmoothLorenz96) smooth(SmoothKuramoto)                  \
              smooth(SmoothVar)

#define SYNAPSES(synapse)                                                                          \
  synapse(SynapseDelta) synapse(SynapseExponential) synapse(SynapseConductance)

#define COUPLINGS(coupling)                                                                        \
  coupling(CouplingLinear) coupling(CouplingDiffusive) coupling(CouplingSigmoidal)                 \
      coupling(CouplingGraded) coupling(CouplingSine) coupling(CouplingLorenz96)

#define DECLARE_SPIKING(model)  extern const NeuronModel model;
#define DECLARE_SMOOTH(model)   extern const SmoothModel model;
#define DECLARE_SYNAPSE(model)  extern const SynapseModel model;
#define DECLARE_COUPLING(model) extern const CouplingModel model;
NEURONS(DECLARE_SPIKING, DECLARE_SMOOTH)
SYNAPSES(DECLARE_SYNAPSE)
COUPLINGS(DECLARE_COUPLING)

/* Entry of a spiking or of a smooth model. */
#define LIST_SPIKING(model) {.spiking = &(model)},
#define LIST_SMOOTH(model)  {.smooth = &(model)},
#define LIST(model)         &(model),
static const struct {
  const NeuronModel *spiking;
  const SmoothModel *smooth;
} neurons[] = {NEURONS(LIST_SPIKING, LIST_SMOOTH)};
static const SynapseModel *const synapses[] = {SYNAPSES(LIST)};
static const CouplingModel *const couplings[] = {COUPLINGS(LIST)};

enum {
  N_NEURONS = PETSC_STATIC_ARRAY_LENGTH(neurons),
  N_SYNAPSES = PETSC_STATIC_ARRAY_LENGTH(synapses),
  N_COUPLINGS = PETSC_STATIC_ARRAY_LENGTH(couplings)
};

const char *NeuronModelWord(int k, const char **text)
{
  if (k < 0 || k >= N_NEURONS) {
    return NULL;
  }
  *text = neurons[k].spiking ? neurons[k].spiking->text : neurons[k].smooth->text;
  return neurons[k].spiking ? neurons[k].spiking->name : neurons[k].smooth->name;
}

const char *SynapseWord(int k, const char **text)
{
  if (k < 0 || k >= N_SYNAPSES) {
    return NULL;
  }
  *text = synapses[k]->text;
  return synapses[k]->name;
}

const char *CouplingWord(int k, const char **text)
{
  if (k < 0 || k >= N_COUPLINGS) {
    return NULL;
  }
  *text = couplings[k]->text;
  return couplings[k]->name;
}

static int find(const char *(*word)(int, const char **), const char *name)
{
  const char *unused;
  int k = 0;

  while (word(k, &unused) && strcmp(word(k, &unused), name) != 0) {
    k++;
  }
  return k;
}

int NeuronModelFind(const char *name)
{
  return find(NeuronModelWord, name);
}

int SynapseFind(const char *name)
{
  return find(SynapseWord, name);
}

int CouplingFind(const char *name)
{
  return find(CouplingWord, name);
}

int NeuronModelCount(void)
{
  return N_NEURONS;
}

const NeuronModel *NeuronModelGet(int k)
{
  return neurons[k].spiking;
}

const SmoothModel *SmoothModelGet(int k)
{
  return neurons[k].smooth;
}

const SynapseModel *SynapseModelGet(int k)
{
  return synapses[k];
}

const CouplingModel *CouplingModelGet(int k)
{
  return couplings[k];
}
