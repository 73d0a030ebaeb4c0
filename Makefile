# Every target works alone on a fresh clone with Node 20: it installs and builds what it needs.

BIN = node_modules/.bin
INSTALLED = node_modules/.installed
BUILT = dist/.built
ASSEMBLED = src/octets/assembled.ts
REPORT = node_modules/.vitest-report.json
# What follows is made at the same time, and what each prints stays together.
TOGETHER = $(MAKE) --no-print-directory --jobs --keep-going --output-sync

# Directories too: they change when a file is added or removed.
SOURCES := $(shell find src \( -type d -o -name '*.ts' \) ! -name '*.test.ts')

.PHONY: help
help: ## Print the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | while IFS='	' read -r target does; do \
		printf '  make %-8s %s\n' "$$target" "$$does"; \
	done

.PHONY: demo
demo: build ## Show what ipseal does, on this machine, without root
	@bin/ipseal demo

.PHONY: test
test: $(ASSEMBLED) ## Check and test everything; as root the netns and uml tiers, too
	@$(TOGETHER) build types style imports
	@if [ "$$(id -u)" = 0 ]; then \
		test/lab/install || exit; \
		export CI=true; \
	else \
		echo 'netns and uml tiers skipped: not root'; \
		export IPSEAL_SKIPS_TOLD=1; \
	fi; \
	rm -f $(REPORT); \
	status=0; \
	$(BIN)/vitest run --reporter=default --reporter=json --outputFile.json=$(REPORT) \
		|| status=$$?; \
	node test/lab/summary.mjs $(REPORT) $$status

.PHONY: check
check: $(ASSEMBLED) ## Check types, style, and which folder imports which
	@$(TOGETHER) types style imports

.PHONY: types style imports
types style imports: $(ASSEMBLED)
	@npm run --silent $@

.PHONY: build
build: $(BUILT) ## Compile to dist/

.PHONY: bench
bench: build ## Measure
	@npm run --silent bench

.PHONY: soak
soak: build ## See whether memory stays flat over 10 minutes of load
	@npm run --silent soak

.PHONY: fuzz
fuzz: $(ASSEMBLED) ## Feed the parsers nonsense
	@npm run --silent fuzz

.PHONY: clean
clean: ## Remove what make made
	rm -rf dist node_modules coverage $(ASSEMBLED)

$(BUILT): $(ASSEMBLED) $(SOURCES) tsconfig.json tsconfig.build.json
	@npm run --silent build
	@touch $@

$(ASSEMBLED): $(INSTALLED) $(wildcard assembly/*)
	@npm run --silent assemble

$(INSTALLED): package.json package-lock.json
	@npm ci --no-audit --no-fund --loglevel=error
	@touch $@
