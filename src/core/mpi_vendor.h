/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_MPI_VENDOR_H
#define CAUSEWAY_MPI_VENDOR_H

#include <petscsys.h>

/* What the MPI standard leaves open. Nothing else in the program depends on whose MPI it runs on. */

/*@
  MPIVendorPrepare - chooses how MPI writes to files, whether ranks that wait give way to others, and that a process by
  itself starts no daemon

  Not collective; called once, before MPI_Init(). What the environment chooses is kept.
@*/
void MPIVendorPrepare(void);

/*@
  MPIVendorFileTrouble - why this MPI opens no file at all, with what to do, or NULL when it is not to blame

  To be asked when opening a file has failed. Not collective.
@*/
const char *MPIVendorFileTrouble(void);

/*@
  MPIVendorManyRanks - whether a launcher started this process as one of several ranks; needs no MPI_Init()
@*/
PetscBool MPIVendorManyRanks(void);

/*@
  MPIVendorShareCores - lets launchers that this process starts share the cores of the machine

  Each would otherwise bind its ranks to the same first cores. What the environment chooses is kept.
@*/
void MPIVendorShareCores(void);

#endif
