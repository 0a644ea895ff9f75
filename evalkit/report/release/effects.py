"""Differences measured in use: a forest plot a unit, how they came about in time, and the table behind both."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.core.evidence import Measured
from evalkit.core.evidence import Series as Told
from evalkit.report import numbers, sentences
from evalkit.report.charts.forest import Forest
from evalkit.report.charts.series import Alarm, TimeSeries
from evalkit.report.charts.spec import Mark, Range, Row, Series
from evalkit.report.figures import Figure, draw
from evalkit.report.release.thinned import thinned
from evalkit.report.release.told import estimate_of, mark_of
from evalkit.report.text import clip, count

__all__ = ["differences_in_time", "effects", "in_time", "rows"]

_MOST = 24
_TONES = {"better": "pass", "worse": "fail"}


def effects(found: Sequence[Measured], ident: str, axis: str) -> list[Figure]:
    """One forest plot a unit and direction; `axis` says what is taken from what."""
    groups: dict[tuple[str, str], list[Measured]] = {}
    for one in (one for one in found[:_MOST] if one.contrast):
        groups.setdefault((one.unit, one.better), []).append(one)
    return [
        draw(_forest(members, axis), f"{ident}-{i}", "half", _note(members))
        for i, members in enumerate(groups.values())
    ]


def _forest(members: list[Measured], axis: str) -> Forest:
    noisy = any(m.noise is not None for m in members)
    rows = tuple(Row(_name(m), tuple(_marks(m)), numbers.point(estimate_of(m), signed=True)) for m in members)
    looks = (Series("difference", "candidate"), Series("against itself", "baseline", hollow=True))
    unit, better = members[0].unit, members[0].better
    return Forest(
        _title(members),
        f"{axis}{numbers.unit_label(clip(unit, 20))}, {sentences.direction(better)}",
        rows,
        looks if noisy else looks[:1],
        reference=0.0,
        signed=True,
        note_header="difference",
        about="Differences with their intervals; zero is no difference.",
        kind="What",
    )


def _title(members: list[Measured]) -> str:
    if len(members) == 1:
        one = members[0]
        said = f": {_found(one, 80)}" if one.said else ""
        value = numbers.point(estimate_of(one), signed=True), numbers.interval(estimate_of(one))
        return " ".join(filter(None, (_name(one), *value))) + said
    told = [f"{_name(m)} {_found(m, 40)}" for m in members if m.said]
    return "; ".join(told[:3]) if told else f"{len(members)} differences"


def _note(members: list[Measured]) -> str:
    if any(m.noise is not None for m in members):
        return "Ring: the same of the champion against itself: what differs by chance alone."
    return ""


def _name(one: Measured) -> str:
    return clip(f"{one.metric}, {_minus(one.variant)}" if one.variant else one.metric, 80)


def _marks(one: Measured) -> list[Mark]:
    found = [mark_of(estimate_of(one), signed=True, tone=_TONES.get(one.said))]
    if one.noise is not None:
        noise = one.noise
        span = Range(noise.lo, noise.hi) if noise.lo is not None and noise.hi is not None else None
        words = f"{_name(one)} of the champion against itself: {noise.point}"
        found.append(Mark(1, noise.point, span, words=words, cells={"Value": f"{noise.point}", "n": count(noise.n)}))
    return found


def rows(found: Sequence[Measured]) -> list[dict[str, str]]:
    """One row a difference: its size with the interval apart from the evidence for it."""
    return [
        {
            "name": _name(one),
            "value": numbers.point(estimate_of(one), signed=one.contrast),
            "interval": numbers.interval(estimate_of(one)) or "no interval",
            "level": numbers.level(one.level) if numbers.interval(estimate_of(one)) else "",
            "n": count(one.n),
            "p": numbers.p_value(one.p) if one.p is not None else "",
            "e": f"{one.e_value:,.3g}" if one.e_value is not None else "",
            "said": _found(one, 200) or "–",
        }
        for one in found[:_MOST]
    ]


def _found(one: Measured, most: int) -> str:
    return clip(one.said, most).replace("_", " ")


def differences_in_time(found: Sequence[Measured], ident: str) -> list[Figure]:
    """One chart a difference that has moments; values that are none are in the table only."""
    return in_time([one.series for one in found if one.contrast], ident, signed=True)


def in_time(found: Sequence[Told | None], ident: str, *, signed: bool = False) -> list[Figure]:
    """One chart a series that has moments."""
    shown = [one for one in found if one is not None and one.moments][:_MOST]
    return [_drawn(one, f"{ident}-{i}", signed=signed) for i, one in enumerate(shown)]


def _drawn(told: Told, ident: str, *, signed: bool) -> Figure:
    held, left = thinned(told)
    return draw(
        _series(held, _last(told, signed=signed), signed=signed), ident, "small", f"{_reading(told)} {left}".strip()
    )


def _series(told: Told, last: str, *, signed: bool) -> TimeSeries:
    band = _band(told)
    rows = tuple(Row(clip(m.at, 40), (mark_of(estimate_of(m, told), signed=signed),), count(m.n)) for m in told.moments)
    name = clip(f"{told.metric}, {_minus(told.variant)}" if told.variant else told.metric, 80)
    reference = told.reference.point if told.reference is not None else 0.0 if signed else None
    return TimeSeries(
        f"{name}: {last}",
        f"{'difference of ' if signed else ''}{clip(told.metric, 60)}{numbers.unit_label(clip(told.unit, 20))}",
        rows,
        (Series(clip(told.variant or told.metric, 60), "candidate"),),
        reference=reference,
        line=told.line,
        side="above" if told.better == "higher" else "below",
        alarms=tuple(Alarm(clip(at, 40), "alarm") for at in told.alarms),
        signed=signed,
        band=band,
        about=f"Values in their order with the {band}.",
    )


def _reading(told: Told) -> str:
    """What the band and the level lines are."""
    said = [f"Band: {_band(told)}."]
    if told.reference is not None and told.reference.point is not None:
        said.append(f"Solid line: the reference, {numbers.number(told.reference.point, 3)}.")
    if told.line is not None:
        said.append(f"Tinted: beyond the line, {told.line:g}.")
    return " ".join(said)


def _band(told: Told) -> str:
    return f"{numbers.level(told.level)} {'confidence sequence' if told.sequence else 'interval'}"


def _minus(variant: str) -> str:
    """`b - a` with the sign of a difference."""
    return variant.replace(" - ", " − ")


def _last(told: Told, *, signed: bool) -> str:
    seen = [m for m in told.moments if m.point is not None]
    alarms = f", {len(told.alarms)} alarm{'s' if len(told.alarms) > 1 else ''}" if told.alarms else ""
    if not seen:
        return f"nothing was seen{alarms}"
    last = estimate_of(seen[-1], told)
    return f"{numbers.point(last, signed=signed)} {numbers.interval(last)} at the end".replace("  ", " ") + alarms
