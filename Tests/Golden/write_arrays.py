#!/usr/bin/env python3
"""Writes arrays with NumPy, or svmlight text with scikit-learn, and beside them what a reader must make of them.

    python3 Tests/Golden/write_arrays.py arrays|svmlight FOLDER        (needs numpy, or scikit-learn)

Each line of FOLDER/cases has: the file, "training" or "test", rows, columns, a file of the features as float32, a file
of the targets (as float32, or class numbers as uint16), the names of the classes with commas between.
"""

import itertools
import os
import sys

import numpy as np

what, folder = sys.argv[1:]
os.chdir(folder)
random = np.random.default_rng(1)
cases = open("cases", "w")


def expect(file, part, features, targets=None):
    number = next(numbers)
    with np.errstate(under="ignore"):
        floats = features.reshape(len(features), -1).astype("<f4")
    floats.tofile(f"{number}.features")
    names = []
    if targets is None:
        targets = np.zeros(0, "<f4")
    elif not np.issubdtype(targets.dtype, np.floating):
        names, targets = np.unique(targets, return_inverse=True)
        targets = targets.astype("<u2")
    targets.astype(targets.dtype if len(names) else "<f4").tofile(f"{number}.targets")
    fields = [file, part, len(floats), floats.shape[1], f"{number}.features", f"{number}.targets"]
    print(*fields, ",".join(str(name) for name in names), sep="\t", file=cases)


numbers = itertools.count()


def sample(dtype, shape):
    kind = np.dtype(dtype).kind
    if kind == "b":
        return random.integers(0, 2, shape).astype(dtype)
    if kind in "iu":
        limits = np.iinfo(dtype)
        return random.integers(limits.min, limits.max, shape, np.dtype(dtype).newbyteorder("="), True).astype(dtype)
    exponents = random.uniform(-7, 4, shape) if np.dtype(dtype).itemsize == 2 else random.uniform(-46, 38, shape)
    values = (random.choice([-1, 1], shape) * 10.0**exponents).astype(dtype)
    values.flat[3] = np.nan
    values.flat[5] = -0.0
    return values


def arrays():
    types = ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"]
    for count, (kind, byte_order, order) in enumerate(itertools.product(types, "<>", "CF")):
        for shape in [(7, 5), (6, 2, 4), (9,)] if kind != "u1" else [(7, 5), (9,)]:
            array = np.asarray(sample(byte_order + kind, shape), order=order)
            np.save(f"array{count}-{len(shape)}.npy", array)
            expect(f"array{count}-{len(shape)}.npy", "training", array)
    long = np.asfortranarray(sample("<f4", (40_001, 3)))
    np.save("long.npy", long)
    expect("long.npy", "training", long)
    targets = {
        "integers": random.integers(-5, 5, 100),
        "bytes": random.integers(0, 3, 100).astype("|u1"),
        "words": np.array(["setosa", "Ähre", "virginica"])[random.integers(0, 3, 100)],
        "values": random.normal(size=100).astype(">f8"),
        "pairs": np.asfortranarray(random.normal(size=(100, 2))),
    }
    for (name, y), save in itertools.product(targets.items(), [np.savez, np.savez_compressed]):
        features = sample("<f8", (100, 3))
        file = f"{name}-{save.__name__}.npz"
        save(file, X_train=features[:60], y_train=y[:60], X_test=features[60:], y_test=y[60:])
        expect(file, "training", features[:60], y[:60])
        expect(file, "test", features[60:], y[60:])


def svmlight():
    from sklearn.datasets import dump_svmlight_file, load_svmlight_file

    for count, (zero_based, has_queries) in enumerate(itertools.product([False, True], repeat=2)):
        features = random.normal(size=(50, 6)) * 10.0 ** random.uniform(-20, 20, (50, 6))
        features[random.random((50, 6)) < 0.6] = 0
        features[7] = 0
        features[3, 0] = 1
        for name, y in ("classes", random.integers(-1, 2, 50)), ("values", random.normal(size=50)):
            file = f"{name}{count}.svm"
            queries = np.sort(random.integers(0, 5, 50)) if has_queries else None
            dump_svmlight_file(features, y, file, zero_based=zero_based, query_id=queries, comment="made by a test")
            x, z = load_svmlight_file(file)
            expect(file, "training", x.toarray(), z.astype(np.int64) if name == "classes" else z)


globals()[what]()
