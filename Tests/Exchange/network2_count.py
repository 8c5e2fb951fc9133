"""Counts right answers as the book's network2.py does: network2_count.py MODEL INPUTS LABELS, raw float32 and bytes.

`load` is the book's, but for the module's `Network`; sigmoid and feedforward are the book's too.
"""
import json
import sys

import numpy as np


class CrossEntropyCost:
    pass


class QuadraticCost:
    pass


class Network:
    def __init__(self, sizes, cost=CrossEntropyCost):
        self.num_layers, self.sizes, self.cost = len(sizes), sizes, cost

    def feedforward(self, a):
        for b, w in zip(self.biases, self.weights):
            a = sigmoid(np.dot(w, a) + b)
        return a


def load(filename):
    f = open(filename, "r")
    data = json.load(f)
    f.close()
    cost = getattr(sys.modules[__name__], data["cost"])
    net = Network(data["sizes"], cost=cost)
    net.weights = [np.array(w) for w in data["weights"]]
    net.biases = [np.array(b) for b in data["biases"]]
    return net


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


net = load(sys.argv[1])
for w, b, n, m in zip(net.weights, net.biases, net.sizes, net.sizes[1:]):
    assert w.shape == (m, n) and b.shape == (m, 1), (w.shape, b.shape)
    assert (w == w.astype(np.float32)).all() and (b == b.astype(np.float32)).all(), "numbers that are no floats"
x = np.fromfile(sys.argv[2], np.float32).reshape(-1, net.sizes[0])
labels = np.fromfile(sys.argv[3], np.uint8)
right = sum(int(np.argmax(net.feedforward(s[:, None].astype(np.float64))) == y) for s, y in zip(x, labels))
print(right, net.cost.__name__)
