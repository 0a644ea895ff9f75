"""Whether a registered model may go to users: some run judged this very artifact, and passed."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import islice
from typing import Final

from evalkit.app.pipeline.bench import Bench
from evalkit.core.nouns import Record
from evalkit.pipeline.registry.citing import Newer, Policy, judges, objections, outcome_for

__all__ = ["refusal"]

_MODEL: Final = re.compile(r"(?:[A-Za-z_][\w.-]*=)?model:(?P<ref>[^?]*)(?:\?.*)?", re.DOTALL)
_MOST: Final = 500  # newest runs that are looked through


def refusal(bench: Bench) -> Callable[[str], str | None]:
    """Of a candidate as typed: why it may not go to users, as half a sentence; None: it may.

    Only `model:` has an artifact that a record could have judged; other systems are not held up here. What speaks
    against a record is what would speak against a promotion that cites it, but for the policy of an alias.
    """

    def asked(spec: str) -> str | None:
        from evalkit.app.pipeline.registry.refs import model_of

        found = _MODEL.fullmatch(spec)
        return None if found is None else _against(bench, model_of(bench.chains, found["ref"]).artifact)

    return asked


def _against(bench: Bench, artifact: str) -> str | None:
    later: dict[str, list[Newer]] = {}  # suite -> runs on this artifact that came after the one that is looked at
    said = "no run has judged this artifact"
    for i, record in enumerate(_judged(bench, artifact)):
        newer = later.setdefault(record.suite.name, [])
        against = objections(record, artifact, None, Policy(), newer[::-1], bench.store.verify(record.run_id))
        if not against:
            return None
        said = against[0] if i == 0 else said
        if not record.selection:
            names = [one.name for one in record.variants if one.role == "candidate" and judges(one, artifact)]
            newer += [Newer(record.run_id, outcome_for(record, name)) for name in names]
    return said


def _judged(bench: Bench, artifact: str) -> list[Record]:
    """Records of runs that had this artifact as a candidate, newest first."""
    runs = [run.run_id for run in islice(bench.store.runs(), _MOST)]
    records = (found for found in bench.store.read_records(runs) if isinstance(found, Record))
    return [r for r in records if any(v.role == "candidate" and judges(v, artifact) for v in r.variants)]
