# The front door: one-word commands over CMake's presets. `make help` shows them.
# `make`, `make install`, `make uninstall` and `make dist` install no packages; every other
# command first installs the Debian packages that it needs and does not find.

PREFIX ?= /usr/local
DESTDIR ?=
# Handed to cmake and ctest, e.g. make test CTEST_FLAGS="-R ring"
CMAKE_FLAGS ?=
CTEST_FLAGS ?=
# Of the fuzzing of each subject.
FUZZ_SECONDS ?= 60
# Which small changes of the library to try, and how many.
MUTANTS_SEED ?= 1
MUTANTS_COUNT ?= 60
# What to build and test for, by emulation: docs/porting.md.
CROSS ?= aarch64 armhf i386 s390x musl
# Which releases of Debian to build and test on.
DISTRO ?= bullseye bookworm trixie

SETUP = @sh scripts/setup.sh
RELEASE = build/release
# Nothing is left out in silence: what is missing for one of these fails the configuration.
PARTS = -DHAETAE_OTLP_HTTP=ON -DHAETAE_OTLP_GRPC=ON -DHAETAE_CONSOLE=ON -DHAETAE_MEMORY=ON -DHAETAE_OTLP_FILE=ON -DHAETAE_PROMETHEUS=ON -DHAETAE_KAFKA=ON -DHAETAE_VIEW=ON -DHAETAE_RECOVER=ON
# What to build: tests, examples, benchmarks.
# Presets need a newer CMake than everything else here.
configure = cmake -S . -B $(RELEASE) -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo \
	-DHAETAE_BUILD_TESTS=$(1) -DHAETAE_BUILD_EXAMPLES=$(2) -DHAETAE_BUILD_BENCH=$(3) \
	$(PARTS) -DHAETAE_DISPATCH=$(2) -DHAETAE_NGINX=AUTO \
	-DCMAKE_INSTALL_PREFIX=$(PREFIX) $(CMAKE_FLAGS)
VERSION = $(shell sed -n 's/^\#define HAETAE_VERSION_[A-Z]* *\([0-9][0-9]*\)$$/\1/p' \
	include/haetae/version.h | paste -sd.)
SOURCES = find include lib exporters tools examples tests bench fuzz -name '*.[ch]'

.PHONY: build deps install uninstall dist help demo demo-page test bench bench-nginx bench-peers bench-tiers fuzz mutants coverage cross distro format lint \
	ffi clean

build:
	$(call configure,OFF,OFF,OFF)
	cmake --build $(RELEASE)

deps:
	$(SETUP) build

help:
	@echo "make          build the libraries and tools in $(RELEASE); needs no root"
	@echo "make deps     install the Debian packages that building needs"
	@echo "make install  install what is built into PREFIX=$(PREFIX), below DESTDIR"
	@echo "make uninstall  remove what make install put there"
	@echo "make dist     pack the committed sources as build/haetae-$(VERSION).tar.gz"
	@echo "make demo     run the example service, its load and the viewer for 15 seconds"
	@echo "make demo-page  the same until Ctrl-C, with the web page of the viewer"
	@echo "make test     build and run all tests"
	@echo "make bench    measure what recording and exporting cost"
	@echo "make bench-nginx  measure what the module for nginx costs a request"
	@echo "make bench-peers  measure the same beside LTTng-UST, opentelemetry-rust and -cpp, prometheus-cpp, spdlog"
	@echo "make bench-tiers  measure what the Collectors of examples/scale cost a span"
	@echo "make fuzz     fuzz every parser and sequences of calls, FUZZ_SECONDS=$(FUZZ_SECONDS) each"
	@echo "make mutants  change the library in MUTANTS_COUNT=$(MUTANTS_COUNT) places, one at a time, and see whether a test fails"
	@echo "make coverage run the tests, and show how many lines of each file they ran"
	@echo "make cross    build and test for other processors and musl: CROSS=\"$(CROSS)\""
	@echo "make distro   build and test on other releases of Debian: DISTRO=\"$(DISTRO)\""
	@echo "make format   format the C sources"
	@echo "make lint     check format, layers and common mistakes"
	@echo "make ffi      write the declarations for other languages from the headers"
	@echo "make clean    remove build/"

demo:
	$(SETUP) demo
	$(call configure,OFF,ON,OFF)
	cmake --build $(RELEASE)
	sh examples/dispatch/demo.sh $(RELEASE)

# The same with load until Ctrl-C, for looking at the page of the viewer.
demo-page:
	$(SETUP) demo
	$(call configure,OFF,ON,OFF)
	cmake --build $(RELEASE)
	sh examples/dispatch/demo.sh --page $(RELEASE)

test:
	$(SETUP) test
	$(call configure,ON,ON,ON)
	cmake --build $(RELEASE)
	@cd $(RELEASE) && ctest --output-on-failure --parallel $$(nproc) $(CTEST_FLAGS)
	@grep -hi '^skipped: ' $(RELEASE)/Testing/Temporary/LastTest.log || :
	@[ -n "$(CTEST_FLAGS)" ] || ! command -v python3 >/dev/null || python3 -B tests/docs/check_compliance.py . $(RELEASE) \
		--log $(RELEASE)/Testing/Temporary/LastTest.log

bench:
	$(SETUP) bench
	$(call configure,OFF,OFF,ON)
	cmake --build $(RELEASE)
	cmake --build $(RELEASE) --target haetae_bench
	cmake --build $(RELEASE) --target bench_instructions_check

# Examples are built as far as this needs them.
bench-nginx:
	$(SETUP) bench nginx
	$(call configure,OFF,ON,ON) -DHAETAE_DISPATCH=OFF -DHAETAE_NGINX=ON
	cmake --build $(RELEASE) --target bench_nginx

# What the Collectors of examples/scale cost.
bench-tiers:
	$(SETUP) test bindings
	$(call configure,ON,OFF,OFF)
	cmake --build $(RELEASE) --target interop_scale
	python3 -B bench/tiers.py --build $(RELEASE)/tests/interop --program $(RELEASE)/tests/interop/interop_scale \
		--jars $(RELEASE)/tests/kafka/broker $(TIERS_FLAGS)

# A peer that is not there leaves its column empty.
bench-peers:
	$(SETUP) bench-peers
	@sh scripts/setup.sh lttng || echo "bench-peers: going on without LTTng-UST"
	@sh scripts/setup.sh peers || echo "bench-peers: going on without prometheus-cpp and spdlog"
	$(call configure,OFF,OFF,ON)
	cmake --build $(RELEASE) --target bench_peers
	python3 -B bench/peers/peers.py $(RELEASE) build/peers

fuzz:
	$(SETUP) fuzz
	cmake --preset fuzz $(CMAKE_FLAGS)
	cmake --build --preset fuzz
	sh scripts/fuzz.sh build/fuzz $(FUZZ_SECONDS)

mutants:
	$(SETUP) test
	python3 -B scripts/mutants.py --seed $(MUTANTS_SEED) --count $(MUTANTS_COUNT)

# A test that fails shows it, and the lines that it ran count. Two tests of sdk, which replace open()
# and mmap(), do not link with gcov's library, and are left out.
coverage:
	$(SETUP) test
	cmake --preset coverage $(CMAKE_FLAGS)
	-cmake --build --preset coverage -- -k 0
	find build/coverage -name '*.gcda' -delete
	ctest --preset coverage --parallel $$(nproc) $(CTEST_FLAGS) || true
	python3 -B scripts/coverage.py build/coverage

cross:
	$(SETUP) cross
	@for target in $(CROSS); do sh scripts/cross.sh $$target || exit 1; done

distro:
	$(SETUP) distro
	@for release in $(DISTRO); do sh scripts/distro.sh $$release || exit 1; done

format:
	$(SETUP) format
	$(SOURCES) | xargs clang-format -i

ffi:
	$(SETUP) lint
	python3 scripts/ffi_headers.py

lint:
	$(SETUP) lint
	$(SOURCES) | xargs clang-format --dry-run -Werror
	for check in layers field_numbers declarations comments; do \
		python3 -B tests/layering/check_$$check.py . || exit 1; \
	done
	python3 scripts/ffi_headers.py --check
	cmake --preset dev-clang -DHAETAE_BUILD_TESTS=OFF $(CMAKE_FLAGS)
	cmake --build --preset dev-clang --target haetae_proto
	run-clang-tidy -quiet -p build/dev-clang "$(CURDIR)/(lib|exporters|tools|examples)/.*\.c"

install:
	@[ -e $(RELEASE)/lib/libhaetae.so ] || { echo "install: nothing is built yet: run make first" >&2; exit 1; }
	DESTDIR=$(DESTDIR) cmake --install $(RELEASE) --prefix $(PREFIX)
	@[ -n "$(DESTDIR)" ] || [ "$$(id -u)" != 0 ] || ldconfig

uninstall:
	@sh scripts/uninstall.sh $(RELEASE) $(PREFIX) "$(DESTDIR)"
	@[ -n "$(DESTDIR)" ] || [ "$$(id -u)" != 0 ] || ldconfig

# One commit gives the same bytes at any time and place.
dist:
	@mkdir -p build
	git archive --format=tar --prefix=haetae-$(VERSION)/ HEAD | gzip -9n >build/haetae-$(VERSION).tar.gz
	@echo build/haetae-$(VERSION).tar.gz

clean:
	rm -rf build
