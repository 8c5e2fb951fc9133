#!/usr/bin/env python3
"""When ranks pay, on paper: a model of a mini-batch on R ranks, fed with what this machine measures, held against real
jobs, then asked about fabrics and numbers of ranks that are not here; beside a ring all-reduce of gradients.

    python3 Benchmarks/cluster/simulate.py measure [--ranks 1,2]      real jobs beside the model (needs make cluster)
    python3 Benchmarks/cluster/simulate.py scale [--rate 90] [--svg FILE]     tables and a chart for 10, 25, 100 Gbit/s

The model of a mini-batch of m samples, layers of n_l neurons, weights w_l = n_l n_(l-1), one rank's rate of multiply-adds:

    work       forward and update of the panels (16 neurons) that a rank has most of, backward and the later layers'
               forward for the samples that it has most of
    messages   two, and one for each block of 128 KiB or more: latency * ceil(log2 R) each
    bytes      4 (2 m sum n_l + sum over l > 1 of w_l) (R - 1) / R, at the fabric's bandwidth; nothing overlaps

A ring all-reduce, as Horovod and DistributedDataParallel do it, divides all work by samples, moves 2 (R - 1) / R times all
weights, and hides the share of that behind the backward pass that --overlap says (0: none; 1: as much as there is).
"""

import argparse
import json
import math
import os
import re
import shlex
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NABLA = os.environ.get("NABLA", str(ROOT / ".build/cluster/release/nabla"))
MPIRUN = shlex.split(os.environ.get(
    "MPIRUN", "mpirun --oversubscribe --bind-to core" + (" --allow-run-as-root" if os.geteuid() == 0 else "")))
SIX = [784, 2500, 2000, 1500, 1000, 500, 10]
NETWORKS = {
    "six layers": SIX,
    "784,1000,500,10": [784, 1000, 500, 10],
    "784,4096 x 4,10": [784, 4096, 4096, 4096, 4096, 10],
    "784,30,10": [784, 30, 10],
}
PANEL, PACKED = 16, 1 << 17


def padded(neurons):
    return math.ceil(neurons / PANEL) * PANEL


def largest(count, ranks):
    """The most that a rank has of so many things."""
    return math.ceil(count / ranks)


def work(layers, batch, ranks):
    """Multiply-adds of the busiest rank. The first layer's input is counted dense."""
    total = 0
    for index, (inputs, outputs) in enumerate(zip(layers, layers[1:])):
        panels = padded(outputs) // PANEL
        own = largest(panels, ranks) * PANEL * inputs * batch
        if index == 0:
            total += 2 * own  # forward and update by panels
        else:
            total += own + 2 * largest(batch, ranks) * padded(outputs) * inputs
    return total


def exchanged(layers, batch):
    neurons = sum(padded(size) for size in layers[1:])
    later = sum(padded(outputs) * inputs for inputs, outputs in list(zip(layers, layers[1:]))[1:])
    return 4 * (2 * batch * neurons + later)


def messages(layers, batch):
    later = list(zip(layers, layers[1:]))[1:]
    return (2 + sum(4 * padded(outputs) * inputs >= PACKED for inputs, outputs in later)
            + 2 * sum(4 * batch * padded(size) >= PACKED for size in layers[1:]))


def ours(layers, batch, ranks, rate, latency, bandwidth):
    """Seconds of a mini-batch. `rate` in multiply-adds a second, `bandwidth` in bytes a second."""
    seconds = work(layers, batch, ranks) / rate
    if ranks > 1:
        seconds += messages(layers, batch) * latency * math.ceil(math.log2(ranks))
        seconds += exchanged(layers, batch) * (ranks - 1) / ranks / bandwidth
    return seconds


def ring(layers, batch, ranks, rate, latency, bandwidth, overlap):
    """The same for a ring all-reduce of the gradients."""
    weights = sum(outputs * (inputs + 1) for inputs, outputs in zip(layers, layers[1:]))
    first = layers[0] * layers[1]
    each = largest(batch, ranks)
    seconds = each * (3 * weights - first) / rate
    if ranks == 1:
        return seconds
    moved = 2 * 4 * weights * (ranks - 1) / ranks / bandwidth + 2 * (ranks - 1) * latency
    hidden = min(moved, overlap * each * (2 * weights - first) / rate)
    return seconds + moved - hidden


# Real jobs

def words_of(layers, batch, samples, output):
    return [NABLA, "train", "--data", f"digits:{samples}", "--test", "10", "--test-at", "end", "--layers",
            ",".join(map(str, layers)), "--activation", "relu", "--learning-rate", "0.01", "--batch-size", str(batch),
            "--epochs", "4", "--threads", "1", "--checkpoint-every", "never", "--json", "--quiet", "--output", output]


def seconds_of(said, batch):
    """Seconds of a mini-batch, in the best epoch but the first."""
    epochs = [json.loads(line) for line in said.splitlines() if '"epoch"' in line]
    return batch / max(epoch["samples_per_second"] for epoch in epochs[1:])


def train(layers, batch, ranks, samples, folder):
    words = MPIRUN + ["-n", str(ranks)] + words_of(layers, batch, samples, f"{folder}/model.safetensors")
    words += ["--ranks", "all"]
    return seconds_of(subprocess.run(words, capture_output=True, text=True, check=True).stdout, batch)


def alone(layers, batch, count, samples, folder):
    """Of one process, while as many as ranks are at work: they share memory and the clock."""
    cores = sorted(os.sched_getaffinity(0))
    jobs = [subprocess.Popen(
        ["taskset", "-c", str(cores[index % len(cores)])]
        + words_of(layers, batch, samples, f"{folder}/{index}.safetensors"), stdout=subprocess.PIPE, text=True)
        for index in range(count)]
    return max([seconds_of(job.communicate()[0], batch) for job in jobs])


def fabric(ranks, folder):
    """Latency and bandwidth as nabla measures them at the start of a run."""
    line = MPIRUN + ["-n", str(ranks), NABLA, "train", "--data", "digits:100", "--epochs", "1", "--output",
                     f"{folder}/model.safetensors"]
    said = subprocess.run(line, capture_output=True, text=True, check=True).stderr
    found = re.search(r"a message takes ([0-9.]+) (µs|ms), then ([0-9.]+) GB/s", said)
    if not found:
        raise SystemExit("the fabric is so fast that all ranks pay, or there is no such line:\n" + said)
    return float(found[1]) * (1e-6 if found[2] == "µs" else 1e-3), float(found[3]) * 1e9


def measure(options):
    with tempfile.TemporaryDirectory() as folder:
        counts = [int(count) for count in options.ranks.split(",")]
        for name, layers, batch, samples in [
                ("six layers", SIX, 256, 1024), ("784,1000,500,10", [784, 1000, 500, 10], 100, 4000)]:
            for count in counts:
                single = alone(layers, batch, count, samples, folder)
                rate = work(layers, batch, 1) / single
                print(f"{name}, mini-batches of {batch}, {count} at once: {single * 1e3:.2f} ms, {rate * 1e-9:.1f}e9 "
                      f"multiply-adds a second each")
                if count == 1:
                    continue
                latency, bandwidth = fabric(count, folder)
                real = train(layers, batch, count, samples, folder)
                paper = ours(layers, batch, count, rate, latency, bandwidth)
                print(f"  {count} ranks: {real * 1e3:.2f} ms, on paper {paper * 1e3:.2f} ms ({paper / real - 1:+.0%}); a "
                      f"message {latency * 1e6:.1f} µs, then {bandwidth * 1e-9:.2f} GB/s", flush=True)


# On paper

RANKS = [2 ** power for power in range(11)]
FABRICS = {"10 Gbit/s": (20e-6, 1.25e9), "25 Gbit/s": (10e-6, 3.125e9), "100 Gbit/s": (2e-6, 12.5e9)}


def scale(options):
    rate = options.rate * 1e9 * options.cores
    curves = []
    for name, layers in NETWORKS.items():
        for batch in [32, 256, 2048]:
            print(f"\n{name}, mini-batches of {batch}: how many times as fast as one rank, ours (ring)")
            print("ranks      " + "".join(f"{count:>14}" for count in RANKS[1:]))
            for fabric_name, (latency, bandwidth) in FABRICS.items():
                speed = [ours(layers, batch, 1, rate, 0, 1) / ours(layers, batch, count, rate, latency, bandwidth)
                         for count in RANKS[1:]]
                other = [ring(layers, batch, 1, rate, 0, 1, 0)
                         / ring(layers, batch, count, rate, latency, bandwidth, options.overlap) for count in RANKS[1:]]
                print(f"{fabric_name:<11}" + "".join(f"{a:7.2f} ({b:4.1f})" for a, b in zip(speed, other)))
                if name == "784,4096 x 4,10" and batch == 2048:
                    curves.append((fabric_name, [1] + speed, [1] + other))
    if options.svg:
        Path(options.svg).write_text(chart(curves, "784,4096 x 4,10, mini-batches of 2,048"))


def chart(curves, title):
    """Speed over ranks, both logarithmic: ours drawn through, the ring dashed."""
    width, height, left, top = 640, 400, 60, 40
    most = max(max(a + b) for _, a, b in curves)
    least = min(min(a + b) for _, a, b in curves)

    def x(index):
        return left + index * (width - left - 120) / (len(RANKS) - 1)

    def y(value):
        return height - 40 - (math.log(value) - math.log(least)) / math.log(most / least) * (height - 40 - top)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
             f'font-size="12"><text x="{left}" y="20">{title}: speed over one rank; dashed: ring all-reduce</text>']
    for index, count in enumerate(RANKS):
        parts.append(f'<text x="{x(index):.0f}" y="{height - 20}" text-anchor="middle">{count}</text>')
    for value in [0.5, 1, 2, 4, 8, 16, 32, 64]:
        if least <= value <= most:
            parts.append(f'<line x1="{left}" x2="{width - 120}" y1="{y(value):.1f}" y2="{y(value):.1f}" stroke="#ccc"/>'
                         f'<text x="{left - 8}" y="{y(value) + 4:.1f}" text-anchor="end">{value:g}</text>')
    for colour, (name, mine, other) in zip(["#1b6ca8", "#2a8f4f", "#b5502a"], curves):
        for values, dash in [(mine, ""), (other, ' stroke-dasharray="4 3"')]:
            points = " ".join(f"{x(index):.1f},{y(value):.1f}" for index, value in enumerate(values))
            parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>')
        parts.append(f'<text x="{width - 114}" y="{y(mine[-1]) + 4:.1f}" fill="{colour}">{name}</text>')
    return "\n".join(parts + ["</svg>\n"])


def main():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("measure")
    command.add_argument("--ranks", default="1,2")
    command.set_defaults(run=measure)
    command = commands.add_parser("scale")
    command.add_argument("--rate", type=float, default=60, help="1e9 multiply-adds a second of one core")
    command.add_argument("--cores", type=int, default=16, help="of a rank")
    command.add_argument("--overlap", type=float, default=1, help="of the ring's messages with the backward pass")
    command.add_argument("--svg")
    command.set_defaults(run=scale)
    options = parser.parse_args()
    options.run(options)


main()
