# fedit: what people and CI call. `make demo` and `make test` are all that a fresh machine needs.
SWIFT ?= swift
CONFIGURATION := release
FEDIT := .build/$(CONFIGURATION)/fedit
PREFIX ?= /usr/local
DEMO := Examples/sunglasses
SOURCES := Sources Tests Package.swift
# WARNINGS=errors lets a warning end the build.
export FEDIT_WARNINGS := $(WARNINGS)

# What Debian calls the libraries in Package.swift; why each is there: Docs/dependencies.md.
PACKAGES := libcairo2-dev libpng-dev libjpeg62-turbo-dev libedit-dev libtiff-dev libwebp-dev libheif-dev zlib1g-dev libdeflate-dev libexpat1-dev libssl-dev libopenblas-dev pkg-config

# Where packages are put.
PACKAGE_DIR := .build/package

EXAMPLES := $(filter-out Examples/two-portraits/glasses.fedit,$(wildcard Examples/*/*.fedit))

.PHONY: help deps demo build mpi examples pictures test test-long test-faults test-sanitized test-python test-studio bench format lint install uninstall \
	deb tarball clean

help:
	@echo "make demo       install what is missing, build, and edit a portrait"
	@echo "make test       install what is missing, and run the tests (make test-long: all of every property test)"
	@echo "make test-faults  let each file operation fail in turn, and see that nothing is lost"
	@echo "make test-sanitized  the examples and a training step with address and undefined-behaviour sanitizers"
	@echo "make test-studio  the studio's page in a real Chromium, and how long it takes from a stroke to its picture"
	@echo "make build      build .build/release/fedit"
	@echo "make mpi        build .build/release/fedit-mpi, which trains on many machines"
	@echo "make install    put fedit, its man pages, completions and documentation below PREFIX ($(PREFIX))"
	@echo "make deb        a Debian package in $(PACKAGE_DIR); make tarball: an archive to unpack anywhere"
	@echo "make bench      compare with ONNX Runtime, OpenVINO and PyTorch (installs them into Benchmarks/.venv)"
	@echo "make format     format the sources; make lint: check them"

# Asks apt only where something is missing, and for root only then.
deps:
	@command -v $(SWIFT) >/dev/null || { echo "fedit is built with Swift 6.3 or later: https://www.swift.org/install/linux/" >&2; exit 1; }
	@missing=$$(for p in $(PACKAGES); do dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || echo $$p; done); \
	if [ -n "$$missing" ]; then \
	  echo "installing:" $$missing; \
	  root=; [ "$$(id -u)" = 0 ] || root=sudo; \
	  $$root apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$root apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	fi

# FEDIT_STATIC: what is built runs where no Swift is installed (Package.swift).
build: deps
	FEDIT_STATIC=1 $(SWIFT) build -c $(CONFIGURATION) --product fedit

demo: build
	$(FEDIT) run $(DEMO)/sunglasses.fedit
	@echo "now look at $(DEMO)/portrait-sunglasses.png, change a number in $(DEMO)/sunglasses.fedit, and run it again:"
	@echo "  $(FEDIT) run $(DEMO)/sunglasses.fedit"

# The command that trains on many machines, beside the plain one, which never links MPI.
mpi:
	$(MAKE) deps PACKAGES="$(PACKAGES) libopenmpi-dev openmpi-bin"
	FEDIT_MPI=1 $(SWIFT) build -c $(CONFIGURATION) --product fedit --scratch-path .build/mpi
	cp .build/mpi/$(CONFIGURATION)/fedit .build/$(CONFIGURATION)/fedit-mpi

# The pictures of the pages for makers of pictures, made again; after a change of the model, say.
pictures: build
	@Docs/pictures/make.sh .build/release/fedit

# Every example's result and lock, made again.
examples: build
	@for script in $(EXAMPLES); do $(FEDIT) lock $$script || exit 1; done

test: deps
	$(SWIFT) build -c $(CONFIGURATION) --build-tests
	$(SWIFT) test -c $(CONFIGURATION) --skip-build

test-long: deps
	$(SWIFT) build -c $(CONFIGURATION) --build-tests
	FEDIT_LONG_TESTS=1 $(SWIFT) test -c $(CONFIGURATION) --skip-build

# The C targets and Swift with the address and undefined-behaviour sanitizers, over the examples and a training step.
test-sanitized: deps
	Tests/sanitized.sh

# Lets every system call that touches a file fail once, and sees that nothing is lost (Docs/reliability.md).
test-faults: build
	python3 Tests/faults/run.py $(FEDIT)

bench: build
	Benchmarks/run.sh

format:
	$(SWIFT) format -i -r $(SOURCES)

lint:
	.ci/lint

# The Python package in python/, against the built command.
test-python: build
	@[ -x python/.venv/bin/pytest ] || { python3 -m venv python/.venv && python/.venv/bin/pip install -q --disable-pip-version-check -e 'python[test]'; }
	FEDIT=$(abspath $(FEDIT)) python/.venv/bin/pytest python

# The studio's page in a real Chromium; installs chromium and chromium-driver where they are missing.
test-studio: build
	Tests/studio-client/run.sh $(FEDIT)

install: build
	Packaging/stage.sh $(FEDIT) "$(DESTDIR)" "$(PREFIX)"

uninstall:
	Packaging/unstage.sh "$(DESTDIR)" "$(PREFIX)"

deb: build
	Packaging/deb.sh $(FEDIT) $(PACKAGE_DIR)

tarball: build
	Packaging/tarball.sh $(FEDIT) $(PACKAGE_DIR)

clean:
	rm -rf .build
