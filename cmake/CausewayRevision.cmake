# SPDX-License-Identifier: GPL-3.0-or-later
# build_info.h: what no library tells at run time. The revision is asked for at every build.
set(BUILD_INFO_TEMPLATE ${PROJECT_SOURCE_DIR}/cmake/build_info.h.in)
set(BUILD_INFO ${PROJECT_BINARY_DIR}/generated/build_info.h)
find_package(Git QUIET)

add_custom_target(causeway_revision
  COMMAND ${CMAKE_COMMAND} -D GIT=${GIT_EXECUTABLE} -D SOURCE=${PROJECT_SOURCE_DIR}
          -D TEMPLATE=${BUILD_INFO_TEMPLATE} -D OUTPUT=${BUILD_INFO}
          -D BUILD_VERSION=${PROJECT_VERSION} -D BUILD_SCALAPACK_VERSION=${SCALAPACK_VERSION}
          -D BUILD_BLAS=${CAUSEWAY_BLAS_NAME}
          "-DBUILD_COMPILER=${CMAKE_C_COMPILER_ID} ${CMAKE_C_COMPILER_VERSION}, ${CMAKE_BUILD_TYPE}"
          -P ${PROJECT_SOURCE_DIR}/cmake/WriteBuildInfo.cmake
  BYPRODUCTS ${BUILD_INFO}
  VERBATIM)
