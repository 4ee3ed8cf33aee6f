# SPDX-License-Identifier: GPL-3.0-or-later
set(BUILD_REVISION unknown)
if(GIT)
  execute_process(COMMAND ${GIT} -C ${SOURCE} describe --always --dirty --abbrev=12
                  OUTPUT_VARIABLE found OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET
                  RESULT_VARIABLE failed)
  if(NOT failed)
    set(BUILD_REVISION ${found})
  endif()
endif()
configure_file(${TEMPLATE} ${OUTPUT} @ONLY)
