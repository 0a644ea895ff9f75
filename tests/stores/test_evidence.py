"""Evidence on the disk: what is damaged is told and left out, and what is whole travels with its run."""

from __future__ import annotations

import json
from pathlib import Path
from unittest.mock import Mock

import pytest

from evalkit.core.digest import digest_of
from evalkit.core.errors import InputError, StoreError
from evalkit.core.evidence import Approval, Evidence, Limits, Validation
from evalkit.stores.disk import StoreWarning
from evalkit.stores.gc import GcPolicy
from evalkit.stores.local import LocalStore
from tests.stores.builders import DIGEST, a_record, tables

LIMITS = Limits(created="2026-01-05T00:00:00+00:00", sentences=["only flights of April"])
APPROVAL = Approval(created="2026-01-06T00:00:00+00:00", who="ann", approved=True, record=DIGEST)


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    made = LocalStore(tmp_path / "ws", clock=lambda: 1_800_000_000.0)
    made.write_run(a_record(), tables())
    return made


def test_the_file_is_named_after_its_content_and_readable(store: LocalStore) -> None:
    path = store.add_evidence("run-1", LIMITS)
    assert path == store.path_of("run-1") / "evidence" / f"{LIMITS.digest}.json"
    held = json.loads(path.read_text())
    assert held["digest"] == LIMITS.digest
    assert held["sentences"] == ["only flights of April"]
    assert store.verify("run-1") == []


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda text: text[:-20], "it is not JSON"),
        (lambda text: "[1]", "no JSON object"),
        (lambda text: text.replace("April", "May"), "its digest is another"),
        (lambda text: text.replace('"limits"', '"oracle"'), "kind 'oracle', which this evalkit does not know"),
        (lambda text: text.replace('"sentences"', '"lines"'), "it is no evidence"),
        (lambda text: text.replace(LIMITS.digest, "0" * 64), "its digest is another"),
    ],
)
def test_damaged_evidence_is_told_left_out_and_not_exported(
    store: LocalStore, tmp_path: Path, damage: object, said: str
) -> None:
    path = store.add_evidence("run-1", LIMITS)
    store.add_evidence("run-1", APPROVAL)
    path.write_text(damage(path.read_text()))  # type: ignore[operator]
    with pytest.warns(StoreWarning, match=said):
        assert store.evidence("run-1") == [APPROVAL]
    assert [f"evidence/{path.name}" in line and said in line for line in store.verify("run-1")] == [True]
    with pytest.raises(StoreError, match="evidence/"):
        store.export_run("run-1", tmp_path / "run.zip")
    store.add_evidence("run-1", LIMITS)  # heals it
    assert store.evidence("run-1") == [LIMITS, APPROVAL]


def test_a_copied_file_under_another_name_is_left_out(store: LocalStore) -> None:
    path = store.add_evidence("run-1", LIMITS)
    path.with_name("f" * 64 + ".json").write_bytes(path.read_bytes())
    with pytest.warns(StoreWarning, match="another digest than its name"):
        assert store.evidence("run-1") == [LIMITS]


def test_a_digest_is_computed_once_to_write_and_once_to_read(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Mock(wraps=digest_of)
    monkeypatch.setattr("evalkit.core.evidence.digest_of", counted)
    store.add_evidence("run-1", LIMITS)
    assert counted.call_count == 1
    assert store.evidence("run-1") == [LIMITS]
    assert counted.call_count == 2


@pytest.mark.parametrize("ending", [".tar.gz", ".zip"])
def test_evidence_travels_with_its_run_and_joins_what_is_there(store: LocalStore, tmp_path: Path, ending: str) -> None:
    plain, signed = tmp_path / f"plain{ending}", tmp_path / f"signed{ending}"
    store.export_run("run-1", plain)
    store.add_evidence("run-1", LIMITS)
    store.export_run("run-1", signed)
    first = signed.read_bytes()
    assert store.export_run("run-1", signed).read_bytes() == first
    other = LocalStore(tmp_path / "other")
    other.import_run(plain)
    other.add_evidence("run-1", APPROVAL)
    other.import_run(signed)
    assert other.evidence("run-1") == [LIMITS, APPROVAL]
    other.import_run(plain)
    assert other.evidence("run-1") == [LIMITS, APPROVAL]


def test_a_run_with_evidence_is_kept_by_gc(store: LocalStore) -> None:
    store.write_run(a_record("run-2", "2026-01-02T00:00:00+00:00"), tables())
    store.add_evidence("run-1", LIMITS)
    removed = store.gc(GcPolicy(keep_newest=0, keep_days=0))
    assert removed.runs == ("run-2",)
    assert store.evidence("run-1") == [LIMITS]


def test_a_file_cannot_be_attached_in_the_place_of_evidence(store: LocalStore) -> None:
    with pytest.raises(InputError, match="cannot be attached"):
        store.attach("run-1", "evidence", b"x")


def test_an_unfinished_file_of_evidence_is_not_read(store: LocalStore) -> None:
    path = store.add_evidence("run-1", LIMITS)
    path.with_name(".tmp-1.json").write_bytes(b"{")
    assert store.evidence("run-1") == [LIMITS]
    assert store.verify("run-1") == []


def test_every_kind_survives_the_disk(store: LocalStore) -> None:
    found: list[Evidence] = [Validation(created="2026-01-01T00:00:00Z", dataset="d", rows=3, outcome="fail"), LIMITS]
    for one in found:
        store.add_evidence("run-1", one)
    assert store.evidence("run-1") == found
