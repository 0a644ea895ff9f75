"""A calibration for people: the judge beside people, and people beside one another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from evalkit.engine.calibrate import Calibration

Figure = dict[str, Any] | None


def show(found: Calibration, verdict: Sequence[str] | None = None) -> None:
    """Print the judge card: a table of figures, then what was found against it, then the verdict (or another one)."""
    from evalkit.app.cli.console import printable
    from evalkit.app.cli.table import table

    plain = found.to_json()
    table([("", "judge and people", "95 % interval", "people alone", "95 % interval"), *_rows(plain)])
    said = [_counted(found), *_order(plain), *_length(plain), *_alt(plain), *_probability(plain), *_selective(plain)]
    said += [
        f"not measured: {name.replace('_', ' ')}: {why}" for name, why in plain["why_null"].items() if name in _TELLING
    ]
    said += [f"caution: {sentence}" for sentence in found.cautions]
    said += _verdict(found) if verdict is None else verdict
    click.echo("\n" + "\n".join(printable(" ".join(line.split())) for line in said))


_TELLING = {"sensitivity", "specificity", "human_human"}


def _rows(plain: dict[str, Any]) -> list[tuple[str, ...]]:
    of, people = plain["agreement"], plain["agreement"]["human_human"] or {}
    rows: list[tuple[str, ...]] = [
        ("raw agreement", *_cells(of["raw"]), *_cells(people.get("raw"))),
        ("Cohen's kappa", *_cells(of["kappa"]), *_cells(people.get("kappa"))),
        ("Gwet's AC1", *_cells(of["ac1"]), *_cells(people.get("ac1"))),
        ("Krippendorff's alpha", *_cells(of["alpha"]), *_cells(people.get("alpha"))),
    ]
    rates = [(name, plain[name]) for name in ("sensitivity", "specificity") if plain[name] is not None]
    return rows + [(name, *_cells(one), "", "") for name, one in [*rates, *_numbers(plain["scores"])]]


def _numbers(scores: dict[str, Any] | None) -> list[tuple[str, Figure]]:
    if scores is None:
        return []
    rho = scores["pooled"]["spearman"]
    return [("bias in points", scores["bias"]), ("Spearman, pooled", {"point": rho, "lo": None, "hi": None})]


def _cells(one: Figure) -> tuple[str, str]:
    if one is None or one["point"] is None:
        return "none", ""
    return f"{one['point']:.3f}", _interval(one)


def _interval(one: dict[str, Any]) -> str:
    return "" if one["lo"] is None else f"[{one['lo']:.3f}, {one['hi']:.3f}]"


def _share(one: Figure) -> str:
    if one is None or one["point"] is None:
        return "none"
    shown = f"{100 * one['point']:.1f} %"
    return shown if one["lo"] is None else f"{shown} ({100 * one['lo']:.1f} to {100 * one['hi']:.1f})"


def _counted(found: Calibration) -> str:
    said = [f"{found.n:,} items"]
    if found.findings["n_groups"] is not None:
        said.append(f"in {found.findings['n_groups']:,} groups")
    if found.n_dropped:
        said.append(f"{found.n_dropped:,} dropped without a majority of people")
    if found.n_unparsed:
        said.append(f"{found.n_unparsed:,} without a verdict")
    balance = found.findings["agreement"]["balance"] or {}
    given = [f"{label[:30]} {one['human']:,}/{one['judge']:,}" for label, one in balance.items()]
    people = f"; people/judge: {', '.join(given[:8])}{', ...' if len(given) > 8 else ''}" if given else ""
    return ", ".join(said) + people


def _order(plain: dict[str, Any]) -> list[str]:
    one = plain["order"]
    if one is None:
        return []
    said = f"order: the same winner in both orders on {_share(one['consistency'])}; {one['conflicts']:,} conflicts"
    if one["p"] is not None:
        said += (
            f"; shown first won twice {one['first_both']:,}, shown second {one['second_both']:,} (p = {one['p']:.2g})"
        )
    return [f"{said}; right in both orders {_share(one['strict_accuracy'])}"]


def _length(plain: dict[str, Any]) -> list[str]:
    one = plain["length"]
    if one is None:
        return []
    excess = one["excess"]
    return [
        f"length: prefers the longer output on {_share(one['judge'])}, people on {_share(one['human'])}: "
        f"{100 * excess['point']:+.1f} points {_points(excess)}"
    ]


def _points(one: dict[str, Any]) -> str:
    return "" if one["lo"] is None else f"({100 * one['lo']:+.1f} to {100 * one['hi']:+.1f})"


def _alt(plain: dict[str, Any]) -> list[str]:
    one = plain["alt_test"]
    if one["omega"] is None:
        return [f"alternative annotator: not tested: {one['reason']}"]
    said = "could stand in for a person" if one["passed"] else "could not stand in for a person"
    notes = [f"note: {note}" for note in one["notes"]]
    return [
        f"alternative annotator: {said} at epsilon {one['epsilon']:g} (winning rate {one['omega']['point']:.2f}, "
        f"advantage probability {one['rho']['point']:.2f} {_interval(one['rho'])})",
        *notes,
    ]


def _probability(plain: dict[str, Any]) -> list[str]:
    one = plain["probability"]
    if one is None:
        return []
    return [
        f"probabilities: off by {one['ece']['point']:.3f} (exact ones: {one['ece_by_chance']['mean']:.3f}), Brier "
        f"{one['brier']['point']:.3f}; it says {100 * one['mean_probability']:.1f} % and is right on "
        f"{100 * one['share_right']:.1f} %"
    ]


def _selective(plain: dict[str, Any]) -> list[str]:
    one = plain["selective"]
    if one is None:
        return []
    if one["threshold"] is None:
        return [f"alone: nothing certified at alpha {one['alpha']:g}: {one['reason']}"]
    kept = 100 * one["coverage"]["point"]
    return [
        f"alone: at most {100 * one['alpha']:g} % disagreement, with {100 * (1 - one['delta']):g} % confidence, on "
        f"{kept:.0f} % of items (probability {one['threshold']:.3g} and above); {100 - kept:.0f} % go to people",
        *(f"note: {note}" for note in one["notes"]),
    ]


def _verdict(found: Calibration) -> list[str]:
    if found.usable:
        return ["These ratings would earn the judge a vote."]
    return ["These ratings earn no vote:", *(f"- {reason}" for reason in found.reasons)]
