#!/usr/bin/env python3
"""Evaluates a saved model on raw IDX files with NumPy and Python's safetensors, and prints `correct total`.

    python3 Tests/Golden/evaluate_model.py MODEL IMAGES LABELS        (needs numpy and safetensors)
"""

import sys

import numpy as np
from safetensors.numpy import load_file

model = load_file(sys.argv[1])
images = np.fromfile(sys.argv[2], np.uint8)[16:]
labels = np.fromfile(sys.argv[3], np.uint8)[8:]
a = images.reshape(len(labels), -1).T.astype(np.float64) / 255
for layer in range(len(model) // 2):
    w, b = model[f"layers.{layer}.weight"], model[f"layers.{layer}.bias"]
    a = 1 / (1 + np.exp(-(w.astype(np.float64) @ a + b[:, None])))
print(int((a.argmax(axis=0) == labels).sum()), len(labels))
