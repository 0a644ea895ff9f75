"""docs/reference/metrics.md, from the metrics' dataclasses and docstrings."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

from docs.make_reference.docstrings import NOTE, read, table, wrap
from docs.make_reference.examples import examples, views
from docs.make_reference.families import FAMILIES
from docs.make_reference.instructions import instruction_ids
from evalkit.app.catalog import load
from evalkit.core.protocols import Metric
from evalkit.metrics.builtin import BUILTIN

INTRO = """\
In a suite file an entry of a layer is a name, or a name with parameters: `numeric: {field: minutes, abs: 10}`. Every
entry also takes `as` (its id in gates and reports) and `when` (only cases with these tags). `field` picks a key of
`expected` and of the output; without it they are compared whole.

Each score has a *rule*: the word that says why it is what it is. Reports show it beside the answer, and count how many
answers each rule decided.

A *view* is another number from the same pass over the answers, with an interval of its own: `numeric.strict` beside
`numeric`, `classification.recall:late` beside `classification`. A gate takes it by that name.

**Wrong or unscored.** A failure of the system (it refused, raised, was too slow, answered nothing) scores the worst
value of the metric, and so does an answer that cannot be read; the rule says which. What cannot be scored because of
*us* (no prediction, the network, gold that no rule can read) leaves the case unscored; it is counted and bounded.
`seconds` and `cost` have no worst value: a failed call counts with the time and money that it took, and an unknown one
is unscored.

A metric of your own is a function; see [`case_metric`](python.md#evalkitcase_metric). A whole class with `parts` and
`combine` is the protocol `Metric` in `evalkit/core/protocols.py`. `evalkit doctor metric NAME` holds either against the
contract; the examples on this page are part of what it tries."""


def metrics_page() -> str:
    """The page."""
    lines = ["# Metrics", "", NOTE, "", INTRO, ""]
    for family in FAMILIES:
        lines += [f"**{family.title}**", "", *table(["metric", "what it is"], list(map(_row, family.metrics))), ""]
    for family in FAMILIES:
        lines += [f"## {family.title}", "", wrap(family.about), ""]
        for name in family.metrics:
            lines += _metric(name, load(BUILTIN[name]))
    return "\n".join(lines).rstrip() + "\n"


def _row(name: str) -> list[str]:
    return [f"[`{name}`](#{name})", read(load(BUILTIN[name])).summary]


def _metric(name: str, cls: Any) -> list[str]:
    doc = read(cls)
    lines = [f"### {name}", "", wrap(doc.summary), ""]
    for paragraph in doc.rest:
        lines += [wrap(paragraph), ""]
    lines += [*examples(name, cls), *_parameters(name, cls)]
    score = read(cls.score).summary
    lines += [wrap(f"Scores: {score[0].lower()}{score[1:]} {_told(cls)} Version {cls.version}."), ""]
    if name == "instructions":
        lines += instruction_ids()
    if found := views(cls):
        said = "; ".join(_views(found))
        lines += [wrap(f"Views in these examples: {said}."), ""]
    return lines


def _parameters(name: str, cls: Any) -> list[str]:
    fields = [f for f in dataclasses.fields(cls) if f.init and not f.name.startswith("_")]
    said = _said(cls)
    if missing := [f.name for f in fields if f.name not in said]:
        raise LookupError(f"{name}: nothing says what {missing} mean")
    if not fields:
        return []
    fields.sort(key=lambda f: f.name != "field")
    rows = [[f"`{f.name}`", _default(cls, f), _plain(said[f.name])] for f in fields]
    return [*table(["parameter", "default", "meaning"], rows), ""]


def _told(cls: Any) -> str:
    """Direction and unit; where they depend on the parameters, those of the first example."""
    metric = cls if isinstance(cls.unit, str) and isinstance(cls.better, str) else cls(**cls.examples()[0].params)
    unit = f" Unit: {metric.unit}." if metric.unit else ""
    return f"Better: {metric.better}.{unit}"


def _views(found: dict[str, Metric]) -> list[str]:
    """Names of views, those where more is better first."""
    groups: dict[str, list[str]] = {}
    for view, metric in found.items():
        groups.setdefault(metric.better, []).append(f"`{view}`")
    return [f"{', '.join(names)} (better: {better})" for better, names in sorted(groups.items())]


def _said(cls: type) -> dict[str, str]:
    """Parameter -> meaning, from the docstrings of the class and of its bases."""
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if "__doc__" in vars(base) and base.__doc__:
            found |= read(base).entries.get("Attributes", {})
    return found


def _default(cls: Any, field: dataclasses.Field[Any]) -> str:
    if field.default is dataclasses.MISSING:
        return "required" if field.default_factory is dataclasses.MISSING else f"`{_yaml(field.default_factory())}`"
    value = field.default
    if value is None and hasattr(cls, "chosen"):  # what the default profile says
        value = getattr(cls().chosen.tolerance, field.name, None)
    return "" if value in (None, (), "") else f"`{_yaml(value)}`"


def _plain(text: str) -> str:
    """A docstring's words for somebody who writes YAML."""
    text = re.sub(r"(?<=\. )None: ", "Without it: ", text).replace("None: ", "without it: ")
    return re.sub(r"\b(True|False)\b", lambda match: match[0].lower(), text)


def _yaml(value: Any) -> str:
    """A default as a suite file would write it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | list):
        return "[" + ", ".join(map(_yaml, value)) + "]"
    return re.sub(r"\.0$", "", str(value))
