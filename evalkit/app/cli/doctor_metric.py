"""`evalkit doctor metric`."""

from __future__ import annotations

import json
import shutil
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from evalkit.app.cli.options import Number
from evalkit.app.cli.options import as_json as json_option
from evalkit.core.errors import EXIT_FAIL, EXIT_PASS, InputError

_MARKS = {"ok": ("ok", "green"), "broken": ("BAD", "red"), "note": ("note", "yellow")}
_LONG = 160


@click.command()
@click.argument("name")
@click.option("--suite", type=click.Path(path_type=Path, exists=True), help="NAME is a metric's id in this suite.")
@click.option("--param", "params", metavar="KEY=VALUE", multiple=True, help="A parameter; the value may be JSON.")
@click.option("--params", "object_", metavar="JSON", help="All parameters as one JSON object.")
@click.option("--examples", "n", type=click.IntRange(1, 100_000), default=100, show_default=True,
              help="Batches to draw for each way to use the metric.")  # fmt: skip
@click.option("--size", "largest", type=click.IntRange(1_000, 10_000_000), default=1_000_000, show_default=True,
              help="Characters of the longest hostile answer.")  # fmt: skip
@click.option("--timeout", type=Number(1), default=300, show_default=True, help="Seconds for all checks.")
@json_option
def metric(
    name: str,
    suite: Path | None,
    params: Sequence[str],
    object_: str | None,
    n: int,
    largest: int,
    timeout: float,
    as_json: bool,
) -> int:
    """Hold the metric NAME against the contract of metrics.

    NAME is a built-in or a plugin's metric, or one of your own: package.module:name, or file.py:name. What it is tried
    with comes from its `examples()` (pairs of gold and a right answer, and wrong answers), or with --suite from the
    cases of a suite, and from what Hypothesis makes of them. What fails is shown by the smallest case that was found.

    \b
    evalkit doctor metric numeric
    evalkit doctor metric my_metrics.py:close_enough
    evalkit doctor metric f1 --param average=macro
    evalkit doctor metric revenue --suite suites/filings

    Exit codes: 0 every check holds, 1 one does not, 2 there is no such metric or it refuses its parameters.
    """
    from evalkit.app.cli.console import print_json
    from evalkit.app.metric_doctor.subject import Subject
    from evalkit.app.metric_doctor.visit import visit

    subject = Subject(name, _params(params, object_), "" if suite is None else str(suite), str(Path.cwd()))
    for use in subject.uses():
        use.metric()  # what cannot be found or built is told before a process starts
    findings = visit(subject, n, largest, timeout)
    bad = sum(finding.outcome == "broken" for finding in findings)
    code = EXIT_FAIL if bad else EXIT_PASS
    if as_json:
        outcome = "fail" if bad else "pass"
        checks = [finding.to_json() for finding in findings]
        print_json({"metric": name, "outcome": outcome, "exit_code": code, "examples": n, "checks": checks})
    else:
        click.echo("\n".join(_lines(findings)))
    return code


def _params(given: Sequence[str], object_: str | None) -> dict[str, Any]:
    from evalkit.app.matching.rows import json_or_text, parse_params

    whole = {} if object_ is None else json_or_text(object_)
    if not isinstance(whole, dict):
        raise InputError(
            f"{object_!r:.80} is no JSON object", "--params", "Write for example --params '{\"abs\": 0.5}'."
        )
    return {**whole, **parse_params(given)}


def _lines(findings: Sequence[Any]) -> Iterator[str]:
    """A line a check, with the case, what was expected and the remedy under each that does not hold."""
    import sys

    from evalkit.app.cli.console import printable, wants_colour
    from evalkit.metrics.battery.checks import CHECKS

    colour = wants_colour(sys.stdout)
    width = max(60, min(shutil.get_terminal_size((100, 40)).columns, 140))
    for finding in (finding for finding in findings if finding.outcome != "skipped"):
        word, shade = _MARKS[finding.outcome]
        mark = click.style(f"{word:<5}", fg=shade) if colour else f"{word:<5}"
        yield f"{mark}{finding.check:<14} {CHECKS[finding.check].law}"
        for head, text in _story(finding):
            indent = f"{'':<7}{head:<13}"
            yield textwrap.fill(printable(text), width, initial_indent=indent, subsequent_indent=" " * 20)
    reasons: dict[str, list[str]] = {}
    for finding in (finding for finding in findings if finding.outcome == "skipped"):
        reasons.setdefault(finding.what, []).append(finding.check)
    for reason, checks in reasons.items():
        text = f"{', '.join(checks)}: {reason}"
        yield textwrap.fill(printable(text), width, initial_indent="-    ", subsequent_indent=" " * 5)
    names = {"ok": "hold", "broken": "broken", "note": "to be looked at", "skipped": "not looked at"}
    counts = {name: sum(finding.outcome == name for finding in findings) for name in names}
    yield ", ".join(f"{count} {names[name]}" for name, count in counts.items() if count)


def _story(finding: Any) -> Iterator[tuple[str, str]]:
    """What there is to say about a check that does not hold."""
    from evalkit.metrics.battery.checks import CHECKS

    if finding.outcome not in ("broken", "note"):
        return
    yield "found", finding.what
    yield "expected", finding.expected
    if finding.params:
        yield "parameters", json.dumps(dict(finding.params), ensure_ascii=False)
    for row in finding.case[:4]:
        yield "case", ", ".join(f"{key} {_shown(value)}" for key, value in row.items())
    if finding.outcome == "note":
        yield "remedy", "If gold itself is no right answer, give the metric examples() that say what is."
    else:
        yield "remedy", CHECKS[finding.check].remedy


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONG else f"{text[:_LONG]}... ({len(text):,} characters)"
