"""README and guides are executed: every `sh` and `python` block, in order, in an empty folder, as a reader would.

What the blocks need to know stands in HTML comments, which the page does not show:
`<!-- file: NAME -->` before a block writes it to a file, `<!-- exit: N -->` names the exit code of the next `sh` block,
`<!-- not run: WHY -->` leaves the next block out, `<!-- output: as above -->` before a block compares it with what the
last `sh` or `python` block printed (with `output: stderr`, on stderr). Ids of runs, what they took and until when a
judge may gate may differ, and a line `...` stands for any lines. `python -m docs.shown` rewrites what is shown.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.warm import Warm

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(
    r"(?:<!-- (?P<key>file|exit|not run|output): (?P<value>.*?) -->\s*\n)?^```(?P<kind>\w*)[^\n]*\n(?P<body>.*?)^```",
    re.MULTILINE | re.DOTALL,
)
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")
TOOK = re.compile(r"(?<= cases), (?:[\d.]+ (?:s|min|h) ?)+(?=,)")
UNTIL = re.compile(r"(?<= until )\d{4}-\d\d-\d\d(?=;)")  # certificates that a page makes itself end so long after today
RUN_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{8}|compare-[0-9a-f]{12}")


def blocks(page: Path) -> list[re.Match[str]]:
    """Fenced blocks of a page."""
    return list(BLOCK.finditer(page.read_text(encoding="utf-8")))


def runnable(page: Path) -> bool:
    """Whether anything of the page is executed."""
    return any(b["key"] not in ("not run", "file") and b["kind"] in ("sh", "python") for b in blocks(page))


def executed(block: re.Match[str], folder: Path, programs: tuple[Path, ...] = ()) -> subprocess.CompletedProcess[str]:
    """One block of shell or Python, run in a folder; `programs` are folders to look for programs in first."""
    found = os.pathsep.join(map(str, [*programs, Path(sys.executable).parent, os.environ["PATH"]]))
    env = {**os.environ, "PATH": found, "NO_COLOR": "1", "COLUMNS": "100"}
    env.pop("EVALKIT_HOME", None)
    body = block["body"]
    command = ["bash", "-euo", "pipefail", "-c", body] if block["kind"] == "sh" else [sys.executable, "-c", body]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=False)


def pattern(shown: str) -> re.Pattern[str]:
    """What a page shows, as a pattern for what is printed."""
    lines = [r"(?:.*\n)*?" if line.strip() == "..." else re.escape(line.rstrip()) + "\n" for line in tidy(shown)]
    return re.compile("".join(lines))


def tidy(text: str) -> list[str]:
    """Lines without what may differ from run to run."""
    lines = text.strip("\n").splitlines()
    return [UNTIL.sub("DAY", RUN_ID.sub("RUN", TOOK.sub(", TIME", line))).rstrip() for line in lines]


def unnamed(page: Path) -> list[str]:
    """Files that a page asks for without naming them where the reader sees it: comments are not shown."""
    found, end = [], 0
    for block in blocks(page):
        said = re.sub(r"<!--.*?-->", "", block.string[end : block.start()], flags=re.DOTALL)
        if block["key"] == "file" and f"`{block['value']}`" not in said:
            found.append(f"{page.relative_to(ROOT)}: {block['value']}")
        end = block.end()
    return found


def told(shown: str, printed: str) -> bool:
    """Whether a page shows what was printed."""
    return pattern(shown).fullmatch("\n".join(tidy(printed)) + "\n") is not None


def params() -> list[Any]:
    """Pages with something to run; the guides take ten to twenty seconds each."""
    return [
        pytest.param(page, id=str(page.relative_to(ROOT)), marks=[pytest.mark.slow] if "guides" in page.parts else [])
        for page in PAGES
        if runnable(page)
    ]


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of an `evalkit` that starts at once."""
    process = Warm(tmp_path_factory.mktemp("warm"))
    yield process.folder
    process.close()


@pytest.mark.parametrize("page", params())
def test_every_block_runs(page: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Those of the README and of the first guide as they are; the others with an `evalkit` that starts at once."""
    cold = page.name in ("README.md", "first-suite.md") or "guides" not in page.parts
    run_through(page, tmp_path, () if cold else (request.getfixturevalue("warm"),))


def run_through(page: Path, tmp_path: Path, programs: tuple[Path, ...] = ()) -> None:
    """Run every block of a page, and compare what is shown."""
    done = None
    for block in blocks(page):
        key, value, body = block["key"], block["value"], block["body"]
        if key == "file":
            path = tmp_path / value
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(body, encoding="utf-8")
        elif key == "output":
            assert done is not None, f"{page.name}: no block before\n{body}"
            printed = done.stderr if value == "stderr" else done.stdout
            assert told(body, printed), f"{page.name} shows\n{body}\nand printed was\n{printed}"
        elif key != "not run" and block["kind"] in ("sh", "python"):
            done = executed(block, tmp_path, programs)
            wanted = int(value) if key == "exit" else 0
            assert done.returncode == wanted, f"{page.name}:\n{body}\n{done.stdout}\n{done.stderr}"


def test_every_file_is_named_in_the_text() -> None:
    assert [name for page in PAGES for name in unnamed(page)] == []


def test_links_between_pages_lead_somewhere() -> None:
    broken = []
    beside = [page for name in ("suites", "examples", "evalkit") for page in (ROOT / name).rglob("*.md")]
    for page in [*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *beside]:
        for target, anchor in LINK.findall(page.read_text(encoding="utf-8")):
            file = page.parent / target if target else page
            if not file.exists() or (anchor and anchor not in anchors(file)):
                broken.append(f"{page.relative_to(ROOT)} -> {target}#{anchor}")
    assert broken == []


def test_the_index_names_every_page() -> None:
    index = ROOT / "docs" / "README.md"
    named = {(index.parent / target).resolve() for target, _ in LINK.findall(index.read_text(encoding="utf-8"))}
    assert [str(page) for page in PAGES if page != index and page.resolve() not in named] == []


def test_pictures_are_there_and_small() -> None:
    shown = re.findall(r'(?:src|srcset)="([^"]+)"', (ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(shown) == 4
    assert all((ROOT / name).stat().st_size < 300_000 for name in shown)


def test_the_sample_report_is_whole_small_and_names_no_machine() -> None:
    page = (ROOT / "reports" / "sample.html").read_text(encoding="utf-8")
    assert len(page.encode()) < 300_000
    assert page.rstrip().endswith("</html>")
    assert "better totals than v1" in page
    assert re.findall(r"/(?:work|tmp|home|root|Users)/[^\"<\s]*", page) == []


def anchors(page: Path) -> set[str]:
    """What the headings of a page are called in a link."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    found = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


def test_the_reference_is_what_the_code_says() -> None:
    from docs.make_reference.__main__ import PAGES as GENERATED
    from docs.make_reference.__main__ import REFERENCE

    stale = [name for name, page in GENERATED.items() if (REFERENCE / name).read_text(encoding="utf-8") != page()]
    assert stale == [], "run: python -m docs.make_reference"


def test_a_broken_block_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("text\n\n<!-- exit: 3 -->\n```sh\nexit 2\n```\n", encoding="utf-8")
    found = blocks(page)
    assert [(b["key"], b["value"], b["kind"]) for b in found] == [("exit", "3", "sh")]
    assert runnable(page)
    with pytest.raises(AssertionError, match="exit 2"):
        run_through(page, tmp_path)


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("run 20260101-101010-0123abcd", "run 20271231-235959-fedc9876  \n", True),
        ("a\n...\nd", "a\nb\nc\nd\n", True),
        ("a\n...\nd", "a\nb\nc\n", False),
        ("0.56 [0.30, 0.80]", "0.57 [0.30, 0.80]", False),
    ],
)
def test_shown_output_is_compared(shown: str, printed: str, same: bool) -> None:
    assert told(shown, printed) is same
