"""Time from a request to its answer, `nabla serve` beside ONNX Runtime in a Python server: the same model, the same
pictures, the same client, one after the other in turns.

    python3 Benchmarks/peers/serving.py --model model.safetensors [--requests 2000] [--clients 1,8] [--nabla PATH]

Needs onnx, onnxruntime, numpy and safetensors. The peer is what people write in an afternoon: Python's ThreadingHTTPServer
around an InferenceSession of one thread."""

import argparse
import http.client
import http.server
import json
import multiprocessing
import re
import subprocess
import sys
import tempfile
import threading
import time

import numpy as np


def onnx_model(path):
    """The model as ONNX: pixels 0 ... 1 in, outputs out."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper
    from safetensors import safe_open

    with safe_open(path, "np") as file:
        metadata = file.metadata() or {}
        tensors = {name: file.get_tensor(name) for name in file.keys()}
    layers = len(tensors) // 2
    activations = [word.strip() for word in metadata.get("activations", "sigmoid").split(",")]
    activations += [activations[-1]] * (layers - len(activations))
    nodes, at = [], "x"
    for index in range(layers):
        nodes.append(helper.make_node("Gemm", [at, f"w{index}", f"b{index}"], [f"z{index}"], transB=1))
        kind = {"sigmoid": "Sigmoid", "relu": "Relu", "tanh": "Tanh", "softmax": "Softmax", "identity": "Identity"}
        nodes.append(helper.make_node(kind[activations[index]], [f"z{index}"], [f"a{index}"]))
        at = f"a{index}"
    values = [numpy_helper.from_array(tensors[f"layers.{i}.weight"], f"w{i}") for i in range(layers)]
    values += [numpy_helper.from_array(tensors[f"layers.{i}.bias"], f"b{i}") for i in range(layers)]
    inputs = tensors["layers.0.weight"].shape[1]
    outputs = tensors[f"layers.{layers - 1}.bias"].shape[0]
    graph = helper.make_graph(
        nodes, "nabla", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", inputs])],
        [helper.make_tensor_value_info(at, TensorProto.FLOAT, ["n", outputs])], values)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString(), inputs


def peer(model, port):
    """The Python server: the same JSON in, the same JSON out."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def log_message(self, *_):
            pass

        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            x = np.asarray([body["picture"]], np.float32) / 255
            outputs = session.run(None, {"x": x})[0]
            answer = [{"class": int(row.argmax()), "confidences": row.tolist()} for row in outputs]
            text = json.dumps({"predictions": answer}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    port.value = server.server_address[1]
    server.serve_forever()


def times(port, bodies, clients):
    """Seconds of each request, from clients that each keep a connection; the classes that were read."""
    seconds, classes = [[] for _ in range(clients)], [[] for _ in range(clients)]

    def ask(client):
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.connect()
        connection.sock.setsockopt(6, 1, 1)  # TCP_NODELAY
        for body in bodies[client::clients]:
            start = time.perf_counter()
            connection.request("POST", "/predict", body, {"Content-Type": "application/json"})
            answer = connection.getresponse().read()
            seconds[client].append(time.perf_counter() - start)
            classes[client].append(json.loads(answer)["predictions"][0]["class"])
        connection.close()

    threads = [threading.Thread(target=ask, args=(client,)) for client in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return np.concatenate(seconds), classes


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", required=True)
    parser.add_argument("--nabla", default=".build/release/nabla")
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--clients", default="1,8")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    model, inputs = onnx_model(arguments.model)
    random = np.random.default_rng(1)
    pictures = random.integers(0, 256, (arguments.requests, inputs)) * (random.random((arguments.requests, inputs)) < 0.2)
    bodies = [json.dumps({"picture": picture.tolist()}).encode() for picture in pictures]
    port = multiprocessing.get_context("spawn").Value("i", 0)
    other = multiprocessing.get_context("spawn").Process(target=peer, args=(model, port), daemon=True)
    other.start()
    with tempfile.TemporaryFile("w+") as errors:
        ours = subprocess.Popen(
            [arguments.nabla, "serve", arguments.model, "--port", "0"], stdout=subprocess.PIPE, stderr=errors, text=True)
        ours_port = int(re.search(r":(\d+)/", ours.stdout.readline())[1])
        while port.value == 0:
            if not other.is_alive():
                sys.exit("the Python server has ended: are onnx and onnxruntime installed?")
            time.sleep(0.05)
        ports = {"nabla serve": ours_port, "ONNX Runtime": port.value}
        for clients in map(int, arguments.clients.split(",")):
            found = {name: [] for name in ports}
            read = {}
            for one in range(arguments.rounds + 1):
                for name, number in ports.items():
                    seconds, read[name] = times(number, bodies, clients)
                    if one:  # the first round warms up
                        found[name].append(np.percentile(seconds, [50, 99]))
            same = np.mean([a == b for x, y in zip(*read.values()) for a, b in zip(x, y)])
            for name, values in found.items():
                p50, p99 = np.median(values, axis=0) * 1e3
                print(f"{clients} clients  {name:13}  p50 {p50:.3f} ms  p99 {p99:.3f} ms")
            print(f"{clients} clients  the same class in {same:.2%} of the answers")
        ours.terminate()
        ours.wait()
    other.terminate()


if __name__ == "__main__":
    main()
