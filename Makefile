# make demo                    create a complete example in ./demo; no mail is sent
# make test                    run the whole test suite, including the browser and the wheel
# make coverage                the same with branch coverage; takes about twice as long
# make lint                    run ruff, mypy and import-linter
# make simulate STORIES=1000   run stories of crashes, faults and stalls on the real ledger
# make realtest                a real Postfix, Caddy, nginx, cron, disks and image; needs root and Debian
# make year                    a year of commands in three zones by faketime; needs root and Debian
# make killtest KILLS=200      kill the program that often while it delivers
# make attack SIZE=1           hostile feeds, requests, tokens and floods in large numbers; figures
# make lock                    write requirements.lock: the image's packages with hashes
# make advisories              look the packages up in the list of known vulnerabilities
# make voice                   play eleven years of greetings in sixteen places; figures
# make bench                   print speed and memory as ratios
# make film                    photograph the desk of the example, into docs/desk.webp too
# make docs                    build the documentation as a site in build/docs
# make meaning ARGS="--corpus DIR"   what messages keep of the words that posts show in a browser
#
# Many more stories run on a model of the ledger, which each test run compares with the ledger:
#   .venv/bin/python -m tests.simulator 1000000 0 --on model --processes 2
#
# Each target creates the environment first. It needs Python 3.11 or newer and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEMO ?= demo

SIZE ?= 1
FILM ?= build/film

.PHONY: demo test coverage lint simulate attack killtest realtest year bench meaning voice film docs clean lock advisories

demo: $(READY)
	@if [ -f "$(DEMO)/.sample-blog" ]; then rm -rf "$(DEMO)"; fi
	@$(BIN)/newsletter demo "$(DEMO)"

test: $(READY) $(VENV)/.browser
	$(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

coverage: $(READY) $(VENV)/.browser
	$(BIN)/python -m pytest --cov --cov-report=term -n 2 --dist worksteal $(ARGS)

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

simulate: $(READY)
	$(BIN)/python -m tests.simulator $(STORIES)

attack: $(READY)
	@$(BIN)/python -m tests.attacks $(SIZE) $(ARGS)

killtest: $(READY)
	$(BIN)/python -m tests.simulator.killing $(KILLS)

realtest: $(READY)
	@sh tools/realtest.sh "$(BIN)/python" $(ARGS)

year: $(READY)
	@TESTS=tests/realtest/test_year.py sh tools/realtest.sh "$(BIN)/python" -s $(ARGS)

meaning: $(READY) $(VENV)/.browser
	@$(BIN)/python -m tests.meaning $(ARGS)

voice: $(READY)
	$(BIN)/python -m tests.voice $(ARGS)

film: $(READY) $(VENV)/.browser
	@$(BIN)/python tools/film.py "$(FILM)" docs/desk.webp

docs: $(READY)
	@$(BIN)/python -m tools.docs
	@$(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going docs build/docs
	@echo "The site lies in build/docs: open build/docs/index.html."

lock: $(READY)
	@sh tools/lock.sh "$(BIN)/python"

advisories: $(VENV)/.audit/.ready
	@$(BIN)/python tools/advisories.py "$(VENV)/.audit/bin/python"

bench: $(VENV)/.bench
	@$(BIN)/python -m tests.benchmarks $(ARGS)

$(READY): pyproject.toml requirements.txt
	@sh tools/environment.sh "$(PYTHON)" "$(VENV)"
	@touch $@

$(VENV)/.audit/.ready: $(READY)
	@$(BIN)/python -m venv $(VENV)/.audit
	@$(VENV)/.audit/bin/python -m pip install --quiet --disable-pip-version-check pip-audit
	@touch $@

# A current pip writes the program's script: that of an old one costs more than the program.
$(VENV)/.bench: $(READY)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--constraint requirements.txt --editable '.[bench]'
	@touch $@

$(VENV)/.browser: $(READY)
	@sh tools/browser.sh "$(BIN)/python"
	@touch $@

clean:
	rm -rf $(VENV) build dist
