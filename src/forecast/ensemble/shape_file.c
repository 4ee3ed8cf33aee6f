/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Converts the shape of a model between the struct of its type and attributes of its group in a file, by the type's table of
   parameters. */
#include "forecaster_impl.h"

#include "causeway/error.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

PetscErrorCode ShapeCreate(const ForecasterType *type, ModelShape **shape)
{
  PetscFunctionBegin;
  PetscCall(PetscCalloc(type->shape_size, shape));
  (*shape)->n_neurons = -1;
  PetscCall(ParametersDefaults(type->parameters, *shape));
  PetscFunctionReturn(0);
}

PetscErrorCode ShapeRemember(Forecaster f, Parameters p)
{
  PetscBool set;

  PetscFunctionBegin;
  f->given = 0;
  for (int k = 0; f->type->parameters[k].key; k++) {
    PetscCall(ParametersIsSet(p, f->type->parameters[k].key, &set));
    f->given |= (uint64_t)(set ? 1 : 0) << k;
  }
  PetscFunctionReturn(0);
}

static const char *attribute_name(const ParameterSpec *spec)
{
  return spec->key + strlen("train_");
}

static void *member_of(ModelShape *shape, const ParameterSpec *spec)
{
  return (char *)shape + spec->offset;
}

static double value_of(const ParameterSpec *spec, const void *member)
{
  return spec->kind == PARAMETER_REAL ? *(const double *)member : *(const int *)member;
}

static void set_value(const ParameterSpec *spec, void *member, double value)
{
  if (spec->kind == PARAMETER_REAL) {
    *(double *)member = value;
  } else {
    *(int *)member = (int)value;
  }
}

PetscErrorCode ShapeWrite(Forecaster f, DataFile file, const char *group)
{
  PetscFunctionBegin;
  PetscCall(DataFileSetString(file, group, "forecaster", f->type->name));
  PetscCall(DataFileSetInteger(file, group, "neurons", f->shape->n_neurons));
  for (const ParameterSpec *spec = f->type->parameters; spec->key; spec++) {
    const double value = value_of(spec, member_of(f->shape, spec));
    const char *name = attribute_name(spec);

    if (spec->kind == PARAMETER_REAL) {
      PetscCall(DataFileSetReal(file, group, name, value));
    } else if (spec->kind == PARAMETER_INTEGER) {
      PetscCall(DataFileSetInteger(file, group, name, (int64_t)value));
    } else {
      PetscCall(DataFileSetString(file, group, name, ParameterWordName(spec, (int)value, NULL)));
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode read_number(DataFile file, const char *group, const ParameterSpec *spec,
                                  double *value, PetscBool *found)
{
  const char *name = attribute_name(spec);
  double number = 0;

  PetscFunctionBegin;
  PetscCall(DataFileGetReal(file, group, name, &number, found));
  if (*found) {
    UserCheck(!isnan(number) && number >= spec->low, "%s:%s: has %s = %g, which is not valid",
              DataFileName(file), group, name, number);
    UserCheck(number <= spec->high, "%s:%s: has %s = %g; this version supports at most %g",
              DataFileName(file), group, name, number, spec->high);
    *value = spec->kind == PARAMETER_REAL ? number : trunc(number);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode read_choice(DataFile file, const char *group, const ParameterSpec *spec,
                                  double *value, PetscBool *found)
{
  char word[64];
  int k = 0;

  PetscFunctionBegin;
  PetscCall(DataFileGetString(file, group, attribute_name(spec), sizeof(word), word, found));
  if (*found) {
    while (ParameterWordName(spec, k, NULL) &&
           strcmp(ParameterWordName(spec, k, NULL), word) != 0) {
      k++;
    }
    UserCheck(ParameterWordName(spec, k, NULL),
              "%s:%s: has %s = %s, which this version does not know", DataFileName(file), group,
              attribute_name(spec), word);
    *value = k;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ShapeRead(Forecaster f, DataFile file, const char *group)
{
  const ParameterSpec *specs = f->type->parameters;

  PetscFunctionBegin;
  for (int k = 0; specs[k].key; k++) {
    void *member = member_of(f->shape, &specs[k]);
    const double before = value_of(&specs[k], member);
    double value = before;
    PetscBool found;

    if (specs[k].offset == offsetof(ModelShape, dropout)) { /* has an effect on training only */
      continue;
    }
    if (specs[k].kind == PARAMETER_CHOICE) {
      PetscCall(read_choice(file, group, &specs[k], &value, &found));
    } else {
      PetscCall(read_number(file, group, &specs[k], &value, &found));
    }
    UserCheck(!found || value == before || !((f->given >> k) & 1),
              "%s: the model %s of %s has another %s; leave the parameter out", specs[k].key, group,
              DataFileName(file), attribute_name(&specs[k]));
    set_value(&specs[k], member, value);
  }
  PetscFunctionReturn(0);
}
