"""The loop of Tests/Reliability/kill: kill, load, resume, compare. Standard library only."""

import itertools
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time

nabla, folder, kills, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
draw = random.Random(seed)
MODEL = os.path.join(folder, "model.safetensors")
CHECKPOINTS = [os.path.join(folder, f"model.checkpoint{n}.safetensors") for n in ("", ".1")]

RUNS = [  # every update rule, every schedule
    "",
    "--update momentum --schedule cosine --dropout 0.2",
    "--update nesterov --schedule one-cycle --l1 0.5 --batch-size 32",
    "--update adam --schedule exponential:0.98 --validation 20% --keep best --layers 784,100,10",
    "--update adamw --schedule step:3 --activation relu --l2 1",
    "--schedule halving:6:4 --validation 20% --keep best --best-by cost",
    "--update adam --patience 30 --validation 20% --keep best --batch-size 50",
]
EPOCHS = 60
THREADS = [1, 2, 4]


def command(options, extra=()):
    words = ["train", "--data", "digits:2000", "--epochs", str(EPOCHS), "--json", "--quiet", "-o", MODEL]
    return [nabla, *words, *options.split(), *extra]


def isas():
    """The instruction sets that this processor has: others are not followed, and said so."""
    found = []
    for name in ("scalar", "avx2", "avx512", "neon"):
        words = [nabla, "train", "--data", "digits:60", "--epochs", "1", "-o", MODEL]
        said = subprocess.run(words, env={**os.environ, "NABLA_ISA": name}, capture_output=True, text=True).stderr
        if "NABLA_ISA" not in said:
            found.append(name)
    return found


def environment(isa):
    return {**os.environ, "NABLA_ISA": isa}


def clear():
    for name in os.listdir(folder):
        os.unlink(os.path.join(folder, name))


def read(path):
    with open(path, "rb") as file:
        return file.read()


def undisturbed(options):
    clear()
    start = time.monotonic()
    subprocess.run(command(options), check=True, capture_output=True)
    return read(MODEL), time.monotonic() - start


def loads():
    """True if a checkpoint or a model that is there loads; None if there is none of either."""
    there = [path for path in [*CHECKPOINTS, MODEL] if os.path.exists(path)]
    if not there:
        return None
    return any(subprocess.run([nabla, "inspect", path], capture_output=True).returncode == 0 for path in there)


def main():
    sets = isas()
    wholes = {options: undisturbed(options) for options in RUNS}
    shape = itertools.cycle(itertools.product(THREADS, sets))
    counts = {"kills": 0, "of a run that had ended": 0, "before anything was written": 0, "in mid-epoch": 0,
              "resumed twice or more": 0, "from the one before": 0}
    failures = []
    clear()
    case = 0
    while counts["kills"] < kills:
        options = RUNS[case % len(RUNS)]
        case += 1
        model, seconds = wholes[options]
        every = draw.choice(["1-batches", "7-batches", "100-batches", "epoch", "0.02s"])
        parts = 0
        while True:  # kill the run again and again until a part of it reaches the end
            threads, isa = next(shape)
            words = command(options, ["--checkpoint-every", every, "--resume", "auto", "--threads", str(threads)])
            final = counts["kills"] >= kills or parts >= 3
            process = subprocess.Popen(words, env=environment(isa), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            if not final:
                time.sleep(draw.uniform(0, 1.2 * seconds))
                process.send_signal(signal.SIGKILL)
            errors = process.communicate()[1].decode()
            if final or process.returncode >= 0:
                break
            parts += 1
            counts["kills"] += 1
            state = loads()
            if state is None:
                counts["before anything was written"] += 1
            elif not state:
                failures.append(f"nothing loads: {' '.join(words)}")
            if os.path.exists(CHECKPOINTS[0]):
                said = subprocess.run([nabla, "inspect", "--json", CHECKPOINTS[0]], capture_output=True, text=True)
                if said.returncode == 0 and json.loads(said.stdout)["samples_done"]:
                    counts["in mid-epoch"] += 1
            elif os.path.exists(CHECKPOINTS[1]):
                counts["from the one before"] += 1
        counts["resumed twice or more"] += parts >= 2
        counts["of a run that had ended"] += not final
        if process.returncode != 0:
            failures.append(f"exit {process.returncode}, {errors.strip()}: {' '.join(words)}")
        elif read(MODEL) != model:
            failures.append(f"another model after {parts} kills: {' '.join(words)}")
        left = [name for name in os.listdir(folder)
                if name != "model.safetensors" and not re.fullmatch(r"\.nabla-\d+-\d+\.part", name)]
        if left:
            failures.append(f"left behind: {left}")
        clear()
    print(f"{kills} kills over {case} runs, {len(sets)} instruction sets, threads {THREADS}: {len(failures)} failures")
    for name, count in counts.items():
        print(f"  {count:5}  {name}")
    for failure in failures[:20]:
        print("FAILED:", failure)
    return 1 if failures else 0


sys.exit(main())
