"""A run in one file: the same bytes for the same run, and nothing believed that its digests do not vouch for."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from evalkit.core.digest import digest_bytes
from evalkit.core.errors import InputError, StoreError
from evalkit.stores.local import LocalStore
from tests.stores.builders import a_record, tables

ENDINGS = ["tar.gz", "tgz", "zip"]
Members = dict[str, bytes]


@pytest.fixture
def here(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "here", clock=lambda: 0.0)


@pytest.fixture
def there(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "there", clock=lambda: 0.0)


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_run_travels_whole(here: LocalStore, there: LocalStore, tmp_path: Path, ending: str) -> None:
    here.write_run(a_record(name="main", labels=["v1"]), tables(1000))
    here.attach("main", "report.html", b"<p>")
    file = here.export_run("main", tmp_path / f"run.{ending}")
    assert there.import_run(file) == "run-1"
    assert there.read_record("run-1") == here.read_record("run-1")
    assert there.read_table("run-1", "scores") == tables(1000)["scores"]
    assert (there.path_of("run-1") / "report.html").read_bytes() == b"<p>"
    assert there.verify("run-1") == []
    assert [(run.names, run.tags) for run in there.runs()] == [((), ())]  # pointers belong to a workspace


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_same_run_gives_the_same_bytes(here: LocalStore, there: LocalStore, tmp_path: Path, ending: str) -> None:
    here.write_run(a_record(), tables())
    first = here.export_run("run-1", tmp_path / f"a.{ending}").read_bytes()
    there.import_run(tmp_path / f"a.{ending}")
    assert there.export_run("latest", tmp_path / f"b.{ending}").read_bytes() == first
    if ending != "zip":
        assert first[4:8] == bytes(4)  # gzip's own time


def test_importing_twice_changes_nothing_and_another_run_of_that_id_is_refused(
    here: LocalStore, there: LocalStore, tmp_path: Path
) -> None:
    here.write_run(a_record(), tables())
    file = here.export_run("run-1", tmp_path / "run.zip")
    assert there.import_run(file) == there.import_run(file) == "run-1"
    here.delete("run-1")
    here.write_run(a_record(n_extra=3), tables())
    here.export_run("run-1", file)
    with pytest.raises(InputError, match="another run 'run-1' is here already"):
        there.import_run(file)
    assert there.read_record("run-1").n_extra == 0
    assert [path.name for path in (there.root / "runs").iterdir()] == ["run-1"]


def test_a_changed_run_is_not_exported(here: LocalStore, tmp_path: Path) -> None:
    path = here.write_run(a_record(), tables())
    (path / "cases.parquet").write_bytes(b"other")
    with pytest.raises(StoreError, match=r"cases\.parquet was changed"):
        here.export_run("run-1", tmp_path / "run.zip")
    assert not (tmp_path / "run.zip").exists()


def test_only_known_endings(here: LocalStore, tmp_path: Path) -> None:
    here.write_run(a_record(), tables())
    with pytest.raises(InputError, match=r"End it in \.tar\.gz, \.tgz or \.zip"):
        here.export_run("run-1", tmp_path / "run.rar")
    with pytest.raises(InputError, match=r"nowhere: there is no such folder"):
        here.export_run("run-1", tmp_path / "nowhere" / "run.zip")


def test_an_export_that_fails_leaves_no_file(here: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here.write_run(a_record(), tables())

    def failing(path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("evalkit.stores.archive.sync_path", failing)
    with pytest.raises(StoreError, match="cannot write the archive: the disk is full"):
        here.export_run("run-1", tmp_path / "run.zip")
    assert [path.name for path in tmp_path.iterdir()] == ["here"]


# ------------------------------------------------------------------------------------ archives not to believe


def members_of(store: LocalStore, tmp_path: Path) -> Members:
    store.write_run(a_record(), tables())
    with zipfile.ZipFile(store.export_run("run-1", tmp_path / "good.zip")) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def zipped(path: Path, members: Members) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def tarred(path: Path, members: Members) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return path


def header(members: Members, **changes: object) -> Members:
    found = json.loads(members["run-1/bundle.json"]) | changes
    return members | {"run-1/bundle.json": json.dumps(found).encode()}


def added(name: str) -> Callable[[Members], Members]:
    return lambda members: members | {name: b"evil"}


def without(name: str) -> Callable[[Members], Members]:
    return lambda members: {key: data for key, data in members.items() if key != name}


def listed(name: str) -> Callable[[Members], Members]:
    """A name that the header vouches for, and which is no plain file name."""

    def change(members: Members) -> Members:
        files = json.loads(members["run-1/bundle.json"])["files"]
        return header(members, files=files | {name: files["record.json"]}) | {
            f"run-1/{name}": members["run-1/record.json"]
        }

    return change


REFUSED: dict[str, tuple[Callable[[Members], Members], str]] = {
    "traversal": (added("../evil.txt"), "no file of a run"),
    "traversal inside": (added("run-1/../../evil.txt"), "no file of a run"),
    "listed traversal": (listed("../evil.txt"), "no file of a run"),
    "listed hidden": (listed(".tmp-x"), "no file of a run"),
    "absolute": (added("/tmp/evil.txt"), "no file of a run"),
    "unlisted": (added("run-1/evil.parquet"), "no file of a run"),
    "folder": (added("run-1/sub/"), "no file of a run"),
    "no header": (without("run-1/bundle.json"), "no exported run"),
    "missing": (without("run-1/scores.parquet"), r"scores\.parquet is missing"),
    "changed": (
        lambda m: m | {"run-1/scores.parquet": b"x" * len(m["run-1/scores.parquet"])},
        "differs from its digest",
    ),
    "longer": (lambda m: m | {"run-1/record.json": m["run-1/record.json"] + b" " * 9}, "differs from its digest"),
    "header no JSON": (lambda m: m | {"run-1/bundle.json": b"{"}, r"bundle\.json is damaged"),
    "header odd": (lambda m: header(m, files=[]), r"bundle\.json is damaged"),
    "newer archive": (lambda m: header(m, bundle=3, news=1), "archive has schema version 3, .* up to version 2"),
    "newer record": (lambda m: header(m, record_schema=42), "record has schema version 42, .* up to version"),
    "odd id": (lambda m: header(m, run_id="../run-1"), "cannot be a run id"),
    "another id": (
        lambda m: {name.replace("run-1/", "run-2/"): data for name, data in header(m, run_id="run-2").items()},
        "its record is of another run",
    ),
    "empty": (lambda m: {}, r"no exported run|no archive"),
}


@pytest.mark.parametrize("pack", [zipped, tarred])
@pytest.mark.parametrize("what", REFUSED)
def test_an_archive_that_holds_what_it_should_not_is_refused(
    here: LocalStore, there: LocalStore, tmp_path: Path, what: str, pack: Callable[[Path, Members], Path]
) -> None:
    change, said = REFUSED[what]
    file = pack(tmp_path / "bad", change(members_of(here, tmp_path)))
    before = sorted(tmp_path.iterdir())
    with pytest.raises(InputError, match=said):
        there.import_run(file)
    assert there.runs() == []
    assert [path.name for path in tmp_path.rglob("evil*")] == []
    assert list((there.root / "runs").iterdir()) == []
    assert sorted({*tmp_path.iterdir()} - {there.root}) == before


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_a_file_twice_is_refused(
    here: LocalStore, there: LocalStore, tmp_path: Path, pack: Callable[[Path, Members], Path]
) -> None:
    class Twice(dict[str, bytes]):
        def items(self) -> list[tuple[str, bytes]]:  # type: ignore[override]
            return [*super().items(), ("run-1/record.json", self["run-1/record.json"])]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile warns of what we do on purpose
        file = pack(tmp_path / "bad", Twice(members_of(here, tmp_path)))
    with pytest.raises(InputError, match=r"record\.json', which is no file of a run"):
        there.import_run(file)


def test_an_archive_whose_header_vouches_for_a_change_is_refused(
    here: LocalStore, there: LocalStore, tmp_path: Path
) -> None:
    members = members_of(here, tmp_path)
    forged = members["run-1/record.json"].replace(b'"outcome": "pass"', b'"outcome": "fail"')
    files = json.loads(members["run-1/bundle.json"])["files"]
    files["record.json"] = {"sha256": digest_bytes(forged), "bytes": len(forged)}
    file = zipped(tmp_path / "bad", header(members | {"run-1/record.json": forged}, files=files))
    with pytest.raises(InputError, match=r"record\.json was changed since the run was written"):
        there.import_run(file)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE, tarfile.CHRTYPE])
def test_links_and_devices_in_a_tar_are_refused(
    here: LocalStore, there: LocalStore, tmp_path: Path, kind: bytes
) -> None:
    members = members_of(here, tmp_path)
    with tarfile.open(tmp_path / "bad.tar.gz", "w:gz") as archive:
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            if name.endswith("scores.parquet"):
                entry.type, entry.linkname = kind, "/etc/passwd"
                archive.addfile(entry)
            else:
                entry.size = len(data)
                archive.addfile(entry, io.BytesIO(data))
    with pytest.raises(InputError, match=r"scores\.parquet', which is no file of a run"):
        there.import_run(tmp_path / "bad.tar.gz")
    assert there.runs() == []


def test_a_link_in_a_zip_is_refused(here: LocalStore, there: LocalStore, tmp_path: Path) -> None:
    members = members_of(here, tmp_path)
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        for name, data in members.items():
            entry = zipfile.ZipInfo(name)
            if name.endswith("scores.parquet"):
                entry.external_attr = 0o120777 << 16
            archive.writestr(entry, data)
    with pytest.raises(InputError, match=r"scores\.parquet', which is no file of a run"):
        there.import_run(tmp_path / "bad.zip")


@pytest.mark.parametrize("ending", ["tar.gz", "zip"])
@pytest.mark.parametrize("keep", [0, 1, 40, 0.5, 0.95])
def test_a_torn_download_is_a_sentence(
    here: LocalStore, there: LocalStore, tmp_path: Path, ending: str, keep: float
) -> None:
    here.write_run(a_record(), tables(5000))
    data = here.export_run("run-1", tmp_path / f"run.{ending}").read_bytes()
    (tmp_path / "torn").write_bytes(data[: keep if isinstance(keep, int) else int(len(data) * keep)])
    with pytest.raises(InputError, match="archive is refused"):
        there.import_run(tmp_path / "torn")
    assert there.runs() == []


def test_what_is_no_archive_or_not_there_is_a_sentence(there: LocalStore, tmp_path: Path) -> None:
    (tmp_path / "note.tar.gz").write_text("hello")
    (tmp_path / "other.gz").write_bytes(gzip.compress(b"hello" * 1000))
    for name in ("note.tar.gz", "other.gz"):
        with pytest.raises(InputError, match="damaged or no archive"):
            there.import_run(tmp_path / name)
    with pytest.raises(StoreError, match=r"absent\.zip: cannot read the archive: there is no such file"):
        there.import_run(tmp_path / "absent.zip")
