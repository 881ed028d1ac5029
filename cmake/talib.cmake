# SPDX-License-Identifier: Apache-2.0
# Defines the imported target "talib": TA-Lib's C library with its abstract interface, either the
# installed one (pkg-config ta-lib) or the one tools/setup-talib compiled to TALIB_PREFIX.
if(NOT ORACLE_TALIB_PREFIX)
  set(ORACLE_TALIB_PREFIX "${CMAKE_SOURCE_DIR}/build/talib")
endif()
set(TALIB_PREFIX "${ORACLE_TALIB_PREFIX}" CACHE PATH
  "Where tools/setup-talib put TA-Lib (unused when pkg-config knows ta-lib)")

if(NOT TARGET talib)
  pkg_check_modules(TALIB_SYSTEM QUIET ta-lib>=0.6)
  add_library(talib INTERFACE IMPORTED GLOBAL)
  if(TALIB_SYSTEM_FOUND)
    # Headers are asked for as <ta_libc.h>: some packages put them into a folder ta-lib.
    find_path(TALIB_INCLUDE ta_libc.h HINTS ${TALIB_SYSTEM_INCLUDE_DIRS} PATH_SUFFIXES ta-lib REQUIRED)
    target_include_directories(talib SYSTEM INTERFACE ${TALIB_INCLUDE})
    target_link_directories(talib INTERFACE ${TALIB_SYSTEM_LIBRARY_DIRS})
    target_link_libraries(talib INTERFACE ${TALIB_SYSTEM_LIBRARIES} m)
  elseif(EXISTS "${TALIB_PREFIX}/lib/libta-lib.a")
    target_include_directories(talib SYSTEM INTERFACE "${TALIB_PREFIX}/include/ta-lib")
    target_link_libraries(talib INTERFACE "${TALIB_PREFIX}/lib/libta-lib.a" m)
  else()
    message(FATAL_ERROR
      "TA-Lib is missing: pkg-config does not know ta-lib 0.6 or later and ${TALIB_PREFIX}/lib/libta-lib.a does "
      "not exist. Run: tools/setup-talib ${TALIB_PREFIX}   (or pass -DTALIB_PREFIX=DIR of an earlier run)")
  endif()
endif()
