# SPDX-License-Identifier: GPL-3.0-or-later
# A room is a folder of src/. Its sources see the headers of include/ and its own private ones, and nobody else sees
# those; only the rooms that name a library see the headers of that library.

# causeway_room(NAME [LIBRARY ...]) declares the object library causeway_NAME
function(causeway_room name)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.c)
  list(FILTER sources EXCLUDE REGEX "/src/app/main\\.c$") # tests of help link the rest
  add_library(causeway_${name} OBJECT ${sources})
  set_target_properties(causeway_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON C_VISIBILITY_PRESET hidden)
  target_include_directories(causeway_${name} PRIVATE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src/${name})
  target_link_libraries(causeway_${name} PRIVATE causeway_flags PkgConfig::PETSC MPI::MPI_C ${ARGN})
endfunction()

# From the bottom to the top.
causeway_room(core LAPACK::LAPACK PkgConfig::HDF5 PkgConfig::GSL PkgConfig::JANSSON PkgConfig::YAML)
target_include_directories(causeway_core PRIVATE ${PROJECT_BINARY_DIR}/generated)
add_dependencies(causeway_core causeway_revision)
causeway_room(parallel)
causeway_room(io PkgConfig::HDF5 PkgConfig::JANSSON PkgConfig::ZLIB)
causeway_room(linalg LAPACK::LAPACK PkgConfig::SCALAPACK)
causeway_room(checkpoint)
causeway_room(network PkgConfig::HDF5 PkgConfig::GSL PkgConfig::JANSSON)
causeway_room(causality)
causeway_room(recording PkgConfig::ZLIB)
causeway_room(neuron)
causeway_room(simulate PkgConfig::GSL)
causeway_room(observe)
causeway_room(activity PkgConfig::GSL)
causeway_room(granger LAPACK::LAPACK PkgConfig::SCALAPACK PkgConfig::GSL)
causeway_room(forecast LAPACK::LAPACK)
set(causeway_library_rooms core parallel io linalg checkpoint network causality recording neuron simulate observe
                           activity granger forecast)
causeway_room(serial PkgConfig::HDF5)
causeway_room(export PkgConfig::HDF5)
causeway_room(report PkgConfig::HDF5 PkgConfig::JANSSON)
causeway_room(sweep PkgConfig::HDF5 PkgConfig::JANSSON PkgConfig::YAML PkgConfig::GSL)
causeway_room(app LAPACK::LAPACK PkgConfig::HDF5 PkgConfig::JANSSON PkgConfig::YAML)
set(causeway_program_rooms serial export report sweep app)

# Inner loops of the simulator: neither changes a result, and both keep loops from being put into vectors.
file(GLOB simulator_loops CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/neuron/*.c)
list(APPEND simulator_loops ${PROJECT_SOURCE_DIR}/src/core/random_block.c ${PROJECT_SOURCE_DIR}/src/simulate/drive.c)
set_source_files_properties(${simulator_loops} PROPERTIES COMPILE_OPTIONS "-fno-math-errno;-fno-trapping-math")
include(CausewayKernels)

# causeway_objects(VARIABLE ROOM ...): the objects of these rooms
function(causeway_objects variable)
  list(TRANSFORM ARGN PREPEND "$<TARGET_OBJECTS:causeway_")
  list(TRANSFORM ARGN APPEND ">")
  set(${variable} ${ARGN} PARENT_SCOPE)
endfunction()
