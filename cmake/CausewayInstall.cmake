# SPDX-License-Identifier: GPL-3.0-or-later
# Library, headers, executable, manual, completion, CMake package and pkg-config file.
include(CMakePackageConfigHelpers)

install(TARGETS causeway RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS libcauseway EXPORT causeway-targets DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/causeway DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} PATTERN internal EXCLUDE)
install(DIRECTORY inputs/ DESTINATION ${CMAKE_INSTALL_DATADIR}/causeway/inputs)
# where the program could not be run while building, there are none
install(FILES ${PROJECT_BINARY_DIR}/manual/causeway.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 OPTIONAL)
install(FILES ${PROJECT_BINARY_DIR}/manual/causeway
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions OPTIONAL)
install(EXPORT causeway-targets NAMESPACE causeway::
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/causeway)

configure_package_config_file(cmake/causeway-config.cmake.in
  ${PROJECT_BINARY_DIR}/causeway-config.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/causeway)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/causeway-config-version.cmake
                                 COMPATIBILITY SameMajorVersion)
install(FILES ${PROJECT_BINARY_DIR}/causeway-config.cmake
              ${PROJECT_BINARY_DIR}/causeway-config-version.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/causeway)

# relative to the file itself, so that the installed tree can be moved
file(RELATIVE_PATH CAUSEWAY_PC_TO_PREFIX /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
list(JOIN LAPACK_LIBRARIES " " CAUSEWAY_PC_BLAS)
list(TRANSFORM MPI_C_INCLUDE_DIRS PREPEND -I OUTPUT_VARIABLE mpi_flags)
list(JOIN mpi_flags " " CAUSEWAY_PC_MPI_CFLAGS)
list(JOIN MPI_C_LIBRARIES " " CAUSEWAY_PC_MPI_LIBS)
configure_file(cmake/causeway.pc.in ${PROJECT_BINARY_DIR}/causeway.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/causeway.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
