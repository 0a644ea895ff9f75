"""Sources by their specs."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from evalkit.app.pipeline.bench import Bench
from evalkit.app.pipeline.sources import source_of
from evalkit.core.errors import InputError


def test_specs_name_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(tmp_path / "ws")
    (tmp_path / "a.jsonl").write_text("")
    for spec, name in (
        ("file:a.jsonl", "file:a.jsonl"),
        ("queue:q", "queue:q"),
        (str(tmp_path / "a.jsonl"), f"file:{tmp_path}/a.jsonl"),
    ):
        assert source_of(spec, bench, "s").name == name
    for spec in ("", "file:", "queue:", "kafka:topic", "no.jsonl"):
        with pytest.raises(InputError, match="is no source"):
            source_of(spec, bench, "s")

    class Entry:
        def load(self) -> Any:
            return lambda rest, group: (rest, group)

    monkeypatch.setattr(metadata, "entry_points", lambda **given: [Entry()] if given["name"] == "kafka" else [])
    assert source_of("kafka:topic", bench, "s") == ("topic", "s")


def test_files_of_a_folder_and_a_pattern_have_labels_within_it(tmp_path: Path) -> None:
    for name in ("b/2.jsonl", "b/1.csv", "a/1.jsonl", "a/.x.jsonl", "a/1.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("id\n")

    def labels(path: str) -> list[str]:
        return [p.label for p in source_of(f"file:{tmp_path}/{path}", Bench(tmp_path / "ws"), "s").partitions()]

    assert labels("b") == ["1.csv", "2.jsonl"]
    assert labels("*/1.*") == ["a/1.jsonl", "b/1.csv"]
    assert labels("b/*.jsonl") == ["2.jsonl"]
    assert labels("**/*.jsonl") == ["a/1.jsonl", "b/2.jsonl"]
    for path, said in (("c", "no such file"), ("a/1.txt", "'.txt' cannot be read"), ("b/*.parquet", "no such file")):
        with pytest.raises(InputError, match=said):
            labels(path)
