"""`evalkit judge parse`: what did these judges say?"""

from __future__ import annotations

import json
from collections import Counter

import click

_TOLD = 10


@click.command("parse")
@click.option("--texts", "source", required=True, metavar="FILE.jsonl", help="Texts of judges; - reads stdin.")
@click.option("--json", "as_json", is_flag=True, help="Rows are JSON in any case.")
def parse(source: str, as_json: bool) -> int:
    """Read verdicts from what judges wrote, as a run does.

    \b
    A row: {"id": 1, "text": "... {\\"label\\": \\"correct\\"}", "menu": ["correct", "incorrect"]}
      menu       the labels
      pattern    optional: a regular expression for verdicts in prose, such as Output \\((a|b)\\) is better.
                 What its group captures is a label, or a part of one label that stands around it; a group
                 may also be called like a label (?P<yes>...). All matches have to say the same.
      captures   optional, with a pattern: captured text -> label

    Without a pattern the verdict is a JSON object with the key `label`: alone, or the only one in the text.
    One JSON object a row, in the order of the rows: {"id", "label", "why"}. Without a label, why is one of
    no_verdict, several_verdicts, off_menu, refused, truncated, empty.

    Exit codes: 0 read (whatever the labels are), 2 a row cannot be used (the others are read).
    """
    from evalkit.app.cli.console import note
    from evalkit.app.judge_texts import parse_texts

    found: Counter[str] = Counter()
    bad = 0
    for row in parse_texts(source):
        if row.error is not None:
            bad += 1
            if bad <= _TOLD:
                note(f"error: {row.error}")
            continue
        found[row.why or ""] += 1
        click.echo(json.dumps(row.to_json()))
    if bad > _TOLD:
        note(f"error: and {bad - _TOLD} more rows that cannot be used")
    labelled = found.pop("", 0)
    reasons = "".join(f", {n} {why}" for why, n in sorted(found.items()))
    note(f"{labelled + found.total()} texts: {labelled} with a label{reasons}")
    return 2 if bad else 0
