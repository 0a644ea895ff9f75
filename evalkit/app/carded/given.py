"""Which certificate is meant: a digest of the workspace, a file, a run's, or the output of `evalkit calibrate`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from evalkit.app.refs import is_run_ref, run_ref
from evalkit.core.errors import InputError, StoreError
from evalkit.core.nouns import Certificate, Record
from evalkit.core.protocols import Store
from evalkit.stores import certificates
from evalkit.stores.disk import told
from evalkit.stores.json_object import MOST

__all__ = ["Given", "given"]

_PLAIN = ("n", "n_dropped", "menu", "positive")
_BESIDE = ("n_unparsed", "confusion", "by_system", "certificate", "probes", "retest_flip", "unparsed", "calls", "notes")
_HOW = "Name a certificate's digest, its file, run:ID, or the file of `evalkit calibrate --json`."


class Given(NamedTuple):
    """A certificate as it was named.

    Attributes:
        certificate, digest: of it.
        origin: where it was found, in words.
        record: of the run whose it is; None: no run was named.
        whole: whether this is the certificate itself rather than what a calibration printed.
        bound: whether it is of a judge that could be asked again.
        cautions: that were printed beside it.
        base: folder of the file, for what it names.
    """

    certificate: Certificate
    digest: str
    origin: str
    record: Record | None = None
    whole: bool = True
    bound: bool = True
    cautions: tuple[str, ...] = ()
    base: Path = Path()


def given(ref: str, store: Store) -> Given:
    """The certificate that `ref` means.

    Raises:
        InputError: there is none, several fit, or a file holds something else. StoreError: it cannot be read.
    """
    if is_run_ref(ref):
        return _of_run(ref, store)
    file = Path(ref)
    if file.is_file():
        return _of_file(file, store)
    if file.suffix == ".json" or len(file.parts) > 1:
        raise InputError(f"there is no file {ref!r:.200}", remedy=_HOW)
    found = store.certificate(ref)
    return Given(found, found.digest, "the workspace")


def _of_run(ref: str, store: Store) -> Given:
    run_id, which = run_ref(store, ref)
    record = store.read_record(run_id)
    names = {info.judge: info.name or "" for info in record.judges}
    held = record.certificates
    if not held:
        what = "no judge of this run had a certificate" if record.judges else "no judge was asked in this run"
        raise InputError(what, f"run {run_id}", "Make one: evalkit calibrate RUBRIC --labels FILE --judge SPEC.")
    fit = [
        one
        for judge, one in held.items()
        if which is None or names.get(judge) == which or one.digest.startswith(which) or judge.startswith(which)
    ]
    if len(fit) != 1:
        known = "; ".join(f"run:{run_id}/{names.get(j) or c.digest[:12]}" for j, c in list(held.items())[:5])
        what = f"{len(fit) or 'no'} certificates of this run fit"
        raise InputError(what, f"run {run_id}", f"Name one: {known}.")
    return Given(fit[0], fit[0].digest, f"run {run_id}", record)


def _of_file(file: Path, store: Store) -> Given:
    with told(file, "read the certificate"):
        if file.stat().st_size > MOST:
            raise InputError("the file is too large for a certificate", str(file))
        data = file.read_bytes()
    try:
        plain = json.loads(data)
    except (ValueError, RecursionError):
        raise InputError("it is no certificate: it is not JSON", str(file), _HOW) from None
    if isinstance(plain, dict) and isinstance(plain.get("certificate"), dict):
        return _printed(plain, file, store)
    found = certificates.read(file)
    return Given(found, found.digest, f"the file {file.name}", base=file.parent)


def _printed(plain: dict[str, Any], file: Path, store: Store) -> Given:
    """The output of `evalkit calibrate --json`: the certificate itself where it is at hand, else what was printed."""
    said: dict[str, Any] = plain["certificate"]
    digest = said.get("digest")
    if not isinstance(digest, str) or len(digest) != 64:
        raise InputError("it is no certificate: it has no digest", str(file), _HOW)
    for own in _kept(digest, said, store):
        return Given(own, digest, f"the workspace (named by {file.name})", base=file.parent)
    bound = isinstance(said.get("created"), str)
    cautions = tuple(one for one in _list(said.get("cautions")) if isinstance(one, str))
    return Given(
        _made(plain, said, file), digest, f"what `evalkit calibrate --json` printed ({file.name})",
        whole=False, bound=bound, cautions=cautions, base=file.parent,
    )  # fmt: skip


def _kept(digest: str, said: Mapping[str, Any], store: Store) -> list[Certificate]:
    """The certificate in the workspace, or in the one where it was written."""
    try:
        return [store.certificate(digest)]
    except InputError:
        path = said.get("path")
    if not isinstance(path, str) or Path(path).stem != digest or not Path(path).is_file():
        return []
    try:
        return [certificates.read(Path(path))]
    except (InputError, StoreError):  # changed since: what was printed is shown, as what was printed
        return []


def _made(plain: dict[str, Any], said: dict[str, Any], file: Path) -> Certificate:
    counts = plain.get("confusion") if isinstance(plain.get("confusion"), dict) else {}
    own = ("judge", "labels", "rubric", "rubric_id", "created", "expires", "models", "limits", "renew", "reasons")
    fields = {name: plain[name] for name in _PLAIN if name in plain}
    fields |= {name: said[name] for name in own if name in said}
    fields |= {name: counts.get(name) for name in ("tp", "fp", "tn", "fn")} if counts else {}
    fields |= {name: plain[name] for name in ("by_system", "probes", "retest_flip") if plain.get(name) is not None}
    findings = {name: value for name, value in plain.items() if name not in (*_PLAIN, *_BESIDE)}
    findings["n_unparsed"] = plain.get("n_unparsed")
    try:
        return Certificate.model_validate(
            {"created": "", **fields, "usable": bool(said.get("usable")), "findings": findings}
        )
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise InputError(f"it is no certificate: {place}: {first['msg']}", str(file), _HOW) from None


def _list(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []
