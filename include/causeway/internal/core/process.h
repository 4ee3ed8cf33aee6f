/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_PROCESS_H
#define CAUSEWAY_PROCESS_H

#include <petscsys.h>

/* Locks of directories, signals, and standard output of a process. Nothing here is collective or needs MPI. */

/*@
  DirectoryLock - locks a directory against other writers until this process ends

  Input:  alone - whether no other process may write there, as in the directory of a run; otherwise processes that write
                  other files may share the lock
  Errors: CAUSEWAY_ERR_USER when another process holds the lock. A file system without locks causes one warning.
@*/
PetscErrorCode DirectoryLock(const char *directory, PetscBool alone);

/* DirectoryLock() for the directory of a file, shared with processes that write other files. */
PetscErrorCode DirectoryLockOf(const char *file);

/*@
  SignalsRememberIgnored - records which signals this process was started to ignore, as with nohup

  Call it before the constructors of libraries: UCX, with which Open MPI 5 is linked, sets a handler of SIGHUP in its
  constructor. Later calls do nothing.
@*/
void SignalsRememberIgnored(void);

/*@
  SignalsBegin - sets the handling of signals at the start of the program, and again after a library has set handlers:
  signals end the program without a trace, and a closed pipe at standard output does not end it
@*/
void SignalsBegin(void);

/*@
  StandardOutputEnd - flushes standard output at the end of the program; returns the exit status

  Input: exit_status - status of the program so far
         needed      - whether the output is the result of the program; otherwise an error is only a warning
  A reader that has closed the pipe is no error. Other errors are printed on standard error.
@*/
int StandardOutputEnd(int exit_status, PetscBool needed);

/*@
  ProcessRank - rank of this process under mpirun or srun, 0 without a launcher
@*/
int ProcessRank(void);

#endif
