"""A report goes to a file whole or not at all, and through what is no file."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from evalkit.app.cli.output import write_text
from evalkit.app.whole import whole
from evalkit.core.errors import StoreError


def test_what_fails_midway_leaves_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text("before")
    with pytest.raises(UnicodeEncodeError), whole(file) as place:
        place.write_text("half" * 9_000 + "\ud800", encoding="utf-8")
    assert file.read_text() == "before"
    assert list(tmp_path.iterdir()) == [file]


def test_a_pipe_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[str] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_text()))
    reader.start()
    write_text(pipe, "page")
    reader.join()
    assert got == ["page"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "newest.html").symlink_to(tmp_path / "page.html")
    write_text(tmp_path / "newest.html", "page")
    assert (tmp_path / "newest.html").is_symlink()
    assert (tmp_path / "page.html").read_text() == "page"


def test_a_device_that_takes_nothing_is_a_sentence(tmp_path: Path) -> None:
    link = tmp_path / "full"  # through a link, so that no mistake here can harm the machine
    link.symlink_to("/dev/full")
    with pytest.raises(StoreError, match="No space left"):
        write_text(link, "page")
    assert link.is_char_device()
