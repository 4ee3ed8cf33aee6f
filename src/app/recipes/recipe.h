/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_RECIPE_H
#define CAUSEWAY_RECIPE_H

#include "app.h"

/* A value that a recipe gives to a parameter which the user leaves out, and why. */
typedef struct {
  const char *key, *value, *reason;
} RecipeSetting;

/*@
  Recipe - an analysis for one kind of data: settings for parameters, which the user's own always overrule

  A recipe has its own source file, and a line in the table of recipe.c.

  settings - end with a key of NULL
  choose   - further settings that depend on the data, made by RecipeSet(); may be NULL. Collective
@*/
typedef struct {
  const char *name, *text; /* text: line of help */
  RecipeSetting settings[12];
  PetscErrorCode (*choose)(App *app);
} Recipe;

/* Gives a parameter a default, and notes the reason, unless the user has set it. Not collective, but every rank makes the same
   calls. */
PetscErrorCode RecipeSet(App *app, const RecipeSetting *setting);

#endif
