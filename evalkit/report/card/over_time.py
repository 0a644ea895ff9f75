"""The judge over time: its sentinels, its earlier certificates, and the runs that asked it."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.core.judge_card import Earlier, JudgeCard, Look
from evalkit.core.nouns import Certificate
from evalkit.report import numbers
from evalkit.report.card.parts import SHARE, Part, Titled, coefficient, day, percent, share
from evalkit.report.card.read import figure_in, number, part, text, within
from evalkit.report.charts.series import Alarm, TimeSeries
from evalkit.report.charts.spec import Mark, Range, Row, Series, Table
from evalkit.report.figures import Figure, draw
from evalkit.report.text import clip, count, listing, plural

__all__ = ["history", "sentinels", "uses"]


def sentinels(card: JudgeCard) -> Part:
    """Verdicts that gate runs asked again: the share that changed, where a drift begins, and what drifted."""
    tested = [look for look in card.looks if look.share is not None]
    if not card.looks:
        return Part(
            missing=[("Drift since the calibration", "no run of this workspace asked a sentinel of this judge")],
            notes=[*card.notes],
        )
    drifted = [look for look in card.looks if look.info.drifted]
    said = [
        f"{plural(len(card.looks), 'run')} asked verdicts again, past the cache; "
        + (f"{plural(len(drifted), 'drift')} found." if drifted else "no drift was found.")
    ]
    figures = [_changed(tested)] if tested else []
    rows = [
        [look.run_id, day(look.created), look.suite, _of(look), numbers.p_value(look.info.p), clip(look.info.said, 200)]
        for look in card.looks
    ]
    table = Titled("", Table(["Run", "Day", "Suite", "Changed", "p", "What was found"], rows))
    return Part(said=said, figures=figures, layout="one", tables=[table], notes=list(card.notes))


def _of(look: Look) -> str:
    return f"{count(look.info.flips)} of {count(look.info.n)}" if look.info.n else "none asked"


def _changed(tested: list[Look]) -> Figure:
    rows, series = (
        [],
        [Series("verdicts that changed", "candidate"), Series("a drift from here on", "fail", hollow=True)],
    )
    for look in tested:
        span = look.share
        if span is None or span.point is None:
            continue
        thin = Range(span.lo, span.hi) if span.lo is not None and span.hi is not None else None
        cells = {"Changed": _of(look), "Share": percent(span.point, 1), "p": numbers.p_value(look.info.p)}
        marks = [Mark(0, span.point, thin, words=f"{look.run_id}: {_of(look)} changed", cells=cells)]
        if look.alarm is not None:
            words = f"{look.run_id}: a drift from {percent(look.alarm, 1)} on"
            marks.append(Mark(1, look.alarm, words=words, cells={"Share": percent(look.alarm, 1)}))
        rows.append(Row(look.created if _apart(tested) else look.run_id, tuple(marks)))
    names = [row.label for row in rows]
    alarms = tuple(Alarm(n, "drift") for n, look in zip(names, tested, strict=False) if look.info.drifted)
    if not any(len(row.marks) > 1 for row in rows):
        series = series[:1]
    noise = next((look.info for look in reversed(tested) if look.info.noise_n), None)
    before = (
        None if noise is None or not noise.noise_n or noise.noise_flips is None else noise.noise_flips / noise.noise_n
    )
    spec = TimeSeries(
        "Verdicts that changed when they were asked again",
        "share of verdicts",
        tuple(rows),
        tuple(series),
        across="run",
        reference=before,
        alarms=alarms,
        bounds=SHARE,
        about="Share of the sentinel's verdicts that changed in each run, and the share from which on it is a drift.",
    )
    note = "Band: 95\u00a0% interval. " + ("" if before is None else "Solid line: the same when it was calibrated.")
    return draw(spec, "sentinels-series", "full", note.strip())


def _apart(tested: list[Look]) -> bool:
    """Whether times tell the runs apart."""
    return len({look.created for look in tested}) == len(tested)


def history(card: JudgeCard) -> Part | None:
    """Other certificates of this judge, and of others by its rubric, with this one in its place."""
    if not card.history:
        return None
    own = Earlier(card.certificate, True, (), card.revoked)
    line = sorted([*card.history, own], key=lambda e: (e.certificate.created, e is own))
    mine = [one for one in line if one.same]
    figures = [figure] if len(mine) > 1 and (figure := _agreement(mine)) is not None else []
    others = sum(not one.same for one in line)
    head = ["Certificate", "Made", "Judge", "Items", "Agreement", "Kappa", "Until", "Vote"]
    rows = [_line(one, one is own) for one in line]
    table = Table([*head, "What is not the same"], rows) if others else Table(head, [row[:-1] for row in rows])
    said = [f"{plural(len(mine), 'certificate')} of this judge in the workspace, this one among them."]
    if others:
        said.append(f"Beside it: {plural(others, 'certificate')} of other judges by the same rubric.")
    return Part(said=said, figures=figures, layout="one", tables=[Titled("", table)])


def _agreement(mine: list[Earlier]) -> Figure | None:
    rows = []
    for one in mine:
        found = figure_in(one.certificate.findings, "agreement", "raw", bounds=SHARE)
        if found is None or found.point is None:
            continue
        thin = Range(found.lo, found.hi) if found.lo is not None and found.hi is not None else None
        cells = {
            "Certificate": one.certificate.digest[:12],
            "Agreement": share(found, 1),
            "n": count(one.certificate.n),
        }
        rows.append(Row(one.certificate.created, (Mark(0, found.point, thin, words=share(found, 1), cells=cells),)))
    if len(rows) < 2:
        return None
    limit = within(mine[-1].certificate.limits.get("min_agreement"))
    spec = TimeSeries(
        "Agreement with people, certificate by certificate",
        "raw agreement (share of items)",
        tuple(rows),
        (Series("this judge", "candidate"),),
        across="certificate",
        line=limit,
        side="above" if limit is not None else None,
        bounds=SHARE,
        about="Raw agreement of the judge with people in each of its certificates, with 95 % intervals.",
    )
    asked = "" if limit is None else f" Dashed: {percent(limit)}, which the rubric asks for."
    return draw(spec, "history-series", "full", f"Band: 95\u00a0% interval.{asked}")


def _line(one: Earlier, this: bool) -> list[str]:
    held = one.certificate
    raw = figure_in(held.findings, "agreement", "raw", bounds=SHARE)
    kappa = figure_in(held.findings, "agreement", "kappa", bounds=(-1.0, 1.0))
    name = f"{held.digest[:12]} (this one)" if this else held.digest[:12]
    until = day(held.expires) if held.expires else "no end"
    who = "this one" if one.same else who_is(held)
    what = "; ".join(clip(words, 120) for words in one.changed)
    return [name, day(held.created), who, count(held.n), share(raw), coefficient(kappa), until, _vote(one), what]


def _vote(one: Earlier) -> str:
    if one.revoked is not None:
        return "ended: it drifted"
    return "given" if one.certificate.usable else "not given"


def who_is(held: Certificate) -> str:
    """The judge in words: its model, else its kind and name."""
    spec = held.judge_spec
    model = text(spec.get("model"), 60) or text(part(spec, "provider").get("model"), 60)
    return model or " ".join(filter(None, (text(spec.get("judge"), 40), text(spec.get("name"), 60)))) or "unknown"


def uses(card: JudgeCard) -> Part | None:
    """What it took in the runs that asked it, and in the calibration."""
    spent = part(card.certificate.findings, "spent")
    facts = list(_spent(spent))
    if not card.uses and not facts:
        return None
    rows = [
        [
            use.run_id,
            day(use.created),
            use.suite,
            listing(list(use.metrics)),
            count(use.n_asked),
            f"{count(use.n_calls)} ({count(use.n_reused)} recorded)",
            numbers.dollars(use.cost),
            numbers.dollars(use.per_verdict),
            numbers.duration(use.seconds),
        ]
        for use in card.uses
    ]
    head = ["Run", "Day", "Suite", "Metrics", "Answers", "Calls", "Cost", "Cost per verdict", "Time in calls"]
    tables = [Titled("Runs that asked it", Table(head, rows))] if rows else []
    return Part(facts=facts, tables=tables, notes=["A cost that nobody named is unknown, never 0."])


def _spent(spent: dict[str, object]) -> Iterator[tuple[str, str]]:
    if not spent:
        return
    per, cost = number(spent.get("per_verdict")), number(spent.get("cost"))
    yield "cost per verdict, in the calibration", numbers.dollars(per)
    yield "cost of its verdicts on the labelled items", numbers.dollars(cost)
    seconds, n = number(spent.get("seconds")), number(spent.get("verdicts"))
    if seconds is not None and n:
        yield "time in calls", numbers.duration(seconds)
    for key, name in (("tokens_in", "tokens read"), ("tokens_out", "tokens written")):
        if (found := number(spent.get(key))) is not None:
            yield name, count(int(found))
