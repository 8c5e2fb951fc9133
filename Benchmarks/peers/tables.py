#!/usr/bin/env python3
"""Tables beside pandas, LightGBM and scikit-learn: reading a large file, and ten-fold cross-validation.

    make bench-tables                           (a gigabyte of numbers; needs three of disk and of memory, minutes)
    make bench-tables ARGS="--megabytes 100 --rounds 3"

Reading, megabytes a second:

- Nabla: the whole process of `nabla train` that reads the file, and trains two samples for one epoch;
- pandas: `read_csv`, the C engine; LightGBM: `Dataset(file).construct()`, which bins the numbers too;
- scikit-learn: `load_svmlight_file`. Importing the libraries is not counted.

Cross-validation, seconds: scikit-learn's 8 x 8 digits, a network [64,32,10], ten folds. Nabla: the whole process of
`nabla cross-validate`. scikit-learn: `cross_val_score` of `StandardScaler` and `MLPClassifier`, as it is called (one
process), and on as many processes as there are cores, these started before.

Rounds are interleaved; figures and ratios are medians over them.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import environment
import turns
from nabla import PROGRAM

COLUMNS = 64
WRITER = """
import sys, numpy
path, megabytes, digits, sparse = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4] == "svmlight"
columns = int(sys.argv[5])
random = numpy.random.default_rng(1)
with open(path, "w") as file:
    if not sparse:
        file.write(",".join(f"f{i}" for i in range(columns)) + ",class\\n")
    while file.tell() < megabytes * 10**6:
        block = random.normal(size=(2000, columns))
        if digits < 17:
            block = block.round(digits)
        classes = (block[:, 0] > 0).astype(int)
        for row, label in zip(block.tolist(), classes):
            if sparse:
                file.write(f"{label} " + " ".join(f"{i + 1}:{x}" for i, x in enumerate(row)) + "\\n")
            else:
                file.write(",".join(map(repr, row)) + f",{label}\\n")
"""
DIGITS = """
import sys, sklearn.datasets
digits = sklearn.datasets.load_digits()
with open(sys.argv[1], "w") as file:
    file.write(",".join(f"p{i}" for i in range(64)) + ",digit\\n")
    for row, label in zip(digits.data.tolist(), digits.target):
        file.write(",".join(map(str, row)) + f",digit {label}\\n")
"""
READERS = {
    "pandas": "import pandas\nread = lambda: pandas.read_csv(path, engine='c')",
    "LightGBM": "import lightgbm\nread = lambda: lightgbm.Dataset(path, params={'header': True, 'verbose': -1, "
                "'label_column': 'name:class'}).construct()",
    "scikit-learn": "import sklearn.datasets\nread = lambda: sklearn.datasets.load_svmlight_file(path)",
}
TIMED = "import sys, time\npath = sys.argv[1]\n{}\nstart = time.perf_counter()\nread()\nprint(time.perf_counter() - start)"
FOLDS = """
import sys, time, warnings, sklearn.datasets
from joblib import Parallel, delayed
from sklearn.model_selection import cross_val_score
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
digits = sklearn.datasets.load_digits()
model = make_pipeline(StandardScaler(), MLPClassifier((32,), random_state=1))
warnings.filterwarnings("ignore")
jobs = int(sys.argv[1])
Parallel(n_jobs=jobs)(delayed(abs)(i) for i in range(64))
start = time.perf_counter()
scores = cross_val_score(model, digits.data, digits.target, cv=10, n_jobs=jobs)
print(time.perf_counter() - start, scores.mean())
"""


def timed(command):
    """The seconds of a whole process, and what it printed."""
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True)
    seconds = time.perf_counter() - start
    if done.returncode:
        sys.exit(done.stderr.strip().splitlines()[-1])
    return seconds, done.stdout


def nabla_reads(path, folder):
    return timed([PROGRAM, "train", "--data", path, "--task", "classification", "--test", "1", "--limit", "2",
                  "--epochs", "1", "--hidden", "1", "--quiet", "--output", f"{folder}/model.safetensors"])[0]


def reading(python, folder, options):
    """Rows of (file, system, megabytes a second of each round)."""
    rates = {}
    files = [("17 digits", "csv", 17, ["pandas", "LightGBM"]), ("6 digits", "csv", 6, ["pandas", "LightGBM"]),
             ("svmlight, 6 digits", "svmlight", 6, ["scikit-learn"])]
    for name, kind, digits, peers in files:
        path = f"{folder}/table.{kind}"
        megabytes = options.megabytes if kind == "csv" else max(1, options.megabytes // 5)
        environment.run([python, "-c", WRITER, path, str(megabytes), str(digits), kind, str(COLUMNS)],
                        "the file was not written")
        size = os.path.getsize(path) / 1e6
        for _ in range(options.rounds):
            rates.setdefault((name, "Nabla"), []).append(size / nabla_reads(path, folder))
            for peer in peers:
                time.sleep(turns.SECONDS_OF_SILENCE)
                seconds = float(timed([python, "-c", TIMED.format(READERS[peer]), path])[1].split()[-1])
                rates.setdefault((name, peer), []).append(size / seconds)
        os.remove(path)
    return rates


def cross_validation(python, folder, options):
    """Seconds and accuracies of each round."""
    path = f"{folder}/digits.csv"
    environment.run([python, "-c", DIGITS, path], "the digits were not written")
    seconds, accuracy = {}, {}
    for _ in range(options.rounds):
        taken, output = timed([PROGRAM, "cross-validate", "--data", path, "--hidden", "32", "--quiet", "--json"])
        seconds.setdefault("Nabla", []).append(taken)
        folds = [json.loads(line)["accuracy"] for line in output.splitlines() if "\"fold\"" in line]
        accuracy["Nabla"] = statistics.mean(folds)
        for name, jobs in [("scikit-learn", 1), ("scikit-learn, all cores", -1)]:
            taken, accuracy[name] = map(float, timed([python, "-c", FOLDS, str(jobs)])[1].split()[-2:])
            seconds.setdefault(name, []).append(taken)
    return seconds, accuracy


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=1000, metavar="N", help="size of the files (default: 1000)")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="(default: 5)")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="every figure (default: in .build/peers)")
    options = parser.parse_args()
    python = environment.python("tables")
    machine = turns.machine()
    print(f"{machine['processor']}, {machine['cores']} cores; {options.rounds} rounds")
    with tempfile.TemporaryDirectory() as folder:
        rates = reading(python, folder, options)
        print(f"\n{'reading':20} {'system':14} {'MB/s':>7}   {'lowest and highest':>18}   Nabla is x times as fast")
        for (name, system), values in rates.items():
            ratio = turns.ratio(rates[name, "Nabla"], values)
            print(f"{name:20} {system:14} {statistics.median(values):7.0f}   {min(values):9.0f}{max(values):9.0f}"
                  + (f"   {ratio:.2f}" if system != "Nabla" else ""), flush=True)
        seconds, accuracy = cross_validation(python, folder, options)
    print(f"\n{'ten folds':25} {'seconds':>9} {'accuracy':>9}   Nabla is x times as fast")
    for system, values in seconds.items():
        ratio = turns.ratio(values, seconds["Nabla"])
        print(f"{system:25} {statistics.median(values):9.2f} {accuracy[system]:9.2%}"
              + (f"   {ratio:.1f}" if system != "Nabla" else ""))
    report = {"machine": machine, "seconds": seconds, "accuracy": accuracy,
              "reading": [{"file": name, "system": system, "rates": values} for (name, system), values in rates.items()]}
    target = options.json or environment.FOLDER / "tables.json"
    target.write_text(json.dumps(report) + "\n")
    environment.say(f"Wrote {target}")


if __name__ == "__main__":
    main()
