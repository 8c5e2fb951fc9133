#!/usr/bin/env python3
"""Draws what `kernels_table --json` has measured as rooflines (Williams, Waterman & Patterson 2009).

    roofline.py TABLE.json FILE.svg

One drawing for each instruction set and number of threads; where there are several, FILE-avx512.svg, FILE-avx2-2.svg
and so on. The lines are the ceilings of the machine: the fastest way to go through memory of each level, and
multiply-adds in registers. A dot is a kernel; the dash above it is its own bound, which lies below the lines where
it reads and writes in another way than the fastest, or divides. Needs nothing but Python's own library.
"""

import json
import math
import pathlib
import sys
from xml.sax.saxutils import escape

# Colours as in Sources/NablaPages/Charts/ChartStyle.swift, and two more of the same source.
STYLE = """
:root { --ink: #1c2126; --soft: #5c6670; --faint: #9aa3ad; --rule: #e2e6ea; --halo: #ffffff;
  --c0: #0a66b2; --c1: #c2500a; --c2: #00795b; --c3: #a2467f; --c4: #6a5a00; --c5: #5c6670; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --soft: #a3adb7; --faint: #6d7781; --rule: #2d3439;
  --halo: #0d1117; --c0: #62b2ee; --c1: #f09a5a; --c2: #45c9a3; --c3: #dc93bf; --c4: #d6c25a; --c5: #a3adb7; } }
text { font: 11px system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif; fill: var(--soft); }
.head { font-size: 13px; font-weight: 600; fill: var(--ink); } .end { text-anchor: end; } .middle { text-anchor: middle; }
.grid { stroke: var(--rule); fill: none; } .axis { stroke: var(--faint); fill: none; }
.roof { stroke: var(--faint); fill: none; stroke-width: 1.5; } .roofs { fill: var(--soft); font-size: 10px; }
.name { font-size: 10px; paint-order: stroke; stroke: var(--halo); stroke-width: 3px; stroke-linejoin: round; }
.to { stroke-width: 0.75; fill: none; opacity: 0.55; } .lead { stroke: var(--faint); stroke-width: 0.6; fill: none; }
""" + "".join(f".d{i} {{ fill: var(--c{i}); }} .s{i} {{ stroke: var(--c{i}); }}\n" for i in range(6))

BOUNDS = ["multiply-adds", "L1", "L2", "L3", "DRAM", "divisions"]  # colour d0 ... d5
FAMILIES = {"activations, vectors": ("sigmoid", "tanh", "axpy", "pixels", "sum", "softmax", "output"),
            "matrices": ("gemm", "gemv", "ger"), "dense layers": ("dense",),
            "sparse layers, dropout, distortion": ("sparse", "dropout", "elastic", "warp")}
WIDTH = 900
LEFT, RIGHT, TOP, BOTTOM = 46, 10, 44, 40
LETTER, LINE = 6.2, 12  # pixels of a label


class Panel:
    """One family of kernels in log-log axes; FLOP/byte across, GFLOP/s up."""

    def __init__(self, top, rows, roofs):
        self.height = TOP + BOTTOM + 190 + 11 * len(rows)
        self.left, self.top = LEFT, top + TOP
        self.right, self.bottom = WIDTH - RIGHT, top + self.height - BOTTOM
        self.rows, self.roofs, self.parts = rows, roofs, []
        self.x_range = min(row["intensity"] for row in rows) / 2, max(row["intensity"] for row in rows) * 2.5
        self.y_range = min(row["gflops"] for row in rows) / 1.8, roofs["multiply-adds"] * 1.6

    def x(self, value):
        low, high = map(math.log, self.x_range)
        return self.left + (math.log(value) - low) / (high - low) * (self.right - self.left)

    def y(self, value):
        low, high = map(math.log, self.y_range)
        return self.bottom - (math.log(value) - low) / (high - low) * (self.bottom - self.top)

    def text(self, x, y, words, style=""):
        self.parts.append(f'<text class="{style}" x="{x:.1f}" y="{y:.1f}">{escape(words)}</text>')

    def axes(self, title):
        self.text(self.left, self.top - 24, title, "head")
        self.text(self.left, self.top - 9, "GFLOP/s")
        self.text(self.right, self.bottom + 31, "FLOP a byte", "end")
        for value in marks(self.y_range):
            self.parts.append(f'<path class="grid" d="M{self.left} {self.y(value):.1f}H{self.right}"/>')
            self.text(self.left - 6, self.y(value) + 4, f"{value:g}", "end")
        for value in marks(self.x_range):
            self.parts.append(f'<path class="axis" d="M{self.x(value):.1f} {self.bottom}v4"/>')
            self.text(self.x(value), self.bottom + 16, f"{value:g}", "middle")
        self.parts.append(f'<path class="axis" d="M{self.left} {self.bottom}H{self.right}"/>')

    def ceilings(self):
        """Diagonals up to the level line; returns the boxes of their names."""
        flops = self.roofs["multiply-adds"]
        boxes = []
        first = flops
        slope = math.degrees(math.atan2(self.y(1) - self.y(10), self.x(10) - self.x(1)))
        for level in ("L1", "L2", "L3", "DRAM"):
            rate = self.roofs[level]
            begin = max(self.x_range[0], self.y_range[0] / rate)
            self.parts.append(f'<path class="roof" d="M{self.x(begin):.1f} {self.y(begin * rate):.1f}'
                              f'L{self.x(flops / rate):.1f} {self.y(flops):.1f}"/>')
            first = min(first, flops / rate)
            x, y, name = self.x(begin * 1.06), self.y(begin * 1.06 * rate) - 5, f"{level} {rate:.0f} GB/s"
            self.parts.append(f'<text class="roofs" transform="translate({x:.1f} {y:.1f}) rotate({-slope:.1f})">{name}</text>')
            along = len(name) * LETTER
            for step in range(6):  # a slanted text, as small boxes
                at = along * (step + 0.5) / 6
                middle = (x + at * math.cos(math.radians(slope)), y - 4 - at * math.sin(math.radians(slope)))
                boxes.append((middle[0] - 7, middle[1] - 6, middle[0] + 7, middle[1] + 6, 5))
        self.parts.append(f'<path class="roof" d="M{self.x(first):.1f} {self.y(flops):.1f}H{self.right}"/>')
        name = f"multiply-adds {flops:.0f} GFLOP/s"
        self.text(self.right, self.y(flops) - 6, name, "roofs end")
        boxes.append((self.right - len(name) * LETTER, self.y(flops) - 16, self.right, self.y(flops) + 1, 5))
        return boxes

    def kernels(self, boxes):
        places = []
        for row in self.rows:
            x, y, bound = self.x(row["intensity"]), self.y(row["gflops"]), self.y(row["gflops"] / row["share"])
            places.append((x, y))
            boxes += [(x - 4, y - 4, x + 4, y + 4, 20), (x - 1, min(bound, y), x + 1, y, 1), (x - 4, bound - 2, x + 4, bound + 2, 2)]
            self.parts.append(f'<path class="to s{row["colour"]}" d="M{x:.1f} {y:.1f}V{bound:.1f}M{x - 4:.1f} {bound:.1f}h8"/>')
        dots = [f'<circle class="d{row["colour"]}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>'
                for row, (x, y) in zip(self.rows, places)]
        labels = []
        # Where points crowd, labels have the least choice.
        crowd = [sum(math.hypot(x - u, (y - v) * 2) < 60 for u, v in places) for x, y in places]
        for i in sorted(range(len(places)), key=lambda i: (-crowd[i], places[i])):
            box = self.place(self.rows[i]["label"], *places[i], boxes)
            boxes.append((*box, 20))
            x, y = places[i]
            near = (min(max(x, box[0]), box[2]), min(max(y, box[1]), box[3]))
            if math.hypot(near[0] - x, near[1] - y) > 9:
                self.parts.append(f'<path class="lead" d="M{x:.1f} {y:.1f}L{near[0]:.1f} {near[1]:.1f}"/>')
            labels.append(f'<text class="name d{self.rows[i]["colour"]}" x="{box[0]:.1f}" y="{box[3] - 2.5:.1f}">'
                          f'{escape(self.rows[i]["label"])}</text>')
        self.parts += dots + labels

    def place(self, label, x, y, boxes):
        """Where a label covers least and is nearest to its point. A box ends with what covering it costs."""
        width = len(label) * LETTER
        best, least = None, math.inf
        for radius in (7, 10, 15, 21, 28, 36, 46, 58, 72, 88, 106, 126, 150):
            for angle in range(0, 360, 15):
                across, down = math.cos(math.radians(angle)), math.sin(math.radians(angle))
                begin = x + radius * across - width * (0 if across > 0.3 else 1 if across < -0.3 else 0.5)
                box = (begin, y + radius * down - LINE / 2, begin + width, y + radius * down + LINE / 2)
                if box[0] < self.left + 2 or box[2] > self.right or box[1] < self.top or box[3] > self.bottom - 2:
                    continue
                cost = radius + sum(other[4] * covered(box, other) for other in boxes)
                if cost < least:
                    best, least = box, cost
        if best is None:
            sys.exit(f"no place for {label!r}")
        return best


def covered(one, other):
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return width * height if width > 0 and height > 0 else 0


def marks(ends):
    """Powers of ten, and 3 times them, within the ends."""
    powers = range(math.floor(math.log10(ends[0])), math.ceil(math.log10(ends[1])) + 1)
    return [factor * 10.0**power for power in powers for factor in (1, 3) if ends[0] <= factor * 10.0**power <= ends[1]]


def prepared(row):
    """What is drawn of a row: its bytes are those of the bound, so that a dash lies on or below that level's line."""
    from_first = row["bound"] == "L1 loads" and row["loads"] > 0
    amount, byte_count = 2 * row["multiply_adds"], row["loads"] if from_first else row["bytes"]
    shape = row["shape"].replace(" ", "").replace("x", "\N{MULTIPLICATION SIGN}")
    name = row["kernel"].replace("gemm ", "").replace("dense ", "").replace("sparse ", "").replace(", sigmoid", "")
    bound = row["bound"] if row["bound"] in BOUNDS else row["bound"].split()[0]
    return {"label": f"{name} {shape}", "intensity": amount / byte_count, "gflops": 1e-9 * amount / row["seconds"],
            "share": row["share"], "colour": BOUNDS.index(bound), "kernel": row["kernel"]}


def draw(rows, ceilings, title):
    roofs = {level: max(1e-9 * c["bytes_per_second"] for c in ceilings if c["ceiling"].startswith(level + " "))
             for level in ("L1", "L2", "L3", "DRAM")}
    roofs["multiply-adds"] = max(2e-9 * c["floats_per_second"] for c in ceilings if c["ceiling"] == "multiply-adds")
    drawn = [prepared(row) for row in rows if row["multiply_adds"] > 0]
    parts, height = [], 44
    for family, starts in FAMILIES.items():
        of_family = [row for row in drawn if row["kernel"].startswith(starts)]
        if of_family:
            panel = Panel(height, of_family, roofs)
            panel.axes(family)
            panel.kernels(panel.ceilings())
            parts += panel.parts
            height += panel.height
    key = [f'<text class="head" x="{LEFT}" y="18">{escape(title)}</text>', f'<text x="{LEFT}" y="36">bound by</text>']
    at = LEFT + 68
    for colour, bound in enumerate(BOUNDS):
        key.append(f'<circle class="d{colour}" cx="{at}" cy="32" r="3"/><text x="{at + 7}" y="36">{bound}</text>')
        at += 24 + 6 * len(bound)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
            f'role="img" aria-label="Rooflines: {escape(title)}">\n<style>{STYLE}</style>\n'
            + "\n".join(key + parts) + "\n</svg>\n")


def main():
    if len(sys.argv) != 3:
        sys.exit("roofline.py TABLE.json FILE.svg")
    path = pathlib.Path(sys.argv[2])
    with open(sys.argv[1], encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    settings = list(dict.fromkeys((line["isa"], line["threads"]) for line in lines))
    for isa, threads in settings:
        of_setting = [line for line in lines if (line["isa"], line["threads"]) == (isa, threads)]
        rows = [line for line in of_setting if "kernel" in line]
        ceilings = [line for line in of_setting if "ceiling" in line]
        if not any(row["multiply_adds"] > 0 for row in rows):
            sys.exit("no row does arithmetic")
        suffix = f"-{isa}" + f"-{threads}" * (threads > 1) if len(settings) > 1 else ""
        target = path.with_name(path.stem + suffix + path.suffix)
        target.write_text(draw(rows, ceilings, f"{isa}, {threads} thread{'s' * (threads > 1)}"), encoding="utf-8")
        print(target)


main()
