"""Cards of judges for tests: one that has everything, one that has next to nothing, one that lies."""

from __future__ import annotations

from typing import Any

from evalkit.core.judge_card import Criterion, Earlier, JudgeCard, Look, MenuLabel, RubricText, Strength, Use, Width
from evalkit.core.nouns import Certificate, SentinelInfo, Span
from tests.certificates import certificate

EVIL = "<script>alert(1)</script> [x](javascript:1) \x1b[31mred\u202e | `y` </pre> {{ 7 * 7 }}"


def figure(point: float, half: float = 0.05, n: int = 200, method: str = "wilson") -> dict[str, Any]:
    return {"point": point, "lo": max(0.0, point - half), "hi": min(1.0, point + half), "n": n, "method": method}


def flipped(k: int, n: int, p: float | None = 0.3) -> dict[str, Any]:
    return {"flipped": k, "n": n, "share": figure(k / n, 0.06, n), "p": p}


def findings() -> dict[str, Any]:
    """Of a judge of pairs, and of single answers, at once: every key that a calibration can have."""
    labels = {"good": (90, 86, 4, 0), "fair": (60, 5, 50, 5), "poor": (50, 1, 6, 43)}
    names = list(labels)
    accuracy = {"judge": figure(0.895), "baseline": figure(0.61), "n": 200, "gained": 70, "lost": 13, "p": 1e-9}
    steps = [(c / 10, 0.02 + 0.012 * c) for c in range(3, 11)]
    return {
        "agreement": {
            "raw": figure(0.895),
            "kappa": figure(0.84, 0.07),
            "ac1": figure(0.85, 0.06),
            "alpha": figure(0.84, 0.07),
            "human_human": {
                "raw": figure(0.93, 0.03),
                "alpha": figure(0.89, 0.04),
                "ac1": figure(0.90),
                "annotators": 3,
            },
            "balance": {
                name: {"human": row[0], "judge": 66, "verdicts": dict(zip(names, row[1:], strict=True))}
                for name, row in labels.items()
            },
            "unparsed": {"n": 7, "raw_if_wrong": 0.86, "raw_if_right": 0.9},
        },
        "sensitivity": figure(0.95),
        "specificity": figure(0.88, 0.08),
        "order": {
            "consistency": figure(0.86),
            "conflicts": 28,
            "first_share": figure(0.7),
            "p": 0.004,
            "n": 200,
            "first_both": 18,
            "second_both": 5,
            "with_tie": 5,
            "swapped_accuracy": figure(0.87),
            "strict_accuracy": figure(0.81),
            "mean_accuracy": figure(0.88),
            "consistent_accuracy": figure(0.94),
        },
        "length": {
            "judge": figure(0.66),
            "human": figure(0.55),
            "excess": {"point": 0.11, "lo": 0.05, "hi": 0.17, "n": 180, "method": "t"},
            "baseline": {"longer": figure(0.55), "judge_minus_longer": figure(0.3)},
        },
        "alt_test": {
            "omega": figure(0.67, 0.3, 3),
            "rho": figure(0.9),
            "passed": True,
            "epsilon": 0.15,
            "per_annotator": {
                name: {"n": 200, "judge_wins": 0.92, "human_wins": 0.95, "p_adjusted": 0.001, "rejected": True}
                for name in ("ann", "ben", "cara")
            },
            "notes": ["a note of the test"],
        },
        "probability": {
            "brier": figure(0.09, 0.02),
            "ece": figure(0.06, 0.03),
            "ece_by_chance": {"mean": 0.04, "upper": 0.07, "p": 0.03},
            "mean_probability": 0.93,
            "share_right": 0.895,
            "bins": [
                {"lo": k / 10, "hi": (k + 1) / 10, "n": 8 * k, "mean_probability": k / 10 + 0.05, "share_right": k / 10}
                for k in range(4, 10)
            ],
            "recalibration": {"method": "platt", "brier": 0.08, "ece": 0.03},
        },
        "selective": {
            "alpha": 0.1,
            "delta": 0.1,
            "threshold": 0.8,
            "coverage": figure(0.7),
            "n": 200,
            "overall_error": 0.105,
            "aurc": 0.06,
            "curve": [
                {"coverage": c, "error": {"point": e, "lo": e / 2, "hi": 1.6 * e}, "threshold": 1 - c} for c, e in steps
            ],
            "notes": ["a note of the threshold"],
        },
        "scores": {
            "bias": {"point": -0.2, "lo": -0.3, "hi": -0.1, "n": 200, "method": "t"},
            "rmse": 0.6,
            "pooled": {"spearman": 0.8, "kendall": 0.7, "n": 200},
            "by_group": {"spearman": 0.6, "kendall": 0.5, "n": 40},
            "by_system": {"spearman": 1.0, "kendall": 1.0, "n": 3},
        },
        "n_groups": 40,
        "annotators": {"n": 3, "labels": {n: {"n": 200, "given": {"good": 120, "poor": 80}} for n in ("ann", "ben")}},
        "baselines": {
            "length": accuracy | {"beats": True},
            "overlap": accuracy | {"beats": False, "baseline": figure(0.87)},
        },
        "spent": {
            "verdicts": 200,
            "calls": 400,
            "cost": 0.4,
            "per_verdict": 0.002,
            "seconds": 300.0,
            "tokens_in": 90_000,
            "tokens_out": 12_000,
        },
        "why_null": {},
        "cautions": ["28 of 200 verdicts depend on the order"],
    }


def held(**changes: Any) -> Certificate:
    """A certificate with every finding."""
    full: dict[str, Any] = {
        "rubric": "a" * 64,
        "rubric_id": "quality",
        "menu": ["good", "fair", "poor"],
        "positive": "good",
        "n": 200,
        "n_dropped": 3,
        "findings": findings(),
        "by_system": {
            "systems": {
                name: {"n": 66, "raw": figure(at), "sensitivity": figure(at + 0.04), "specificity": figure(at - 0.1)}
                for name, at in (("alpha", 0.9), ("beta", 0.85), ("gamma", 0.93))
            },
            "n_systems": 3,
            "homogeneity": {"p": 0.02, "statistic": 9.1, "df": 4, "method": "permutation"},
        },
        "probes": {
            "injection": flipped(6, 40),
            "authority": flipped(2, 40),
            "citation": flipped(1, 40),
            "markdown": flipped(0, 40),
            "padding": flipped(3, 40),
            "gold": flipped(2, 40, None),
            "retest": flipped(4, 100),
        },
        "retest_flip": 0.04,
        "limits": {
            "min_items": 100,
            "min_agreement": 0.8,
            "injection": 0.1,
            "source": "labels/people.jsonl",
            "systems": ["alpha", "beta", "gamma"],
            "tags": {"language": {"en": 150, "de": 50}},
        },
        "judge_spec": {
            "judge": "model",
            "model": "test-model",
            "prompt": "b" * 64,
            "sampling": {"temperature": 0},
            "rubric": {"id": "quality", "digest": "a" * 64},
        },
        "renew": "evalkit calibrate rubrics/quality.yaml --labels labels/people.jsonl --judge suite.yaml#main",
    }
    return certificate(**{**full, **changes})


def _look(day: int, flips: int, drifted: bool) -> Look:
    info = SentinelInfo(
        n=100, flips=flips, noise_flips=4, noise_n=100, p=0.002 if drifted else 0.4, drifted=drifted, said="As said."
    )
    share = Span(point=flips / 100, lo=max(0.0, flips / 100 - 0.03), hi=flips / 100 + 0.05, n=100)
    return Look(f"run-{day}", f"2026-02-{day:02d}T08:00:00+00:00", "desk", "c" * 64, info, share, 0.14)


def full(**changes: Any) -> JudgeCard:
    """A card with everything."""
    own = changes.pop("certificate", None) or held()
    menu = (MenuLabel("good", 1.0, "all of it"), MenuLabel("fair", 0.5, "some"), MenuLabel("poor", 0.0, "none"))
    widths = tuple(
        Width(n, Span(point=0.7, lo=0.7 - 2 / n**0.5, hi=0.7 + 2 / n**0.5), Span(point=0.7, lo=0.65, hi=0.75))
        for n in (100, 1000)
    )
    older = held(created="2025-06-01T00:00:00+00:00", n=80)
    other = held(created="2025-09-01T00:00:00+00:00", judge="d" * 64, usable=False, reasons=["too few"])
    given: dict[str, Any] = {
        "certificate": own,
        "digest": own.digest,
        "origin": "the workspace",
        "state": "may_gate",
        "cautions": ("28 of 200 verdicts depend on the order, and lean to what is shown first (p = 0.004)",),
        "rubric": RubricText(
            "quality",
            2,
            "single",
            "a" * 64,
            "quality.yaml",
            "Is it any good?",
            "You judge.",
            "{{ input }} {{ output }}",
            menu,
            (Criterion("style", "Is it well written?", 1.0, True, menu),),
            2,
        ),
        "history": (
            Earlier(older, True, revoked="e" * 64),
            Earlier(other, False, ("the model was 'old', and is 'new'",)),
        ),
        "looks": tuple(_look(*one) for one in ((1, 3, False), (3, 5, False), (8, 4, False), (11, 19, True))),
        "uses": (
            Use("run-1", "2026-02-01T08:00:00+00:00", "desk", ("quality",), 300, 600, 0, 0.6, 410.0, 0.002),
            Use("run-3", "2026-02-03T08:00:00+00:00", "desk", ("quality",), 300, 600, 600, None, None, None),
        ),
        "strength": Strength(0.45, widths, widths, 1000),
        "command": ("evalkit", "report", "judge", own.digest[:12]),
        "name": "main",
    }
    return JudgeCard(**{**given, **changes})


def bare(**changes: Any) -> JudgeCard:
    """A card of a certificate with almost nothing in it."""
    own = certificate(findings={}, tp=None, fp=None, tn=None, fn=None, positive=None, menu=[], judge_spec={}, **changes)
    return JudgeCard(
        own, own.digest, "the file x.json", "may_advise", said="Nobody knows.", rubric_why="it names no rubric"
    )
