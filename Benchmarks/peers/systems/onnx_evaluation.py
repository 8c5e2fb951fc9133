"""ONNX Runtime reading a whole test set as one batch: Gemm, Sigmoid, ..., ArgMax. A step is the whole set."""

import sys

import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from serve import serve_evaluation


def graph(layers):
    """The network as an ONNX model: x [samples, inputs] to the digits read [samples]."""
    nodes, constants, name = [], [], "x"
    for number, (w, b) in enumerate(layers):
        constants += [numpy_helper.from_array(w, f"w{number}"), numpy_helper.from_array(b, f"b{number}")]
        nodes.append(helper.make_node("Gemm", [name, f"w{number}", f"b{number}"], [f"z{number}"]))
        nodes.append(helper.make_node("Sigmoid", [f"z{number}"], [f"a{number}"]))
        name = f"a{number}"
    nodes.append(helper.make_node("ArgMax", [name], ["digits"], axis=1, keepdims=0))
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["samples", layers[0][0].shape[0]])
    digits = helper.make_tensor_value_info("digits", TensorProto.INT64, ["samples"])
    return helper.make_model(
        helper.make_graph(nodes, "network", [x], [digits], constants), opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8)


def make(layers, x):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1 if sys.argv[1] == "1" else 0
    session = onnxruntime.InferenceSession(
        graph(layers).SerializeToString(), options, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, {"x": x})[0]


serve_evaluation(make, f"ONNX Runtime {onnxruntime.__version__}")
