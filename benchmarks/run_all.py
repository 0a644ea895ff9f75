"""Run every benchmark and write RESULTS.md: one line a claim, measured here and now.

python benchmarks/run_all.py [SCRIPT.py ...]    # some of them; the lines of the others stay
"""

from __future__ import annotations

import json
import platform
import re
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "RESULTS.md"
SCRIPTS = [
    ["start_up.py"],
    ["recorded.py", "--million"],
    ["report_page.py"],
    ["report_site.py"],
    ["async_system.py"],
    ["matching_speed.py"],
    ["stats_speed.py"],
    ["judging/transports.py"],
    ["judging/runner.py"],
    ["judging/warm.py"],
    ["judging/faults.py"],
    ["judging/selective.py"],
    ["judging/correction.py", "--replicates", "400"],
    ["asof_join.py"],
    ["contract_check.py"],
    ["ingest_kills.py"],
    ["registry_cas.py"],
    ["canary.py"],
    ["ab_peeking.py", "--streams", "500"],
    ["drift_false_alarms.py"],
    ["alarms.py"],
    ["gateway.py"],
    ["pipeline_rerun.py"],
]


def main(only: Sequence[str]) -> None:
    """Run, write, and end with 1 when a promise does not hold.

    Args:
        only: scripts to run; the lines of the others stay as they are. None: all.
    """
    kept = _kept()
    for script, *arguments in SCRIPTS:
        if only and script not in only:
            continue
        done = subprocess.run(
            [sys.executable, str(HERE / script), *arguments], stdout=subprocess.PIPE, text=True, check=True
        )
        kept[script] = [_line(json.loads(line), script) for line in done.stdout.splitlines()]
        RESULTS.write_text(page([line for name, *_ in SCRIPTS for line in kept.get(name, [])]), encoding="utf-8")
    sys.exit(any("| NO |" in line for lines in kept.values() for line in lines))


def page(lines: Sequence[str]) -> str:
    """The results as Markdown."""
    head = [
        "# Results",
        "",
        "Written by `make bench`. Ratios are against a bare equivalent in the same run, so that they carry over to",
        "other machines; seconds do not.",
        "",
        f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, {_cores()} cores.",
        "",
        "| claim | measured | bound | holds | how | script | on |",
        "|---|---|---|---|---|---|---|",
    ]
    return "\n".join([*head, *lines, ""])


def _kept() -> dict[str, list[str]]:
    """Script -> its lines of last time."""
    found: dict[str, list[str]] = {}
    for line in RESULTS.read_text(encoding="utf-8").splitlines() if RESULTS.exists() else []:
        if script := re.search(r"\| `([^`]+)` \| \d{4}-\d\d-\d\d \|$", line):
            found.setdefault(script[1], []).append(line)
    return found


def _line(row: dict[str, Any], script: str) -> str:
    holds, today = "yes" if row["ok"] else "NO", f"{datetime.now(UTC):%Y-%m-%d}"
    measured = f"{row['value']:.3g} {row['unit']}"
    return f"| {row['claim']} | {measured} | {row['bound']:g} | {holds} | {row['detail']} | `{script}` | {today} |"


def _cores() -> int:
    import os

    return os.cpu_count() or 1


if __name__ == "__main__":
    main(sys.argv[1:])
