"""Builds shim.c, runs nabla under it, and makes the small files that the commands read."""
import binascii
import gzip
import os
import random
import shutil
import signal
import struct
import subprocess
import zipfile
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
# What Documentation/Formats.md says a run can end with. Nobody interrupts these runs, so 130 is not among them.
EXIT_CODES = {0, 64, 65, 66, 73, 74}
LONGEST_SECONDS = 20


def build_shim(folder):
    """Compiles the shim with whichever compiler is there, and returns its path."""
    shim = os.path.join(folder, "shim.so")
    compiler = os.environ.get("CC") or next(c for c in ("clang", "gcc", "cc") if shutil.which(c))
    subprocess.run([compiler, "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", shim,
                    os.path.join(HERE, "shim.c")], check=True)
    return shim


def forget(pid):
    """Removes what a killed process cannot: OpenMP's runtime has a file in shared memory, by process number."""
    try:
        os.unlink(f"/dev/shm/__KMP_REGISTERED_LIB_{pid}_{os.getuid()}")
    except OSError:
        pass


class Run:
    """A finished run: `status` is negative for a signal, None where it took too long."""

    def __init__(self, status, output, errors):
        self.status, self.output, self.errors = status, output, errors

    def ending(self):
        if self.status is None:
            return f"still runs after {LONGEST_SECONDS} s"
        return f"exit {self.status}" if self.status >= 0 else signal.Signals(-self.status).name


class Program:
    """nabla, with or without a fault."""

    def __init__(self, nabla, shim):
        self.nabla, self.shim = nabla, shim

    def run(self, words, folder, fault=None, stdin=None, environment=None):
        """Runs `nabla words` in `folder`. `fault` holds the shim's settings; None leaves the shim out."""
        variables = dict(os.environ, TMPDIR=os.path.join(folder, "tmp"), SWIFT_BACKTRACE="enable=no", **environment or {})
        os.makedirs(variables["TMPDIR"], exist_ok=True)
        if fault is not None:
            variables["LD_PRELOAD"] = self.shim
            variables.update({f"FAULT_{name}": str(value) for name, value in fault.items()})
        source = open(stdin, "rb") if stdin else subprocess.DEVNULL
        try:
            process = subprocess.Popen([self.nabla, *words], cwd=folder, env=variables, stdin=source,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        finally:
            if stdin:
                source.close()
        try:
            output, errors = process.communicate(timeout=LONGEST_SECONDS)
            status = process.returncode
        except subprocess.TimeoutExpired:
            process.kill()
            output, errors = process.communicate()
            status = None
        forget(process.pid)
        return Run(status, output, errors.decode(errors="replace"))

    def counts(self, words, folder, **more):
        """The run without a fault, and how many calls of each class it made."""
        path = os.path.join(folder, "tmp", "counts")
        result = self.run(words, folder, fault={"COUNTS": path}, **more)
        with open(path, encoding="ascii") as text:
            counts = {name: int(count) for name, count in (line.split() for line in text)}
        os.unlink(path)
        return result, counts


def idx(sizes, content):
    return struct.pack(f">HBB{len(sizes)}I", 0, 8, len(sizes), *sizes) + content


def npy(kind, shape, content):
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + content


def png(rows, columns, pixels):
    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", binascii.crc32(name + content))
    lines = b"".join(b"\0" + pixels[row * columns:(row + 1) * columns] for row in range(rows))
    header = struct.pack(">IIBBBBB", columns, rows, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


def write(path, content):
    with open(path, "wb") as file:
        file.write(content)


def make_inputs(folder):
    """Writes the same small pictures as IDX (plain and gzip), NPZ and PNG, and a table with words and empty cells."""
    dice = random.Random(1)
    count, side = 60, 8
    labels = bytes(index % 3 for index in range(count))
    pictures = b"".join(
        bytes(min(255, 80 * label + dice.randrange(90)) for _ in range(side * side)) for label in labels)
    os.makedirs(os.path.join(folder, "idx"))
    write(os.path.join(folder, "idx/train-images-idx3-ubyte"), idx([count, side, side], pictures))
    write(os.path.join(folder, "idx/train-labels-idx1-ubyte.gz"), gzip.compress(idx([count], labels), mtime=0))
    write(os.path.join(folder, "idx/t10k-images-idx3-ubyte.gz"), gzip.compress(idx([count, side, side], pictures), mtime=0))
    write(os.path.join(folder, "idx/t10k-labels-idx1-ubyte"), idx([count], labels))
    write(os.path.join(folder, "digit.png"), png(side, side, pictures[:side * side]))
    with zipfile.ZipFile(os.path.join(folder, "arrays.npz"), "w", zipfile.ZIP_DEFLATED) as archive:
        floats = struct.pack(f"<{count * 4}f", *(labels[i // 4] + dice.random() for i in range(count * 4)))
        archive.writestr("X.npy", npy("<f4", (count, 4), floats))
        archive.writestr("y.npy", npy("|u1", (count,), labels))
    rows = ["length,width,colour,species"]
    for label in labels:
        width = "" if dice.random() < 0.1 else f"{label + dice.random():.3f}"
        rows.append(f"{label * 2 + dice.random():.3f},{width},{'red green blue'.split()[dice.randrange(3)]},s{label}")
    write(os.path.join(folder, "table.csv"), ("\n".join(rows) + "\n").encode())
    # Enough text for two threads.
    write(os.path.join(folder, "large.csv"), ("\n".join(rows[:1] + rows[1:] * 300) + "\n").encode())
