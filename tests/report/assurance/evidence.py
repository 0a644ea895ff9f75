"""What a release and a site are about, made by hand: each kind of evidence once, and a suite with six runs."""

from __future__ import annotations

from typing import Any

from evalkit.core.digest import digest_of
from evalkit.core.dossier import Change, Release, Repeated, Site, SiteRun, SuiteTrend
from evalkit.core.evidence import EVIDENCE, Evidence
from evalkit.core.nouns import Record
from tests.certificates import certificate
from tests.report.builders import estimate, record

_DAYS = [f"2024-05-{day:02d}" for day in range(1, 9)]


def _series(metric: str, **more: Any) -> dict[str, Any]:
    moments = [
        {"at": f"{day}T12:00:00Z", "n": 200 * (i + 1), "point": 0.7 + 0.01 * (i % 3), "lo": 0.66, "hi": 0.78}
        for i, day in enumerate(_DAYS)
    ]
    moments[5] = {"at": moments[5]["at"], "n": 0}
    given = {"metric": metric, "unit": "share", "line": 0.65, "alarms": [moments[-1]["at"]], "moments": moments}
    return {**given, "reference": {"point": 0.72, "lo": 0.7, "hi": 0.74, "n": 900}, **more}


def _measured(metric: str, **more: Any) -> dict[str, Any]:
    given = {"metric": metric, "variant": "challenger - champion", "unit": "share", "n": 1800, "point": 0.012}
    return {**given, "lo": -0.004, "hi": 0.028, "e_value": 3.2, "said": "undecided", "series": _series(metric), **more}


def _nodes() -> list[dict[str, Any]]:
    kinds = ["source", "raw", "dataset", "features", "config", "code", "train", "model", "suite", "run"]
    return [{"id": kind, "kind": kind, "name": f"the {kind}", "digest": digest_of(kind)} for kind in kinds]


def _edges() -> list[dict[str, str]]:
    pairs = ["source raw", "raw dataset", "dataset features", "features train", "config train", "code train"]
    pairs += ["train model", "model run", "suite run", "dataset suite"]
    return [dict(zip(("of", "made"), pair.split(), strict=True), by="pipeline") for pair in pairs]


def every(of: Record) -> list[Evidence]:
    """Each kind of evidence, with every part that it may have."""
    at = {"created": "2024-05-09T08:00:00Z", "made_by": "pipeline nightly"}
    rule = {"column": "temp", "rule": "between -40 and 130", "n": 1000, "examples": [{"row": 7, "value": 999}]}
    given: list[dict[str, Any]] = [
        {
            "kind": "validation",
            "dataset": "flights of April",
            "data": digest_of("data"),
            "rows": 1000,
            "quarantined": 3,
            "outcome": "fail",
            "checks": [{**rule, "outcome": "fail", "failing": 3}, {"rule": "no two alike", "outcome": "pass"}],
        },
        {"kind": "lineage", "nodes": _nodes(), "edges": _edges()},
        {
            "kind": "registry",
            "model": "late-flights",
            "version": "7",
            "artifact": digest_of("model"),
            "aliases": ["challenger"],
            "moves": [{"at": "2024-05-04T10:00:00Z", "what": "registered", "who": "ada", "after": "7"}],
        },
        {
            "kind": "shadow",
            "champion": "v6",
            "challenger": "v7",
            "n": 1800,
            "dropped": 12,
            "failed": 2,
            "measured": [_measured("agreement"), _measured("seconds", unit="s", point=None, lo=None, hi=None)],
        },
        {
            "kind": "ab",
            "control": "v6",
            "units": {"v6": 5000, "v7": 5040},
            "split": {"v6": 0.5, "v7": 0.5},
            "srm_p": 0.69,
            "srm_ok": True,
            "excluded": 4,
            "outcome": "pass",
            "measured": [_measured("missed flights", better="lower", p=0.03, said="better", e_value=None)],
        },
        {
            "kind": "rollout",
            "strategy": "canary",
            "stages": [
                {"at": "2024-05-05T10:00:00Z", "state": "canary", "weight": 0.05, "n": 900, "said": "No alarm."},
                {"at": "2024-05-06T10:00:00Z", "state": "promoted", "weight": 1.0, "said": "Shown not worse."},
            ],
        },
        {
            "kind": "monitor",
            "n": 12000,
            "series": [_series("accuracy", sequence=True), _series("seconds", unit="s", line=None)],
            "drift": [
                {"name": "temp", "kind": "number", "effect": 0.21, "p_holm": 0.001, "outcome": "drift"},
                {"name": "carrier", "outcome": "insufficient_data"},
            ],
            "said": ["On 8 May the accuracy crossed its line."],
        },
        {"kind": "limits", "sentences": ["Not for airports that are not in New York.", "Not tried in winter."]},
        {
            "kind": "approval",
            "who": "Ada Okafor",
            "role": "release manager",
            "approved": True,
            "record": digest_of(of.run_id),
        },
        {
            "kind": "approval",
            "who": "Bo Lind",
            "approved": False,
            "note": "The drift first.",
            "record": digest_of("other"),
        },
    ]
    return [EVIDENCE.validate_python({**at, **one}) for one in given]


def release(of: Record) -> Release:
    """A release after another one, with evidence of every kind."""
    changes = [
        Change("cases", digest_of("a"), digest_of("a"), True, "The same cases."),
        Change("model", "v6", "v7", False, "Another model."),
        Change("judge", None, None, None, "It cannot be known."),
    ]
    return Release(
        record_digest=digest_of(of.run_id),
        previous=record("pass", run_id="20240301-flights-11aa", created="2024-03-01T09:30:00Z"),
        changes=changes,
        apart="The last release was scored on other cases.",
        evidence=every(of),
        certificates=[certificate()],
        command=("evalkit", "report", "release", f"run:{of.run_id}"),
    )


def site() -> Site:
    """One suite with six runs, one of which broke its comparability, and one that cannot be read."""
    runs = []
    for i, outcome in enumerate(("pass", "pass", "fail", "inconclusive", "fail", "pass")):
        numbers = [
            estimate(metric, system, 0.7 + 0.02 * i, 0.03, unit="share")
            for metric in ("accuracy", "f1")
            for system in ("candidate", "baseline")
        ]
        made = record(
            outcome,  # type: ignore[arg-type]
            run_id=f"2024050{i + 1}-flights-{i:04x}",
            created=f"2024-05-0{i + 1}T09:30:00Z",
            estimates=numbers,
        )
        changed = (Change("cases", "a" * 64, "b" * 64, False, "Other cases."),) if i == 3 else ()
        runs.append(
            SiteRun(
                made,
                made.outcome,
                names=("candidate-7",) if i == 5 else (),
                baselines=("released",) if i == 4 else (),
                changed=changed if i else None,
                comparable=i != 3,
                page=f"runs/{made.run_id}.html",
            )
        )
    ids = tuple(run.record.run_id for run in runs)
    again = Repeated("c" * 64, ids[1:3], ("pass", "fail"), 1, 2)
    trend = SuiteTrend("flights", "flights", tuple(runs), (again,), {"20240401-flights-dead": "its record is cut off"})
    return Site(
        "Releases of the desk", (trend,), (certificate(),), {}, "0.1.0", ("evalkit", "report", "site", "public")
    )
