"""The same 1,000 judged cases again: nothing is asked, and next to nothing is computed."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from measure import Figure, inside, show

from judging.judged_suite import RUN, write_suite
from judging.transports import VERDICT
from tests.server_process import endpoint

CASES = 1_000
# One case first, in a workspace of its own, so that imports and first calls are not counted.
FIRST = """
import evalkit
evalkit.run("one/suite.yaml", candidate="recorded:one/answers.jsonl", workspace="one/ws")
"""


def main() -> None:
    """Measure and print."""
    with endpoint(VERDICT) as there, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        judge = {"model": "openai:m", "base_url": there.url, "concurrency": 100}
        write_suite(folder, CASES, judge)
        (folder / "one").mkdir()
        write_suite(folder / "one", 1, judge)
        inside(FIRST + RUN, folder)
        before = there.counts()["requests"]
        found = min((inside(FIRST + RUN, folder) for _ in range(3)), key=lambda one: one["cpu"])
        asked = there.counts()["requests"] - before
    told = f"{found['cpu']:.3f} s CPU, {found['wall']:.3f} s; read, looked up, scored, recorded"
    show(
        [
            Figure("1,000 judged cases again: requests", asked, 0, "requests", told),
            Figure("1,000 judged cases again: CPU a case", 1e3 * found["cpu"] / CASES, 0.15, "ms", told),
        ]
    )


if __name__ == "__main__":
    main()
