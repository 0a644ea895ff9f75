"""A metric's own `examples()` as Markdown: what stands in the suite file, what is right, what is wrong."""

from __future__ import annotations

import io
import json
from typing import Any

from ruamel.yaml import YAML

from evalkit.core.errors import InputError
from evalkit.core.protocols import Example, Metric
from evalkit.metrics.battery.rows import column, ids

__all__ = ["examples", "views"]

_WIDTH = 108
_LONGEST = 160


def examples(name: str, cls: Any) -> list[str]:
    """Lines: each example as YAML, and its pairs as a table."""
    lines: list[str] = []
    for example in _examples(cls):
        lines += ["```yaml", *_yaml(name, example), "```", ""]
        if example.input is not None:
            lines += [f"Input: {_code(example.input)}.", ""]
        rows = [[_code(gold), _code(answer)] for gold, answer in example.pairs]
        rows = [[text.replace("|", "\\|") for text in row] for row in rows]
        lines += ["| gold | right answer |", "|---|---|", *(f"| {gold} | {answer} |" for gold, answer in rows), ""]
        if example.wrong:
            lines += [f"Wrong: {', '.join(map(_code, example.wrong))}.", ""]
    return lines


def views(cls: Any) -> dict[str, Metric]:
    """The views of a metric as its examples bind it: name -> view; none where it has none."""
    found: dict[str, Metric] = {}
    if not hasattr(cls, "views"):
        return found
    for example in _examples(cls):
        metric = cls(**example.params)
        if hasattr(metric, "asked_for"):  # views without end: some of them
            metric = metric.asked_for(["median", "p90", "p95", "p99.9"])
        golds = [gold for gold, _ in example.pairs]
        try:
            found = {**metric.bind(column(golds), ids(len(golds))).views, **found}
        except InputError as error:
            raise LookupError(f"{cls.__name__}: its example cannot be bound: {error}") from error
    return found


def _examples(cls: Any) -> list[Example]:
    return list(cls.examples()) if hasattr(cls, "examples") else []


def _yaml(name: str, example: Example) -> list[str]:
    """An entry of a layer; on one line where that is short."""
    if not example.params:
        return [f"- {name}"]
    plain = json.loads(json.dumps(dict(example.params), default=str))
    line = f"- {name}: {_dumped(plain, flow=True)[0]}"
    return [line] if len(line) <= _WIDTH else _dumped([{name: plain}], flow=False)


def _dumped(value: Any, *, flow: bool) -> list[str]:
    """Lines of YAML; on one line with `flow`."""
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = flow
    writer.sort_base_mapping_type_on_output = False
    writer.allow_unicode, writer.width = True, 10_000 if flow else _WIDTH
    stream = io.StringIO()
    writer.dump(value, stream)
    return stream.getvalue().rstrip().splitlines()


def _code(value: Any) -> str:
    """A JSON value as inline code in a cell; a long one is cut, and says so."""
    text = json.dumps(value, ensure_ascii=False)
    if len(text) > _LONGEST:
        text = text[:_LONGEST] + " ..."
    ticks = "``" if "`" in text else "`"
    while ticks in text:
        ticks += "`"
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"
