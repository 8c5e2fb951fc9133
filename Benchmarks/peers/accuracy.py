#!/usr/bin/env python3
"""Time to an accuracy: seconds from the start of a process to the first epoch that reads 97, 98, 99, 99.3% of the
validation set, beside the same recipe in JAX and in PyTorch.

    make bench-accuracy ARGS="--data DIR --with torch"     (DIR has MNIST's four files; hours: see Documentation)
    make bench-accuracy ARGS="--quick"                     (some minutes, to see that everything runs)

How it is kept honest:

- Everybody trains on the first 50,000 training images and reads the last 10,000 after every epoch. The test set is not
  opened. Recipe, number of epochs, schedule, rule and first weights' distribution are the same; the pictures are
  distorted by the same formulas. Nothing is chosen by a peer's accuracy.
- The clock starts before the process does and stops when the line of an epoch arrives: imports, reading the data,
  compilation and evaluations are in it. What compilation took of it is told beside it. PyTorch keeps what it compiled
  on the disk, as it does by default: only its first probe compiles anew, and it is not counted.
- A probe of two epochs finds each peer's better number of threads (1, all) and, for PyTorch, form (eager, compiled):
  those whose whole run would be shortest. Nabla runs with --threads auto.
- Every round has a seed of its own; in a round everybody runs once, one after the other. The median over the rounds
  counts. A ratio is taken within each round.
- Before, the fields of displacements are compared, Nabla's and each peer's, in their standard deviation; and each peer
  reads pictures through Nabla's fields, which must give Nabla's pictures but for rounding to whole pixel values.
- Not the same: the peers smooth a field for each picture, and around the picture their noise ends, as in the kernel
  that is compared; Nabla trains on windows of one field an epoch, bent at the edges as far as in the middle (sigma
  5.5: by an eighth farther on average).
- Peers leave out the samples that fill no mini-batch (16 of 50,000 with mini-batches of 64), Nabla trains on them.
"""

import argparse
import datetime
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import curves
import dataset
import environment
import nabla
import turns

# The recipes. What all have: ReLU, softmax with the log-likelihood, first weights N(0, sqrt(2/inputs)), biases 0,
# Nesterov's rule. `check` compares them with the presets of the same names.
RECIPES = {
    "fastest-98": {
        "layers": [784, 256, 10], "batch_size": 64, "learning_rate": 0.15, "momentum": 0.9, "schedule": "one-cycle",
        "epochs": 4, "augment": None},
    "fastest-99": {
        "layers": [784, 800, 10], "batch_size": 100, "learning_rate": 0.1, "momentum": 0.9, "schedule": "cosine",
        "epochs": 18, "augment": "shift:1,rotate:6,scale:8%,elastic:6:30"},
    "best-15min": {
        "layers": [784, 1000, 500, 10], "batch_size": 100, "learning_rate": 0.1, "momentum": 0.9, "schedule": "cosine",
        "epochs": 400, "augment": "shift:1.5,rotate:12,scale:15%,shear:8,elastic:5.5:40"}}
# How often each is run: fewer where a run takes long.
ROUNDS = {"fastest-98": 5, "fastest-99": 5, "best-15min": 1}
ACCURACIES = (0.97, 0.98, 0.99, 0.993)

IMAGES, VALIDATION_IMAGES = 50_000, 10_000
# name: (script, what must be importable, forms)
PEERS = {
    "JAX": ("jax_accuracy.py", "jax", ("jit",)),
    "PyTorch": ("pytorch_accuracy.py", "torch", ("eager", "compiled"))}
KERNELS = environment.ROOT / ".build/kernels"


class NoRun(Exception):
    """A process ended with an error: its last line."""


def run(command, environment_, most_seconds):
    """Starts a process and returns its JSON lines, each with the seconds from the start to its arrival.

    What takes longer than `most_seconds` is ended, and what has come until then is returned.
    """
    with tempfile.TemporaryFile("w+") as messages:
        start = time.perf_counter()
        process = subprocess.Popen(
            list(map(str, command)), env=environment_, text=True, stdout=subprocess.PIPE, stderr=messages)
        timer = threading.Timer(most_seconds, process.terminate)
        timer.start()
        lines = [(time.perf_counter() - start, json.loads(line)) for line in process.stdout if line.startswith("{")]
        process.wait()
        is_cut = not timer.is_alive()
        timer.cancel()
        if process.returncode and not is_cut:
            messages.seek(0)
            raise NoRun((messages.read().strip().splitlines() or [f"exit code {process.returncode}"])[-1])
    return lines


class Nabla:
    """Our side, as people type it: by the preset where there is one of the recipe's name, by options until then."""

    name, form, threads = "Nabla", "", "auto"

    def __init__(self, model):
        self.model = model
        self.help = subprocess.run([nabla.PROGRAM, "train", "--help"], capture_output=True, text=True).stdout

    def command(self, recipe, task):
        preset = recipe if f" {recipe} " in self.help else None
        # The test part of the folder is everybody's validation set, which the presets measure once, at the end.
        options = ["--preset", preset, "--epochs", task["epochs"], "--keep", "last",
                   "--test-at", "epoch"] if preset else [
            "--layers", ",".join(map(str, task["layers"])), "--activation", "relu", "--update", "nesterov",
            "--momentum", task["momentum"], "--learning-rate", task["learning_rate"],
            "--batch-size", task["batch_size"], "--schedule", task["schedule"], "--epochs", task["epochs"],
            "--augment", task["augment"] or "none"]
        return ["train", "--data", task["folder"], *options, "--seed", task["seed"], "--quiet"]

    def run(self, recipe, task, most_seconds):
        lines = run([nabla.PROGRAM, *self.command(recipe, task), "--json", "--output", self.model], None, most_seconds)
        self.check(recipe, task)
        curve = [(seconds, line.get("validation_accuracy", line.get("test_accuracy")))
                 for seconds, line in lines if "training_cost" in line]
        return {"curve": curve, "version": "Nabla", "compile_seconds": 0}

    def check(self, recipe, task):
        """A preset may be changed and the table here forgotten: then the others would train something else."""
        if not self.model.exists():
            return
        model = nabla.run("inspect", self.model)[0]
        of = model["training"]
        trained = {
            "layers": model["topology"], "batch_size": int(of["batch_size"]), "epochs": int(of["epochs"]),
            "learning_rate": float(of["learning_rate"]), "schedule": of.get("schedule", "constant").split(":")[0],
            "augment": of.get("augment"), "update": of.get("update", "sgd"), "init": of["init"],
            "l2": float(of.get("l2", 0)), "l1": float(of.get("l1", 0)), "dropout": of.get("dropout"),
            "momentum": float(of.get("momentum", 0.9))}
        expected = {**task, "update": "nesterov", "init": "he", "l2": 0, "l1": 0, "dropout": None}
        for key, value in trained.items():
            if value != expected[key]:
                sys.exit(f"{recipe}: Nabla's {key} is {value}, and {expected[key]} what the others train with")


class Peer:
    """One system in one form with one number of threads."""

    def __init__(self, python, name, form, threads, folder):
        self.name, self.form, self.threads = name, form, threads
        self.start = [python, environment.HERE / "systems" / PEERS[name][0], threads, form]
        # What PyTorch compiles must not stay behind.
        self.environment = turns.environment(threads) | {"TORCHINDUCTOR_CACHE_DIR": str(folder / "inductor")}

    @property
    def title(self):
        return f"{self.name}, {self.form}, threads: {self.threads}"

    def run(self, recipe, task, most_seconds):
        lines = run([*self.start, json.dumps(task)], self.environment, most_seconds)
        told = next((line for _, line in lines if "version" in line), {})
        return {"curve": [(seconds, line["validation_accuracy"]) for seconds, line in lines if "epoch" in line], **told}


def seconds_to(curve, accuracy):
    """From the start to the first epoch that is as accurate; infinite if none is."""
    return next((seconds for seconds, reached in curve if reached >= accuracy), math.inf)


def probe(peers, recipe, task, options, progress):
    """Of one system in all its forms, the one whose whole run would be shortest, and the seconds of all."""
    told = {}
    for peer in peers:
        progress(f"{recipe}: probing {peer.title}")
        try:
            first = second = peer.run(recipe, task | {"epochs": 2, "seed": 0}, options.most_minutes * 60)
            if peer.form == "compiled":
                second = peer.run(recipe, task | {"epochs": 2, "seed": 0}, options.most_minutes * 60)
        except NoRun as error:
            print(f"{recipe}: {peer.title}: left out, for it does not run here: {error}")
            continue
        if len(second["curve"]) < 2:
            print(f"{recipe}: {peer.title}: left out, for two epochs take longer than --most-minutes")
            continue
        one, two = (seconds for seconds, _ in second["curve"])
        told[peer] = {"projected_seconds": one + (task["epochs"] - 1) * (two - one),
                      "compile_seconds": first["compile_seconds"]}
    best = min(told, key=lambda peer: told[peer]["projected_seconds"], default=None)
    return best, {peer.title: figures for peer, figures in told.items()}


def measure(recipe, ours, systems, folder, options, progress):
    """One recipe: a row for each system with the curves of all rounds."""
    task = {**RECIPES[recipe], "folder": str(folder)}
    if options.quick:
        task["epochs"] = 2
    rounds = options.rounds or (1 if options.quick else ROUNDS[recipe])
    participants, probes = [ours], {}
    for peers in systems.values():
        best, told = probe(peers, recipe, task, options, progress)
        probes |= told
        if best:
            participants.append(best)
    rows = [{"system": one.name, "form": one.form, "threads": one.threads, "curves": [], "compile_seconds": []}
            for one in participants]
    for number in range(rounds):
        for participant, row in zip(participants, rows):
            progress(f"{recipe}: round {number + 1} of {rounds}: {participant.name}")
            time.sleep(turns.SECONDS_OF_SILENCE)
            try:
                done = participant.run(recipe, task | {"seed": number + 1}, options.most_minutes * 60)
            except NoRun as error:
                sys.exit(f"{participant.name}: {error}")
            row["curves"].append(done["curve"])
            row["compile_seconds"].append(done.get("compile_seconds", 0))
            row["version"] = done.get("version", row["system"])
    progress()
    for row in rows:
        row["seconds_to"] = {
            f"{accuracy:.1%}": [seconds_to(curve, accuracy) for curve in row["curves"]] for accuracy in ACCURACIES}
        row["last_accuracies"] = [curve[-1][1] if curve else 0 for curve in row["curves"]]
    return {"recipe": recipe, **RECIPES[recipe], "epochs": task["epochs"], "probes": probes, "rows": rows,
            "command": " ".join(map(str, ["nabla", *ours.command(recipe, task | {"seed": 1, "folder": "DIR"})]))}


def words(seconds):
    return "-" if seconds == math.inf else f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.1f} s"


def ratio(ours, theirs):
    """The median of the peer's time to ours in the same round; infinite where the peer never came so far."""
    ratios = [math.inf if peer == math.inf else peer / own for own, peer in zip(ours, theirs) if own != math.inf]
    return statistics.median(ratios) if ratios else math.nan


def show(result):
    print(f"\n{result['recipe']}: {curves.title(result)}\n  {result['command']}")
    header = "".join(f"{name:>18}" for name in result["rows"][0]["seconds_to"])
    print(f"  {'system':26} {'threads':>7} {header}   {'last epoch':>10} {'whole run':>10} {'compiling':>10}")
    ours = result["rows"][0]
    for row in result["rows"]:
        cells = ""
        for name, seconds in row["seconds_to"].items():
            times = ratio(ours["seconds_to"][name], seconds)
            beside = f" ({times:.1f}x)" if row is not ours and math.isfinite(times) else ""
            cells += f"{words(statistics.median(seconds)) + beside:>18}"
        ends = [curve[-1][0] if curve else math.inf for curve in row["curves"]]
        system = row["version"] + (f", {row['form']}" if row["form"] else "")
        print(f"  {system:26} {row['threads']:>7} {cells}   {statistics.median(row['last_accuracies']):10.2%} "
              f"{words(statistics.median(ends)):>10} {words(statistics.median(row['compile_seconds'])):>10}")
    for title, told in result["probes"].items():
        print(f"  probe of {title}: a whole run would take {told['projected_seconds']:.1f} s; "
              f"compiling took {told['compile_seconds']:.1f} s")
    sys.stdout.flush()


def check_fields(python, names, augment):
    """Lets the peers compare their distortions with Nabla's; ends the program where they differ."""
    done = subprocess.run(
        [python, environment.HERE / "systems/compare_fields.py", KERNELS, augment, *names],
        env=turns.environment("all"), stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit("the fields of displacements could not be compared")
    told = json.loads(done.stdout.splitlines()[-1])
    print(f"\nStandard deviation of displacements in pixels (columns, rows), {augment}")
    for row in told["systems"]:
        parts = "".join(f"   {name} {x:.3f}, {y:.3f}" for name, (x, y) in row["deviations"].items())
        pictures = f"   pictures differ by {row['pictures']:.2f} of 255 at most" if "pictures" in row else ""
        print(f"  {row['system']:10}{parts}{pictures}" + ("" if row["agrees"] else "   DIFFERS"))
    sys.stdout.flush()
    if not all(row["agrees"] for row in told["systems"]):
        sys.exit("a system marked DIFFERS trains on other pictures: its times compare nothing")
    return told


def split(source, folder, images, validation_images):
    """Writes a folder whose test part is the last training images: the first ones are trained on."""
    pixels, labels = dataset.read(source, "train")
    if len(labels) < images + validation_images:
        sys.exit(f"{source}: has {len(labels):,} training pictures, {images + validation_images:,} are needed")
    dataset.write(folder, "train", pixels[: images * dataset.PIXELS], labels[:images])
    dataset.write(folder, "test", pixels[-validation_images * dataset.PIXELS:], labels[-validation_images:])


def find(python, names):
    """Those that the interpreter has; says which it has not."""
    able = []
    for name in names:
        module = PEERS[name][1]
        if subprocess.run([python, "-c", f"import {module}"], stderr=subprocess.DEVNULL).returncode == 0:
            able.append(name)
        else:
            print(f"{name} is left out: {python} has no {module}")
    return able


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, metavar="DIR", help="a folder with MNIST's four files")
    parser.add_argument("--recipes", nargs="+", metavar="NAME", choices=RECIPES, default=list(RECIPES),
                        help=f"of {', '.join(RECIPES)} (default: all)")
    parser.add_argument("--rounds", type=int, metavar="N", help="of every recipe (default: 5, or 1 of a long one)")
    parser.add_argument("--most-minutes", type=float, default=60, metavar="N",
                        help="end a run that takes longer; its curve ends there (default: 60)")
    parser.add_argument("--with", dest="extra", action="append", default=[], choices=["torch"], help="PyTorch too")
    parser.add_argument("--python", type=pathlib.Path, metavar="FILE",
                        help="an interpreter that has NumPy, JAX and PyTorch (default: one is made in .build/peers)")
    parser.add_argument("--quick", action="store_true", help="10,000 images, 2 epochs, 1 round")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="every figure (default: in .build/peers)")
    parser.add_argument("--svg", type=pathlib.Path, metavar="FILE", help="the chart (default: in .build/peers)")
    return parser.parse_args()


def main():
    options = parse()
    python = options.python or environment.python(*options.extra)
    names = find(python, ["JAX", *(["PyTorch"] if "torch" in options.extra else [])])
    progress = turns.Progress()
    data = "MNIST" if options.data else "drawn digits"
    report = {"machine": turns.machine(), "date": datetime.date.today().isoformat(), "data": data}
    machine = report["machine"]
    print(f"{machine['processor']}, {machine['cores']} cores; {report['date']}; {data}")
    augmented = {RECIPES[recipe]["augment"] for recipe in options.recipes} - {None}
    report["fields"] = [check_fields(python, names, augment) for augment in sorted(augmented)]
    images, validation_images = (10_000, 2_000) if options.quick else (IMAGES, VALIDATION_IMAGES)
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        split(dataset.source(options.data), folder, images, validation_images)
        ours = Nabla(folder / "model.safetensors")
        threads = (1, "all") if os.cpu_count() > 1 else (1,)
        systems = {name: [Peer(python, name, form, number, folder) for form in PEERS[name][2] for number in threads]
                   for name in names}
        report["recipes"] = []
        for recipe in options.recipes:
            report["recipes"].append(measure(recipe, ours, systems, folder, options, progress))
            show(report["recipes"][-1])
            save(report, options)
    environment.say(f"Wrote {' and '.join(map(str, save(report, options)))}")


def save(report, options):
    """Writes what has been measured so far, and its chart."""
    figures = options.json or environment.FOLDER / "accuracy.json"
    chart = options.svg or environment.FOLDER / "accuracy.svg"
    for path in (figures, chart):
        path.parent.mkdir(parents=True, exist_ok=True)
    chart.write_text(curves.draw(report))
    # JSON has no infinity: the time to an accuracy that was not reached is null.
    figures.write_text(json.dumps(report).replace("Infinity", "null") + "\n")
    return figures, chart


if __name__ == "__main__":
    main()
