/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SWEEP_H
#define CAUSEWAY_SWEEP_H

#include "causeway/internal/serial/serial.h"

/*@
  SweepMain - the command `causeway sweep plan|run|status|collect`: many runs from one file

  Serial, to be called instead of PetscInitialize() and MPI_Init(): it starts the launcher (mpirun)
  of every run as a child process.

  Input:  argc, argv - of main(), argv[1] is "sweep"
  Output: (return value) exit status: 0 done, 75 some runs are to be continued, 2 the input is
          wrong, 1 some runs failed
@*/
int SweepMain(int argc, char **argv);

/* Whether a parameter changes no result, so that a base file may be edited in it; of the caller, set before. */
extern PetscBool (*SweepIsIdle)(const char *key);

extern const char SweepHelp[];
extern const SerialCommand SweepCommands[]; /* ends with a name that is NULL */

#endif
