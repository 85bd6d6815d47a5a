# Commands for people, hooks and CI. Needs python3 >= 3.11 and make; everything else is installed
# into .tools/ (uv) and .venv/ (the packages in uv.lock).
PYTHON ?= python3
UV := .tools/bin/uv
RUN := $(UV) run --frozen --no-sync

.PHONY: help setup install run test screenshots check format bench audit clean
.DEFAULT_GOAL := help

help:  ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/make \1	\2/' | expand -t 19

# Root can run an interpreter below /root; the user of quizbot.service cannot.
define TELL_PRIVATE
$(PYTHON) -c 'import os, sys; from pathlib import Path; home = Path(sys.base_prefix).resolve(); \
closed = [str(each) for each in (home, *home.parents) if not each.stat().st_mode & 1]; \
not os.getuid() and closed and print(f"Note: Python is in {home}, and only the owner of {closed[-1]} may go there: for a bot \
of another user, such as quizbot.service, name another one with: make PYTHON=/usr/bin/python3")'
endef

setup: .venv/.complete  ## install what the bot and its tests need (a few seconds)

.tools/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'Python 3.11 or later is needed; name one with: make PYTHON=/path/to/python3.12'; exit 1; }
	@echo 'Installing uv into .tools/ ...'
	@$(PYTHON) -m venv .tools
	@.tools/bin/python -m pip install --quiet --disable-pip-version-check 'uv==0.13.8'

.venv/.complete: uv.lock pyproject.toml | .tools/bin/uv
	@echo 'Installing the packages in uv.lock into .venv/ ...'
	@$(UV) sync --frozen --quiet --python $(PYTHON)
	@$(TELL_PRIVATE)
	@touch $@

install: | .tools/bin/uv  ## install only what a running bot needs: no tests, no authors' tools
	@$(UV) sync --frozen --quiet --no-default-groups --compile-bytecode --python $(PYTHON)
	@.venv/bin/python -m compileall -q bot.py db questions quizbot  # the bot's user may not write here
	@rm -f .venv/.complete
	@$(TELL_PRIVATE)

run: setup  ## run the bot: on Telegram with QUIZBOT_TOKEN, else on a local Telegram in your browser
	@if [ -n "$$QUIZBOT_TOKEN" ] || grep -qsE '^ *(export +)?QUIZBOT_TOKEN *= *[^ ]' .env; \
	  then exec .venv/bin/python bot.py; else exec .venv/bin/python -m sandbox; fi

# Write bytecode even if the environment forbids it: else every process compiles all modules.
test: setup  ## run all tests: SQLite, PostgreSQL, browser
	@PYTHONDONTWRITEBYTECODE= $(RUN) pytest -n auto --dist worksteal

screenshots: setup  ## take the README's screenshots
	@mkdir -p docs/images
	@SCREENSHOTS=$(CURDIR)/docs/images $(RUN) pytest -m browser -o addopts= -q

check: setup  ## check lint, format, types, layers, migrations, questions
	@$(RUN) ruff check .
	@$(RUN) ruff format --check .
	@$(RUN) mypy
	@$(RUN) lint-imports --no-logo
	@$(RUN) python -m db check
	@$(RUN) python -m questions lint vitamin-b12-blood-flow

format: setup  ## format the code with ruff
	@$(RUN) ruff check --fix --quiet .
	@$(RUN) ruff format .

bench: setup  ## run the benchmarks of docs/performance.md
	@$(RUN) python -m benchmarks

audit: .tools/bin/uv  ## look for known vulnerabilities of the packages in uv.lock (asks PyPI)
	@$(UV) export --frozen --quiet --all-groups --no-hashes --no-emit-project -o .tools/locked.txt
	@$(UV) tool run --quiet --python $(PYTHON) pip-audit==2.10.1 --requirement .tools/locked.txt --no-deps --disable-pip --strict

clean:  ## remove what setup installed (never the data)
	@rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
