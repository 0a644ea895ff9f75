"""Certificates for tests."""

from __future__ import annotations

from typing import Any

from evalkit.core.digest import digest_of
from evalkit.core.nouns import Certificate

JUDGE = digest_of("a judge")


def certificate(**changes: Any) -> Certificate:
    """A usable certificate of the judge JUDGE, as of 2026."""
    fields: dict[str, Any] = {
        "judge": JUDGE,
        "judge_spec": {"kind": "model", "model": "test-model"},
        "labels": digest_of("labels"),
        "created": "2026-01-01T00:00:00+00:00",
        "expires": "2026-04-01T00:00:00+00:00",
        "models": ["test-model-2026"],
        "menu": ["correct", "incorrect"],
        "positive": "correct",
        "n": 50,
        "tp": 20.0,
        "fp": 3.0,
        "tn": 25.0,
        "fn": 2.0,
        "findings": {"agreement": {"raw": {"point": 0.9, "lo": 0.8, "hi": 0.95}}},
        "usable": True,
    }
    return Certificate(**{**fields, **changes})
