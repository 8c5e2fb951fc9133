"""What the process of every peer does: it reads a line, does what the line says, and answers with a line."""

import functools
import itertools
import json
import pathlib
import sys
import time

import numpy as np
from safetensors.numpy import load_file

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import dataset  # noqa: E402
import networks  # noqa: E402


@functools.lru_cache(maxsize=1)
def load(folder):
    """x [samples, 784] in 0 ... 1 and labels of both parts."""
    parts = []
    for part in ("train", "test"):
        images, labels = dataset.read(pathlib.Path(folder), part)
        parts += [np.frombuffer(images, np.uint8).reshape(-1, dataset.PIXELS).astype(np.float32) / np.float32(255),
                  np.frombuffer(labels, np.uint8)]
    return parts


class Task:
    """What is to be trained, on what, by which rule, and with which first parameters."""

    def __init__(self, description):
        # folder, layers, batch_size, learning_rate, cross_entropy_rate, epochs, and what networks.py calls plain
        self.__dict__.update(networks.PLAIN | description)
        self.x, self.labels, self.test_x, self.test_labels = load(self.folder)
        self.y = np.eye(self.layers[-1], dtype=np.float32)[self.labels]
        self.random = np.random.default_rng(1)
        self.steps_of_epoch = len(self.x) // self.batch_size

    def parameters(self):
        """(w [inputs, outputs], b [outputs]) of every layer. normalized, Nabla's default: N(0, 1/sqrt(inputs)) and
        N(0, 1). he: N(0, sqrt(2/inputs)) and 0."""
        normal = functools.partial(self.random.standard_normal, dtype=np.float32)
        factor, of_bias = (2, 0) if self.init == "he" else (1, 1)
        return [(normal((inputs, outputs)) * np.float32(factor / inputs) ** np.float32(0.5),
                 normal(outputs) * np.float32(of_bias)) for inputs, outputs in zip(self.layers, self.layers[1:])]

    def sizes_of_epoch(self, epoch):
        """[steps, 3]: of each step the learning rate, and Adam's step length and epsilon with its bias corrections in
        them. The cosine falls over the epochs that accuracies are compared after; turns go on with a new one."""
        steps = np.arange(epoch * self.steps_of_epoch, (epoch + 1) * self.steps_of_epoch)
        rates = np.full(len(steps), self.learning_rate)
        if self.schedule == "cosine":
            whole = max(1, self.epochs) * self.steps_of_epoch
            rates *= (1 + np.cos(np.pi * (steps % whole) / whole)) / 2
        t = steps + 1
        root = np.sqrt(1 - self.beta2**t)
        return np.float32([rates, rates * root / (1 - self.momentum**t), self.epsilon * root]).T

    def sizes(self):
        """A row of `sizes_of_epoch` after the other, epoch after epoch."""
        for epoch in itertools.count():
            yield from self.sizes_of_epoch(epoch)

    def mini_batches(self):
        """Indices of one mini-batch after the other, epoch after epoch, each epoch in a new order."""
        while True:
            order = self.random.permutation(len(self.x))
            for start in range(0, len(order) - self.batch_size + 1, self.batch_size):
                yield order[start:start + self.batch_size]


def serve(prepare):
    """Obeys standard input. `prepare(description)` returns a step, which works on some samples and returns how many,
    and what is to be told of the preparation."""
    for line in sys.stdin:
        request = json.loads(line)
        if "task" in request:
            step, answer = prepare(request["task"])
        else:
            samples, start = 0, time.perf_counter()
            while time.perf_counter() < start + request["seconds"] or samples == 0:
                samples += step()
            answer = {"rate": samples / (time.perf_counter() - start)}
        print(json.dumps(answer), flush=True)


def serve_training(make, version):
    """`make(task)` is a trainer: `step()` trains on some samples, `read(x)` is the digits that it reads in x."""
    def prepare(description):
        task = Task(description)
        trainer = make(task)
        samples = trainer.step()  # what is compiled or started by the first step is never timed
        while samples < task.epochs * (len(task.x) // task.batch_size * task.batch_size):
            samples += trainer.step()
        return trainer.step, {"version": version, "accuracy": accuracy(trainer.read(task.test_x), task.test_labels)}
    serve(prepare)


def serve_evaluation(make, version):
    """`make(layers, x)` is a function that returns the digits read in x by a network that Nabla trained."""
    def prepare(description):
        model = load_file(description["model"])
        layers = [(np.ascontiguousarray(model[f"layers.{layer}.weight"].T), model[f"layers.{layer}.bias"])
                  for layer in range(len(model) // 2)]
        _, _, x, labels = load(description["folder"])
        read = make(layers, x)
        answer = {"version": version, "accuracy": accuracy(read(), labels)}
        return lambda: len(read()), answer
    serve(prepare)


def accuracy(read, labels):
    return float(np.mean(np.asarray(read) == labels))
