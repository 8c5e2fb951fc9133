#!/usr/bin/env python3
"""Ranks beside PyTorch's DistributedDataParallel over gloo, on one machine: the same network, data, mini-batches and
processes, one thread each.

    python3 Benchmarks/cluster/ddp.py [--rounds 3] [--ranks 2] [--layers 784,2500,2000,1500,1000,500,10] [--batch 256]

Needs PyTorch and `make cluster`. Both train the digits that Nabla draws, from memory; first epochs, evaluations and reading
are not counted. Rounds are taken in turn and compared pair by pair; the median counts. DDP's ranks each take their share
of the mini-batch and add up gradients, whose bits depend on how many they are.
"""

import argparse
import json
import os
import re
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NABLA = os.environ.get("NABLA", str(ROOT / ".build/cluster/release/nabla"))
MPIRUN = shlex.split(
    os.environ.get("MPIRUN", "mpirun --bind-to core" + (" --allow-run-as-root" if os.geteuid() == 0 else "")))


def peer(options):
    """One rank of the peer; rank 0 prints samples a second."""
    import torch
    import torch.distributed as distributed
    from torch import nn
    from torch.nn.parallel import DistributedDataParallel

    torch.set_num_threads(1)
    os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[int(os.environ["RANK"])]})
    distributed.init_process_group("gloo")
    torch.manual_seed(1)
    sizes = [int(size) for size in options.layers.split(",")]
    layers = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    model = DistributedDataParallel(nn.Sequential(*layers[:-1]), gradient_as_bucket_view=True)
    rule = torch.optim.SGD(model.parameters(), lr=0.05)
    loss = nn.CrossEntropyLoss()
    share = options.batch // distributed.get_world_size()
    # A fifth of a digit's pixels are not zero; to dense kernels it is all the same.
    data = torch.rand(options.samples, sizes[0]) * (torch.rand(options.samples, sizes[0]) < 0.2)
    targets = torch.randint(sizes[-1], (options.samples,))
    seconds = []
    for _ in range(options.epochs):
        distributed.barrier()
        started = time.perf_counter()
        first = distributed.get_rank() * share
        while first + share <= options.samples:
            rule.zero_grad(set_to_none=True)
            loss(model(data[first:first + share]), targets[first:first + share]).backward()
            rule.step()
            first += options.batch
        seconds.append(time.perf_counter() - started)
    if distributed.get_rank() == 0:
        print(options.samples / min(seconds[1:]))
    distributed.destroy_process_group()


def ours(options, ranks, folder):
    words = [NABLA, "train", "--data", f"digits:{options.samples}", "--test", "10", "--test-at", "end", "--layers",
             options.layers, "--activation", "relu", "--learning-rate", "0.05", "--batch-size", str(options.batch),
             "--epochs", str(options.epochs), "--threads", "1", "--checkpoint-every", "never", "--json", "--quiet",
             "--output", f"{folder}/model.safetensors"]
    if ranks > 1:
        words = MPIRUN + ["-n", str(ranks)] + words + ["--ranks", "all"]
    lines = subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()
    epochs = [json.loads(line) for line in lines if '"samples_per_second"' in line and '"epoch"' in line]
    return max(epoch["samples_per_second"] for epoch in epochs[1:])


def theirs(options, ranks):
    line = [sys.executable, "-m", "torch.distributed.run", f"--nproc-per-node={ranks}", __file__, "--peer",
            "--layers", options.layers, "--batch", str(options.batch), "--samples", str(options.samples),
            "--epochs", str(options.epochs)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    said = subprocess.run(line, capture_output=True, text=True, check=True, env=environment).stdout
    return float(re.findall(r"[0-9.]+", said)[-1])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--peer", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--layers", default="784,2500,2000,1500,1000,500,10")
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--samples", type=int, default=2560)
    parser.add_argument("--epochs", type=int, default=3)
    options = parser.parse_args()
    if options.peer:
        return peer(options)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(options.rounds):
            rows.append((ours(options, 1, folder), ours(options, options.ranks, folder),
                         theirs(options, options.ranks)))
            one, many, peers = rows[-1]
            print(f"1 rank {one:.0f}, {options.ranks} ranks {many:.0f}, DDP {peers:.0f} samples/s: "
                  f"{many / one:.2f} of one, {many / peers:.2f} of DDP", flush=True)
    print(f"median: {statistics.median(many / one for one, many, _ in rows):.2f} of one rank, "
          f"{statistics.median(many / peers for _, many, peers in rows):.2f} of DDP with {options.ranks}")


main()
