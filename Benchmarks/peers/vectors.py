#!/usr/bin/env python3
"""Nabla's elementwise kernels beside those found on this machine, and beside what the memory gives.

All take turns within a round, so that all see the same minutes of the machine. A row gives medians over the
rounds in billions of floats a second, of the array that is written; its ratios are taken within each round.

    make bench-vectors                                       (builds the kernels, then runs this)
    python3 Benchmarks/peers/vectors.py [--only REGEX] [--rounds 9] [--json]

s is the sigmoid. "s(z + b)" is, for Nabla, a layer with one input, which also multiplies; for the others
exactly this. "update" is a layer's step on one sample: an outer product added to its weights. Columns:

    Nabla, x 2    on one thread and on two; everything else is on one
    ratio         to the fastest peer that is as accurate: no larger error than the bound of Nabla's header
    copy          memcpy; a float is 4 bytes read and 4 written, as in the kernels of one array in, one out
    of copy       the bytes that Nabla reads and writes over those of the copy
    limit         a loop with the same loads and stores as the kernel, and one operation
    of limit      Nabla over it, on one thread and, over the loop on two, on two

Peers: SLEEF (Debian's libsleef3), XNNPACK (libxnnpack0), OpenBLAS (libopenblas0-pthread), MKL with high and low
accuracy (pip install mkl), PyTorch (pip install torch). Where one has only the exponential, the rest of the
sigmoid stands in vectors_loop.c, SLEEF's vector by vector and MKL's in blocks of the first-level cache. PyTorch
is called from Python: what a call with one row takes is left out. Needs NumPy and a C compiler (CC, else cc);
peers that are missing are left out.
"""

import argparse
import ctypes
import glob
import importlib.util
import json
import os
import pathlib
import re
import shlex
import statistics
import subprocess
import sys
import tempfile
import time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):  # read when the libraries are loaded
    os.environ[variable] = "1"
os.environ["MKL_THREADING_LAYER"] = "SEQUENTIAL"
os.environ["KMP_BLOCKTIME"] = "0"  # Nabla's second thread sleeps while the others have their turns

import numpy  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]

# rows x columns; two arrays of 8 KiB, of 256 KiB, of 256 MiB
SIZES = {"first-level cache": (32, 64), "second-level cache": (256, 256), "memory": (8192, 8192)}
FORMS = {"s(z)": 0, "s'(z)": 1, "s(z + b)": 2}
ULP_BOUND = 2.41  # nabla_kernels.h
SECONDS_A_TURN = 0.005


class Work(ctypes.Structure):
    _fields_ = [
        ("rows", ctypes.c_size_t), ("columns", ctypes.c_size_t), ("form", ctypes.c_int),
        *((name, ctypes.c_void_p) for name in ("x", "factors", "bias", "y", "function", "object"))]


class Operands:
    """The arrays of one row of the table."""

    def __init__(self, rows, columns, span):
        generator = numpy.random.default_rng(1)
        self.shape = rows, columns
        self.x, self.factors, self.bias, self.y = (
            aligned(count, generator, span) for count in (rows * columns, rows, columns, rows * columns))


def aligned(count, generator, span):
    """Floats of -span ..< span on a cache line."""
    memory = numpy.empty(count + 16, numpy.float32)
    begin = -memory.ctypes.data // 4 % 16
    values = memory[begin:begin + count]
    generator.random(count, numpy.float32, values)
    values -= 0.5
    values *= 2 * span
    return values


class FromC:
    """A function of vectors_loop.c, with a peer's function where it calls one."""

    def __init__(self, loop, name, function=None, prepare=None):
        self.loop, self.method, self.function, self.prepare = loop, getattr(loop, name), function, prepare

    def ready(self, operands, form):
        pointers = (array.ctypes.data for array in (operands.x, operands.factors, operands.bias, operands.y))
        function = ctypes.cast(self.function, ctypes.c_void_p) if self.function else None
        target = self.prepare(operands) if self.prepare else None
        work = Work(*operands.shape, form, *pointers, function, target)
        return lambda calls, threads: self.loop.seconds(self.method, work, calls, threads)


class FromPython:
    """`make(x, bias, y, form)` makes a function without arguments. What a call of one row takes is left out."""

    def __init__(self, make):
        self.make = make

    def ready(self, operands, form):
        x, y, rows = operands.x.reshape(operands.shape), operands.y.reshape(operands.shape), operands.shape[0]
        whole, row = (self.make(x[:count], operands.bias, y[:count], form) for count in (rows, 1))

        def seconds(calls, _):
            times = []
            for function in (whole, row):
                start = time.perf_counter()
                for _ in range(calls):
                    function()
                times.append(time.perf_counter() - start)
            return (times[0] - times[1]) * rows / (rows - 1)
        return seconds


def compile_loop(folder, kernels):
    """vectors_loop.c as a library, for the processor it runs on, linked with the kernels in `kernels`."""
    library = pathlib.Path(folder) / "vectors_loop.so"
    wide = ["-mprefer-vector-width=512"] if os.uname().machine == "x86_64" else []
    subprocess.run(
        [*shlex.split(os.environ.get("CC", "cc")), "-std=gnu11", "-O3", "-march=native", *wide, "-shared", "-fPIC",
         f"-I{ROOT}/CKernels/include", str(HERE / "vectors_loop.c"), f"-L{kernels}", "-lnabla_kernels",
         f"-Wl,-rpath,{kernels}", "-o", str(library)],
        check=True)
    loop = ctypes.CDLL(str(library))
    loop.seconds.argtypes = [ctypes.c_void_p, ctypes.POINTER(Work), ctypes.c_long, ctypes.c_size_t]
    loop.seconds.restype = ctypes.c_double
    return loop


def load(*candidates):
    """The first of these libraries that can be loaded, or None."""
    for candidate in candidates:
        try:
            return ctypes.CDLL(candidate)
        except OSError:
            continue
    return None


def xnnpack(loop):
    library = load("libXNNPACK.so.0")
    if not library or library.xnn_initialize(None) != 0:
        return None
    operator, one = ctypes.c_void_p(), ctypes.c_size_t(1)
    library.xnn_create_sigmoid_nc_f32(one, one, one, 0, ctypes.byref(operator))

    def prepare(operands):
        library.xnn_setup_sigmoid_nc_f32(
            operator, ctypes.c_size_t(operands.x.size), ctypes.c_void_p(operands.x.ctypes.data),
            ctypes.c_void_p(operands.y.ctypes.data), None)
        return operator
    return FromC(loop, "xnnpack_sigmoid", library.xnn_run_operator, prepare)


def torch_sigmoid():
    if importlib.util.find_spec("torch") is None:
        return None
    import torch
    torch.set_num_threads(1)

    def make(x, bias, y, form):
        x, bias, y = (torch.from_numpy(array) for array in (x, bias, y))
        ones = torch.ones_like(x) if form == FORMS["s'(z)"] else None
        return {
            "s(z)": lambda: torch.sigmoid(x, out=y),
            "s'(z)": lambda: torch.ops.aten.sigmoid_backward(ones, torch.sigmoid(x, out=y), grad_input=y),
            "s(z + b)": lambda: torch.sigmoid(torch.add(x, bias, out=y), out=y),
        }[list(FORMS)[form]]
    return FromPython(make)


def peers(loop):
    """Name to peer, for what can be loaded here: the sigmoids, and BLAS as a pair of axpy and ger."""
    mkl = load(*glob.glob(f"{sys.prefix}/lib/libmkl_rt.so.*"), "libmkl_rt.so.3", "libmkl_rt.so.2")
    openblas, sleef = load("libopenblas.so.0"), load("libsleef.so.3")
    sigmoids = {"XNNPACK": xnnpack(loop), "PyTorch": torch_sigmoid()}
    if sleef and hasattr(loop, "sleef_sigmoid"):
        lanes = ctypes.c_int.in_dll(loop, "sleef_lanes").value
        sigmoids["SLEEF"] = FromC(loop, "sleef_sigmoid", getattr(sleef, f"Sleef_expf{lanes}_u10"))
    if mkl:
        sigmoids["MKL"] = FromC(loop, "mkl_high_accuracy", mkl.vmsExp)
        sigmoids["MKL low"] = FromC(loop, "mkl_low_accuracy", mkl.vmsExp)
    blas = {
        name: (FromC(loop, "blas_axpy", library.cblas_saxpy), FromC(loop, "blas_ger", library.cblas_sger))
        for name, library in {"MKL": mkl, "OpenBLAS": openblas}.items() if library}
    return {name: peer for name, peer in sigmoids.items() if peer}, blas


def table_rows(loop, sigmoids, blas):
    """Kernel, form, Nabla's function, the limit's, bytes to a copy's bytes, peers."""
    axpys = {name: pair[0] for name, pair in blas.items()}
    gers = {name: pair[1] for name, pair in blas.items()}
    for name, form in FORMS.items():
        few = {key: peer for key, peer in sigmoids.items() if name == "s(z)" or key != "XNNPACK"}
        yield name, form, "nabla_sigmoid", "copy", 1, few
    yield "a (1 - a)", 0, "nabla_prime_of_activation", "copy", 1, {}
    yield "axpy", 0, "nabla_axpy", "add_to", 1.5, axpys
    yield "ger", 0, "nabla_ger", "change_in_place", 1, gers
    yield "update", 0, "nabla_update", "change_in_place", 1, gers


def largest_errors(methods):
    """Name to the largest error in ULP on a sample of floats whose sigmoid is not subnormal."""
    operands = Operands(2048, 1024, 87)
    operands.x[::2] /= 8  # half of them where the sigmoid changes
    true = 1 / (1 + numpy.exp(-operands.x.astype(numpy.float64)))
    unit = numpy.spacing(true.astype(numpy.float32)).astype(numpy.float64)
    errors = {}
    for name, method in methods.items():
        operands.y[:] = numpy.nan
        method.ready(operands, FORMS["s(z)"])(1, 1)
        errors[name] = float(numpy.max(numpy.abs(operands.y - true) / unit))
        if not errors[name] < 1e4:
            sys.exit(f"{name} computes something else")
    return errors


def measure(methods, floats, rounds):
    """Name to the billions of floats a second of every round; `methods` are (function, threads)."""
    calls = {}
    for name, (function, threads) in methods.items():
        calls[name] = 1
        while min(function(calls[name], threads) for _ in range(3)) < SECONDS_A_TURN / 2:  # one may be interrupted
            calls[name] *= 2
    rates = {name: [] for name in methods}
    for _ in range(rounds):
        for name, (function, threads) in methods.items():
            rates[name].append(1e-9 * floats * calls[name] / function(calls[name], threads))
    return rates


def ratio(rates, name, other, factor=1):
    return factor * statistics.median(x / y for x, y in zip(rates[name], rates[other]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--kernels", type=pathlib.Path, default=ROOT / ".build/kernels", help="has libnabla_kernels.so")
    parser.add_argument("--only", default="", help="rows whose kernel and size match, such as 'ger.*memory'")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", action="store_true", help="one object a row, rates of every round")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        loop = compile_loop(folder, options.kernels.resolve())
        sigmoids, blas = peers(loop)
        errors = largest_errors({"Nabla": FromC(loop, "nabla_sigmoid"), **sigmoids})
        names = list(dict.fromkeys([*sigmoids, *blas]))
        if options.json:
            print(json.dumps({"largest_error_ulp": errors}))
        else:
            print("largest error of s(z), ULP: " + ", ".join(f"{name} {error:.2f}" for name, error in errors.items()))
            print(f"\n{'G floats/s':32}" + "".join(f"{name:>9}" for name in ("Nabla", "x 2", *names))
                  + f"{'ratio':>7}{'':10}{'copy':>7} {'of copy':>8}{'limit':>8} {'of limit':>11}")
        for size, shape in SIZES.items():
            for row in table_rows(loop, sigmoids, blas):
                if re.search(options.only, f"{row[0]} {size}"):
                    print_row(loop, row, size, shape, names, errors, options)


def print_row(loop, row, size, shape, names, errors, options):
    kernel, form, function, limit, copies, others = row
    in_place = limit != "copy"
    if form == FORMS["s(z + b)"]:
        shape = (shape[0] * shape[1] // 64, 64)  # many samples of a small layer
    operands = Operands(*shape, 1e-3 if in_place else 10)  # small, so that what is changed in place stays finite
    operands.factors[0] = 1
    if form == FORMS["s(z + b)"]:
        operands.factors[:] = 1  # what the others compute: with larger ones some results would be subnormal, and slow
    ready = {name: (peer.ready(operands, form), 1) for name, peer in others.items()}
    for name, method in {"Nabla": function, "limit": limit, "copy": "copy"}.items():
        ready[name] = (FromC(loop, method).ready(operands, form), 1)
    ready["x 2"], ready["limit x 2"] = ((ready[name][0], 2) for name in ("Nabla", "limit"))
    rates = measure(ready, shape[0] * shape[1], options.rounds)
    accurate = [name for name in others if in_place or errors[name] <= ULP_BOUND]
    best = max(accurate, key=lambda name: statistics.median(rates[name]), default=None)
    result = {
        "ratio": ratio(rates, "Nabla", best) if best else None, "of_copy": ratio(rates, "Nabla", "copy", copies),
        "of_limit": ratio(rates, "Nabla", "limit"), "of_limit_2_threads": ratio(rates, "x 2", "limit x 2")}
    if options.json:
        print(json.dumps({
            "kernel": kernel, "size": size, "rows_columns": shape, "floats_per_ns": rates, "best_peer": best,
            **result}))
        return
    medians = {name: f"{statistics.median(values):9.2f}" for name, values in rates.items()}
    against = f"{result['ratio']:6.2f}x {best:9}" if best else f"{'-':>7} {'':9}"
    print(f"{kernel + ', ' + size:32}" + "".join(medians.get(name, f"{'-':>9}") for name in ("Nabla", "x 2", *names))
          + f"{against}{medians['copy'][2:]} {result['of_copy']:8.0%}{medians['limit'][1:]} "
          + f"{result['of_limit']:5.0%} {result['of_limit_2_threads']:5.0%}", flush=True)


main()
