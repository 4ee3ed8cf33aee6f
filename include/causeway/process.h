/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_PROCESS_H
#define CAUSEWAY_PROCESS_H

#include <petscsys.h>

/* What a process owes to others: who else writes into a directory, what its standard output leads to, and what signals
   mean. Nothing here is collective, or needs MPI. */

/*@
  DirectoryLock - keeps others from writing into a directory until this process ends, however it ends

  Input:  alone - nobody else may write there, as into that of a run; else into other files
  Errors: CAUSEWAY_ERR_USER when somebody does. A file system without locks is named in a warning, once.
@*/
PetscErrorCode DirectoryLock(const char *directory, PetscBool alone);

/* The same of the directory that a file is in, which is written into besides others. */
PetscErrorCode DirectoryLockOf(const char *file);

/*@
  SignalsRememberIgnored - which signals this process was started to ignore, as by nohup

  Called before the constructors of libraries: UCX, which Open MPI 5 is linked with, sets a handler of SIGHUP in its
  own. Later calls do nothing.
@*/
void SignalsRememberIgnored(void);

/*@
  SignalsBegin - at the start of the program, and again when a library has set its own handlers: signals end the
  program without a word, and a reader of standard output that has gone is no reason to end
@*/
void SignalsBegin(void);

/*@
  StandardOutputEnd - at the end of the program, the exit status to end with

  Input: exit_status - of the program otherwise
         needed      - whether what was printed is the result; else an error is only a warning
  When the reader of a pipe has gone, it has seen enough; any other error is told on standard error.
@*/
int StandardOutputEnd(int exit_status, PetscBool needed);

/*@
  ProcessRank - number of this process among those that mpirun or srun has started, 0 without either
@*/
int ProcessRank(void);

#endif
