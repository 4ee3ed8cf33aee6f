/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/internal/core/mpi_vendor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Open MPI's default, OMPIO, loses the write errors of some ranks: on a full disk it would report success or wait for ever.
   Without OMPIO, ROMIO of any version remains, which reports errors on all ranks. */
static const char without_ompio[] = "^ompio";

/* Whether this Open MPI was built without ROMIO, according to its control variables. The query opens all plugins of Open MPI
   and takes longer than the rest of a process's start. */
static PetscBool lacks_romio(void)
{
  PetscBool found = PETSC_FALSE;
  int provided, n_variables = 0;

  if (MPI_T_init_thread(MPI_THREAD_SINGLE, &provided) != MPI_SUCCESS) {
    return PETSC_FALSE;
  }
  (void)MPI_T_cvar_get_num(&n_variables);
  for (int k = 0; k < n_variables && !found; k++) {
    static const char romio[] = "io_romio";
    char name[256] = "";
    int length = sizeof(name), verbosity, binding, scope;
    MPI_Datatype type;
    MPI_T_enum values;

    found = MPI_T_cvar_get_info(k, name, &length, &verbosity, &type, &values, NULL, NULL, &binding,
                                &scope) == MPI_SUCCESS &&
                    !strncmp(name, romio, strlen(romio))
                ? PETSC_TRUE
                : PETSC_FALSE;
  }
  (void)MPI_T_finalize();
  return found ? PETSC_FALSE : PETSC_TRUE;
}

const char *MPIVendorFileTrouble(void)
{
  const char *io = getenv("OMPI_MCA_io");

  return io && !strncmp(io, without_ompio, strlen(without_ompio)) && lacks_romio()
             ? "this Open MPI was built without ROMIO; set OMPI_MCA_io=ompio to continue with a "
               "layer "
               "that may lose write errors"
             : NULL;
}

/* Whether this machine has more ranks than cores. */
static PetscBool is_crowded(void)
{
  const char *ranks = getenv("OMPI_COMM_WORLD_LOCAL_SIZE");

  return ranks && strtol(ranks, NULL, 10) > sysconf(_SC_NPROCESSORS_ONLN) ? PETSC_TRUE
                                                                          : PETSC_FALSE;
}

/* Whether a launcher has started this process: Open MPI's, or one that supports PMIx or PMI. */
static PetscBool is_launched(void)
{
  static const char *const names[] = {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK", "PMI_SIZE"};

  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(names); k++) {
    if (getenv(names[k])) {
      return PETSC_TRUE;
    }
  }
  return PETSC_FALSE;
}

void MPIVendorPrepare(void)
{
  (void)setenv("OMPI_MCA_io", without_ompio, 0);
  /* Waiting ranks must yield to ranks on the same core. On cores of their own they must not yield, because any other program
     would then run at every message. */
  if (is_crowded()) {
    (void)setenv("OMPI_MCA_mpi_yield_when_idle", "1", 0);
  }
  /* Without a launcher, a process would start its own daemon, which it needs only to spawn processes. Without the daemon,
     all such processes of a user share one session directory, and the first to end removes it while another starts. */
  if (!is_launched()) {
    (void)setenv("OMPI_MCA_ess_singleton_isolated", "1", 0);
    (void)setenv("OMPI_MCA_orte_create_session_dirs", "0", 0);
  }
}

PetscBool MPIVendorManyRanks(void)
{
  /* the launchers of Open MPI, and of MPICH and its derivatives */
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
