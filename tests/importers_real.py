"""Re-makes the logs of `tests/importers` with the real tools and runs its tests on them (`make test-all`).

Each tool has an environment of its own beside this checkout, `.venv-peers-TOOL` (promptfoo: `.venv-peers-promptfoo`, of
npm), made when it is missing or when its requirement or this Python changed. A tool that cannot be installed is a
failure; promptfoo is left out where there is no node 20, but not under EVALKIT_NO_SKIP.

    python tests/importers_real.py [--install] [inspect_ai] [promptfoo] [deepeval] [lm_eval] [mlflow]

With `--install` the environments are made, and that is all.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from one_at_a_time import one_at_a_time  # run as a script: this folder is on the path

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = ROOT / "tests" / "importers" / "make_logs"
PACKAGES = {"inspect_ai": "inspect-ai", "deepeval": "deepeval", "lm_eval": "lm-eval", "mlflow": "mlflow"}
PROMPTFOO = "promptfoo@>=0.121.20"
TOOLS = ("inspect_ai", "promptfoo", "deepeval", "lm_eval", "mlflow")
_NODE = 20
_INSTALL, _MAKE = 900.0, 240.0  # seconds that a step may take at most: one that hangs fails, and says which


def main(tools: list[str]) -> int:
    """The number of tools whose logs could not be made, or are not read as their tool reads them."""
    only_install, tools = "--install" in tools, [tool for tool in tools if tool != "--install"]
    unknown = [tool for tool in tools if tool not in TOOLS]
    if unknown:
        print(f"{unknown[0]} is not one of {', '.join(TOOLS)}", file=sys.stderr)
        return 2
    asked = list(tools or TOOLS)
    missing = without_node() if "promptfoo" in asked else None
    if missing:
        print(f"promptfoo: left out: {missing}", flush=True)
        asked.remove("promptfoo")
    failed = int(bool(missing and os.environ.get("EVALKIT_NO_SKIP")))
    with tempfile.TemporaryDirectory(prefix="evalkit-peers-") as folder, ThreadPoolExecutor() as pool:
        logs = Path(folder)
        commands = {tool: pool.submit(command_of, tool, logs / tool) for tool in asked}  # installing is waiting
        check = installed if only_install else passes
        return failed + sum(not check(tool, commands[tool], logs) for tool in asked)


def command_of(tool: str, made: Path) -> list[str]:
    """The command that makes the logs, once its environment is there.

    Raises:
        CalledProcessError: it cannot be installed.
    """
    made.mkdir()
    return javascript(made) if tool == "promptfoo" else python(tool, made)


def installed(tool: str, command: Future[list[str]], logs: Path) -> bool:
    """Wait for the environment of one tool."""
    error = command.exception()
    if error is not None:
        print(f"  {tool} CANNOT BE INSTALLED: {error}", flush=True)
    return error is None


def passes(tool: str, command: Future[list[str]], logs: Path) -> bool:
    """Make the logs of one tool, and test on them."""
    try:
        ready = command.result()
        print(f"{tool}:", flush=True)
        subprocess.run(ready, cwd=logs, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=_MAKE)
    except subprocess.CalledProcessError as error:
        told = (error.stderr or b"").decode("utf-8", "replace")[-2000:]
        print(f"  THE LOGS CANNOT BE MADE ({tool}: exit {error.returncode} of {error.cmd}):\n{told}", flush=True)
        return False
    except subprocess.TimeoutExpired as error:
        print(f"  THE LOGS CANNOT BE MADE ({tool}): {error.cmd} took longer than {error.timeout:.0f} s", flush=True)
        return False
    chosen = {"inspect_ai": "inspect", "lm_eval": "lm_eval"}.get(tool, tool)
    tests = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/importers/test_real_logs.py", "-k", chosen]
    env = {**os.environ, "EVALKIT_PEER_LOGS": str(logs)}
    try:
        return subprocess.run([sys.executable, *tests], cwd=ROOT, env=env, check=False, timeout=_MAKE).returncode == 0
    except subprocess.TimeoutExpired:
        print(f"  THE TESTS DID NOT END ({tool}): they took longer than {_MAKE:.0f} s", flush=True)
        return False


def requirement(tool: str) -> str:
    """The tool with its lower bound, as the extra `peers` of pyproject.toml names it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return next(one for one in project["optional-dependencies"]["peers"] if one.startswith(PACKAGES[tool]))


def python(tool: str, made: Path) -> list[str]:
    """The command that makes the logs of a tool in Python, in its environment.

    Raises:
        CalledProcessError: pip could not install it.
    """
    folder = ROOT / f".venv-peers-{tool}"
    binary = folder / "bin" / "python"
    if fresh(folder, requirement(tool)):
        print(f"setting up {folder.name} ...", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        install = [str(binary), "-m", "pip", "install", "--quiet", "--no-compile", "--disable-pip-version-check"]
        command = [*install, requirement(tool)]
        subprocess.run(command, cwd=ROOT, check=True, stderr=subprocess.PIPE, timeout=_INSTALL)
        stamp(folder, requirement(tool))
    script = SCRIPTS / {"inspect_ai": "inspect_.py"}.get(tool, f"{tool}_.py")
    return [str(binary), str(script), str(made)]


def javascript(made: Path) -> list[str]:
    """The command that makes the logs of promptfoo.

    Raises:
        CalledProcessError: npm could not install it.
    """
    folder = ROOT / ".venv-peers-promptfoo"
    if fresh(folder, PROMPTFOO):
        print(f"setting up {folder.name} ...", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        install = ["npm", "install", "--no-audit", "--no-fund", "--silent", PROMPTFOO]
        subprocess.run(install, cwd=folder, check=True, stderr=subprocess.PIPE, timeout=_INSTALL)
        stamp(folder, PROMPTFOO)
    return ["node", str(SCRIPTS / "promptfoo.mjs"), str(folder), str(made)]


def without_node() -> str | None:
    """Why there is no node to run promptfoo with; None: there is."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return f"there is no node (version {_NODE} or newer is needed)"
    told = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
    major = told.strip().removeprefix("v").partition(".")[0]
    return None if major.isdigit() and int(major) >= _NODE else f"node is {told.strip()}; {_NODE} or newer is needed"


def fresh(folder: Path, wanted: str) -> bool:
    """Whether the environment has to be made anew."""
    made = folder / ".made"
    return not (made.is_file() and made.read_text(encoding="utf-8") == mark(wanted))


def stamp(folder: Path, wanted: str) -> None:
    """Note what the environment was made of."""
    (folder / ".made").write_text(mark(wanted), encoding="utf-8")


def mark(wanted: str) -> str:
    """What an environment depends on."""
    return hashlib.sha256(f"{wanted} {sys.version}".encode()).hexdigest()


if __name__ == "__main__":
    with one_at_a_time():
        sys.exit(main(sys.argv[1:]))
