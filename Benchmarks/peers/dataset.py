"""Data sets as folders of plain IDX files, which Nabla and every peer read alike."""

import gzip
import pathlib
import subprocess
import sys

from environment import FOLDER, ROOT, say

PIXELS = 28 * 28
PARTS = {"train": "train", "test": "t10k"}


def source(data):
    """The folder typed as `data`, or else Nabla's own digits, drawn once into .build/peers/digits."""
    if data is not None:
        return data
    folder = FOLDER / "digits"
    if not (folder / "t10k-labels-idx1-ubyte").exists():
        say("Drawing 60,000 training and 10,000 test digits")
        folder.mkdir(parents=True, exist_ok=True)
        program = FOLDER / "draw-digits"
        sources = [
            ROOT / "Benchmarks/peers/digits.swift", *ROOT.glob("Sources/Nabla/Data/SyntheticDigits*.swift"),
            *ROOT.glob("Sources/Nabla/Random/*.swift")]
        compile_ = ["swiftc", "-O", "-parse-as-library", "-package-name", "nabla", *sources, "-o", program]
        if subprocess.run(compile_).returncode or subprocess.run([program, folder, "60000", "10000"]).returncode:
            sys.exit("the digits could not be drawn; --data names a folder with MNIST's files instead")
    return folder


def read(folder, part):
    """The pixels and the labels of one part ("train", "test") as bytes: 784 a picture, 1 a label."""
    name = PARTS[part]
    images = read_idx(folder, f"{name}-images-idx3-ubyte", 16)
    labels = read_idx(folder, f"{name}-labels-idx1-ubyte", 8)
    if len(images) != PIXELS * len(labels):
        sys.exit(f"{folder}: expected pictures of 28 x 28 pixels with a label each")
    return images, labels


def read_idx(folder, name, header_bytes):
    for path in (pathlib.Path(folder, name), pathlib.Path(folder, f"{name}.gz")):
        if path.exists():
            raw = path.read_bytes()
            return (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)[header_bytes:]
    sys.exit(f"{folder}: no {name}, with or without .gz")


def write(folder, part, images, labels, repetitions=1):
    """Writes one part, `repetitions` times over in the same files."""
    count = len(labels) * repetitions
    side = (28).to_bytes(4, "big")
    for name, magic, sizes, content in (
            ("images-idx3-ubyte", 0x803, 2 * side, images), ("labels-idx1-ubyte", 0x801, b"", labels)):
        with open(pathlib.Path(folder, f"{PARTS[part]}-{name}"), "wb") as file:
            file.write(magic.to_bytes(4, "big") + count.to_bytes(4, "big") + sizes)
            for _ in range(repetitions):
                file.write(content)


def excerpt(source_folder, folder, training, test, dense=False):
    """Writes the first pictures of a data set into `folder`; `dense` makes black pixels 1 of 255, so that none is 0."""
    table = bytes(max(pixel, 1) for pixel in range(256)) if dense else None
    for part, count in (("train", training), ("test", test)):
        images, labels = read(source_folder, part)
        if len(labels) < count:
            sys.exit(f"{source_folder}: has {len(labels):,} pictures to {part} with, {count:,} are needed")
        write(folder, part, images[: count * PIXELS].translate(table), labels[:count])
