"""Peers and Nabla, turn by turn on one machine: who takes part, whose turn it is, and what the ratios are.

Every peer is a process of its own that waits on its standard input until it is told to go on, so one system at a
time works and all see the same minutes of the machine. A rate is samples over seconds of a warm turn.
"""

import json
import os
import statistics
import subprocess
import sys
import time

from environment import FOLDER, HERE, say

# After a turn, threads that wait for work spin for a while before they sleep.
SECONDS_OF_SILENCE = 0.2


def environment(threads):
    """The environment of a peer's process that works with 1 thread, or "all"."""
    variables = dict(os.environ, JAX_PLATFORMS="cpu", PYTHONHASHSEED="0")
    if threads == 1:
        variables |= {
            "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
            "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"}
    return variables


class Peer:
    """One system with one number of threads (1, or "all"), in a process of its own."""

    def __init__(self, python, name, script, threads):
        self.name, self.threads = name, threads
        self.process = subprocess.Popen(
            [python, HERE / "systems" / script, str(threads)], env=environment(threads), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, **request):
        try:
            print(json.dumps(request), file=self.process.stdin, flush=True)
            return json.loads(self.process.stdout.readline())
        except (BrokenPipeError, json.JSONDecodeError):
            sys.exit(f"{self.name} has ended; its message is above")

    def prepare(self, task):
        """Makes ready for turns; nothing of it is timed. Returns the peer's version and accuracy on the test set."""
        return self.ask(task=task)

    def turn(self, seconds):
        """The samples a second of a turn that takes at least so long."""
        return self.ask(seconds=seconds)["rate"]

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def take_turns(participants, rounds, seconds, progress=lambda text: None):
    """Participant to the rate of every round."""
    rates = {participant: [] for participant in participants}
    for number in range(rounds):
        for participant in participants:
            progress(f"round {number + 1} of {rounds}: {participant.name}")
            time.sleep(SECONDS_OF_SILENCE)
            rates[participant].append(participant.turn(seconds))
    return rates


def better(rates, name):
    """The rates of one system: within each round those of its better number of threads."""
    return [max(round_) for round_ in zip(*(values for key, values in rates.items() if key.name == name))]


def ratio(ours, theirs):
    """The median over the rounds of our rate to theirs in the same round."""
    return statistics.median(x / y for x, y in zip(ours, theirs))


class Progress:
    """One line on a terminal that is overwritten; nothing anywhere else."""

    def __init__(self):
        self.enabled = sys.stderr.isatty()

    def __call__(self, text=""):
        if self.enabled:
            print(f"\r\x1b[K{text[:100]}", end="", file=sys.stderr, flush=True)


def machine():
    """What the figures were measured on."""
    model = "unknown processor"
    try:
        with open("/proc/cpuinfo") as file:
            model = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), model)
    except OSError:
        pass
    return {"processor": model, "cores": os.cpu_count()}


def save(report, kind, options, python):
    """Writes what was measured, and its chart, to the files that --json and --svg name, or else beside the peers."""
    text = json.dumps(report) + "\n"
    figures, chart = options.json or FOLDER / f"{kind}.json", options.svg or FOLDER / f"{kind}.svg"
    figures.write_text(text)
    subprocess.run([python, HERE / "charts.py", kind, chart], input=text, text=True, check=True)
    say(f"Wrote {figures} and {chart}")
