"""The kernels on NumPy arrays, without a copy: every function of nabla_kernels.h, by ctypes.

    NABLA_KERNELS_LIBRARY=build/libnabla_kernels.so python3
    >>> import numpy as np, nabla_kernels as nk
    >>> a, b, c = np.ones((2, 3), "f4"), np.ones((4, 3), "f4"), np.empty((2, 4), "f4")
    >>> nk.gemm(a, b.T, c)

A function has its C name without `nabla_`, `_f32` and `_u8`; its contract, rounding and threads stand in the header.
Shapes stand here, beside each parameter, and sizes are read from the arrays. Rows may be apart (a view of columns); the
numbers in a row must be neighbours. Views such as b.T are what NABLA_TRANSPOSE is in C. What is written is named `Out`.
An array of another type, shape or layout, and an output that overlaps another array, is a ValueError that says what was
expected and what was found; so is what the library refuses. Checks take some 60 microseconds a call. Needs Python 3.8
and NumPy; copy this file.
"""
import ctypes
import functools
import inspect
import itertools
import os
import re

import numpy as np

OK, ERROR_NULL_POINTER, ERROR_LEADING_DIMENSION, ERROR_SIZE_OVERFLOW, ERROR_ARGUMENT, ERROR_ISA_UNAVAILABLE = range(6)
ISA_SCALAR, ISA_AVX2, ISA_AVX512, ISA_NEON, ISA_COUNT = range(5)
NO_TRANSPOSE, TRANSPOSE = range(2)
IDENTITY, SIGMOID, TANH, RELU, SOFTMAX = range(5)
QUADRATIC, CROSS_ENTROPY, LOG_LIKELIHOOD = range(3)
RULE_SGD, RULE_MOMENTUM, RULE_NESTEROV, RULE_ADAM = range(4)
PANEL = 16

_INT, _SIZE, _FLOAT, _POINTER, _STRING = ctypes.c_int, ctypes.c_size_t, ctypes.c_float, ctypes.c_void_p, ctypes.c_char_p

def _struct(name, **fields):
    return type(name, (ctypes.Structure,), {"_fields_": list(fields.items())})

Member = _struct("Member", index=_SIZE, count=_SIZE, barrier=_POINTER, phase=ctypes.c_uint)
_RULE = "rate mean keep1 take1 keep2 take2 epsilon l2 l1 decay"
Rule = _struct("Rule", kind=_INT, **dict.fromkeys(_RULE.split(), _FLOAT))
Distortion = _struct("Distortion", **dict.fromkeys("shift rotation scale shear".split(), _FLOAT))
SparseRows = _struct("SparseRows", **dict.fromkeys("starts ends entries values".split(), _POINTER))
SparseBatch = _struct("SparseBatch", rows=SparseRows, count=_SIZE, samples=_POINTER, ahead=_POINTER, ahead_count=_SIZE)
RuleLayer = _struct("RuleLayer", panels=_POINTER * 3, bias=_POINTER * 3)
TeamBody = ctypes.CFUNCTYPE(None, _POINTER, ctypes.POINTER(Member))
AFFINE_MAP = np.dtype([(name, np.float32) for name in ("xx", "xy", "x", "yx", "yy", "y")])  # an array of them is maps

_path = os.environ.get("NABLA_KERNELS_LIBRARY") or "libnabla_kernels.so"
try:
    _library = ctypes.CDLL(_path)  # lets go of Python's lock during a call, so several threads may work
except OSError as error:
    raise ImportError(f"{error} (NABLA_KERNELS_LIBRARY names the library)") from None

# ---------------------------------------------------------------------------------------------------- checks
def _fail(what, expected, found):
    raise ValueError(f"{what}: expected {expected}, found {found}")

def padded(n):
    """Floats that n outputs take in a bias and in rows of activations and errors: 16 ceil(n / 16)"""
    return -(-n // PANEL) * PANEL

class Array:
    """A parameter that is an array without gaps. Its shape is a list of lengths: a name stands for a length that it is
    the first to have, else for one that is known; "..." is any shape, and for all the same. The array is written when
    it is `out`, and may then be the memory of the parameter `over`."""

    def __init__(self, shape, dtype=np.float32, out=False, over=None):
        self.lengths = None if shape == "..." else [
            length if length.isidentifier() else compile(length, shape, "eval") for length in shape.split("; ")]
        self.dtype, self.out, self.over = np.dtype(dtype), out, over

    def bind(self, array, sizes):
        for length, n in zip(self.lengths or (), getattr(array, "shape", ())):
            if isinstance(length, str):
                sizes.setdefault(length, n)

    def take(self, what, array, sizes):
        """Checks the array and returns what the tokens of a call may ask for."""
        if not isinstance(array, np.ndarray):
            _fail(what, "a NumPy array", type(array).__name__)
        if array.dtype != self.dtype:
            _fail(what, self.dtype, array.dtype)
        if self.lengths is None:
            shape = sizes.setdefault("...", array.shape)
        else:
            shape = tuple(sizes.get(n, "any") if isinstance(n, str) else eval(n, globals(), sizes)
                          for n in self.lengths)
        if array.shape != shape:
            _fail(what, f"shape {shape}", array.shape)
        if not array.flags.aligned:
            _fail(what, "aligned elements", "an address between two")
        if self.out and not array.flags.writeable:
            _fail(what, "an array to write", "one that is read-only")
        return {"": array.ctypes.data, ".size": array.size, **self.strides(what, array)}

    def strides(self, what, array):
        if not array.flags.c_contiguous:
            _fail(what, "contiguous elements", f"strides {array.strides}")
        return {}

class Rows(Array):
    """A matrix whose rows may be apart."""

    def strides(self, what, array):
        (rows, columns), size = array.shape, array.itemsize
        if rows and columns > 1 and array.strides[1] != size:
            _fail(what, f"neighbours in a row (stride {size})", f"stride {array.strides[1]}")
        if rows <= 1 or columns == 0:
            return {".ld": columns}
        if array.strides[0] % size or array.strides[0] < columns * size:
            _fail(what, f"rows at least {columns * size} bytes apart", f"stride {array.strides[0]}")
        return {".ld": array.strides[0] // size}

class Operand(Rows):
    """A matrix whose rows may be apart, or the transposed view of one."""

    def strides(self, what, array):
        turned = array.shape[1] > 1 and array.strides[1] != array.itemsize
        stored = array.T if turned else array
        rows, columns = stored.shape
        return {".turned": int(turned), ".rows": rows, ".columns": columns, **super().strides(what, stored)}

class Struct:
    """A parameter that is one of the structures above."""
    def __init__(self, kind):
        self.kind = kind

    def bind(self, value, sizes):
        if self.kind is Sparse:
            sizes.update(m=getattr(value, "count", 0), inputs=getattr(value, "inputs", 0))

    def take(self, what, value, sizes):
        if not isinstance(value, self.kind):
            _fail(what, self.kind.__name__, type(value).__name__)
        return {"": ctypes.byref(value)}

class Pairs(Struct):
    """A parameter that is pairs (panels, bias): the parameters of a layer, then the states of its rule, alike."""
    def take(self, what, pairs, sizes):
        if not 1 <= len(pairs) <= 3:
            _fail(what, "1 to 3 pairs (panels, bias)", len(pairs))
        kinds = Out("panels_size(out, inputs)"), Out("padded(out)")
        rows = [[kind.take(what, array, sizes)[""] for kind, array in zip(kinds, pair)] for pair in pairs]
        return super().take(what, RuleLayer(*(tuple(column) for column in zip(*rows))), sizes)

Out, OutRows = functools.partial(Array, out=True), functools.partial(Rows, out=True)

def _check_apart(name, parameters, given):
    """What is written overlaps no other array, unless it is the very memory that it may go over."""
    arrays = {n: array for n, array in given.items() if isinstance(array, np.ndarray)}
    for (out, a), (other, b) in itertools.permutations(arrays.items(), 2):
        if parameters[out].out and np.may_share_memory(a, b):
            same = a.ctypes.data == b.ctypes.data and (len(a) < 2 or a.strides[0] == b.strides[0])
            try:
                apart = same and parameters[out].over == other or not np.shares_memory(a, b, max_work=10000)
            except RuntimeError:  # TooHardError: undecided
                apart = False
            if not apart:
                _fail(f"{name}: {out}", f"memory apart from {other}", "an overlap")

# What the parameters are in C that are neither arrays nor sizes.
_KINDS = {"drop": ctypes.c_uint32, "sample": ctypes.c_uint32, "seed": ctypes.c_uint64, "stream": ctypes.c_uint64,
          "member": ctypes.POINTER(Member), "body": TeamBody, "context": _POINTER,
          **dict.fromkeys("alpha beta scale sigma".split(), _FLOAT),
          **dict.fromkeys("activation cost isa status a.turned b.turned".split(), _INT)}

def _kernel(call, result=_INT, status=True):
    """Makes a function of the C function that `call` names, with the arguments named after it, and of the parameters
    of what is decorated: NAME.ld is the stride of the array NAME. A `status` that is not OK becomes a ValueError."""
    symbol, *tokens = call.split()
    name = re.sub("^nabla_|_f32$|_u8$", "", symbol)

    def decorate(declared):
        signature = inspect.signature(declared)
        arrays = {n: p.annotation for n, p in signature.parameters.items() if p.annotation is not p.empty}
        kinds = {t: _POINTER if t in arrays else _KINDS.get(t, _SIZE) for t in tokens}
        function = getattr(_library, symbol)
        function.restype, function.argtypes = result, [kinds[t] for t in tokens]

        @functools.wraps(declared)
        def run(*values, **named):
            bound = signature.bind(*values, **named)
            bound.apply_defaults()
            sizes, parts = {"given": bound.arguments}, {}
            for n, value in bound.arguments.items():
                if n in arrays:
                    arrays[n].bind(value, sizes)
                    continue
                if kinds.get(n) in (ctypes.c_uint32, ctypes.c_uint64, _SIZE):  # ctypes would cut what does not fit
                    bits = 8 * ctypes.sizeof(kinds[n])
                    if not isinstance(value, (int, np.integer)) or not 0 <= value < 1 << bits:
                        _fail(f"{name}: {n}", f"a whole number from 0 to 2^{bits} - 1", repr(value))
                sizes[n] = ctypes.byref(value) if isinstance(value, Member) else value
            for n, kind in arrays.items():
                value = bound.arguments[n]
                is_left_out = value is None and signature.parameters[n].default is None
                for part, x in ({"": None} if is_left_out else kind.take(f"{name}: {n}", value, sizes)).items():
                    parts[n + part] = x
            _check_apart(name, arrays, bound.arguments)
            found = function(*(parts[t] if t in parts else sizes.get(t, 0) for t in tokens))
            if status and found != OK:
                raise ValueError(f"{name}: {status_description(found)}")
            return None if status else found.decode() if isinstance(found, bytes) else found

        run.__name__ = name
        return run
    return decorate

# ---------------------------------------------------------------------------------- version, instruction sets, team
status_description = _kernel("nabla_status_description status", _STRING, False)(lambda status: None)
kernels_version = _kernel("nabla_kernels_version", _STRING, False)(lambda: None)
kernels_version_number = _kernel("nabla_kernels_version_number", _INT, False)(lambda: None)
kernel_contract = _kernel("nabla_kernel_contract", _INT, False)(lambda: None)
isa_name = _kernel("nabla_isa_name isa", _STRING, False)(lambda isa: None)  # None for no instruction set
isa_available = _kernel("nabla_isa_available isa", _INT, False)(lambda isa: None)
selected_isa = _kernel("nabla_selected_isa", _INT, False)(lambda: None)
isa_request = _kernel("nabla_isa_request", _INT, False)(lambda: None)  # a status: what became of NABLA_ISA
select_isa = _kernel("nabla_select_isa isa")(lambda isa: None)
processor_count = _kernel("nabla_processor_count", _SIZE, False)(lambda: None)
has_openmp = _kernel("nabla_has_openmp", _INT, False)(lambda: None)
barrier = _kernel("nabla_barrier member", None, False)(lambda member: None)

_team_run = _kernel("nabla_team_run members body context")(lambda members, body, context: None)

def team_run(members, body):
    """Runs body(member) on each member of a team; pass `member` on to the functions here, and to barrier.
    The first exception of a body is raised here, once all bodies have returned. A body that fails while others wait
    at a barrier keeps them waiting for ever, as one that returns would."""
    errors = []

    def run(_, member):
        try:
            body(member.contents)
        except BaseException as error:  # ctypes would print it and go on
            errors.append(error)

    _team_run(members, TeamBody(run), None)
    if errors:
        raise errors[0]

# --------------------------------------------------------------------------------------- elementwise, any shape
def _elementwise(symbol):
    def declared(z: Array("..."), out: Out("...", over="z"), member=None): """out = f(z); or of activations z"""
    return _kernel(f"{symbol} z.size z out member")(declared)

sigmoid = _elementwise("nabla_sigmoid_f32")
sigmoid_prime = _elementwise("nabla_sigmoid_prime_f32")
sigmoid_prime_from_activation = _elementwise("nabla_sigmoid_prime_from_activation_f32")
tanh = _elementwise("nabla_tanh_f32")

@_kernel("nabla_axpy_f32 x.size alpha x y member")
def axpy(alpha, x: Array("..."), y: Out("..."), member=None): """y = alpha x + y"""

@_kernel("nabla_pixels_f32 pixels.size pixels out member")
def pixels(pixels: Array("...", np.uint8), out: Out("..."), member=None): """out = pixels / 255"""

@_kernel("nabla_sum_of_squares_f32 x.size x total finite")
def _sum_of_squares(x: Array("..."), total: Out("1", np.float64), finite: Out("1", np.int32)): """Into arrays"""

def sum_of_squares(x):
    """The sum, in double precision, and whether all of x are finite"""
    total, finite = np.zeros(1), np.zeros(1, np.int32)
    _sum_of_squares(x, total, finite)
    return float(total[0]), bool(finite[0])

# -------------------------------------------------------------------------------------------------- matrices
@_kernel("nabla_gemm_f32 a.turned b.turned m n k alpha a a.ld b b.ld beta c c.ld member")
def gemm(a: Operand("m; k"), b: Operand("k; n"), c: OutRows("m; n"), alpha=1.0, beta=0.0, member=None):
    """c = alpha a b + beta c"""

@_kernel("nabla_gemv_f32 a.turned a.rows a.columns alpha a a.ld x beta y member")
def gemv(a: Operand("m; n"), x: Array("n"), y: Out("m"), alpha=1.0, beta=0.0, member=None): """y = alpha a x + beta y"""

@_kernel("nabla_ger_f32 m n alpha x y a a.ld member")
def ger(alpha, x: Array("m"), y: Array("n"), a: OutRows("m; n"), member=None): """a = alpha x y^T + a"""

# --------------------------------------------------------------------- dense layers: weights w [out, inputs] in panels
@_kernel("nabla_panels_size out inputs", _SIZE, False)
def panels_size(out, inputs): """Floats in the panels of a layer"""

@_kernel("nabla_panels_pack_f32 out inputs w w.ld panels member")
def panels_pack(w: Rows("out; inputs"), panels: Out("panels_size(out, inputs)"), member=None): """Panels from weights"""

@_kernel("nabla_panels_unpack_f32 out inputs panels w w.ld member")
def panels_unpack(panels: Array("panels_size(out, inputs)"), w: OutRows("out; inputs"), member=None):
    """Weights from panels"""

@_kernel("nabla_dense_forward_f32 activation m out inputs x x.ld panels bias a a.ld member")
def dense_forward(activation, out, x: Rows("m; inputs"), panels: Array("panels_size(out, inputs)"),
                  bias: Array("padded(out)"), a: OutRows("m; padded(out)"), member=None): """a = f(x w^T + b)"""

@_kernel("nabla_softmax_f32 m n z z.ld a a.ld member")
def softmax(z: Rows("m; n"), a: OutRows("m; padded(n)", over="z"), member=None): """a = softmax(z), row by row"""

@_kernel("nabla_output_error_f32 cost activation m n a a.ld y y.ld d d.ld member")
def output_error(cost, activation, a: Rows("m; n"), y: Rows("m; n"), d: OutRows("m; padded(n)", over="a"), member=None):
    """d = the error of the outputs a for the targets y"""

@_kernel("nabla_dense_backward_f32 activation m out inputs d d.ld panels a_prev a_prev.ld d_prev d_prev.ld member")
def dense_backward(activation, out, d: Rows("m; padded(out)"), panels: Array("panels_size(out, inputs)"),
                   a_prev: Rows("m; inputs"), d_prev: OutRows("m; padded(inputs)"), member=None):
    """d_prev = (d w) * f'(z_prev)"""

@_kernel("nabla_dense_update_f32 m out inputs alpha d d.ld x x.ld beta panels bias member")
def dense_update(out, alpha, d: Rows("m; padded(out)"), x: Rows("m; inputs"), beta,
                 panels: Out("panels_size(out, inputs)"), bias: Out("padded(out)"), member=None):
    """w = beta w + alpha d^T x and b = b + alpha sum(d); d has zeros past out"""

# ------------------------------------------------------------------------- sparse inputs: the first layer on pictures
@_kernel("nabla_sparse_count m inputs pixels starts")
def sparse_count(pixels: Array("m; inputs", np.uint8), starts: Out("m + 1", np.uint64)):
    """Where each row begins among the entries"""

@_kernel("nabla_sparse_pack m inputs pixels starts entries member")
def sparse_pack(pixels: Array("m; inputs", np.uint8), starts: Array("m + 1", np.uint64),
                entries: Out("int(given['starts'][m])", np.uint16), member=None):
    """The entries; starts as sparse_count wrote them for these pixels, which is not checked"""

class Sparse(SparseBatch):
    """A mini-batch of sparse rows: those named in `samples`, or all. A row ends where the next one starts, or at its
    place in `ends`. Checked here, once: the arrays are held, and must not change while the batch is used."""
    def __init__(self, inputs, starts, entries, samples=None, ends=None, values=None):
        arrays = dict(starts=starts, ends=starts[1:] if ends is None else ends, entries=entries, values=values,
                      samples=samples)
        kinds, ends = dict(starts="u8", ends="u8", entries="u2", values="f4", samples="u4"), arrays["ends"]
        taken = [array if array is None else Array("...", kinds[n]).take(f"Sparse: {n}", array, {})[""]
                 for n, array in arrays.items()]
        first = starts[: len(ends)]
        if len(first) < len(ends) or (first > ends).any() or (ends > len(entries)).any():
            _fail("Sparse: ends", f"places from a row's start to {len(entries)}", "others")
        columns = np.concatenate(([0], np.cumsum(entries & 255, dtype=np.int64)))
        if (columns[ends] - columns[first] >= max(inputs, 1)).any():
            _fail("Sparse: entries", f"columns below {inputs}", "others")
        if samples is not None and (samples >= len(ends)).any():
            _fail("Sparse: samples", f"rows below {len(ends)}", samples.max())
        if values is not None and (len(values) != 256 or values[0] != 0):
            _fail("Sparse: values", "256 floats, the first 0", f"{len(values)}, the first {values[0]}")
        super().__init__(SparseRows(*taken[:4]), len(ends if samples is None else samples), taken[4])
        self.inputs, self.arrays = inputs, arrays

Batch, Layer = Struct(Sparse), Pairs(RuleLayer)

@_kernel("nabla_sparse_forward_f32 activation x out inputs panels bias a a.ld member")
def sparse_forward(activation, out, x: Batch, panels: Array("panels_size(out, inputs)"), bias: Array("padded(out)"),
                   a: OutRows("m; padded(out)"), member=None): """dense_forward"""

@_kernel("nabla_sparse_update_f32 x out inputs alpha d d.ld beta panels bias member")
def sparse_update(out, alpha, d: Rows("m; padded(out)"), x: Batch, beta, panels: Out("panels_size(out, inputs)"),
                  bias: Out("padded(out)"), member=None): """dense_update"""

# ------------------------------------------------------------------------------------- update rules and dropout
@_kernel("nabla_dense_rule_f32 rule m out inputs d d.ld x x.ld layer member")
def dense_rule(rule: Struct(Rule), out, d: Rows("m; padded(out)"), x: Rows("m; inputs"), layer: Layer, member=None):
    """One step, of `layer`"""

@_kernel("nabla_sparse_rule_f32 rule x out inputs d d.ld layer member")
def sparse_rule(rule: Struct(Rule), out, d: Rows("m; padded(out)"), x: Batch, layer: Layer, member=None):
    """dense_rule"""

@_kernel("nabla_dropout_masks m n drop seed stream samples masks masks.ld member")
def dropout_masks(n, drop, seed, stream, masks: OutRows("m; padded(n) // 16", np.uint16),
                  samples: Array("m", np.uint32) = None, member=None): """A bit for each of n neurons"""

@_kernel("nabla_dropout_f32 m n scale masks masks.ld a a.ld out out.ld member")
def dropout(n, scale, masks: Rows("m; padded(n) // 16", np.uint16), a: Rows("m; padded(n)"),
            out: OutRows("m; padded(n)", over="a"), member=None): """out = a scale where the mask's bit is 1, else 0"""

@_kernel("nabla_sparse_dropout count entries mask to", _SIZE, False)
def _sparse_dropout(entries: Array("count", np.uint16), mask: Array("words", np.uint16),
                    to: Out("count", np.uint16, over="entries")): """Of a mask that is known to be long enough"""

def sparse_dropout(entries, mask, to):
    """Copies the entries of a row that its mask keeps, and returns how many"""
    if 16 * np.size(mask) <= int(np.sum(np.bitwise_and(entries, 255), dtype=np.int64)):
        _fail("sparse_dropout: mask", "a bit for every column", f"{np.size(mask)} words")
    return _sparse_dropout(entries, mask, to)

# ------------------------------------------------------------------------- augmentation: pictures distorted at random
gaussian_size = _kernel("nabla_gaussian_size sigma", _SIZE, False)(lambda sigma: None)
elastic_workspace = _kernel("nabla_elastic_workspace rows columns", _SIZE, False)(lambda rows, columns: None)
warp_workspace = _kernel("nabla_warp_workspace rows columns", _SIZE, False)(lambda rows, columns: None)

@_kernel("nabla_affine_maps distortion rows columns seed stream m samples maps")
def affine_maps(distortion: Struct(Distortion), rows, columns, seed, stream, maps: Out("m", AFFINE_MAP),
                samples: Array("m", np.uint32) = None): """The map of each sample"""

@_kernel("nabla_gaussian_f32 sigma taps")
def gaussian(sigma, taps: Out("gaussian_size(sigma)")): """A Gaussian with sum 1"""

@_kernel("nabla_elastic_field_f32 rows columns terms taps alpha seed stream sample workspace dx dy columns")
def elastic_field(taps: Array("terms"), alpha, seed, stream, sample, dx: Out("rows; columns"), dy: Out("rows; columns"),
                  workspace: Out("elastic_workspace(rows, columns)")): """How far each pixel is displaced"""

@_kernel("nabla_warp_u8 rows columns picture map dx dy columns workspace out")
def warp(picture: Array("rows; columns", np.uint8), map: Array("1", AFFINE_MAP), out: Out("rows; columns", np.uint8),
         workspace: Out("warp_workspace(rows, columns)", np.uint32), dx: Array("rows; columns") = None,
         dy: Array("rows; columns") = None): """The picture, read at each pixel's source, which dx and dy displace"""

@_kernel("nabla_sparse_pack_row inputs pixels entries", _SIZE, False)
def sparse_pack_row(pixels: Array("inputs", np.uint8), entries: Out("inputs", np.uint16)):
    """Entries of one row, and returns how many"""
