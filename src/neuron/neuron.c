/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "neuron_impl.h"

static const NeuronModel *const models[] = {&NeuronIzhikevich};

const char *const NeuronModelNames[] = {"izhikevich", NULL};

const NeuronModel *NeuronModelGet(int index)
{
  return models[index];
}
