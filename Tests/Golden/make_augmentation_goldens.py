#!/usr/bin/env python3
"""Writes augmentation.json: pictures, and what shifting, turning, stretching, slanting and bending makes of them in
float64 NumPy, by the formulas of the literature and the counters of Documentation/Numerics.md.

    python3 Tests/Golden/make_augmentation_goldens.py        (needs numpy)
"""

import json
import pathlib

import numpy as np
from make_goldens import Philox

STREAM = 9 << 32


def philox(counter, sample, stream, seed):
    """Four words for every counter of an array."""
    c = [np.asarray(counter, np.uint64), np.uint64(sample), np.uint64(stream & 0xFFFFFFFF), np.uint64(stream >> 32)]
    c = [np.broadcast_to(x, c[0].shape) for x in c]
    low, high, mask, half = seed & 0xFFFFFFFF, seed >> 32, np.uint64(0xFFFFFFFF), np.uint64(32)
    for _ in range(10):
        even, odd = np.uint64(0xD2511F53) * c[0], np.uint64(0xCD9E8D57) * c[2]
        c = [odd >> half ^ c[1] ^ np.uint64(low), odd & mask, even >> half ^ c[3] ^ np.uint64(high), even & mask]
        low, high = low + 0x9E3779B9 & 0xFFFFFFFF, high + 0xBB67AE85 & 0xFFFFFFFF
    return np.stack(c, -1)


def source_of_affine(case, sample, stream, rows, columns):
    """Where each pixel comes from: the inverse of scaling, then slanting, then turning about the centre."""
    words = philox(np.arange(2), sample, stream, case["seed"]).reshape(-1)[:6]
    u = (words.astype(np.float64) - 2.0**31 + 0.5) / 2.0**31
    turn, lean = np.radians(u[2] * case["rotation"]), np.radians(u[3] * case["shear"])
    scale = np.diag(1 + u[4:6] * case["scale"] / 100)
    slant = np.array([[1, np.tan(lean)], [0, 1]])
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    inverse = np.linalg.inv(rotation @ slant @ scale)
    y, x = np.mgrid[:rows, :columns]
    centre = np.array([(columns - 1) / 2, (rows - 1) / 2])
    offset = np.stack([x, y], -1) - centre
    return offset @ inverse.T + centre + u[:2] * case["shift"]


def field(case, sample, stream, rows, columns):
    """Simard, Steinkraus & Platt 2003: uniform noise, a Gaussian over it (cut at 3 sigma), times alpha. A sample has a
    window of the noise of its epoch."""
    radius = int(np.ceil(3 * case["sigma"]))
    places = max(256, (int(16 * case["sigma"]) + 15) // 16 * 16)
    window = philox(np.array([1]), sample, stream, case["seed"])[0, 2:].astype(np.int64) * places >> 32
    width = (places + columns + 2 * radius + 1 + 31) // 32 * 32
    i = window[1] + np.arange(rows + 2 * radius)
    j = window[0] + np.arange(columns + 2 * radius)
    place = i[:, None, None] * 2 * width + np.arange(2)[:, None] * width + j
    words = philox(16 + place // 256 * 16 + place % 16, 0, stream, case["seed"])
    word = np.take_along_axis(words, (place // 64 % 4)[..., None], -1)[..., 0].astype(np.int64)
    noise = (2 * (word >> 8 * (place // 16 % 4) & 255) - 255) / 256
    taps = np.exp(-0.5 * (np.arange(-radius, radius + 1) / case["sigma"]) ** 2)
    taps /= taps.sum()

    def smooth(size):
        """Each of `size` numbers from 2 radius + 1 of them."""
        distance = np.arange(size + 2 * radius) - np.arange(size)[:, None]
        return np.where((distance >= 0) & (distance <= 2 * radius), taps[np.clip(distance, 0, 2 * radius)], 0)

    return case["alpha"] * np.einsum("ik,kpl,jl->ijp", smooth(rows), noise, smooth(columns))


def distorted(case, picture, sample, epoch):
    rows, columns = picture.shape
    stream = STREAM | epoch - 1
    source = source_of_affine(case, sample, stream, rows, columns)
    if case["alpha"] > 0:
        source = source + field(case, sample, stream, rows, columns)
    paper = np.zeros((rows + 3, columns + 3))
    paper[1 : rows + 1, 1 : columns + 1] = picture
    x = np.clip(source[..., 0] + 1, 0, columns + 1)
    y = np.clip(source[..., 1] + 1, 0, rows + 1)
    j, i = x.astype(int), y.astype(int)
    f, g = x - j, y - i
    above = paper[i, j] * (1 - f) + paper[i, j + 1] * f
    below = paper[i + 1, j] * (1 - f) + paper[i + 1, j + 1] * f
    return above * (1 - g) + below * g


def main():
    random = Philox(31, 0)
    cases = []
    nothing = {"shift": 0, "rotation": 0, "scale": 0, "shear": 0, "sigma": 4, "alpha": 0}
    for rows, columns, settings in [
        (28, 28, {"shift": 2, "rotation": 12, "scale": 15, "shear": 10, "alpha": 34}),
        (28, 28, {"alpha": 34}),
        (28, 28, {"rotation": 180}),
        (9, 40, {"shift": 3.5, "shear": 45, "sigma": 1.5, "alpha": 8}),
        (33, 17, {"scale": 50, "rotation": 30, "sigma": 6, "alpha": 60}),
        (5, 5, {"shift": 1}),
    ]:
        case = {"rows": rows, "columns": columns, "seed": 7 + len(cases) * (1 << 33), **nothing, **settings}
        # Smooth ink: a picture whose neighbours differ little is compared to a fraction of a level.
        noise = np.array([random.below(256) for _ in range(rows * columns)]).reshape(rows, columns) / 255.0
        y, x = np.mgrid[:rows, :columns]
        blob = np.exp(-(((x - columns / 2) / (columns / 3)) ** 2) - ((y - rows / 2) / (rows / 4)) ** 2)
        picture = np.where(blob > 0.3, np.rint(255 * blob * (0.5 + noise / 2)), 0).astype(int)
        case["picture"] = picture.reshape(-1).tolist()
        case["variants"] = [
            {"sample": sample, "epoch": epoch, "pixels": distorted(case, picture, sample, epoch).ravel().round(3).tolist()}
            for sample, epoch in ((0, 1), (3, 2), (7, 5))
        ]
        cases.append(case)
    path = pathlib.Path(__file__).with_name("augmentation.json")
    path.write_text(json.dumps(cases, separators=(",", ":")) + "\n", encoding="utf-8")


main()
