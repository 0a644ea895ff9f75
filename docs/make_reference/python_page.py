"""docs/reference/python.md, from the signatures and docstrings of what `evalkit` exports."""

from __future__ import annotations

import inspect
from typing import Any

import evalkit
from docs.make_reference.docstrings import NOTE, Doc, read, table, wrap
from evalkit.app.options import Options
from evalkit.predictors.marks import Reply

INTRO = """\
The command line calls the same functions. `capitals.py`:

<!-- file: capitals.py -->
```python
import evalkit

suite = {
    "suite": "capitals",
    "cases": "capitals.jsonl",
    "layers": {"exact": ["exact"]},
    "gates": [{"metric": "exact", "versus": "baseline", "margin": 0.1}],
}


def upper(country):
    return {"France": "PARIS", "Italy": "ROME"}[country]


def lower(country):
    return {"France": "paris", "Italy": "rome"}[country]


record = evalkit.run(suite, candidate=upper, baseline=lower, name="first")
print(record.outcome, record.decisions[0].reason)
print(record.to_pandas()[["metric", "variant", "point", "lo", "hi", "n"]])
```

```sh
echo '{"id": "fr", "input": "France", "expected": "Paris"}' > capitals.jsonl
echo '{"id": "it", "input": "Italy", "expected": "Rome"}' >> capitals.jsonl
python capitals.py
```

A record shows itself in a notebook. A function given as such runs in threads of this process; `"python:FILE:NAME"` runs
it in a process of its own, which is safer for code that may hang or die."""

FUNCTIONS = [
    "run",
    "compare",
    "compare_many",
    "rescore",
    "import_logs",
    "load_run",
    "frame",
    "case_metric",
    "batch",
    "judge",
    "asof_join",
    "feature",
]
CLASSES = ["FeatureSet", "Contract", "Fitted"]

JUDGE = """\
The protocol that every judge keeps to; an object of it may stand in the `judges` of a suite that is given as a mapping.
`evalkit/core/protocols.py` has it in full:

```text
class Judge(Protocol):
    spec: Mapping        # all that can change a verdict, without secrets
    identity: Mapping | None    # what pins its verdicts, so that they may be reused; None: nothing does
    def session(self, concurrency: int) -> AbstractAsyncContextManager    # gives `async answer(request) -> Answer`
```

A question's `request.input` is `{"input", "expected", "output"}`, or with `output_1` and `output_2` for a pair. The
answer's output is `{"label": ..., "value": a number in [0, 1], ...}`, or `{"label": None, "why": reason}`."""


def python_page() -> str:
    """The page."""
    lines = ["# Python", "", NOTE, "", INTRO, ""]
    for name in FUNCTIONS:
        lines += _function(name, getattr(evalkit, name))
    for name in CLASSES:
        lines += _class(f"evalkit.{name}", getattr(evalkit, name))
    lines += ["## evalkit.Judge", "", JUDGE, ""]
    lines += _class("evalkit.app.options.Options", Options)
    lines += _class("evalkit.predictors.marks.Reply", Reply)
    lines += _shown_as("Record", "the record", '"estimates" or "decisions"')
    tables = '"systems", "differences", "slices", "flips" or "agreement"'
    lines += _shown_as("Comparison", "the comparison", tables)
    return "\n".join(lines).rstrip() + "\n"


def _function(name: str, function: Any) -> list[str]:
    doc = read(function)
    return [f"## evalkit.{name}", "", "```text", _signature(name, function), "```", "", *_body(doc, "Args")]


def _class(path: str, cls: type) -> list[str]:
    home, _, name = path.rpartition(".")
    doc = read(cls)
    lines = [f"## {name}", "", "```text", f"from {home} import {name}", _signature(name, cls), "```", ""]
    return [*lines, *_body(doc, "Attributes")]


def _shown_as(name: str, page: str, tables: str) -> list[str]:
    """A noun that functions give: its methods, and where its fields are told."""
    cls = getattr(evalkit, name)
    lines = [f"## evalkit.{name}", "", wrap(read(cls).summary), ""]
    methods = [each for each in ("to_json", "to_pandas", "metric") if hasattr(cls, each)]
    said = {each: read(getattr(cls, each)).summary for each in methods}
    said["to_pandas"] += f" `what`: {tables}."
    taken = {"to_pandas": "what", "metric": "name"}
    rows = [[f"`{each}({taken.get(each, '')})`", text] for each, text in said.items()]
    fields = f"Its fields: [{page}]({page.removeprefix('the ')}.md)."
    return [*lines, *table(["method", "what it gives"], rows), "", fields, ""]


def _body(doc: Doc, section: str) -> list[str]:
    lines = [wrap(doc.summary), ""]
    for paragraph in doc.rest:
        lines += [wrap(paragraph), ""]
    if entries := doc.entries.get(section):
        lines += [*table(["name", "meaning"], [[f"`{name}`", text] for name, text in _grouped(entries)]), ""]
    if "Raises" in doc.sections:
        lines += [wrap(f"Raises {doc.sections['Raises']}"), ""]
    return lines


def _grouped(entries: dict[str, str]) -> list[tuple[str, str]]:
    """Names of which the same is said stand together, as in the docstring."""
    found: dict[str, list[str]] = {}
    for name, text in entries.items():
        found.setdefault(text, []).append(name)
    return [(", ".join(names), text) for text, names in found.items()]


def _signature(name: str, thing: Any) -> str:
    parameters = inspect.signature(thing).parameters.values()
    parts: list[str] = []
    star = False
    for p in parameters:
        if p.kind in (p.VAR_KEYWORD, p.VAR_POSITIONAL):
            parts.append(f"**{p.name}" if p.kind is p.VAR_KEYWORD else f"*{p.name}")
            star = star or p.kind is p.VAR_POSITIONAL
            continue
        if p.kind is p.KEYWORD_ONLY and not star:
            parts.append("*")
            star = True
        parts.append(p.name + ("" if p.default is p.empty else f"={_shown(p.default)}"))
        if p.kind is p.POSITIONAL_ONLY:
            parts.append("/")
    text = f"{name}({', '.join(parts)})"
    if len(text) <= 110:
        return text
    return f"{name}(\n" + "".join(f"    {part},\n" for part in parts) + ")"


def _shown(default: Any) -> str:
    return "..." if "factory" in repr(default) else repr(default)
