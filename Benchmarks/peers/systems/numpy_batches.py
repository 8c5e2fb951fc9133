"""NumPy as one writes it with matrices: a whole mini-batch in one product. A step is a mini-batch.

Update rules work in place, on blocks that stay in the second-level cache while the rule goes over them.
"""

import numpy as np
from serve import serve_training

np.seterr(over="ignore")  # e^-z may be infinite: 1 / (1 + infinity) is the 0 it should be

ONE, ZERO = np.float32(1), np.float32(0)
BLOCK = 16_384


def softmax(z):
    z -= z.max(1, keepdims=True)
    np.exp(z, out=z)
    z /= z.sum(1, keepdims=True)
    return z


ACTIVATIONS = {
    "sigmoid": lambda z: ONE / (ONE + np.exp(-z)),
    "relu": lambda z: np.maximum(z, ZERO, out=z),
    "softmax": softmax}


def multiply_by_prime(delta, activation, a):
    """delta * f'(z), from a = f(z)."""
    return delta * a * (ONE - a) if activation == "sigmoid" else np.multiply(delta, a > ZERO, out=delta)


class NumPyBatches:
    def __init__(self, task):
        self.task, self.x, self.y = task, task.x, task.y
        self.layers = task.parameters()
        self.states = [[tuple(np.zeros_like(p) for _ in range(2)) for p in layer] for layer in self.layers]
        self.work = np.empty(BLOCK, np.float32)
        self.mini_batches = task.mini_batches()
        self.sizes = task.sizes()
        self.learn = {"sgd": self.sgd, "momentum": self.momentum}.get(task.update, self.adam)

    def feedforward(self, x, drop=False):
        """The activations of every layer, x first, and the masks of the hidden layers' dropout."""
        task, a, masks = self.task, [x], [None]
        for layer, (w, b) in enumerate(self.layers):
            z = a[-1] @ w
            z += b
            last = layer == len(self.layers) - 1
            a.append(ACTIVATIONS[task.output_activation if last else task.activation](z))
            if drop and not last:
                # A byte is enough for a probability in 256ths.
                bits = np.frombuffer(task.random.bytes(z.size), np.uint8).reshape(z.shape)
                masks.append((bits >= round(256 * task.dropout)) * np.float32(1 / (1 - task.dropout)))
                a[-1] *= masks[-1]
        return a, masks

    def step(self):
        task, indices = self.task, next(self.mini_batches)
        a, masks = self.feedforward(self.x[indices], drop=task.dropout > 0)
        delta = a[-1] - self.y[indices]
        if task.cost == "quadratic":
            delta = delta * a[-1] * (ONE - a[-1])
        delta *= np.float32(1 / len(indices))
        sizes = next(self.sizes)
        for layer in range(len(self.layers) - 1, -1, -1):
            w, b = self.layers[layer]
            before = None
            if layer:
                before = multiply_by_prime(delta @ w.T, task.activation, a[layer])
                if task.dropout:
                    before *= masks[layer]
            self.learn(w, a[layer].T @ delta, self.states[layer][0], sizes, task.weight_decay)
            self.learn(b, delta.sum(0), self.states[layer][1], sizes, 0)
            delta = before
        return len(indices)

    def sgd(self, p, g, state, sizes, _):
        g *= sizes[0]
        p -= g

    def momentum(self, p, g, state, sizes, _):
        v = state[0]
        v *= np.float32(self.task.momentum)
        g *= sizes[0]
        v -= g
        p += v

    def adam(self, p, g, state, sizes, weight_decay):
        rate, length, epsilon = sizes
        one, two = np.float32(self.task.momentum), np.float32(self.task.beta2)
        decay = ONE - rate * np.float32(weight_decay)
        arrays = [array.reshape(-1) for array in (p, g, *state)]
        for start in range(0, p.size, BLOCK):
            p, g, v, s = (array[start:start + BLOCK] for array in arrays)
            work = self.work[:len(p)]
            v *= one
            np.multiply(g, ONE - one, out=work)
            v += work
            g *= g
            g *= ONE - two
            s *= two
            s += g
            np.sqrt(s, out=work)
            work += epsilon
            np.divide(v, work, out=work)
            work *= length
            if weight_decay:
                p *= decay
            p -= work

    def read(self, x):
        return self.feedforward(x)[0][-1].argmax(1)


serve_training(NumPyBatches, f"NumPy {np.__version__}")
