"""The loop of Tests/Reliability/kill: kill, load, resume, compare. Standard library only."""

import collections
import concurrent.futures
import itertools
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "faults"))
import faulty  # noqa: E402

nabla, folder, kills, seed, jobs = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6])

RUNS = [  # every update rule, every schedule
    "",
    "--update momentum --schedule cosine --dropout 0.2",
    "--update nesterov --schedule one-cycle --l1 0.5 --batch-size 32",
    "--update adam --schedule exponential:0.98 --validation 20% --keep best --layers 784,100,10",
    "--update adamw --schedule step:3 --activation relu --l2 1",
    "--schedule halving:6:4 --validation 20% --keep best --best-by cost",
    "--update adam --patience 30 --validation 20% --keep best --batch-size 50",
]
EPOCHS = 30
THREADS = [1, 2, 4]
MOST_PARTS = 4
FREQUENCIES = ["1-batches", "7-batches", "100-batches", "epoch", "0.02s"]


def isas():
    """The instruction sets that this processor has: others are not followed, and said so."""
    found = []
    for name in ("scalar", "avx2", "avx512", "neon"):
        words = [nabla, "train", "--data", "digits:60", "--epochs", "1", "-o", os.path.join(folder, "isa.safetensors")]
        said = subprocess.run(words, env={**os.environ, "NABLA_ISA": name}, capture_output=True, text=True).stderr
        if "NABLA_ISA" not in said:
            found.append(name)
    return found


def read(path):
    with open(path, "rb") as file:
        return file.read()


class Place:
    """A folder for the files of one run after the other."""

    def __init__(self, name):
        self.folder = os.path.join(folder, name)
        os.mkdir(self.folder)
        self.model = os.path.join(self.folder, "model.safetensors")
        self.checkpoints = [os.path.join(self.folder, f"model.checkpoint{n}.safetensors") for n in ("", ".1")]

    def command(self, options, extra=()):
        words = ["train", "--data", "digits:600", "--epochs", str(EPOCHS), "--json", "--quiet", "-o", self.model]
        return [nabla, *words, *options.split(), *extra]

    def clear(self):
        for name in os.listdir(self.folder):
            os.unlink(os.path.join(self.folder, name))

    def undisturbed(self, options):
        start = time.monotonic()
        subprocess.run(self.command(options), check=True, capture_output=True)
        seconds, model = time.monotonic() - start, read(self.model)
        self.clear()
        return model, seconds

    def shown(self):
        """What `inspect` shows of the first of these files that loads, newest first; None if none does."""
        for path in [*self.checkpoints, self.model]:
            if os.path.exists(path):
                shown = subprocess.run([nabla, "inspect", "--json", path], capture_output=True, text=True)
                if shown.returncode == 0:
                    return json.loads(shown.stdout)
        return None

    def has_files(self):
        return any(map(os.path.exists, [*self.checkpoints, self.model]))


class Lane:
    def __init__(self, wholes, shapes):
        self.wholes, self.shapes = wholes, shapes
        self.lock = threading.Lock()
        self.counts, self.covered, self.failures = collections.Counter(), collections.Counter(), []
        self.cases = itertools.count()
        self.is_stopped = False

    def is_enough(self):
        return self.is_stopped or self.counts["kills"] >= kills

    def stop(self, *_):
        """Ctrl-C: the runs under way are gone on with, and the lane says what it has."""
        self.is_stopped = True

    def count(self, name, number=1):
        with self.lock:
            self.counts[name] += number

    def work(self, place):
        """Takes one run after the other until there were enough kills."""
        while True:
            with self.lock:
                if self.is_enough():
                    return
                case = next(self.cases)
            self.check(place, case)
            place.clear()

    def check(self, place, case):
        """Kills one run again and again until a part of it reaches the end."""
        draw = random.Random(f"{seed} {case}")
        options = RUNS[case % len(RUNS)]
        model, seconds = self.wholes[options]
        every = draw.choice(FREQUENCIES)
        parts = 0
        while True:
            # Seven runs and six or nine shapes: all pairs in turn.
            threads, isa = self.shapes[(case + parts) % len(self.shapes)]
            words = place.command(options, ["--checkpoint-every", every, "--resume", "auto", "--threads", str(threads)])
            is_last = self.is_enough() or parts >= MOST_PARTS
            process = subprocess.Popen(words, env={**os.environ, "NABLA_ISA": isa}, stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE)
            if not is_last:
                # Its start, in which nothing can be lost, is long beside such a short run.
                time.sleep(draw.uniform(0.2, 1.2) * seconds)
                process.send_signal(signal.SIGKILL)
            errors = process.communicate()[1].decode()
            faulty.forget(process.pid)
            if is_last or process.returncode != -signal.SIGKILL:
                break
            parts += 1
            with self.lock:
                self.counts["kills"] += 1
                for shape in (options, threads, isa):
                    self.covered[shape] += 1
            self.look(place, words)
        self.count("runs")
        self.count("resumed twice or more", parts >= 2)
        self.count("of a run that had ended", not is_last and process.returncode == 0)
        if process.returncode != 0:
            self.failures.append(f"exit {process.returncode}, {errors.strip()}: {' '.join(words)}")
        elif read(place.model) != model:
            self.failures.append(f"another model after {parts} kills: {' '.join(words)}")
        left = [name for name in os.listdir(place.folder)
                if name != "model.safetensors" and not re.fullmatch(r"\.nabla-\d+-\d+\.part", name)]
        if left:
            self.failures.append(f"left behind: {left}")

    def look(self, place, words):
        """What a kill left."""
        if not place.has_files():
            return self.count("before anything was written")
        shown = place.shown()
        if shown is None:
            self.failures.append(f"nothing loads: {' '.join(words)}")
        elif shown.get("samples_done"):
            self.count("in mid-epoch")
        if not os.path.exists(place.checkpoints[0]) and os.path.exists(place.checkpoints[1]):
            self.count("from the one before")


def main():
    sets = isas()
    first = Place("undisturbed")
    wholes = {options: first.undisturbed(options) for options in RUNS}
    shapes = list(itertools.product(THREADS, sets))
    lane = Lane(wholes, shapes)
    signal.signal(signal.SIGINT, lane.stop)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        # A worker's error is an error of the lane.
        list(pool.map(lane.work, [Place(str(number)) for number in range(jobs)]))
    least = [min(lane.covered[shape] for shape in shapes) for shapes in (RUNS, THREADS, sets)]
    print(f"{lane.counts.pop('kills')} kills over {lane.counts.pop('runs')} runs: {len(lane.failures)} failures")
    print(f"  at least {least[0]} for each of {len(RUNS)} recipes, {least[1]} for each of {THREADS} threads, "
          f"{least[2]} for each of {', '.join(sets)}")
    for name, count in lane.counts.items():
        print(f"  {count:5}  {name}")
    for failure in lane.failures[:20]:
        print("FAILED:", failure)
    return 1 if lane.failures else 0


sys.exit(main())
