"""Writes the generated pages of docs/reference: `python -m docs.make_reference` from the top of the repository.

With `--check` nothing is written, and the exit code is 1 when a page is not what would be written.
"""

from __future__ import annotations

import sys
from pathlib import Path

from docs.make_reference.cli_page import cli_page
from docs.make_reference.comparison_page import comparison_page
from docs.make_reference.evidence_page import evidence_page
from docs.make_reference.metrics_page import metrics_page
from docs.make_reference.python_page import python_page
from docs.make_reference.record_page import record_page

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
PAGES = {
    "cli.md": cli_page,
    "comparison.md": comparison_page,
    "evidence.md": evidence_page,
    "metrics.md": metrics_page,
    "python.md": python_page,
    "record.md": record_page,
}


def main(arguments: list[str]) -> int:
    """Write or check every page."""
    stale = 0
    for name, page in PAGES.items():
        file, text = REFERENCE / name, page()
        if file.exists() and file.read_text(encoding="utf-8") == text:
            continue
        stale += 1
        if "--check" not in arguments:
            file.write_text(text, encoding="utf-8")
        print(f"{'stale' if '--check' in arguments else 'written'}: {file.relative_to(REFERENCE.parents[1])}")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
