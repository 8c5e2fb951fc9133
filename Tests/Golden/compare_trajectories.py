#!/usr/bin/env python3
"""Trains the networks of rules.json with PyTorch and with JAX, and compares where they arrive after 50 mini-batches.

Both work in float32, differentiate the cost themselves (autograd, jax.grad) and start from the golden's parameters, in
its order of samples, with its dropout masks. PyTorch's rules are those of torch.optim; JAX's are written out below. The
table shows the largest difference of the last parameters from the golden's, relative to the largest parameter of an
array, for each group of cases; the exit code is 1 where it is more than 1e-5.

Where PyTorch says the same differently:

- its momentum keeps v / -eta and multiplies by eta afterwards. With one eta for all steps this is the book's v; where
  a schedule changes eta, the buffers are multiplied by the former eta over the new one here.
- its `weight_decay` is L2 for SGD and Adam (l2 / n here) and the decoupled decay for AdamW; L1 is added to the cost.

    python3 Tests/Golden/compare_trajectories.py        (needs numpy, torch, jax; minutes; not a part of the tests)
"""

import functools
import json
import pathlib
import sys

import jax
import jax.numpy as jnp
import numpy as np
import torch
from make_rule_goldens import batches, difference, dropout_factors, rate

TOLERANCE = 1e-5


def steps(problem, case):
    """What each step has to know: its number from 1, eta, the samples' indices, what dropout multiplies by."""
    all_ = list(batches(problem))
    of_epoch = len(all_) // problem["epochs"]
    for step, (epoch, indices) in enumerate(all_):
        factors = dropout_factors(case["dropout"], problem["sizes"], problem["seed"], epoch, indices)
        yield (step + 1, rate(case, step, len(all_), of_epoch), indices,
               [factor if factor is None else np.float32(factor) for factor in factors])


def first_parameters(problem, case):
    initial, shapes = problem["initial"][case["initialization"]], list(zip(problem["sizes"][1:], problem["sizes"]))
    return ([np.float32(w).reshape(shape) for w, shape in zip(initial["weights"], shapes)],
            [np.float32(b) for b in initial["biases"]])


def data(problem):
    return np.float32(np.array(problem["pixels"]) / 255), np.array(problem["labels"])


# ------------------------------------------------------------------------------------------------ PyTorch

def torch_cost(case, z, labels):
    """The mean over the mini-batch, by PyTorch's own functions of the last weighted input."""
    y = torch.nn.functional.one_hot(labels, z.shape[1]).float()
    if case["cost"] == "cross-entropy":
        return torch.nn.functional.binary_cross_entropy_with_logits(z, y, reduction="sum") / len(y)
    if case["cost"] == "log-likelihood":
        return torch.nn.functional.cross_entropy(z, labels)
    a = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "identity": lambda z: z,
         "softmax": lambda z: torch.softmax(z, 1)}[case["output"]](z)
    return torch.nn.functional.mse_loss(a, y, reduction="sum") / 2 / len(y)


def torch_optimizer(case, weights, biases, n):
    rule, eta, betas = case["rule"], case["learningRate"], (case["momentum"], case["beta2"])
    decay = case["weightDecay"] if rule == "adamw" else case["l2"] / n
    groups = [{"params": weights, "weight_decay": decay}, {"params": biases, "weight_decay": 0}]
    if rule in ("adam", "adamw"):
        make = torch.optim.Adam if rule == "adam" else torch.optim.AdamW
        return make(groups, lr=eta, betas=betas, eps=case["epsilon"])
    return torch.optim.SGD(groups, lr=eta, momentum=0 if rule == "sgd" else case["momentum"],
                           nesterov=rule == "nesterov")


def with_torch(problem, case):
    x, labels = map(torch.from_numpy, data(problem))
    weights, biases = [[torch.nn.Parameter(torch.from_numpy(array.copy())) for array in kind]
                       for kind in first_parameters(problem, case)]
    optimizer = torch_optimizer(case, weights, biases, len(x))
    hidden = getattr(torch, case["hidden"])
    for _, eta, indices, factors in steps(problem, case):
        a = x[indices]
        for layer, (w, b) in enumerate(zip(weights, biases)):
            if factors[layer] is not None:
                a = a * torch.from_numpy(factors[layer])
            z = torch.nn.functional.linear(a, w, b)
            a = hidden(z)
        objective = torch_cost(case, z, labels[indices])
        if case["l1"]:
            objective = objective + case["l1"] / len(x) * sum(w.abs().sum() for w in weights)
        optimizer.zero_grad()
        objective.backward()
        for group in optimizer.param_groups:
            for p in group["params"]:
                buffer = optimizer.state[p].get("momentum_buffer")
                if buffer is not None:
                    buffer *= group["lr"] / eta
            group["lr"] = eta
        optimizer.step()
    return [p.detach().numpy() for p in (*weights, *biases)]


# ------------------------------------------------------------------------------------------------ JAX

def jax_objective(net, case, n, x, labels, factors):
    weights, biases = net
    hidden = {"sigmoid": jax.nn.sigmoid, "tanh": jnp.tanh, "relu": jax.nn.relu}[case["hidden"]]
    a = x
    for w, b, factor in zip(weights, biases, factors):
        a = a if factor is None else a * factor
        z = a @ w.T + b
        a = hidden(z)
    y = jax.nn.one_hot(labels, z.shape[1])
    if case["cost"] == "cross-entropy":
        value = -jnp.sum(y * jax.nn.log_sigmoid(z) + (1 - y) * jax.nn.log_sigmoid(-z))
    elif case["cost"] == "log-likelihood":
        value = -jnp.sum(y * jax.nn.log_softmax(z))
    else:
        a = {"sigmoid": jax.nn.sigmoid, "tanh": jnp.tanh, "identity": lambda z: z,
             "softmax": jax.nn.softmax}[case["output"]](z)
        value = jnp.sum((a - y) ** 2) / 2
    return (value / len(x) + case["l2"] / n / 2 * sum(jnp.sum(w**2) for w in weights)
            + case["l1"] / n * sum(jnp.sum(jnp.abs(w)) for w in weights))


def with_jax(problem, case):
    x, labels = data(problem)
    net = jax.tree.map(jnp.asarray, first_parameters(problem, case))  # (weights, biases)
    v = s = jax.tree.map(jnp.zeros_like, net)
    rule, keep1, keep2 = case["rule"], case["momentum"], case["beta2"]
    gradient = jax.grad(functools.partial(jax_objective, case=case, n=len(x)))

    @jax.jit
    def step(net, v, s, x, labels, factors, eta, t):
        g = gradient(net, x=x, labels=labels, factors=factors)
        if rule == "sgd":
            return jax.tree.map(lambda p, g: p - eta * g, net, g), v, s
        if rule in ("momentum", "nesterov"):
            v = jax.tree.map(lambda v, g: keep1 * v - eta * g, v, g)
            change = v if rule == "momentum" else jax.tree.map(lambda v, g: keep1 * v - eta * g, v, g)
            return jax.tree.map(jnp.add, net, change), v, s
        if rule == "adamw":
            net = [w * (1 - eta * case["weightDecay"]) for w in net[0]], net[1]
        v = jax.tree.map(lambda v, g: keep1 * v + (1 - keep1) * g, v, g)
        s = jax.tree.map(lambda s, g: keep2 * s + (1 - keep2) * g * g, s, g)
        return jax.tree.map(
            lambda p, v, s: p - eta * (v / (1 - keep1**t)) / (jnp.sqrt(s / (1 - keep2**t)) + case["epsilon"]),
            net, v, s), v, s

    for t, eta, indices, factors in steps(problem, case):
        net, v, s = step(net, v, s, x[indices], labels[indices], factors, eta, t)
    return [np.asarray(p) for p in (*net[0], *net[1])]


# ------------------------------------------------------------------------------------------------ comparison

def group(case):
    """A row of the table: what a case is there for."""
    if case["dropout"]:
        return f"{case['rule']}, dropout"
    if case["schedule"] != "constant":
        return f"{case['rule']}, {case['schedule'].split(':')[0]}"
    regularization = [name.upper() for name in ("l1", "l2") if case[name]]
    return ", ".join([case["rule"], *regularization])


def main():
    golden = json.loads(pathlib.Path(__file__).with_name("rules.json").read_text())
    rows = {}
    for case in golden["cases"]:
        problem = golden["problems"][case["problem"]]
        expected = [np.array(array) for array in (*case["weights"], *case["biases"])]
        found = [difference([np.ravel(p) for p in train(problem, case)], expected) for train in (with_torch, with_jax)]
        rows.setdefault(group(case), []).append(found)
    print(f"{'last parameters against float64':32} {'cases':>5} {'PyTorch ' + torch.__version__.split('+')[0]:>16} "
          f"{'JAX ' + jax.__version__:>12}")
    worst = 0
    for name, found in rows.items():
        of_torch, of_jax = np.max(found, 0)
        worst = max(worst, of_torch, of_jax)
        mark = "" if max(of_torch, of_jax) <= TOLERANCE else "   DIFFERS"
        print(f"{name:32} {len(found):5} {of_torch:16.1e} {of_jax:12.1e}{mark}", flush=True)
    if not worst <= TOLERANCE:
        sys.exit(f"the largest difference is {worst:.1e}; float32 explains {TOLERANCE:.0e}")


if __name__ == "__main__":
    main()
