"""What the release's evaluation took: systems and judges apart; what nobody priced is unknown, never 0."""

from __future__ import annotations

from typing import Any

from evalkit.core.dossier import Dossier
from evalkit.core.nouns import JudgeInfo
from evalkit.report import numbers
from evalkit.report.findings import Findings
from evalkit.report.release.told import release_of
from evalkit.report.sections import cost
from evalkit.report.text import clip, count

__all__ = ["build"]


def build(dossier: Dossier, findings: Findings) -> dict[str, Any]:
    """One row a system with its tokens, one a judge."""
    tokens = release_of(dossier).tokens
    told = cost.build(dossier, findings)
    for row in told["rows"]:
        row["tokens"] = _tokens(*tokens.get(row["name"], (None, None)))
    return {**told, "judges": [_judge(info) for info in dossier.record.judges]}


def _judge(info: JudgeInfo) -> dict[str, str]:
    return {
        "name": clip(info.name or info.judge[:12], 80),
        "metric": info.metric,
        "variant": info.variant,
        "asked": count(info.n_asked),
        "calls": count(info.n_calls),
        "reused": count(info.n_reused),
        "tokens": _tokens(info.tokens_in, info.tokens_out),
        "seconds": numbers.duration(info.seconds),
        "cost": numbers.dollars(info.cost),
    }


def _tokens(given: int | None, made: int | None) -> str:
    """`12,000 in, 3,400 out`; unknown where no response had a count."""
    if given is None and made is None:
        return "unknown"
    return f"{'unknown' if given is None else count(given)} in, {'unknown' if made is None else count(made)} out"
