# SPDX-License-Identifier: GPL-3.0-or-later
# The kernels of the forecasters, compiled once for each instruction set and chosen when the program starts.
# Training need not be the same to the bit on every machine, so they may fuse multiplications and additions.
set(kernel_sources ${PROJECT_SOURCE_DIR}/src/forecast/kernels/elementwise.c
                   ${PROJECT_SOURCE_DIR}/src/forecast/kernels/vector.c)
set(kernel_flags -O3 -ffp-contract=fast -fopenmp-simd -fno-math-errno -fno-trapping-math -Wno-psabi)
set(causeway_kernel_objects)

set_source_files_properties(${kernel_sources} PROPERTIES COMPILE_OPTIONS "${kernel_flags}")

function(causeway_kernels isa)
  add_library(kernels_${isa} OBJECT ${kernel_sources})
  set_target_properties(kernels_${isa} PROPERTIES POSITION_INDEPENDENT_CODE ON C_VISIBILITY_PRESET hidden)
  target_compile_definitions(kernels_${isa} PRIVATE CAUSEWAY_KERNEL_ISA=${isa})
  target_compile_options(kernels_${isa} PRIVATE ${ARGN})
  target_include_directories(kernels_${isa} PRIVATE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src/forecast)
  target_link_libraries(kernels_${isa} PRIVATE causeway_flags PkgConfig::PETSC LAPACK::LAPACK
                        MPI::MPI_C)
  set(causeway_kernel_objects ${causeway_kernel_objects} $<TARGET_OBJECTS:kernels_${isa}> PARENT_SCOPE)
endfunction()

if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  causeway_kernels(avx2 -mavx2 -mfma)
  causeway_kernels(avx512 -mavx512f -mavx512bw -mavx512dq -mavx512vl -mfma
                   -mprefer-vector-width=512)
  set_source_files_properties(${PROJECT_SOURCE_DIR}/src/forecast/kernels/kernels.c PROPERTIES
                              COMPILE_DEFINITIONS CAUSEWAY_KERNELS_X86)
endif()
