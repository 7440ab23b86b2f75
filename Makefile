# One command each; `make help` lists them. Everything is safe to run again and quick when nothing is missing.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run build test package-test deb static ceilings docs ci lint format bench soak reloads slow fuzz sanitize setup clean

BUILD := .build
VENV := $(BUILD)/venv
REQUIREMENTS := Tests/IntegrationTests/requirements.txt
PERFORMANCE_VENV := $(BUILD)/performance/venv
FUZZ_SECONDS ?= 60
# Dependencies included: without run-time checks of exclusive access, which the tests have (SECURITY.md), and inlined across modules.
RELEASE := -c release -Xswiftc -enforce-exclusivity=unchecked -Xswiftc -cross-module-optimization
# The C++ library is linked into the static binary: as a shared one it would take 0.6 ms of each start and 1.4 MiB. A folder that is searched
# before the system's has nothing but the static one.
STATIC := .build-static
STATIC_FLAGS := --static-swift-stdlib -Xswiftc -L$(CURDIR)/$(STATIC)/link
SOURCES := $(wildcard Package.swift Sources Tests)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

run: ## build, then a demo app with the proxy in front of it; Ctrl-C ends both
	@.ci/install build
	swift run $(RELEASE) letterhead demo

build: ## debug build of everything, tests included
	@.ci/install build
	swift build --build-tests

test: setup ## every test: units, and real processes (gunicorn, curl, nghttp)
	swift build --build-tests
	swift test --skip-build --disable-xctest

package-test: static ## image, Debian package, systemd unit and Kubernetes manifests, built and run
	@.ci/install package
	@[ -e $(BUILD)/packaging/venv/.complete ] || { .ci/venv $(BUILD)/packaging/venv Tests/Packaging/requirements.txt \
		&& touch $(BUILD)/packaging/venv/.complete; }
	python3 Tests/Packaging/test_packages.py

static: ## release binary that needs no Swift on the machine: .build-static/release/letterhead
	@.ci/install build
	@mkdir -p $(STATIC)/link && ln -sf "$$(clang -print-file-name=libstdc++.a)" $(STATIC)/link
	swift build $(RELEASE) $(STATIC_FLAGS) --product letterhead --scratch-path $(STATIC)

deb: static ## the Debian package: .build/letterhead_VERSION_ARCHITECTURE.deb
	@.ci/install package
	docker/debian/build $(STATIC)/release/letterhead $(BUILD)

docs: build ## documentation of the library targets, checked: .build/docs
	.ci/docs $(BUILD)/docs

ci: ## what .ci/run runs: lint, test, docs, package-test, ceilings, and a few seconds of each fuzz target
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory test
	@$(MAKE) --no-print-directory docs
	@$(MAKE) --no-print-directory package-test
	@$(MAKE) --no-print-directory ceilings
	@$(MAKE) --no-print-directory fuzz FUZZ_SECONDS=2

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
	rm -rf $(BUILD)
