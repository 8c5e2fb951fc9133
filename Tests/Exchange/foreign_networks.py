"""Writes networks of other programs with their inputs and outputs: foreign_networks.py FOLDER

safetensors: NAME.safetensors; ONNX: NAME.onnx. Beside each NAME.inputs and NAME.outputs, raw float32. Prints a line
NAME.SUFFIX for each. What needs a package that is not there (onnx, torch) is left out; without PyTorch, NumPy makes a
state dict with its names.
"""
import importlib.util
import pathlib
import sys

import numpy as np

folder = pathlib.Path(sys.argv[1])
random = np.random.default_rng(7)


def has(module):
    return importlib.util.find_spec(module) is not None


def written(name, suffix, x, y):
    np.asarray(x, np.float32).tofile(folder / f"{name}.inputs")
    np.asarray(y, np.float32).tofile(folder / f"{name}.outputs")
    print(f"{name}.{suffix}")


if has("torch") and has("safetensors"):
    import torch
    from safetensors.torch import save_file
    from torch import nn

    torch.manual_seed(3)
    torch.set_num_threads(1)
    x = torch.rand(50, 6)
    sequential = nn.Sequential(
        nn.Linear(6, 12), nn.ReLU(), nn.Dropout(0.5), nn.Linear(12, 11), nn.ReLU(), nn.Linear(11, 3), nn.Softmax(-1)
    ).eval()
    save_file(sequential.state_dict(), folder / "sequential.safetensors")
    written("sequential", "safetensors", x, sequential(x).detach().numpy())

    class Named(nn.Module):
        def __init__(self):
            super().__init__()
            for i in range(1, 12):
                setattr(self, f"fc{i}", nn.Linear(6, 6 if i < 11 else 2, bias=i != 3))

        def forward(self, x):
            for i in range(1, 11):
                x = torch.tanh(getattr(self, f"fc{i}")(x))
            return torch.sigmoid(self.fc11(x))

    named = Named().double()
    save_file(named.state_dict(), folder / "named.safetensors")
    # Nabla reads float64 as the nearest float32.
    written("named", "safetensors", x, named.float()(x).detach().numpy())

elif has("safetensors"):
    from safetensors.numpy import save_file

    w, b = ([random.normal(size=s).astype(np.float32) for s in shapes] for shapes in ([(12, 6), (3, 12)], [12, 3]))
    save_file({"0.weight": w[0], "0.bias": b[0], "2.weight": w[1], "2.bias": b[1]}, folder / "sequential.safetensors")
    x = random.random((50, 6), np.float32)
    e = np.exp(np.maximum(x @ w[0].T + b[0], 0) @ w[1].T + b[1])
    written("sequential", "safetensors", x, e / e.sum(axis=1, keepdims=True))

if has("onnx") and has("onnxruntime"):
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    def save(name, nodes, tensors, opset=13, inputs=("x",), shape=("batch", 6), outputs=3, raw=True):
        x = random.random((40, 6), np.float32)
        initializers = [
            numpy_helper.from_array(a, n) if raw
            else helper.make_tensor(n, TensorProto.FLOAT if a.dtype == np.float32 else TensorProto.INT64, a.shape, a.ravel())
            for n, a in tensors.items()
        ]
        graph = helper.make_graph(
            nodes, name, [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, ("batch", outputs))], initializers)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=7)
        onnx.checker.check_model(model, full_check=True)
        onnx.save(model, folder / f"{name}.onnx")
        session = onnxruntime.InferenceSession(str(folder / f"{name}.onnx"), providers=["CPUExecutionProvider"])
        fed = x.reshape(40, *shape[1:]) if len(shape) > 2 else x
        written(name, "onnx", x, session.run(None, {"x": fed})[0])

    w = {n: random.normal(size=s).astype(np.float32) for n, s in
         {"w1": (6, 5), "w2": (5, 4), "w3": (4, 3), "b1": (5,), "b2": (1, 4), "b3": (3,), "v1": (5, 6), "v2": (3, 5)}.items()}
    node = helper.make_node
    save("matmul", [
        node("MatMul", ["x", "w1"], ["1"]), node("Add", ["1", "b1"], ["2"]), node("Relu", ["2"], ["3"]),
        node("MatMul", ["3", "w2"], ["4"]), node("Add", ["b2", "4"], ["5"]), node("Tanh", ["5"], ["6"]),
        node("MatMul", ["6", "w3"], ["7"]), node("Add", ["7", "b3"], ["8"]), node("Softmax", ["8"], ["y"], axis=-1),
    ], {n: w[n] for n in ("w1", "w2", "w3", "b1", "b2", "b3")})
    save("flattened", [
        node("Flatten", ["x"], ["0"]), node("Gemm", ["0", "w1", "b1"], ["1"]), node("Sigmoid", ["1"], ["2"]),
        node("Dropout", ["2"], ["3"]), node("Gemm", ["3", "v2", "b3"], ["4"], transB=1), node("Identity", ["4"], ["y"]),
    ], {n: w[n] for n in ("w1", "b1", "v2", "b3")}, shape=("batch", 1, 2, 3), raw=False)
    save("transposed", [
        node("Constant", [], ["c"], value=numpy_helper.from_array(w["b1"])),
        node("Transpose", ["v1"], ["t"], perm=[1, 0]), node("MatMul", ["x", "t"], ["1"]), node("Add", ["1", "c"], ["2"]),
        node("Relu", ["2"], ["3"]), node("Gemm", ["3", "v2"], ["4"], transB=1), node("Sigmoid", ["4"], ["y"]),
    ], {n: w[n] for n in ("v1", "v2")}, opset=11)
