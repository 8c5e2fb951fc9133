#!/usr/bin/env python3
"""Tests examples/nabla_kernels.py: that it wraps everything in the headers, as they declare it; that each function
gives what NumPy gives in double precision; and what it says about arrays that do not fit.

    python3 test_numpy.py libnabla_kernels.so
"""
import ctypes
import os
import pathlib
import re
import sys

try:
    import numpy as np
except ImportError:
    print("skipped: NumPy is missing")
    sys.exit(0)

FOLDER = pathlib.Path(__file__).resolve().parent.parent
os.environ["NABLA_KERNELS_LIBRARY"] = os.path.abspath(sys.argv[1])
sys.dont_write_bytecode = True  # a test leaves nothing in the source tree
sys.path.insert(0, str(FOLDER / "examples"))
import nabla_kernels as nk
import numpy_dense
import numpy_pictures
from numpy_support import close, floats, refused

TESTS = {}  # filled below, by name

# ------------------------------------------------------------------------------------------------- the headers

HEADERS = "".join((FOLDER / "include" / name).read_text() for name in ("nabla_kernels.h", "nabla_augmentation.h"))
CODE = re.sub(r"/\*.*?\*/", "", HEADERS, flags=re.S)
NUMBERS = {"size_t": ctypes.c_size_t, "float": ctypes.c_float, "uint32_t": ctypes.c_uint32, "uint64_t": ctypes.c_uint64,
           "int": ctypes.c_int, "unsigned": ctypes.c_uint, "nabla_team_body": nk.TeamBody}


def ctype(declared):
    """What ctypes calls a parameter's or field's type."""
    if "*" in declared:
        return ctypes.POINTER(nk.Member) if "nabla_member" in declared else ctypes.c_void_p
    kind = declared.split()[0]
    if kind in NUMBERS:
        return NUMBERS[kind]
    return nk.SparseRows if kind == "nabla_sparse_rows" else ctypes.c_int  # all others are enums


def declarations(code):
    """Name, result and parameters of every public function."""
    for result, name, parameters in re.findall(r"NABLA_API\s+([\w\s]+?[\s*]+)(nabla_\w+)\(([^)]*)\)\s*;", code):
        types = [ctype(p) for p in parameters.split(",") if p.strip() != "void"]
        yield name, {"void": None, "const char *": ctypes.c_char_p}.get(result.strip(), ctype(result)), types


def unwrapped(code):
    """Public functions that the module lacks, declares otherwise, or that no test here calls by its name."""
    names = []
    for name, result, parameters in declarations(code):
        short = re.sub("^nabla_|_f32$|_u8$", "", name)
        function = getattr(nk._library, name, None)
        if not hasattr(nk, short) or function is None or f"test_{short}" not in TESTS:
            names.append(name)
        elif function.restype != result or list(function.argtypes or ()) != parameters:
            names.append(f"{name} {function.restype} {function.argtypes}")
    return names


def test_headers():
    assert len(list(declarations(CODE))) == CODE.count("\nNABLA_API "), "a declaration is not understood"
    assert unwrapped(CODE) == []
    more = "NABLA_API nabla_status nabla_new_f32(size_t n, const float *x);"
    assert unwrapped(more) == ["nabla_new_f32"]
    other = CODE.replace("nabla_axpy_f32(size_t n, float alpha", "nabla_axpy_f32(size_t n, size_t alpha")
    assert other != CODE and len(unwrapped(other)) == 1
    constants = re.findall(r"NABLA_(\w+)(?: =|) (\d+)\b", CODE)
    assert len(constants) > 25, constants
    for name, value in constants:
        if not name.startswith("KERNEL"):
            assert getattr(nk, name) == int(value), name


def test_structures():
    for structure in (nk.Member, nk.Rule, nk.Distortion, nk.SparseRows, nk.SparseBatch, nk.RuleLayer):
        name = re.sub("(?<=[a-z])(?=[A-Z])", "_", structure.__name__).lower()
        body = re.search(r"typedef struct nabla_%s \{(.*?)\}" % name, CODE, re.S).group(1)
        fields = []
        for line in body.split(";")[:-1]:
            for declared in line.split(","):
                field, count = re.search(r"(\w+)(?:\[(\d)\])?$", declared.strip()).groups()
                kind = ctypes.c_void_p if "*" in declared or "barrier" in declared else ctype(line)
                fields.append((field, kind * int(count) if count else kind))
        assert structure._fields_ == fields, name
    fields = re.search(r"typedef struct nabla_affine_map \{\s*float (.*?);", CODE).group(1).split(", ")
    assert list(nk.AFFINE_MAP.names) == fields and nk.AFFINE_MAP.itemsize == 4 * len(fields)


# ----------------------------------------------------------------------------- version, instruction sets, team


def test_status_description():
    assert "NULL" in nk.status_description(nk.ERROR_NULL_POINTER) and nk.status_description(nk.OK)


def test_kernels_version():
    assert re.fullmatch(r"\d+\.\d+\.\d+", nk.kernels_version())


def test_kernels_version_number():
    major, minor, patch = map(int, nk.kernels_version().split("."))
    assert nk.kernels_version_number() == 10000 * major + 100 * minor + patch


def test_kernel_contract():
    assert nk.kernel_contract() == int(re.search(r"define NABLA_KERNEL_CONTRACT (\d+)", HEADERS).group(1))


def test_isa_name():
    assert nk.isa_name(nk.ISA_SCALAR) == "scalar" and nk.isa_name(nk.ISA_COUNT) is None


def test_isa_available():
    assert nk.isa_available(nk.ISA_SCALAR) == 1 and nk.isa_available(nk.ISA_COUNT) == 0


def test_selected_isa():
    assert nk.isa_available(nk.selected_isa())


def test_isa_request():
    assert nk.isa_request() in (nk.OK, nk.ERROR_ARGUMENT, nk.ERROR_ISA_UNAVAILABLE)


def test_select_isa():
    before = nk.selected_isa()
    nk.select_isa(nk.ISA_SCALAR)
    assert nk.selected_isa() == nk.ISA_SCALAR
    nk.select_isa(before)
    refused("select_isa: the instruction set", nk.select_isa, nk.ISA_COUNT)


def test_processor_count():
    assert 1 <= nk.processor_count() <= os.cpu_count()


def test_has_openmp():
    assert nk.has_openmp() in (0, 1)


def test_team_run():
    z, a, sizes = floats(1000), np.empty(1000, "f4"), []

    def body(member):
        nk.sigmoid(z, a, member)
        nk.barrier(member)
        sizes.append((member.index, member.count, float(a.sum())))

    nk.team_run(2, body)
    assert len(sizes) == sizes[0][1] and len({total for _, _, total in sizes}) == 1
    close(a, 1 / (1 + np.exp(-z.astype(float))))

    def failing(member):
        raise KeyError(member.index)

    try:
        nk.team_run(1, failing)
        assert False
    except KeyError as error:
        assert error.args == (0,)
    refused("team_run: ", nk.team_run, 0, body)


def test_barrier():
    nk.barrier(None)
    nk.barrier(nk.Member(0, 2))  # without a team: returns at once


# ------------------------------------------------------------------------------------------- arrays that do not fit


def test_refusals():
    a, b, c = floats(4, 6), floats(6, 5), floats(4, 5)
    refused("gemm: a: expected a NumPy array, found list", nk.gemm, [[1.0]], b, c)
    refused("gemm: b: expected float32, found float64", nk.gemm, a, b.astype(float), c)
    refused("gemm: b: expected float32, found >f4", nk.gemm, a, b.astype(">f4"), c)
    refused("gemm: b: expected shape (6, 5), found (5, 5)", nk.gemm, a, b[1:], c)
    refused("gemm: a: expected shape (4, 6), found (4, 6, 1)", nk.gemm, a[:, :, None], b, c)
    refused("gemm: c: expected shape (4, 5), found (5, 4)", nk.gemm, a, b, floats(5, 4))
    refused("gemm: c: expected neighbours in a row (stride 4), found stride 16", nk.gemm, a, b, floats(5, 4).T)
    refused("gemm: a: expected neighbours in a row", nk.gemm, floats(8, 12)[::2, ::2], b, c)
    refused("gemm: a: expected rows at least 24 bytes apart, found stride -24", nk.gemm, a[::-1], b, c)
    refused("gemm: a: expected rows at least 24 bytes apart, found stride 0", nk.gemm,
            np.broadcast_to(a[0], (4, 6)), b, c)
    frozen = c.copy()
    frozen.flags.writeable = False
    refused("gemm: c: expected an array to write, found one that is read-only", nk.gemm, a, b, frozen)
    square = floats(8, 8)
    refused("gemm: c: expected memory apart from a, found an overlap", nk.gemm, square, floats(8, 8), square)
    refused("gemm: c: expected memory apart from b", nk.gemm, floats(4, 4), square[:4, :4], square[3:7, 3:7])
    nk.gemm(floats(4, 4), square[:4, :4], square[:4, 4:])  # rows interleave but share nothing
    shifted = np.frombuffer(bytes(4 * 24 + 1), np.uint8)[1:].view("f4").reshape(4, 6)
    refused("gemm: a: expected aligned elements", nk.gemm, shifted, b, c)
    refused("gemv: x: expected contiguous elements, found strides (8,)", nk.gemv, a, floats(12)[::2], floats(4))
    for wrong in ((a, b), (a, b, c, 1.0, 0.0, None, 3)):
        try:
            nk.gemm(*wrong)
            assert False
        except TypeError as error:
            assert "argument" in str(error)


def test_copies_nothing():
    """The arrays' own memory is written: views see it, and no call makes an array."""
    a, b, c = floats(100, 100), floats(100, 100), np.zeros((100, 200), "f4")
    nk.gemm(a, b.T, c[:, 50:150])
    assert (c[:, :50] == 0).all() and (c[:, 150:] == 0).all() and c[:, 50:150].any()


for module in (globals(), vars(numpy_dense), vars(numpy_pictures)):
    TESTS.update((name, test) for name, test in module.items() if name.startswith("test_"))
for name, test in TESTS.items():
    try:
        test()
    except BaseException:
        print(f"{name} failed", flush=True)
        raise
print(f"{len(TESTS)} tests passed with NumPy {np.__version__} on {nk.isa_name(nk.selected_isa())}")
