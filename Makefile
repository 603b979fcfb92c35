# "make help" lists the targets. Each installs what it lacks (tools/setup, on Debian and Ubuntu) and can be called first.

PREFIX  ?= /usr/local
CASES   ?= testcases/conformance
RUNS    ?= 20000
GO      := tools/go
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
BUILD   := build -buildvcs=false -trimpath -ldflags "-s -w -X main.version=$(VERSION)"
SKIPS    = $(GO) run ./tools/skips -allow tools/skips/allowed.txt

# A target may be a pipe: any failure in it counts.
SHELL       := /bin/bash
.SHELLFLAGS := -o pipefail -ec
.DEFAULT_GOAL := build

.PHONY: build install demo test check check-kernel bench conformance soak resume fuzz test-user test-v2 test-arm64 help clean setup-%

help: ## list the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' Makefile | expand -t 16

setup-%:
	@tools/setup $*

build: setup-build ## bin/judge and its siblings; GOARCH=arm64 builds what needs no cgo for another machine
	CGO_ENABLED=0 $(GO) $(BUILD) -o bin/judge ./cmd/judge
	CGO_ENABLED=0 $(GO) $(BUILD) -o bin/judge-grade ./cmd/judge-grade
	CGO_ENABLED=0 $(GO) $(BUILD) -o bin/judge-farm ./cmd/judge-farm
	CGO_ENABLED=0 $(GO) $(BUILD) -o bin/judge-rootfs ./cmd/judge-rootfs
	CGO_ENABLED=0 $(GO) $(BUILD) -o bin/judge-oci ./cmd/judge-oci
ifeq ($(GOARCH),)
	CGO_ENABLED=1 $(GO) $(BUILD) -o bin/judge-seccomp ./cmd/judge-seccomp
endif

install: setup-install build ## programs, man page and completions into PREFIX (/usr/local), under DESTDIR
	install -d $(DESTDIR)$(PREFIX)/bin
	install -m 755 bin/judge bin/judge-grade bin/judge-farm bin/judge-rootfs bin/judge-oci bin/judge-seccomp $(DESTDIR)$(PREFIX)/bin
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man1 man/judge.1 man/judge-grade.1 man/judge-farm.1
	install -D -m 644 completions/judge.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/judge
	install -D -m 644 completions/_judge $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_judge
	install -D -m 644 completions/judge.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/judge.fish

demo: setup-demo build ## real programs under strict, then one of each kind that misbehaves, with their reports
	examples/demo.sh

# One package after the other (-p 1): the accounting cases measure time. The cases in testcases are run by the first
# line, each a test; the race detector would see nothing in them, since they run the judge that was built without it.
# Nor in what has one goroutine and takes minutes with it: the simulation, memory by size, pages in a browser.
test: setup-test build check ## everything: check, all tests as root, the conformance and hostile cases, the race detector
	cd deploy/check && ../../tools/go test ./...
	$(GO) test -p 1 -timeout 30m -json ./... | $(SKIPS)
	CGO_ENABLED=1 $(GO) test -p 1 -race -timeout 30m -json -skip '^(TestConstantMemory|TestPageInBrowser.*)$$' \
		$$($(GO) list ./... | grep -v -e /testcases -e farm/simulate$$) | $(SKIPS)

check: setup-check ## format, vet, lint and tests of the pure packages; runs anywhere, without root
	@unformatted=$$("$$($(GO) env GOROOT)/bin/gofmt" -l .); \
	if [ -n "$$unformatted" ]; then echo "not formatted (gofmt -w): $$unformatted"; exit 1; fi
	$(GO) vet ./...
	GOARCH=arm64 CGO_ENABLED=0 $(GO) vet $$($(GO) list ./... | grep -v /cmd/judge-seccomp)
	$(GO) tool staticcheck ./...
	tools/shell-scripts | xargs -0 shellcheck -x -P SCRIPTDIR
	$(GO) test ./policy/... ./internal/... ./tools/... ./judge/check/... ./judge/language/...

check-kernel: setup-test build ## the tests that need root, namespaces and cgroups; a skip is a failure
	$(GO) test -json ./sandbox/... ./cmd/... | $(SKIPS)

bench: setup-build setup-bench build ## judge beside its floor, bubblewrap and crun; ARGS=-quick for a minute, -long for whether 100,000 runs slow down
	$(GO) run ./bench $(ARGS)

conformance: setup-test build ## the black-box cases of CASES=DIR against bin/judge
	$(GO) run ./testcases/harness/cmd/conformance -judge bin/judge "$(CASES)"

soak: setup-build build ## RUNS (20000) runs of a random mix, four at a time; nothing may grow, or be left on the host
	$(GO) run ./tools/soak $(RUNS)

resume: setup-test ## a batch of BATCH (1000x20) submissions x cases, killed ten times; its report is that of one left alone
	JUDGE_RESUME=$(or $(BATCH),1000x20) $(GO) test ./cmd/judge-grade -run '^TestKilled$$' -v -count=1 -timeout 4h

fuzz: setup-build ## each fuzz target for FUZZTIME (1m)
	tools/fuzz

test-user: setup-test ## the kernel tests and both folders of cases as an ordinary user of this host
	testcases/user/suite

test-v2: setup-test setup-test-v2 ## the kernel tests and both folders of cases on a kernel with cgroup v2 alone, in virtual machines; PARTS="kernel cases" for some
	testcases/vm/suite $(PARTS)

test-arm64: setup-test-arm64 ## judge for arm64 on an emulated machine, whose kernel is downloaded; 5 minutes
	testcases/arm64/run

clean: ## remove what was built
	rm -rf bin .cache
