"""Compares exported arrays with a model's, to the bit: arrays_equal.py MODEL FILE.npz|FOLDER ..."""
import json
import pathlib
import sys

import numpy as np
from safetensors import safe_open

model = safe_open(sys.argv[1], "np")
for name in sys.argv[2:]:
    path = pathlib.Path(name)
    if path.suffix == ".npz":
        archive = np.load(path)
        assert json.loads(bytes(archive["metadata"])) == model.metadata(), "other metadata"
        read = lambda array: archive[array]
    elif (path / "w1.npy").exists():
        read = lambda array: np.load(path / f"{array}.npy")
    else:
        read = lambda array: np.loadtxt(path / f"{array}.csv", delimiter=",", ndmin=1 if array[0] == "b" else 2)
    for tensor in model.keys():
        layer, part = tensor.split(".")[1:]
        expected = model.get_tensor(tensor)
        found = read(f"{'w' if part == 'weight' else 'b'}{int(layer) + 1}")
        assert found.shape == expected.shape, (name, tensor, found.shape)
        assert (found == expected).all(), (name, tensor)
        assert (found.astype(np.float32).view(np.uint32) == expected.view(np.uint32)).all(), (name, tensor)
print("equal", len(sys.argv) - 2)
