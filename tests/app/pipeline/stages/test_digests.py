"""Digests of files and folders, and when one that is remembered counts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from evalkit.app.pipeline.stages import digests
from evalkit.app.pipeline.stages.digests import Digests
from evalkit.core.digest import digest_file
from evalkit.core.errors import InputError


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Files that were read."""
    found: list[Path] = []

    def reading(path: Path) -> str:
        found.append(path)
        return digest_file(path)

    monkeypatch.setattr(digests, "digest_file", reading)
    monkeypatch.setattr(digests, "_SMALL", 4)
    return found


def test_a_large_file_at_rest_is_read_once(tmp_path: Path, read: list[Path]) -> None:
    file, memory = tmp_path / "a", tmp_path / "memory.json"
    file.write_bytes(b"12345678")
    late = file.stat().st_ctime + 10
    for _ in range(3):
        known = Digests(memory, lambda: late)
        assert known.of(file, "x") == digest_file(file)
        known.keep()
    assert len(read) == 1


def test_a_file_that_changed_a_moment_ago_is_not_remembered(tmp_path: Path, read: list[Path]) -> None:
    file, memory = tmp_path / "a", tmp_path / "memory.json"
    file.write_bytes(b"12345678")
    now = file.stat().st_ctime + 1
    for _ in range(2):
        known = Digests(memory, lambda: now)
        known.of(file, "x")
        known.keep()
    assert len(read) == 2


def test_a_change_that_hides_its_time_is_seen(tmp_path: Path, read: list[Path]) -> None:
    file, memory = tmp_path / "a", tmp_path / "memory.json"
    file.write_bytes(b"12345678")
    stat = file.stat()
    known = Digests(memory, lambda: stat.st_ctime + 10)
    before = known.of(file, "x")
    known.keep()
    file.write_bytes(b"12345679")
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert Digests(memory, lambda: stat.st_ctime + 20).of(file, "x") != before


def test_a_pipe_or_a_device_is_no_input(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(InputError, match="neither a file nor a folder"):
            Digests(tmp_path / "memory.json").of(path, "x")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"a": 1}', "null"])
def test_a_damaged_memory_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "memory.json").write_text(text)
    (tmp_path / "a").write_bytes(bytes(2 << 20))
    assert Digests(tmp_path / "memory.json").of(tmp_path / "a", "x") == digest_file(tmp_path / "a")


def test_a_folder_is_its_files_and_their_names(tmp_path: Path) -> None:
    folder = tmp_path / "suite"
    (folder / "sub").mkdir(parents=True)
    (folder / "a").write_text("1")
    (folder / "sub/b").write_text("2")
    known = Digests(tmp_path / "memory.json")
    before = known.of(folder, "x")
    (folder / ".hidden").write_text("3")
    assert known.of(folder, "x") == before
    (folder / "sub/b").rename(folder / "sub/c")
    assert known.of(folder, "x") != before


def test_what_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="stage a, input raw: there is no file"):
        Digests(tmp_path / "memory.json").of(tmp_path / "none", "stage a, input raw")
