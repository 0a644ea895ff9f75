"""`evalkit correct`."""

from __future__ import annotations

from typing import Any

import click

_METHODS = ("auto", "ppi++", "ppi", "rogan-gladen", "human-only")


@click.command()
@click.option("--ratings", "source", required=True, metavar="FILE.jsonl", help="Judged items; - reads stdin.")
@click.option("--method", type=click.Choice(_METHODS), default="auto", show_default=True, help="How to correct.")
@click.option("--versus", nargs=2, metavar="SYSTEM_A SYSTEM_B", help="The paired difference A - B, by item.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def correct(source: str, method: Any, versus: tuple[str, str] | None, as_json: bool) -> int:
    """A judge's number, corrected by what people say of some of the items.

    \b
    A row: {"item": "q7", "judge": 1, "human": 0}
      judge    what the judge said, a number in [0, 1]
      human    what people said, the same; left out where nobody looked
      system, group, weight   optional

    \b
    auto           ppi++, or human-only where a rule fixed in advance says that it is narrower
    ppi++          the judge's mean on the unlabelled items, weighed, plus its error on the labelled ones
    ppi            the same with full weight
    rogan-gladen   by sensitivity and specificity on the labelled items
    human-only     the labelled items alone

    Labels have to be a random sample of the judged items, or carry weights.

    Exit codes: 0 corrected, 2 a row or an option cannot be used, or the labels cannot correct these verdicts.
    """
    from evalkit.app.correcting import correct as corrected

    found = corrected(source, method, versus)
    if as_json:
        from evalkit.app.cli.console import print_json

        print_json(found)
    else:
        _show(found)
    return 0


def _show(found: dict[str, Any]) -> None:
    from evalkit.app.cli.console import printable
    from evalkit.app.cli.table import table

    parts = found.get("systems") or {" - ".join(found["versus"]) if "versus" in found else "": found}
    for name, part in parts.items():
        if name:
            click.echo(printable(name))
        table([("", "value", f"{100 * part['level']:g} % interval", "cases"), *_lines(part)])
        click.echo(printable(_said(part)) + "\n")
    if "homogeneity" in found and found["homogeneity"]["p"] is not None:
        click.echo(f"Do the judge's errors depend on who answered? p = {found['homogeneity']['p']:.3g}.")


def _lines(part: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    counts = {"judged": part["n"], "corrected": part["n"], "human_only": part["n_labels"]}
    names = {"judged": "judge said", "corrected": f"corrected ({part['method']})", "human_only": "people only"}
    return [(names[key], *_cells(part[key]), f"{counts[key]:,}") for key in names]


def _cells(figure: dict[str, Any] | None) -> tuple[str, str]:
    if figure is None or figure["point"] is None:
        return "none", "none"
    interval = "none" if figure["lo"] is None else f"{figure['lo']:.4f} to {figure['hi']:.4f}"
    return f"{figure['point']:.4f}", interval


def _said(part: dict[str, Any]) -> str:
    """Why this method, and what the labels are worth."""
    if "reason" in part:
        return f"Not corrected: {part['reason']}"
    worth = part["label_value"]
    said = [part["because"]]
    if worth is not None and part["method"] in ("ppi++", "ppi"):
        said.append(f"With the judge, {part['n_labels']:,} labels act like {worth['point']:,.0f}.")
    if (plan := part["next_labels"]) is not None:
        drawn = " and ".join(f"{n} where the {verdict.replace('judge ', 'judge says ')}" for verdict, n in plan.items())
        said.append(f"The next {sum(plan.values())} labels tell most if {drawn} (then give weights).")
    said += [f"It assumes that {part['assumes'][:1].lower()}{part['assumes'][1:]}"]
    return " ".join([*said, *(f"Note: {note}." for note in part["notes"])])
