/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/version.h"
#include "causeway/internal/core/blas.h"

#include "build_info.h" /* generated: versions that no library tells at run time */

#include <gsl/gsl_version.h>
#include <hdf5.h>
#include <jansson.h>
#include <petscsys.h>
#include <stdio.h>
#include <string.h>

const char *CausewayVersion(void)
{
  return BUILD_VERSION;
}

const char *CausewayRevision(void)
{
  return BUILD_REVISION;
}

void CausewayLibraries(const char *separator, size_t length, char text[])
{
  char mpi[MPI_MAX_LIBRARY_VERSION_STRING], *comma;
  unsigned hdf5_major, hdf5_minor, hdf5_release;
  PetscInt petsc_major, petsc_minor, petsc_patch;
  int mpi_length;

  (void)MPI_Get_library_version(mpi, &mpi_length);
  comma = strchr(mpi, ',');
  if (comma) {
    *comma = 0;
  }
  (void)H5get_libversion(&hdf5_major, &hdf5_minor, &hdf5_release);
  (void)PetscGetVersionNumber(&petsc_major, &petsc_minor, &petsc_patch, NULL);
  (void)snprintf(
      text, length,
      "%s%sPETSc %d.%d.%d%sScaLAPACK %s%sHDF5 %u.%u.%u%s%s%sGSL %s%sRandom123 Philox 4x32-10%s"
      "jansson %s%scompiler %s",
      mpi, separator, (int)petsc_major, (int)petsc_minor, (int)petsc_patch, separator,
      BUILD_SCALAPACK_VERSION, separator, hdf5_major, hdf5_minor, hdf5_release, separator,
      BlasName(), separator, gsl_version, separator, separator, jansson_version_str(), separator,
      BUILD_COMPILER);
}
