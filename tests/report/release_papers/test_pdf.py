"""The PDF of a release: the same bytes twice, a title, and text that a reader can search."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from evalkit.app import chromium
from evalkit.app.pdf_bytes import settled
from evalkit.core.errors import InputError
from evalkit.report import release
from tests.report.release_papers.test_papers import released

PAGE = "<!doctype html><title>t</title><p>x</p>"


def a_browser(folder: Path, does: str) -> str:
    """A script in the place of the browser; $out is the file that it is to write."""
    script = folder / "browser"
    script.write_text(f'#!/bin/sh\nfor a; do case "$a" in --print-to-pdf=*) out="${{a#*=}}";; esac; done\n{does}\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return str(script)


@pytest.fixture
def page(tmp_path: Path) -> Path:
    made = tmp_path / "page.html"
    made.write_text(PAGE)
    return made


def test_without_a_browser_a_sentence_says_what_to_install(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv(chromium.VARIABLE, raising=False)
    monkeypatch.delenv("PLAYWRIGHT_BROWSERS_PATH", raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    assert chromium.find() is None
    with pytest.raises(InputError, match=r"no Chromium to print a PDF with.*apt-get install chromium"):
        chromium.pdf(page, tmp_path / "out.pdf", "2024-05-04T09:30:00Z")
    monkeypatch.setenv(chromium.VARIABLE, "/nowhere/chrome")
    with pytest.raises(InputError, match="EVALKIT_CHROMIUM names '/nowhere/chrome', which cannot be run"):
        chromium.png(page, tmp_path / "out.png", 100, 100)
    assert not list(tmp_path.glob("out.*"))


def test_a_browser_of_playwright_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(chromium.VARIABLE, raising=False)
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "own"))
    own = tmp_path / "own" / "chromium-1200" / "chrome-linux"
    own.mkdir(parents=True)
    (own / "chrome").write_text("")
    assert chromium.find() is None
    (own / "chrome").chmod(0o755)
    assert chromium.find() == own / "chrome"


@pytest.mark.parametrize(
    ("does", "said"),
    [
        ("exit 1", "Chromium wrote no PDF"),
        ("echo 'No usable sandbox!' >&2; exit 1", "No usable sandbox.*user namespaces"),
        ('echo "not a pdf" > "$out"', "Chromium wrote no PDF"),
        ("exec sleep 600 & exec sleep 600", "did not finish within"),
    ],
)
def test_a_browser_that_fails_leaves_nothing_behind(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: str, said: str
) -> None:
    monkeypatch.setattr(chromium, "SECONDS", 0.3 if "sleep" in does else 60.0)
    monkeypatch.setenv(chromium.VARIABLE, a_browser(tmp_path, does))
    with pytest.raises(InputError, match=said):
        chromium.pdf(page, tmp_path / "out.pdf", "2024-05-04T09:30:00Z")
    assert not (tmp_path / "out.pdf").exists()


def test_scripts_are_taken_out_and_the_sandbox_stays_for_users(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.write_text("<script>running\nsecond</script><noscript><p>no</p></noscript><script type=x>3</script>")
    monkeypatch.setenv(
        chromium.VARIABLE,
        a_browser(tmp_path, 'last="$a"; { echo "%PDF-1.4"; echo "$@"; cat "${a#file://}"; } > "$out"'),
    )
    for user, flag in ((0, True), (1000, False)):
        monkeypatch.setattr(os, "geteuid", lambda user=user: user)
        chromium.pdf(page, tmp_path / "out.pdf", "2024-05-04T09:30:00Z")
        made = (tmp_path / "out.pdf").read_text()
        assert ("--no-sandbox" in made) == flag
        assert made.endswith("<p>no</p>")
        assert "running" not in made


def test_times_and_nodes_of_a_pdf_are_settled_in_place() -> None:
    made = [
        b"/CreationDate (D:20261123114614+00'00')\n/ModDate (D:%s+00'00') /ID (%s) /Headers [(%s)] (node00000446)"
        b"/ID [<AB12> <CD34>]" % (at, node, node)
        for at, node in ((b"20261123114614", b"node00008025"), (b"20261123114617", b"node00007731"))
    ]
    one, other = (settled(data, "2024-05-04T09:30:00+02:00") for data in made)
    assert one == other
    assert len(one) == len(made[0])
    assert one.count(b"D:20240504073000+00'00'") == 2
    assert one.count(b"(node00000002)") == 2


@pytest.mark.browser
def test_a_release_prints_the_same_twice(tmp_path: Path) -> None:
    if chromium.find() is None:
        pytest.skip("no Chromium")
    page = tmp_path / "release.html"
    page.write_text(release.render(released()), encoding="utf-8")
    for name in ("a", "b"):
        chromium.pdf(page, tmp_path / f"{name}.pdf", "2024-05-04T09:30:00Z")
    made = (tmp_path / "a.pdf").read_bytes()
    assert made == (tmp_path / "b.pdf").read_bytes()
    assert made.startswith(b"%PDF-")
    assert b"D:20240504093000+00'00'" in made
    title = release.render(released()).partition("<title>")[2].partition("</title>")[0]
    assert title.encode() in made or title.encode("utf-16-be").hex().upper().encode() in made
    assert b"/ToUnicode" in made


@pytest.mark.browser
def test_a_figure_is_drawn_at_its_size(tmp_path: Path) -> None:
    if chromium.find() is None:
        pytest.skip("no Chromium")
    figure = tmp_path / "figure & 'one'.svg"
    size = 'viewBox="0 0 40 10" width="40" height="10"'
    figure.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}><rect width="40" height="10" fill="#f00"/></svg>'
    )
    chromium.png(figure, tmp_path / "a.png", 40, 10, 2)
    data = (tmp_path / "a.png").read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert (int.from_bytes(data[16:20]), int.from_bytes(data[20:24])) == (80, 20)
