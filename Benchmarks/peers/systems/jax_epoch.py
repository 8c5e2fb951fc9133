"""JAX in its fastest form: a whole epoch in one `jit`, the data set on the device. A step is an epoch."""

import os
import sys

# Before JAX starts its threads, which would otherwise be on both cores whatever its flags say.
if sys.argv[1] == "1" and hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
from serve import serve_training  # noqa: E402

ACTIVATIONS = {"sigmoid": jax.nn.sigmoid, "relu": jax.nn.relu, "softmax": jax.nn.softmax}
# f'(z) from a = f(z).
PRIMES = {"sigmoid": lambda a: a * (1 - a), "relu": lambda a: a > 0}


def dropout(key, p, shape):
    """0, or 1 / (1 - p) with probability 1 - p, from a random byte for each neuron; a bit is enough for one half."""
    if p == 0.5:
        bits = jnp.unpackbits(jax.random.bits(key, (shape[0], -(-shape[1] // 8)), jnp.uint8), 1)
        return jnp.float32(2) * bits[:, : shape[1]]
    return jnp.where(jax.random.bits(key, shape, jnp.uint8) >= round(256 * p), 1 / (1 - p), 0)


def feedforward(task, layers, x, masks=None):
    """The activations of every layer, x first."""
    a = [x]
    for number, (w, b) in enumerate(layers):
        last = number == len(layers) - 1
        a.append(ACTIVATIONS[task.output_activation if last else task.activation](a[-1] @ w + b))
        if masks and not last:
            a[-1] = a[-1] * masks[number]
    return a


def rule(task):
    """A function of a parameter, its gradient, its state, the step's sizes and whether it may decay; it returns the
    new parameter and state. And how many arrays of state there are."""
    one, two = task.momentum, task.beta2

    def sgd(p, g, state, sizes, decays):
        return p - sizes[0] * g, ()

    def momentum(p, g, state, sizes, decays):
        v = one * state[0] - sizes[0] * g
        return p + v, (v,)

    def adam(p, g, state, sizes, decays):
        v, s = one * state[0] + (1 - one) * g, two * state[1] + (1 - two) * g * g
        if decays and task.weight_decay:
            p = p * (1 - sizes[0] * task.weight_decay)
        return p - sizes[1] * v / (jnp.sqrt(s) + sizes[2]), (v, s)

    return {"sgd": (sgd, 0), "momentum": (momentum, 1)}.get(task.update, (adam, 2))


class JAXEpoch:
    def __init__(self, task):
        update, state_count = rule(task)
        self.task = task
        self.layers = [(jnp.asarray(w), jnp.asarray(b)) for w, b in task.parameters()]
        self.states = jax.tree.map(lambda p: tuple(jnp.zeros_like(p) for _ in range(state_count)), self.layers)
        self.key = jax.random.PRNGKey(1)
        self.epochs_done = 0
        x, y, batch_size = jnp.asarray(task.x), jnp.asarray(task.y), task.batch_size
        steps = task.steps_of_epoch
        # Measured: two steps in one pass of the loop are 8 to 17% faster where steps are short and have states.
        unroll = 2 if state_count and batch_size <= 16 else 1
        self.samples = steps * batch_size

        def mini_batch(network, given):
            layers, states = network
            indices, sizes, key = given
            masks = None
            if task.dropout:
                keys = jax.random.split(key, len(layers) - 1)
                masks = [dropout(key, task.dropout, (batch_size, n)) for key, n in zip(keys, task.layers[1:-1])]
            a = feedforward(task, layers, x[indices], masks)
            delta = (a[-1] - y[indices]) / batch_size
            if task.cost == "quadratic":
                delta = delta * a[-1] * (1 - a[-1])
            updated = []
            for layer in range(len(layers) - 1, -1, -1):
                (w, b), (state_w, state_b) = layers[layer], states[layer]
                updated.insert(0, (update(w, a[layer].T @ delta, state_w, sizes, True),
                                   update(b, delta.sum(0), state_b, sizes, False)))
                if layer:
                    delta = (delta @ w.T) * PRIMES[task.activation](a[layer])
                    if masks:
                        delta = delta * masks[layer - 1]
            layers = [(w, b) for (w, _), (b, _) in updated]
            return (layers, [(w, b) for (_, w), (_, b) in updated]), None

        def epoch(layers, states, key, sizes):
            key, of_order, of_masks = jax.random.split(key, 3)
            order = jax.random.permutation(of_order, len(x))[: self.samples].reshape(steps, batch_size)
            keys = jax.random.split(of_masks, steps) if task.dropout else None
            layers, states = jax.lax.scan(mini_batch, (layers, states), (order, sizes, keys), unroll=unroll)[0]
            return layers, states, key

        self.epoch = jax.jit(epoch, donate_argnums=(0, 1))

    def step(self):
        self.layers, self.states, self.key = jax.block_until_ready(
            self.epoch(self.layers, self.states, self.key, self.task.sizes_of_epoch(self.epochs_done)))
        self.epochs_done += 1
        return self.samples

    def read(self, x):
        return feedforward(self.task, self.layers, jnp.asarray(x))[-1].argmax(1)


serve_training(JAXEpoch, f"JAX {jax.__version__}")
