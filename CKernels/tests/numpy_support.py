"""What the tests of nabla_kernels.py share: numbers, layers, and how they are compared."""
import numpy as np

import nabla_kernels as nk

random = np.random.default_rng(1)


def floats(*shape):
    return random.standard_normal(shape, np.float32)


def apart(*shape):
    """Rows with a gap after each, as in a view of columns."""
    return floats(shape[0], shape[1] + 5)[:, 2: 2 + shape[1]]


def close(found, expected, tolerance=2e-6):
    """Within rounding of sums of some hundred terms."""
    assert found.shape == expected.shape, (found.shape, expected.shape)
    error = np.abs(found - expected) / (1 + np.abs(expected))
    assert (error <= tolerance).all(), f"{error.max()} off"


def refused(message, function, *arguments, **named):
    try:
        function(*arguments, **named)
    except ValueError as error:
        assert str(error).startswith(message), f"{error}, expected {message}"
        return
    assert False, f"no error, expected {message}"


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


M, OUT, IN = 9, 21, 35  # neither is a multiple of a panel's 16 outputs


class Layer:
    """Weights and their panels; errors d with zeros past OUT."""

    def __init__(self):
        self.w, self.bias = floats(OUT, IN), np.zeros(nk.padded(OUT), "f4")
        self.bias[:OUT] = floats(OUT)
        self.panels = np.empty(nk.panels_size(OUT, IN), "f4")
        nk.panels_pack(self.w, self.panels)
        self.d = np.zeros((M, nk.padded(OUT)), "f4")
        self.d[:, :OUT] = floats(M, OUT)

    def weights(self, panels=None):
        w = np.empty((OUT, IN), "f4")
        nk.panels_unpack(self.panels if panels is None else panels, w)
        return w
