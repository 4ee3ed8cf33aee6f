# SPDX-License-Identifier: GPL-3.0-or-later
# Any BLAS and LAPACK: what BLA_VENDOR says, or else OpenBLAS where there is one.
if(NOT BLA_VENDOR AND NOT DEFINED ENV{BLA_VENDOR})
  set(BLA_VENDOR OpenBLAS)
  find_package(BLAS QUIET)
  if(NOT BLAS_FOUND)
    unset(BLA_VENDOR)
    unset(BLAS_LIBRARIES CACHE)
  endif()
endif()
find_package(BLAS REQUIRED)
find_package(LAPACK REQUIRED)
list(GET BLAS_LIBRARIES 0 CAUSEWAY_BLAS_NAME)
get_filename_component(CAUSEWAY_BLAS_NAME ${CAUSEWAY_BLAS_NAME} NAME)

# GSL calls CBLAS. Its own would compete with that of BLAS for the same symbols, where BLAS has one.
set(CMAKE_REQUIRED_LIBRARIES ${BLAS_LIBRARIES})
check_function_exists(cblas_dgemm CAUSEWAY_BLAS_HAS_CBLAS)
unset(CMAKE_REQUIRED_LIBRARIES)
if(CAUSEWAY_BLAS_HAS_CBLAS)
  get_target_property(gsl_libraries PkgConfig::GSL INTERFACE_LINK_LIBRARIES)
  list(FILTER gsl_libraries EXCLUDE REGEX "gslcblas")
  set_target_properties(PkgConfig::GSL PROPERTIES INTERFACE_LINK_LIBRARIES "${gsl_libraries}")
endif()
