/* SPDX-License-Identifier: GPL-3.0-or-later */

/* All recipes, and how one becomes defaults of parameters. */
#include "recipes/recipe.h"

#include "causeway/log.h"

/* A line for each. */
/* clang-format off */
#define RECIPES(recipe)    \
  recipe(RecipeSimulation) \
  recipe(RecipeSpikes)
/* clang-format on */

#define DECLARE(recipe) extern const Recipe recipe;
#define LIST(recipe)    &(recipe),
RECIPES(DECLARE)
static const Recipe *const recipes[] = {RECIPES(LIST)};

enum { N_RECIPES = PETSC_STATIC_ARRAY_LENGTH(recipes) };

static const char *recipe_word(int k, const char **text)
{
  if (k == 0) {
    *text = "every parameter has its own default";
    return "none";
  }
  *text = k <= N_RECIPES ? recipes[k - 1]->text : NULL;
  return k <= N_RECIPES ? recipes[k - 1]->name : NULL;
}

const ParameterSpec RecipeParameters[] = {
    {.key = "recipe",
     .kind = PARAMETER_CHOICE,
     .standard = "none",
     .word = recipe_word,
     .text = "Kind of data whose settings are the defaults of other parameters; what is given wins",
     .priority = 2,
     PARAMETER_MEMBER(App, recipe.type)},
    {.key = NULL}};

PetscErrorCode RecipeSet(App *app, const RecipeSetting *s)
{
  RecipeChoice *choice = &app->recipe.choices[app->recipe.n_choices];
  PetscBool given;

  PetscFunctionBegin;
  PetscCall(ParametersIsSet(app->run.parameters, s->key, &given));
  if (given) {
    PetscFunctionReturn(0);
  }
  PetscCheck(app->recipe.n_choices < MOST_CHOICES, PETSC_COMM_SELF, PETSC_ERR_PLIB,
             "more than %d settings", MOST_CHOICES);
  PetscCall(ParametersSetDefault(app->run.parameters, s->key, s->value));
  PetscCall(PetscStrncpy(choice->key, s->key, sizeof(choice->key)));
  PetscCall(PetscStrncpy(choice->value, s->value, sizeof(choice->value)));
  PetscCall(PetscStrncpy(choice->reason, s->reason, sizeof(choice->reason)));
  app->recipe.n_choices++;
  PetscFunctionReturn(0);
}

PetscErrorCode RecipeApply(App *app)
{
  const Recipe *recipe;

  PetscFunctionBegin;
  PetscCall(ParametersRead(app->run.parameters, RecipeParameters, app));
  if (app->recipe.type == 0) {
    PetscFunctionReturn(0);
  }
  recipe = recipes[app->recipe.type - 1];
  for (const RecipeSetting *s = recipe->settings; s->key; s++) {
    PetscCall(RecipeSet(app, s));
  }
  PetscCall(recipe->choose ? recipe->choose(app) : 0);
  PetscFunctionReturn(0);
}

PetscErrorCode RecipePrint(const App *app)
{
  PetscFunctionBegin;
  for (int k = 0; k < app->recipe.n_choices; k++) {
    const RecipeChoice *choice = &app->recipe.choices[k];

    PetscCall(LogPrintf("recipe     -%s %s: %s\n", choice->key, choice->value, choice->reason));
  }
  PetscFunctionReturn(0);
}
