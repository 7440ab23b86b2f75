# One command each; `make help` lists them. Everything is safe to run again and quick when nothing is missing.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run build test additions package-test deb wheel release static portable ceilings docs generate ci lint format bench soak reloads slow fuzz sanitize setup clean

BUILD := .build
VENV := $(BUILD)/venv
REQUIREMENTS := Tests/IntegrationTests/requirements.txt
PACKAGING_VENV := $(BUILD)/packaging/venv
PERFORMANCE_VENV := $(BUILD)/performance/venv
FUZZ_SECONDS ?= 60
# Dependencies included: without run-time checks of exclusive access, which the tests have (SECURITY.md), and inlined across modules.
RELEASE := -c release -Xswiftc -enforce-exclusivity=unchecked -Xswiftc -cross-module-optimization
# The C++ library is linked into the static binary: as a shared one it would take 0.6 ms of each start and 1.4 MiB. A folder that is searched
# before the system's has nothing but the static one. Nobody loads the program as a library, so that it exports nothing.
STATIC := .build-static
STATIC_FLAGS := --static-swift-stdlib -Xswiftc -L$(CURDIR)/$(STATIC)/link -Xswiftc -use-ld=lld -Xswiftc -Xclang-linker \
	-Xswiftc -static-libgcc -Xlinker --no-export-dynamic -Xlinker -O2 -Xlinker --icf=safe \
	-Xlinker --no-eh-frame-hdr -Xlinker -T -Xlinker $(CURDIR)/docker/release/discarded.ld
STATIC_BUILD = swift build $(RELEASE) $(STATIC_FLAGS) --product letterhead --scratch-path $(STATIC) --disable-build-manifest-caching
# What has to be put into place when it starts is 0.9 MiB, and 20 KiB when packed, which the loader of glibc 2.36 and newer knows.
PACKED := $(shell getconf GNU_LIBC_VERSION 2>/dev/null | awk '$$2 >= 2.36 { print "-Xlinker -z -Xlinker pack-relative-relocs" }')
SOURCES := $(wildcard Package.swift Sources Tests)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

# Debug, since most of the time until somebody sees an answer goes to the optimizer; the tests use the same build.
run: ## build, then a demo app with the proxy in front of it; Ctrl-C ends both
	@.ci/install build
	swift run letterhead demo

build: ## debug build of everything, tests included
	@.ci/install build
	swift build --build-tests

test: setup ## every test, units and real processes, or those that match FILTER; prints what failed, .build/test.log has all
	@.ci/test '$(FILTER)'

package-test: portable static $(PACKAGING_VENV)/.complete ## wheel, image, Debian package, completions, units and manifests, built and run
	@.ci/install package
	python3 -m unittest discover --verbose --start-directory Tests/Packaging

static: ## release binary that needs no Swift on the machine: .build-static/release/letterhead
	@.ci/install build
	@mkdir -p $(STATIC)/link && ln -sf "$$(clang -print-file-name=libstdc++.a)" $(STATIC)/link
	$(STATIC_BUILD) $(PACKED)

$(PACKAGING_VENV)/.complete: Tests/Packaging/requirements.txt
	@.ci/install package
	@.ci/venv $(PACKAGING_VENV) $<
	@touch $@

portable: ## release binary that needs libc alone, of 2022 or newer: .build-static/portable/letterhead
	@.ci/install build
	@mkdir -p $(STATIC)/link $(STATIC)/portable && ln -sf "$$(clang -print-file-name=libstdc++.a)" $(STATIC)/link
	docker/release/static-libraries $(STATIC)/libraries
	PKG_CONFIG_PATH=$(CURDIR)/$(STATIC)/libraries $(STATIC_BUILD)
	@mv $(STATIC)/release/letterhead $(STATIC)/portable/letterhead

wheel: portable ## what pip installs: .build/letterhead-VERSION-py3-none-PLATFORM.whl
	@.ci/install package
	docker/wheel/build $(STATIC)/portable/letterhead $(BUILD)

release: ## all that is published, in .build/release; VERSION=X.Y.Z first writes the version and the changelog, commits and tags
	@.ci/install package
	@[ -z '$(VERSION)' ] || docker/release/version '$(VERSION)'
	@$(MAKE) --no-print-directory portable static
	docker/release/build $(BUILD)/release

deb: static ## the Debian package: .build/letterhead_VERSION_ARCHITECTURE.deb
	@.ci/install package
	docker/debian/build $(STATIC)/release/letterhead $(BUILD)

docs: build ## documentation of the library targets, checked: .build/docs; and the versions of what it is built with
	.ci/docs $(BUILD)/docs
	.ci/versions

generate: ## write what the keys are declared to be into config: schemas, tables of the reference, annotated file
	@.ci/install build
	@swift run --quiet Generate

ci: ## what .ci/run runs: lint, test, docs, additions, package-test, ceilings, and a few seconds of each fuzz target
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory test
	@$(MAKE) --no-print-directory docs
	@.ci/install build package ceilings
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target static fuzz additions FUZZ_SECONDS=2
	@$(MAKE) --no-print-directory package-test
	@$(MAKE) --no-print-directory ceilings

additions: ## what ARCHITECTURE.md shows of adding an action and a condition, applied to a copy, built and tried
	@.ci/install build
	.ci/additions

lint: ## formatting, and the rules of the house (.ci/house)
	swift format lint --strict --parallel --recursive $(SOURCES)
	.ci/house

format: ## rewrite the sources as lint wants them
	swift format --in-place --parallel --recursive $(SOURCES)

bench: static $(PERFORMANCE_VENV)/.complete ## speed and memory beside five other proxies, a quarter of an hour: Tests/Performance/results.md
	@.ci/install bench
	swift build $(RELEASE) --product PacedLoad
	LETTERHEAD_BINARY=$(STATIC)/release/letterhead python3 Tests/Performance/bench.py --json Tests/Performance/results.json

$(PERFORMANCE_VENV)/.complete: Tests/Performance/requirements.txt
	@.ci/install bench
	@.ci/venv $(PERFORMANCE_VENV) $<
	@touch $@

ceilings: static ## instructions and allocations of an exchange, which may not grow (Tests/Performance/ceilings.json)
	@.ci/install ceilings
	LETTERHEAD_BINARY=$(STATIC)/release/letterhead python3 Tests/Performance/ceilings.py

soak: ## five minutes of full load; fails on a failed request or on growth of memory
	@.ci/install build bench
	swift build $(RELEASE) --product letterhead
	python3 Tests/Performance/soak.py

reloads: ## a hundred reloads and a new process under full load; fails on a failed request or on growth of memory
	@.ci/install build bench
	swift build $(RELEASE) --product letterhead
	python3 Tests/Performance/reload.py

slow: ## two thousand slow clients for a minute; fails when 32 good ones are harmed, or memory is
	@.ci/install build
	swift build $(RELEASE) --product letterhead
	python3 Tests/Performance/slow.py

fuzz: ## each fuzz target for FUZZ_SECONDS (60); what one finds is kept in .build-fuzz/found
	@.ci/install build
	Tests/Fuzz/run $(FUZZ_SECONDS)

sanitize: setup ## every test under the address sanitizer, then under the thread sanitizer
	.ci/sanitize address
	.ci/sanitize thread

setup: $(VENV)/.complete ## install what the tests need
	@.ci/install build test

$(VENV)/.complete: $(REQUIREMENTS)
	@.ci/install build test
	@.ci/venv $(VENV) $(REQUIREMENTS)
	@touch $@

clean: ## remove everything that was built
	rm -rf $(BUILD) .build-*
