"""1,000 judged cases at an endpoint that fails in five ways, one of which is to hang for a minute.

Promised: done within the judge's default timeout (30 s) + 5 s; every case scored, or unscored with its reason.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from measure import Figure, inside, show

from judging.judged_suite import RUN, write_suite
from judging.transports import LATENCY, VERDICT
from tests.server_process import endpoint

CASES = 1_000
TIMEOUT = 30.0  # seconds: evalkit.engine.limits.JUDGE_TIMEOUT
FAULTS = {"rate_limited": 0.1, "server_error": 0.05, "truncated": 0.01, "garbage": 0.01, "hanging": 0.01}


def main() -> None:
    """Measure and print."""
    with endpoint(VERDICT, latency=LATENCY, **FAULTS) as there, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_suite(folder, CASES, {"model": "openai:m", "base_url": there.url, "concurrency": 100})
        found = inside(RUN, folder)
        counts = there.counts()
    said = found["said"]
    unscored = sum(n for reason, n in said.items() if reason != "correct")
    told = f"{counts['requests']:,} requests; verdicts {said}; met {counts['counts']}"
    show(
        [
            Figure("1,000 cases, five kinds of faults: seconds", found["wall"], TIMEOUT + 5, "s", told),
            Figure("the same: cases without a verdict or a reason", CASES - sum(said.values()), 0, "cases", told),
            Figure("the same: cases unscored, with a reason", unscored, 10, "cases", told),
            Figure("the same: scored wrong", abs(found["point"] - 1.0), 0, "", told),
        ]
    )


if __name__ == "__main__":
    main()
