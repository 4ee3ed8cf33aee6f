/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Recipe simulation: pulse-coupled potentials without noise of measurement, as of the simulated networks. */
#include "recipes/recipe.h"

const Recipe RecipeSimulation = {
    .name = "simulation",
    .text = "potentials of simulated pulse-coupled neurons",
    .settings = {
        {"activity_clip", "30", "all spikes get the same height"},
        {"granger_statistics", "conditional,event",
         "a pulse acts in the next sample: the events of a source tell more than its lags"},
        {NULL, NULL, NULL}}};
