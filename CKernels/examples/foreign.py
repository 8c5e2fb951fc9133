"""Other people's programs with the kernels in their place: what darknet/run, genann/run and llmc/run share.

Each is given the folder of a checkout, which it leaves as it is. It makes two copies, gives one of them the bodies of
functions that stand beside it (NAME.c is the new body of NAME), builds work.c with both, runs them in turns on one
thread, and says how many lines it took, which is faster, and how far the results are apart.
"""
import argparse
import array
import difflib
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

KERNELS = pathlib.Path(__file__).resolve().parent.parent


def replaced_body(code, function, body):
    """The code with another body for a function that is defined at the beginning of a line."""
    start = re.search(r"^\w[^;{}()]*\b%s\([^;{}]*\)\s*\{" % function, code, re.M)
    if not start:
        sys.exit(f"{function}: expected its definition, found none: another version of the program?")
    end = code.index("\n}", start.end())
    return code[: start.end()] + "\n" + body.rstrip("\n") + code[end:]


class Example:
    """Copies of a checkout in a temporary folder: `before`, as it is, and `after`."""

    def __init__(self, script, differing):
        """`differing`: how far results may be apart, of the largest one."""
        self.folder, self.differing = pathlib.Path(script).resolve().parent, differing
        parser = argparse.ArgumentParser(description=f"Runs {self.folder.name} without and with the kernels.")
        parser.add_argument("checkout", type=pathlib.Path, help="a folder with the program's sources")
        parser.add_argument("--library", type=pathlib.Path, help="libnabla_kernels.a; built if it is not given")
        parser.add_argument("--rounds", type=int, default=1, help="how often a run does its work")
        parser.add_argument("--pairs", type=int, default=5, help="how many runs of each")
        self.options = parser.parse_args()

    def __enter__(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="nabla-")
        root = pathlib.Path(self.temporary.name)
        self.before, self.after = root / "before", root / "after"
        for copy in (self.before, self.after):
            shutil.copytree(self.options.checkout, copy, ignore=shutil.ignore_patterns(".git"))
        self.library = self.options.library and self.options.library.resolve()
        if self.library is None:
            print("building the kernels", flush=True)
            build = root / "kernels"
            self.command("cmake", "-S", KERNELS, "-B", build, "-DBUILD_TESTING=OFF", "-DNABLA_OPENMP=OFF")
            self.command("cmake", "--build", build, "--target", "nabla_kernels_static")
            self.library = build / "libnabla_kernels.a"
        return self

    def __exit__(self, *_):
        self.temporary.cleanup()

    def change(self, file, edit):
        """Gives the copy `after` what `edit` makes of a file's text."""
        path = self.after / file
        path.write_text(edit(path.read_text()))

    def use_kernels(self, file, *functions):
        """Gives functions of a file the bodies that stand beside the script."""
        for function in functions:
            body = (self.folder / f"{function}.c").read_text()
            self.change(file, lambda code: replaced_body(code, function, body))
        self.change(file, lambda code: "#include <nabla_kernels.h>\n" + code)

    def build(self, *commands):
        """Runs the commands in both copies; FLAGS becomes what finds the kernels' header, LIBRARY the kernels."""
        words = {"FLAGS": [f"-I{KERNELS / 'include'}", f"-I{self.folder}"], "WORK": [self.folder / "work.c"],
                 "LIBRARY": [self.library, "-fopenmp", "-lm"]}
        for copy in (self.before, self.after):
            for command in commands:
                self.command(*(part for word in command for part in words.get(word, [word])), folder=copy)

    def command(self, *words, folder=None):
        made = subprocess.run([str(word) for word in words], cwd=folder, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        if made.returncode:
            sys.exit(f"{made.stdout}\nfailed: {' '.join(map(str, words))}")

    def lines(self):
        """Lines that went out and came in."""
        out = into = 0
        for path in self.after.rglob("*.[ch]"):
            old = (self.before / path.relative_to(self.after)).read_text(errors="replace").splitlines()
            for line in difflib.unified_diff(old, path.read_text(errors="replace").splitlines(), n=0):
                out += line.startswith("-") and not line.startswith("---")
                into += line.startswith("+") and not line.startswith("+++")
        return out, into

    def work(self, copy):
        """Seconds that the work took, as the program says, and its results."""
        results = copy / "results.bin"
        environment = dict(os.environ, OMP_NUM_THREADS="1")
        ran = subprocess.run(["./work", str(self.options.rounds), str(results)], cwd=copy, stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, text=True, env=environment)
        if ran.returncode:
            sys.exit(f"failed: {copy.name}/work (status {ran.returncode})")
        floats = array.array("f")
        floats.frombytes(results.read_bytes())
        return float(ran.stdout.split()[-1]), floats

    def compare(self):
        name, seconds, distance = self.folder.name, {self.before: [], self.after: []}, 0
        for _ in range(self.options.pairs):
            found = {}
            for copy in seconds:
                took, found[copy] = self.work(copy)
                seconds[copy].append(took)
            old, new = found[self.before], found[self.after]
            if len(old) != len(new) or not old:
                sys.exit(f"{name}: expected {len(old)} results, found {len(new)}")
            largest = max(map(abs, old))
            apart = max(abs(x - y) for x, y in zip(old, new))
            if not apart <= self.differing * largest:  # NaN is no less
                sys.exit(f"{name}: results differ by {apart:.2g}, expected {self.differing * largest:.2g} at most")
            distance = max(distance, apart)
        ratios = sorted(x / y for x, y in zip(seconds[self.before], seconds[self.after]))
        print("%s: %d lines out, %d in" % (name, *self.lines()))
        print(f"{name}: {statistics.median(seconds[self.before]):.4f} s before, "
              f"{statistics.median(seconds[self.after]):.4f} s with the kernels: {statistics.median(ratios):.2f} times "
              f"as fast ({ratios[0]:.2f} to {ratios[-1]:.2f} in {len(ratios)} pairs)")
        print(f"{name}: {len(old)} results, largest {largest:.3g}, differ by {distance:.2g} at most")
