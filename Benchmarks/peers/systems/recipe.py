"""What the process of a peer does that trains by a recipe of accuracy.py: it tells of each epoch as it ends.

    SCRIPT THREADS FORM TASK        (TASK is JSON: a recipe, and "folder", "seed")

The time of a line's arrival counts, from the start of the process: imports, reading, compilation, evaluations. Here is
what every peer needs alike; NumPy alone is imported.
"""

import json
import math
import os
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import dataset  # noqa: E402

SIDE = 28


def keep_to_one_core():
    """Where one thread was asked for: before a library starts its threads, which flags alone do not hold back."""
    if sys.argv[1] == "1" and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


class Augmentation:
    """The parts of --augment: "shift:1.5,rotate:12,scale:14%,shear:6,elastic:5:36"."""

    def __init__(self, text):
        parts = {name: numbers for name, *numbers in (part.split(":") for part in text.split(","))}
        self.shift, self.rotation, self.scale, self.shear = (
            float(parts.get(name, ["0"])[0].rstrip("%")) for name in ("shift", "rotate", "scale", "shear"))
        self.scale /= 100
        self.sigma, self.alpha = map(float, parts.get("elastic", ["1", "0"]))

    def smoothing(self):
        """[28, 28]: the Gaussian, cut at 3 sigma, as a matrix. Times a row of noise it is the convolution with zeros
        around the picture."""
        radius = math.ceil(3 * self.sigma)
        taps = np.exp(-np.arange(-radius, radius + 1) ** 2 / (2 * self.sigma**2))
        distance = np.arange(SIDE)[:, None] - np.arange(SIDE) + radius
        inside = (distance >= 0) & (distance <= 2 * radius)
        return np.where(inside, (taps / taps.sum())[np.clip(distance, 0, 2 * radius)], 0).astype(np.float32)

    def maps(self, numbers, of):
        """xx, xy, x, yx, yy, y of samples: the source of a pixel, X columns and Y rows from the centre, lies
        xx X + xy Y + x columns and yx X + yy Y + y rows from it. Scaled, then slanted, then turned.

        `numbers` are six arrays, uniform from -1 to 1; `of` is the module whose functions take them.
        """
        turn, lean = (numbers[i] * math.radians(most) for i, most in ((2, self.rotation), (3, self.shear)))
        c, s, t = of.cos(turn), of.sin(turn), of.tan(lean)
        sx, sy = (1 + numbers[i] * self.scale for i in (4, 5))
        return ((c + t * s) / sx, (s - t * c) / sx, numbers[0] * self.shift,
                -s / sy, c / sy, numbers[1] * self.shift)


class Task:
    """What is to be trained, on what, and with which first parameters."""

    def __init__(self, description):
        # folder, seed, layers, batch_size, learning_rate, momentum, schedule, epochs, augment
        self.__dict__.update(description)
        (self.images, self.labels), (self.validation_images, self.validation_labels) = (
            [np.frombuffer(raw, np.uint8) for raw in dataset.read(pathlib.Path(self.folder), part)]
            for part in ("train", "test"))
        self.images, self.validation_images = (
            images.reshape(-1, dataset.PIXELS) for images in (self.images, self.validation_images))
        self.augmentation = Augmentation(self.augment) if self.augment else None
        self.steps_of_epoch = len(self.images) // self.batch_size
        self.random = np.random.default_rng(self.seed)

    def parameters(self):
        """(w [inputs, outputs], b [outputs]) of every layer: N(0, sqrt(2/inputs)) and 0, Nabla's first weights for
        ReLU."""
        return [
            (self.random.standard_normal((inputs, outputs), dtype=np.float32) * np.float32(math.sqrt(2 / inputs)),
             np.zeros(outputs, np.float32)) for inputs, outputs in zip(self.layers, self.layers[1:])]

    def rates(self):
        """[epochs, steps]: the learning rate of each step, by Nabla's formulas (Schedule.swift)."""
        steps = self.epochs * self.steps_of_epoch
        done = np.arange(steps) / steps
        if self.schedule == "cosine":
            factors = (1 + np.cos(np.pi * done)) / 2
        else:
            warm_up, start, final = 0.3, 1 / 25, 1e-4
            falling = final + (1 - final) * (1 + np.cos(np.pi * (done - warm_up) / (1 - warm_up))) / 2
            factors = np.where(done < warm_up, start + (1 - start) * done / warm_up, falling)
        return (self.learning_rate * factors).astype(np.float32).reshape(self.epochs, -1)


def pixels(images):
    """0 ... 255 as 0 ... 1."""
    return images.astype(np.float32) / np.float32(255)


def tell(**what):
    print(json.dumps(what), flush=True)


def run(make, version):
    """`make(task, form)` is a trainer: `epoch(rates)` trains on all samples once and returns the share of the
    validation set that it reads right; `compile_seconds` is what compilation took of its first epoch or before."""
    task = Task(json.loads(sys.argv[3]))
    trainer = make(task, sys.argv[2])
    rates = task.rates()
    for number in range(task.epochs):
        accuracy = trainer.epoch(rates[number])
        if number == 0:
            tell(version=version, compile_seconds=trainer.compile_seconds)
        tell(epoch=number + 1, validation_accuracy=float(accuracy))
