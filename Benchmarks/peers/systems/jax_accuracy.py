"""JAX by a recipe: an epoch, its distorted pictures and the evaluation are one `jit`, the data set is on the device.

What was measured to be fastest: JAX's usual generator, whose words are taken apart into bytes here; the Gaussian as a
matrix product over all rows of a mini-batch at once, with rows first and columns last so that nothing is transposed;
the four pixels around a source as one word of a table made once, so that a pixel costs one gather.
"""

import sys
import time

import recipe

if __name__ == "__main__":
    recipe.keep_to_one_core()

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
from recipe import SIDE  # noqa: E402

# Sources lie in a margin of one pixel around the picture: columns and rows 0 ... 29 of the words.
WORDS = SIDE + 2
GENERATOR = "threefry2x32"


def words(images):
    """[samples, 30 * 30] of 32 bits: at (i, j) of a picture with one pixel of paper around, that pixel, the one behind,
    and those below both."""
    padded = np.zeros((len(images), WORDS + 1, WORDS + 1), np.uint32)
    padded[:, 1:-2, 1:-2] = images.reshape(-1, SIDE, SIDE)
    left, right = padded[:, :, :-1], padded[:, :, 1:]
    return (left[:, :-1] | right[:, :-1] << 8 | left[:, 1:] << 16 | right[:, 1:] << 24).reshape(len(images), -1)


def sources(augmentation, key, samples):
    """x, y [28 rows, samples, 28 columns]: the column and row that each pixel comes from."""
    of_map, of_field = jax.random.split(key)
    numbers = jax.random.uniform(of_map, (6, samples, 1), minval=-1, maxval=1)
    xx, xy, x, yx, yy, y = augmentation.maps(numbers, jnp)
    aside = jnp.arange(SIDE) - (SIDE - 1) / 2
    below = aside[:, None, None]
    x, y = (xx * aside + xy * below + x + (SIDE - 1) / 2, yx * aside + yy * below + y + (SIDE - 1) / 2)
    if augmentation.alpha:
        smoothing = jnp.asarray(augmentation.smoothing())
        # A byte each, as Nabla's: (2 k - 255) / 256.
        four = jax.random.bits(of_field, (SIDE, 1, samples * SIDE // 2), jnp.uint32)
        noise = (four >> jnp.arange(0, 32, 8, jnp.uint32)[:, None] & 255).astype(jnp.float32) / 128 - 255 / 256
        field = (smoothing * augmentation.alpha @ noise.reshape(SIDE, -1)).reshape(-1, SIDE) @ smoothing
        field = field.reshape(SIDE, 2, samples, SIDE)
        x, y = x + field[:, 0], y + field[:, 1]
    return x, y


def read(table, samples, x, y):
    """[samples, 784] in 0 ... 1: the pictures of `samples`, bilinear at their sources, paper around them."""
    x, y = (jnp.clip(source + 1, 0, WORDS - 1) for source in (x, y))
    column, row = jnp.floor(x), jnp.floor(y)
    place = (row * WORDS + column).astype(jnp.int32) + samples[:, None] * WORDS**2
    # Without the barriers XLA computes sources and fields again for each use, one by one: twice the time.
    place, f, g = jax.lax.optimization_barrier((place, x - column, y - row))
    four = jax.lax.optimization_barrier(table.at[place].get(mode="promise_in_bounds"))
    p00, p01, p10, p11 = (((four >> shift) & 255).astype(jnp.float32) for shift in (0, 8, 16, 24))
    above, under = p00 + f * (p01 - p00), p10 + f * (p11 - p10)
    return ((above + g * (under - above)) / 255).transpose(1, 0, 2).reshape(len(samples), -1)


def feedforward(layers, x):
    """The activations of every layer, x first; of the last layer what softmax takes."""
    a = [x]
    for w, b in layers[:-1]:
        a.append(jax.nn.relu(a[-1] @ w + b))
    w, b = layers[-1]
    return [*a, a[-1] @ w + b]


class JAX:
    def __init__(self, task, form):
        self.layers = [(jnp.asarray(w), jnp.asarray(b)) for w, b in task.parameters()]
        self.velocities = jax.tree.map(jnp.zeros_like, self.layers)
        self.key = jax.random.key(task.seed, impl=GENERATOR)
        augmentation, mu, m, steps = task.augmentation, task.momentum, task.batch_size, task.steps_of_epoch
        # The data are arguments: as constants, they would be compiled.
        images = words(task.images).reshape(-1) if augmentation else recipe.pixels(task.images)
        self.data = [jnp.asarray(array) for array in (
            images, task.labels, recipe.pixels(task.validation_images), task.validation_labels)]
        samples, outputs = len(task.images), task.layers[-1]

        def mini_batch(images, labels, network, given):
            layers, velocities = network
            indices, rate, key = given
            x = read(images, indices, *sources(augmentation, key, m)) if augmentation else images[indices]
            a = feedforward(layers, x)
            delta = (jax.nn.softmax(a[-1]) - jax.nn.one_hot(labels[indices], outputs)) / m
            gradients = []
            for layer in range(len(layers) - 1, -1, -1):
                gradients.insert(0, (a[layer].T @ delta, delta.sum(0)))
                if layer:
                    delta = (delta @ layers[layer][0].T) * (a[layer] > 0)
            velocities = jax.tree.map(lambda v, g: mu * v - rate * g, velocities, gradients)
            layers = jax.tree.map(lambda w, v, g: w + mu * v - rate * g, layers, velocities, gradients)
            return (layers, velocities), None

        def epoch(layers, velocities, key, rates, images, labels, validation_images, validation_labels):
            key, of_order, of_pictures = jax.random.split(key, 3)
            order = jax.random.permutation(of_order, samples)[: steps * m].reshape(steps, m)
            keys = jax.random.split(of_pictures, steps)
            (layers, velocities), _ = jax.lax.scan(
                lambda network, given: mini_batch(images, labels, network, given), (layers, velocities),
                (order, rates, keys))
            digits = feedforward(layers, validation_images)[-1].argmax(1)
            return layers, velocities, key, (digits == validation_labels).mean()

        start = time.perf_counter()
        self.compiled = jax.jit(epoch, donate_argnums=(0, 1)).lower(
            self.layers, self.velocities, self.key, jnp.zeros(steps), *self.data).compile()
        self.compile_seconds = time.perf_counter() - start

    def epoch(self, rates):
        self.layers, self.velocities, self.key, accuracy = self.compiled(
            self.layers, self.velocities, self.key, jnp.asarray(rates), *self.data)
        return accuracy


if __name__ == "__main__":
    recipe.run(JAX, f"JAX {jax.__version__}")
