# Callwright. `make help` lists what can be done.

VENV   := .venv
PYTHON ?= python3
BIN    := $(VENV)/bin
ROOMS  := csta sip media_service lab cti_server program settings_file
PY     := $(ROOMS) prompts tests bench docs
ONCE   ?=
HOST   ?= 127.0.0.1

.DEFAULT_GOAL := help
.PHONY: help demo test test-fast test-real check fmt bench fuzz clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

# --- what the commands need -----------------------------------------------------------------------------------------

$(VENV)/bin/python:
	@scripts/system-packages python:ensurepip=python3-venv
	$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --upgrade pip

# What the native packet core is compiled with: a compiler, Python's headers, and the libraries of SRTP, Opus and G.722.
CORE := cc=gcc Python.h=python3-dev pkg-config=pkg-config srtp2/srtp.h=libsrtp2-dev opus/opus.h=libopus-dev \
	spandsp/g722.h=libspandsp-dev

# The core is compiled in passing; without a C compiler the media service moves packets in Python.
$(VENV)/.runs: $(VENV)/bin/python setup.cfg setup.py pyproject.toml \
		$(wildcard media_service/engine/native/*.[ch] media_service/engine/native/signal/*.[ch])
	@scripts/system-packages --optional $(CORE)
	@echo "Installing what Callwright needs into $(VENV) (once; a minute or so) ..."
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install -q -e .
	@$(BIN)/python -c "from media_service.engine_choice import *; print('Packet engine:', describe(EngineKind.AUTO))"
	@touch $@

$(VENV)/.tests: $(VENV)/.runs
	@echo "Installing what the tests need into $(VENV) (once) ..."
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install -q -e '.[test]'
	@touch $@

.PHONY: programs
programs:
	@scripts/system-packages $(CORE) sipp=sip-tester initdb=postgresql baresip=baresip-core telnet=telnet \
		linphonec=linphone-cli espeak-ng=espeak-ng dot=graphviz openssl=openssl setpriv=util-linux \
		ssh=openssh-client ip=iproute2 nft=nftables systemd-analyze=systemd

.PHONY: build asan-media tsan-media
build: $(VENV)/.runs  ## what the commands need, the native packet core included

# --- the two commands -----------------------------------------------------------------------------------------------

demo: $(VENV)/.runs  ## lab PBX, media service and CTI server, three callers, then a system to call (ONCE=1: end after the story)
	@$(BIN)/callwright-lab demo --host $(HOST) $(if $(ONCE),--once)

test: programs $(VENV)/.tests test-fast test-real  ## everything, PostgreSQL and SIP tools included

test-fast: programs $(VENV)/.tests
	@$(BIN)/python -m pytest -q -n 2 -m "not integration"

# Where audio is timed against the clock, one test runs at a time.
test-real: programs $(VENV)/.tests
	@$(BIN)/python -m pytest -q -n 2 -m "integration and not alone"
	@$(BIN)/python -m pytest -q -m alone

# A copy with a core of its own, so that the checked one is out of the way of the one that is used.
define checked_core
	@rm -rf run/$(1) && mkdir -p run/$(1)
	@cp -r $(ROOMS) prompts tests setup.py setup.cfg pyproject.toml README.md LICENSE run/$(1)/
	@rm -f run/$(1)/media_service/engine/native/*.so
	@cd run/$(1) && CFLAGS="$(2)" LDFLAGS="$(2)" $(abspath $(BIN))/python setup.py -q build_ext --inplace
	@ls run/$(1)/media_service/engine/native/_core*.so > /dev/null
endef
ADDRESSES := -fsanitize=address,undefined,float-cast-overflow,float-divide-by-zero -fno-sanitize-recover=all \
	-fno-omit-frame-pointer -g -O1
RACES := -fsanitize=thread -g -O1

asan-media: $(VENV)/.tests  ## the native packet core's tests under AddressSanitizer, and its longer search by hostile packets
	$(call checked_core,asan,$(ADDRESSES))
	@cd run/asan && LD_PRELOAD=$$(gcc -print-file-name=libasan.so) ASAN_OPTIONS=detect_leaks=0 \
		CALLWRIGHT_HOSTILE_ROUNDS=100000 $(abspath $(BIN))/python -m pytest -q -p no:cacheprovider \
		-k "native and not leave_nothing" tests/unit/media_service/engine tests/unit/media_service/signal

# Memory that moves about at each start is what ThreadSanitizer cannot do with: setarch -R.
tsan-media: $(VENV)/.tests  ## many threads at the native packet core under ThreadSanitizer
	$(call checked_core,tsan,$(RACES))
	@cd run/tsan && LD_PRELOAD=$$(gcc -print-file-name=libtsan.so) CALLWRIGHT_STRESS_SECONDS=10 \
		setarch -R $(abspath $(BIN))/python -m pytest -q -p no:cacheprovider \
		tests/unit/media_service/engine/native/test_threads.py

# --- every day ------------------------------------------------------------------------------------------------------

check: programs $(VENV)/.tests  ## format, lint, types, contracts
	@$(BIN)/ruff format --check $(PY)
	@$(BIN)/ruff check $(PY)
	@$(BIN)/mypy
	@$(BIN)/mypy --explicit-package-bases bench
	@$(BIN)/lint-imports --no-logo || $(BIN)/lint-imports
	@$(BIN)/python -m pytest -q -n 2 -m "not integration" tests/house

fmt: $(VENV)/.tests  ## format and mend what can be mended by itself
	@$(BIN)/ruff format $(PY)
	@$(BIN)/ruff check --fix $(PY)

# What takes long has to be asked for by its name: an hour of load, a year of virtual time, a thousand kills, a million
# rows.
LONG := bench-soak bench-year bench-kills bench-views

bench: $(filter-out $(LONG),$(patsubst bench/%.py,bench-%,$(wildcard bench/*.py)))  ## every benchmark but soak, year, kills and views; one alone: make bench-NAME

bench-csta: bench/csta.py  ## what CSTA costs: codecs, sessions, and a link between two processes with 1,000 devices

bench-soak: bench/soak.py  ## an hour of the real programs at ten calls a second: memory, descriptors, latency (MINUTES=10: less)

bench-year: bench/year.py  ## a year of 250 agents in virtual time, with faults of every kind

bench-kills: bench/kills.py  ## a server process killed a thousand times under load (CALLWRIGHT_KILLS=50: fewer)

bench-views: bench/views.py  ## integrators' views behind a journal of a million rows, on both databases

bench-%: $(VENV)/.tests programs
	@$(BIN)/python -m bench.$*

SECONDS ?= 60
TARGET  ?=

fuzz: $(VENV)/.fuzz  ## fuzz what reads bytes from outside, one thing alone: make fuzz TARGET=ber SECONDS=600
	@$(BIN)/python -m tests.fuzz $(TARGET) --seconds $(SECONDS)

$(VENV)/.fuzz: $(VENV)/.tests
	@echo "Installing what fuzzing needs into $(VENV) (once) ..."
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install -q -e '.[fuzz]'
	@touch $@

clean:  ## remove what was made here, the virtual environment included
	rm -rf $(VENV) run build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
