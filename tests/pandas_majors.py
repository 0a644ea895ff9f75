"""Runs `tests/pandas_compat` under the oldest and the newest major of pandas that evalkit supports (`make test-all`).

Each major has a virtual environment of its own beside this checkout, `.venv-pandas2` and `.venv-pandas3`, made when it
is missing or when pyproject.toml or this Python changed.

    python tests/pandas_majors.py [--install] [2] [3]

With `--install` the environments are made, and that is all.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from one_at_a_time import one_at_a_time  # run as a script: this folder is on the path

ROOT = Path(__file__).resolve().parent.parent
MAJORS = {"2": "pandas>=2.2,<3", "3": "pandas>=3,<4"}


def main(majors: list[str]) -> int:
    """The number of majors under which a test failed."""
    only_install, majors = "--install" in majors, [major for major in majors if major != "--install"]
    unknown = [major for major in majors if major not in MAJORS]
    if unknown:
        print(f"pandas {unknown[0]} is not one of {', '.join(MAJORS)}", file=sys.stderr)
        return 2
    return sum(not passes(major, only_install) for major in majors or list(MAJORS))


def passes(major: str, only_install: bool = False) -> bool:
    """Make the environment if need be, and run the tests in it."""
    try:
        python = environment(major)
    except subprocess.CalledProcessError as error:
        print(f"pandas {major}: the environment cannot be made (exit {error.returncode} of {error.cmd})")
        return False
    if only_install:
        return True
    env = {**os.environ, "EVALKIT_PANDAS_MAJOR": major, "EVALKIT_NO_SKIP": "1"}
    command = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/pandas_compat"]
    print(f"pandas {major}:", flush=True)
    return subprocess.run(command, cwd=ROOT, env=env, check=False).returncode == 0


def environment(major: str) -> Path:
    """The Python of the environment of one major.

    Raises:
        CalledProcessError: pip could not install what is needed.
    """
    folder = ROOT / f".venv-pandas{major}"
    python, stamp = folder / "bin" / "python", folder / ".made"
    wanted = hashlib.sha256(
        (ROOT / "pyproject.toml").read_bytes() + f"{MAJORS[major]} {sys.version}".encode()
    ).hexdigest()
    if stamp.is_file() and python.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return python
    print(f"setting up {folder.name} ...", flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "--no-compile", "--disable-pip-version-check"]
    packages = ["-e", f"{ROOT}[pandas]", "hypothesis>=6.100", "pytest>=8", MAJORS[major]]
    subprocess.run([*install, *packages], cwd=ROOT, check=True)
    stamp.write_text(wanted, encoding="utf-8")
    return python


if __name__ == "__main__":
    with one_at_a_time():
        sys.exit(main(sys.argv[1:]))
