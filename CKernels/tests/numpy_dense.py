"""Elementwise functions, matrices and dense layers, compared with NumPy in double precision."""
import numpy as np

import nabla_kernels as nk
from numpy_support import IN, M, OUT, Layer, apart, close, floats, refused, sigmoid

# ------------------------------------------------------------------------------------------------- elementwise


def elementwise(function, expected):
    z = 3 * floats(7, 11)
    out = np.empty_like(z)
    function(z, out)
    close(out, expected(z.astype(float)))
    function(z, z)  # in place
    assert (z == out).all()
    name = function.__name__
    refused(f"{name}: out: expected shape (7, 11), found (77,)", function, z, out.ravel())
    refused(f"{name}: out: expected memory apart from z, found an overlap", function, z.ravel()[:-1], z.ravel()[1:])


def test_sigmoid():
    elementwise(nk.sigmoid, sigmoid)


def test_sigmoid_prime():
    elementwise(nk.sigmoid_prime, lambda z: sigmoid(z) * (1 - sigmoid(z)))


def test_sigmoid_prime_from_activation():
    elementwise(nk.sigmoid_prime_from_activation, lambda a: a * (1 - a))


def test_tanh():
    elementwise(nk.tanh, np.tanh)


def test_axpy():
    x, y = floats(100), floats(100)
    expected = 0.5 * x.astype(float) + y
    nk.axpy(0.5, x, y)
    close(y, expected)
    refused("axpy: y: expected memory apart from x", nk.axpy, 1.0, y, y)


def test_pixels():
    every, out = np.arange(256, dtype=np.uint8), np.empty(256, "f4")
    nk.pixels(every, out)
    assert (out == (every / 255).astype("f4")).all()


def test_sum_of_squares():
    x = floats(1001)
    total, finite = nk.sum_of_squares(x)
    assert finite is True and abs(total - (x.astype(float) ** 2).sum()) < 1e-9
    x[3] = np.inf
    assert nk.sum_of_squares(x)[1] is False


# ---------------------------------------------------------------------------------------------------- matrices


def test_gemm():
    for a in (apart(20, 30), apart(30, 20).T, np.asfortranarray(floats(20, 30))):
        for b in (apart(30, 40), apart(40, 30).T):
            c = apart(20, 40)
            expected = 0.5 * a.astype(float) @ b + 2.0 * c
            nk.gemm(a, b, c, alpha=0.5, beta=2.0)
            close(c, expected, 1e-5)
    for m, k, n in ((1, 1, 1), (1, 30, 1), (5, 1, 7), (0, 3, 2), (2, 0, 3)):
        a, b, c = floats(m, k), floats(n, k).T, floats(m, n)
        nk.gemm(a, b, c)
        close(c, a.astype(float) @ b, 1e-5)
    whole = np.arange(12, dtype=np.float32).reshape(3, 4)
    exact = np.empty((3, 3), np.float32)
    nk.gemm(whole, whole.T, exact)
    assert (exact == whole @ whole.T).all()  # whole numbers have one right answer


def test_gemv():
    for a in (apart(20, 30), apart(30, 20).T):
        x, y = floats(30), floats(20)
        expected = 0.5 * a.astype(float) @ x + 2.0 * y
        nk.gemv(a, x, y, 0.5, 2.0)
        close(y, expected, 1e-5)


def test_ger():
    x, y, a = floats(20), floats(30), apart(20, 30)
    expected = a + 0.5 * np.outer(x.astype(float), y)
    nk.ger(0.5, x, y, a)
    close(a, expected)


# ------------------------------------------------------------------------------------------------ dense layers

def test_panels_size():
    assert nk.panels_size(OUT, IN) == 32 * IN and nk.panels_size(2**40, 2**40) == 0
    refused("panels_size: out: expected a whole number from 0 to 2^64 - 1, found -1", nk.panels_size, -1, 3)
    refused("panels_size: inputs: expected a whole number from 0 to 2^64 - 1, found 2.5", nk.panels_size, 1, 2.5)


def test_panels_pack():
    layer = Layer()
    panels = layer.panels.reshape(2, IN, 16)
    assert (panels[1, :, 0] == layer.w[16]).all() and (panels[1, :, 5:] == 0).all()


def test_panels_unpack():
    layer = Layer()
    assert (layer.weights() == layer.w).all()
    refused("panels_unpack: panels: expected shape (1120,), found (1119,)", layer.weights, layer.panels[1:])


ACTIVATIONS = ((nk.IDENTITY, lambda z: z, lambda a: 1.0), (nk.SIGMOID, sigmoid, lambda a: a * (1 - a)),
               (nk.TANH, np.tanh, lambda a: 1 - a * a), (nk.RELU, lambda z: np.maximum(z, 0), lambda a: 1.0 * (a > 0)))


def test_dense_forward():
    layer, x = Layer(), apart(M, IN)
    for activation, f, _ in ACTIVATIONS:
        a = apart(M, nk.padded(OUT))
        nk.dense_forward(activation, OUT, x, layer.panels, layer.bias, a)
        close(a[:, :OUT], f(x.astype(float) @ layer.w.T + layer.bias[:OUT]), 1e-5)
        assert (a[:, OUT:] == 0).all()
    refused("dense_forward: an enum or count", nk.dense_forward, nk.SOFTMAX, OUT, x, layer.panels, layer.bias, a)
    refused("dense_forward: bias: expected shape (32,), found (21,)", nk.dense_forward, nk.SIGMOID, OUT, x,
            layer.panels, layer.bias[:OUT], a)


def test_softmax():
    a = floats(M, nk.padded(OUT))
    z = a[:, :OUT]
    e = np.exp(z.astype(float) - z.max(1, keepdims=True))
    nk.softmax(z, a)  # over z
    close(a[:, :OUT], e / e.sum(1, keepdims=True))


def test_output_error():
    a, y, d = sigmoid(floats(M, OUT)), sigmoid(floats(M, OUT)), np.empty((M, nk.padded(OUT)), "f4")
    e = a.astype(float) - y
    nk.output_error(nk.QUADRATIC, nk.SIGMOID, a, y, d)
    close(d[:, :OUT], e * a * (1.0 - a))
    nk.output_error(nk.CROSS_ENTROPY, nk.SIGMOID, a, y, d)
    close(d[:, :OUT], e)
    refused("output_error: an enum or count", nk.output_error, nk.CROSS_ENTROPY, nk.TANH, a, y, d)
    refused("output_error: y: expected shape (9, 21), found (9, 20)", nk.output_error, 0, 1, a, y[:, 1:], d)


def test_dense_backward():
    layer = Layer()
    for activation, _, prime in ACTIVATIONS:
        a, d_prev = sigmoid(apart(M, IN)), np.empty((M, nk.padded(IN)), "f4")
        nk.dense_backward(activation, OUT, layer.d, layer.panels, a, d_prev)
        close(d_prev[:, :IN], layer.d[:, :OUT].astype(float) @ layer.w * prime(a.astype(float)), 1e-5)


def test_dense_update():
    layer, x = Layer(), apart(M, IN)
    bias = layer.bias + -0.1 * layer.d.astype(float).sum(0)
    nk.dense_update(OUT, -0.1, layer.d, x, 0.9, layer.panels, layer.bias)
    close(layer.weights(), 0.9 * layer.w - 0.1 * layer.d[:, :OUT].T.astype(float) @ x, 1e-5)
    close(layer.bias, bias, 1e-5)
