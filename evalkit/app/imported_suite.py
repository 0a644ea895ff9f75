"""The suite of an imported log: a metric `recorded` for each score, with the direction and range that are known."""

from __future__ import annotations

from collections import Counter
from typing import Any

from evalkit.adapters.logs.clean import plain, printable
from evalkit.adapters.logs.gather import Gathered
from evalkit.adapters.logs.nouns import Asked, Declared, Log, Scorer
from evalkit.adapters.logs.spans import Span
from evalkit.core.errors import InputError

_SHARE = (0.0, 1.0)


def layers_of(log: Log, found: Gathered, wanted: Asked) -> tuple[dict[str, list[Any]], list[str]]:
    """`layers` of a suite, and sentences about what was taken for granted.

    Raises:
        InputError: there is neither a score nor an answer.
    """
    notes: list[str] = []
    recorded = [
        entry
        for name, span in found.spans.items()
        for entry in _of_tasks(
            _entry(name, log.scorer(name), span, found, wanted.scores.get(name, Declared()), notes),
            found.only.get(name),
        )
    ]
    layers: dict[str, list[Any]] = {"recorded": recorded} if recorded else {}
    ids = {entry["recorded"]["as"] for entry in recorded}
    known = [name for name in ("seconds", "cost") if name not in ids and _has(found, name, 0.5)]
    if not recorded:
        if not _has(found, "output"):
            raise InputError(_nothing(found), log.file, "Run it again: there is nothing to compare.")
        notes.append("the log has no score of single samples; score its answers by a suite (--suite SUITE)")
        known.insert(0, "answered")
    return layers | ({"operational": known} if known else {}), notes


def _nothing(found: Gathered) -> str:
    """Why there is neither a score nor an answer."""
    reasons = Counter(
        reason for table in found.systems.values() for reason in table["failure_reason"].drop_null().to_pylist()
    )
    told = ", ".join(f"{reason} {n:,}" for reason, n in reasons.most_common(3))
    return f"every sample of the log failed ({told})" if told else "the log has neither a score nor an answer"


def _of_tasks(entry: dict[str, dict[str, Any]], tasks: tuple[str, ...] | None) -> list[dict[str, dict[str, Any]]]:
    """The metric, limited to the task that has it; of several such tasks one metric each."""
    params = entry["recorded"]
    if tasks is None or len(tasks) == 1:
        return [entry if tasks is None else {"recorded": {**params, "when": {"task": tasks[0]}}}]
    return [{"recorded": {**params, "as": f"{task}/{params['as']}", "when": {"task": task}}} for task in tasks]


def _has(found: Gathered, column: str, share: float = 0.0) -> bool:
    """Whether more than this share of some system's answers has a value there."""
    return any(len(table) - table[column].null_count > share * len(table) for table in found.systems.values())


def _entry(
    name: str, scorer: Scorer, span: Span, found: Gathered, said: Declared, notes: list[str]
) -> dict[str, dict[str, Any]]:
    ends = said.range or _ends(name, scorer, span, notes)
    better = said.better or scorer.better or "higher"
    if said.better is None and scorer.better is None and ends != _SHARE:
        notes.append(
            f"nobody says which way {name!r:.80} is up; higher is taken as better (--score NAME=lower turns it)"
        )
    params: dict[str, Any] = {"key": name, "better": better, "as": printable(plain(name))[:200]}
    if ends is not None:
        params["range"] = list(ends)
    if ends == _SHARE:
        params["unit"] = "share"
    if name in found.scorers:
        params["scorer"] = found.scorers[name]
    return {"recorded": params}


def _ends(name: str, scorer: Scorer, span: Span, notes: list[str]) -> tuple[float | None, float | None] | None:
    """The range that the tool defines, else 0 to 1 where every value lies there."""
    if scorer.range is not None and span.inside(scorer.range):
        return scorer.range
    if span.n and span.inside(_SHARE):
        if span.n_unscored:
            notes.append(
                f"every {name!r:.80} lies in 0..1, so what is unscored is bounded by them (--score NAME:LOW..HIGH)"
            )
        return _SHARE
    if span.n_unscored:
        what = f"nobody says between which values {name!r:.80} lies, so what is unscored may have had any"
        notes.append(f"{what}, and no gate on it passes (--score NAME:LOW..HIGH)")
    return None
