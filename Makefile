# The front door. `make` alone lists what it can do.

BIN := .venv/bin
INSTALLED := .venv/.installed
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup demo up test browser check format bench torture lock clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(INSTALLED) ## install everything into .venv (needs Python 3.11 or newer)

demo: setup ## a practice with a year of synthetic clients, in the browser
	$(BIN)/afterglow demo

up: setup ## run Afterglow here: web, worker and database
	$(BIN)/afterglow up

test: setup browser ## every test, the browser ones too (WORKERS=2)
	$(BIN)/pytest -n $(WORKERS)

browser: ## find Chromium for the browser tests, or install it where that is allowed
	@tools/browser

check: setup ## style, types, imports and house rules; changes nothing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy afterglow tests tools bench torture
	$(BIN)/lint-imports
	$(BIN)/python -m tools.house

format: setup ## let ruff lay out the code and repair what it safely can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup ## measure speed against plain loops on this machine
	$(BIN)/python -m bench

torture: setup ## kill everything 200 times and count what was sent; 40,000 messages against the law (15 minutes)
	$(BIN)/python -m torture
	CASES=10000 $(BIN)/pytest -q -n $(WORKERS) tests/rules/test_right_to_send.py

lock: setup ## compile requirements/*.in to pinned, hashed *.txt
	tools/lock

clean: ## remove .venv and every cache; data in .afterglow stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build *.egg-info
	find afterglow tests tools bench torture -name __pycache__ -type d -prune -exec rm -rf {} +

$(INSTALLED): requirements/dev.txt pyproject.toml tools/setup
	@tools/setup
	@touch $@
