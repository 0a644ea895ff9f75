"""Whether the judges of a run had a vote: their certificates, what those rest on, and what sentinels found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evalkit.core.dossier import Dossier
from evalkit.core.judge_card import JudgeCard
from evalkit.core.nouns import Certificate, Record
from evalkit.report.card.page import headline
from evalkit.report.figures import Figure
from evalkit.report.findings import Findings
from evalkit.report.inert import escape, table
from evalkit.report.text import clip, count, listing

__all__ = ["build", "markdown", "rows", "terminal"]

_LONG, _MOST = 600, 9


def build(dossier: Dossier, findings: Findings) -> dict[str, Any] | None:
    """One row a judge; None where no metric is judged."""
    found = rows(dossier.record)
    return {"rows": found, "figures": _figures(dossier.record)} if found else None


def _figures(record: Record) -> list[Figure]:
    """A small chart a certificate: agreement beside what people reach, and error rates."""
    names = {info.judge: info.name for info in record.judges if info.name}
    drawn, size = [], "half" if len(record.certificates) == 1 else "small"
    for at, (judge, held) in enumerate(list(record.certificates.items())[:_MOST]):
        title = f"{names.get(judge) or held.rubric_id or judge[:12]} beside people"
        own = JudgeCard(held, held.digest, f"run {record.run_id}", "may_gate")
        drawn.append(headline(own, f"certificate{at}", size, clip(title, 80)))
    return [figure for figure in drawn if figure is not None]


def rows(record: Record) -> list[dict[str, Any]]:
    """Every judge of the run in words, by its digest."""
    metrics: dict[str, list[str]] = {}
    why: dict[str, str | None] = {}
    for estimate in record.estimates:
        if estimate.judge is not None and estimate.slice is None:
            known = metrics.setdefault(estimate.judge, [])
            if estimate.metric not in known:
                known.append(estimate.metric)
            why[estimate.judge] = estimate.uncertified
    named = {info.judge: info.name for info in record.judges if info.name}
    return [
        {
            "name": named.get(judge) or listing(ids),
            "metrics": listing(ids),
            "may": "may gate" if why[judge] is None and judge in record.certificates else "may advise, not gate",
            "command": _command(record, judge, record.certificates.get(judge)),
            "why": clip(why[judge] or "", _LONG),
            "sentinel": clip(record.sentinels[judge].said, _LONG) if judge in record.sentinels else "",
            **_of(record.certificates.get(judge)),
        }
        for judge, ids in metrics.items()
    ]


def _command(record: Record, judge: str, held: Certificate | None) -> str:
    """What writes the judge's card."""
    if held is None:
        return ""
    if record.run_id.startswith("compare-"):  # which is kept nowhere
        return f"evalkit report judge {held.digest[:12]}"
    several = len(record.certificates) > 1
    return f"evalkit report judge run:{record.run_id}{'/' + held.digest[:12] if several else ''}"


def _of(held: Certificate | None) -> dict[str, str]:
    """What a certificate says, as texts."""
    if held is None:
        return dict.fromkeys(("digest", "n", "raw", "kappa", "rates", "until", "models", "probes"), "") | {
            "digest": "none"
        }
    agreement = _part(held.findings, "agreement")
    rates = [
        f"{name} {_figure(held.findings.get(name))}"
        for name in ("sensitivity", "specificity")
        if held.findings.get(name) is not None
    ]
    return {
        "digest": held.digest[:12],
        "n": count(held.n),
        "raw": _figure(agreement.get("raw")),
        "kappa": _figure(agreement.get("kappa")),
        "rates": ", ".join(rates),
        "until": held.expires[:10] if held.expires else "no end",
        "models": clip(listing(held.models), 200),
        "probes": ", ".join(_probes(held)),
    }


def _probes(held: Certificate) -> Iterator[str]:
    for name, one in held.probes.items():
        if isinstance(one, dict) and isinstance(one.get("flipped"), int) and isinstance(one.get("n"), int):
            yield f"{clip(name, 40)} {one['flipped']:,} of {one['n']:,}"


def _part(given: dict[str, Any], name: str) -> dict[str, Any]:
    found = given.get(name)
    return found if isinstance(found, dict) else {}


def _figure(one: Any) -> str:
    """`0.95 (0.86 to 0.99)`; certificates are files, so nothing is taken for granted."""
    if not isinstance(one, dict) or not isinstance(point := one.get("point"), int | float):
        return "none"
    lo, hi = one.get("lo"), one.get("hi")
    known = isinstance(lo, int | float) and isinstance(hi, int | float)
    return f"{point:.2f} ({lo:.2f} to {hi:.2f})" if known else f"{point:.2f}"


def markdown(record: Record) -> Iterator[str]:
    """The same as a table; nothing where no metric is judged."""
    found = rows(record)
    if not found:
        return
    yield "### Judges"
    header = ["Judge", "Vote", "Certificate", "Labels", "Agreement", "Kappa", "Until", "Models"]
    names = ("name", "may", "digest", "n", "raw", "kappa", "until", "models")
    named = [{**row, "name": who} for row, who in zip(found, _told_apart(found), strict=True)]
    yield table(header, [[escape(str(row[name])) for name in names] for row in named], frozenset({3}))
    said = [f"- {escape(row['name'])}: {escape(row[key])}" for row in named for key in ("why", "sentinel") if row[key]]
    if said:
        yield "\n".join(said)


def _told_apart(found: list[dict[str, Any]]) -> list[str]:
    """Names of judges; one that reads by several rubrics is several judges, each with the metrics that ask it."""
    names = [str(row["name"]) for row in found]
    return [f"{n} ({row['metrics']})" if names.count(n) > 1 else n for n, row in zip(names, found, strict=True)]


def terminal(record: Record) -> Iterator[str]:
    """A line a judge."""
    found = rows(record)
    for row, who in zip(found, _told_apart(found), strict=True):
        if row["digest"] == "none":
            yield f"judge {who}: no certificate; it may advise, not gate"
            continue
        may = "may gate until " + row["until"] if row["may"] == "may gate" else row["may"]
        yield f"judge {who}: {may}; agreement with people {row['raw']} on {row['n']} labels"
        if row["sentinel"]:
            yield f"  {row['sentinel']}"
