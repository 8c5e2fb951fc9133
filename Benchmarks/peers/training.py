#!/usr/bin/env python3
"""Training beside other systems: nine networks, the same images, the same first weights' distribution, turn by turn.

    make bench-peers ARGS="--data DIR"      (DIR has MNIST's four files; without it, Nabla's own digits)
    make bench-peers ARGS="--quick"         (some minutes, to see that everything runs)

How it is kept honest:

- Everybody trains on the same images in float32 by the same rule. Five networks are plain: mini-batch SGD on the
  quadratic cost, first weights N(0, 1/sqrt(inputs)), biases N(0, 1); networks.py says what the other four set.
  scikit-learn has neither the quadratic cost nor a sigmoid's cross-entropy: its output is a softmax with the
  log-likelihood. It has no dropout and no AdamW, and stays away there; Nielsen's loop comes to plain networks only.
- The systems take turns within a round. A ratio is taken within each round, to the peer's better number of threads of
  1 and all in that round; the median over the rounds counts.
- A rate is samples over seconds of a warm turn: JAX's compilation, Nabla's build, the reading of the data and
  everybody's first steps are excluded. Nabla's turn is a run of `nabla train`, all epochs but the first.
- After the same number of epochs every peer must read as many test digits as Nabla does with five seeds, within noise:
  no further outside their range than the range is wide, or two points (three with dropout). Otherwise its row is
  marked and the exit code is 1. scikit-learn may read more. The six-layer network learns nothing in so few steps, with
  any system: there the check only says that nobody is broken.

Then the evaluation of the test set by the first network, beside others that were given the same parameters.
"""

import argparse
import pathlib
import statistics
import sys
import tempfile

import dataset
import environment
import nabla
import turns
from networks import NETWORKS, differences, name, title

IMAGES, TEST_IMAGES, IMAGES_OF_SLOW_NETWORKS = 50_000, 10_000, 5_120
EPOCHS_TO_COMPARE = 3
SEEDS_TO_COMPARE = 5

# name: (script, numbers of threads)
PEERS = {
    "PyTorch": ("pytorch_eager.py", (1, "all")),
    "JAX": ("jax_epoch.py", (1, "all")),
    "NumPy": ("numpy_batches.py", (1, "all")),
    "scikit-learn": ("scikit_learn.py", (1, "all")),
    "Nielsen's loop": ("nielsen_loop.py", (1,))}
EVALUATORS = {
    "ONNX Runtime": ("onnx_evaluation.py", (1, "all")),
    "JAX": ("jax_evaluation.py", (1, "all"))}


def parameters(layers):
    return sum((inputs + 1) * outputs for inputs, outputs in zip(layers, layers[1:]))


def peers_for(network, options):
    """Whom a network is compared with: who was asked for, can train it, and does not take minutes."""
    able = {
        "PyTorch": "torch" in options.extra,
        "scikit-learn": network.get("dropout", 0) == 0 and network.get("update") != "adamw",
        "Nielsen's loop": not differences(network) and parameters(network["layers"]) < 100_000}
    return {system: peer for system, peer in PEERS.items() if able.get(system, True)}


def start(peers, python):
    return [turns.Peer(python, name, script, threads) for name, (script, all_) in peers.items() for threads in all_]


def compare(task, ours, others, options, progress):
    """Lets everybody prepare and take turns; a row for each participant."""
    told = {}
    for participant in [*ours, *others]:
        progress(f"preparing {participant.name}")
        told[participant] = participant.prepare(task)
    rates = turns.take_turns([*ours, *others], options.rounds, options.seconds, progress)
    auto = rates[ours[0]]
    progress()
    return [
        {"system": participant.name, "threads": participant.threads, "samples_per_second": values,
         "ratio": turns.ratio(auto, turns.better(rates, participant.name)), **told[participant]}
        for participant, values in rates.items()]


def train(network, folder, python, options, progress):
    task = {**network, "folder": str(folder), "epochs": EPOCHS_TO_COMPARE}
    model = folder / "model.safetensors"
    progress("Nabla with five seeds")
    accuracies = [
        nabla.train(task, EPOCHS_TO_COMPARE, "auto", model, seed)[-1]["test_accuracy"]
        for seed in range(1, 1 + SEEDS_TO_COMPARE)]
    margin = max(0.03 if task.get("dropout") else 0.02, max(accuracies) - min(accuracies))
    ours = [nabla.Training(threads, model) for threads in ("auto", 1, "all")]
    others = start(peers_for(network, options), python)
    rows = compare(task, ours, others, options, progress)
    for other in others:
        other.end()
    for row in rows:
        above = 1 if row["system"] == "scikit-learn" else max(accuracies) + margin
        row["agrees"] = min(accuracies) - margin <= row["accuracy"] <= above
    return {**network, "title": title(network), "rows": rows, "nabla_accuracies": accuracies}


def evaluate(folder, python, options, progress):
    """The test set read by the first network of the table, which Nabla trains; everybody gets its parameters."""
    network = NETWORKS[0]
    model = folder / "evaluated.safetensors"
    nabla.train({**network, "folder": str(folder)}, EPOCHS_TO_COMPARE, "auto", model)
    others = start(EVALUATORS, python)
    rows = compare(
        {"folder": str(folder), "model": str(model)}, [nabla.Evaluation(threads) for threads in ("auto", 1, "all")],
        others, options, progress)
    for other in others:
        other.end()
    for row in rows:
        # Sums in another order may move a picture on the border between two digits.
        row["agrees"] = abs(row["accuracy"] - rows[0]["accuracy"]) <= 0.0005
    return {"layers": network["layers"], "rows": rows}


def best_peer(rows):
    """The fastest system that is not Nabla: the one our ratio to is smallest."""
    return min((row for row in rows if row["system"] != "Nabla"), key=lambda row: row["ratio"])


def show(title, result, unit, accuracy):
    best = best_peer(result["rows"])
    print(f"\n{title}")
    print(f"  {'system':24} {'threads':>7} {unit:>12}   {'Nabla auto':>10}   {accuracy}")
    for row in result["rows"]:
        rate = statistics.median(row["samples_per_second"])
        figure = f"{rate:12,.0f}" if unit == "samples/s" else f"{1e3 * TEST_IMAGES / rate:12.2f}"
        ratio = "" if row["system"] == "Nabla" else f"{row['ratio']:9.2f}x"
        system = row.get("version", row["system"])
        system = f"{row['system']}, {system}" if row["system"] not in system else system
        print(f"  {system:24} {row['threads']:>7} {figure}   {ratio:10}   {row['accuracy']:.2%}"
              + ("" if row["agrees"] else "   DIFFERS"))
    print(f"  best peer: {best['system']}; Nabla is {best['ratio']:.2f} times as fast", flush=True)


def summary(results):
    """The table of the README, in Markdown."""
    print("\n| network, mini-batch | images | best peer | Nabla, 1 thread | Nabla, auto | auto over the best |")
    print("|---|---|---|---|---|---|")
    for result in results:
        best = best_peer(result["rows"])
        of_best = max(statistics.median(row["samples_per_second"]) for row in result["rows"]
                      if row["system"] == best["system"])
        auto, one = (statistics.median(row["samples_per_second"]) for row in result["rows"][:2])
        cells = [result["title"].replace("mini-batches of ", ""), f"{result['images']:,}",
                 f"{best['system']} {of_best:,.0f}", f"{one:,.0f}", f"{auto:,.0f}", f"{best['ratio']:.2f}"]
        print(f"| {' | '.join(cells)} |")


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [name(network) for network in NETWORKS]
    parser.add_argument("--data", type=pathlib.Path, metavar="DIR", help="a folder with MNIST's four files")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.5, help="the least a turn takes (default: 0.5)")
    parser.add_argument("--with", dest="extra", action="append", default=[], choices=["torch"], help="PyTorch too")
    parser.add_argument("--networks", nargs="+", metavar="NAME", choices=names, default=names)
    parser.add_argument("--quick", action="store_true", help="10,000 images, 2 rounds of turns of 0.2 seconds")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="every rate (default: in .build/peers)")
    parser.add_argument("--svg", type=pathlib.Path, metavar="FILE", help="the chart (default: in .build/peers)")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.seconds = 2, 0.2
    options.networks = [network for network in NETWORKS if name(network) in options.networks]
    return options


def main():
    options = parse()
    python = environment.python(*options.extra)
    source = dataset.source(options.data)
    images = 10_000 if options.quick else IMAGES
    progress = turns.Progress()
    machine = turns.machine()
    print(f"{machine['processor']}, {machine['cores']} cores; {'MNIST' if options.data else 'drawn digits'}; "
          f"median of {options.rounds} rounds")
    results = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        for network in options.networks:
            count = images if parameters(network["layers"]) < 1e7 else IMAGES_OF_SLOW_NETWORKS
            dataset.excerpt(source, folder, count, TEST_IMAGES)
            results.append({"images": count, **train(network, folder, python, options, progress)})
            show(f"{title(network)}, {count:,} images", results[-1], "samples/s",
                 f"test set after {EPOCHS_TO_COMPARE} epochs")
        dataset.excerpt(source, folder, images, TEST_IMAGES)
        evaluation = evaluate(folder, python, options, progress)
        show(f"{evaluation['layers']}, evaluation of {TEST_IMAGES:,} images", evaluation, "ms", "test set")
    summary(results)
    report = {"machine": machine, "networks": results, "evaluation": evaluation}
    turns.save(report, "training", options, python)
    if not all(row["agrees"] for result in [*results, evaluation] for row in result["rows"]):
        sys.exit("a system marked DIFFERS does not learn or read what Nabla does: its figures compare nothing")


if __name__ == "__main__":
    main()
