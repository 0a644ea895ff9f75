"""README and guides are executed: every `sh` and `python` block, in order, in an empty folder, as a reader would.

What the blocks need to know stands in HTML comments, which the page does not show:
`<!-- file: NAME -->` before a block writes it to a file, `<!-- exit: N -->` names the exit code of the next `sh` block,
`<!-- not run: WHY -->` leaves the next block out.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(
    r"(?:<!-- (?P<key>file|exit|not run): (?P<value>.*?) -->\s*\n)?^```(?P<kind>\w*)[^\n]*\n(?P<body>.*?)^```",
    re.MULTILINE | re.DOTALL,
)


def blocks(page: Path) -> list[re.Match[str]]:
    """Fenced blocks of a page."""
    return list(BLOCK.finditer(page.read_text(encoding="utf-8")))


def runnable(page: Path) -> bool:
    """Whether anything of the page is executed."""
    return any(b["key"] != "not run" and b["kind"] in ("sh", "python") for b in blocks(page))


@pytest.mark.parametrize("page", [p for p in PAGES if runnable(p)], ids=lambda p: str(p.relative_to(ROOT)))
def test_every_block_runs(page: Path, tmp_path: Path) -> None:
    scripts = Path(sys.executable).parent
    env = {**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}", "NO_COLOR": "1"}
    for block in blocks(page):
        key, value, kind, body = block["key"], block["value"], block["kind"], block["body"]
        if key == "not run":
            continue
        if key == "file":
            path = tmp_path / value
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(body, encoding="utf-8")
        elif kind in ("sh", "python"):
            command = ["bash", "-euo", "pipefail", "-c", body] if kind == "sh" else [sys.executable, "-c", body]
            done = subprocess.run(
                command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120, check=False
            )
            wanted = int(value) if key == "exit" else 0
            assert done.returncode == wanted, f"{page.name}:\n{body}\n{done.stdout}\n{done.stderr}"


def test_links_between_pages_lead_somewhere() -> None:
    broken = []
    for page in [*PAGES, ROOT / "CONTRIBUTING.md", *(ROOT / "suites").rglob("README.md")]:
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text(encoding="utf-8")):
            if not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)} -> {target}")
    assert broken == []


def test_a_broken_block_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("text\n\n<!-- exit: 3 -->\n```sh\nexit 2\n```\n", encoding="utf-8")
    found = blocks(page)
    assert [(b["key"], b["value"], b["kind"]) for b in found] == [("exit", "3", "sh")]
    assert runnable(page)
