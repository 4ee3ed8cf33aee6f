# SPDX-License-Identifier: GPL-3.0-or-later
# The libraries that everything rests on, with the oldest version that is known to work.
find_package(PkgConfig REQUIRED)
find_package(MPI REQUIRED COMPONENTS C)
pkg_check_modules(PETSC REQUIRED IMPORTED_TARGET petsc>=3.18)
pkg_check_modules(GSL REQUIRED IMPORTED_TARGET gsl>=2.7)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson>=2.13)
pkg_check_modules(YAML REQUIRED IMPORTED_TARGET yaml-0.1>=0.2)
pkg_check_modules(ZLIB REQUIRED IMPORTED_TARGET zlib>=1.2.11)

include(CheckFunctionExists)
include(CheckSymbolExists)
include(CausewayBlas)

# Debian names these after the MPI they are built with, other systems do not.
set(CMAKE_REQUIRED_INCLUDES ${MPI_C_INCLUDE_DIRS})
check_symbol_exists(OPEN_MPI mpi.h CAUSEWAY_MPI_IS_OPENMPI)
check_symbol_exists(MPICH mpi.h CAUSEWAY_MPI_IS_MPICH)
unset(CMAKE_REQUIRED_INCLUDES)
if(CAUSEWAY_MPI_IS_OPENMPI)
  set(mpi_name openmpi)
elseif(CAUSEWAY_MPI_IS_MPICH)
  set(mpi_name mpich)
else()
  set(mpi_name mpi)
endif()
pkg_search_module(SCALAPACK REQUIRED IMPORTED_TARGET scalapack-${mpi_name}>=2.1 scalapack>=2.1)
pkg_search_module(HDF5 REQUIRED IMPORTED_TARGET hdf5-${mpi_name}>=1.10.7 hdf5-mpi>=1.10.7 hdf5>=1.10.7)

find_path(RANDOM123_INCLUDE Random123/philox.h REQUIRED)

# Without these the program would compile and fail on a node hours later.
set(CMAKE_REQUIRED_INCLUDES ${PETSC_INCLUDE_DIRS} ${HDF5_INCLUDE_DIRS} ${MPI_C_INCLUDE_DIRS})
check_symbol_exists(H5_HAVE_PARALLEL hdf5.h CAUSEWAY_HDF5_IS_PARALLEL)
if(NOT CAUSEWAY_HDF5_IS_PARALLEL)
  message(FATAL_ERROR "HDF5 ${HDF5_VERSION} was built without MPI; install libhdf5-${mpi_name}-dev")
endif()
check_symbol_exists(PETSC_USE_REAL_DOUBLE petscconf.h CAUSEWAY_PETSC_IS_DOUBLE)
check_symbol_exists(PETSC_USE_COMPLEX petscconf.h CAUSEWAY_PETSC_IS_COMPLEX)
if(NOT CAUSEWAY_PETSC_IS_DOUBLE OR CAUSEWAY_PETSC_IS_COMPLEX)
  message(FATAL_ERROR "PETSc ${PETSC_VERSION} must be built for real double precision")
endif()
unset(CMAKE_REQUIRED_INCLUDES)
