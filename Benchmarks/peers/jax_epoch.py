#!/usr/bin/env python3
"""Training throughput beside JAX's fastest form: a whole epoch in one jit, the data set on the device.

Both train the same network on the same images with the same rule (quadratic cost, mini-batch SGD, float32), turn
by turn; each ratio is taken within a round, and the median over the rounds is what counts. JAX's compilation and
our build are excluded.

    pip install numpy jax
    python3 Benchmarks/peers/jax_epoch.py DIR [--layers 784,30,10] [--batch-size 10] [--rounds 7]

DIR holds MNIST's four files. JAX runs with one thread and with all; the better of the two is the peer.
"""

import argparse
import gzip
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


def read_idx(folder, name, header):
    for path in (folder / name, folder / (name + ".gz")):
        if path.exists():
            raw = path.read_bytes()
            return (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)[header:]
    sys.exit(f"{folder}: no {name}")


def run_jax(options):
    """Child process: prints the samples/s of one epoch for every line read, so that the parent sets the turn."""
    import jax
    import jax.numpy as jnp
    import numpy as np

    sizes = [int(size) for size in options.layers.split(",")]
    images = np.frombuffer(read_idx(options.data, "train-images-idx3-ubyte", 16), np.uint8).reshape(-1, 784)
    labels = np.frombuffer(read_idx(options.data, "train-labels-idx1-ubyte", 8), np.uint8)
    x = jnp.asarray(images[: options.limit], jnp.float32) / 255
    y = jnp.asarray(np.eye(sizes[-1], dtype=np.float32)[labels[: options.limit]])
    batch, eta, count = options.batch_size, options.learning_rate, options.limit
    steps = count // batch

    key = jax.random.PRNGKey(1)
    parameters = []
    for inputs, outputs in zip(sizes[:-1], sizes[1:]):
        key, one, two = jax.random.split(key, 3)
        parameters.append((jax.random.normal(one, (inputs, outputs)) / inputs**0.5, jax.random.normal(two, (outputs,))))

    def step(parameters, indices):
        a = [x[indices]]
        for w, b in parameters:
            a.append(jax.nn.sigmoid(a[-1] @ w + b))
        delta = (a[-1] - y[indices]) * a[-1] * (1 - a[-1])
        updated = []
        for layer in range(len(parameters) - 1, -1, -1):
            w, b = parameters[layer]
            updated.insert(0, (w - eta / batch * (a[layer].T @ delta), b - eta / batch * delta.sum(0)))
            if layer:
                delta = (delta @ w.T) * a[layer] * (1 - a[layer])
        return updated, None

    @jax.jit
    def epoch(parameters, key):
        order = jax.random.permutation(key, count)[: steps * batch].reshape(steps, batch)
        return jax.lax.scan(step, parameters, order)[0]

    jax.block_until_ready(epoch(parameters, key))
    print("ready", flush=True)
    for _ in sys.stdin:
        key, now = jax.random.split(key)
        start = time.perf_counter()
        parameters = jax.block_until_ready(epoch(parameters, now))
        print(steps * batch / (time.perf_counter() - start), flush=True)


def start_jax(options, threads):
    environment = dict(os.environ, JAX_PLATFORMS="cpu")
    if threads == 1:
        environment["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    prefix = ["taskset", "-c", "0"] if threads == 1 else []
    child = subprocess.Popen(
        prefix + [sys.executable, __file__, *sys.argv[1:], "--child"], env=environment, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout.readline().strip() == "ready"
    return child


def nabla(options, threads, folder):
    command = [
        str(ROOT / ".build/release/nabla"), "train", "--data", str(options.data), "--limit", str(options.limit),
        "--layers", options.layers, "--batch-size", str(options.batch_size), "--learning-rate",
        str(options.learning_rate), "--epochs", "5", "--threads", str(threads), "--output",
        f"{folder}/model.safetensors", "--json"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return statistics.median(json.loads(line)["samples_per_second"] for line in lines if '"epoch"' in line)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--layers", default="784,30,10")
    parser.add_argument("--batch-size", type=int, default=10)
    parser.add_argument("--learning-rate", type=float, default=3.0)
    parser.add_argument("--limit", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        return run_jax(options)

    peers = {f"JAX, {threads} thread(s)": start_jax(options, threads) for threads in (1, os.cpu_count())}
    rows = {name: [] for name in [*peers, "Nabla, 1 thread", "Nabla, 2 threads", "Nabla, auto"]}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(options.rounds):
            for name, child in peers.items():
                child.stdin.write("\n")
                child.stdin.flush()
                rows[name].append(float(child.stdout.readline()))
            for name, threads in (("1 thread", 1), ("2 threads", 2), ("auto", "auto")):
                rows[f"Nabla, {name}"].append(nabla(options, threads, folder))
    for child in peers.values():
        child.stdin.close()
    best = [max(round_) for round_ in zip(*(rows[name] for name in peers))]
    print(f"[{options.layers}] b{options.batch_size}, median of {options.rounds} rounds, samples/s and ratio to JAX's better")
    for name, values in rows.items():
        ratio = statistics.median(value / peer for value, peer in zip(values, best))
        print(f"  {name:18} {statistics.median(values):12,.0f}   {ratio:5.2f}x")


main()
