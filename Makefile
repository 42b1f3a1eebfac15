.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test fast lint fix types schema vendor bench soak dev-set test-set

PYTHON ?= python3
BIN := .venv/bin
# Half of the tests' time is waiting, so one process more than cores; more than six need more
# connections than the tests' server gives.
WORKERS ?= $(shell n=$$(( $$(nproc 2>/dev/null || echo 2) + 1 )); [ $$n -lt 6 ] || n=6; echo $$n)

help: ## Show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/\1\t\2/' | expand -t 10

run: dev-set ## Start everything here: servers, sample city, web, bot, worker, chat sandbox
	@exec $(BIN)/python -m devstack

test: lint types ## Everything the CI checks: lint, types, and all tests but the soak
	@$(BIN)/pytest -n $(WORKERS) -m "not soak"

fast: test-set ## The tests without a browser
	@$(BIN)/pytest -n $(WORKERS) -m "not soak and not browser"

lint: test-set ## Style, formatting and the direction of imports
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/lint-imports

fix: test-set ## Repair style and formatting
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

types: test-set ## Types, strictly
	@$(BIN)/mypy

schema: dev-set ## Write docs/schema.sql from the migrations
	@$(BIN)/python -m devstack.schema docs/schema.sql

vendor: dev-set ## Copy what the browser loads into webapp/static/vendor (needs Node)
	@cd frontend && npm ci --ignore-scripts --no-audit --no-fund
	@$(BIN)/python -m devstack.vendor

bench: test-set ## Measure (benchmarks/README.md)
	@$(BIN)/python -m benchmarks $(ARGS)

soak: test-set ## The long tests
	@$(BIN)/pytest -n $(WORKERS) -m soak

dev-set:
	@$(PYTHON) -I devstack/install.py dev

test-set:
	@$(PYTHON) -I devstack/install.py test
