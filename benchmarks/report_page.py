"""The report of 10,000 cases: time beyond imports, and size."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from measure import Figure, inside, show
from recorded import SUITE, write

CODE = """
import time
from pathlib import Path
import evalkit
from evalkit.app.api import open_store
from evalkit.app.dossier import assemble
from evalkit.report import html
answers, store = "recorded:answers.jsonl", open_store("ws")
record = evalkit.run("suite.yaml", candidate=answers, baseline=answers, workspace=store)
html.render(assemble(evalkit.run("suite.yaml", candidate=answers, workspace=store, limit=5), store))
started = time.perf_counter()
page = html.render(assemble(record, store))
RESULT = {"seconds": time.perf_counter() - started, "bytes": len(page.encode())}
"""


def main() -> None:
    """Measure and print."""
    found = []
    for _ in range(3):
        with tempfile.TemporaryDirectory() as name:
            write(Path(name), 10_000)
            (Path(name) / "suite.yaml").write_text(SUITE, encoding="utf-8")
            found.append(inside(CODE, Path(name)))
    best = min(found, key=lambda f: f["seconds"])
    show(
        [
            Figure("report of 10,000 cases, beyond imports", best["seconds"], 2, "s", "tables read and page rendered"),
            Figure("report of 10,000 cases", best["bytes"] / 1e6, 3, "MB", "two variants"),
        ]
    )


if __name__ == "__main__":
    main()
