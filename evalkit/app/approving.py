"""Who approves a release, of which record, and what evidence of others is taken in."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, get_args

from pydantic import ValidationError

from evalkit.app.attaching import check
from evalkit.app.baselines import who as user
from evalkit.app.evidence_sense import nonsense
from evalkit.app.refs import run_ref
from evalkit.core.errors import InputError
from evalkit.core.evidence import EVIDENCE, KINDS, Approval, Evidence
from evalkit.core.nouns import Record
from evalkit.core.protocols import Store

__all__ = ["Signed", "added", "approve", "read_evidence", "verdict_of", "who"]

_OPEN = ("fail", "inconclusive", "error")
_VERDICTS = {
    "pass": "its gates passed",
    "fail": "a gate failed",
    "inconclusive": "its gates could not be decided",
    "error": "it broke, and measured not all that its gates ask for",
    "ungated": "no gate decided, so there is no verdict",
}
MOST = 64 << 20


class Signed(NamedTuple):
    """An approval that is kept."""

    record: Record
    approval: Approval
    file: Path


def verdict_of(record: Record) -> str:
    """What the run said, as half a sentence."""
    return _VERDICTS[record.outcome]


def who() -> str:
    """Who signs: the user that CI names or that git knows, else of the machine; empty where nobody is known."""
    try:
        said = subprocess.run(["git", "config", "user.name"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.SubprocessError):
        return user()
    return said.stdout.strip() or user()


def approve(
    store: Store, ref: str, *, by: str | None = None, role: str = "", note: str = "", approved: bool = True
) -> Signed:
    """Keep with a run that somebody approved (or rejected) its record as it is now.

    Args:
        store: where the run is.
        ref: the run.
        by: who; None: `who`.
        role: of them.
        note: why; asked for where the run did not pass and is approved all the same.
        approved: or rejected.

    Raises:
        InputError: no such run; nobody is named; or a run that did not pass is approved without a note.
    """
    name = _plain(who() if by is None else by)
    if not name:
        raise InputError("nobody is named who approves", remedy="Say who, with --by NAME")
    record = store.read_record(run_ref(store, ref).run_id)
    made = Approval(
        created=datetime.now(UTC).isoformat(timespec="microseconds"),  # the last word counts, also within a second
        made_by="evalkit approve",
        who=name,
        role=_plain(role),
        approved=approved,
        note=_plain(note),
        record=record.digest,
    )
    _check(made, record)
    return Signed(record, made, store.add_evidence(record.run_id, made))


def _plain(text: str) -> str:
    """One line; bytes of the command line that are no text become question marks."""
    return " ".join(text.split()).encode("utf-8", "replace").decode()


def _check(made: Approval, record: Record) -> None:
    if made.approved and record.outcome in _OPEN and not made.note.strip():
        raise InputError(
            f"the run did not pass: {verdict_of(record)}",
            f"run {record.run_id}",
            "Approve it all the same with --note WHY, which the report shows, or reject it with --reject",
        )
    if made.record != record.digest:
        raise InputError(
            f"the approval is of another record ({made.record[:12]}) than that of the run ({record.digest[:12]})",
            f"run {record.run_id}",
            "Approve this one with: evalkit approve",
        )


def added(store: Store, ref: str, file: Path) -> list[tuple[Evidence, Path]]:
    """Keep with a run what a file says: one object, or a list of them; all or none. Gives each with its file.

    Raises:
        InputError: no such run; or the file holds something that is no evidence, or an approval that `approve` refuses.
    """
    record = store.read_record(run_ref(store, ref).run_id)
    found = read_evidence(file)
    for one in found:
        check(record, one)
        if isinstance(one, Approval):
            _check(one, record)
    return [(one, store.add_evidence(record.run_id, one)) for one in found]


def read_evidence(file: Path) -> list[Evidence]:
    """The evidence in a JSON file: one object, or a list of them.

    Raises:
        InputError: it cannot be read, or is no evidence: the line of a slip, or the field that is wrong.
    """
    given = _json(file)
    several = isinstance(given, list)
    found = [_one(one, f"{file}, entry {i}" if several else str(file)) for i, one in enumerate(_listed(given), 1)]
    if not found:
        raise InputError("there is no evidence in it", str(file), "Write one object, or a list of them")
    return found


def _listed(given: Any) -> Sequence[Any]:
    return given if isinstance(given, list) else [given]


def _json(file: Path) -> Any:
    try:
        if file.stat().st_size > MOST:
            raise InputError(f"the file has more than {MOST:,} bytes", str(file), "Evidence is a summary, not data")
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"byte {error.start} is not UTF-8", str(file), "Save the file as UTF-8") from None
    except OSError as error:
        raise InputError(f"it cannot be read: {error.strerror}", str(file)) from error
    try:
        return json.loads(text, parse_constant=_no_number, parse_int=_whole)
    except json.JSONDecodeError as error:
        raise InputError(f"not JSON: {error.msg}", f"{file}:{error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise InputError("it is nested too deeply", str(file)) from None
    except ValueError as error:
        raise InputError(str(error), str(file), "Write null, or leave the field out") from None


def _whole(digits: str) -> int:
    if len(digits) > 1000:  # Python itself would refuse some of them, with words about its settings
        raise ValueError(f"a number has {len(digits):,} digits")
    return int(digits)


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def _one(given: Any, where: str) -> Evidence:
    if not isinstance(given, dict):
        raise InputError(f"an object is needed, and this is a {type(given).__name__}", where)
    fields = {key: value for key, value in given.items() if key != "digest"}  # as the store writes it
    kind = fields.get("kind")
    if kind not in KINDS:
        said = "the field `kind` is missing" if kind is None else f"there is no evidence of the kind {kind!r:.80}"
        raise InputError(said, where, f"Kinds are {', '.join(KINDS)}")
    try:
        found: Evidence = EVIDENCE.validate_python(fields)
        digest = found.digest
    except ValidationError as error:
        raise InputError(*_wrong(error, kind, where)) from None
    except ValueError as error:
        raise InputError(f"{kind}: it holds what JSON cannot: {error}", where) from None
    if "digest" in given and given["digest"] != digest:
        raise InputError("it was changed since it was written: its digest is another", where, "Leave `digest` out")
    if not _is_time(found.created):
        said = f"{kind}: `created` is {found.created!r:.80}, which is no ISO 8601 time"
        raise InputError(said, where, "Write it as 2026-01-31T12:00:00+00:00")
    if (slip := nonsense(found)) is not None:
        raise InputError(f"{kind}: {slip}", where, "Mend the file: evidence that is kept is never changed")
    return found


def _is_time(text: str) -> bool:
    try:
        return bool(datetime.fromisoformat(text))
    except ValueError:
        return False


def _wrong(error: ValidationError, kind: str, where: str) -> tuple[str, str, str]:
    """The first fault with its field, how many there are, and the fields that there are."""
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"][1:]) or "its start"
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    said = {"missing": "is missing", "extra_forbidden": "is no field of it"}.get(first["type"])
    what = f"{kind}: `{place}` {said}" if said else f"{kind}: `{place}`: {first['msg'][:1].lower()}{first['msg'][1:]}"
    form: Any = next(one for one in get_args(get_args(Evidence)[0]) if one.model_fields["kind"].default == kind)
    return what + more, where, f"Fields of {kind}: {', '.join(form.model_fields)}"
