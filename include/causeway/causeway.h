/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_CAUSEWAY_H
#define CAUSEWAY_CAUSEWAY_H

/* All public headers. Call PetscInitialize() first, then ErrorHandlerInstall(), and LogRegister() where -log_view shall
   show the events and stages of the library. */
#include "causeway/activity.h"
#include "causeway/causality.h"
#include "causeway/checkpoint.h"
#include "causeway/datafile.h"
#include "causeway/declare.h"
#include "causeway/error.h"
#include "causeway/evaluation.h"
#include "causeway/extents.h"
#include "causeway/file_part.h"
#include "causeway/forecaster.h"
#include "causeway/granger.h"
#include "causeway/identity.h"
#include "causeway/labels.h"
#include "causeway/log.h"
#include "causeway/memory.h"
#include "causeway/network.h"
#include "causeway/neuron.h"
#include "causeway/npy.h"
#include "causeway/observation.h"
#include "causeway/observed.h"
#include "causeway/parameters.h"
#include "causeway/partition.h"
#include "causeway/random.h"
#include "causeway/recording.h"
#include "causeway/sample_list.h"
#include "causeway/score_matrix.h"
#include "causeway/score_sense.h"
#include "causeway/simulation.h"
#include "causeway/sparse_scores.h"
#include "causeway/spike_trains.h"
#include "causeway/uses.h"
#include "causeway/version.h"

#endif
