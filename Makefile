# The two commands a newcomer needs are `make demo` and `make test`; they need Python 3.11 or newer, and make.

PYTHON ?= python3
BIN = .venv/bin
export PYTHONPATH = src

.PHONY: demo test test-database check serve bench simulate kills reference lock chromium clean

demo: .venv/installed
	$(BIN)/python -m apatar demo $(ARGS)

serve: .venv/installed
	$(BIN)/python -m apatar serve $(ARGS)

test: check chromium
	$(BIN)/pytest -n auto --dist worksteal $(ARGS)

# What touches the database, on the one that DATABASE_URL names (see .ci/run). Most stories about the map and both systems
# are left to SQLite: CONTRIBUTING says which.
test-database: .venv/installed-dev
	$(BIN)/pytest -n auto --dist worksteal -m 'not browser and not story' tests/accounts tests/connections tests/contracts tests/jobs tests/runs tests/webconnector

check: .venv/installed-dev
	$(BIN)/ruff format --check src tests bench
	$(BIN)/ruff check src tests bench
	$(BIN)/djade --check --target-version 5.2 $$(find src -name '*.html')
	$(BIN)/lint-imports
	$(BIN)/mypy src tests bench

bench: .venv/installed-dev
	$(BIN)/python -m bench $(ARGS)

# SEEDS=n plays n schedules; SEED=n tells the story of one, and makes it small if it fails. FIRST, JOBS and MOST as in --help.
simulate: .venv/installed-dev
	$(BIN)/python -m tests.simulation --seeds $(or $(SEEDS),1000) $(if $(SEED),--seed $(SEED)) $(if $(FIRST),--first $(FIRST)) $(if $(JOBS),--jobs $(JOBS)) $(if $(MOST),--most $(MOST))

# kill -9 of the real service at so many moments of real runs; both sides are judged afterwards.
kills: .venv/installed-dev
	$(BIN)/python -m tests.journeys.kills --kills $(or $(KILLS),200) --seed $(or $(SEED),1)

# What is written out of the code; a test notices when it was forgotten.
reference: .venv/installed
	$(BIN)/python -m apatar.config.mapping_reference > docs/reference/mapping.md

lock: .venv/installed-dev
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --extra dev pyproject.toml -o requirements-dev.txt

chromium: .venv/installed-dev
	@sh tests/chromium.sh

.venv/installed: requirements.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Apatar On-Demand needs Python 3.11 or newer.")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.txt
	touch $@

.venv/installed-dev: requirements-dev.txt .venv/installed
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.txt
	touch $@

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
