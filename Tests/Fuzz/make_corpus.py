#!/usr/bin/env python3
"""Writes the seeds that fuzzing starts from, Tests/Fuzz/Corpus/TARGET/NAME: small files of each kind a format has.

Needs NumPy, Pillow, and the program that Tests/Fuzz/run builds, whose own writers make models and checkpoints:

    python3 Tests/Fuzz/make_corpus.py .build/fuzz/build/release/Fuzz

What stands before a file in its seed is explained beside each target in Tests/Fuzz/Sources/Fuzz.
"""

import gzip
import io
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import zlib

import numpy
from PIL import Image

CORPUS = pathlib.Path(__file__).resolve().parent / "Corpus"


def seed(target, name, *parts):
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(b"".join(parts))


def piece(content):
    return struct.pack("<H", len(content)) + content


def packed(content):
    return gzip.compress(content, 9, mtime=0)


def idx(sizes, data):
    return bytes([0, 0, 8, len(sizes)]) + struct.pack(f">{len(sizes)}I", *sizes) + data


def write_idx():
    images, labels = idx([3, 2, 2], bytes(range(12))), idx([3], bytes([0, 1, 9]))
    seed("idx", "plain", b"\0", piece(images), labels)
    seed("idx", "classes", b"\1", piece(images), labels)
    seed("idx", "gzip", b"\0", piece(packed(images)), packed(labels))
    seed("idx", "members", b"\0", piece(packed(images[:10]) + packed(images[10:])), labels)
    seed("idx", "mixed", b"\2", piece(packed(images)), labels)
    seed("idx", "floats", b"\0", piece(bytes([0, 0, 0x0D, 1, 0, 0, 0, 1, 0, 0, 0, 0])), labels)
    seed("idx", "little-endian", b"\0", piece(images[3::-1] + images[4:]), labels)
    seed("idx", "wide", b"\0", piece(idx([1, 1, 40], bytes(40))), idx([1], b"\7"))


def write_gzip():
    text = b"what is compressed, is compressed, is compressed. " * 4
    seed("gzip", "plain", b"\0", text)
    seed("gzip", "member", b"\0", packed(text))
    seed("gzip", "members", b"\6", packed(text), packed(b""), packed(b"end"))
    seed("gzip", "garbage", b"\6", packed(text), b"garbage")
    named = io.BytesIO()
    with gzip.GzipFile("name", "wb", 9, named, mtime=0) as file:
        file.write(bytes(1000))
    seed("gzip", "named", b"\0", named.getvalue())
    seed("gzip", "made", b"\5\1", piece(b"first"), piece(bytes(300)))
    seed("gzip", "made-garbage", b"\1\0", piece(b"first"), b"rest")
    seed("gzip", "html", b"\0", b"<!DOCTYPE html><html></html>")
    seed("gzip", "zlib", b"\0", zlib.compress(text))


def write_csv():
    seed("csv", "first", b"\0", b"label,a,b,c,d\n5,0,255,3,4\n1,0,0,1,2\n")
    seed("csv", "last", b"\0", b"0,1,2,3,7\r\n0,2,2,3,8\r\n\r\n0,2,2,3,9")
    seed("csv", "blanks", b"\2", b"\n 1, 2,\t3 ,4,5\n")
    seed("csv", "marked", b"\4", b"\xef\xbb\xbf\"label\",\"1x1\"\n9,8\n")
    seed("csv", "semicolons", b"\0", b"1;2;3\n")
    seed("csv", "gzip", b"\3", packed(b"1,2,3\n4,5,6\n"))
    seed("csv", "utf16", b"\0", b"\xff\xfe1\0,\0002\0\n\0")
    seed("csv", "decimal", b"\0", b"1,2.5,3\n")


def write_table():
    flowers = (
        b"sepal length,sepal width,species\n5.1,3.5,setosa\n4.9,3.0,setosa\n7.0,3.2,versicolor\n"
        b"6.3,,virginica\n"
    )
    for name, options in {"plain": 0, "classes": 2, "values": 11, "words": 16, "refuse": 4, "id": 128}.items():
        seed("table", f"flowers-{name}", bytes([options, 20]), flowers)
    seed("table", "quotes", b"\0\7", b'name;y\n"a; ""b""";1,5\n"c\nd";-2,25\r\n;3\n')
    seed("table", "tabs", b"\0\3", b"a\tb\tc\n1\tx\t2\n3\ty\t4\n?\tNA\t5\n")
    seed("table", "weights", b"\x28\5", b"y,x,w\n1,2,0.5\n2,3,1\n3,4,1e-3\n")
    seed("table", "groups", b"\x40\11", b"x,g,y\n1,a,0\n2,b,1\n3,a,0\n4,c,1\n")
    seed("table", "summary", b"\0\20", b"4,2,no,yes\n1,2,0\n3,4,1\n5,6,0\n7,8,1\n")
    seed("table", "numbers", b"\0\1", b"1e400,-0.0,16777217\n.5,+3,16777219\n0x1,inf,1e-400\n")
    seed("table", "large", b"\0\4", b"123456789012345678901234567890,1\n9007199254740993,2\n3.4028236e38,3\n")
    seed("table", "unnamed", b"\0\6", b",x,y,\n0,1,a,\n1,2,b,\n")
    seed("table", "gzip", b"\0\6", packed(flowers))
    seed("table", "returns", b"\0\6", b"a,b\r1,2\r")
    seed("table", "latin", b"\0\6", b"gr\xf6\xdfe,art\n1,\xe4\n2,\xc3\xa4\n")


def npy(array, **options):
    content = io.BytesIO()
    numpy.lib.format.write_array(content, array, **options)
    # NumPy pads headers to 64 bytes, which stay as they are: a mutation may cut them.
    return content.getvalue()


def write_npy():
    numbers = numpy.arange(12).reshape(4, 3)
    for kind in ["<f4", ">f4", "<f8", "<f2", "<i8", ">i2", "|u1", "|b1", "<u8"]:
        name = kind.replace("<", "little-").replace(">", "big-").replace("|", "")
        seed("npy", name, b"\0", piece(npy(numbers.astype(kind))))
    seed("npy", "fortran", b"\0", piece(npy(numpy.asfortranarray(numbers.astype("<f4")))))
    wide = numpy.asfortranarray(numpy.arange(96).reshape(2, 6, 8).astype("<f8"))
    seed("npy", "fortran-wide", b"\0", piece(npy(wide)))
    seed("npy", "version-2", b"\0", piece(npy(numbers.astype("<f4"), version=(2, 0))))
    features = npy(numbers.astype("<f4"))
    seed("npy", "words", b"\1", piece(features), npy(numpy.array(["a", "b", "a", "\u00e9"])))
    seed("npy", "bytes", b"\1", piece(features), npy(numpy.array([b"a", b"bc", b"a", b"d"])))
    seed("npy", "labels", b"\5", piece(features), npy(numpy.array([0, 1, 0, 2])))
    seed("npy", "values", b"\7", piece(features), npy(numpy.array([[0.5, 1], [1, 2], [2, 3], [4, 5.25]])))
    seed("npy", "one-hot", b"\1", piece(features), npy(numpy.eye(4, dtype="<i4")))
    pictures = numpy.arange(36).reshape(4, 3, 3).astype("u1")
    seed("npy", "pictures", b"\1", piece(npy(pictures)), npy(numpy.array([0, 1, 0, 2], "u1")))
    seed("npy", "gzip", b"\1", piece(packed(features)), packed(npy(numpy.array([1, 0, 1, 0]))))
    seed("npy", "empty", b"\0", piece(npy(numpy.zeros((0, 3)))))


def write_npz():
    X = numpy.arange(6).reshape(3, 2).astype("<f4")
    for name, save in {"stored": numpy.savez, "deflated": numpy.savez_compressed}.items():
        content = io.BytesIO()
        save(content, X=X, y=numpy.array([0, 1, 0], "u1"))
        seed("npz", name, b"\1", content.getvalue())
        seed("npz", f"{name}-unmended", b"\0", content.getvalue())
    content = io.BytesIO()
    numpy.savez_compressed(
        content, x_train=numpy.zeros((2, 3, 3), "u1"), y_train=numpy.array([1, 0]),
        x_test=numpy.ones((1, 3, 3), "u1"), y_test=numpy.array([1]))
    seed("npz", "pictures", b"\1", content.getvalue())
    content = io.BytesIO()
    numpy.savez(content, data=X, target=numpy.array(["a", "b", "a"]))
    seed("npz", "words", b"\5", content.getvalue())
    seed("npz", "empty", b"\0", b"PK\5\6" + bytes(18))


def write_svmlight():
    seed("svmlight", "plain", b"\0", b"1 1:0.5 3:2\n-1 2:1e-3 # comment\n\n1 1:nan\n")
    seed("svmlight", "zero", b"\0", b"# first\n0 0:1 2:3\n1 1:5\n")
    seed("svmlight", "queries", b"\0", b"3 qid:1 1:1\n2 qid:2 2:-.5\n")
    seed("svmlight", "known", b"\x1d", b"0.5 1:1 3:2\r\n1.5 2:7\r\n")
    seed("svmlight", "values", b"\x60", b"0.25 1:1\n-3e2 2:2\n")
    seed("svmlight", "several", b"\0", b"1,2 1:1\n")
    seed("svmlight", "gzip", b"\0", packed(b"1 1:2\n0 2:3\n"))


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width, height, depth, colour, data, interlaced=0, before=b""):
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + before + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


def write_png():
    rows = b"\0\1\2\3\4" + b"\1\5\6\7\x08" + b"\2\1\1\1\1" + b"\4\1\1\1\1"
    seed("png", "grey", b"\0", png(4, 4, 8, 0, zlib.compress(rows)))
    seed("png", "grey-made", b"\3", png(4, 4, 8, 0, rows))
    seed("png", "resized", b"\7", png(4, 4, 8, 0, rows))
    seed("png", "other-shape", b"\x0d", png(4, 4, 8, 0, zlib.compress(rows)))
    palette = chunk(b"PLTE", bytes(range(12))) + chunk(b"tRNS", b"\0\x80")
    seed("png", "palette", b"\3", png(4, 2, 2, 3, b"\0\x1b\0\xe4", before=palette))
    seed("png", "colour", b"\3", png(2, 1, 8, 2, b"\0\1\2\3\4\5\6"))
    seed("png", "alpha", b"\3", png(1, 1, 8, 6, b"\0\xff\0\0\x80"))
    seed("png", "deep", b"\3", png(2, 1, 16, 4, b"\0" + bytes(range(8))))
    seed("png", "bits", b"\x13", png(9, 1, 1, 0, b"\0\xaa\x80"))
    interlaced = b"\0\1" + b"\0\2" + b"\0\3\4" + b"\0\5\6\0\7\x08" + b"\0\1\2\3\4\0\5\6\7\x08"
    seed("png", "interlaced", b"\3", png(4, 4, 8, 0, interlaced, 1))
    seed("png", "text", b"\1", png(4, 4, 8, 0, zlib.compress(rows), before=chunk(b"tEXt", b"Title\0text")))
    seed("png", "profile", b"\1", png(
        4, 4, 8, 0, zlib.compress(rows),
        before=chunk(b"gAMA", b"\0\0\xb1\x8f") + chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(200)))))


def write_jpeg():
    across, down = numpy.meshgrid(numpy.arange(24), numpy.arange(16))
    colours = numpy.stack([across * 10, down * 15, (across + down) * 6], 2).astype(numpy.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6
    kinds = {
        "grey": (b"\0", "L", {}), "colour": (b"\0", "RGB", {}), "progressive": (b"\0", "RGB", {"progressive": True}),
        "full": (b"\0", "RGB", {"subsampling": 0}), "turned": (b"\0", "L", {"exif": exif}),
        "restarts": (b"\0", "L", {"restart_marker_blocks": 1}), "cmyk": (b"\0", "CMYK", {}),
        "prepared": (b"\x20", "L", {}), "number": (b"\x60", "L", {}), "resized": (b"\4", "L", {}),
    }
    for name, (options, mode, settings) in kinds.items():
        file = io.BytesIO()
        Image.fromarray(colours).convert(mode).save(file, "JPEG", quality=40, **settings)
        seed("jpeg", name, options, file.getvalue())


def write_pgm():
    seed("pgm", "bytes", b"\0", b"P5\n# a comment\n3 2\n255\n" + bytes(range(6)))
    seed("pgm", "words", b"\0", b"P5 2 1 1000\n\0\1\3\xe8")
    seed("pgm", "text", b"\0", b"P2\n3 2 # columns, rows\n15\n0 1 2\n13 14 15\n")
    seed("pgm", "resized", b"\4", b"P5 3 2 7 " + bytes(range(6)))
    seed("pgm", "large", b"\x14", b"P5 40 30 255\n" + bytes(1200))
    seed("pgm", "bitmap", b"\0", b"P4 8 1 \xff")


def safetensors(tensors, metadata=None):
    header, data = {}, b""
    if metadata is not None:
        header["__metadata__"] = metadata
    for name, array in tensors.items():
        kind = {"float64": "F64", "float32": "F32", "float16": "F16"}[str(array.dtype)]
        end = len(data) + array.nbytes
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [len(data), end]}
        data += array.tobytes()
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def write_models(program):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([program], env={**os.environ, "FUZZ_SEEDS": folder, "FUZZ_FOLDER": folder}, check=True)
        for target in ["model", "checkpoint", "onnx", "parameters"]:
            for path in sorted((pathlib.Path(folder) / target).iterdir()):
                seed(target, path.name, path.read_bytes())
                if target != "checkpoint":
                    # No mutation finds a hash, and a model without one is read too.
                    seed(target, path.name + "-without-hash", path.read_bytes().replace(b"_sha256", b"_sha000"))
    layer = {"layers.0.weight": numpy.ones((2, 3), "<f4"), "layers.0.bias": numpy.zeros(2, "<f4")}
    seed("model", "bare", safetensors(layer))
    seed("model", "metadata", safetensors(layer, {"cost": "cross-entropy", "activations": "sigmoid"}))
    seed("model", "classes-bare", safetensors(layer, {"target": '{"classes":["a","b"]}'}))
    seed("model", "half", safetensors({"layers.0.weight": numpy.ones((1, 1), "<f2")}))


def write_networks():
    # The first byte tells activations: 0 none, 11 relu and softmax, 5 sigmoid.
    book = '{"sizes": [2, 2, 1], "weights": [[[1, -2.5e-3], [0.5, 0]], [[1, 2]]], "biases": [[[1], [0]], [[-1]]], "cost": "%s"}'
    for cost in ["QuadraticCost", "CrossEntropyCost"]:
        seed("network2", cost, b"\0", (book % cost).encode())
    seed("network2", "white", b"\0", b" \n", (book % "QuadraticCost").replace(" ", "").encode())
    ones, zeros = (lambda *shape: numpy.ones(shape, "<f4")), (lambda *shape: numpy.zeros(shape, "<f4"))
    seed("statedict", "sequential", b"\x0b", safetensors(
        {"0.weight": ones(3, 2), "0.bias": zeros(3), "2.weight": ones(2, 3), "2.bias": zeros(2)}))
    seed("statedict", "named", b"\x05", safetensors({"fc10.weight": ones(1, 2), "fc9.weight": ones(2, 2), "fc9.bias": ones(2)}))
    seed("statedict", "double", b"\5", safetensors({"a.weight": numpy.ones((1, 2), "<f8")}))
    arrays = io.BytesIO()
    numpy.savez(arrays, w1=ones(3, 2), b1=zeros(3), w2=ones(2, 3).astype("f8"), b2=zeros(2))
    seed("parameters", "elsewhere", b"\x0b", arrays.getvalue())


def field(number, value):
    """A field of Protocol Buffers: a whole number, text, bytes, or a list of fields."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    content = b"".join(value) if isinstance(value, list) else value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(content)) + content


def varint(value):
    return bytes([value]) if value < 128 else bytes([value & 127 | 128]) + varint(value >> 7)


def write_onnx():
    def tensor(name, *shape, packed=True):
        numbers = numpy.ones(shape, "<f4").tobytes()
        return [field(1, size) for size in shape] + [field(2, 1), field(8, name), field(9 if packed else 4, numbers)]

    def node(kind, inputs, output, *attributes):
        return field(1, [field(1, name) for name in inputs] + [field(2, output), field(4, kind), *attributes])

    def model(name, nodes, tensors):
        graph = nodes + [field(5, t) for t in tensors] + [field(11, [field(1, "x")]), field(12, [field(1, "y")])]
        seed("onnx", name, b"\0", field(1, 7), field(7, graph), field(8, [field(2, 13)]))

    transposed = field(5, [field(1, "transB"), field(3, 1), field(20, 2)])
    model("matmul", [
        node("MatMul", ["x", "w"], "1"), node("Add", ["1", "b"], "2"), node("Relu", ["2"], "3"),
        node("Gemm", ["3", "v", "c"], "4", transposed), node("Softmax", ["4"], "y"),
    ], [tensor("w", 2, 3), tensor("b", 1, 3, packed=False), tensor("v", 2, 3), tensor("c", 2)])
    model("constant", [
        node("Flatten", ["x"], "0"), node("Constant", [], "w", field(5, [field(1, "value"), field(5, tensor("", 2, 2))])),
        node("Transpose", ["w"], "t", field(5, [field(1, "perm"), field(8, b"\1\0")])), node("MatMul", ["0", "t"], "1"),
        node("Sigmoid", ["1"], "2"), node("Dropout", ["2"], "3"), node("Identity", ["3"], "y"),
    ], [])


def write_json():
    seed("json", "kinds", b'{"a":[1,-2.5e+3,true,false,null],"b":{"":"\\u00e9\\ud83d\\ude00\\n"}}')
    seed("json", "escapes", b' "\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000" ')
    seed("json", "deep", b"[" * 60 + b"]" * 60)
    seed("json", "surrogate", b'"\\ud800"')
    seed("json", "twice", b'{"a":1,"a":2}')
    seed("json", "number", b"9007199254740993")
    seed("json", "text", '"\u00e9\U0001F600"'.encode())


def write_http():
    # An answer: status, length and range or type, each a byte; then the pieces of the body and how it ends.
    whole = b"\0\0\3\3" + b"\0\xff" * 3 + b"\0"
    seed("http", "whole", whole)
    seed("http", "broken", b"\0\0\3\1\0\x20\1" + b"\1\0\0\3\0\xff\0\xff\0\xff\0")
    seed("http", "missing", b"\5\0\3\0\0" + whole)
    seed("http", "html", b"\0\4\2" + piece(b"text/html") + b"\1\0\1\0" + whole)
    seed("http", "long", b"\0\0\3\1\0\x10\1" + b"\1\2\0\0\1\0\xff\0")
    seed("http", "texts", b"\1\1" + piece(b"123") + b"\1" + piece(b"bytes 0-1/2") + b"\1\1\0" + piece(b"xyz") + b"\0")
    seed("http", "garbage", b"\0\4\3\2\1\0" + piece(b"<html>") + b"\1\0" + piece(bytes(200)) + b"\0")
    seed("http", "unsatisfiable", b"\0\0\3\1\0\x20\1" + b"\4\0\3\0\0" + whole)


def main():
    for write in [
        write_idx, write_gzip, write_csv, write_table, write_npy, write_npz, write_svmlight, write_png, write_jpeg,
        write_pgm, write_json, write_http, write_networks, write_onnx,
    ]:
        write()
    if len(sys.argv) > 1:
        write_models(str(pathlib.Path(sys.argv[1]).resolve()))


main()
