# make help lists what there is. Only Go, git, make and, for what is missing, apt-get are needed.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

STATICCHECK := go run honnef.co/go/tools/cmd/staticcheck@v0.8.2
S3SERVER    := github.com/versity/versitygw/cmd/versitygw@v1.8.0
HUGO        := github.com/gohugoio/hugo@v0.164.0
MODULES     := . cmd/shop
FUZZTIME    := 2s

# What the tests start. Without one of these the tests that want it skip and say so.
TEST_PACKAGES := nginx libnginx-mod-http-brotli-static postgresql mariadb-server php-fpm php-cli php-mysql php-xml php-gd wordpress \
	uwsgi-core uwsgi-plugin-python3 python3-flask python3-django gunicorn puma chromium wrk wget rsync strace gcc libc6-dev \
	jekyll ruby-jekyll-feed ruby-jekyll-sitemap ruby-jekyll-redirect-from ruby-jekyll-paginate

export PATH := $(CURDIR)/bin:$(PATH)

# One package at a time: tests that start servers would otherwise slow each other down.
# A busy machine may take longer than the ten minutes that go test allows by default.
GOTEST := go test -count=1 -p 1 -timeout 30m

# Packages whose tests are worth a second run under the race detector: they work with many goroutines.
RACE_PACKAGES := ./content/... ./freeze/... ./render/... ./nginx/...

.PHONY: help build demo test fmt lint fuzz race bench clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-6s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## bin/icecap, bin/shop and bin/demo
	@mkdir -p bin
	go build -o bin/icecap ./cmd/icecap
	go build -C cmd/shop -o ../../bin/shop .
	go build -o bin/demo ./cmd/demo

demo: ## freeze a live shop, stop it, and see its pages still answer
	@.ci/need nginx
	@$(MAKE) --no-print-directory build
	@exec bin/demo

test: ## everything: installs the servers that the tests start, then checks, fuzzes and tests
	@.ci/need $(TEST_PACKAGES)
	@command -v npm >/dev/null || .ci/need nodejs npm
	@npm ci --prefix .ci/browser --ignore-scripts --no-audit --no-fund --silent || echo "npm failed: tests that want axe-core skip"
	@.ci/need $$(apt-cache depends wordpress 2>/dev/null | grep -o 'wordpress-theme-.*' || true)
	@$(MAKE) --no-print-directory bin/versitygw || echo "versitygw could not be built: tests that need an S3 server skip"
	@$(MAKE) --no-print-directory bin/hugo || echo "hugo could not be built: the test that compares sites with it skips"
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory race
	@$(MAKE) --no-print-directory fuzz
	cd cmd/shop && $(GOTEST) ./...
	$(GOTEST) ./...

bin/versitygw: # a real S3 server, of the tests only
	GOBIN=$(CURDIR)/bin go install $(S3SERVER)

bin/hugo: # another generator of sites, which the tests compare with
	GOBIN=$(CURDIR)/bin go install $(HUGO)

fmt: ## format the Go files
	gofmt -w .

lint: ## gofmt, go vet, staticcheck
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "run make fmt for:" $$unformatted; exit 1; fi
	@for module in $(MODULES); do \
		echo "go vet, staticcheck in $$module"; \
		(cd $$module && go vet ./... && $(STATICCHECK) ./...); \
	done

race: ## the concurrent packages under the race detector
	@if [ "$$(go env CGO_ENABLED)" = 1 ] && command -v gcc >/dev/null; then \
		set -x; $(GOTEST) -race -short $(RACE_PACKAGES); \
	else echo "race: skipped, the race detector needs cgo: install gcc"; fi

fuzz: ## every fuzz target, FUZZTIME each
	@for module in $(MODULES); do (cd $$module && $(CURDIR)/.ci/fuzz $(FUZZTIME)); done

bench: ## icecap beside its rivals, see _benchmark/README.md (takes minutes)
	go run -C _benchmark .

clean: ## remove what the targets above wrote
	rm -rf bin
