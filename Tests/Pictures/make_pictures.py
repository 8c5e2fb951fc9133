#!/usr/bin/env python3
"""Makes pictures of digits as people bring them: other fonts and another pen than those of `--data digits`.

    Tests/Pictures/make_pictures.py test Tests/Pictures          # the committed pictures; they must not change
    Tests/Pictures/make_pictures.py development FOLDER           # others, to choose thresholds with

Two folders: `digits/LABEL-NUMBER-HAND.ext` with one digit each, `numbers/NUMBER-HAND.ext` with several in a row. The
two sets share no font, no stroke of the pen and no seed. Needs NumPy, Pillow and Debian's packages fonts-breip,
fonts-comic-neue, fonts-dkg-handwriting, fonts-kristi, fonts-lato, fonts-liberation (test); fonts-bwht,
fonts-dejavu-core, fonts-ecolier-court, fonts-humor-sans, fonts-klee, fonts-quicksand (development).
"""
import math
import os
import subprocess
import sys

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

# Packages, and the font of each; the first ones imitate handwriting.
FONTS = {
    "test": [
        ("breip", "Breip.ttf"), ("dkg", "dkg.ttf"), ("kristi", "Kristi.ttf"),
        ("comic", "ComicNeue-Regular"), ("comicbold", "ComicNeue-Bold."), ("lato", "Lato-Regular."),
        ("liberation", "LiberationSans-Regular"),
    ],
    "development": [
        ("learn", "BecauseWeLearn-Regular"), ("mentor", "BecauseWeMentor-Regular"), ("humor", "Humor-Sans"),
        ("klee", "KleeOne-Regular"), ("ecolier", "Ecolier-court"), ("quicksand", "Quicksand-Regular"), ("dejavu", "DejaVuSans.ttf"), ("dejavubold", "DejaVuSans-Bold.ttf"),
    ],
}

# The pen's strokes: points that a Catmull-Rom curve goes through, x to the right and y down in a field of 1 x 1;
# "-" before a point starts a corner there.
PEN = {
    "test": {
        0: ["50,2 25,12 14,45 20,80 48,98 76,84 86,50 76,15 50,2", "62,4 30,8 12,50 30,95 65,92 88,55 70,12 48,6"],
        1: ["52,2 50,35 48,70 46,98", "34,22 56,2 -54,50 52,98"],
        2: ["18,26 32,5 64,4 78,28 58,58 18,95 -50,90 86,94", "14,20 50,2 80,22 60,55 30,84 20,96 40,78 60,90 88,92"],
        3: ["20,12 52,2 76,20 44,46 -80,62 76,90 42,98 14,86", "22,6 76,6 -46,42 78,54 74,88 40,98 16,86"],
        4: ["62,2 40,36 14,66 -88,64 | 64,34 62,70 58,98", "26,4 22,34 20,56 -84,54 | 72,4 70,50 66,98"],
        5: ["80,5 32,7 -26,44 58,40 80,62 66,92 36,98 14,86", "30,6 26,44 60,42 78,66 60,94 16,94 | 30,6 84,4"],
        6: ["70,3 38,24 20,62 36,97 68,90 76,66 54,52 24,66", "58,2 26,40 22,84 50,98 80,78 64,54 34,58 24,76"],
        7: ["14,8 50,6 84,5 -62,42 44,98", "16,6 86,8 -56,55 40,98 | 34,50 76,48"],
        8: ["68,12 42,2 24,20 44,44 74,66 66,94 34,96 22,72 50,46 76,22 66,8",
            "50,48 24,26 48,2 74,22 50,48 20,76 48,98 80,74 50,48"],
        9: ["76,22 50,2 22,22 34,50 64,46 78,18 -74,60 66,98", "74,14 42,4 24,30 42,52 70,36 76,12 78,60 58,92 26,94"],
    },
    "development": {
        0: ["56,3 22,20 16,66 44,97 80,72 82,28 52,4"],
        1: ["56,2 54,50 50,98"],
        2: ["20,30 46,3 76,20 66,50 22,93 -86,92"],
        3: ["24,8 60,6 70,28 40,48 74,64 64,94 18,92"],
        4: ["34,4 18,60 -86,58 | 66,30 64,98"],
        5: ["78,6 34,6 -30,42 66,44 76,78 46,98 18,90"],
        6: ["64,4 30,44 26,86 58,97 76,72 46,58 28,78"],
        7: ["18,8 82,8 -52,60 46,98"],
        8: ["70,16 36,6 34,34 70,60 62,94 30,88 34,60 68,32 66,10"],
        9: ["72,20 40,6 28,34 56,50 74,22 -72,98"],
    },
}


def font_path(pattern):
    files = subprocess.run(["fc-list", "--format", "%{file}\n"], capture_output=True, text=True, check=True).stdout
    found = sorted(f for f in files.split("\n") if pattern.lower() in os.path.basename(f).lower())
    if not found:
        sys.exit(f"no font file is called {pattern}: install the packages that are named above")
    return found[0]


def curve(points, corners):
    """A line through the points, smooth but for its corners."""
    parts, start = [], 0
    for end in corners + [len(points) - 1]:
        part = points[start:end + 1]
        start = end
        padded = np.vstack([part[0], part, part[-1]])
        for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:]):
            for t in np.linspace(0, 1, 24):
                parts.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t
                                    + (3 * b - a - 3 * c + d) * t ** 3))
    return np.array(parts)


def pen_digit(which, digit, height, rng):
    """A digit of the pen as a mask; its width swells and shrinks along the stroke."""
    styles = PEN[which][digit]
    style = styles[rng.integers(len(styles))]
    scale = 4
    width = height * rng.uniform(0.55, 0.8)
    thickness = height * rng.choice([0.035, 0.06, 0.09, 0.12, 0.15]) * scale
    margin = thickness + 4 * scale
    mask = Image.new("L", (int(width * scale + 2 * margin), int(height * scale + 2 * margin)))
    draw = ImageDraw.Draw(mask)
    slant = rng.uniform(-0.12, 0.2)
    for stroke in style.split("|"):
        words = stroke.split()
        corners = [i for i, word in enumerate(words) if word.startswith("-")]
        points = np.array([[float(x) for x in word.lstrip("-").split(",")] for word in words]) / 100
        points += rng.normal(0, 0.018, points.shape)
        points[:, 0] += slant * (0.5 - points[:, 1])
        line = curve(points, corners) * [width * scale, height * scale] + margin
        phase = rng.uniform(0, 6)
        for i, (x, y) in enumerate(line):
            r = thickness / 2 * (1 + 0.18 * math.sin(phase + i / 17))
            draw.ellipse([x - r, y - r, x + r, y + r], fill=255)
    return mask.resize((mask.width // scale, mask.height // scale), Image.BOX)


def font_digit(path, text, height, rng):
    font = ImageFont.truetype(path, int(height * 1.35))
    left, top, right, bottom = font.getbbox(text)
    bold = int(rng.choice([0, 0, 0, height * 0.02]))
    mask = Image.new("L", (right - left + 2 * bold + 8, bottom - top + 2 * bold + 8))
    ImageDraw.Draw(mask).text((4 + bold - left, 4 + bold - top), text, font=font, fill=255, stroke_width=bold)
    return mask


def smooth_noise(shape, cells, rng):
    small = rng.normal(0, 1, (cells, cells)).astype(np.float32)
    return np.asarray(Image.fromarray(small).resize((shape[1], shape[0]), Image.BICUBIC))


def picture(mask, rng, plain):
    """A photograph of the mask's ink on paper, or of chalk on a board; or what a drawing program makes of it."""
    height = mask.height
    mask = mask.rotate(rng.uniform(-10, 10), Image.BICUBIC, expand=True)
    room = rng.uniform(0.08, 0.9, 4) * height
    shape = (int(mask.height + room[0] + room[1]), int(mask.width + room[2] + room[3]))
    ink = np.zeros(shape, np.float32)
    ink[int(room[0]):int(room[0]) + mask.height, int(room[2]):int(room[2]) + mask.width] = np.asarray(mask) / 255.0
    dark = rng.random() < 0.3
    if plain:
        paper, pen = (rng.uniform(0, 25), rng.uniform(220, 255)) if dark else (rng.uniform(235, 255), rng.uniform(0, 60))
        return np.clip(paper + (pen - paper) * ink, 0, 255), dark
    paper, pen = (rng.uniform(30, 70), rng.uniform(150, 230)) if dark else (rng.uniform(170, 240), rng.uniform(15, 90))
    # A pen does not cover evenly.
    ink = ink * np.clip(1 - 0.12 * np.abs(smooth_noise(shape, 24, rng)), 0, 1)
    y, x = np.mgrid[0:shape[0], 0:shape[1]]
    y, x = y / shape[0] - 0.5, x / shape[1] - 0.5
    angle = rng.uniform(0, 2 * math.pi)
    along = x * math.cos(angle) + y * math.sin(angle)
    light = 1 + rng.uniform(0, 0.7) * along - rng.uniform(0, 0.5) * (x * x + y * y)
    if rng.random() < 0.35:  # the soft edge of a shadow
        light = light * (1 - rng.uniform(0.2, 0.45) / (1 + np.exp(-(along - rng.uniform(-0.3, 0.3)) * rng.uniform(8, 40))))
    value = (paper + (pen - paper) * ink) * light
    value += rng.uniform(0, 3.5) * smooth_noise(shape, 40, rng) + rng.normal(0, rng.uniform(0.5, 6), shape)
    for _ in range(rng.integers(0, 6)):  # dust
        py, px, r = rng.integers(shape[0]), rng.integers(shape[1]), max(1, height // rng.integers(40, 90))
        value[max(py - r, 0):py + r, max(px - r, 0):px + r] = pen
    image = Image.fromarray(np.clip(value, 0, 255).astype(np.uint8))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(rng.uniform(0, height / 90))), np.float32), dark


def save(value, path, kind, rng):
    """Writes the picture as `kind`; returns the path."""
    grey = Image.fromarray(np.clip(value + 0.5, 0, 255).astype(np.uint8))
    if kind == "jpg":
        tint = rng.uniform(0.85, 1.0, 3)
        colour = Image.merge("RGB", [grey.point(lambda v, t=t: int(v * t)) for t in tint])
        exif = Image.Exif()
        turn = {3: Image.ROTATE_180, 6: Image.ROTATE_90, 8: Image.ROTATE_270}
        orientation = int(rng.choice([1, 1, 1, 3, 6, 8]))
        if orientation != 1:
            # As a camera that is held so stores it: the viewer turns it back.
            colour = colour.transpose(turn[orientation])
            exif[0x0112] = orientation
        colour.save(path + ".jpg", quality=int(rng.integers(35, 90)), exif=exif, progressive=bool(rng.random() < 0.3))
    elif kind == "alpha":
        clear = Image.merge("LA", [Image.new("L", grey.size, 30), grey.point(lambda v: 255 - v)])
        clear.save(path + ".png", optimize=True)
    elif kind == "palette":
        grey.quantize(16).save(path + ".png", optimize=True)
    elif kind == "pgm":
        grey.save(path + ".pgm")
    else:
        grey.save(path + ".png", optimize=True)


def main():
    which, folder = sys.argv[1], sys.argv[2]
    rng = np.random.default_rng({"test": 20_061, "development": 7}[which])
    fonts = [(name, font_path(pattern)) for name, pattern in FONTS[which]]
    os.makedirs(f"{folder}/digits", exist_ok=True)
    os.makedirs(f"{folder}/numbers", exist_ok=True)
    hands = ["pen", "pen", "pen"] + [name for name, _ in fonts]
    paths = dict(fonts)

    def mask(hand, text, height):
        if hand != "pen":
            return font_digit(paths[hand], text, height, rng)
        drawn = [pen_digit(which, int(c), height * rng.uniform(0.9, 1.1), rng) for c in text]
        gap = height * rng.uniform(0.02, 0.2)
        whole = Image.new("L", (int(sum(m.width + gap for m in drawn)), max(m.height for m in drawn) + int(height * 0.1)))
        x = 0.0
        for m in drawn:
            whole.paste(m, (int(x), rng.integers(0, whole.height - m.height + 1)), m)
            x += m.width + gap
        return whole

    number = 0
    for hand in hands:
        for digit in range(10):
            if which == "test" and (digit + number // 10) % 10 == 9 and hand != "pen":
                number += 1
                continue
            number += 1
            kind = str(rng.choice(["jpg", "jpg", "jpg", "png", "alpha", "palette", "pgm"]))
            height = int(rng.choice({"pgm": [24, 32], "png": [24, 40, 60]}[kind])) if kind in ("pgm", "png") else int(rng.choice([50, 90, 150, 240]))
            value, dark = picture(mask(hand, str(digit), height), rng, plain=kind in ("alpha", "palette"))
            save(255 - value if kind == "alpha" and dark else value, f"{folder}/digits/{digit}-{number:03}-{hand}", kind, rng)
    for i in range(26):
        hand = hands[i % len(hands)]
        text = "".join(str(d) for d in rng.integers(0, 10, rng.integers(2, 7)))
        kind = ["jpg", "jpg", "palette"][i % 3]
        value, dark = picture(mask(hand, text, int(rng.choice([40, 70, 110]))), rng, plain=kind == "palette")
        save(value, f"{folder}/numbers/{text}-{i:02}-{hand}", kind, rng)


if __name__ == "__main__":
    main()
