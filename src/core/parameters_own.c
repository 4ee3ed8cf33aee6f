/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Parameters of one object that its caller sets, without a file, command line or PETSC_OPTIONS. */
#include "parameters_impl.h"

#include "causeway/error.h"

static const ParameterSpec seed_parameter[] = {{.key = "seed",
                                                .kind = PARAMETER_INTEGER,
                                                .standard = "0",
                                                .unit = "1",
                                                .high = UINT32_MAX,
                                                .text = "Seed for all random-number streams",
                                                .size = sizeof(int64_t)},
                                               {.key = NULL}};

PetscErrorCode ParametersCreateOwn(MPI_Comm comm, Parameters *own)
{
  PetscFunctionBegin;
  PetscCall(ParametersCreate(comm, own));
  PetscCall(PetscOptionsCreate(&(*own)->options));
  PetscCall(ParametersDeclare(*own, seed_parameter));
  PetscFunctionReturn(0);
}

PetscErrorCode ParametersSetOwn(MPI_Comm comm, PetscErrorCode (*declare)(Parameters),
                                Parameters *own, const ParameterSetting settings[], uint32_t *seed)
{
  int64_t number;

  PetscFunctionBegin;
  UserCheck(settings, "the list of settings is NULL; an empty list is {{NULL, NULL}}");
  if (!*own) {
    PetscCall(ParametersCreateOwn(comm, own));
    PetscCall(declare(*own));
  }
  for (const ParameterSetting *k = settings; k->key; k++) {
    PetscCall(ParametersRefuseOldKey(k->key, k->key));
    UserCheck(ParametersKnows(*own, k->key),
              "%s: is not a parameter of this object; the nearest is %s", k->key,
              ParametersNearest(*own, k->key));
    PetscCall(ParametersSet(*own, k->key, k->value));
  }
  PetscCall(ParametersDefaults(seed_parameter, &number));
  PetscCall(ParametersRead(*own, seed_parameter, &number));
  *seed = (uint32_t)number;
  PetscFunctionReturn(0);
}
