# The common errands. `make` alone lists them.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

LINT_VERSION := v2.15.0
LINT := .cache/golangci-lint-$(LINT_VERSION)/golangci-lint

# Packages to test, and what else `go test` is told: make test PKG=./core/lease ARGS='-run TestBeat'
PKG ?= ./...
ARGS ?=
# Packages whose tests speak to a database, for test-mysql9.
DB_PKG ?= $(shell grep -rl --include='*_test.go' -E '/test/dbtest"$$|env."TEST_MYSQL_DSN"' core crontab internal test 2>/dev/null | xargs -r -n1 dirname | sort -u | sed 's|^|./|')
FUZZTIME ?= 10s

GO_TEST := go test -json -race -count=1 -timeout=15m
COUNTS := .cache/counts
CHAOS := CHAOS_TIME=$${CHAOS_TIME:-10m} CHAOS_JOBS=$${CHAOS_JOBS:-1000000} CHAOS_DAEMONS=$${CHAOS_DAEMONS:-4}
STORM := go test -count=1 -v -timeout=60m -run TestDelayQueueInAStorm ./test/chaos

.PHONY: help build test test-mysql9 lint bench bench-delay bench-delay-mysql chaos-delay chaos-delay-mysql fuzz services-up services-down clean

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 20

build: ## build bin/simplest_script
	go build -o bin/simplest_script .

test: ## all tests with the race detector, on MariaDB, Redis and Kafka as well as embedded
	@test/toolchain
	@go build -o $(COUNTS) ./test/counts
	@test/services/with bash -euo pipefail -c '$(GO_TEST) $(ARGS) $(PKG) | $(COUNTS)'

test-mysql9: ## the database packages' tests on a real MySQL 9
	@test/toolchain
	@go build -o $(COUNTS) ./test/counts
	@test/services/mysql9 start
	@trap 'test/services/mysql9 remove' EXIT; eval "$$(test/services/mysql9 env)"; \
		$(GO_TEST) $(ARGS) $(DB_PKG) | $(COUNTS)

lint: $(LINT) ## formatting, vet, golangci-lint, modules, builds for other systems
	@unformatted=$$(git ls-files -z '*.go' | xargs -0 gofmt -l); \
		[ -z "$$unformatted" ] || { echo "not formatted by gofmt: $$unformatted"; exit 1; }
	go vet ./...
	$(LINT) run
	go mod verify
	cd test/bench/delay && go vet ./... && $(CURDIR)/$(LINT) run
	GOOS=windows go build ./...
	GOOS=darwin go build ./...

$(LINT):
	GOBIN=$(CURDIR)/$(@D) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)

bench: ## all benchmarks
	@test/services/with go test -run '^$$' -bench . -benchmem -timeout=60m $(ARGS) $(PKG)

bench-delay: ## the delay queue against its floor and its peers (half an hour; ARGS=-quick: 4 min)
	@test/bench/delay/run mariadb $(ARGS)

bench-delay-mysql: ## the same on a real MySQL 9
	@test/bench/delay/run mysql9 $(ARGS)

chaos-delay: ## the delay queue in a storm of faults: ten minutes, a million jobs (CHAOS_TIME, CHAOS_JOBS, CHAOS_DAEMONS, CHAOS_SEED)
	@$(CHAOS) test/services/with $(STORM)

chaos-delay-mysql: ## the same on a real MySQL 9
	@$(CHAOS) TEST_MARIADB= TEST_MYSQL9=$(CURDIR)/test/services/mysql9 $(STORM)

fuzz: ## each fuzz target for FUZZTIME (10s)
	@test/fuzz $(FUZZTIME)

services-up: ## start MariaDB, Redis and Kafka for the tests; see test/services/README.md
	@test/services/up

services-down: ## stop them, and remove their data
	@test/services/down

clean: services-down ## stop the services, remove everything that was built
	rm -rf bin .cache
