/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_MPI_VENDOR_H
#define CAUSEWAY_MPI_VENDOR_H

#include <petscsys.h>

/* Everything that the MPI standard leaves to the implementation. No other code depends on the MPI library in use. */

/*@
  MPIVendorPrepare - configures MPI's file output, the yielding of waiting ranks, and the start of a single process
  without a daemon

  Not collective; called once before MPI_Init(). Settings of the environment are kept.
@*/
void MPIVendorPrepare(void);

/*@
  MPIVendorFileTrouble - why this MPI library cannot open any file, with what to do; NULL when the library is not the cause

  Call it after a failure to open a file. Not collective.
@*/
const char *MPIVendorFileTrouble(void);

/*@
  MPIVendorManyRanks - whether a launcher started this process as one of several ranks; usable before MPI_Init()
@*/
PetscBool MPIVendorManyRanks(void);

/*@
  MPIVendorShareCores - lets the launchers that this process starts share the cores of the machine

  Otherwise each launcher would bind its ranks to the same first cores. Settings of the environment are kept.
@*/
void MPIVendorShareCores(void);

#endif
