"""PyTorch by a recipe: Linear layers, autograd, SGD with fused kernels; pictures distorted many at a time.

The elastic field is noise times the Gaussian as a matrix: the separable convolution, and many times as fast as conv2d
by columns and rows. Pictures are read by `grid_sample`. Two forms: eager, and what `torch.compile` makes of the
distortion and of the network's cost.
"""

import sys
import time

import recipe

if __name__ == "__main__":
    recipe.keep_to_one_core()

import torch  # noqa: E402
from recipe import SIDE  # noqa: E402
from torch.nn import functional  # noqa: E402

# Mini-batches that are distorted at once: an operation on one mini-batch costs more to begin than to do.
DISTORTED_AT_ONCE = 10


def sources(augmentation, smoothing, samples):
    """[samples, 2, 28 rows, 28 columns]: the column and row that each pixel comes from; -1 and 1 are the outermost
    pixels' centres."""
    half = (SIDE - 1) / 2
    xx, xy, x, yx, yy, y = augmentation.maps(torch.rand(6, samples) * 2 - 1, torch)
    maps = torch.stack((xx, xy, x / half, yx, yy, y / half), 1).reshape(samples, 2, 3)
    aside = torch.linspace(-1, 1, SIDE)
    places = torch.stack(torch.broadcast_tensors(aside, aside[:, None], torch.ones(SIDE, SIDE))).reshape(3, -1)
    places = torch.matmul(maps, places).reshape(-1, SIDE, SIDE)
    if augmentation.alpha:
        # A byte each, as Nabla's: (2 k - 255) / 256. Four of a random word are twice as fast as a random number each.
        words = torch.randint(-2**31, 2**31 - 1, (samples * SIDE * SIDE // 2,), dtype=torch.int32)
        noise = words.view(torch.uint8).to(torch.float32).sub_(255 / 2)
        by_rows = (noise.reshape(-1, SIDE) @ smoothing).reshape(-1, SIDE, SIDE)
        places = torch.baddbmm(places, smoothing.expand(2 * samples, SIDE, SIDE), by_rows,
                               alpha=augmentation.alpha / half / 128)
    return places.reshape(samples, 2, SIDE, SIDE)


def read(images, places):
    """[samples, 784]: the pictures [samples, 784], bilinear at their sources, paper around them."""
    return functional.grid_sample(
        images.reshape(-1, 1, SIDE, SIDE), places.permute(0, 2, 3, 1), padding_mode="zeros",
        align_corners=True).reshape(len(images), -1)


class PyTorch:
    def __init__(self, task, form):
        if sys.argv[1] == "1":
            torch.set_num_threads(1)
        torch.manual_seed(task.seed)
        self.task = task
        self.x, self.validation_x = (
            torch.from_numpy(recipe.pixels(images)) for images in (task.images, task.validation_images))
        self.y, self.validation_y = (
            torch.from_numpy(labels.astype("int64")) for labels in (task.labels, task.validation_labels))
        modules = []
        for w, b in task.parameters():
            linear = torch.nn.Linear(*w.shape)
            with torch.no_grad():
                linear.weight.copy_(torch.from_numpy(w.T))
                linear.bias.copy_(torch.from_numpy(b))
            modules += [linear, torch.nn.ReLU()]
        self.network = torch.nn.Sequential(*modules[:-1])
        # The rate of a step is a part of what the optimizer remembers only here; Nabla's velocity has it in it. The
        # rules are the same where the rate is constant, and differ by its change from one step to the next.
        self.optimizer = torch.optim.SGD(
            self.network.parameters(), lr=task.learning_rate, momentum=task.momentum, nesterov=True, fused=True)

        def cost(x, y):
            return functional.cross_entropy(self.network(x), y)

        self.distort = None
        if task.augmentation:
            smoothing = torch.from_numpy(task.augmentation.smoothing())

            def distort(images):
                return read(images, sources(task.augmentation, smoothing, images.shape[0]))

            self.distort = distort
        self.cost = cost
        self.compile_seconds = 0.0
        if form == "compiled":
            self.cost = torch.compile(cost)
            self.distort = self.distort and torch.compile(self.distort)
            self.compile_seconds = self.compile()

    def compile(self):
        """Compiles by a first call of each function, whose results are thrown away; returns the seconds."""
        start = time.perf_counter()
        m = self.task.batch_size
        if self.distort:
            self.distort(self.x[: m * DISTORTED_AT_ONCE])
        self.cost(self.x[:m], self.y[:m]).backward()
        self.optimizer.zero_grad()
        return time.perf_counter() - start

    def pictures(self, indices):
        """Mini-batches of an epoch, (x, y) each."""
        m = self.task.batch_size
        at_once = m * DISTORTED_AT_ONCE if self.distort else m
        for chunk in indices.split(at_once):
            x, y = self.x[chunk], self.y[chunk]
            if self.distort:
                # The last chunk may be short: its shape is compiled too, unless it is filled up.
                if len(x) < at_once:
                    x = functional.pad(x, (0, 0, 0, at_once - len(x)))
                x = self.distort(x)[: len(y)]
            yield from zip(x.split(m), y.split(m))

    def epoch(self, rates):
        indices = torch.randperm(len(self.x))[: len(rates) * self.task.batch_size]
        for rate, (x, y) in zip(rates, self.pictures(indices)):
            cost = self.cost(x, y)
            self.optimizer.zero_grad()
            cost.backward()
            for group in self.optimizer.param_groups:
                group["lr"] = float(rate)
            self.optimizer.step()
        with torch.no_grad():
            return (self.network(self.validation_x).argmax(1) == self.validation_y).float().mean()


if __name__ == "__main__":
    recipe.run(PyTorch, "PyTorch " + torch.__version__.split("+")[0])
