"""Which certificate each judge of a run has: the one that the suite names, else the workspace's; or why none fits."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from evalkit.app.frozen_slice import frozen
from evalkit.app.graders import parse
from evalkit.core.errors import EvalkitError, InputError, StoreError
from evalkit.core.nouns import Certificate, MetricSpec, Record
from evalkit.core.protocols import Judge, Store
from evalkit.engine.certificate import revocation
from evalkit.engine.certify import Certifying, expired
from evalkit.engine.certify_changes import kinship, stale
from evalkit.engine.judge import judge_digest
from evalkit.engine.judging.again import makes_calls
from evalkit.engine.sentinel import Frozen
from evalkit.engine.suite import LoadedSuite
from evalkit.stores.certificates import read

__all__ = ["SENTINEL", "Certified", "certified", "revoke"]

SENTINEL = 100
"""Verdicts that a gate run asks again, unless the suite's judge says otherwise (`sentinel: N`, 0 for none)."""


class Certified(NamedTuple):
    """The certificates of a run's judges, by the judge's digest, and what else is known of them."""

    certificates: dict[str, Certificate]
    certifying: Certifying


class _Asked(NamedTuple):
    """One judge as a metric asks it."""

    name: str
    spec: MetricSpec
    judge: Judge
    options: Mapping[str, Any]


def certified(
    loaded: LoadedSuite,
    judges: Mapping[str, Judge],
    store: Store,
    now: str,
    earlier: Sequence[Record] = (),
) -> Certified:
    """The certificates of a suite's judges.

    Args:
        loaded: the suite.
        judges: by the id of the metric that asks them.
        store: the workspace.
        now: when the run is made (ISO 8601).
        earlier: records whose verdicts are read again: a certificate that they had of a judge holds as of then.

    Raises:
        InputError: a judge's options that cannot be meant.
    """
    found: dict[str, Certificate] = {}
    lacking: dict[str, str] = {}
    as_of: dict[str, str] = {}
    renew: dict[str, str] = {}
    sentinel: dict[str, int] = {}
    slices: dict[str, list[Frozen]] = {}
    stored = _stored(store) if judges else ([], [])
    for spec in loaded.suite.metrics:
        if spec.id not in judges:
            continue
        asked = _asked(loaded, spec, judges[spec.id])
        digest = judge_digest(asked.judge)
        renew[digest] = _command(loaded, asked, stored[0])
        again = _sentinel(asked)
        if makes_calls(asked.judge):
            sentinel[digest] = again
        then = next((r for r in earlier if digest in r.certificates), None)
        if then is not None:
            found[digest], as_of[digest] = then.certificates[digest], then.created
            continue
        one, why = _certificate(loaded, asked, digest, stored, now)
        if one is not None:
            found[digest] = one
            if sentinel.get(digest):
                slices[digest] = frozen(one, store, loaded.base)
        if why is not None:
            lacking[digest] = why
    return Certified(found, Certifying(lacking, as_of, renew, sentinel, slices))


def revoke(store: Store, record: Record) -> None:
    """End the certificates of judges that the run's sentinels saw drift, for all runs to come.

    Raises:
        StoreError: the workspace cannot be written; the run itself is.
    """
    for judge, found in record.sentinels.items():
        if found.drifted and judge in record.certificates:
            held = record.certificates[judge]
            store.put_certificate(revocation(held, record.run_id, record.created, found.said))


def _asked(loaded: LoadedSuite, spec: MetricSpec, judge: Judge) -> _Asked:
    name = str(spec.params.get("judge"))
    given = loaded.suite.judges.get(name)
    options = {} if given is None or isinstance(given, Judge) else parse(given, loaded.base).options
    return _Asked(name, spec, judge, options)


def _sentinel(asked: _Asked) -> int:
    given = asked.options.get("sentinel", SENTINEL)
    if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given <= 100_000:
        what = f"sentinel of judge {asked.name!r} is {given!r:.40}, not a whole number from 0 to 100000"
        raise InputError(what, remedy="It is how many verdicts are asked again; 0 for none.")
    return given


def _certificate(
    loaded: LoadedSuite, asked: _Asked, digest: str, here: tuple[list[Certificate], list[str]], now: str
) -> tuple[Certificate | None, str | None]:
    """The certificate that counts for a judge, or why there is none."""
    files = _files(asked)
    stored, faults = here
    candidates = stored
    if files:
        candidates, faults = _read(loaded.base, files)
    if faults:
        return None, faults[0]
    revoked = {c.revokes: c for c in stored if c.revokes is not None}
    mine = [revoked.get(c.digest, c) for c in candidates if c.judge == digest]
    if mine:
        return max(mine, key=lambda c: (c.usable and not _over(c, now), c.created, c.digest)), None
    rubric = getattr(getattr(asked.judge, "rubric", None), "id", None)
    spec = asked.judge.spec
    kin = [(kinship(c, spec, rubric), c.created, c) for c in candidates]
    near = max(kin, key=lambda one: one[:2], default=None)
    if near is not None and (near[0] or files):
        return None, stale(near[2], spec)
    return None, None


def _over(certificate: Certificate, now: str) -> bool:
    return certificate.expires is not None and expired(certificate.expires, now)


def _files(asked: _Asked) -> list[str]:
    given = asked.options.get("certificate")
    files = [given] if isinstance(given, str) else given
    if files is None:
        return []
    if not isinstance(files, list) or not files or not all(isinstance(f, str) and f for f in files):
        what = f"certificate of judge {asked.name!r} is {given!r:.80}, not a file or a list of files"
        raise InputError(what, remedy="Name the file that `evalkit calibrate -o FILE` wrote, relative to the suite.")
    return list(files)


def _read(base: Path, files: Sequence[str]) -> tuple[list[Certificate], list[str]]:
    found, faults = [], []
    for name in files:
        try:
            found.append(read(base / name))
        except (InputError, StoreError, ValueError) as error:
            what = error.what if isinstance(error, EvalkitError) else str(error)
            faults.append(f"The judge's certificate {name!r:.200} cannot be used: {what}.")
    return found, faults


def _stored(store: Store) -> tuple[list[Certificate], list[str]]:
    try:
        return store.certificates(), []
    except StoreError as error:
        return [], [f"The workspace's certificates cannot be read: {error.what}."]


def _command(loaded: LoadedSuite, asked: _Asked, stored: Sequence[Certificate]) -> str:
    """The command that certifies this judge, with the labels that its rubric was calibrated on last."""
    rubric = getattr(asked.judge, "rubric", None)
    known = [c for c in stored if rubric is not None and c.rubric_id == rubric.id]
    labels = next((str(source) for c in known if (source := c.limits.get("source"))), "LABELS.jsonl")
    words = ["evalkit", "calibrate", _rubric(rubric, asked.spec.params.get("rubric")), "--labels", labels]
    if loaded.file:
        words += ["--judge", f"{_here(Path(loaded.file))}#{asked.name}"]
    return shlex.join(words)


def _rubric(rubric: Any, given: Any) -> str:
    """The rubric as a command names it: one that comes with evalkit by its name."""
    path = getattr(rubric, "path", None)
    if path is None:
        return str(given or "RUBRIC")
    here = _here(Path(path))
    return Path(path).stem if Path(here).is_absolute() and given in (None, Path(path).stem) else here


def _here(path: Path) -> str:
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return str(path)
