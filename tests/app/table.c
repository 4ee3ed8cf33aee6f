/* SPDX-License-Identifier: GPL-3.0-or-later */

/* An option of a table that the program does not have, in every form in which the program tells its options:
   table [WORD] [-all|-man|-json|-yaml|-markdown|-completion bash], for test_table.sh. */
#include "causeway/causeway.h"

#include "app.h"
#include "help.h"

typedef struct {
  int64_t stripes;
} Zebra;

static const ParameterWord words[] = {{"countless", "as many as there are", -1}, {NULL, NULL, 0}};

static const ParameterSpec parameters_of_zebra[] = {{.key = "zebra_stripes",
                                                     .kind = PARAMETER_INTEGER,
                                                     .unit = "stripes",
                                                     .standard = "26",
                                                     .low = 1,
                                                     .high = 100,
                                                     .words = words,
                                                     .text = "Number of stripes of the herd",
                                                     .needs = "zebra_herd=large",
                                                     .priority = 1,
                                                     PARAMETER_MEMBER(Zebra, stripes)},
                                                    {.key = NULL}};

int main(int argc, char **argv)
{
  const char *word = argc > 1 && argv[1][0] != '-' ? argv[1] : NULL;
  Parameters parameters;

  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  ScreenPrint(PETSC_FALSE);
  PetscCall(ParametersCreate(PETSC_COMM_WORLD, &parameters));
  PetscCall(ParametersSection(parameters, "zebra", PETSC_TRUE));
  PetscCall(ParametersDeclare(parameters, parameters_of_zebra));
  PetscCall(HelpPrintTable(PETSC_COMM_WORLD, parameters, word));
  PetscCall(ParametersDestroy(&parameters));
  return PetscFinalize();
}
