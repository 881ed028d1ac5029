#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The gates refuse what they are there to refuse, and pass a clean tree. Each case is a small tree of its
# own in a temporary folder, with this tree's gates copied in.
set -uo pipefail

source_tree=$(cd "$(dirname "$0")/../.." && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failures=0

fresh_tree() {
    rm -rf "${tree:?}"/*
    mkdir -p "$tree"/{src/{base,market,net,store/sqlite,agents/analyst,agents/architect},web,bench,docs,build}
    cp -r "$source_tree/tools" "$tree/tools"
    : >"$tree/tools/docs.txt" # the tree has no program that prints pages
    cp "$source_tree/.clang-format" "$tree/"
    printf '#ifndef B_H\n#define B_H\n#endif\n' >"$tree/src/base/b.h"
    printf '#ifndef M_H\n#define M_H\n#include "base/b.h"\n#endif\n' >"$tree/src/market/m.h"
    git -C "$tree" init -q 2>/dev/null
    git -C "$tree" add -A
}

# put FILE LINE...: writes a file of the tree and tells git of it.
put() {
    local file=$tree/$1
    shift
    mkdir -p "$(dirname "$file")"
    printf '%s\n' "$@" >"$file"
    git -C "$tree" add -A
}

# expect STATUS WORDS GATE...: the gate ends with that status and says those words.
expect() {
    local status=$1 words=$2 output got=0
    shift 2
    output=$(cd "$tree" && "$@" 2>&1) || got=$?
    if [[ $got -ne $status || $output != *"$words"* ]]; then
        printf 'FAILED: %s\n  wanted status %d and "%s", got status %d and:\n%s\n' "$*" "$status" "$words" "$got" "$output"
        failures=$((failures + 1))
    fi
}

refused_include() {
    fresh_tree
    put "$1" "$2"
    expect 1 "$3" tools/check-arrows
}

fresh_tree
expect 0 'no finding' tools/check-arrows
expect 0 'no finding' tools/check-words
expect 0 'no finding' tools/check-docs

refused_include src/base/x.c '#include "market/m.h"' 'base may not include market'
refused_include src/market/x.c '#include <curl/curl.h>' 'market may not include <curl/curl.h>'
refused_include src/market/x.c '#include <unistd.h>' 'market may not include <unistd.h>'
refused_include src/market/x.c '#include "base/none.h"' 'which is not in src'
refused_include src/store/x.c '#include <sqlite3.h>' 'store may not include <sqlite3.h>'
refused_include src/unknown/x.c 'int x;' 'no row in tools/arrows.txt'
refused_include src/market/x.c 'long now(void) { return time(0); }' 'asks the machine for the time (time)'
refused_include src/net/x.c 'int x = clock_gettime (0, 0);' 'asks the machine for the time (clock_gettime)'
refused_include src/market/CMakeLists.txt 'oracle_library(market DEPS base net)' 'links market with net'

fresh_tree
put src/base/b_internal.h 'int b;'
put src/base/x.c '#include "base/b_internal.h"'
expect 0 'no finding' tools/check-arrows
put src/market/x.c '#include "base/b_internal.h"'
expect 1 'internal to src/base' tools/check-arrows

fresh_tree
put src/store/sqlite/s.h '#include <sqlite3.h>'
expect 0 'no finding' tools/check-arrows
put src/agents/architect/architect.c '#include "store/sqlite/s.h"'
expect 1 'inside a sub-folder of src/store' tools/check-arrows

fresh_tree
put src/agents/agent.h 'int a;'
put src/agents/architect/architect.h 'int a;'
put src/agents/architect/part.h 'int a;'
put src/agents/agent.c '#include "agents/architect/architect.h"'
put src/agents/analyst/analyst.c '#include "agents/agent.h"'
expect 0 'no finding' tools/check-arrows
put src/agents/analyst/analyst.c '#include "agents/architect/architect.h"'
expect 1 'agents do not include one another' tools/check-arrows
put src/agents/analyst/analyst.c ''
put src/agents/agent.c '#include "agents/architect/part.h"'
expect 1 "the agent's own" tools/check-arrows

fresh_tree
put src/base/a.h '#include "base/c.h"'
put src/base/c.h '#include "base/a.h"'
expect 1 'include cycle: base/a.h -> base/c.h -> base/a.h' tools/check-arrows

# What stands in a comment or a string is no include and no call.
fresh_tree
put src/market/x.c '// time(0) #include "net/n.h"' '/*' '#include "net/n.h"' '*/' \
    'const char *x = "time(0) // /*";' 'int y = s->time(1) + open_time(2);'
expect 0 'no finding' tools/check-arrows

# The words are put together here, so that this file does not hold them.
for line in "// TO""DO later" "// a st""ub" "// good enough for"" now" "int x; " $'int x;\r' "\"/ho""me/me/x\""; do
    fresh_tree
    put src/base/x.c "$line"
    expect 1 'check-words: ' tools/check-words
done
fresh_tree
put web/package-lock.json '"resolved": "https://registry.example/x.tgz"'
expect 1 'download address' tools/check-words

# The tests alone do not install what only the gates need.
if command -v clang-format >/dev/null; then
    fresh_tree
    expect 0 'no finding' tools/check-format
    put src/base/x.c 'int   x;'
    expect 1 "run 'make format'" tools/check-format
else
    echo 'skipped: clang-format is not installed, so check-format was not tried'
fi

fresh_tree
put build/oracle '#!/bin/sh' "echo one \$1"
chmod +x "$tree/build/oracle"
put tools/docs.txt 'docs/a.md config --markdown' 'docs/b.md errors'
expect 1 'run tools/check-docs --write' tools/check-docs
put docs/b.md 'before' '<!-- begin: errors -->' 'old' '<!-- end -->' 'after'
expect 0 'wrote docs/b.md' tools/check-docs --write
expect 0 '2 pages, no finding' tools/check-docs
expect 0 $'before\n<!-- begin: errors -->\none errors\n<!-- end -->\nafter' cat docs/b.md

# Nothing is installed for an unknown group, and a call without a group is refused.
expect 1 'usage: tools/setup' tools/setup
expect 0 '' tools/setup none

if [[ $failures -gt 0 ]]; then
    echo "$failures failed"
    exit 1
fi
echo "every gate refuses what it must"
