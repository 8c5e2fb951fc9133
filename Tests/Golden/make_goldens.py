#!/usr/bin/env python3
"""Writes backpropagation.json: what a second implementation, in float64 NumPy, makes of small networks.

The mathematics is that of Nielsen's network.py (quadratic cost) and network2.py (cross-entropy, L2), one sample at
a time, written from the book's equations. The random numbers (Philox4x32-10, Fisher-Yates, the polar method) are
implemented here a second time too, so that nothing in the golden comes from the program it checks.

    python3 Tests/Golden/make_goldens.py        (needs numpy)
"""

import json
import math
import pathlib

import numpy as np

MASK = 0xFFFFFFFF


class Philox:
    """Philox4x32-10 (Salmon et al. 2011), words handed out in order."""

    def __init__(self, seed, stream):
        self.key = (seed & MASK, seed >> 32)
        self.stream = stream
        self.position = 0
        self.words = []

    def next(self):
        if not self.words:
            c = [self.position & MASK, self.position >> 32, self.stream & MASK, self.stream >> 32]
            k0, k1 = self.key
            for _ in range(10):
                p0, p1 = c[0] * 0xD2511F53, c[2] * 0xCD9E8D57
                c = [(p1 >> 32) ^ c[1] ^ k0, p1 & MASK, (p0 >> 32) ^ c[3] ^ k1, p0 & MASK]
                k0, k1 = (k0 + 0x9E3779B9) & MASK, (k1 + 0xBB67AE85) & MASK
            self.words = c
            self.position += 1
        return self.words.pop(0)

    def below(self, bound):
        threshold = (2**32 - bound) % bound
        while True:
            product = self.next() * bound
            if (product & MASK) >= threshold:
                return product >> 32

    def gaussian(self):
        while True:
            u = 2 * (self.next() / 2**32) - 1 + 2**-32
            v = 2 * (self.next() / 2**32) - 1 + 2**-32
            s = u * u + v * v
            if s < 1:
                return u * math.sqrt(-2 * math.log(s) / s)


def initial_parameters(sizes, seed, normalized):
    weights, biases = [], []
    for layer, (inputs, outputs) in enumerate(zip(sizes[:-1], sizes[1:])):
        random = Philox(seed, 1 << 32 | layer)
        scale = 1 / math.sqrt(inputs) if normalized else 1
        weights.append(np.array([[random.gaussian() * scale for _ in range(inputs)] for _ in range(outputs)]))
        biases.append(np.array([random.gaussian() for _ in range(outputs)]))
    # The networks compared start from the same float32 numbers.
    return [np.float64(np.float32(w)) for w in weights], [np.float64(np.float32(b)) for b in biases]


def epoch_order(count, seed, epoch):
    random = Philox(seed, 2 << 32 | epoch)
    order = list(range(count))
    for last in range(count - 1, 0, -1):
        other = random.below(last + 1)
        order[last], order[other] = order[other], order[last]
    return order


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def backpropagation(weights, biases, x, y, cost):
    activations, zs = [x], []
    for w, b in zip(weights, biases):
        zs.append(w @ activations[-1] + b)
        activations.append(sigmoid(zs[-1]))
    a = activations[-1]
    delta = a - y
    if cost == "quadratic":
        value = 0.5 * np.sum((a - y) ** 2)
        delta = delta * sigmoid(zs[-1]) * (1 - sigmoid(zs[-1]))
    else:
        value = -np.sum(y * np.log(a) + (1 - y) * np.log(1 - a))
    deltas = [delta]
    for w, z in zip(weights[:0:-1], zs[-2::-1]):
        deltas.insert(0, (w.T @ deltas[0]) * sigmoid(z) * (1 - sigmoid(z)))
    return {
        "activations": activations,
        "weightedInputs": zs,
        "errors": deltas,
        "nablaW": [np.outer(d, a) for d, a in zip(deltas, activations)],
        "nablaB": deltas,
        "cost": value,
    }


def train(weights, biases, images, targets, cost, batch, eta, lmbda, seed, epochs):
    n = len(images)
    weights, biases = [w.copy() for w in weights], [b.copy() for b in biases]
    costs = []
    for epoch in range(epochs):
        order = epoch_order(n, seed, epoch)
        total = 0.0
        for start in range(0, n, batch):
            indices = order[start : start + batch]
            passes = [backpropagation(weights, biases, images[i], targets[i], cost) for i in indices]
            total += sum(p["cost"] for p in passes)
            for layer in range(len(weights)):
                nabla_w = sum(p["nablaW"][layer] for p in passes)
                nabla_b = sum(p["nablaB"][layer] for p in passes)
                weights[layer] = (1 - eta * lmbda / n) * weights[layer] - eta / len(indices) * nabla_w
                biases[layer] = biases[layer] - eta / len(indices) * nabla_b
        costs.append(total / n + 0.5 * lmbda / n * sum(np.sum(w**2) for w in weights))
    return weights, biases, costs


def flat(arrays):
    return [[float("%.12g" % value) for value in np.ravel(array)] for array in arrays]


def case(sizes, cost, normalized, samples, batch, eta, lmbda, epochs, seed):
    weights, biases = initial_parameters(sizes, seed, normalized)
    random = Philox(seed, 99)
    # About every third pixel is zero, as on a digit.
    pixels = [[random.below(256) * (random.below(3) > 0) for _ in range(sizes[0])] for _ in range(samples)]
    labels = [random.below(sizes[-1]) for _ in range(samples)]
    images = [np.array(p) / 255 for p in pixels]
    targets = [np.eye(sizes[-1])[label] for label in labels]
    first = backpropagation(weights, biases, images[0], targets[0], cost)
    passes = [backpropagation(weights, biases, x, y, cost) for x, y in zip(images, targets)]
    trained = train(weights, biases, images, targets, cost, batch, eta, lmbda, seed, epochs)
    return {
        "sizes": sizes, "cost": cost, "initialization": "normalized" if normalized else "large", "seed": seed,
        "miniBatchSize": batch, "learningRate": eta, "regularization": lmbda, "epochs": epochs,
        "pixels": pixels, "labels": labels, "order": epoch_order(samples, seed, 0),
        "weights": flat(weights), "biases": flat(biases),
        "first": {key: flat(first[key]) for key in ("activations", "weightedInputs", "errors", "nablaW", "nablaB")},
        "firstCost": first["cost"],
        "gradientW": flat([sum(p["nablaW"][layer] for p in passes) for layer in range(len(weights))]),
        "gradientB": flat([sum(p["nablaB"][layer] for p in passes) for layer in range(len(weights))]),
        "meanCost": sum(p["cost"] for p in passes) / samples,
        "trainedWeights": flat(trained[0]), "trainedBiases": flat(trained[1]), "trainingCosts": trained[2],
    }


def main():
    cases = [
        case([6, 4, 3], "quadratic", False, 12, 5, 3.0, 0.0, 2, 7),
        case([6, 4, 3], "cross-entropy", True, 12, 5, 0.5, 5.0, 2, 11),
        case([20, 37, 18, 5], "quadratic", True, 11, 4, 1.0, 0.1, 1, 3),
        case([20, 37, 18, 5], "cross-entropy", True, 11, 4, 0.5, 0.0, 1, 5),
    ]
    path = pathlib.Path(__file__).with_name("backpropagation.json")
    path.write_text(json.dumps(cases, separators=(",", ":")) + "\n")
    print(f"{path.name}: {len(cases)} cases, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
