"""Certificates are kept by content, are never changed unseen, and outlive `gc` with what they cite."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from evalkit.core.errors import InputError
from evalkit.core.protocols import Store
from evalkit.stores.certificates import parse, read, text_of
from evalkit.stores.disk import StoreWarning
from evalkit.stores.gc import GcPolicy
from evalkit.stores.local import LocalStore
from evalkit.stores.memory import MemoryStore
from tests.certificates import certificate

MAKE: list[Callable[[Path], Store]] = [LocalStore, lambda root: MemoryStore()]


@pytest.mark.parametrize("make", MAKE, ids=["local", "memory"])
def test_what_is_put_is_found_again_newest_first(tmp_path: Path, make: Callable[[Path], Store]) -> None:
    store = make(tmp_path / "ws")
    assert store.certificates() == []
    old, new = certificate(), certificate(created="2026-02-01T00:00:00+00:00")
    for one in (old, new, old):
        store.put_certificate(one)
    assert store.certificates() == [new, old]
    assert store.certificate(old.digest) == old == store.certificate(old.digest[:10])


@pytest.mark.parametrize("make", MAKE, ids=["local", "memory"])
@pytest.mark.parametrize("ref", ["", "zz", "../x", "0" * 64])
def test_an_unknown_digest_is_a_sentence(tmp_path: Path, make: Callable[[Path], Store], ref: str) -> None:
    store = make(tmp_path / "ws")
    store.put_certificate(certificate())
    with pytest.raises(InputError, match="no certificate"):
        store.certificate(ref)


def test_two_of_one_beginning_are_ambiguous() -> None:
    store = MemoryStore()
    for i in range(17):
        store.put_certificate(certificate(n=100 + i))
    digests = sorted(c.digest for c in store.certificates())
    first = next(a[0] for a, b in itertools.pairwise(digests) if a[0] == b[0])
    with pytest.raises(InputError, match="begin with"):
        store.certificate(first)


def test_a_certificate_changed_by_hand_is_refused(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    path = store.put_certificate(certificate(usable=False, reasons=["too few"]))
    given = json.loads(path.read_text())
    path.write_text(json.dumps({**given, "usable": True}))
    with pytest.raises(InputError, match="changed since it was written"):
        read(path)
    with pytest.warns(StoreWarning, match="changed"):
        assert store.certificates() == []


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "no JSON object"),
        (b"{}", "judge"),
        (b'{"schema_version": 99}', "version 99"),
        (b"\xff\xfe", "not JSON"),
        (b'{"judge": "x", "usable": "perhaps"}', "judge"),
        (text_of(certificate(expires="never")), "expires is no time"),
    ],
)
def test_what_is_no_certificate_is_a_sentence(data: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        parse(data, "cert.json")
    assert caught.value.where == "cert.json"


def test_a_file_reads_as_what_was_written() -> None:
    one = certificate(judge_spec={"model": "m\x1b[31m<b>"})
    assert parse(text_of(one), "x") == one


def test_gc_keeps_certificates_and_what_their_sentinel_needs(tmp_path: Path) -> None:
    store = LocalStore(tmp_path, clock=lambda: 4e9)
    blob, other = store.put_blob(b"frozen"), store.put_blob(b"nobody's")
    store.put_certificate(certificate(sentinel=blob))
    store.gc(GcPolicy(keep_newest=0, keep_days=0, idle_days=0))
    assert store.get_blob(blob) == b"frozen"
    assert len(store.certificates()) == 1
    with pytest.raises(InputError, match="no such blob"):
        store.get_blob(other)


def test_a_field_that_comes_later_leaves_old_digests_as_they_are() -> None:
    given = json.loads(text_of(certificate()))
    older = {name: value for name, value in given.items() if name not in ("verdicts", "sentinel", "renew")}
    assert parse(json.dumps(older).encode(), "x").digest == certificate().digest
