# What people type. `make train` and `make test` do everything from a fresh clone.

SWIFT_BUILD = swift build --configuration release
PACKAGES = libomp-dev zlib1g-dev libpng-dev libjpeg-dev libssl-dev
NABLA = .build/release/nabla
PYTHON = python3
SVG = .build/measure/roofline.svg
PREFIX = /usr/local
DESTDIR =

.PHONY: train test build cluster kernels-test bench-test check-kernels dependents-test bench bench-build roofline bench-compare bench-training bench-blas bench-vectors \
    bench-peers bench-accuracy bench-sweep bench-scale bench-tables fuzz format lint clean help setup test-setup \
    docs install uninstall deb stage \
    kernels-configure

help:  ## Lists the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile

train: build  ## Trains the default network on Nabla's own digits (ARGS="--epochs 5" adds options)
	@$(NABLA) train $(ARGS)

cluster: setup  ## Builds .build/cluster/release/nabla, which mpirun runs on several machines
	@.ci/setup libopenmpi-dev openmpi-bin
	@$(SWIFT_BUILD) --traits MPI --scratch-path .build/cluster --product nabla

build: setup  ## Builds .build/release/nabla
	@$(SWIFT_BUILD) --product nabla

# Built apart, because `swift test` builds with other flags and would make the next `make train` build again.
test: test-setup kernels-test bench-test  ## Runs every test
	@$(SWIFT_BUILD) --build-tests
	@swift test --configuration release --skip-build

kernels-test: kernels-configure  ## Runs the C kernels' own tests, all but the slow ones
	@cmake --build .build/kernels --parallel 2
	@ctest --test-dir .build/kernels --output-on-failure --label-exclude slow

check-kernels: test-setup  ## Runs every check of the C kernels: compilers, sanitizers, arm64, all floats (half an hour)
	@CKernels/tests/check_all.sh $(LANES)

dependents-test: setup  ## Builds a package that depends on this one
	@Tests/Dependents/run

bench: bench-build  ## Times every kernel, and its share of what bounds it (ARGS="--filter gemm --isa all --threads 1,2")
	@.build/measure/kernels_table $(ARGS)

roofline: bench-build  ## Draws the ceilings of this machine and every kernel below them (SVG=FILE)
	@.build/measure/kernels_table --json $(ARGS) >.build/measure/table.json
	@$(PYTHON) Benchmarks/Kernels/roofline.py .build/measure/table.json $(SVG)

bench-compare: test-setup  ## Says whether kernels and training are slower than those of a commit (BASE=COMMIT)
	@Benchmarks/compare "$(BASE)" $(ARGS)

bench-training: setup  ## Times whole epochs of five networks, on one thread and on two (ARGS=TEXT picks)
	@swift run --configuration release --package-path Benchmarks Training $(ARGS)

bench-blas: kernels-configure  ## Times gemm beside every BLAS found here (PYTHON=... of an environment with mkl, scipy)
	@cmake --build .build/kernels --parallel 2 --target nabla_kernels_shared >/dev/null
	@$(PYTHON) Benchmarks/peers/blas.py $(ARGS)

bench-vectors: kernels-configure  ## Times the elementwise kernels beside others (PYTHON=... with numpy, torch, mkl)
	@cmake --build .build/kernels --parallel 2 --target nabla_kernels_shared >/dev/null
	@$(PYTHON) Benchmarks/peers/vectors.py $(ARGS)

bench-peers: build  ## Trains beside JAX, NumPy, scikit-learn (ARGS="--data DIR --with torch", or ARGS=--quick)
	@$(PYTHON) Benchmarks/peers/training.py $(ARGS)

bench-accuracy: build kernels-configure  ## Time to 97 ... 99.3% beside JAX, PyTorch (ARGS="--data DIR --with torch")
	@cmake --build .build/kernels --parallel 2 --target nabla_kernels_shared >/dev/null
	@$(PYTHON) Benchmarks/peers/accuracy.py $(ARGS)

bench-sweep: build  ## Trains a grid of topologies and mini-batch sizes beside JAX and NumPy (ARGS="--data DIR")
	@$(PYTHON) Benchmarks/peers/sweep.py $(ARGS)

bench-scale: build  ## Trains on a thousand to a million images: cost and memory a sample (ARGS="--data DIR")
	@$(PYTHON) Benchmarks/peers/scale.py $(ARGS)

bench-tables: build  ## Reads tables and cross-validates beside pandas, LightGBM, scikit-learn (ARGS="--megabytes 100")
	@$(PYTHON) Benchmarks/peers/tables.py $(ARGS)

fuzz: setup  ## Reads random bytes with every reader, a minute each (TIME=600, RUNS=1000000, FUZZ="idx npy")
	@TIME="$(TIME)" RUNS="$(RUNS)" FUZZ="$(FUZZ)" Tests/Fuzz/run $(ARGS)

docs: setup  ## Builds the documentation archive of the library and says how to look at it
	@Documentation/archive

install: stage  ## Installs nabla, manual pages, completions (PREFIX=/usr/local, DESTDIR=)
	@Packaging/install "$(DESTDIR)$(PREFIX)"

uninstall:  ## Removes what `make install` has installed
	@Packaging/install --remove "$(DESTDIR)$(PREFIX)"

deb: stage  ## Builds a Debian package, .build/nabla_VERSION_ARCHITECTURE.deb
	@.ci/setup dpkg-dev
	@Packaging/deb

format:  ## Formats the Swift sources
	@swift format --in-place --recursive --parallel Package.swift Sources Tests Benchmarks Documentation

lint:  ## Checks the format of the Swift sources
	@swift format lint --strict --recursive --parallel Package.swift Sources Tests Benchmarks Documentation

clean:  ## Removes everything that was built
	@rm -rf .build Benchmarks/.build

stage:
	@.ci/setup $(PACKAGES) libcurl4-openssl-dev binutils
	@Packaging/stage

setup:
	@.ci/setup $(PACKAGES)

test-setup:
	@.ci/setup $(PACKAGES) cmake

bench-build: test-setup
	@cmake -S Benchmarks/Kernels -B .build/measure -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_COMPILER=clang \
	    -DNABLA_WERROR=$(if $(CI),ON,OFF) >/dev/null
	@cmake --build .build/measure --parallel 2 >/dev/null

bench-test: bench-build  ## Runs the tests of what measures the kernels
	@ctest --test-dir .build/measure --output-on-failure

kernels-configure: test-setup
	@cmake -S CKernels -B .build/kernels -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_COMPILER=clang \
	    -DCMAKE_CXX_COMPILER=clang++ -DNABLA_WERROR=$(if $(CI),ON,OFF) >/dev/null
