"""Draws what training.py, sweep.py and scale.py wrote with --json: charts.py KIND FILE.svg < FILE.json

The same figures give the same file. The background is transparent and the greys are readable on white and on black.
"""

import json
import statistics
import sys

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402

GREY = "#808890"
COLOURS = {"Nabla": "#f05138", "JAX": "#2f81f7", "NumPy": "#3fa45b", "PyTorch": "#9a6ddb", "scikit-learn": "#d9a021",
           "Nielsen's loop": GREY, "the best peer": "#2f81f7"}
WIDTH = 7.6  # inches of 100 pixels; README is about 760 pixels wide

plt.rcParams.update({
    "svg.fonttype": "none", "svg.hashsalt": "nabla", "figure.dpi": 100, "font.family": "sans-serif", "font.size": 9,
    "text.color": GREY, "axes.labelcolor": GREY, "axes.edgecolor": GREY, "xtick.color": GREY, "ytick.color": GREY,
    "axes.titlecolor": GREY, "axes.titlesize": 9.5, "axes.titlelocation": "left", "axes.spines.top": False,
    "axes.spines.right": False, "grid.color": GREY, "grid.alpha": 0.25, "legend.frameon": False})


def thousands(rate):
    return f"{rate / 1e3:,.0f} k" if rate >= 1e4 else f"{rate / 1e3:.1f} k"


def label(name, rate, ratio):
    """The rate, and how many times as fast Nabla is."""
    if name == "Nabla":
        return f"{thousands(rate)}/s"
    return f"{thousands(rate)}/s \N{MIDDLE DOT} Nabla {ratio:.{1 if ratio < 100 else 0}f}\N{MULTIPLICATION SIGN}"


def training(report):
    """One panel a network, one bar a system at its better number of threads; panels have scales of their own."""
    bars = []
    for network in report["networks"]:
        rates = {}
        for row in network["rows"]:
            if row["system"] != "Nabla" or row["threads"] == "auto":
                rate = statistics.median(row["samples_per_second"])
                if rate > rates.get(row["system"], (0, 0))[0]:
                    rates[row["system"]] = rate, row["ratio"]
        bars.append(sorted(rates.items(), key=lambda item: -item[1][0]))
    figure, panels = plt.subplots(
        len(bars), figsize=(WIDTH, 0.21 * sum(map(len, bars)) + 0.42 * len(bars)), squeeze=False,
        height_ratios=[len(of_network) for of_network in bars], layout="constrained")
    for panel, network, of_network in zip(panels[:, 0], report["networks"], bars):
        names = [name for name, _ in of_network]
        rates = [rate for _, (rate, _) in of_network]
        drawn = panel.barh(names, rates, color=[COLOURS[name] for name in names], height=0.72)
        panel.bar_label(drawn, [label(name, *figures) for name, figures in of_network], padding=4, color=GREY)
        panel.set_title(network["title"])
        panel.set_xlim(0, rates[0] * 1.12)
        panel.invert_yaxis()
        panel.set_xticks([])
        panel.tick_params(left=False)
        panel.spines[["bottom"]].set_visible(False)
    return figure


def sweep(report):
    """One panel a topology: samples a second over the size of a mini-batch, ours and the best peer's."""
    cells = report["cells"]
    kinds = list(dict.fromkeys(cell["inputs"] for cell in cells))
    topologies = list(dict.fromkeys(tuple(cell["layers"]) for cell in cells))
    columns = 3
    rows = -(-len(topologies) // columns)
    figure, panels = plt.subplots(
        rows, columns, figsize=(WIDTH, 1.75 * rows), squeeze=False, sharex=True, layout="constrained")
    for panel in panels.flat[len(topologies):]:
        panel.set_visible(False)
    for panel, topology in zip(panels.flat, topologies):
        for kind in kinds:
            of_panel = [cell for cell in cells if tuple(cell["layers"]) == topology and cell["inputs"] == kind]
            sizes = [cell["batch_size"] for cell in of_panel]
            medians = [{name: statistics.median(rates) for name, rates in cell["samples_per_second"].items()}
                       for cell in of_panel]
            ours = [median["Nabla auto"] for median in medians]
            best = [max(rate for name, rate in median.items() if not name.startswith("Nabla")) for median in medians]
            style = "-" if kind == "sparse" else ":"
            panel.plot(sizes, ours, style, color=COLOURS["Nabla"], label=f"Nabla, {kind}")
            panel.plot(sizes, best, style, color=COLOURS["the best peer"], label=f"best peer, {kind}")
        panel.set_title(str(list(topology)))
        panel.set_xscale("log", base=2)
        panel.set_yscale("log")
        panel.set_xticks([1, 16, 256, 4096], ["1", "16", "256", "4096"])
        panel.minorticks_off()
        panel.grid(True)
    figure.supylabel("samples/s", color=GREY, fontsize=9)
    figure.supxlabel("samples in a mini-batch", color=GREY, fontsize=9)
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=4)
    return figure


def scale(report):
    """Cost of a sample and peak memory over the number of images, both axes logarithmic."""
    figure, (cost, memory) = plt.subplots(1, 2, figsize=(WIDTH, 2.8), layout="constrained")
    for colour, (name, rows) in zip((COLOURS["Nabla"], COLOURS["JAX"]), report["sources"].items()):
        images = [row["images"] for row in rows]
        cost.plot(images, [row["nanoseconds_per_sample"] for row in rows], "o-", color=colour, label=name)
        memory.plot(images, [row["peak_bytes"] / 1e6 for row in rows], "o-", color=colour, label=name)
    cost.set_ylim(10, 10_000)
    for panel, title in ((cost, "training, nanoseconds a sample"), (memory, "peak memory, MB")):
        panel.set_title(title)
        panel.set_xlabel("images")
        panel.set_xscale("log")
        panel.set_yscale("log")
        panel.grid(True)
    memory.set_ylim(bottom=10)
    memory.legend()
    return figure


def main():
    kind, path = sys.argv[1:]
    figure = {"training": training, "sweep": sweep, "scale": scale}[kind](json.load(sys.stdin))
    figure.savefig(path, format="svg", transparent=True, metadata={"Date": None})


main()
