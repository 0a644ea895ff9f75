"""Run every benchmark and write RESULTS.md: one line a claim, measured here and now."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent
SCRIPTS = [
    ["start_up.py"],
    ["recorded.py", "--million"],
    ["report_page.py"],
    ["async_system.py"],
    ["matching_speed.py"],
    ["stats_speed.py"],
    ["judging/transports.py"],
    ["judging/runner.py"],
    ["judging/warm.py"],
    ["judging/faults.py"],
    ["judging/selective.py"],
    ["judging/correction.py", "--replicates", "400"],
]


def main() -> None:
    """Run, write, and end with 1 when a promise does not hold."""
    rows = []
    for script, *arguments in SCRIPTS:
        done = subprocess.run(
            [sys.executable, str(HERE / script), *arguments], stdout=subprocess.PIPE, text=True, check=True
        )
        rows += [{**json.loads(line), "script": script} for line in done.stdout.splitlines()]
    (HERE / "RESULTS.md").write_text(page(rows), encoding="utf-8")
    sys.exit(not all(row["ok"] for row in rows))


def page(rows: list[dict[str, object]]) -> str:
    """The results as Markdown."""
    head = [
        "# Results",
        "",
        "Written by `make bench`. Ratios are against a bare equivalent in the same run, so that they carry over to",
        "other machines; seconds do not.",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {platform.system()} {platform.machine()}, "
        f"{_cores()} cores.",
        "",
        "| claim | measured | bound | holds | how | script |",
        "|---|---|---|---|---|---|",
    ]
    return "\n".join([*head, *(_line(row) for row in rows), ""])


def _line(row: dict[str, object]) -> str:
    holds = "yes" if row["ok"] else "NO"
    measured = f"{row['value']:.3g} {row['unit']}"
    return f"| {row['claim']} | {measured} | {row['bound']:g} | {holds} | {row['detail']} | `{row['script']}` |"


def _cores() -> int:
    import os

    return os.cpu_count() or 1


if __name__ == "__main__":
    main()
