#!/usr/bin/env python3
"""Training on 1,000 to 10,000,000 images: is the cost of a sample flat, and does memory grow only by the data?

    make bench-scale ARGS="--data DIR"                       (to a million images)
    make bench-scale ARGS="--data DIR --largest 10000000"    (needs about 8 GB of memory and of disk, and minutes)

Two sources: digits that Nabla draws (`digits:N`, and a sixth as many to test with), and with --data one IDX file of N
images that repeats MNIST's. A row tells of one process:

- start: seconds until its first mini-batch, drawing or loading included;
- cost: nanoseconds a sample of training, over all epochs after the first;
- memory: the peak of the process, and its growth for each image more than in the row above, training and test images
  counted.
"""

import argparse
import json
import multiprocessing
import os
import pathlib
import sys
import tempfile
import time

import dataset
import environment
import nabla
import turns

SMALLEST = 1_000
IMAGES_REPEATED = 50_000
TEST_IMAGES = 10_000
SECONDS_OF_TRAINING = 0.5
# The maximum resident set size is in bytes on macOS and in kilobytes elsewhere.
UNIT_OF_MEMORY = 1 if sys.platform == "darwin" else 1024


def measure(source, images, test_images, options, folder, epochs=3):
    """One run of `nabla train`; what its JSON lines, their times of arrival and the process's end tell."""
    start = time.perf_counter()
    process = nabla.start(
        "train", "--quiet", "--data", source, "--layers", options.layers, "--batch-size", options.batch_size,
        "--epochs", epochs, "--output", f"{folder}/model.safetensors")
    lines = [(time.perf_counter() - start, json.loads(line)) for line in process.stdout]
    messages = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        nabla.fail(messages)
    lines = [(arrival, line) for arrival, line in lines if "training_cost" in line]
    seconds = [line["seconds"] for _, line in lines]
    if sum(seconds[1:]) < SECONDS_OF_TRAINING:
        return measure(source, images, test_images, options, folder,
                       2 + round(1.2 * SECONDS_OF_TRAINING / min(seconds)))
    # The first line comes after an epoch and an evaluation, the second after as many again.
    evaluation = lines[1][0] - lines[0][0] - seconds[1]
    return {"images": images, "images_and_test": images + test_images,
            "start_seconds": lines[0][0] - seconds[0] - evaluation,
            "nanoseconds_per_sample": 1e9 * sum(seconds[1:]) / (len(seconds) - 1) / images,
            "peak_bytes": usage.ru_maxrss * UNIT_OF_MEMORY}


def table(name, rows):
    """Prints a row for each run as it comes, and returns all."""
    print(f"\n{name}\n{'images':>12} {'start':>10} {'cost a sample':>15} {'peak memory':>13} {'for each image':>16}")
    done = []
    for row in rows:
        growth = ""
        if done:
            bytes_ = row["peak_bytes"] - done[-1]["peak_bytes"]
            growth = f"{bytes_ / (row['images_and_test'] - done[-1]['images_and_test']):,.0f} bytes"
        done.append(row)
        print(f"{row['images']:12,} {row['start_seconds']:8.2f} s {row['nanoseconds_per_sample']:12,.0f} ns "
              f"{row['peak_bytes'] / 1e6:10,.0f} MB {growth:>16}", flush=True)
    return done


def repeated(data, sizes, options, folder):
    """Runs on IDX files of MNIST's images, repeated; each is removed before the next is written."""
    for size in sizes:
        # In a process of its own: on Linux the peak of a process counts for those that it starts.
        writer = multiprocessing.Process(target=write_repeated, args=(data, size, folder))
        writer.start()
        writer.join()
        if writer.exitcode:
            sys.exit(1)
        yield measure(folder, size, TEST_IMAGES, options, folder)


def write_repeated(data, size, folder):
    dataset.excerpt(data, folder, min(size, IMAGES_REPEATED), TEST_IMAGES)
    if size > IMAGES_REPEATED:
        dataset.write(folder, "train", *dataset.read(folder, "train"), repetitions=size // IMAGES_REPEATED)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, metavar="DIR", help="a folder with MNIST's four files")
    parser.add_argument("--largest", type=int, default=1_000_000, metavar="N", help="(default: 1000000)")
    parser.add_argument("--layers", default="784,30,10", metavar="SIZES", help="(default: 784,30,10)")
    parser.add_argument("--batch-size", type=int, default=10, metavar="M", help="(default: 10)")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="every figure (default: in .build/peers)")
    parser.add_argument("--svg", type=pathlib.Path, metavar="FILE", help="the chart (default: in .build/peers)")
    options = parser.parse_args()
    python = environment.python()
    machine = turns.machine()
    print(f"{machine['processor']}, {machine['cores']} cores; [{options.layers}], mini-batches of {options.batch_size}")
    sizes = []
    while (size := SMALLEST * 10 ** len(sizes)) <= options.largest:
        sizes.append(size)
    sources = {}
    with tempfile.TemporaryDirectory() as folder:
        sources["digits:N"] = table("Digits drawn by Nabla", (
            measure(f"digits:{size}", size, max(1, size // 6), options, folder) for size in sizes))
        if options.data:
            sources["IDX file"] = table("IDX file of MNIST's images, repeated", repeated(
                options.data, sizes, options, folder))
    turns.save({"machine": machine, "sources": sources}, "scale", options, python)


if __name__ == "__main__":
    main()
