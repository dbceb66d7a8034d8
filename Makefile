# Two commands matter: `make demo` serves the page, `make test` passes the tests. Each makes what it needs.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
TORCH ?= torch==2.13.0
# Where PyTorch's CPU build can be had outside; skipped at once where it cannot be reached.
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
GPU := $(shell command -v nvidia-smi >/dev/null 2>&1 && nvidia-smi -L 2>/dev/null | grep -q GPU && echo yes)
REQUIREMENTS = $(if $(GPU),requirements.txt,requirements-embedded.txt)
ROOT := $(shell [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 && echo yes)

# A choice of tests may leave one of the two runs without any (pytest's exit code 5).
NONE_IS_FINE = $(if $(PYTEST_ARGS),|| [ $$? = 5 ])

.PHONY: demo test check format bench clean browser
.DEFAULT_GOAL := help

help:
	@echo "make demo    install what this machine needs and serve the page"
	@echo "make test    install what the tests need and run them"
	@echo "make check   ruff and mypy"
	@echo "make bench   print the numbers of the README"

demo: $(VENV)/.runtime
	$(BIN)/python app.py

# On all cores first; then, with the machine to themselves, the tests that drive a browser, which lie in one folder: to
# look for them in all the others takes half a minute. Files in the order of their folders: xdist's own order, those with
# the most tests first, ends with the slowest of all.
test: $(VENV)/.tests browser
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder -m "not browser" $(PYTEST_ARGS) $(NONE_IS_FINE)
	$(BIN)/python -m pytest -m browser $(or $(PYTEST_ARGS),tests/browser) $(NONE_IS_FINE)

# Stubs that gradio wrote before ui/quick_start.py would be read by mypy instead of the modules.
check: $(VENV)/.tests
	@find tryon -name '*.pyi' -delete
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.tests
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.runtime
	$(BIN)/python benchmarks/embedded.py

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "tryon needs Python 3.11 or newer; try: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  if [ -n "$(ROOT)" ]; then apt-get update -q && apt-get install -y -q python3-venv && $(PYTHON) -m venv $(VENV); \
	  else echo "This needs Python's venv: sudo apt-get install python3-venv"; exit 1; fi; }
	@$(BIN)/python -m pip install -q --disable-pip-version-check --upgrade pip

$(VENV)/.runtime: $(BIN)/python $(REQUIREMENTS)
	$(BIN)/python -m pip install -q --disable-pip-version-check -r $(REQUIREMENTS)
	@touch $@

# The tests always run on the embedded set and the CPU build of torch, so that they mean the same everywhere.
$(VENV)/.tests: $(VENV)/.runtime requirements-test.txt
	$(BIN)/python -c 'import torch' 2>/dev/null || $(BIN)/python -m pip install -q --disable-pip-version-check --retries 1 --timeout 20 --extra-index-url $(TORCH_INDEX) $(TORCH)
	$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements-test.txt
	@touch $@

# The browser tests drive Debian's Chromium. Without root they are skipped, and say so.
browser:
	@if command -v chromium >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1; then :; \
	elif [ -n "$(ROOT)" ]; then apt-get update -q && apt-get install -y -q chromium fonts-noto-cjk; \
	else echo "No Chromium: the browser tests will be skipped. To enable them: sudo apt-get install chromium fonts-noto-cjk"; fi
