# make demo   a complete example in ./demo, nothing sent to anyone
# make test   the whole suite, browser and wheel included
# make simulate STORIES=1000   stories of crashes, faults and stalls, judged by the provider
#   many more, on a model of the ledger that every test run compares with it story by story:
#   .venv/bin/python -m tests.simulator 1000000 0 --on model --processes 2
# make killtest KILLS=200     the program killed that often while it delivers
# They make the environment first: Python 3.11 or newer and make are all they need.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEMO ?= demo

.PHONY: demo test lint simulate killtest bench clean

demo: $(READY)
	@if [ -f "$(DEMO)/.sample-blog" ]; then rm -rf "$(DEMO)"; fi
	@$(BIN)/newsletter demo "$(DEMO)"

test: $(READY) $(VENV)/.browser
	$(BIN)/python -m pytest --cov --cov-report=term -n 2 $(ARGS)

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

simulate: $(READY)
	$(BIN)/python -m tests.simulator $(STORIES)

killtest: $(READY)
	$(BIN)/python -m tests.simulator.killing $(KILLS)

bench: $(VENV)/.bench
	$(BIN)/python -m tests.benchmarks

$(READY): pyproject.toml requirements.txt
	@sh tools/environment.sh "$(PYTHON)" "$(VENV)"
	@touch $@

$(VENV)/.bench: $(READY)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--constraint requirements.txt --editable '.[bench]'
	@touch $@

$(VENV)/.browser: $(READY)
	@sh tools/browser.sh "$(BIN)/python"
	@touch $@

clean:
	rm -rf $(VENV) build dist
