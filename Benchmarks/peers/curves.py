"""Draws what accuracy.py measured: accuracy over seconds, a panel for each recipe, a line for each system.

The standard library is enough. The colours follow the reader's light or dark page; the machine and the date stand in
the picture. Both axes are logarithmic, the upright one in the share that is read wrong: 99% and 99.3% lie apart.

    curves.py FILE.svg < FILE.json
"""

import html
import itertools
import json
import math
import sys

COLOURS = {"Nabla": ("#d1331c", "#ff7a5c"), "JAX": ("#1f6feb", "#6cb0ff"), "PyTorch": ("#7a45c7", "#b794f6")}
STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #3b434b }
  .title { font-weight: 600 }
  .grid { stroke: #3b434b; stroke-opacity: 0.18 }
  .line { fill: none; stroke-width: 2; stroke-linejoin: round }
"""
DARK = """
    text { fill: #c3ccd5 }
    .grid { stroke: #c3ccd5 }
"""
WIDTH, LEFT, PLOT, HEIGHT, BETWEEN, TOP = 760, 48, 500, 170, 62, 34
SHARES = (0.9, 0.95, 0.97, 0.98, 0.99, 0.993, 0.995, 0.997, 0.999)
LEAST = 0.95
TICKS = ((0.1, "0.1 s"), (0.3, "0.3 s"), (1, "1 s"), (3, "3 s"), (10, "10 s"), (30, "30 s"), (120, "2 min"),
         (600, "10 min"), (1800, "30 min"), (7200, "2 h"))


def title(recipe):
    """What is trained, in words."""
    return ", ".join([
        str(recipe["layers"]), f"mini-batches of {recipe['batch_size']}", f"η = {recipe['learning_rate']:g}",
        recipe["schedule"], f"{recipe['epochs']} epochs", "distorted" if recipe["augment"] else "not distorted"])


def middle(recipe_row):
    """The curve of the round whose run took the median time: of an even number, the longer of the two in the middle."""
    finished = sorted((curve for curve in recipe_row["curves"] if curve), key=lambda curve: curve[-1][0])
    return finished[len(finished) // 2] if finished else []


def best_so_far(curve, least):
    """The best accuracy until each epoch. Of the epochs at the beginning that read less than `least` only the last
    stays, on the panel's lower edge, where the line comes in."""
    best = list(itertools.accumulate((accuracy for _, accuracy in curve), max))
    below = sum(accuracy < least for accuracy in best)
    return [(seconds, accuracy) for (seconds, _), accuracy in zip(curve, best)][max(0, below - 1):]


def duration(seconds):
    return f"{seconds:.1f} s" if seconds < 100 else f"{seconds / 60:.1f} min"


class Scale:
    """Where seconds and accuracies lie in a panel."""

    def __init__(self, curves):
        points = [point for curve in curves for point in curve]
        seconds = [point[0] for point in points] or [1, 10]
        self.first, self.last = math.log(min(seconds) / 1.3), math.log(max(seconds) * 1.1)
        best = max((point[1] for point in points), default=0.99)
        self.best = next((share for share in SHARES if share > best), SHARES[-1])
        self.least = min(LEAST, next(share for share in reversed(SHARES) if share < self.best))

    def x(self, seconds):
        return LEFT + PLOT * (math.log(seconds) - self.first) / (self.last - self.first)

    def y(self, accuracy):
        wrong = math.log(1 - min(max(accuracy, self.least), self.best))
        return HEIGHT * (wrong - math.log(1 - self.best)) / (math.log(1 - self.least) - math.log(1 - self.best))


def text(x, y, words, anchor="start", kind=""):
    of_class = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{of_class}>{html.escape(words)}</text>'


def panel(recipe, scale, accuracies):
    """One recipe, its upper left corner at 0, 0."""
    parts = [f'<text x="0" y="-14"><tspan class="title">{html.escape(recipe["recipe"])}</tspan>'
             f'<tspan dx="10">{html.escape(title(recipe))}</tspan></text>']
    for share in SHARES:
        if scale.least <= share <= scale.best:
            y = scale.y(share)
            parts += [f'<path class="grid" d="M{LEFT} {y:.1f}h{PLOT}"/>',
                      text(LEFT - 6, y + 4, f"{100 * share:g}%", "end")]
    for seconds, words in TICKS:
        if scale.first <= math.log(seconds) <= scale.last:
            parts += [f'<path class="grid" d="M{scale.x(seconds):.1f} 0v{HEIGHT}"/>',
                      text(scale.x(seconds), HEIGHT + 16, words, "middle")]
    for number, row in enumerate(recipe["rows"]):
        curve = middle(row)
        if not curve:
            continue
        kind = row["system"].lower()
        shown = best_so_far(curve, scale.least)
        places = " ".join(f"{scale.x(seconds):.1f},{scale.y(accuracy):.1f}" for seconds, accuracy in shown)
        parts.append(f'<polyline class="line {kind}" points="{places}"/>')
        for accuracy in accuracies:
            reached = next((point for point in curve if point[1] >= accuracy), None)
            if reached and accuracy >= scale.least:
                parts.append(f'<circle class="{kind} dot" cx="{scale.x(reached[0]):.1f}" '
                             f'cy="{scale.y(reached[1]):.1f}" r="3.5"/>')
        beside, y = LEFT + PLOT + 16, 14 + 40 * number
        form = f", {row['form']}" if row["form"] else ""
        parts += [f'<path class="line {kind}" d="M{beside} {y - 4}h18"/>',
                  text(beside + 24, y, f"{row['system']}{form}, threads: {row['threads']}"),
                  text(beside + 24, y + 16, f"{curve[-1][1]:.2%} after {duration(curve[-1][0])}")]
    return "\n".join(parts)


def draw(report):
    """The SVG of a report of accuracy.py; panels have one time axis."""
    recipes = report["recipes"]
    all_curves = [middle(row) for recipe in recipes for row in recipe["rows"]]
    accuracies = [float(name.rstrip("%")) / 100 for name in recipes[0]["rows"][0]["seconds_to"]]
    scale = Scale(all_curves)
    height = TOP + len(recipes) * (HEIGHT + BETWEEN)
    colours = ["".join(f"  .{name.lower()} {{ stroke: {pair[dark]} }} .{name.lower()}.dot {{ fill: {pair[dark]} }}\n"
                       for name, pair in COLOURS.items()) for dark in (0, 1)]
    panels = "\n".join(
        f'<g transform="translate(0 {TOP + number * (HEIGHT + BETWEEN)})">\n{panel(recipe, scale, accuracies)}\n</g>'
        for number, recipe in enumerate(recipes))
    machine = report["machine"]
    shares = ", ".join(f"{100 * accuracy:g}" for accuracy in accuracies)
    notes = [f"{report['data']}, {machine['processor']}, {machine['cores']} cores, {report['date']}",
             f"Best epoch so far on the validation set, over time since the process started; dots: {shares}% reached"]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" aria-label="Accuracy over seconds">\n<title>{html.escape(notes[0])}</title>\n<style>{STYLE}'
        f"{colours[0]}  @media (prefers-color-scheme: dark) {{{DARK}{colours[1]}  }}\n</style>\n{panels}\n"
        + "\n".join(text(0, height - 22 + 16 * number, note) for number, note in enumerate(notes)) + "\n</svg>\n")


if __name__ == "__main__":
    with open(sys.argv[1], "w") as file:
        file.write(draw(json.load(sys.stdin)))
