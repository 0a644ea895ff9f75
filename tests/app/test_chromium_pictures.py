"""Pictures of one run come from one start of the browser, and a browser that fails ends in a sentence."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from evalkit.app import chromium
from evalkit.core.errors import InputError

SIZES = ((40, 10), (300, 1200), (17, 33))
ANSWER = r"""printf '{"id":1,"error":{"message":"not today"}}\0' >&4; cat <&3 >/dev/null"""


def a_script(folder: Path, does: str) -> str:
    script = folder / "browser"
    script.write_text(f"#!/bin/sh\n{does}\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return str(script)


def pictures(folder: Path, to: str) -> list[chromium.Picture]:
    made = []
    for n, (width, height) in enumerate(SIZES):
        source = folder / f"figure & 'no' {n}.svg"
        size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        drawn = f'<rect width="{width}" height="{height}" fill="#f00"/><text y="9">{n}</text>'
        source.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{drawn}</svg>')
        made.append(chromium.Picture(source, folder / f"{to}{n}.png", width, height))
    return made


@pytest.mark.parametrize(
    ("does", "said"),
    [
        ("exit 1", "Chromium wrote no PNG"),
        ("echo 'No usable sandbox!' >&2; exit 1", "No usable sandbox.*user namespaces"),
        (ANSWER, r"Chromium wrote no PNG: Target.createTarget: not today"),
        ("printf '{nothing}\\0' >&4; cat <&3 >/dev/null", "Chromium wrote no PNG"),
        ("exec sleep 600 & exec sleep 600", "did not finish within 0.3 s"),
    ],
)
def test_a_browser_that_fails_leaves_no_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: str, said: str
) -> None:
    monkeypatch.setattr(chromium, "SECONDS", 0.3 if "sleep" in does else 60.0)
    monkeypatch.setenv(chromium.VARIABLE, a_script(tmp_path, does))
    with pytest.raises(InputError, match=said):
        chromium.pngs(pictures(tmp_path, "out"))
    assert not list(tmp_path.glob("*.png"))


def test_a_file_that_is_no_program_is_refused_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = Path(a_script(tmp_path, ""))
    script.write_bytes(b"\x00\x01")
    monkeypatch.setenv(chromium.VARIABLE, str(script))
    with pytest.raises(InputError, match="cannot be started"):
        chromium.pngs(pictures(tmp_path, "out"))


@pytest.mark.browser
def test_pictures_are_the_same_twice_from_one_start_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = chromium.find()
    if found is None:
        pytest.skip("no Chromium")
    starts = tmp_path / "starts"
    monkeypatch.setenv(chromium.VARIABLE, a_script(tmp_path, f'echo "$$" >> {starts}\nexec {found} "$@"'))
    for name in "ab":
        chromium.pngs(pictures(tmp_path, name))
    assert len(starts.read_text().split()) == 2
    for n, size in enumerate(SIZES):
        data = (tmp_path / f"a{n}.png").read_bytes()
        assert data == (tmp_path / f"b{n}.png").read_bytes()
        assert (int.from_bytes(data[16:20]), int.from_bytes(data[20:24])) == (2 * size[0], 2 * size[1])
