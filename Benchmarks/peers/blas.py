#!/usr/bin/env python3
"""Nabla's gemm beside every BLAS found on this machine: the three products of training.

The libraries take turns within a round, so that all see the same minutes of the machine. A row gives the
median over the rounds in GFLOP/s; its ratio is Nabla's rate over that of the row's best peer, and its
percentage Nabla's rate over that of multiply-adds in registers, both taken within each round.

    make bench-blas                                          (builds the kernels, then runs this)
    python3 Benchmarks/peers/blas.py [--threads 1,2] [--shapes 10x30x784,...] [--rounds 7] [--json]

With more than one thread Nabla's team stays open for a turn, every member calls the kernel, and a barrier
follows each call. A product of fewer than 2^16 multiply-adds is called by one thread alone: who owns the
team decides that, here as in the trainer. The other libraries make both choices themselves.

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
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]

# batch, outputs, inputs of a layer: X [batch, inputs], W [outputs, inputs], D [batch, outputs]
SHAPES = [
    (10, 30, 784), (10, 10, 30), (32, 100, 784), (128, 512, 784), (256, 800, 784), (1024, 800, 784),
    (100, 2000, 2500), (1024, 1024, 1024),
    *((batch, outputs, 784) for outputs in (30, 800) for batch in (1, 2, 4, 16)),
    (256, 2500, 784), (256, 2000, 2500), (256, 1500, 2000), (256, 1000, 1500), (256, 500, 1000), (256, 10, 500)]

# name: (transpose A, transpose B, m n k from batch, outputs and inputs)
FORMS = {
    "Z = X Wt": (0, 1, lambda batch, outputs, inputs: (batch, outputs, inputs)),
    "dX = D W": (0, 0, lambda batch, outputs, inputs: (batch, inputs, outputs)),
    "dW = Dt X": (1, 0, lambda batch, outputs, inputs: (outputs, inputs, batch)),
}

SECONDS_A_TURN = 0.01
PEAK_ROUNDS = 100_000  # about half a millisecond
WORTH_A_TEAM = 1 << 16

Floats = ctypes.POINTER(ctypes.c_float)


class Product(ctypes.Structure):
    _fields_ = [
        *((name, ctypes.c_int) for name in ("transpose_a", "transpose_b", "m", "n", "k")),
        *((name, Floats) for name in ("a", "b", "c"))]


class Peer:
    """One BLAS with 32-bit integers."""

    def __init__(self, library, prefix, set_threads):
        self.sgemm = ctypes.cast(getattr(library, f"{prefix}cblas_sgemm"), ctypes.c_void_p)
        self.set_threads = getattr(library, set_threads) if set_threads else None


def prepare(threads):
    """Sets what the libraries read once, when they are loaded."""
    for name in ("OPENBLAS_NUM_THREADS", "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "OMP_NUM_THREADS"):
        os.environ[name] = str(threads)
    # Whoever waits for its next turn sleeps, for the others need the processors. Calls of one turn follow each
    # other faster than these limits, all of about half a millisecond.
    os.environ["OPENBLAS_THREAD_TIMEOUT"] = "20"
    os.environ["GOMP_SPINCOUNT"] = "20000"
    os.environ["KMP_BLOCKTIME"] = "0"
    os.environ["MKL_THREADING_LAYER"] = "GNU" if threads > 1 else "SEQUENTIAL"  # Intel's rejects Nabla's runtime


def peers():
    """Name to Peer, for what can be loaded here."""
    scipy = importlib.util.find_spec("scipy")
    scipy_libs = str(pathlib.Path(scipy.origin).parents[1] / "scipy.libs") if scipy else ""
    places = {
        "OpenBLAS": (["libopenblas.so.0"], "", "openblas_set_num_threads"),
        "scipy's": (glob.glob(f"{scipy_libs}/libscipy_openblas-*.so") if scipy_libs else [], "scipy_",
                    "scipy_openblas_set_num_threads"),
        "BLIS": (["libblis.so.4"], "", "bli_thread_set_num_threads"),
        "MKL": ([*glob.glob(f"{sys.prefix}/lib/libmkl_rt.so.*"), "libmkl_rt.so.3", "libmkl_rt.so.2"], "",
                "MKL_Set_Num_Threads"),
        "Accelerate": (["/System/Library/Frameworks/Accelerate.framework/Accelerate"], "", None),
    }
    found = {}
    for name, (candidates, prefix, set_threads) in places.items():
        for candidate in candidates:
            try:
                library = ctypes.CDLL(candidate)
            except OSError:
                continue
            found[name] = Peer(library, prefix, set_threads)
            break
    return found


def compile_loop(folder, kernels):
    """blas_loop.c as a library, linked with the kernels in `kernels`."""
    library = pathlib.Path(folder) / "blas_loop.so"
    peaks = ROOT / "Benchmarks/Kernels"
    subprocess.run(
        [*shlex.split(os.environ.get("CC", "cc")), "-std=c11", "-O3", "-ffp-contract=fast", "-shared", "-fPIC",
         f"-I{ROOT}/CKernels/include", f"-I{peaks}", str(HERE / "blas_loop.c"), str(peaks / "peaks.c"),
         f"-L{kernels}", "-lnabla_kernels", f"-Wl,-rpath,{kernels}", "-lm", "-o", str(library)],
        check=True)
    loop = ctypes.CDLL(str(library))
    loop.seconds.argtypes = [ctypes.c_void_p, ctypes.POINTER(Product), ctypes.c_long, ctypes.c_size_t]
    loop.seconds.restype = ctypes.c_double
    loop.peak_flops.argtypes = [ctypes.c_size_t, ctypes.c_size_t]
    loop.peak_flops.restype = ctypes.c_double
    loop.fill.argtypes = [Floats, ctypes.c_size_t]
    loop.largest_difference.argtypes = [Floats, Floats, ctypes.c_size_t]
    loop.largest_difference.restype = ctypes.c_float
    return loop


def measure(loop, libraries, product, threads, rounds):
    """Name to the GFLOP/s of every round; the name "peak" is that of multiply-adds in registers."""
    multiply_adds = product.m * product.n * product.k
    members = threads if multiply_adds >= WORTH_A_TEAM else 1
    calls = {}
    for name, function in libraries.items():
        count, duration = 1, 0
        while duration < SECONDS_A_TURN / 4:
            count *= 2
            duration = loop.seconds(function, product, count, members)
        calls[name] = max(1, round(count * SECONDS_A_TURN / duration))
    rates = {name: [] for name in (*libraries, "peak")}
    for _ in range(rounds):
        for name, function in libraries.items():
            if threads > 1:
                time.sleep(2e-3)  # the last one's threads fall asleep
            rates[name].append(2e-9 * multiply_adds * calls[name] / loop.seconds(function, product, calls[name], members))
        rates["peak"].append(1e-9 * loop.peak_flops(PEAK_ROUNDS, threads))
    return rates


def check(loop, libraries, product, threads):
    """Refuses to compare programs that compute different things."""
    count = product.m * product.n
    expected, found = ((ctypes.c_float * count)() for _ in range(2))
    product.c = ctypes.cast(expected, Floats)
    loop.seconds(libraries["Nabla"], product, 0, threads)
    product.c = ctypes.cast(found, Floats)
    for name, function in libraries.items():
        loop.seconds(function, product, 0, threads)
        if not loop.largest_difference(expected, found, count) < 1e-3:
            sys.exit(f"{name} computes something else")
    return found  # the caller keeps C alive


def compare(loop, found, operands, threads, options):
    """Prints one row for each shape and form, then their summary."""
    for peer in found.values():
        if peer.set_threads:
            peer.set_threads(threads)
    libraries = {"Nabla": None, **{name: peer.sgemm for name, peer in found.items()}}
    title = f"GFLOP/s, {threads} thread{'s' * (threads > 1)}"
    if not options.json:
        print(f"{title:32}" + "".join(f"{name:>10}" for name in libraries) + "   of peak    to the best")
    rows = []
    for shape in options.shapes:
        for form, (transpose_a, transpose_b, sizes) in FORMS.items():
            product = Product(transpose_a, transpose_b, *sizes(*shape), *(ctypes.cast(x, Floats) for x in operands))
            result = check(loop, libraries, product, threads)
            rates = measure(loop, libraries, product, threads, options.rounds)
            del result
            medians = {name: statistics.median(values) for name, values in rates.items()}
            best = max(found, key=medians.get)
            ratio, of_peak = (
                statistics.median(x / y for x, y in zip(rates["Nabla"], rates[other])) for other in (best, "peak"))
            name = f"{' x '.join(map(str, shape)):20} {form}"
            rows.append((ratio, f"{name}, {best}"))
            if options.json:
                print(json.dumps({
                    "threads": threads, "batch_outputs_inputs": shape, "form": form, "gflops": rates,
                    "best_peer": best, "ratio": ratio, "of_peak": of_peak}), flush=True)
            else:
                print(f"{name:32}" + "".join(f"{medians[name]:10.1f}" for name in libraries)
                      + f"{of_peak:10.0%}   {ratio:5.2f}x {best}", flush=True)
    mean = math.exp(statistics.mean(math.log(ratio) for ratio, _ in rows))
    low = sum(ratio < 0.95 for ratio, _ in rows)
    if options.json:
        print(json.dumps({"threads": threads, "geometric_mean": mean, "worst": min(rows), "under_0.95": low}))
    else:
        print(f"geometric mean {mean:.2f}x of {len(rows)} rows; {low} under 0.95x, the least "
              f"{min(rows)[0]:.2f}x: {min(rows)[1]}\n")


def numbers(text, separator):
    return tuple(int(number) for number in text.split(separator))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--kernels", type=pathlib.Path, default=ROOT / ".build/kernels", help="has libnabla_kernels.so")
    parser.add_argument("--threads", type=lambda text: numbers(text, ","), default=(1,), help="such as 1,2")
    parser.add_argument(
        "--shapes", type=lambda text: [numbers(shape, "x") for shape in text.split(",")], default=SHAPES,
        help="batch x outputs x inputs, such as 10x30x784,1024x1024x1024")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="one object a row, rates of every round")
    options = parser.parse_args()
    prepare(max(options.threads))
    found = peers()
    if not found:
        sys.exit("no BLAS found; on Debian: apt-get install libopenblas0-pthread libblis4-pthread")
    with tempfile.TemporaryDirectory() as folder:
        loop = compile_loop(folder, options.kernels.resolve())
        largest = max(batch * inputs + outputs * (batch + inputs) for batch, outputs, inputs in options.shapes)
        operands = [(ctypes.c_float * largest)() for _ in range(2)]
        for operand in operands:
            loop.fill(operand, largest)
        for threads in options.threads:
            compare(loop, found, operands, threads, options)


main()
