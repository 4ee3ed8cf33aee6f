/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_EXPORT_H
#define CAUSEWAY_EXPORT_H

#include "causeway/internal/serial/serial.h"

/*@
  ExportMain - the command `causeway export`: a matrix of scores as a file of another format

  Serial, to be called instead of PetscInitialize() and MPI_Init()

  Input:  argc, argv - of main(), argv[1] is "export"
  Output: (return value) exit status: 0 done, 2 the input is wrong
  Cost:   memory for one block of rows, a label for each neuron, and the pairs of -select top:K
@*/
int ExportMain(int argc, char **argv);

extern const char ExportHelp[];
extern const SerialOption ExportOptions[]; /* ends with a name that is NULL */

#endif
