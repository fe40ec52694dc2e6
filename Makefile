# Thin names over the real commands. Every target sets up by itself; a second time that costs a tenth of a second.

.DEFAULT_GOAL := help
.PHONY: help setup demo test campaigns check bench crash outages sabotage faults conserve yearwalk tamper matrix schema fuzz mutants docs clean

PYTHON ?= $(shell for p in python3.11 python3 python3.12 python3.13 python3.14; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)
BIN := .venv/bin
unexport PYTHONDONTWRITEBYTECODE
# where it is set, each of the dozens of processes of a test run would compile everything anew
PACKAGES := gateway formats banks reconciliation
ARGS ?=
DB ?= sqlite
KILLS ?= 20
CHANGES ?= 2000
FAULTS ?= 200
FILES ?= 500
ROUNDS ?= 2
WORKERS ?= 1
PROCESSES ?= 6
SECONDS ?= 600
EXAMPLES ?= 60

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 10

setup: ## .venv from the lock, and payhub in it
	@test -n "$(PYTHON)" || { echo "payhub needs Python 3.11 or newer" >&2; exit 1; }
	@$(PYTHON) tools/set_up.py

demo: setup ## both banks, the hub, a worker and an ERP on loopback; ARGS='--once --json' for a machine
	@$(BIN)/payhub demo $(ARGS)

test: setup ## every test, on SQLite and on a real PostgreSQL; ARGS='tests/formats -k camt' for some
	$(BIN)/python -m pytest -q -n $(PROCESSES) --dist loadgroup -m "not campaign" $(ARGS)

campaigns: setup ## more short campaigns, the hub broken on purpose, a week under each of the bank's scenarios
	$(BIN)/python -m pytest -q -n 2 --dist loadgroup -m campaign $(ARGS)

check: setup ## what a change must pass before it is pushed: style, types, architecture, the quick tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit -q -c pyproject.toml -r gateway banks formats reconciliation
	$(BIN)/python -m pytest -q -n $(PROCESSES) -m "not slow and not server and not campaign" $(ARGS)

bench: ## what it costs beside a floor and the peers; one JSON object as the last line
	@test -n "$(PYTHON)" || { echo "payhub needs Python 3.11 or newer" >&2; exit 1; }
	@$(PYTHON) tools/set_up.py --lock requirements-bench.lock
	@$(BIN)/python tools/bench.py $(ARGS)

crash: setup ## kill -9 at every step: KILLS=20 DB=sqlite|postgres WORKERS=1; one JSON object as the last line
	@$(BIN)/python -m tests.campaigns.crash --kills $(KILLS) --db $(DB) --workers $(WORKERS) $(ARGS)

faults: setup ## lines that break at every stage: FAULTS=200 DB=sqlite|postgres SECONDS=600; one JSON object as the last line
	@$(BIN)/python -m tests.campaigns.faults --faults $(FAULTS) --db $(DB) --workers $(WORKERS) \
		--seconds $(if $(filter command line environment,$(origin SECONDS)),$(SECONDS),0) $(ARGS)

conserve: setup ## cancellations race the sending: FILES=500 DB=sqlite|postgres; one JSON object as the last line
	@$(BIN)/python -m tests.campaigns.conserve --files $(FILES) --db $(DB) --workers 2 $(ARGS)

outages: DB = postgres
outages: WORKERS = 2
outages: setup ## sleepers, a killed PostgreSQL, a lost machine, clocks that jump: ROUNDS=2 DB=postgres|sqlite WORKERS=2
	@$(BIN)/python -m tests.campaigns.outages --rounds $(ROUNDS) --db $(DB) --workers $(WORKERS) $(ARGS)

sabotage: setup ## the hub broken on purpose in six ways: does a campaign notice? ARGS='--only early,retry' for some
	@$(BIN)/python -m tests.campaigns.sabotage $(ARGS)

fuzz: ## every reader under a coverage-guided fuzzer, SECONDS=600 each; ARGS='camt flat' for some
	@test -n "$(PYTHON)" || { echo "payhub needs Python 3.11 or newer" >&2; exit 1; }
	@$(PYTHON) tools/set_up.py --lock requirements-bench.lock
	@$(BIN)/python tests/fuzz/run.py --seconds $(SECONDS) $(ARGS)

yearwalk: setup ## a payment approved in every hour of a year, for every calendar; one JSON object as the last line
	@$(BIN)/python -m tests.campaigns.yearwalk $(ARGS)

tamper: setup ## stored bytes changed behind the hub's back: CHANGES=2000 DB=sqlite|postgres; one JSON object as the last line
	@$(BIN)/python -m tests.campaigns.tamper --changes $(CHANGES) --db $(DB) $(ARGS)

matrix: setup ## every role at every endpoint, page and command; one JSON object as the last line
	@$(BIN)/python -m tests.campaigns.matrix

schema: setup ## requests made up from the OpenAPI, right and wrong, by every kind of caller: EXAMPLES=60 DB=sqlite|postgres; one JSON object as the last line
	@$(BIN)/python -m tests.campaigns.schema --examples $(EXAMPLES) --db $(DB) $(ARGS)

mutants: setup ## rules and values with one small fault at a time: do the tests notice? ARGS='formats.rules.sepa'
	@$(BIN)/python -m tests.mutation.run $(ARGS)

docs: setup ## writes the generated parts of docs/ again
	@$(BIN)/python tools/docs.py

clean: ## everything that was made, the virtual environment included
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist build
