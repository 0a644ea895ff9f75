"""Evidence of every kind for the release sample. All of it is made up, and says so wherever it may say anything."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from docs.samples.still import iso
from evalkit.core.digest import digest_of
from evalkit.core.evidence import EVIDENCE, Evidence
from evalkit.core.nouns import Record

MADE_UP = "a script (made up for this sample)"
_SEED = 6


def every(record: Record) -> list[Evidence]:
    """One of each kind but the approval, in the order in which a release comes about."""
    draw = random.Random(_SEED)
    given = [
        (_validation(), 14.0),
        (_lineage(record), 14.5),
        (_shadow(draw), 18.0),
        (_ab(draw), 19.0),
        (_rollout(), 20.2),
        (_registry(), 20.4),
        (_monitor(draw), 20.8),
        (_limits(), 20.8),
    ]
    return [EVIDENCE.validate_python({**one, "created": iso(day), "made_by": MADE_UP}) for one, day in given]


def _validation() -> dict[str, Any]:
    rules = [
        ("question", "not empty", "pass", 0, []),
        ("appliance", "one of the 50 in the catalogue", "pass", 0, []),
        ("answer", "at most 600 characters", "fail", 9, [{"row": 412, "value": "1,204 characters"}]),
        ("answered_at", "not in the future", "pass", 0, []),
        (None, "no two rows with one id", "pass", 0, []),
        ("language", "English: a share of at least 0.99", "pass", 31, [{"row": 88, "value": "de"}]),
    ]
    checks = [
        {"column": column, "rule": rule, "outcome": outcome, "n": 5400, "failing": failing, "examples": examples}
        for column, rule, outcome, failing, examples in rules
    ]
    return {
        "kind": "validation",
        "dataset": "desk tickets of February",
        "data": digest_of("sample: tickets"),
        "contract": digest_of("sample: contract"),
        "rows": 5400,
        "quarantined": 9,
        "outcome": "pass",
        "checks": checks,
    }


_NODES = (
    ("tickets", "source", "ticket system", "export of 2 March"),
    ("manuals", "source", "manuals", "50 appliances"),
    ("raw", "raw", "tickets of February", "5,400 rows"),
    ("clean", "dataset", "tickets, checked", "5,391 rows"),
    ("index", "features", "index of manuals", "2,310 passages"),
    ("config", "config", "prompt and limits", "version 7"),
    ("code", "code", "desk assistant", "release 7"),
    ("train", "train", "fine-tuning", "3 epochs"),
    ("model", "model", "support-desk 7", ""),
    ("suite", "suite", "support_answers", "300 cases"),
    ("judge", "judge", "desk", "certified"),
    ("run", "run", "this run", ""),
)
_EDGES = (
    "tickets raw export",
    "raw clean validate",
    "manuals index index",
    "clean train",
    "config train",
    "code train",
    "train model",
    "index model",
    "model run evalkit",
    "suite run",
    "judge run",
)


def lineage_before(record: Record) -> Evidence:
    """Of the last release: the same manuals, other tickets, an earlier prompt."""
    changed = {"tickets": "January", "raw": "January", "clean": "January", "config": "6", "code": "6", "model": "6"}
    of = {**_lineage(record, {**changed, "train": "6"}), "created": iso(1), "made_by": MADE_UP}
    return EVIDENCE.validate_python(of)


def _lineage(record: Record, version: Mapping[str, str] | None = None) -> dict[str, Any]:
    version = version or {}
    known = {"suite": record.digests.cases, "run": record.digest}
    nodes = [
        {
            "id": i,
            "kind": kind,
            "name": name,
            "note": note,
            "digest": known.get(i) or digest_of(f"sample: {i}{version.get(i, '')}"),
        }
        for i, kind, name, note in _NODES
    ]
    edges = [dict(zip(("of", "made", "by"), edge.split(), strict=False)) for edge in _EDGES]
    return {"kind": "lineage", "nodes": nodes, "edges": edges}


def _moments(draw: random.Random, days: list[float], per: int, mean: float, spread: float, *, sequence: bool) -> Any:
    """Running means whose intervals hold at all looks, or the means of windows."""
    made, total, seen = [], 0.0, 0
    for day in days:
        value = mean + draw.gauss(0, spread / per**0.5)
        total, seen = total + value * per, seen + per
        n, point = (seen, total / seen) if sequence else (per, value)
        half = (3.2 if sequence else 1.96) * spread / n**0.5
        made.append({"at": iso(day), "n": n, "point": point, "lo": point - half, "hi": point + half})
    return made


def _measured(draw: random.Random, metric: str, spread: float, said: str, **more: Any) -> dict[str, Any]:
    """A difference that was watched for eight half days; the last look is what is said."""
    mean = more.pop("mean")
    moments = _moments(draw, [14 + i / 2 for i in range(1, 9)], 240, mean, spread, sequence=True)
    last = moments[-1]
    series = {"metric": metric, "variant": more["variant"], "sequence": True, "line": more.pop("line", None)}
    series |= {"unit": more.get("unit", "share"), "better": more.get("better", "higher"), "moments": moments}
    given = {"metric": metric, "unit": "share", "said": said, "series": series, **more}
    return given | {key: last[key] for key in ("n", "point", "lo", "hi")}


def _shadow(draw: random.Random) -> dict[str, Any]:
    of = {"variant": "7 - 6"}
    noise = {"point": 0.001, "lo": -0.012, "hi": 0.014, "n": 1920}
    return {
        "kind": "shadow",
        "champion": "support-desk 6",
        "challenger": "support-desk 7",
        "since": iso(14),
        "until": iso(18),
        "n": 1920,
        "dropped": 14,
        "failed": 3,
        "outcome": "pass",
        "measured": [
            _measured(draw, "complete answers", 0.45, "better", mean=0.071, e_value=61.0, noise=noise, line=0.0, **of),
            _measured(draw, "handed to a person", 0.30, "undecided", mean=-0.009, better="lower", e_value=0.8, **of),
            _measured(draw, "seconds", 1.1, "undecided", mean=0.05, unit="s", better="lower", e_value=0.6, **of),
        ],
    }


def _ab(draw: random.Random) -> dict[str, Any]:
    of = {"variant": "7"}
    return {
        "kind": "ab",
        "control": "6",
        "since": iso(15),
        "until": iso(19),
        "units": {"6": 962, "7": 958},
        "split": {"6": 0.5, "7": 0.5},
        "excluded": 2,
        "srm_p": 0.93,
        "srm_ok": True,
        "outcome": "pass",
        "measured": [
            _measured(draw, "solved without a second ticket", 0.46, "better", mean=0.052, p=0.011, line=0.0, **of),
            _measured(draw, "stars given", 0.9, "undecided", mean=0.03, unit="stars", p=0.31, **of),
        ],
    }


def _rollout() -> dict[str, Any]:
    stages = [
        (19.2, "canary", 0.05, 210, "Nothing is shown worse at 5 %."),
        (19.6, "canary", 0.25, 1130, "Complete answers +0.06 [0.02, 0.10]."),
        (20.2, "promoted", 1.0, 2480, "Shown not worse at every look: all requests go to 7."),
    ]
    return {
        "kind": "rollout",
        "strategy": "canary",
        "outcome": "pass",
        "stages": [
            {"at": iso(day), "state": state, "weight": weight, "n": n, "said": said}
            for day, state, weight, n, said in stages
        ],
    }


def _registry() -> dict[str, Any]:
    moves = [
        (14.4, "registered", None, None, "7", "After training."),
        (14.5, "promoted", "challenger", None, "7", "To be tried in shadow."),
        (20.3, "promoted", "champion", "6", "7", "After the canary."),
    ]
    return {
        "kind": "registry",
        "model": "support-desk",
        "version": "7",
        "artifact": digest_of("sample: model"),
        "aliases": ["champion"],
        "moves": [
            {
                "at": iso(day),
                "what": what,
                "who": "Sam Example",
                "alias": alias,
                "before": before,
                "after": after,
                "note": note,
                "head": digest_of(f"sample: {day}"),
            }
            for day, what, alias, before, after, note in moves
        ],
    }


def _monitor(draw: random.Random) -> dict[str, Any]:
    days = [20.2 + i / 20 for i in range(1, 13)]
    complete = {
        "metric": "complete answers",
        "unit": "share",
        "line": 0.7,
        "reference": {"point": 0.79, "lo": 0.72, "hi": 0.86, "n": 300},
        "moments": _moments(draw, days, 120, 0.79, 0.41, sequence=False),
    }
    seconds = {
        "metric": "seconds",
        "unit": "s",
        "better": "lower",
        "line": 4.0,
        "moments": _moments(draw, days, 120, 2.6, 1.1, sequence=False),
    }
    drift = [
        ("question length", "number", 0.06, 0.02, 0.11, 0.21, "no_drift"),
        ("appliance", "category", 0.17, 0.11, 0.23, 0.004, "shifted"),
        ("language", "category", 0.03, 0.0, 0.07, 0.64, "no_drift"),
        ("confidence", "prediction", None, None, None, None, "insufficient_data"),
    ]
    names = ("name", "kind", "effect", "effect_lo", "effect_hi", "p_holm", "outcome")
    return {
        "kind": "monitor",
        "since": iso(20.2),
        "until": iso(20.8),
        "n": 1440,
        "series": [complete, seconds],
        "drift": [dict(zip(names, row, strict=True)) for row in drift],
        "said": ["Questions about two appliances came more often than in February: a recall was in the news."],
    }


def _limits() -> dict[str, Any]:
    return {
        "kind": "limits",
        "sentences": [
            "This is a sample. Cases, answers, labels and verdicts are made up by a script, and so is all evidence "
            "beside the run: validation, lineage, registry, shadow, A/B, rollout, monitor, approval.",
            "Not for appliances that are not in the catalogue: no case asks about one.",
            "English only. Some 6 in 1,000 tickets are in another language, and were not tried.",
            "The judge calls too many wrong answers correct; the numbers are corrected for it, and so wider.",
        ],
    }
