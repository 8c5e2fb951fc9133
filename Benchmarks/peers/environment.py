"""The Python the peers run in: a virtual environment in .build/peers, made on first use from pinned packages.

PyTorch is apart, because its package brings gigabytes of GPU libraries that nobody here needs, and so is what only tables
are compared with.
"""

import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
FOLDER = ROOT / ".build/peers"


def python(*extras):
    """The environment's interpreter; makes the environment and installs what is missing in it.

    `extras` are "torch" and "tables": the packages of requirements-NAME.txt.
    """
    interpreter = FOLDER / "bin/python"
    if not interpreter.exists():
        say(f"Making a virtual environment in {FOLDER.relative_to(ROOT)}")
        run([sys.executable, "-m", "venv", "--clear", FOLDER],
            "no virtual environment could be made; on Debian: apt-get install python3-venv")
    for requirements in ["requirements.txt", *(f"requirements-{name}.txt" for name in extras)]:
        wanted = (HERE / requirements).read_text()
        installed = FOLDER / f"installed-{requirements}"
        if not installed.exists() or installed.read_text() != wanted:
            say(f"Installing {', '.join(wanted.split())}")
            run([interpreter, "-m", "pip", "install", "--quiet", "--requirement", HERE / requirements],
                "the peers could not be installed (Python 3.11 or newer, and a network, are needed)")
            installed.write_text(wanted)
    return interpreter


def run(command, message):
    """Runs a command, and ends the program with `message` where it fails."""
    if subprocess.run(command).returncode:
        sys.exit(message)


def say(line):
    print(line, file=sys.stderr, flush=True)
