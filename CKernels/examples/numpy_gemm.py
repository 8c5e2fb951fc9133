#!/usr/bin/env python3
"""The kernels on NumPy arrays, without a copy: nabla_kernels.py hands over the arrays' own memory.

    python3 numpy_gemm.py libnabla_kernels.so

Multiplies two matrices, runs a dense layer, and compares both with NumPy in double precision.
"""
import os
import sys

try:
    import numpy as np
except ImportError:
    print("skipped: NumPy is missing")
    sys.exit(0)

if len(sys.argv) > 1:
    os.environ["NABLA_KERNELS_LIBRARY"] = os.path.abspath(sys.argv[1])
import nabla_kernels as nk


class Dense:
    """A layer of sigmoid neurons: weight [out, in] goes into panels once, then every call reads those."""

    def __init__(self, weight, bias):
        self.outputs, inputs = weight.shape
        self.panels = np.empty(nk.panels_size(self.outputs, inputs), np.float32)
        self.bias = np.zeros(nk.padded(self.outputs), np.float32)
        self.bias[: self.outputs] = bias
        nk.panels_pack(weight, self.panels)

    def __call__(self, x):
        a = np.empty((len(x), nk.padded(self.outputs)), np.float32)
        nk.dense_forward(nk.SIGMOID, self.outputs, x, self.panels, self.bias, a)
        return a[:, : self.outputs]


random = np.random.default_rng(1)
a = random.standard_normal((50, 70), np.float32)
wide = random.standard_normal((70, 64), np.float32)
b = wide[:, 3:44]  # a view: its rows are 64 apart
c = np.empty((50, 41), np.float32)
nk.gemm(a, b, c)
error = np.abs(c - a.astype(float) @ b.astype(float)).max()
print(f"gemm on {nk.isa_name(nk.selected_isa())}: largest difference {error:.1e}")
assert error < 1e-4

weight, bias = random.standard_normal((30, 784), np.float32) / 28, random.standard_normal(30, np.float32)
x = random.random((10, 784), np.float32)
error = np.abs(Dense(weight, bias)(x) - 1 / (1 + np.exp(-(x.astype(float) @ weight.T + bias)))).max()
print(f"dense layer: largest difference {error:.1e}")
assert error < 1e-6
