# SPDX-License-Identifier: Apache-2.0
# The commands a person types. Each does its own set-up first (tools/setup installs what is missing)
# and is quick when nothing changed. The work itself is in tools/.
PREFIX ?= /usr/local
DESTDIR ?=
SECONDS ?= 60
export T EXCHANGE DATA SPEED PORT SEED

.DEFAULT_GOAL := build
.PHONY: build run test check gcc-clang asan fuzz torture bench chaos format install clean help

build: ## Build the program: build/oracle
	@tools/build build

run: ## Start the hub on the practice exchange and watch it work [EXCHANGE=binance] [DATA=DIR] [SPEED=N] [PORT=N]
	@tools/build build -- oracle
	@tools/run

test: ## Run every test, or those whose name holds T [T=name]
	@tools/setup build test
	@tools/build build
	@tools/test build

check: ## Run the fast gates: arrows, headers, words, format, docs, shell, clang-tidy, cppcheck [T=name]
	@tools/setup build gates
	@tools/build build
	@tools/check

gcc-clang: ## Build with both compilers, warnings as errors: build/ and build-clang/
	@tools/setup build gates
	@tools/build build
	@tools/build build-clang -DCMAKE_C_COMPILER=clang

asan: ## Run every test under AddressSanitizer and UBSan [T=name]
	@tools/setup build test gates
	@tools/build build-asan -DCMAKE_C_COMPILER=clang -DORACLE_SANITIZE=ON
	@tools/test build-asan

fuzz: ## Run each fuzz target for SECONDS seconds, or those whose name holds T [T=name] [SECONDS=60]
	@tools/setup build gates
	@tools/fuzz $(SECONDS)

torture: ## Fail each allocation and each system call of the tests in turn [T=name] [LIMIT=200]
	@tools/setup build gates
	@tools/torture

bench: ## Print the figures of bench/, or of those whose name holds T [T=name]
	@tools/setup build test
	@tools/build build
	@tools/bench

chaos: ## Run the fault scenarios of tests/chaos on one seed [SEED=N]
	@tools/setup build test
	@tools/build build -- oracle
	@tools/chaos

format: ## Format every C file in place
	@tools/setup gates
	@git ls-files -z '*.c' '*.h' | xargs -0r clang-format -i

install: build ## Install below PREFIX [PREFIX=/usr/local] [DESTDIR=]
	@DESTDIR="$(DESTDIR)" cmake --install build --prefix "$(PREFIX)"

clean: ## Remove everything that was built
	rm -rf build build-asan build-clang build-fuzz build-torture

help: ## List these targets
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' Makefile | while IFS='	' read -r name text; do \
		printf '%-16s%s\n' "make $$name" "$$text"; done
