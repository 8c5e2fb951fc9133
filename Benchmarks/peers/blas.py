#!/usr/bin/env python3
"""Nabla's gemm beside every BLAS found on this machine: one thread, the three products of training.

The libraries take turns within a round, so that all see the same minutes of the machine. A row gives the
median over the rounds in GFLOP/s; its ratio is Nabla's rate over that of the row's best peer, taken within
each round.

    make bench-blas                                          (builds the kernels, then runs this)
    python3 Benchmarks/peers/blas.py [--rounds 9] [--json] [--kernels FOLDER]

Peers: OpenBLAS (Debian's libopenblas0-pthread; scipy's), BLIS (libblis4-pthread), MKL (pip install mkl),
Apple's Accelerate. Needs a C compiler (CC, else cc) and nothing from PyPI.
"""

import argparse
import ctypes
import glob
import importlib.util
import json
import math
import os
import pathlib
import shlex
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]

# batch, outputs, inputs of a layer: X [batch, inputs], W [outputs, inputs], D [batch, outputs]
SHAPES = [
    (10, 30, 784), (10, 10, 30), (32, 100, 784), (128, 512, 784), (256, 800, 784), (1024, 800, 784),
    (100, 2000, 2500), (1024, 1024, 1024)]

# name: (transpose A, transpose B, m n k from batch, outputs and inputs)
FORMS = {
    "Z = X Wt": (0, 1, lambda batch, outputs, inputs: (batch, outputs, inputs)),
    "dX = D W": (0, 0, lambda batch, outputs, inputs: (batch, inputs, outputs)),
    "dW = Dt X": (1, 0, lambda batch, outputs, inputs: (outputs, inputs, batch)),
}

SECONDS_A_TURN = 0.01

Floats = ctypes.POINTER(ctypes.c_float)


class Product(ctypes.Structure):
    _fields_ = [
        *((name, ctypes.c_int) for name in ("transpose_a", "transpose_b", "m", "n", "k")),
        *((name, Floats) for name in ("a", "b", "c"))]


def one_thread():
    """Sets what the libraries read once, when they are loaded."""
    for name in ("OPENBLAS_NUM_THREADS", "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "OMP_NUM_THREADS"):
        os.environ[name] = "1"
    os.environ["MKL_THREADING_LAYER"] = "SEQUENTIAL"


def peers():
    """Name to cblas_sgemm of every BLAS with 32-bit integers that can be loaded here."""
    scipy = importlib.util.find_spec("scipy")
    scipy_libs = str(pathlib.Path(scipy.origin).parents[1] / "scipy.libs") if scipy else ""
    places = {
        "OpenBLAS": ["libopenblas.so.0"],
        "scipy's": glob.glob(f"{scipy_libs}/libscipy_openblas-*.so") if scipy_libs else [],
        "BLIS": ["libblis.so.4"],
        "MKL": [*glob.glob(f"{sys.prefix}/lib/libmkl_rt.so.*"), "libmkl_rt.so.3", "libmkl_rt.so.2"],
        "Accelerate": ["/System/Library/Frameworks/Accelerate.framework/Accelerate"],
    }
    found = {}
    for name, candidates in places.items():
        for candidate in candidates:
            try:
                library = ctypes.CDLL(candidate)
            except OSError:
                continue
            symbol = "scipy_cblas_sgemm" if name == "scipy's" else "cblas_sgemm"
            found[name] = ctypes.cast(getattr(library, symbol), ctypes.c_void_p)
            break
    return found


def compile_loop(folder, kernels):
    """blas_loop.c as a library, linked with the kernels in `kernels`."""
    library = pathlib.Path(folder) / "blas_loop.so"
    subprocess.run(
        [*shlex.split(os.environ.get("CC", "cc")), "-std=c11", "-O2", "-shared", "-fPIC",
         f"-I{ROOT}/CKernels/include", str(HERE / "blas_loop.c"), f"-L{kernels}", "-lnabla_kernels",
         f"-Wl,-rpath,{kernels}", "-lm", "-o", str(library)],
        check=True)
    loop = ctypes.CDLL(str(library))
    loop.seconds.argtypes = [ctypes.c_void_p, ctypes.POINTER(Product), ctypes.c_long]
    loop.seconds.restype = ctypes.c_double
    loop.fill.argtypes = [Floats, ctypes.c_size_t]
    loop.largest_difference.argtypes = [Floats, Floats, ctypes.c_size_t]
    loop.largest_difference.restype = ctypes.c_float
    return loop


def measure(loop, libraries, product, rounds):
    """Name to the GFLOP/s of every round."""
    work = 2e-9 * product.m * product.n * product.k
    calls = dict.fromkeys(libraries, 1)
    for name, function in libraries.items():
        while loop.seconds(function, product, calls[name]) < SECONDS_A_TURN:
            calls[name] *= 2
    rates = {name: [] for name in libraries}
    for _ in range(rounds):
        for name, function in libraries.items():
            rates[name].append(work * calls[name] / loop.seconds(function, product, calls[name]))
    return rates


def check(loop, libraries, product):
    """Refuses to compare programs that compute different things."""
    count = product.m * product.n
    expected, found = ((ctypes.c_float * count)() for _ in range(2))
    product.c = ctypes.cast(expected, Floats)
    loop.seconds(libraries["Nabla"], product, 0)
    product.c = ctypes.cast(found, Floats)
    for name, function in libraries.items():
        loop.seconds(function, product, 0)
        if not loop.largest_difference(expected, found, count) < 1e-3:
            sys.exit(f"{name} computes something else")
    return found  # the caller keeps C alive


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--kernels", type=pathlib.Path, default=ROOT / ".build/kernels", help="has libnabla_kernels.so")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", action="store_true", help="one object a row, rates of every round")
    options = parser.parse_args()
    one_thread()
    libraries = {"Nabla": None, **peers()}
    names = list(libraries)
    if len(names) == 1:
        sys.exit("no BLAS found; on Debian: apt-get install libopenblas0-pthread libblis4-pthread")
    if not options.json:
        print(f"{'GFLOP/s, 1 thread':32}" + "".join(f"{name:>12}" for name in names) + "    to the best")
    ratios = []
    with tempfile.TemporaryDirectory() as folder:
        loop = compile_loop(folder, options.kernels.resolve())
        largest = max(batch * inputs + outputs * (batch + inputs) for batch, outputs, inputs in SHAPES)
        operands = [(ctypes.c_float * largest)() for _ in range(2)]
        for operand in operands:
            loop.fill(operand, largest)
        for shape in SHAPES:
            for form, (transpose_a, transpose_b, sizes) in FORMS.items():
                a, b = (ctypes.cast(operand, Floats) for operand in operands)
                product = Product(transpose_a, transpose_b, *sizes(*shape), a, b)
                result = check(loop, libraries, product)
                rates = measure(loop, libraries, product, options.rounds)
                del result
                medians = {name: statistics.median(values) for name, values in rates.items()}
                best = max(names[1:], key=medians.get)
                ratios.append(statistics.median(x / y for x, y in zip(rates["Nabla"], rates[best])))
                if options.json:
                    print(json.dumps({
                        "batch_outputs_inputs": shape, "form": form, "gflops": rates, "best_peer": best,
                        "ratio": ratios[-1]}))
                else:
                    title = f"{' x '.join(map(str, shape)):20} {form}"
                    print(f"{title:32}" + "".join(f"{medians[name]:12.1f}" for name in names)
                          + f"   {ratios[-1]:5.2f}x {best}", flush=True)
    mean = math.exp(statistics.mean(map(math.log, ratios)))
    print(json.dumps({"geometric_mean": mean}) if options.json else f"geometric mean {mean:.2f}x")


main()
