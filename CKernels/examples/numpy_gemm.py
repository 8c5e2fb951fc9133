#!/usr/bin/env python3
"""The kernels on NumPy arrays, without a copy: ctypes hands over the arrays' own memory.

    python3 numpy_gemm.py libnabla_kernels.so

Multiplies two matrices, runs a dense layer, and compares both with NumPy in double precision.
"""
import ctypes
import sys

try:
    import numpy as np
except ImportError:
    print("skipped: NumPy is missing")
    sys.exit(0)

PANEL = 16
NO_TRANSPOSE, SIGMOID = 0, 1

library = ctypes.CDLL(sys.argv[1] if len(sys.argv) > 1 else "libnabla_kernels.so")
library.nabla_panels_size.restype = ctypes.c_size_t
library.nabla_panels_size.argtypes = [ctypes.c_size_t] * 2
library.nabla_isa_name.restype = library.nabla_status_description.restype = ctypes.c_char_p


def pointer(array):
    """The array's memory. The rows must be contiguous; the stride between them is free."""
    assert array.dtype == np.float32 and array.strides[-1] == 4
    return ctypes.c_void_p(array.ctypes.data)


def stride(matrix):
    """Elements from one row to the next: the kernels' ld."""
    return ctypes.c_size_t(matrix.strides[0] // 4)


def call(name, *arguments):
    """Python's integers are sizes, its floats are floats; the last argument, the team's member, is NULL."""
    kinds = {int: ctypes.c_size_t, float: ctypes.c_float}
    status = getattr(library, name)(*[kinds[type(a)](a) if type(a) in kinds else a for a in arguments], None)
    if status:
        raise ValueError(library.nabla_status_description(status).decode())


def gemm(a, b, out):
    """out = a b"""
    (m, k), n = a.shape, b.shape[1]
    form = ctypes.c_int(NO_TRANSPOSE)
    call("nabla_gemm_f32", form, form, m, n, k, 1.0, pointer(a), stride(a), pointer(b), stride(b), 0.0, pointer(out),
         stride(out))


def padded(n):
    return -(-n // PANEL) * PANEL


class Dense:
    """A layer of sigmoid neurons: weight [out, in] goes into panels once, then every call reads those."""

    def __init__(self, weight, bias):
        self.outputs, self.inputs = weight.shape
        self.panels = np.empty(library.nabla_panels_size(self.outputs, self.inputs), np.float32)
        self.bias = np.zeros(padded(self.outputs), np.float32)
        self.bias[: self.outputs] = bias
        call("nabla_panels_pack_f32", self.outputs, self.inputs, pointer(weight), stride(weight), pointer(self.panels))

    def __call__(self, x):
        a = np.empty((len(x), padded(self.outputs)), np.float32)
        call("nabla_dense_forward_f32", ctypes.c_int(SIGMOID), len(x), self.outputs, self.inputs, pointer(x),
             stride(x), pointer(self.panels), pointer(self.bias), pointer(a), stride(a))
        return a[:, : self.outputs]


def main():
    random = np.random.default_rng(1)
    a = random.standard_normal((50, 70), np.float32)
    wide = random.standard_normal((70, 64), np.float32)
    b = wide[:, 3:44]  # a view: its rows are 64 apart
    c = np.empty((50, 41), np.float32)
    gemm(a, b, c)
    error = np.abs(c - a.astype(float) @ b.astype(float)).max()
    print(f"gemm on {library.nabla_isa_name(library.nabla_selected_isa()).decode()}: largest difference {error:.1e}")
    assert error < 1e-4

    whole = np.arange(12, dtype=np.float32).reshape(3, 4)
    exact = np.empty((3, 3), np.float32)
    gemm(whole, np.ascontiguousarray(whole.T), exact)
    assert (exact == whole @ whole.T).all()  # whole numbers have one right answer

    weight, bias = random.standard_normal((30, 784), np.float32) / 28, random.standard_normal(30, np.float32)
    x = random.random((10, 784), np.float32)
    error = np.abs(Dense(weight, bias)(x) - 1 / (1 + np.exp(-(x.astype(float) @ weight.T + bias)))).max()
    print(f"dense layer: largest difference {error:.1e}")
    assert error < 1e-6


main()
