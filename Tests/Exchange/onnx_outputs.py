"""Feeds samples through an ONNX model: onnx_outputs.py MODEL INPUTS OUTPUTS, both files of raw float32.

Checks the model first, and that a batch of one gives what the whole batch gives. Needs onnx, onnxruntime and NumPy.
"""
import sys

import numpy as np
import onnx
import onnxruntime

model, inputs, outputs = sys.argv[1:]
onnx.checker.check_model(onnx.load(model), full_check=True)
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
size = session.get_inputs()[0].shape[1]
x = np.fromfile(inputs, np.float32).reshape(-1, size)
y = session.run(None, {session.get_inputs()[0].name: x})[0]
one = session.run(None, {session.get_inputs()[0].name: x[:1]})[0]
assert np.abs(one - y[:1]).max() <= 1e-6 * max(1, np.abs(y[:1]).max()), "another answer for one sample"
y.astype(np.float32).tofile(outputs)
print(len(y))
