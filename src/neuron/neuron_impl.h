/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_NEURON_IMPL_H
#define CAUSEWAY_NEURON_IMPL_H

#include "causeway/neuron.h"

extern const NeuronModel NeuronIzhikevich, NeuronLifExp, NeuronAdex;
extern const SynapseModel SynapseDelta, SynapseExponential, SynapseConductance;
extern const SmoothModel SmoothHodgkinHuxley, SmoothTraubMiles, SmoothFitzHughNagumo,
    SmoothHindmarshRose, SmoothWilsonCowan, SmoothLorenz96, SmoothKuramoto, SmoothVar;
extern const CouplingModel CouplingLinear, CouplingDiffusive, CouplingSigmoidal, CouplingGraded,
    CouplingSine, CouplingLorenz96;

#endif
