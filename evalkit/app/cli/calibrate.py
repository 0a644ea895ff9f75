"""`evalkit calibrate`."""

from __future__ import annotations

from typing import Any

import click

from evalkit.app.cli.calibrate_live import live_options


@click.command()
@click.argument("rubric", required=False)
@click.option(
    "--ratings", metavar="FILE.jsonl", help="Recorded verdicts beside labels; - reads stdin. Nobody is asked."
)
@click.option("--labels", metavar="FILE", help="Labelled items (JSON Lines or CSV) that the judge is asked about.")
@click.option("--judge", metavar="SPEC", help="openai:MODEL, recorded:FILE, fake:FILE, baseline:length, ...")
@click.option("--positive", metavar="LABEL", help="The label that sensitivity is about (default: one that says yes).")
@click.option(
    "--epsilon",
    type=float,
    default=0.15,
    show_default=True,
    help="Alternative-annotator test: what a person may be better by; .2 for experts, .15 skilled, .1 crowd.",
)
@click.option("--alpha", type=float, default=0.2, show_default=True, help="Error allowed where the judge decides.")
@click.option("--delta", type=float, default=0.1, show_default=True, help="Chance allowed that it errs more there.")
@live_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def calibrate(rubric: str | None, ratings: str | None, as_json: bool, **given: Any) -> int:
    """What a judge is worth beside people: does it earn a vote?

    \b
    evalkit calibrate --ratings verdicts.jsonl                        recorded verdicts alone
    evalkit calibrate rubrics/correctness.yaml --labels people.jsonl --judge openai:gpt-4o-mini
    evalkit calibrate correctness --labels people.jsonl --judge suite.yaml#main -o main.cert.json

    The second and third ask the judge about items that people labelled, and keep a certificate of what was found: with
    one that is usable, the judge decides gates. A row of --labels:

    \b
    {"item": "q7", "input": ..., "expected": ..., "output": ..., "human": "correct"}
      human          a label of the rubric's menu, or {annotator: label}
      output_1, output_2   of a pair, instead of output; its labels are "1", "2" and "tie"
      group, system, weight, tags   optional

    A row of --ratings is one item, its label and the judge's verdict:

    \b
    {"item": "q7", "human": "yes", "judge": "no"}
      human          a label, or {annotator: label}; several people: the label of more than half
      judge          the verdict; null where there was none. For pairs the winning OUTPUT, "1", "2" or "tie",
                     with output 1 shown first
      judge_swapped  the same with output 2 shown first
      probability    confidence of the judge that `judge` is right
      length_1, length_2, system, group   optional

    Exit codes: 0 measured (read `certificate`: whether the judge earned a vote, and why not), 2 a row or an option
    cannot be used, 4 the judge could not be asked any further (run again to continue).
    """
    if (rubric is None) == (ratings is None):
        raise click.UsageError("Give either --ratings FILE, or a RUBRIC with --labels FILE.")
    if ratings is None:
        from evalkit.app.cli.calibrate_live import calibrate_live

        return calibrate_live(rubric or "", given, as_json)
    _refuse_live(given)
    return _recorded(ratings, given, as_json)


_OF_RATINGS = {"positive", "epsilon", "alpha", "delta"}


def _refuse_live(given: dict[str, Any]) -> None:
    """An option of live calibration would do nothing here, and is refused."""
    stray = sorted(name for name, value in given.items() if name not in _OF_RATINGS and value)
    if stray:
        option = "--" + stray[0].replace("_", "-")
        raise click.UsageError(f"{option} belongs to a live calibration (RUBRIC --labels FILE), not to --ratings.")


def _recorded(source: str, given: dict[str, Any], as_json: bool) -> int:
    from evalkit.app.calibrating.ratings_file import read_ratings
    from evalkit.engine.calibrate import calibration

    found = calibration(read_ratings(source), **{name: given[name] for name in sorted(_OF_RATINGS)})
    if as_json:
        from evalkit.app.cli.console import print_json

        print_json(found.to_json())
    else:
        from evalkit.app.calibrating.show import show

        show(found)
    return 0
