"""Evidence of every kind, as a pipeline would attach it: made from a seed, nothing is measured."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import numpy as np

from evalkit.core.evidence import (
    AB,
    Approval,
    Check,
    Column,
    Edge,
    Evidence,
    Limits,
    Lineage,
    Measured,
    Moment,
    Monitor,
    Move,
    Node,
    Registry,
    Rollout,
    Series,
    Shadow,
    Stage,
    Validation,
)
from evalkit.core.nouns import Span

START = datetime(2024, 5, 6, tzinfo=UTC)


def digest(text: str) -> str:
    """A digest of the right form."""
    return hashlib.sha256(text.encode()).hexdigest()


def at(hours: float) -> str:
    """An ISO time after the start."""
    return (START + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def series(
    rng: np.random.Generator, metric: str, level: float, *, drift: float = 0.0, sequence: bool = False, n: int = 14
) -> Series:
    """A metric over `n` days; a sequence closes in on its value, a window keeps its width."""
    moments: list[Moment] = []
    alarms: list[str] = []
    for i in range(n):
        half = 0.09 / np.sqrt(i + 1) if sequence else 0.018
        point = level + drift * max(i - n // 2, 0) / n + float(rng.normal(0, half / 3))
        moments.append(
            Moment(
                at=at(24 * i),
                n=1200 * (i + 1 if sequence else 1),
                point=point,
                lo=point - half,
                hi=min(point + half, 1.0),
            )
        )
        if drift and abs(point - level) > 0.05:
            alarms.append(at(24 * i))
    return Series(
        metric=metric, unit="share", sequence=sequence, reference=Span(point=level), moments=moments, alarms=alarms
    )


def measured(rng: np.random.Generator, metric: str, point: float, said: str, **more: object) -> Measured:
    """A difference with the sequence that led to it."""
    fields: dict[str, object] = {"unit": "share", "n": 16800, "lo": point - 0.011, "hi": point + 0.011}
    return Measured(
        metric=metric,
        point=point,
        said=said,
        series=series(rng, metric, point, sequence=True).model_copy(
            update={"reference": None, "unit": more.get("unit", "share")}
        ),
        **(fields | more),
    )  # type: ignore[arg-type]


def validation() -> Validation:
    """A contract with a broken rule that informs."""
    checks = [
        Check(column="carrier", rule="one of 16 known carriers", outcome="pass", n=27004),
        Check(
            column="wind_speed",
            rule="between 0 and 60",
            outcome="fail",
            n=27004,
            failing=3,
            examples=[{"row": 1871, "value": 1048.36}],
        ),
        Check(column="scheduled", rule="not null", outcome="pass", n=27004),
        Check(rule="no flight twice", outcome="pass", n=27004),
        Check(column="temp", rule="mean within 3 of the reference", outcome="inconclusive", n=812),
    ]
    return Validation(
        created=at(-40),
        made_by="evalkit validate flights.yaml",
        outcome="pass",
        dataset="flights-2013",
        data=digest("data"),
        contract=digest("contract"),
        rows=27004,
        quarantined=3,
        checks=checks,
    )


def lineage() -> Lineage:
    """Two sources, features, training, one model."""
    nodes = [
        Node(id="bts", kind="source", name="BTS on-time data", digest=digest("bts")),
        Node(id="noaa", kind="source", name="NOAA weather", digest=digest("noaa")),
        Node(id="raw", kind="raw", name="flights.parquet", digest=digest("raw"), note="336,776 rows"),
        Node(id="set", kind="dataset", name="flights-2013", digest=digest("data"), note="27,004 rows"),
        Node(id="features", kind="features", name="features v4", digest=digest("features")),
        Node(id="config", kind="config", name="train.yaml", digest=digest("config")),
        Node(id="train", kind="train", name="gradient boosting", digest=digest("train")),
        Node(id="model", kind="model", name="late v12", digest=digest("model")),
    ]
    pairs = [
        ("bts", "raw"),
        ("noaa", "raw"),
        ("raw", "set"),
        ("set", "features"),
        ("features", "train"),
        ("config", "train"),
        ("train", "model"),
    ]
    return Lineage(created=at(-30), made_by="evalkit train", nodes=nodes, edges=[Edge(of=a, made=b) for a, b in pairs])


def registry() -> Registry:
    """A model that was rolled back once."""
    moves = [
        Move(at=at(-30), what="registered", who="train@ci", after="12", head=digest("1")),
        Move(at=at(2), what="promoted", who="Ana Reyes", alias="challenger", before="11", after="12", head=digest("2")),
        Move(
            at=at(360),
            what="promoted",
            who="Ana Reyes",
            alias="champion",
            before="10",
            after="12",
            note="after the A/B test",
            head=digest("3"),
        ),
    ]
    return Registry(
        created=at(361),
        made_by="evalkit promote",
        outcome="pass",
        model="late",
        version="12",
        artifact=digest("model"),
        aliases=["champion"],
        moves=moves,
    )


def in_use(seed: int = 7) -> list[Evidence]:
    """Shadow run, A/B test, rollout and monitor."""
    rng = np.random.default_rng(seed)
    return [
        Shadow(
            created=at(48),
            made_by="evalkit serve",
            outcome="pass",
            champion="late v10",
            challenger="late v12",
            since=at(0),
            until=at(48),
            n=18211,
            dropped=41,
            failed=3,
            measured=[
                measured(rng, "same answer", -0.071, "differs", noise=Span(point=0.0, lo=-0.004, hi=0.004, n=18211)),
                measured(rng, "seconds", 0.021, "worse", unit="s", better="lower"),
            ],
        ),
        AB(
            created=at(336),
            made_by="evalkit ab",
            outcome="pass",
            control="v10",
            since=at(0),
            until=at(336),
            units={"v10": 8391, "v12": 8409},
            split={"v10": 0.5, "v12": 0.5},
            excluded=12,
            srm_p=0.89,
            srm_ok=True,
            measured=[
                measured(rng, "booked again", 0.019, "better", variant="v12", e_value=412.0),
                measured(rng, "complaints", -0.002, "undecided", variant="v12", better="lower", e_value=0.8),
            ],
        ),
        Rollout(
            created=at(360),
            made_by="evalkit rollout",
            outcome="pass",
            strategy="canary",
            stages=[
                Stage(
                    at=at(338),
                    state="canary",
                    weight=0.05,
                    n=1021,
                    said="Errors within the margin after 1,021 requests.",
                ),
                Stage(
                    at=at(346),
                    state="canary",
                    weight=0.25,
                    n=6420,
                    said="Not worse at 95 %, by the confidence sequence.",
                ),
                Stage(at=at(358), state="promoted", weight=1.0, n=21877, said="All gates of the rollout passed."),
            ],
        ),
        Monitor(
            created=at(720),
            made_by="evalkit monitor",
            outcome="inconclusive",
            since=at(384),
            until=at(720),
            n=201334,
            series=[
                series(rng, "accuracy", 0.79, drift=-0.16),
                series(rng, "answered", 0.985),
                series(rng, "confidence", 0.71),
            ],
            drift=[
                Column(
                    name="wind_speed",
                    kind="number",
                    effect=0.21,
                    effect_lo=0.18,
                    effect_hi=0.24,
                    p_holm=0.0001,
                    outcome="drift",
                ),
                Column(
                    name="carrier",
                    kind="category",
                    effect=0.021,
                    effect_lo=0.014,
                    effect_hi=0.029,
                    p_holm=0.003,
                    outcome="shifted",
                ),
                Column(
                    name="hour",
                    kind="number",
                    effect=0.008,
                    effect_lo=0.002,
                    effect_hi=0.016,
                    p_holm=0.71,
                    outcome="no_drift",
                ),
                Column(name="seats", kind="number", outcome="insufficient_data"),
            ],
            said=["The accuracy alarm was raised on 15 May; wind speed had drifted since 13 May."],
        ),
    ]


def approvals(record: str) -> list[Evidence]:
    """Two signatures on this record, one on another version of it."""
    return [
        Approval(
            created=at(1), who="Ana Reyes", role="release manager", approved=True, record=digest("an older record")
        ),
        Approval(
            created=at(4),
            who="Ana Reyes",
            role="release manager",
            approved=True,
            note="Slices of HA and F9 are thin; accepted for a pilot.",
            record=record,
        ),
        Approval(created=at(5), who="Jonas Lind", role="model risk", approved=True, record=record),
    ]


def limits() -> Limits:
    """What its makers say."""
    return Limits(
        created=at(3),
        made_by="the flights team",
        sentences=[
            "Trained on flights out of New York: other airports are out of scope.",
            "Delays beyond six hours are too few to learn from.",
        ],
    )


def every_kind(record: str, seed: int = 7) -> list[Evidence]:
    """All of it, oldest first."""
    found = [validation(), lineage(), registry(), *in_use(seed), *approvals(record), limits()]
    return sorted(found, key=lambda one: (one.created, one.kind))
