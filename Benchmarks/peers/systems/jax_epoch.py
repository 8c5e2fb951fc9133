"""JAX in its fastest form: a whole epoch in one `jit`, the data set on the device. A step is an epoch."""

import os
import sys

# Before JAX starts its threads, which would otherwise be on both cores whatever its flags say.
if sys.argv[1] == "1" and hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
from serve import serve_training  # noqa: E402


def feedforward(layers, x):
    """The activations of every layer, x first."""
    a = [x]
    for w, b in layers:
        a.append(jax.nn.sigmoid(a[-1] @ w + b))
    return a


class JAXEpoch:
    def __init__(self, task):
        self.layers = [(jnp.asarray(w), jnp.asarray(b)) for w, b in task.parameters()]
        self.key = jax.random.PRNGKey(1)
        x, y, batch_size = jnp.asarray(task.x), jnp.asarray(task.y), task.batch_size
        rate = task.learning_rate / batch_size
        steps = len(task.x) // batch_size
        self.samples = steps * batch_size

        def mini_batch(layers, indices):
            a = feedforward(layers, x[indices])
            delta = (a[-1] - y[indices]) * a[-1] * (1 - a[-1])
            updated = []
            for layer in range(len(layers) - 1, -1, -1):
                w, b = layers[layer]
                updated.insert(0, (w - rate * (a[layer].T @ delta), b - rate * delta.sum(0)))
                if layer:
                    delta = (delta @ w.T) * a[layer] * (1 - a[layer])
            return updated, None

        @jax.jit
        def epoch(layers, key):
            order = jax.random.permutation(key, len(x))[: self.samples].reshape(steps, batch_size)
            return jax.lax.scan(mini_batch, layers, order)[0]

        self.epoch = epoch

    def step(self):
        self.key, now = jax.random.split(self.key)
        self.layers = jax.block_until_ready(self.epoch(self.layers, now))
        return self.samples

    def read(self, x):
        return feedforward(self.layers, jnp.asarray(x))[-1].argmax(1)


serve_training(JAXEpoch, f"JAX {jax.__version__}")
