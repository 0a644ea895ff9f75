"""What the judges of a run did, in words: who decided how much, what it took, and whose order mattered."""

from __future__ import annotations

from collections.abc import Iterable

from evalkit.core.nouns import JudgeInfo, Record
from evalkit.report import numbers
from evalkit.report.text import count, plural

__all__ = ["decided", "lines", "spent"]


def lines(record: Record) -> list[str]:
    """One line a judged metric and system, then one a judge with what it took."""
    told = [f"{info.metric} ({info.variant}): {decided(info)}" for info in record.judges]
    return told + [f"judge {name}: {spent(infos)}" for name, infos in by_judge(record).items()]


def by_judge(record: Record) -> dict[str, list[JudgeInfo]]:
    """What each judge of the suite did, over all metrics and systems; the costs of systems are apart."""
    found: dict[str, list[JudgeInfo]] = {}
    for info in record.judges:
        found.setdefault(info.name or info.judge[:12], []).append(info)
    return found


def decided(info: JudgeInfo) -> str:
    """`numeric decided 412 of 500, judge 88; unscored 3: judge: refused 3`."""
    total = sum(info.decided.values()) + sum(info.unscored.values())
    (first, n), *others = sorted(info.decided.items(), key=lambda item: item[0] == "judge") or [("judge", 0)]
    said = f"{_who(first)} decided {count(n)} of {count(total)}"
    said += "".join(f", {_who(who)} {count(n)}" for who, n in others)
    if info.stages:
        said += f" (by stage: {', '.join(map(count, info.stages))})"
    if info.unscored:
        reasons = ", ".join(f"{reason} {count(n)}" for reason, n in list(info.unscored.items())[:3])
        said += f"; unscored {count(sum(info.unscored.values()))}: {reasons}"
    if info.n_conflicts:
        said += f"; {plural(info.n_conflicts, 'tie')} because the order of the answers changed the verdict"
    return said


_RULES = {
    "identical": "identical answers",
    "failed": "failures",
    "other_failed": "failures of the other system",
    "both_failed": "failures of both systems",
}


def _who(name: str) -> str:
    return _RULES.get(name, name.replace("_", " "))


def spent(infos: Iterable[JudgeInfo]) -> str:
    """Calls, tokens and cost of one judge."""
    known = list(infos)
    calls, reused = sum(info.n_calls for info in known), sum(info.n_reused for info in known)
    costs = [info.cost for info in known if info.n_calls]
    cost = None if None in costs else sum(c for c in costs if c is not None)
    models: dict[str, int] = {}
    for info in known:
        for model, n in info.models.items():
            models[model] = models.get(model, 0) + n
    by = f" by {', '.join(models)}" if models else ""
    again = f", {count(reused)} of them recorded" if reused else ""
    return f"{plural(calls, 'call')}{by}{again}; cost {numbers.dollars(cost) if calls else 'none'}"
