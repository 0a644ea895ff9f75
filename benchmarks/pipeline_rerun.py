"""What a rerun of a pipeline adds to its imports when nothing changed: `python pipeline_rerun.py`.

Twelve stages in twelve files that import twelve more, an input of 200 MB, a lineage of 2,000 events. A rerun in a fresh
process reads all code, the environment, the lineage and the inputs' digests, and finds that nothing has to run. Taken
from it: the time to import the same modules in a fresh process. The best of ten each.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from measure import Figure, show, timed

from evalkit.app.pipeline.bench import Bench
from evalkit.app.pipeline.stages.file import read_project
from evalkit.app.pipeline.stages.run import Wanted, run

STAGES, EVENTS, MEGABYTES, ROUNDS = 12, 2_000, 200, 10
BOUND = 0.5  # seconds

RERUN = """
import sys
from evalkit.app.cli.main import cli
code = cli.main(["pipeline", "run", "--workspace", "ws", "--quiet"], standalone_mode=False)
if len(sys.argv) > 1:
    open(sys.argv[1], "w").write(" ".join(sys.modules))
sys.exit(code)
"""
IMPORTS = """
import importlib, sys
for name in open("modules").read().split():
    if name not in sys.modules and not name.startswith("__"):
        try:
            importlib.import_module(name)
        except ImportError:  # a name that some module made up for itself
            pass
"""


def write(folder: Path) -> None:
    """The pipeline: each stage takes what the one before it gave, and the first one the large file."""
    lines = ["pipeline: bench", "stages:"]
    for i in range(STAGES):
        source = "big.bin" if i == 0 else f"s{i - 1}.x"
        lines.append(f"  s{i}: {{uses: 's{i}.py:f', inputs: {{x: {source}}}, outputs: {{x: value}}}}")
        functions = "".join(f"def g{j}(x):\n    return [x + {j} for _ in range({j})]\n\n\n" for j in range(60))
        (folder / f"h{i}.py").write_text(functions)
        (folder / f"s{i}.py").write_text(f"import h{i}\n\n\ndef f(context):\n    return {{'x': {i}}}\n")
    (folder / "pipeline.yaml").write_text("\n".join(lines))
    (folder / "big.bin").write_bytes(bytes(1 << 20) * MEGABYTES)


def main() -> None:
    """Measure and print."""
    python = sys.executable
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder)
        bench = Bench(folder / "ws")
        assert run(bench, read_project(folder), Wanted()).exit_code == 0
        lengthen(bench)
        time.sleep(3)  # the large file is at rest: the first rerun remembers its digest
        timed([python, "-c", RERUN, "modules"], folder)
        reruns, imports = [], []
        for _ in range(ROUNDS):  # in turn, so that a busy moment of the machine is in both
            reruns.append(timed([python, "-c", RERUN], folder)[0])
            imports.append(timed([python, "-c", IMPORTS], folder)[0])
    added = min(reruns) - min(imports)
    detail = f"{min(reruns):.2f} s - {min(imports):.2f} s; {STAGES} stages, {2 * STAGES} files, {MEGABYTES} MB, "
    detail += f"{EVENTS} events"
    show([Figure("a rerun of a pipeline without a change, beyond its imports", added, BOUND, "s", detail)])


def lengthen(bench: Bench) -> None:
    """Runs of another pipeline, as a workspace has them after some months."""
    from evalkit.pipeline.stages.nouns import CHAIN

    data = next(event.data for event in bench.chains.events(CHAIN) if event.kind == "ran")
    for _ in range(EVENTS):
        bench.chains.append(CHAIN, "ran", {**data, "pipeline": "other"})


if __name__ == "__main__":
    main()
