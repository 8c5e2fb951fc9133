#!/usr/bin/env python3
"""Writes rules.json: small networks trained for 50 mini-batches by a second implementation, in float64 NumPy.

Every activation of the hidden layers x every pair of output activation and cost x every update rule, then L1, L2,
dropout and schedules with some of them. Before it writes anything, this script checks itself:

- its gradients against central differences of its cost, to 1e-6, for every pair, with dropout and without;
- every case again in float32: where that is further than 5e-6 from float64, rounding decides and nothing is proved.

    python3 Tests/Golden/make_rule_goldens.py        (needs numpy)

What is trained, with g the mean of the mini-batch's gradients, eta the rate of the step, n the training set's size:

    L2, L1      g += l2 / n w + l1 / n sgn(w)                                       weights only, sgn(0) = 0
    sgd         w -= eta g
    momentum    v = mu v - eta g;  w += v                                           Nielsen (107), (108)
    nesterov    v = mu v - eta g;  w += mu v - eta g                                Sutskever et al. 2013, Bengio's form
    adam        v = b1 v + (1 - b1) g;  s = b2 s + (1 - b2) g^2;                    Kingma & Ba 2015, algorithm 1
                w -= eta (v / (1 - b1^t)) / (sqrt(s / (1 - b2^t)) + epsilon)        t = 1, 2, ...
    adamw       w *= 1 - eta weight_decay (weights only), then adam's step          Loshchilov & Hutter 2019
    schedules   step:E:F, exponential:F: eta times F every E epochs, every epoch; cosine:FLOOR: half a cosine over all
                steps; one-cycle:W:S:F: up from eta / S over a share W of the steps, then half a cosine to eta / F
    dropout p   a neuron is kept when its word of Philox4x32-10 is p 2^32 or more, and then multiplied by 1 / (1 - p)
"""

import json
import math
import pathlib

import numpy as np
from make_goldens import Philox, epoch_order

STEPS = 50
SEED = 20
# The largest difference of a central difference, and of a run in float32, relative to the largest value of an array.
GRADIENT_TOLERANCE, FLOAT32_TOLERANCE = 1e-6, 5e-6

HIDDEN = ("sigmoid", "tanh", "relu")
OUTPUTS = (
    ("sigmoid", "quadratic"), ("sigmoid", "cross-entropy"), ("softmax", "log-likelihood"), ("softmax", "quadratic"),
    ("tanh", "quadratic"), ("identity", "quadratic"))
# Rates at which 50 mini-batches teach much, and are far from the border where rounding decides.
RATES = {"sgd": 0.2, "momentum": 0.05, "nesterov": 0.05, "adam": 0.01, "adamw": 0.01}

ACTIVATIONS = {
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "relu": lambda z: np.where(z > 0, z, 0 * z),
    "identity": lambda z: z,
    "softmax": lambda z: (e := np.exp(z - z.max(1, keepdims=True))) / e.sum(1, keepdims=True)}
# f'(z) from a = f(z). The softmax is no function of one z.
PRIMES = {
    "sigmoid": lambda a: a * (1 - a),
    "tanh": lambda a: 1 - a * a,
    "relu": lambda a: (a > 0).astype(a.dtype),
    "identity": np.ones_like}


def draw_parameters(sizes, seed, initialization):
    """w [outputs, inputs] and b of every layer, rounded to the float32 numbers that all who are compared start from."""
    weights, biases = [], []
    for layer, (inputs, outputs) in enumerate(zip(sizes[:-1], sizes[1:])):
        random = Philox(seed, 1 << 32 | layer)
        scale = math.sqrt((2 if initialization == "he" else 1) / inputs)
        weights.append(np.array([[random.gaussian() * scale for _ in range(inputs)] for _ in range(outputs)]))
        biases.append(np.array([0 if initialization == "he" else random.gaussian() for _ in range(outputs)]))
    return [np.float64(np.float32(w)) for w in weights], [np.float64(np.float32(b)) for b in biases]


def draw_problem(sizes, seed, samples=38, batch=4):
    """Pixels, about every third of them 0 as on a digit, their labels, and first parameters. 38 samples are ten
    mini-batches, the last of which is shorter."""
    random = Philox(seed, 99)
    return {
        "sizes": sizes, "seed": seed, "miniBatchSize": batch, "epochs": STEPS // -(-samples // batch),
        "pixels": [[random.below(256) * (random.below(3) > 0) for _ in range(sizes[0])] for _ in range(samples)],
        "labels": [random.below(sizes[-1]) for _ in range(samples)],
        "initial": {name: draw_parameters(sizes, seed, name) for name in ("normalized", "he")}}


def dropout_factors(rates, sizes, seed, epoch, samples):
    """For the input and every hidden layer what its activations are multiplied by, [samples, neurons], or None."""
    factors = []
    for layer, p in enumerate(rates):
        p = float(np.float32(p))
        drop = math.floor(p * 2**32 + 0.5)
        blocks = {}

        def word(sample, j):
            position = j // 64 * 16 + j % 16
            if (sample, position) not in blocks:
                random = Philox(seed, (3 | layer << 8) << 32 | epoch)
                random.position = position | sample << 32
                blocks[sample, position] = [random.next() for _ in range(4)]
            return blocks[sample, position][j // 16 % 4]

        factors.append(p and np.array(
            [[1 / (1 - p) if word(sample, j) >= drop else 0 for j in range(sizes[layer])] for sample in samples]))
    return [factor if p else None for p, factor in zip(rates, factors)] + [None] * (len(sizes) - 1 - len(rates))


def feedforward(net, case, x, factors):
    """The activations a of every layer but the input, and what every layer reads: a with what dropout left of it."""
    inputs, activations = [x], []
    for layer, (w, b) in enumerate(zip(*net)):
        if factors[layer] is not None:
            inputs[layer] = inputs[layer] * factors[layer].astype(x.dtype)
        z = inputs[layer] @ w.T + b
        activations.append(ACTIVATIONS[case["hidden" if layer < len(net[0]) - 1 else "output"]](z))
        inputs.append(activations[layer])
    return activations, inputs


def cost(case, a, y):
    """The sum over the samples."""
    if case["cost"] == "quadratic":
        return 0.5 * np.sum((a - y) ** 2)
    if case["cost"] == "cross-entropy":
        return -np.sum(y * np.log(a) + (1 - y) * np.log(1 - a))
    return -np.sum(np.log(a[y == 1]))


def backpropagate(net, case, x, y, factors):
    """The sums over the samples of the cost and of the gradients of w and b."""
    activations, inputs = feedforward(net, case, x, factors)
    a = activations[-1]
    delta = a - y
    if case["cost"] == "quadratic":
        if case["output"] == "softmax":
            delta = a * (delta - np.sum(delta * a, 1, keepdims=True))
        else:
            delta = delta * PRIMES[case["output"]](a)
    nabla_w, nabla_b = [], []
    for layer in range(len(net[0]) - 1, -1, -1):
        nabla_w.insert(0, delta.T @ inputs[layer])
        nabla_b.insert(0, delta.sum(0))
        if layer:
            delta = (delta @ net[0][layer]) * PRIMES[case["hidden"]](activations[layer - 1])
            if factors[layer] is not None:
                delta = delta * factors[layer].astype(x.dtype)
    return cost(case, a, y), nabla_w, nabla_b


def cosine_down(floor, done):
    return floor + (1 - floor) * (1 + math.cos(math.pi * done)) / 2


def rate(case, step, steps, steps_of_epoch):
    """The learning rate of a step, counted from 0."""
    base = case["learningRate"]
    name, *numbers = case["schedule"].split(":")
    epoch = step // steps_of_epoch
    if name == "step":
        return base * float(numbers[1]) ** (epoch // int(numbers[0]))
    if name == "exponential":
        return base * float(numbers[0]) ** epoch
    if name == "cosine":
        floor = float(numbers[0]) if numbers else 0.0
        return base * cosine_down(floor, step / steps)
    if name == "one-cycle":
        warm_up, start, final = map(float, numbers)
        done = step / steps
        if done < warm_up:
            return base * (1 / start + (1 - 1 / start) * done / warm_up)
        return base * cosine_down(1 / final, (done - warm_up) / (1 - warm_up))
    assert name == "constant"
    return base


def update(p, g, state, case, eta, t, is_weight):
    """One step of the rule on one array of parameters, in place; `state` is the rule's."""
    rule, mu, v, s = case["rule"], case["momentum"], *state
    if rule == "sgd":
        p -= eta * g
    elif rule in ("momentum", "nesterov"):
        v[:] = mu * v - eta * g
        p += v if rule == "momentum" else mu * v - eta * g
    else:
        if rule == "adamw" and is_weight:
            p *= 1 - eta * case["weightDecay"]
        v[:] = mu * v + (1 - mu) * g
        s[:] = case["beta2"] * s + (1 - case["beta2"]) * g * g
        p -= eta * (v / (1 - mu**t)) / (np.sqrt(s / (1 - case["beta2"] ** t)) + case["epsilon"])


def batches(problem):
    """(epoch, indices) of one mini-batch after the other."""
    size, n = problem["miniBatchSize"], len(problem["labels"])
    for epoch in range(problem["epochs"]):
        order = epoch_order(n, problem["seed"], epoch)
        for start in range(0, n, size):
            yield epoch, order[start:start + size]


def train(problem, case, dtype):
    """The parameters after the last step, and each epoch's mean cost with its regularization."""
    x = (np.array(problem["pixels"]) / 255).astype(dtype)
    y = np.eye(problem["sizes"][-1], dtype=dtype)[problem["labels"]]
    n, steps_of_epoch = len(y), -(-len(y) // problem["miniBatchSize"])
    net = [[array.astype(dtype) for array in kind] for kind in problem["initial"][case["initialization"]]]
    states = [[[np.zeros_like(array) for _ in range(2)] for array in kind] for kind in net]
    costs = [0.0] * problem["epochs"]
    for step, (epoch, indices) in enumerate(batches(problem)):
        factors = dropout_factors(case["dropout"], problem["sizes"], problem["seed"], epoch, indices)
        total, *gradients = backpropagate(net, case, x[indices], y[indices], factors)
        eta = dtype(rate(case, step, STEPS, steps_of_epoch))
        costs[epoch] += float(total) / n
        for kind in (0, 1):
            for p, g, state in zip(net[kind], gradients[kind], states[kind]):
                g = g / dtype(len(indices))
                if kind == 0:
                    g = g + dtype(case["l2"] / n) * p + dtype(case["l1"] / n) * np.sign(p)
                update(p, g, state, case, eta, step + 1, kind == 0)
        if (step + 1) % steps_of_epoch == 0:
            costs[epoch] += float(sum(
                0.5 * case["l2"] / n * np.sum(w**2) + case["l1"] / n * np.sum(abs(w)) for w in net[0]))
    return [*net[0], *net[1]], costs


def difference(found, expected):
    """The largest difference between two lists of arrays, relative to the largest value of each."""
    return max(np.max(abs(f - e)) / np.max(abs(e)) for f, e in zip(found, expected))


def check_gradients(problem, case):
    """Ends the script unless backpropagation agrees with central differences."""
    x, y = np.array(problem["pixels"]) / 255, np.eye(problem["sizes"][-1])[problem["labels"]]
    net = [[array.copy() for array in kind] for kind in problem["initial"][case["initialization"]]]
    factors = dropout_factors(case["dropout"], problem["sizes"], problem["seed"], 0, range(len(y)))
    _, *gradients = backpropagate(net, case, x, y, factors)
    h = 1e-6
    for arrays, analytic in zip(net, gradients):
        numeric = [np.zeros_like(array) for array in arrays]
        for array, n in zip(arrays, numeric):
            for index in np.ndindex(array.shape):
                value = array[index]
                array[index] = value + h
                above = cost(case, feedforward(net, case, x, factors)[0][-1], y)
                array[index] = value - h
                below = cost(case, feedforward(net, case, x, factors)[0][-1], y)
                array[index] = value
                n[index] = (above - below) / (2 * h)
        found = difference(numeric, analytic)
        if found > GRADIENT_TOLERANCE:
            raise SystemExit(f"{describe(case)}: central differences are {found:.1e} from backpropagation")


def describe(case):
    return " ".join(str(case[key]) for key in ("hidden", "output", "cost", "rule", "l2", "l1", "dropout", "schedule"))


def make_case(hidden, output, cost, rule, problem=0, **settings):
    case = {
        "problem": problem, "hidden": hidden, "output": output, "cost": cost,
        "initialization": "he" if hidden == "relu" else "normalized", "rule": rule, "learningRate": RATES[rule],
        "momentum": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weightDecay": 0.1 if rule == "adamw" else 0.0, "l2": 0.0,
        "l1": 0.0, "dropout": [], "schedule": "constant", **settings}
    # Nabla's settings are float32.
    return {key: float(np.float32(value)) if isinstance(value, float) else value for key, value in case.items()}


def all_cases():
    cases = [make_case(hidden, *pair, rule) for hidden in HIDDEN for pair in OUTPUTS for rule in RATES]
    sigmoid = ("sigmoid", "sigmoid", "cross-entropy")
    tanh = ("tanh", "tanh", "quadratic")
    softmax = ("relu", "softmax", "log-likelihood")
    return cases + [
        *(make_case(*sigmoid, rule, l2=2.0) for rule in RATES if rule != "adamw"),
        *(make_case(*tanh, rule, l1=0.5) for rule in RATES),
        make_case(*softmax, "momentum", l2=1.0, l1=0.25),
        make_case(*softmax, "adam", momentum=0.8, beta2=0.99, epsilon=1e-3),
        make_case(*tanh, "nesterov", momentum=0.5),
        *(make_case(*sigmoid, rule, dropout=[0.0, 0.5, 0.5]) for rule in RATES),
        make_case(*tanh, "momentum", dropout=[0.3, 0.0, 0.0]),
        make_case(*softmax, "adam", dropout=[0.2, 0.5, 0.25], l2=1.0),
        *(make_case(*sigmoid, rule, schedule="cosine") for rule in RATES),
        make_case(*softmax, "adamw", schedule="cosine:0.1"),
        make_case(*tanh, "momentum", schedule="step:2:0.5"),
        make_case(*tanh, "adam", schedule="one-cycle:0.25:20:100"),
        make_case(*softmax, "momentum", schedule="one-cycle:0.4:10:1000", dropout=[0.0, 0.25, 0.5]),
        make_case(*softmax, "nesterov", schedule="exponential:0.8"),
        # More than one panel of 16 neurons, and more than 64 inputs.
        make_case(*softmax, "momentum", 1, dropout=[0.2, 0.5], l2=1.0),
        make_case(*sigmoid, "sgd", 1, dropout=[0.5, 0.1]),
        make_case("tanh", "softmax", "quadratic", "adam", 1, schedule="cosine")]


def rounded(arrays):
    return [[float(f"{value:.9g}") for value in np.ravel(array)] for array in arrays]


def main():
    problems = [draw_problem([12, 9, 7, 4], SEED), draw_problem([70, 21, 5], SEED + 1)]
    for hidden in HIDDEN:
        for pair in OUTPUTS:
            for dropout in ([], [0.2, 0.5, 0.25]):
                # With first biases of 0 a neuron whose inputs are all dropped would stand on the ReLU's corner.
                check_gradients(problems[0], make_case(
                    hidden, *pair, "sgd", dropout=dropout, initialization="normalized"))
    cases, worst = [], (0, "")
    for case in all_cases():
        parameters, costs = train(problems[case["problem"]], case, np.float64)
        single, _ = train(problems[case["problem"]], case, np.float32)
        worst = max(worst, (difference(single, parameters), describe(case)))
        layers = len(parameters) // 2
        cases.append({**case, "weights": rounded(parameters[:layers]), "biases": rounded(parameters[layers:]),
                      "costs": [float(f"{value:.9g}") for value in costs]})
    print(f"float32 is at most {worst[0]:.1e} from float64: {worst[1]}")
    if worst[0] > FLOAT32_TOLERANCE:
        raise SystemExit("that is too far: another SEED, or smaller rates")
    for problem in problems:
        problem["initial"] = {
            name: {"weights": rounded(weights), "biases": rounded(biases)}
            for name, (weights, biases) in problem["initial"].items()}
    path = pathlib.Path(__file__).with_name("rules.json")
    text = json.dumps({"problems": problems, "cases": cases}, separators=(",", ":"))
    path.write_text(text.replace('{"problem"', '\n{"problem"') + "\n")
    print(f"{path.name}: {len(cases)} cases, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
