"""Every page as it is written: its outline, its policy, valid elements, and the same bytes in another process."""

from __future__ import annotations

import base64
import difflib
import hashlib
import os
import re
import subprocess
import sys
from collections import Counter
from itertools import pairwise

import pytest

from tests.report.assurance.outline import GOLDEN, outline, squeezed
from tests.report.assurance.pages import PAGES, made
from tests.report.assurance.reading import Element, read

_LONG = {"judged", "two", "many"}  # whose subject is a run of a whole suite
_ALL = pytest.mark.parametrize("name", [pytest.param(n, marks=[pytest.mark.slow] * (n in _LONG)) for n in PAGES])
_KINDS = pytest.mark.parametrize(
    "hostile", [pytest.param(False, id="ordinary"), pytest.param(True, id="hostile", marks=pytest.mark.slow)]
)


@_ALL
def test_the_outline_of_a_page_is_known(name: str) -> None:
    file = GOLDEN / f"{name}.txt"
    known = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    found = squeezed(outline(made(name))).splitlines()
    told = "\n".join(difflib.unified_diff(known, found, f"tests/golden/{name}.txt", "the page now", lineterm="", n=2))
    assert known == found, f"the structure of the page changed; `make golden` accepts it:\n{told}"


def test_every_outline_is_of_a_page() -> None:
    assert {file.stem for file in GOLDEN.glob("*.txt")} == set(PAGES)


@_ALL
@_KINDS
def test_the_policy_admits_only_what_the_page_brings(name: str, hostile: bool) -> None:
    root, _ = read(made(name, hostile=hostile))
    metas = [m for m in root.find("meta") if m.attrs.get("http-equiv", "").lower() == "content-security-policy"]
    assert len(metas) == 1
    policy = dict(part.strip().partition(" ")[::2] for part in metas[0].attrs["content"].split(";") if part.strip())
    assert policy["default-src"] == "'none'"
    assert policy["base-uri"] == policy["form-action"] == "'none'"
    assert not re.search(r"unsafe-|https?:|\*|'self'", metas[0].attrs["content"])
    run = [s for s in root.find("script") if s.attrs.get("type", "") in ("", "module", "text/javascript")]
    assert len(run) == int(PAGES[name].script)
    assert policy.get("script-src", "") == " ".join(f"'{_hash(s)}'" for s in run)
    styles = root.find("style")
    assert policy["style-src"] == " ".join(f"'{_hash(s)}'" for s in styles)
    assert set(policy) <= {"default-src", "script-src", "style-src", "img-src", "base-uri", "form-action"}
    assert policy.get("img-src", "data:") == "data:"
    for sheet in styles:
        assert not re.search(r"@import|url\(|expression\(", sheet.raw)


def _hash(element: Element) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(element.raw.encode()).digest()).decode()


@_ALL
@_KINDS
def test_the_elements_of_a_page_are_valid(name: str, hostile: bool) -> None:
    root, wrong = read(made(name, hostile=hostile))
    assert wrong == []
    every = list(root.walk())
    ids = Counter(e.attrs["id"] for e in every if "id" in e.attrs)
    assert [ident for ident, n in ids.items() if n > 1 or not ident or re.search(r"\s", ident)] == []
    for e in every:
        assert "style" not in e.attrs, e
        assert [a for a in e.attrs if a.startswith("on")] == []
        for kind in ("aria-labelledby", "aria-describedby", "aria-controls", "for", "headers"):
            missing = [ident for ident in e.attrs.get(kind, "").split() if ident not in ids]
            assert missing == [], f"<{e.tag} {kind}> names {missing}"
        if e.tag == "a" and "href" in e.attrs:
            _assert_harmless(e.attrs["href"], ids)
    _assert_landmarks(root)


def _assert_harmless(href: str, ids: Counter[str]) -> None:
    assert not re.match(r"[\s\x00-\x1f]*[a-z][a-z0-9+.-]*:", href, re.IGNORECASE), href
    assert not href.startswith(("//", "\\")), href
    if href.startswith("#") and not href.startswith("#case="):
        assert re.split("[?&]", href[1:])[0] in ids, f"{href} leads nowhere"


def _assert_landmarks(root: Element) -> None:
    titles = [title for title in root.find("title") if not title.inside("svg")]
    assert len(root.find("main")) == len(root.find("h1")) == len(titles) == 1
    assert root.find("html")[0].attrs["lang"]
    levels = [int(h.tag[1]) for h in root.find("h1", "h2", "h3", "h4") if not h.inside("svg")]
    assert all(b <= a + 1 for a, b in pairwise(levels)), f"a level of headings is left out: {levels}"
    for tag in ("nav", "section"):
        names = [e.attrs.get("aria-label") or e.attrs.get("aria-labelledby") for e in root.find(tag)]
        names = [name for name in names if name]  # without a name a section is no landmark
        assert len(set(names)) == len(names), f"{tag}: {names}"
    labelled = {label.attrs.get("for") for label in root.find("label")}
    for control in root.find("input", "select", "textarea"):
        ident = control.attrs.get("id", "")
        named = {"aria-label", "aria-labelledby"} & set(control.attrs)
        assert control.inside("label") or ident in labelled or named, control.attrs
    for picture in root.find("svg"):
        hidden = picture.attrs.get("aria-hidden") == "true" or picture.inside("button")
        assert hidden or picture.attrs.get("role") == "img", picture.attrs
        assert hidden or picture.attrs.get("aria-label") or picture.attrs.get("aria-labelledby"), picture.attrs


@pytest.mark.slow
def test_another_process_writes_the_same_bytes() -> None:
    """With another seed of Python's hashes, so that no order of a set is left in; what git says of this checkout is not
    asked, for it may change from one process to the next."""
    script = (
        "import hashlib\nfrom tests.report.assurance.pages import PAGES, made\n"
        "for name in PAGES: print(name, hashlib.sha256(made(name, hostile=True).encode()).hexdigest())"
    )
    told = [
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed, "GIT_DIR": os.devnull},
            capture_output=True,
            text=True,
            check=True,
            timeout=300,
        ).stdout.splitlines()
        for seed in ("1", "2")
    ]
    assert told[0] == told[1]
    assert len(told[0]) == len(PAGES)
