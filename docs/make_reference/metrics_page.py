"""docs/reference/metrics.md, from the metrics' dataclasses and docstrings."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

from docs.make_reference.docstrings import NOTE, read, table, wrap
from evalkit.app.catalog import load
from evalkit.metrics.builtin import BUILTIN

INTRO = """\
In a suite file an entry of a layer is a name, or a name with parameters: `numeric: {field: minutes, abs: 10}`. Every
entry also takes `as` (its id in gates and reports) and `when` (only cases with these tags). `field` picks a key of
`expected` and of the output; without it they are compared whole.

A failure of the system (it refused, raised, was too slow, answered nothing) scores the worst value of the metric. A
failure of the harness (network, no prediction) leaves the case unscored; it is counted and bounded. `seconds` and
`cost` have no worst value: a failed call counts with the time and money that it took, and an unknown one is unscored.

Each score has a *rule*: the word that says why it is what it is. Reports show it beside the answer.

A metric of your own is a function; see [`case_metric`](python.md#evalkitcase_metric). A whole class with `parts` and
`combine` is the protocol `Metric` in `evalkit/core/protocols.py`."""


def metrics_page() -> str:
    """The page."""
    lines = ["# Metrics", "", NOTE, "", INTRO, ""]
    lines += table(["metric", "what it is"], [[f"[`{n}`](#{n})", read(load(p)).summary] for n, p in BUILTIN.items()])
    lines.append("")
    for name, path in BUILTIN.items():
        lines += _metric(name, load(path))
    return "\n".join(lines).rstrip() + "\n"


def _metric(name: str, cls: Any) -> list[str]:
    doc = read(cls)
    lines = [f"## {name}", "", wrap(doc.summary), ""]
    for paragraph in doc.rest:
        lines += [wrap(paragraph), ""]
    fields = [f for f in dataclasses.fields(cls) if f.init and not f.name.startswith("_")]
    said = _said(cls)
    if missing := [f.name for f in fields if f.name not in said]:
        raise LookupError(f"{name}: nothing says what {missing} mean")
    if fields:
        fields.sort(key=lambda f: f.name != "field")
        rows = [[f"`{f.name}`", _default(f), _plain(said[f.name])] for f in fields]
        lines += [*table(["parameter", "default", "meaning"], rows), ""]
    score = read(cls.score).summary
    unit = f" Unit: {cls.unit}." if cls.unit else ""
    lines += [wrap(f"Scores: {score[0].lower()}{score[1:]} Better: {cls.better}.{unit} Version {cls.version}."), ""]
    return lines


def _said(cls: type) -> dict[str, str]:
    """Parameter -> meaning, from the docstrings of the class and of its bases."""
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if "__doc__" in vars(base) and base.__doc__:
            found |= read(base).entries.get("Attributes", {})
    return found


def _default(field: dataclasses.Field[Any]) -> str:
    if field.default is dataclasses.MISSING:
        return "required" if field.default_factory is dataclasses.MISSING else f"`{_yaml(field.default_factory())}`"
    return "" if field.default is None else f"`{_yaml(field.default)}`"


def _plain(text: str) -> str:
    """A docstring's words for somebody who writes YAML."""
    text = text.replace("None: ", "without it: ")
    return re.sub(r"\b(True|False)\b", lambda match: match[0].lower(), text)


def _yaml(value: Any) -> str:
    """A default as a suite file would write it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | list):
        return "[" + ", ".join(map(_yaml, value)) + "]"
    return re.sub(r"\.0$", "", str(value))
