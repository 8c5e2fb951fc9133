#!/usr/bin/env python3
"""Tests examples/foreign.py on a program with a loop of its own; and genann, llm.c and darknet where NABLA_FOREIGN
names a folder with checkouts of those names.

    python3 test_foreign.py libnabla_kernels.a
"""
import os
import pathlib
import subprocess
import sys
import tempfile

EXAMPLES = pathlib.Path(__file__).resolve().parent.parent / "examples"
LIBRARY = os.path.abspath(sys.argv[1])
sys.dont_write_bytecode = True
sys.path.insert(0, str(EXAMPLES))
from foreign import replaced_body

SCALE = """#include "scale.h"

static float unused(void)
{
    return 1;
}

void scale(int n, float by,
           float *x) {
    for (int i = 0; i < n; ++i) {
        x[i] *= by;
    }
}
"""
WORK = """#include "work.h"
#include "scale.h"
int main(int count, char **arguments)
{
    float x[3] = {1, 2, 4};
    scale(3, 2.5f, x);
    for (int i = 0; i < 3 && count == 3; ++i) append_result(arguments[2], x[i]);
    printf("1e-3\\n");
    return 0;
}
"""
BODY = "    nabla_axpy_f32(n, {}, (const float[]){{1, 2, 4}}, x, NULL);\n"
RUN = """
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, {examples!r})
from foreign import Example
with Example(__file__, differing=1e-6) as program:
    program.use_kernels("scale.c", {function!r})
    program.build(["cc", "-I.", "-I" + {examples!r}, "FLAGS", "WORK", "scale.c", "LIBRARY", "-o", "work"])
    program.compare()
"""


def run(by, function="scale"):
    """The output of a program whose loop becomes axpy: x += (by - 1) x."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for path, text in {"toy/run": RUN.format(examples=str(EXAMPLES), function=function), "toy/work.c": WORK,
                           f"toy/{function}.c": BODY.format(by), "checkout/scale.c": SCALE,
                           "checkout/scale.h": "void scale(int n, float by, float *x);\n"}.items():
            (folder / path).parent.mkdir(exist_ok=True)
            (folder / path).write_text(text)
        ran = subprocess.run([sys.executable, folder / "toy/run", folder / "checkout", "--library", LIBRARY, "--pairs",
                              "2"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert (folder / "checkout/scale.c").read_text() == SCALE, "the checkout is not left as it was"
        return ran.returncode, ran.stdout + ran.stderr


other = replaced_body(SCALE, "scale", "    return;\n")
assert "unused" in other and "*=" not in other and other.endswith(" {\n    return;\n}\n"), other
status, output = run("1.5f")
assert status == 0 and "toy: 3 lines out, 2 in" in output, output
assert "1.00 times as fast" in output and "3 results, largest 10, differ by 0 at most" in output, output
status, output = run("1.6f")
assert status == 1 and "results differ by 0.4" in output, output
status, output = run("1.5f", function="none")
assert status == 1 and "none: " in output, output

FOREIGN = os.environ.get("NABLA_FOREIGN")
for name, folder in (("genann", "genann"), ("llmc", "llm.c"), ("darknet", "darknet")):
    if FOREIGN and (pathlib.Path(FOREIGN) / folder).is_dir():
        subprocess.run([sys.executable, EXAMPLES / name / "run", pathlib.Path(FOREIGN) / folder, "--library", LIBRARY,
                        "--pairs", "1"], check=True)
print("passed")
