# Two commands do all set-up: `make demo` and `make test`. Nothing but Python and make is needed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test examples lint types bench wheel kind readme test-oldest test-newest clean

demo: $(VENV)/.test  ## the Titanic example, compliant (green) and careless (red)
	$(BIN)/python examples/demo.py

test: $(VENV)/.test  ## the test suite on this Python
	$(BIN)/python -m pytest -n auto --dist worksteal

examples: $(VENV)/.test  ## every example does what its README says; measures, so it takes minutes
	$(BIN)/python -m pytest examples/test_examples.py examples/test_outputs.py

lint: $(VENV)/.lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.lint
	$(BIN)/mypy

bench: $(VENV)/.bench  ## ratios against peers; takes its time, and is never part of the tests
	$(BIN)/python benchmarks/idle_cost.py
	$(BIN)/python benchmarks/timing_cost.py
	$(BIN)/python benchmarks/time_limits.py
	$(BIN)/python benchmarks/attribution_cost.py
	$(BIN)/python benchmarks/latency_verdicts.py
	$(BIN)/python benchmarks/latency_under_load.py
	$(BIN)/python benchmarks/latency_under_load.py --pool --runs 24
	$(BIN)/python benchmarks/latency_power.py
	$(BIN)/python benchmarks/contention_gate.py
	$(BIN)/python benchmarks/ratio_spread.py
	$(BIN)/python benchmarks/drift_verdicts.py
	$(BIN)/python benchmarks/peak_memory.py
	$(BIN)/python benchmarks/leak_verdicts.py
	$(BIN)/python benchmarks/influence_cost.py
	$(BIN)/python benchmarks/affordable_rows.py
	$(BIN)/python benchmarks/false_alarms.py --runs 100
	$(BIN)/python benchmarks/area_verdicts.py --runs 100
	$(BIN)/python benchmarks/error_rates.py
	$(BIN)/python benchmarks/identifier_verdicts.py
	$(BIN)/python benchmarks/presence_verdicts.py --runs 20
	$(BIN)/python benchmarks/shared_verdicts.py --runs 50
	$(BIN)/python benchmarks/scan_speed.py
	$(BIN)/python benchmarks/artifact_scan.py
	$(BIN)/python benchmarks/artifact_verdicts.py
	$(BIN)/python benchmarks/unlearning_verdicts.py

kind: $(VENV)/.test  ## the skeleton of a kind and of its test: make kind NAME=calibration
	$(BIN)/python .ci/kind $(NAME)

readme: $(VENV)/.test  ## the table of kinds in the README, from the kinds themselves
	$(BIN)/python .ci/readme.py

wheel: $(VENV)/.lint  ## build the wheel and use it as a user would, in a fresh environment
	$(BIN)/python .ci/wheel_user.py

test-oldest:  ## the suite on Python 3.10 with the oldest supported packages
	.ci/test-on 3.10 --constraint .ci/oldest.txt

test-newest:  ## the suite on the newest Python there is, with the newest packages
	.ci/test-on 3.14 || .ci/test-on 3.13

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

$(VENV)/.test: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable . --group test
	touch $@

$(VENV)/.bench: $(VENV)/.test
	$(BIN)/python -m pip install --quiet pytest-benchmark
	touch $@

$(VENV)/.lint: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable . --group dev
	touch $@

clean:
	rm -rf $(VENV) .venv-* dist
