"""The folder of a site: only what changed is written, only what is ours is touched, and two builds are alike."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from evalkit.app.site_build import Asked, Built, build
from evalkit.app.site_files import MARKER
from evalkit.core.errors import InputError, StoreError
from evalkit.stores.local import LocalStore
from evalkit.stores.memory import MemoryStore
from tests.certificates import certificate
from tests.report.site.builders import HOSTILE_SUITE, a_run, filled, put


def contents(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in ("href", "src") and tag != "link"]
        self.ids += [value or "" for name, value in attrs if name == "id"]


def links(page: Path) -> Links:
    parser = Links()
    parser.feed(page.read_text(encoding="utf-8"))
    return parser


@pytest.fixture
def store() -> MemoryStore:
    made = MemoryStore()
    filled(made, 2)
    return made


def test_two_builds_are_byte_identical_and_the_second_writes_nothing(store: MemoryStore, tmp_path: Path) -> None:
    first, again, other = (build(store, tmp_path / d, Asked()) for d in ("a", "a", "b"))
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    assert (first.written, first.unchanged) == (other.written, 0) == (again.unchanged, again.written)
    assert (first.suites, first.runs, first.reports) == (1, 2, 2)


def test_every_link_is_relative_and_leads_somewhere(tmp_path: Path) -> None:
    store = MemoryStore()
    runs = [*filled(store, 2), *filled(store, 2, suite=HOSTILE_SUITE)]
    store.set_baseline("production", runs[0].run_id)
    store.put_certificate(certificate())
    build(store, tmp_path / "s", Asked(title="<i>all\u202e</i>"))
    pages = sorted((tmp_path / "s").rglob("*.html"))
    assert len(pages) == 1 + 2 + 4 + 1
    assert all("../index.html" in links(page).found for page in pages if page.parent.name != "s")
    for page in pages:
        found = links(page)
        assert len(found.ids) == len(set(found.ids)), page
        for href in found.found:
            assert not re.match(r"[a-z]+:|/", href) or href == "data:,", (page, href)
            if not href.startswith(("#", "data:")):
                assert (page.parent / href.split("#")[0]).resolve().is_file(), (page, href)
        assert not {"\u202e", "\x00"} & set(page.read_text(encoding="utf-8")), page
        assert "http://" not in re.sub(r"http://www\.w3\.org/\S+", "", page.read_text(encoding="utf-8"))


def test_a_new_run_makes_one_report_and_a_deleted_one_is_removed(store: MemoryStore, tmp_path: Path) -> None:
    root = tmp_path / "site"
    build(store, root, Asked())
    reports = {p: p.stat().st_mtime_ns for p in (root / "runs").iterdir()}
    new = put(store, a_run(3))
    second = build(store, root, Asked())
    assert second.unchanged >= 2
    assert all(p.stat().st_mtime_ns == at for p, at in reports.items())
    assert (root / f"runs/{new.run_id}.html").is_file()
    store.delete(new.run_id)
    third = build(store, root, Asked())
    assert third.removed == 1
    assert not (root / f"runs/{new.run_id}.html").exists()
    assert new.run_id not in (root / "index.html").read_text(encoding="utf-8")


def test_only_the_newest_runs_have_a_report_and_those_on_which_a_baseline_stands(tmp_path: Path) -> None:
    store = MemoryStore()
    runs = filled(store, 4)
    store.set_baseline("main", runs[0].run_id)
    built = build(store, tmp_path / "s", Asked(limit=1))
    assert built.reports == 2
    assert {p.stem for p in (tmp_path / "s/runs").iterdir()} == {runs[i].run_id for i in (0, 3)}
    page = (tmp_path / "s/suites/flights.html").read_text(encoding="utf-8")
    assert f"evalkit report run:{runs[1].run_id}" in page
    none = build(store, tmp_path / "s", Asked(limit=0))
    assert none.reports == 0
    assert not (tmp_path / "s/runs").exists()


def test_a_folder_that_is_not_ours_is_refused_and_never_emptied(store: MemoryStore, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(InputError, match="not empty"):
        build(store, tmp_path, Asked())
    build(store, tmp_path, Asked(force=True, limit=1))
    (tmp_path / "suites/mine.html").write_text("mine")
    build(store, tmp_path, Asked(limit=0))
    assert (tmp_path / "thesis.tex").read_text() == "years of work"
    assert (tmp_path / "suites/mine.html").read_text() == "mine"


@pytest.mark.parametrize("limit", [0, 1])
def test_the_site_of_another_workspace_is_not_replaced_unasked(store: MemoryStore, tmp_path: Path, limit: int) -> None:
    build(store, tmp_path / "site", Asked(limit=limit))
    before, other = contents(tmp_path / "site"), MemoryStore()
    with pytest.raises(InputError, match=r"2 runs .* none of which is in this workspace"):
        build(other, tmp_path / "site", Asked())
    assert contents(tmp_path / "site") == before
    assert build(other, tmp_path / "site", Asked(force=True)).runs == 0
    assert not (tmp_path / "site/runs").exists()


def test_a_file_in_the_way_is_not_written_over(store: MemoryStore, tmp_path: Path) -> None:
    build(store, tmp_path / "s", Asked(limit=1))
    new = a_run(3)
    (tmp_path / f"s/runs/{new.run_id}.html").write_text("mine")
    put(store, new)
    with pytest.raises(InputError, match="was not made by"):
        build(store, tmp_path / "s", Asked(limit=1))
    build(store, tmp_path / "s", Asked(force=True, limit=1))
    assert (tmp_path / f"s/runs/{new.run_id}.html").read_text(encoding="utf-8") != "mine"


def test_a_marker_that_names_other_files_removes_none_of_them(store: MemoryStore, tmp_path: Path) -> None:
    outside = tmp_path / "outside.html"
    outside.write_text("x")
    root = tmp_path / "s"
    root.mkdir()
    names = ["../outside.html", "runs/../../outside.html", str(outside), "notes.txt"]
    (root / MARKER).write_text(json.dumps({"evalkit_site": 1, "files": {n: {"sha256": ""} for n in names}}))
    (root / "notes.txt").write_text("x")
    build(store, root, Asked(limit=0))
    assert outside.exists()
    assert (root / "notes.txt").exists()


@pytest.mark.parametrize("text", ["{", "[]", '{"evalkit_site": 2, "files": {}}', '{"evalkit_site": 1, "files": 3}'])
def test_a_damaged_marker_is_a_sentence(store: MemoryStore, tmp_path: Path, text: str) -> None:
    (tmp_path / MARKER).write_text(text)
    with pytest.raises(InputError):
        build(store, tmp_path, Asked())


def test_a_report_that_somebody_changed_is_made_again_and_not_removed(store: MemoryStore, tmp_path: Path) -> None:
    root = tmp_path / "s"
    build(store, root, Asked(limit=1))
    page = next((root / "runs").iterdir())
    whole = page.read_bytes()
    page.write_bytes(whole[:100])
    build(store, root, Asked(limit=1))
    assert page.read_bytes() == whole
    page.write_text("a note of mine")
    built = build(store, root, Asked(limit=0))
    assert page.read_text() == "a note of mine"
    assert any(page.name in warning for warning in built.warnings)


def test_an_interrupted_build_is_finished_by_the_next(
    store: MemoryStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, whole = tmp_path / "s", tmp_path / "whole"
    replaced = Path.replace
    calls = 0

    def failing(self: Path, target: Path) -> Path:
        nonlocal calls
        calls += 1
        if calls == 4:
            raise KeyboardInterrupt
        return replaced(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", failing)
        with pytest.raises(KeyboardInterrupt):
            build(store, root, Asked())
    (root / "runs/.x.html.part").write_text("half")
    assert not (root / "index.html").exists()
    build(store, root, Asked())
    build(store, whole, Asked())
    assert contents(root) == contents(whole)


def test_a_full_disk_is_a_sentence(store: MemoryStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(StoreError, match="the disk is full"):
        build(store, tmp_path / "s", Asked())


def test_a_run_that_cannot_be_read_is_told_and_not_dropped(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "ws")
    runs = filled(store)
    record, table = (store.path_of(runs[i].run_id) / name for i, name in ((0, "record.json"), (1, "cases.parquet")))
    record.write_bytes(record.read_bytes() + b" ")
    table.write_bytes(b"damaged")
    built = build(store, tmp_path / "s", Asked())
    assert (built.runs, built.reports, len(built.warnings)) == (2, 1, 2)
    page = (tmp_path / "s/suites/flights.html").read_text(encoding="utf-8")
    assert f"Run {runs[0].run_id} is left out" in page
    assert "no report:" in page
    assert machine(tmp_path / "s")["suites"][0]["unread"].keys() == {runs[0].run_id}


def machine(root: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((root / "data.json").read_text(encoding="utf-8"))
    return found


def test_data_has_every_number_as_the_record_has_it(store: MemoryStore, tmp_path: Path) -> None:
    build(store, tmp_path / "s", Asked(limit=0))
    [suite] = machine(tmp_path / "s")["suites"]
    newest = suite["runs"][0]
    record = store.read_record("latest")
    assert newest["run_id"] == record.run_id
    assert newest["digests"]["cases"] == record.digests.cases
    assert [(m["metric"], m["point"], m["lo"], m["hi"]) for m in newest["metrics"]] == [
        (e.metric, e.point, e.lo, e.hi) for e in record.estimates if e.slice is None
    ]
    assert (newest["changed"][0][0], suite["runs"][-1]["changed"]) == ("candidate", None)


def test_the_feed_and_the_badges_are_well_formed(tmp_path: Path) -> None:
    store = MemoryStore()
    filled(store, 2, suite=HOSTILE_SUITE)
    build(store, tmp_path / "s", Asked(title=HOSTILE_SUITE, limit=0))
    feed = ElementTree.parse(tmp_path / "s/feed.xml").getroot()
    atom = "{http://www.w3.org/2005/Atom}"
    assert len(feed.findall(f"{atom}entry")) == 2
    assert feed.findtext(f"{atom}updated") == "2026-01-02T09:00:00Z"
    assert all(e.text and e.text.startswith("urn:uuid:") for e in feed.iter(f"{atom}id"))
    [badge] = (tmp_path / "s/badges").iterdir()
    assert ElementTree.parse(badge).getroot().get("aria-label", "").startswith("</script>")


def test_without_a_run_the_page_says_what_to_do(tmp_path: Path) -> None:
    built: Built = build(MemoryStore(), tmp_path / "s", Asked())
    assert "evalkit run" in built.index.read_text(encoding="utf-8")
    assert built.suites == 0
    assert set(contents(tmp_path / "s")) == {"index.html", "data.json", ".nojekyll", MARKER}


def test_what_is_redacted_stands_on_no_page_and_a_slip_of_the_pen_is_refused(tmp_path: Path) -> None:
    store = MemoryStore()
    runs = filled(store, 2)
    with pytest.raises(InputError, match="origni"):
        build(store, tmp_path / "s", Asked(redact=("tags.origni",)))
    assert not (tmp_path / "s").exists()
    build(store, tmp_path / "s", Asked())
    build(store, tmp_path / "s", Asked(redact=("tags.origin",)))
    assert any("JFK" in d.gate.label for d in runs[0].decisions)
    for path, data in contents(tmp_path / "s").items():
        assert b"JFK" not in data, path
