"""Shadow runs and A/B tests: what was measured on real requests before and beside the release."""

from __future__ import annotations

from typing import Any

from evalkit.core.dossier import Dossier
from evalkit.core.evidence import AB, Shadow
from evalkit.report import numbers
from evalkit.report.findings import Findings
from evalkit.report.release import effects
from evalkit.report.release.told import badge_of, between, evidence_of, made
from evalkit.report.text import clip, count, listing, plural

__all__ = ["ab", "said_ab", "said_shadow", "shadow"]


def shadow(dossier: Dossier, findings: Findings) -> dict[str, Any] | None:
    """One block a shadow run, the newest first."""
    found = evidence_of(dossier, Shadow)
    return {"trials": [_shadow(one, i) for i, one in enumerate(reversed(found))]} if found else None


def ab(dossier: Dossier, findings: Findings) -> dict[str, Any] | None:
    """One block an A/B test, the newest first."""
    found = evidence_of(dossier, AB)
    return {"trials": [_ab(one, i) for i, one in enumerate(reversed(found))]} if found else None


def said_shadow(found: Shadow) -> str:
    """One line: who against whom, and on how much."""
    return f"{clip(found.challenger, 60)} beside {clip(found.champion, 60)} on {plural(found.n, 'request')}"


def said_ab(found: AB) -> str:
    """One line: units, the split, and which metrics are shown to differ, the worse ones first."""
    units = sum(found.units.values())
    split = {True: "the split is as meant", False: "the split is not as meant", None: "the split was not tested"}
    shown = [f"{word}: {listing(names)}" for word in ("worse", "better") if (names := _differing(found, word))]
    return "; ".join([f"{plural(units, 'unit')} in {plural(len(found.units), 'variant')}", split[found.srm_ok], *shown])


def _differing(found: AB, word: str) -> list[str]:
    several = len(found.units) > 2
    return [
        clip(one.metric, 40) + (f" ({clip(one.variant, 40)})" if several else "")
        for one in found.measured
        if one.said == word
    ]


def _shadow(found: Shadow, i: int) -> dict[str, Any]:
    losses = []
    if found.dropped:
        losses.append(
            f"{plural(found.dropped, 'request')} the challenger was not asked, for want of room: they are in no number."
        )
    if found.failed:
        losses.append(f"{plural(found.failed, 'request')} it failed to answer.")
    return {
        **_trial(found, f"shadow{i}", "challenger − champion"),
        "said": said_shadow(found),
        "sentences": [*losses, "Users saw the answers of the champion only."],
    }


def _ab(found: AB, i: int) -> dict[str, Any]:
    total = sum(found.units.values())
    return {
        **_trial(found, f"ab{i}", "variant − control"),
        "said": said_ab(found),
        "control": clip(found.control, 80),
        "units": [
            {
                "name": clip(name, 80),
                "n": count(n),
                "share": f"{100 * n / total:.2f}\u00a0%" if total else "–",
                "meant": f"{100 * found.split[name]:.2f}\u00a0%" if name in found.split else "not said",
            }
            for name, n in found.units.items()
        ],
        "stopped": found.srm_ok is False,
        "sentences": [
            f"Sample-ratio mismatch: {numbers.p_is(found.srm_p)}." if found.srm_p is not None else "",
            f"{plural(found.excluded, 'unit')} in two variants are left out." if found.excluded else "",
        ],
    }


def _trial(found: Shadow | AB, ident: str, axis: str) -> dict[str, Any]:
    dates = between(found.since, found.until)
    return {
        "badge": badge_of(found.outcome),
        "made": made(found, dates),
        "figures": effects.effects(found.measured, ident, axis),
        "rows": effects.rows(found.measured),
        "series": effects.differences_in_time(found.measured, f"{ident}-time"),
    }
