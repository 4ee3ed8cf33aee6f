/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mpi_vendor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LONGEST_NAME = 256 };

/* "romio341" of "io_romio341_priority"; PETSC_FALSE for any other variable. */
static PetscBool names_romio(const char *variable, char component[LONGEST_NAME])
{
  static const char before[] = "io_romio", after[] = "_priority";
  const char *name = variable + strlen("io_"), *end;

  if (strncmp(variable, before, strlen(before)) != 0) {
    return PETSC_FALSE;
  }
  end = strchr(name, '_');
  if (!end || strcmp(end, after) != 0) {
    return PETSC_FALSE;
  }
  (void)snprintf(component, LONGEST_NAME, "%.*s", (int)(end - name), name);
  return PETSC_TRUE;
}

/* Each version of Open MPI calls its ROMIO by another name, and some are built without one: its control
   variables tell. Other implementations have no such variable. */
static PetscBool find_romio(char component[LONGEST_NAME])
{
  PetscBool found = PETSC_FALSE;
  int provided, n_variables = 0;

  if (MPI_T_init_thread(MPI_THREAD_SINGLE, &provided) != MPI_SUCCESS) {
    return PETSC_FALSE;
  }
  (void)MPI_T_cvar_get_num(&n_variables);
  for (int k = 0; k < n_variables && !found; k++) {
    char name[LONGEST_NAME] = "";
    int length = LONGEST_NAME, verbosity, binding, scope;
    MPI_Datatype type;
    MPI_T_enum values;

    if (MPI_T_cvar_get_info(k, name, &length, &verbosity, &type, &values, NULL, NULL, &binding,
                            &scope) == MPI_SUCCESS) {
      found = names_romio(name, component);
    }
  }
  (void)MPI_T_finalize();
  return found;
}

/* More ranks on this machine than it has cores. */
static PetscBool is_crowded(void)
{
  const char *ranks = getenv("OMPI_COMM_WORLD_LOCAL_SIZE");

  return ranks && strtol(ranks, NULL, 10) > sysconf(_SC_NPROCESSORS_ONLN) ? PETSC_TRUE
                                                                          : PETSC_FALSE;
}

/* Open MPI's default, OMPIO, loses the write errors of some ranks: on a full disk it would report
   success or wait for ever, where ROMIO reports the error on all ranks. */
void MPIVendorPrepare(void)
{
  char component[LONGEST_NAME];

  if (!getenv("OMPI_MCA_io") && find_romio(component)) {
    (void)setenv("OMPI_MCA_io", component, 0);
  }
  /* Ranks that wait must give way to those that they share a core with. Otherwise they must not: whatever else runs
     there would have its turn at every message. */
  if (is_crowded()) {
    (void)setenv("OMPI_MCA_mpi_yield_when_idle", "1", 0);
  }
  /* a process that no launcher has started would start a daemon of its own, which only new processes need */
  (void)setenv("OMPI_MCA_ess_singleton_isolated", "1", 0);
}

PetscBool MPIVendorManyRanks(void)
{
  /* Open MPI's launcher, and those of MPICH and its relatives */
  static const char *const sizes[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"};

  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(sizes); k++) {
    const char *size = getenv(sizes[k]);

    if (size && strcmp(size, "1") != 0) {
      return PETSC_TRUE;
    }
  }
  return PETSC_FALSE;
}

void MPIVendorShareCores(void)
{
  (void)setenv("OMPI_MCA_hwloc_base_binding_policy", "none", 0);    /* Open MPI up to 4 */
  (void)setenv("PRTE_MCA_hwloc_default_binding_policy", "none", 0); /* and from 5 on */
  (void)setenv("HYDRA_BINDING", "none", 0);                         /* MPICH */
}
