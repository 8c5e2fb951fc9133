"""Compares the peers' distortions with Nabla's kernels: compare_fields.py KERNELS AUGMENT SYSTEM...

Standard deviations of the displacements over pixels and samples, elastic field alone, map alone, and both. And each
system reads pictures through Nabla's fields: they must be Nabla's pictures, which are rounded to whole values.
"""

import ctypes
import json
import pathlib
import sys

import numpy as np
from recipe import SIDE, Augmentation

SAMPLES = 4_000
PICTURES = 200
# Elastic fields are smooth: 4,000 samples are some ten thousand independent numbers, which vary by 1%.
MOST_DIFFERENCE = 0.04
# Half a value by rounding, and as much again where float32 sums in another order move a source.
MOST_OF_PICTURES = 1.0


class Distortion(ctypes.Structure):
    _fields_ = [(name, ctypes.c_float) for name in ("shift", "rotation", "scale", "shear")]


def pointer(array):
    return array.ctypes.data_as(ctypes.c_void_p)


class Kernels:
    """Nabla's fields and pictures, from the C library."""

    def __init__(self, folder, augmentation):
        paths = [path for name in ("libnabla_kernels.so", "libnabla_kernels.dylib")
                 if (path := pathlib.Path(folder, name)).exists()]
        if not paths:
            sys.exit(f"{folder}: has no libnabla_kernels; `make bench-accuracy` builds it")
        self.library = ctypes.CDLL(str(paths[0]))
        for name in ("nabla_gaussian_size", "nabla_elastic_workspace", "nabla_warp_workspace"):
            getattr(self.library, name).restype = ctypes.c_size_t
        self.augmentation = augmentation
        self.terms = self.library.nabla_gaussian_size(ctypes.c_float(augmentation.sigma))
        self.taps = np.empty(self.terms, np.float32)
        self.call("nabla_gaussian_f32", ctypes.c_float(augmentation.sigma), pointer(self.taps))
        self.size = (ctypes.c_size_t(SIDE), ctypes.c_size_t(SIDE))
        self.workspace = np.empty(self.library.nabla_elastic_workspace(*self.size), np.float32)
        self.words = np.empty(self.library.nabla_warp_workspace(*self.size), np.uint32)
        self.seed, self.stream = ctypes.c_uint64(1), ctypes.c_uint64(1)

    def call(self, name, *arguments):
        if getattr(self.library, name)(*arguments):
            sys.exit(f"{name} refused its arguments")

    def maps(self, samples):
        """[samples, 6]: xx, xy, x, yx, yy, y."""
        of = self.augmentation
        distortion = Distortion(of.shift, of.rotation, of.scale, of.shear)
        maps = np.empty((samples, 6), np.float32)
        self.call("nabla_affine_maps", ctypes.byref(distortion), *self.size, self.seed, self.stream,
                  ctypes.c_size_t(samples), None, pointer(maps))
        return maps

    def fields(self, samples):
        """[samples, 2, 28, 28]: dx, dy of the elastic field."""
        fields = np.zeros((samples, 2, SIDE, SIDE), np.float32)
        for sample in range(samples):
            self.call(
                "nabla_elastic_field_f32", *self.size, ctypes.c_size_t(self.terms), pointer(self.taps),
                ctypes.c_float(self.augmentation.alpha), self.seed, self.stream, ctypes.c_uint32(sample),
                pointer(self.workspace), pointer(fields[sample, 0]), pointer(fields[sample, 1]),
                ctypes.c_size_t(SIDE))
        return fields

    def pictures(self, images, maps, fields):
        out = np.empty_like(images)
        for sample, image in enumerate(images):
            self.call("nabla_warp_u8", *self.size, pointer(image), pointer(maps[sample]), pointer(fields[sample, 0]),
                      pointer(fields[sample, 1]), ctypes.c_size_t(SIDE), pointer(self.words), pointer(out[sample]))
        return out


def displacements(maps):
    """[samples, 2, 28, 28]: how far the maps move each pixel's source."""
    aside = np.arange(SIDE, dtype=np.float32) - (SIDE - 1) / 2
    below = aside[:, None]
    xx, xy, x, yx, yy, y = maps.T[:, :, None, None]
    return np.stack((xx * aside + xy * below + x - aside - (SIDE - 1) / 2,
                     yx * aside + yy * below + y - below - (SIDE - 1) / 2), 1)


def strokes(count):
    """Pictures as rough as digits: blocks of 4 x 4 pixels, two thirds of them paper."""
    random = np.random.default_rng(1)
    blocks = random.integers(0, 256, (count, SIDE // 4, SIDE // 4)) * (random.random((count, 7, 7)) < 1 / 3)
    return np.ascontiguousarray(blocks.repeat(4, 1).repeat(4, 2).astype(np.uint8))


def jax_system():
    import jax
    import jax_accuracy

    def sources(augmentation):
        x, y = jax_accuracy.sources(augmentation, jax.random.key(1, impl=jax_accuracy.GENERATOR), SAMPLES)
        return np.stack((np.asarray(x).transpose(1, 0, 2), np.asarray(y).transpose(1, 0, 2)), 1)

    def read(images, places):
        x, y = (places[:, axis].transpose(1, 0, 2) for axis in (0, 1))
        table = jax.numpy.asarray(jax_accuracy.words(images.reshape(len(images), -1)).reshape(-1))
        return jax_accuracy.read(table, jax.numpy.arange(len(images)), x, y)

    return sources, read


def torch_system():
    import pytorch_accuracy
    import torch
    torch.manual_seed(1)

    def sources(augmentation):
        smoothing = torch.from_numpy(augmentation.smoothing())
        return (1 + pytorch_accuracy.sources(augmentation, smoothing, SAMPLES).numpy()) * (SIDE - 1) / 2

    def read(images, places):
        places = torch.from_numpy(places * np.float32(2 / (SIDE - 1)) - 1)
        pixels = torch.from_numpy(images.reshape(len(images), -1).astype(np.float32) / 255)
        return pytorch_accuracy.read(pixels, places).numpy()

    return sources, read


SYSTEMS = {"JAX": jax_system, "PyTorch": torch_system}


def deviations(fields):
    return [float(deviation) for deviation in fields.std((0, 2, 3))]


def only(augmentation, elastic):
    """A copy that bends alone, or that does not bend."""
    part = Augmentation("shift:0")
    names = ("sigma", "alpha") if elastic else ("shift", "rotation", "scale", "shear")
    part.__dict__.update({name: getattr(augmentation, name) for name in names})
    return part


def main():
    folder, text, *names = sys.argv[1:]
    augmentation = Augmentation(text)
    kernels = Kernels(folder, augmentation)
    maps, fields = kernels.maps(SAMPLES), kernels.fields(SAMPLES)
    moved = displacements(maps)
    ours = {"elastic": deviations(fields), "map": deviations(moved), "both": deviations(moved + fields)}
    rows = [{"system": "Nabla", "deviations": ours, "agrees": True}]
    grid = np.arange(SIDE, dtype=np.float32)
    home = np.stack(np.broadcast_arrays(grid, grid[:, None]))
    images = strokes(PICTURES)
    expected = kernels.pictures(images, maps, fields).astype(np.float32).reshape(PICTURES, -1)
    for name in names:
        sources, read = SYSTEMS[name]()
        theirs = {part: deviations(sources(of) - home) for part, of in (
            ("elastic", only(augmentation, True)), ("map", only(augmentation, False)), ("both", augmentation))}
        spread = max(abs(a / b - 1) for part in ours for a, b in zip(theirs[part], ours[part]) if b)
        pictures = float(np.abs(255 * np.asarray(read(images, (home + moved + fields)[:PICTURES])) - expected).max())
        rows.append({"system": name, "deviations": theirs, "pictures": pictures,
                     "agrees": spread <= MOST_DIFFERENCE and pictures <= MOST_OF_PICTURES})
    print(json.dumps({"augment": text, "samples": SAMPLES, "systems": rows}))


if __name__ == "__main__":
    main()
