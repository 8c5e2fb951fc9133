"""Nabla as one of the systems that take turns: the `nabla` command, whose JSON tells the seconds of its own work."""

import json
import math
import os
import statistics
import subprocess
import sys

import networks
from environment import ROOT

PROGRAM = ROOT / ".build/release/nabla"


def start(*arguments):
    """A process of `nabla` with JSON lines on its standard output."""
    try:
        return subprocess.Popen(
            [PROGRAM, *map(str, arguments), "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    except FileNotFoundError:
        sys.exit(f"{PROGRAM}: not there; `make build` builds it")


def run(*arguments):
    """The JSON lines that `nabla` prints."""
    process = start(*arguments)
    output, messages = process.communicate()
    if process.returncode:
        fail(messages)
    return [json.loads(line) for line in output.splitlines()]


def fail(messages):
    """Ends this program with Nabla's message."""
    sys.exit(messages.strip().splitlines()[-1])


def number(threads):
    return os.cpu_count() if threads == "all" else threads


def train(task, epochs, threads, model, seed=1):
    """What `nabla train` tells of each epoch."""
    layers = ",".join(map(str, task["layers"]))
    lines = run(
        "train", "--quiet", "--data", task["folder"], "--layers", layers, "--batch-size", task["batch_size"],
        "--learning-rate", task["learning_rate"], *networks.command_options(task), "--epochs", epochs,
        "--threads", number(threads), "--seed", seed, "--output", model)
    # Warnings and the end have lines of their own.
    return [line for line in lines if "training_cost" in line]


class Training:
    """A turn is a run of `nabla train`: the samples of all epochs after the first over the seconds they took."""

    name = "Nabla"

    def __init__(self, threads, model):
        self.threads, self.model = threads, model

    def prepare(self, task):
        self.task = task
        epochs = train(task, max(2, task["epochs"]), self.threads, self.model)
        self.seconds_of_epoch = min(epoch["seconds"] for epoch in epochs)
        return {"accuracy": epochs[-1]["test_accuracy"]}

    def turn(self, seconds):
        count = 1 + max(1, math.ceil(seconds / self.seconds_of_epoch))
        epochs = train(self.task, count, self.threads, self.model)[1:]
        taken = sum(epoch["seconds"] for epoch in epochs)
        self.seconds_of_epoch = taken / len(epochs)
        return sum(epoch["seconds"] * epoch["samples_per_second"] for epoch in epochs) / taken


class Evaluation:
    """A turn is some runs of `nabla evaluate`, each with a process of its own: the median of their rates."""

    name = "Nabla"
    RUNS_A_TURN = 5

    def __init__(self, threads):
        self.threads = threads

    def prepare(self, task):
        self.task = task
        return {"accuracy": self.evaluate()["accuracy"]}

    def turn(self, seconds):
        results = [self.evaluate() for _ in range(self.RUNS_A_TURN)]
        return statistics.median(result["total"] / result["evaluation_seconds"] for result in results)

    def evaluate(self):
        return run("evaluate", self.task["model"], "--data", self.task["folder"], "--threads",
                   number(self.threads))[0]
