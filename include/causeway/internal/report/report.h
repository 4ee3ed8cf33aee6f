/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_REPORT_H
#define CAUSEWAY_REPORT_H

#include "causeway/internal/serial/serial.h"

/*@
  ReportMain - the command `causeway report`: the pictures and tables of a run

  Serial, to be called instead of PetscInitialize() and MPI_Init()
  Output: (return value) exit status: 0 done, 2 the input is wrong
@*/
int ReportMain(int argc, char **argv);

/*@
  ReportMake - DIR/report.html, and every figure as DIR/figures/NAME.svg and NAME.pdf

  Serial. Knows nothing of a run but its files.
  Errors: CAUSEWAY_ERR_USER when the directory holds no finished run, or a file of it cannot be read or written
  Cost:   the matrices are read in blocks of rows; memory for 200 x 200 cells of each picture and 8 numbers per neuron
@*/
PetscErrorCode ReportMake(const char *directory);

extern const char ReportHelp[];
extern const SerialOption ReportOptions[]; /* ends with a name that is NULL */

#endif
