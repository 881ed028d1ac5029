# SPDX-License-Identifier: Apache-2.0
# Helpers: oracle_library() makes a folder's static library, oracle_unit_tests() its test programs.
find_package(PkgConfig REQUIRED)
foreach(dep libuv libcurl libmicrohttpd jansson inih sqlite3 libsodium libseccomp cmocka zlib)
  pkg_check_modules(${dep} REQUIRED IMPORTED_TARGET ${dep})
endforeach()

add_library(oracle_flags INTERFACE)
target_compile_definitions(oracle_flags INTERFACE _GNU_SOURCE ORACLE_VERSION="${PROJECT_VERSION}")
target_include_directories(oracle_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)
# MUST_CHECK is held by clang (make asan, make gcc-clang): gcc refuses even a result that a written (void)
# says is not needed.
# -ffp-contract=off: a strategy's values must not depend on how a compiler fuses operations.
target_compile_options(oracle_flags INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Werror
  $<$<C_COMPILER_ID:GNU>:-Wno-unused-result>
  -ffp-contract=off -fno-math-errno -fno-common -fstack-protector-strong -fvisibility=hidden
  "SHELL:-include base/banned.h")
if(ORACLE_SANITIZE)
  target_compile_options(oracle_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(oracle_flags INTERFACE -fsanitize=address,undefined)
endif()
if(ORACLE_FUZZ)
  target_compile_options(oracle_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(ORACLE_TORTURE)
  target_compile_definitions(oracle_flags INTERFACE ORACLE_TORTURE=1)
endif()
target_link_libraries(oracle_flags INTERFACE m)

# oracle_library(name [DEPS other-folders and imported targets])
# Takes every .c below the calling folder.
function(oracle_library name)
  cmake_parse_arguments(ARG "" "" "DEPS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.c)
  if(sources)
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PUBLIC oracle_flags ${ARG_DEPS})
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE oracle_flags ${ARG_DEPS})
  endif()
endfunction()

# oracle_unit_tests(folder DEPS libraries): each test_*.c is a program of its own and a CTest of the
# same name ("folder/test_x"), so one test can be run alone and a crash spoils only itself.
function(oracle_unit_tests folder)
  cmake_parse_arguments(ARG "" "" "DEPS" ${ARGN})
  file(GLOB tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/test_*.c)
  file(GLOB helpers CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/support_*.c)
  foreach(source ${tests})
    get_filename_component(base ${source} NAME_WE)
    set(target "${folder}_${base}")
    string(REPLACE "/" "_" target ${target})
    add_executable(${target} ${source} ${helpers})
    target_link_libraries(${target} PRIVATE oracle_flags ${ARG_DEPS} PkgConfig::cmocka)
    target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
    target_compile_definitions(${target} PRIVATE
      ORACLE_SHARED="${CMAKE_SOURCE_DIR}/../shared" ORACLE_SOURCE="${CMAKE_SOURCE_DIR}")
    add_test(NAME ${folder}/${base} COMMAND ${target})
    set_tests_properties(${folder}/${base} PROPERTIES TIMEOUT 300 LABELS unit)
    if(ORACLE_TORTURE)
      oracle_torture(${target})
    endif()
  endforeach()
endfunction()

# oracle_torture(target): calls made by our own code to the functions listed go through
# tests/torture/inject.c, which can be told to fail one of them.
function(oracle_torture target)
  file(STRINGS ${CMAKE_SOURCE_DIR}/tests/torture/calls.def lines REGEX "^(CALL|OWN)\\(")
  foreach(line ${lines})
    string(REGEX REPLACE "^[A-Z]+\\(([a-z0-9_]+).*$" "\\1" call ${line})
    target_link_options(${target} PRIVATE -Wl,--wrap=${call})
  endforeach()
  target_sources(${target} PRIVATE ${CMAKE_SOURCE_DIR}/tests/torture/inject.c)
endfunction()
