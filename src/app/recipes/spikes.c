/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Recipe spikes: spike trains of cells that are coupled by synapses, under common drive. */
#include "recipes/recipe.h"

#include "causeway/error.h"

#include <stdio.h>

/* Loads the counts as they are, without a high-pass. */
static PetscErrorCode load(App *app, Activity *activity)
{
  Parameters p = app->run.parameters;

  PetscFunctionBegin;
  PetscCall(ActivityCreate(app->run.comm, activity));
  PetscCall(ActivitySetFromOptions(*activity, p, (uint32_t)app->run.seed));
  ActivityKeepSparse(*activity);
  PetscCall(ActivityLoad(*activity));
  PetscFunctionReturn(0);
}

/* What a choice rests on. */
static void explain(const CouplingChoice *c, size_t length, char reason[])
{
  if (c->n_candidates == 0) {
    (void)snprintf(
        reason, length,
        "the usual one for synapses, since %lld spikes of %lld neurons are not enough to choose",
        (long long)c->n_spikes, (long long)c->n_neurons);
  } else {
    (void)snprintf(reason, length,
                   "best of %d choices, agreement of the halves %.0f, inflation %.2f, from %lld "
                   "spikes of %lld neurons",
                   c->n_candidates, c->criterion, c->inflation, (long long)c->n_spikes,
                   (long long)c->n_neurons);
  }
}

/* Filters and high-pass from the data. */
static PetscErrorCode choose_filters(App *app)
{
  char width[32], memory[32], reason[256];
  CouplingChoice c;
  Activity activity = NULL;
  PetscErrorCode status;

  PetscFunctionBegin;
  status = load(app, &activity);
  status = status ? status : GrangerChooseCoupling(activity, &c);
  PetscCall(ActivityDestroy(&activity));
  PetscCall(status);
  explain(&c, sizeof(reason), reason);
  (void)snprintf(width, sizeof(width), "%g", c.highpass_ms);
  (void)snprintf(memory, sizeof(memory), "%g", c.memory_ms);
  PetscCall(RecipeSet(app, &(RecipeSetting){"granger_highpass", width, reason}));
  PetscCall(RecipeSet(
      app, &(RecipeSetting){"granger_basis", c.basis, "chosen together with granger_highpass"}));
  PetscCall(RecipeSet(
      app, &(RecipeSetting){"granger_memory", memory, "chosen together with granger_highpass"}));
  PetscFunctionReturn(0);
}

/* Filters and high-pass, unless the user gives them. */
static PetscErrorCode choose(App *app)
{
  static const char *const keys[] = {"granger_highpass", "granger_basis", "granger_memory"};
  int n_given = 0;

  PetscFunctionBegin;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(keys); k++) {
    PetscBool given;

    PetscCall(ParametersIsSet(app->run.parameters, keys[k], &given));
    n_given += given ? 1 : 0;
  }
  UserCheck(
      n_given == 0 || n_given == 3,
      "the recipe spikes chooses granger_highpass, granger_basis and granger_memory together; "
      "give all three, or none");
  UserCheck(
      !app->simulate.applies,
      "the recipe spikes reads spike trains, not what a run simulates; simulate first, then give "
      "-activity activity.h5:/spikes/neurons");
  PetscCall(n_given == 0 ? choose_filters(app) : 0);
  PetscFunctionReturn(0);
}

const Recipe RecipeSpikes = {
    .name = "spikes",
    .text = "spike trains of cells coupled by synapses, also with common drive",
    .settings = {{"activity_bin", "auto", "1 ms resolves the delays of synapses"},
                 {"activity_normalize", "none", "weights are spikes added per spike"},
                 {"granger_statistics", "conditional,coupling",
                  "sign, weight and latency of pairs"},
                 {"granger_test", "robust", "counts of two cells rise together under common drive"},
                 {"granger_null", "empirical", "takes out what inflates all pairs alike"},
                 {NULL, NULL, NULL}},
    .choose = choose};
