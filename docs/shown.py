"""Rewrite what the pages show as output: `python -m docs.shown [PAGE ...]`, then read the difference.

A page is executed as its test executes it (see `tests/test_docs.py`). An output that differs is replaced by what was
printed; one with lines `...` is left, and named, because a person chose what it leaves out.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.test_docs import PAGES, blocks, executed, runnable, told


def rewritten(page: Path, folder: Path) -> tuple[str, list[str]]:
    """The page with the outputs of today, and the outputs that a person has to look at."""
    text, end, pieces, left, done = page.read_text(encoding="utf-8"), 0, [], [], None
    for block in blocks(page):
        key, value, body = block["key"], block["value"], block["body"]
        if key == "file":
            path = folder / value
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(body, encoding="utf-8")
        elif key == "output":
            assert done is not None
            printed = done.stderr if value == "stderr" else done.stdout
            if told(body, printed):
                continue
            if "\n...\n" in f"\n{body}":
                left.append(f"{page}: shown\n{body}printed\n{printed}")
                continue
            pieces += [text[end : block.start("body")], printed.strip("\n") + "\n"]
            end = block.end("body")
        elif key != "not run" and block["kind"] in ("sh", "python"):
            done = executed(block, folder)
            if done.returncode != (int(value) if key == "exit" else 0):
                left.append(f"{page}: exit {done.returncode} of\n{body}{done.stdout}{done.stderr}")
    return "".join([*pieces, text[end:]]), left


def main() -> int:
    """Every page, or those that are named; 1 where a person has to look."""
    wanted = [Path(name).resolve() for name in sys.argv[1:]]
    left: list[str] = []
    for page in wanted or [page for page in PAGES if runnable(page)]:
        with tempfile.TemporaryDirectory() as folder:
            text, more = rewritten(page, Path(folder))
        page.write_text(text, encoding="utf-8")
        left += more
    print("\n".join(left))
    return bool(left)


if __name__ == "__main__":
    raise SystemExit(main())
