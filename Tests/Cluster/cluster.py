"""What Tests/Cluster/run checks. One process is the second implementation; every line says what was compared."""

import argparse
import hashlib
import json
import os
import random
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

NABLA = os.environ["NABLA"]
DEFAULT = "mpirun --oversubscribe --bind-to none" + (" --allow-run-as-root" if os.geteuid() == 0 else "")
MPIRUN = shlex.split(os.environ.get("MPIRUN", DEFAULT))
LIMIT = 1200  # seconds, of any run: ranks that share few cores wait for each other for long

# Settings of nabla train, each with data of a few hundred samples.
SETTINGS = {
    "defaults": "--data digits:600",
    "sgd, l1, tanh": "--data digits:600 --l1 1 --activation tanh --output-activation softmax --batch-size 64",
    "momentum, relu": "--data digits:600 --update momentum --activation relu --hidden 40,30",
    "nesterov, cosine": "--data digits:600 --update nesterov --schedule cosine --learning-rate 0.1",
    "adam, dropout": "--data digits:600 --update adam --activation relu --dropout 0.2,0.5 --l2 1",
    "adamw, one-cycle": "--data digits:600 --update adamw --schedule one-cycle --validation 100 --keep best",
    "distorted, dropout": "--data digits:600 --augment shift:1,rotate:12,scale:15%,elastic:4:34 --dropout 0.1,0.2 "
    "--activation relu",
    "no hidden layer": "--data digits:600 --layers 784,10 --batch-size 7",
    "wide": "--data digits:600 --layers 784,300,200,10 --batch-size 200",
    "classes of a table": "--data classes.csv --hidden 20,10",
    "numbers of a table": "--data numbers.csv --hidden 20 --dropout 0.1",
}
SHORT = ["defaults", "adam, dropout", "distorted, dropout", "numbers of a table"]


def ranks(count, words, isas=None, environment=None):
    """The command line of a job; rank r uses isas[r % len(isas)]."""
    if not isas:
        return MPIRUN + ["-n", str(count), NABLA] + words, environment
    line = list(MPIRUN)
    for rank in range(count):
        line += ([":"] if rank else []) + ["-n", "1", "-x", f"NABLA_ISA={isas[rank % len(isas)]}", NABLA] + words
    return line, environment


def run(line, environment=None):
    result = subprocess.run(
        line, capture_output=True, text=True, timeout=LIMIT, env={**os.environ, **(environment or {})})
    return result.returncode, result.stdout, result.stderr


def fail(what, *rest):
    print(f"FAILED: {what}", *rest, sep="\n")
    sys.exit(1)


def without_times(text):
    return re.sub(r'"(seconds|samples_per_second)":[^,}]*,?', "", text)


def own_lines(text):
    """What nabla said, without the launcher's lines."""
    return [line for line in text.splitlines() if line.startswith("nabla: ")]


def available_isas():
    """Those that this machine has."""
    found = []
    for isa in ["scalar", "avx2", "avx512", "neon"]:
        _, _, said = run([NABLA, "train", "--data", "digits:20", "--epochs", "1", "--output", "isa.safetensors"],
                         {"NABLA_ISA": isa})
        if "NABLA_ISA: expected" not in said:
            found.append(isa)
    return found


def write_tables():
    draw = random.Random(3)
    with open("classes.csv", "w") as classes, open("numbers.csv", "w") as numbers:
        classes.write("a,b,c,kind\n")
        numbers.write("a,b,c,y\n")
        for _ in range(300):
            a, b = draw.gauss(0, 1), draw.gauss(0, 1)
            c = draw.choice(["red", "green", "blue"])
            cell = "" if draw.random() < 0.05 else f"{a:.4f}"
            classes.write(f"{cell},{b:.4f},{c},{'up' if a * b > 0 else 'down'}\n")
            numbers.write(f"{cell},{b:.4f},{c},{a * b + draw.gauss(0, 0.1):.4f}\n")


def same_bits(short, isas):
    """The model file and the lines of JSON of one process, on any ranks."""
    counts = [2, 3] if short else [1, 2, 3, 4, 7]
    compared = 0
    for name, text in SETTINGS.items():
        if short and name not in SHORT:
            continue
        words = ["train"] + text.split() + ["--epochs", "2", "--json", "--quiet", "--output", "model.safetensors"]
        code, expected, said = run([NABLA] + words)
        if code:
            fail(name, said)
        model = Path("model.safetensors").read_bytes()
        for count in counts:
            for threads in [1, 2]:
                for mixed in [None, isas]:
                    if mixed and (threads == 2 or count == 1):
                        continue
                    line, environment = ranks(
                        count, words + ["--ranks", "all", "--threads", str(threads)], mixed)
                    Path("model.safetensors").unlink()
                    code, found, said = run(line, environment)
                    where = f"{name}: {count} ranks, {threads} threads, {mixed or 'one instruction set'}"
                    if code:
                        fail(where, said)
                    if Path("model.safetensors").read_bytes() != model:
                        fail(where + ": another model")
                    if without_times(found) != without_times(expected):
                        fail(where + ": other lines", expected, found)
                    compared += 1
        print(f"  {name}: {hashlib.sha256(model).hexdigest()[:12]}")
    print(f"{compared} jobs ended with the model and the lines of one process")


def searches(short):
    """Sweeps and cross-validation."""
    cases = {
        "sweep": "sweep --data digits:400 --epochs 2 --trials 6 --try learning-rate=log:0.1..3 --json --quiet",
        "halving": "sweep --data digits:400 --epochs 4 --trials 6 --try learning-rate=log:0.1..3 --halving --json "
        "--quiet",
        "folds": "cross-validate --data numbers.csv --epochs 3 --folds 5 --json --quiet --predictions folds.csv",
    }
    for name, text in cases.items():
        code, expected, said = run([NABLA] + text.split())
        if code:
            fail(name, said)
        for count in [2] if short else [2, 3, 4]:
            code, found, said = run(ranks(count, text.split() + ["--runs", "1"])[0])
            if code or without_times(found) != without_times(expected):
                fail(f"{name} on {count} ranks", expected, found, said)
    print(f"{len(cases)} searches gave the lines of one process")


def refusals():
    """What is refused before training, in one line, by the right status."""
    train = [NABLA, "train", "--data", "digits:200", "--quiet"]
    one = MPIRUN + ["-n", "1"]
    two = [":", "-n", "1"]
    sweep = [NABLA, "sweep", "--data", "digits:200", "--epochs", "1", "--try", "l2=0..3", "--quiet", "--trials"]
    folds = [NABLA, "cross-validate", "--data", "digits:200", "--epochs", "1", "--folds", "3", "--quiet"]
    cases = [
        (MPIRUN + ["-n", "3"] + train + ["--epochs", "x"], 64, "--epochs: expected a whole number"),
        (one + train + two + train + ["--l2", "3"], 64, "rank 1: has another l2 (expected 0.0, as rank 0 has, found 3.0)"),
        (one + train + two + [NABLA, "train", "--data", "digits:201", "--quiet"], 64, "rank 1: has another data"),
        (one + train + two + [NABLA, "train", "--data", "none.csv", "--quiet"], 66, "rank 1: none.csv: does not exist"),
        (one + [NABLA, "train", "--data", "none.csv", "--quiet"] + two + train, 66, "none.csv: does not exist"),
        (one + train + ["--resume", "none"] + two + train, 66, "none"),
        (one + sweep + ["5"] + two + sweep + ["3"], 64, "rank 1: has another trials (expected 5"),
        (one + folds + ["--predictions", "p.csv"] + two + folds, 64, "rank 1: has another predictions"),
        (one + folds + two + folds + ["--validation", "10%"], 64, "rank 1: has another validation"),
        (MPIRUN + ["-n", "2"] + train + ["--profile", "trace.json"], 64, "--profile: expected one rank, found 2"),
    ]
    for line, status, words in cases:
        code, _, said = run(line)
        lines = own_lines(said)
        if code != status or len(lines) != 1 or words not in lines[0]:
            fail(" ".join(line), f"expected {status} and one line with '{words}', found {code}", said)
    print(f"{len(cases)} jobs were refused in one line")


def processes_of(job):
    """The ranks of a job: the launcher's children."""
    try:
        return [int(child) for child in Path(f"/proc/{job.pid}/task/{job.pid}/children").read_text().split()]
    except OSError:
        return []


def start_and(action, count, words, delay, environment=None, trains=False):
    """Starts a job, acts on it after a moment, where `trains` is true of training, and returns its status and what it
    said."""
    # Files, because a pipe that nobody reads yet would stop rank 0.
    with open("out.txt", "w+") as out, open("err.txt", "w+") as said:
        job = subprocess.Popen(
            ranks(count, words)[0], stdout=out, stderr=said, text=True, env={**os.environ, **(environment or {})})
        # Where cores are few, ranks need seconds to come so far.
        started = time.monotonic()
        while trains and not os.fstat(out.fileno()).st_size and job.poll() is None:
            if time.monotonic() - started > LIMIT:
                job.terminate()
                fail(f"{' '.join(words)}: no epoch in {LIMIT} s")
            time.sleep(0.1)
        try:
            job.wait(delay)
        except subprocess.TimeoutExpired:
            action(job)
            end_launcher(job)
        try:
            job.wait(10)  # seconds more
        except subprocess.TimeoutExpired:
            job.terminate()
            fail(f"{' '.join(words)}: goes on after {LIMIT} s")
    return job.returncode, Path("out.txt").read_text(), Path("err.txt").read_text()


def end_launcher(job):
    """Ends a launcher that outlives its ranks: Open MPI 4.1's sometimes does where one is killed while it starts."""
    alone = 0
    started = time.monotonic()
    while job.poll() is None and alone < 100 and time.monotonic() - started < LIMIT:
        alone = 0 if any(is_running(child) for child in processes_of(job)) else alone + 1
        time.sleep(0.1)
    if job.poll() is None and alone == 100:
        print("  the launcher outlived its ranks, and was ended")
        job.kill()


def is_running(process):
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


LONG = ("train --data digits:300 --batch-size 30 --hidden 40 --update adam --activation relu --dropout 0.2 --epochs 20 "
        "--json --quiet --checkpoint-every 5-batches --ranks all")


def kills(count, seed):
    """Ranks that are killed at random moments; the same command goes on, with any number of ranks."""
    draw = random.Random(seed)
    words = LONG.split() + ["--output", "killed.safetensors"]
    started = time.monotonic()
    code, _, said = run([NABLA] + words)
    if code:
        fail("the undisturbed run", said)
    model = Path("killed.safetensors").read_bytes()
    Path("killed.safetensors").unlink()
    run(ranks(2, words)[0])
    length = time.monotonic() - started
    Path("killed.safetensors").unlink()
    done = ended = 0
    while done < count:
        def kill(job):
            victims = processes_of(job)
            if victims:
                os.kill(draw.choice(victims), draw.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM]))
        amount = draw.choice([1, 2, 3, 4, 7])
        code, _, said = start_and(kill, amount, words + ["--resume", "auto"], draw.uniform(0.3, length))
        done += 1
        if done % 10 == 0:
            print(f"  {done} kills", flush=True)
        if code == 0:
            if Path("killed.safetensors").read_bytes() != model:
                fail(f"kill {done}: another model on {amount} ranks")
            ended += 1
            Path("killed.safetensors").unlink()
        elif "damaged" in said or "error" in " ".join(own_lines(said)):
            fail(f"kill {done} on {amount} ranks", said)
    code, _, said = run(ranks(3, words + ["--resume", "auto"])[0])
    if code or Path("killed.safetensors").read_bytes() != model:
        fail("the run after the last kill", said)
    print(f"{done} kills; {ended + 1} runs came to their end, all with the model of one process")


def hangs():
    """A rank that stands still is noticed by the others."""
    stopped = []

    def stop(job):
        stopped.append(processes_of(job)[1])
        os.kill(stopped[0], signal.SIGSTOP)
    words = LONG.replace("--epochs 20", "--epochs 100000").split() + ["--output", "hanging.safetensors"]
    code, _, said = start_and(stop, 3, words, 1, {"NABLA_RANK_TIMEOUT": "2"}, trains=True)
    lines = own_lines(said)
    if code != 75 or len(lines) != 1 or "has waited 2 s for another rank" not in lines[0]:
        fail(f"a rank that hangs: expected 75 and one line, found {code}", said)
    print("a rank that hangs was noticed")


def signals():
    """A polite signal to one rank ends all, with a checkpoint; rank 0 says so."""
    words = LONG.replace("--epochs 20", "--epochs 100000").split() + ["--output", "stopped.safetensors"]
    code, out, said = start_and(lambda job: os.kill(processes_of(job)[-1], signal.SIGTERM), 3, words, 1, trains=True)
    last = json.loads(out.splitlines()[-1]) if out else {}
    if code == 0 or last.get("reason") != "stopped" or not Path("stopped.checkpoint.safetensors").exists():
        fail("a rank that was asked to stop", out[-300:], said)
    print("a rank that was asked to stop stopped all")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", required=True)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--kills", type=int)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    os.chdir(options.folder)
    write_tables()
    if options.kills is not None:
        return kills(options.kills, options.seed)
    same_bits(options.short, available_isas())
    searches(options.short)
    refusals()
    signals()
    hangs()
    kills(5 if options.short else 30, options.seed)


main()
