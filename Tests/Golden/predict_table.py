"""Predicts the rows of a table by what a model's metadata say of it: predict_table.py MODEL TABLE.csv

Prints a line a row, the network's outputs in the target's units. Networks with one ReLU layer.
"""
import csv
import json
import sys

import numpy as np
from safetensors import safe_open

with safe_open(sys.argv[1], "np") as file:
    metadata = file.metadata()
    w, b = [[file.get_tensor(f"layers.{l}.{part}").astype(np.float64) for l in (0, 1)] for part in ("weight", "bias")]

features, target = json.loads(metadata["features"]), json.loads(metadata["target"])
assert metadata["activations"] in ("relu,softmax", "relu,identity")

with open(sys.argv[2], newline="", encoding="utf-8") as table:
    for row in csv.DictReader(table):
        x = []
        for column in features["columns"]:
            cell = row[column["name"]]
            is_missing = cell in ("", "NA")
            if "words" in column:
                place = column["fill"] if is_missing else column["words"].index(cell)
                x += [float(k == place) for k in range(len(column["words"]))]
            else:
                x.append(((column["fill"] if is_missing else float(cell)) - column["offset"]) * column["factor"])
        z = w[1] @ np.maximum(w[0] @ x + b[0], 0) + b[1]
        if "classes" in target:
            a = np.exp(z - z.max()) / np.exp(z - z.max()).sum()
        else:
            a = [a / value["factor"] + value["offset"] for a, value in zip(z, target["values"])]
        print(*(f"{value:.9g}" for value in a), sep=",")
