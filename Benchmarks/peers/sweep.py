#!/usr/bin/env python3
"""Training over a grid of topologies and sizes of mini-batches, beside JAX and NumPy: no cliffs, no cell behind.

    make bench-sweep ARGS="--data DIR"      (DIR has MNIST's four files; without it, Nabla's own digits)
    make bench-sweep ARGS="--layers 784,30,10 784,33,17,10 --batch-sizes 1 10 4096 --inputs sparse"

Two kinds of input: pictures as they are, four fifths of whose pixels are 0 (sparse), and the same pictures with black
raised to 1 of 255, so that no pixel is 0 (dense). Every cell is measured as training.py does it: turns within rounds,
warm, ratios taken within each round, the median over the rounds. What is different, because the cells are many:

- turns are short, and the samples few (16,384, or 4,096 for networks of more than 100,000 parameters);
- a peer that is less than half as fast as the best peer in a cell's first round takes no more turns there.

A cell tells Nabla's rate with --threads auto to the best peer's. It is marked "<" where that is below 1, and "a" where
auto is more than 3% slower than 1 thread or all.
"""

import argparse
import pathlib
import statistics
import tempfile

import dataset
import environment
import nabla
import turns

TOPOLOGIES = [
    [784, 10], [784, 16, 10], [784, 30, 10], [784, 33, 17, 10], [784, 100, 10], [784, 100, 100, 100, 10],
    [784, 128, 64, 10], [784, 300, 10], [784, 800, 10]]
BATCH_SIZES = [1, 2, 4, 8, 10, 16, 32, 64, 100, 128, 256, 512, 1024, 4096]

IMAGES, IMAGES_OF_SLOW_NETWORKS, TEST_IMAGES = 16_384, 4_096, 1_000
LEAST_OF_AUTO = 0.97


def cell(task, ours, peers, options, progress):
    """The rates of one topology, size of mini-batch and kind of input."""
    for participant in [*ours, *peers]:
        progress(f"preparing {participant.name}")
        participant.prepare(task)
    first = turns.take_turns([*ours, *peers], 1, options.seconds, progress)
    best = max(first[peer][0] for peer in peers)
    going_on = [*ours, *(peer for peer in peers if first[peer][0] > best / 2)]
    rates = turns.take_turns(going_on, options.rounds - 1, options.seconds, progress)
    for participant in going_on:
        rates[participant] = first[participant] + rates[participant]
    of_peers = {peer: rates[peer] for peer in going_on[len(ours):]}
    auto, one, all_ = (rates[participant] for participant in ours)
    return {
        "ratio": turns.ratio(auto, [max(round_) for round_ in zip(*of_peers.values())]),
        "auto_to_fixed": min(turns.ratio(auto, one), turns.ratio(auto, all_)),
        "best_peer": max(of_peers, key=lambda peer: statistics.median(of_peers[peer])).name,
        "samples_per_second": {
            f"{participant.name} {participant.threads}": values for participant, values in {**first, **rates}.items()}}


def mark(cell):
    return ("<" if cell["ratio"] < 1 else " ") + ("a" if cell["auto_to_fixed"] < LEAST_OF_AUTO else " ")


def measure(source, options, python, progress):
    """Prints a row of ratios for each topology and returns all cells."""
    cells = []
    with tempfile.TemporaryDirectory() as temporary:
        folder, model = pathlib.Path(temporary), pathlib.Path(temporary) / "model.safetensors"
        ours = [nabla.Training(threads, model) for threads in ("auto", 1, "all")]
        peers = [turns.Peer(python, name, script, threads) for name, script in (
            ("JAX", "jax_epoch.py"), ("NumPy", "numpy_batches.py")) for threads in (1, "all")]
        for inputs in options.inputs:
            print(f"\nNabla's rate to the best peer's, {inputs} inputs; columns are sizes of mini-batches")
            print(" " * 24 + "".join(f"{size:>6}  " for size in options.batch_sizes))
            for layers in options.layers:
                small = sum((n + 1) * m for n, m in zip(layers, layers[1:])) <= 100_000
                subset = folder / f"{inputs}-{small}"
                if not subset.exists():
                    subset.mkdir()
                    dataset.excerpt(source, subset, IMAGES if small else IMAGES_OF_SLOW_NETWORKS, TEST_IMAGES,
                                    dense=inputs == "dense")
                row = []
                for size in options.batch_sizes:
                    task = {"folder": str(subset), "layers": layers, "batch_size": size, "learning_rate": 0.1,
                            "epochs": 0}
                    row.append({"inputs": inputs, "layers": layers, "batch_size": size,
                                **cell(task, ours, peers, options, lambda text: progress(f"{layers}, {size}: {text}"))})
                progress()
                print(f"{str(layers):24}" + "".join(f"{one['ratio']:6.2f}{mark(one)}" for one in row), flush=True)
                cells += row
        for peer in peers:
            peer.end()
    return cells


def layers(text):
    return [int(size) for size in text.split(",")]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, metavar="DIR", help="a folder with MNIST's four files")
    parser.add_argument("--layers", nargs="+", type=layers, default=TOPOLOGIES, metavar="SIZES")
    parser.add_argument("--batch-sizes", nargs="+", type=int, default=BATCH_SIZES, metavar="M")
    parser.add_argument("--inputs", nargs="+", choices=["sparse", "dense"], default=["sparse", "dense"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=0.2, help="the least a turn takes (default: 0.2)")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="every rate (default: in .build/peers)")
    parser.add_argument("--svg", type=pathlib.Path, metavar="FILE", help="the chart (default: in .build/peers)")
    options = parser.parse_args()
    if options.rounds < 2:
        parser.error("--rounds: expected 2 or more")
    python = environment.python()
    source = dataset.source(options.data)
    machine = turns.machine()
    print(f"{machine['processor']}, {machine['cores']} cores; {'MNIST' if options.data else 'drawn digits'}; "
          f"median of {options.rounds} rounds")
    cells = measure(source, options, python, turns.Progress())
    worst = min(cells, key=lambda cell: cell["ratio"])
    slow = [cell for cell in cells if cell["auto_to_fixed"] < LEAST_OF_AUTO]
    print(f"\nworst cell: {worst['ratio']:.2f} of {worst['best_peer']}: {worst['layers']}, mini-batches of "
          f"{worst['batch_size']}, {worst['inputs']}")
    print(f"cells below 1: {sum(cell['ratio'] < 1 for cell in cells)} of {len(cells)}; where auto is more than 3% "
          f"slower than 1 thread or all: {len(slow)}")
    turns.save({"machine": machine, "cells": cells}, "sweep", options, python)


if __name__ == "__main__":
    main()
