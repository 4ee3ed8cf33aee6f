# SPDX-License-Identifier: GPL-3.0-or-later
# The man page and the completion of the shell, which the program itself prints. Some login nodes do not run MPI
# programs: the build then goes on without them.
if(CMAKE_SCRIPT_MODE_FILE)
  file(MAKE_DIRECTORY ${OUTPUT})
  foreach(file causeway.1 causeway)
    if(file STREQUAL "causeway")
      set(options -completion bash)
    else()
      set(options -man)
    endif()
    execute_process(COMMAND ${PROGRAM} help ${options} OUTPUT_FILE ${OUTPUT}/${file}.partial
                    ERROR_VARIABLE reason RESULT_VARIABLE failed TIMEOUT 60)
    if(failed)
      message(STATUS "no ${file}: the program cannot be run here: ${reason}")
      file(REMOVE ${OUTPUT}/${file} ${OUTPUT}/${file}.partial)
    else()
      file(RENAME ${OUTPUT}/${file}.partial ${OUTPUT}/${file})
    endif()
  endforeach()
  file(WRITE ${OUTPUT}/stamp "")
  return()
endif()

add_custom_command(OUTPUT ${PROJECT_BINARY_DIR}/manual/stamp
                   COMMAND ${CMAKE_COMMAND} -DPROGRAM=$<TARGET_FILE:causeway> -DOUTPUT=${PROJECT_BINARY_DIR}/manual
                           -P ${PROJECT_SOURCE_DIR}/cmake/CausewayManual.cmake
                   DEPENDS causeway cmake/CausewayManual.cmake
                   COMMENT "Printing the man page and the completion of the shell" VERBATIM)
add_custom_target(causeway_manual ALL DEPENDS ${PROJECT_BINARY_DIR}/manual/stamp)
