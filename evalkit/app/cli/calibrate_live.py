"""`evalkit calibrate RUBRIC --labels FILE`: the options, and what is printed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from evalkit.app.cli.options import Number

_OVERRIDES = ("base_url", "votes", "temperature", "timeout")

_OPTIONS = (
    click.option("--base-url", metavar="URL", help="Live: address of a compatible endpoint."),
    click.option("--votes", type=click.IntRange(1), help="Live: answers asked a question, of which most decide."),
    click.option("--temperature", type=float, help="Live: of the judge."),
    click.option("--timeout", type=Number(min=0, min_open=True), help="Live: seconds a call may take."),
    click.option("--concurrency", type=click.IntRange(min=1), help="Live: calls at the same time [default: 8]."),
    click.option("--budget", type=Number(min=0, min_open=True), metavar="USD", help="Live: stop before spending more."),
    click.option("--fresh", is_flag=True, help="Live: ask again, whatever is recorded."),
    click.option("--replay", is_flag=True, help="Live: make no call: only recorded answers."),
    click.option(
        "--retest", type=click.IntRange(0), metavar="N", help="Live: items that are judged twice [default: 100]."
    ),
    click.option("--probes/--no-probes", default=None, help="Live: try to mislead the judge [default: models only]."),
    click.option("--probe-items", type=click.IntRange(1), metavar="N", help="Live: items of each probe [default: 40]."),
    click.option("--min-kappa", type=float, help="Live: agreement beyond chance that is asked for, at least."),
    click.option("--expires", "expires_days", metavar="DAYS", type=click.IntRange(1), help="Live: how long it holds."),
    click.option("-o", "--out", "out", metavar="FILE", help="Live: write the certificate here too, beside the suite."),
    click.option(
        "--workspace", metavar="DIR", help="Live: folder of the workspace [default: $EVALKIT_HOME or .evalkit]."
    ),
)


def live_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of a live calibration; None where they were not given."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def calibrate_live(rubric: str, given: Mapping[str, Any], as_json: bool) -> int:
    """Calibrate, keep the certificate, print the judge card."""
    from evalkit.app.api import open_store
    from evalkit.app.calibrating.live import calibrate
    from evalkit.app.cli.console import note, print_json, progress
    from evalkit.app.cli.output import check_writable, write_text
    from evalkit.stores.certificates import text_of

    out = None if given.get("out") is None else Path(given["out"])
    check_writable(out)
    store = open_store(given.get("workspace"))
    with progress(quiet=as_json, what="calls") as told:
        made = calibrate(_live(rubric, given), store, told)
    if out is not None:
        write_text(out, text_of(made.certificate).decode())
    if as_json:
        plain = made.to_json()
        print_json(plain | {"certificate": plain["certificate"] | {"file": None if out is None else str(out)}})
    else:
        from evalkit.app.calibrating.card import show_card

        show_card(made)
    if out is not None:
        note(f"certificate: {out}")
    return 0


def _live(rubric: str, given: Mapping[str, Any]) -> Any:
    """The options as the calibration takes them."""
    from evalkit.app.calibrating.live import Live

    plain = dict(_given(given))
    if given.get("probes") is False:
        plain["probes"] = 0
    elif given.get("probe_items"):
        plain["probes"] = given["probe_items"]
    overrides = {name: given[name] for name in _OVERRIDES if given.get(name) is not None}
    return Live(rubric=rubric, overrides=overrides, **plain)


def _given(given: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    names = ("labels", "judge", "positive", "epsilon", "alpha", "delta", "retest", "min_kappa", "expires_days")
    for name in (*names, "concurrency", "budget", "fresh", "replay"):
        if given.get(name) is not None:
            yield name, given[name]
