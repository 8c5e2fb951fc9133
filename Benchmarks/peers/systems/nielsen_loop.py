"""The algorithm of "Neural Networks and Deep Learning", chapter 1, step by step as its program goes: sample by sample.

Written anew, in float32 as the other systems are; the book's program is in float64. A step is a mini-batch.
"""

import numpy as np
from serve import serve_training

np.seterr(over="ignore")  # e^-z may be infinite: 1 / (1 + infinity) is the 0 it should be


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def sigmoid_prime(z):
    return sigmoid(z) * (1 - sigmoid(z))


class NielsenLoop:
    def __init__(self, task):
        layers = task.parameters()
        self.weights = [w.T.copy() for w, _ in layers]
        self.biases = [b.reshape(-1, 1) for _, b in layers]
        self.samples = [(x.reshape(-1, 1), y.reshape(-1, 1)) for x, y in zip(task.x, task.y)]
        self.learning_rate = np.float32(task.learning_rate)
        self.mini_batches = task.mini_batches()

    def step(self):
        """Adds up the gradients of a mini-batch's samples, one by one, and goes down."""
        mini_batch = [self.samples[index] for index in next(self.mini_batches)]
        nabla_b = [np.zeros_like(b) for b in self.biases]
        nabla_w = [np.zeros_like(w) for w in self.weights]
        for x, y in mini_batch:
            of_sample_b, of_sample_w = self.backpropagate(x, y)
            nabla_b = [total + nabla for total, nabla in zip(nabla_b, of_sample_b)]
            nabla_w = [total + nabla for total, nabla in zip(nabla_w, of_sample_w)]
        rate = self.learning_rate / np.float32(len(mini_batch))
        self.weights = [w - rate * nabla for w, nabla in zip(self.weights, nabla_w)]
        self.biases = [b - rate * nabla for b, nabla in zip(self.biases, nabla_b)]
        return len(mini_batch)

    def backpropagate(self, x, y):
        """The gradient of one sample's cost: BP1 to BP4."""
        nabla_b = [np.zeros_like(b) for b in self.biases]
        nabla_w = [np.zeros_like(w) for w in self.weights]
        z, a = [], [x]
        for w, b in zip(self.weights, self.biases):
            z.append(np.dot(w, a[-1]) + b)
            a.append(sigmoid(z[-1]))
        delta = (a[-1] - y) * sigmoid_prime(z[-1])
        nabla_b[-1], nabla_w[-1] = delta, np.dot(delta, a[-2].T)
        for layer in range(2, len(self.weights) + 1):
            delta = np.dot(self.weights[-layer + 1].T, delta) * sigmoid_prime(z[-layer])
            nabla_b[-layer], nabla_w[-layer] = delta, np.dot(delta, a[-layer - 1].T)
        return nabla_b, nabla_w

    def read(self, x):
        a = x.T
        for w, b in zip(self.weights, self.biases):
            a = sigmoid(w @ a + b)
        return a.argmax(0)


serve_training(NielsenLoop, f"NumPy {np.__version__}")
