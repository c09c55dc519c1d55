# Everything a person or CI runs. `make help` lists it.
PYTHON ?= python3
PORT ?= 8470
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
SOURCES := bot handlers runbooks tests

.DEFAULT_GOAL := help
.PHONY: help install demo test check format lint types imports bench accuracy screenshots messages generated iac clean lock

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(INSTALLED): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) -V 2>&1). Try: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	@echo "Installing into $(VENV) (about a minute, once)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install -q --disable-pip-version-check -r requirements.lock
	@touch $@

install: $(INSTALLED) ## make .venv with the pinned requirements

demo: $(INSTALLED) ## the whole product with a local Slack and an emulated AWS (PORT=, FRESH=1)
	@$(BIN)/python -m bot demo --port $(PORT) $(if $(FRESH),--fresh)

test: $(INSTALLED) ## all tests (the browser test needs Chromium, and says so)
	@$(BIN)/python -m pytest -q -n 2 --dist loadgroup --ignore=tests/scenario --ignore=tests/browser --ignore-glob="*/test_demo*"
	@$(BIN)/python -m pytest -q tests/scenario tests/fault/test_demo_restarted.py tests/browser

check: $(INSTALLED) lint types imports generated test accuracy ## everything CI checks

format: $(INSTALLED) ## format the code
	@$(BIN)/ruff format -q $(SOURCES) && $(BIN)/ruff check -q --fix $(SOURCES)

lint: $(INSTALLED)
	@$(BIN)/ruff format -q --check $(SOURCES) && $(BIN)/ruff check -q $(SOURCES) && echo "format, lint: ok"

types: $(INSTALLED)
	@$(BIN)/mypy --no-error-summary && echo "types: ok"

imports: $(INSTALLED)
	@$(BIN)/lint-imports --no-cache > /tmp/imports.$$$$ 2>&1 && echo "imports: ok" || { cat /tmp/imports.$$$$; rm -f /tmp/imports.$$$$; exit 1; }; rm -f /tmp/imports.$$$$

generated: $(INSTALLED)
	@$(BIN)/python -m tests.generated --check && echo "generated files: ok"

bench: $(INSTALLED) ## the figures, as ratios where the machine matters
	@$(BIN)/python -m tests.bench

accuracy: $(INSTALLED) ## the diagnosis against the case set
	@$(BIN)/python -m tests.cases

screenshots: $(INSTALLED) ## play the demo in Chromium and keep the pictures for the README
	@$(BIN)/python -m pytest -q tests/browser --screenshots

iac: $(INSTALLED) ## compile and synthesise the generated CDK code (needs Node.js; downloads CDK into .data/iac)
	@mkdir -p .data/iac && test -d .data/iac/node_modules || npm install --silent --no-audit --no-fund --prefix .data/iac aws-cdk-lib constructs typescript@5 @types/node@20
	@test -d .data/iac/venv || { $(PYTHON) -m venv .data/iac/venv && .data/iac/venv/bin/pip install -q --disable-pip-version-check aws-cdk-lib; }
	@IAC_TOOLS=.data/iac $(BIN)/python -m pytest -q tests/iac

messages: $(INSTALLED) ## rewrite generated files: message catalogue, schemas, checks catalogue
	@$(BIN)/python -m tests.generated

lock: ## pin what is installed now
	@$(BIN)/pip freeze --exclude-editable | grep -vi '^-e' > requirements.lock

clean: ## remove the environment and all state
	@rm -rf $(VENV) .data .mypy_cache .ruff_cache .hypothesis .pytest_cache
