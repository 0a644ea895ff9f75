"""What is installed, told by the names of folders."""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path

from evalkit.app.pipeline.lock import lock, packages_of


def said(folder: Path) -> dict[str, str]:
    return packages_of(json.loads(lock([str(folder)]).blob))


def test_it_says_what_the_distributions_say() -> None:
    fields = packages_of(json.loads(lock().blob))
    for name in ("numpy", "pydantic", "ruamel.yaml", "evalkit-harness", "jsonschema-rs"):
        assert fields[name.replace(".", "-")] == metadata.version(name)
    assert {"python", "machine"} <= set(fields)


def test_names_are_told_in_one_way_and_the_first_folder_counts(tmp_path: Path) -> None:
    for name in ("Foo_Bar-1.0+local.1.dist-info", "zope.event-5.0.dist-info", "old-2.1-py3.11.egg-info"):
        (tmp_path / "a" / name).mkdir(parents=True)
    (tmp_path / "a" / "dev.egg-info").mkdir()
    (tmp_path / "a" / "dev.egg-info" / "PKG-INFO").write_text("Name: dev\nVersion: 7\n")
    (tmp_path / "b" / "foo.bar-9.dist-info").mkdir(parents=True)
    packages = json.loads(lock([str(tmp_path / "a"), str(tmp_path / "b"), str(tmp_path / "none")]).blob)["packages"]
    assert packages == {"foo-bar": "1.0+local.1", "zope-event": "5.0", "old": "2.1", "dev": "7"}


def test_a_digest_moves_with_a_version_and_at_once(tmp_path: Path) -> None:
    (tmp_path / "x-1.dist-info").mkdir()
    before = lock([str(tmp_path)])
    assert lock([str(tmp_path)]) == before
    (tmp_path / "x-1.dist-info").rename(tmp_path / "x-2.dist-info")
    assert lock([str(tmp_path)]).digest != before.digest
    assert said(tmp_path)["x"] == "2"
