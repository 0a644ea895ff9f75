"""`evalkit judge prompt`: what is a judge shown?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from evalkit.judges.rubric import Rubric

_FIELDS = ("input", "expected", "output", "output_1", "output_2", "tags")
_NONCE = "0123456789ab"


@click.command("prompt")
@click.argument("rubric")
@click.option("--labels", metavar="FILE", help="Cases to show; default: the rubric's own calibration file.")
@click.option("--item", metavar="ID", help="Which case; default: the first.")
@click.option("--plain", is_flag=True, help="As endpoints are asked that have no JSON schema.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def prompt(rubric: str, labels: str | None, item: str | None, plain: bool, as_json: bool) -> int:
    """Check a rubric file, and show what a judge is asked by it. No model is called, and no key is needed.

    \b
    evalkit judge prompt rubrics/correctness.yaml
    evalkit judge prompt correctness --item correctness-15

    Exit codes: 0 shown, 2 the rubric or the labels cannot be used.
    """
    from evalkit.app.cli.console import print_json, printable
    from evalkit.core.errors import InputError
    from evalkit.judges.prompt import Prompt
    from evalkit.judges.prompt_template import MissingField
    from evalkit.judges.rubric import read_rubric

    found = read_rubric(rubric)
    case = _case(found, labels, item)
    try:
        messages = Prompt(found).messages(case, _NONCE, not plain)
    except MissingField as error:
        raise InputError(str(error), rubric, "Give the field in the labels, or leave it out of the template.") from None
    about = {"id": found.id, "version": found.version, "kind": found.kind, "digest": found.digest}
    if as_json:
        print_json({**about, "menu": list(found.menu), "values": found.values, "messages": messages})
        return 0
    worth = ", ".join(f"{label} = {value:g}" for label, value in found.values.items())
    click.echo(printable(f"{found.id} (version {found.version}, digest {found.digest[:12]}): {worth}"))
    for message in messages:
        click.echo(printable(f"\n----- {message['role']}\n{message['content']}"))
    return 0


def _case(rubric: Rubric, labels: str | None, item: str | None) -> dict[str, Any]:
    """The case that is shown: a row of labels, else names of the fields in place of a case.

    Raises:
        InputError: the labels cannot be read, or have no such item.
    """
    from evalkit.app.label_files import read_labels
    from evalkit.core.errors import InputError
    from evalkit.core.tables import MISSING

    source = Path(labels) if labels is not None else rubric.calibration
    if source is None:
        if item is not None:
            raise InputError("the rubric has no calibration file", remedy="Name one with --labels FILE.")
        return {name: f"({name})" for name in _FIELDS}
    rows = read_labels(source, rubric.menu).rows
    row = next((row for row in rows if item in (None, row.item)), None)
    if row is None:
        raise InputError(f"there is no item {item!r:.80}", str(source), f"The first is {rows[0].item!r:.80}.")
    return {name: value for name in _FIELDS if (value := getattr(row, name)) is not MISSING}
