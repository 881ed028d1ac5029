# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the gates share: the compiler's flags outside CMake, and skipping work whose input did not change.

# Prints a sum over the contents of the files named on standard input (NUL-separated) and of the arguments.
content_sum() {
    { xargs -0r sha256sum && printf '%s\n' "$@"; } | sha256sum | cut -d' ' -f1
}

# Succeeds when the gate named $1 passed on the same sum $2 before.
passed_before() {
    [[ -f build/gates/$1.sum && $(<"build/gates/$1.sum") == "$2" ]]
}

remember_pass() {
    mkdir -p build/gates
    printf '%s\n' "$2" >"build/gates/$1.sum"
}

# The flags a single file compiles with: those of cmake/oracle.cmake that change what compiles.
compile_flags() {
    local packages='libuv libcurl libmicrohttpd jansson inih sqlite3 libsodium libseccomp cmocka zlib'
    # shellcheck disable=SC2086 # a list of words
    pkg-config --cflags $packages
    pkg-config --cflags ta-lib 2>/dev/null || echo -isystem build/talib/include/ta-lib
    printf '%s\n' -std=gnu11 -D_GNU_SOURCE -Isrc -Itests -Wall -Wextra -Wshadow -Wconversion \
        -Wstrict-prototypes -Wmissing-prototypes -Wvla -Werror
}
