"""What a certificate was worth when the run was made: no clock is read."""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.core.nouns import Certificate, SentinelInfo
from evalkit.report.release.votes import state
from tests.report.builders import record
from tests.report.release.evidence import digest

RUN = record(decisions=[])  # made 2024-05-04T09:30:00Z


def certificate(**more: Any) -> Certificate:
    fields = {"judge": digest("judge"), "labels": digest("labels"), "created": "2024-04-01T00:00:00Z", "n": 100}
    return Certificate(**(fields | {"usable": True, "expires": "2024-09-01T00:00:00Z"} | more))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "valid"),
        ({"expires": None}, "valid"),
        ({"expires": "2024-05-04T09:29:59Z"}, "expired"),
        ({"usable": False}, "not usable"),
        ({"created": "2024-06-01T00:00:00Z"}, "made after this run"),
        ({"revokes": digest("other"), "usable": False}, "a revocation: the judge drifted"),
    ],
)
def test_state_of_a_certificate(more: dict[str, Any], said: str) -> None:
    held = certificate(**more)
    assert state(RUN, held, [held]) == said


def test_a_revoked_one_and_one_that_drifted_here() -> None:
    held = certificate()
    ended = certificate(revokes=held.digest, usable=False)
    assert state(RUN, held, [held, ended]) == "revoked: the judge drifted"
    drifted = RUN.model_copy(update={"sentinels": {held.judge: SentinelInfo(n=20, flips=9, drifted=True)}})
    assert state(drifted, held, [held]) == "drifted in this run"
