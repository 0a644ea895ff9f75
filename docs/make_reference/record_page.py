"""docs/reference/record.md, from the nouns of a record."""

from __future__ import annotations

from typing import Any

from docs.make_reference.docstrings import NOTE, wrap
from docs.make_reference.models import section
from evalkit.core import nouns, tables

MODELS: list[type[nouns.Noun]] = [
    nouns.Record,
    nouns.FirstLook,
    nouns.Estimate,
    nouns.Tail,
    nouns.Span,
    nouns.Correction,
    nouns.Decision,
    nouns.Gate,
    nouns.VariantInfo,
    nouns.MetricInfo,
    nouns.JudgeInfo,
    nouns.Certificate,
    nouns.SentinelInfo,
    nouns.SuiteInfo,
    nouns.Digests,
    nouns.Environment,
]

INTRO = """\
`evalkit run --json`, `evalkit runs show --json` and `record.json` in a run's folder are one `Record`. Keys are never
left out: what is not there is `null`, and there is no NaN. A difference is candidate - baseline in the metric's own
units; its sign is never turned, also where lower is better.

<!-- exit: 3 -->
```sh
evalkit init demo
evalkit run demo --candidate python:demo/system.py:answer --json > record.json
```

```python
import json

record = json.load(open("record.json"))
decision = record["decisions"][0]
print(record["outcome"], decision["estimate"]["point"], round(decision["p_pass"], 3))
```

<!-- output: as above -->
```text
inconclusive 0.8 0.055
```

The exit code is that of the run, also with `--json`. An error is one object too:
`{"outcome": "error", "exit_code": 2, "error": {"what", "where", "remedy"}}`."""

TABLES = """\
Beside `record.json` a run's folder holds Parquet files; `evalkit.frame(record, "scores")` reads one as a pandas
DataFrame. `cases.parquet` holds the cases as they were asked. JSON values (`input`, `expected`, `output`, `trace`,
`detail`) are JSON texts; a null there is "nothing". A row of scores has `parts`, or `why` there are none. Where judges
were asked there is a table of verdicts: a row a call (`settled` false), and one of what the calls of a question came
to."""


def record_page() -> str:
    """The page."""
    lines = ["# The record", "", NOTE, "", INTRO, ""]
    for model in MODELS:
        lines += section(model)
    lines += ["## Tables", "", TABLES, ""]
    for name, schema in (
        ("predictions", tables.PREDICTIONS),
        ("scores", tables.SCORES),
        ("verdicts", tables.VERDICTS),
    ):
        columns = ", ".join(f"`{entry.name}` ({_column_type(entry.type)})" for entry in schema)
        lines += [f"### {name}.parquet", "", wrap(columns), ""]
    return "\n".join(lines).rstrip() + "\n"


def _column_type(kind: Any) -> str:
    kind = getattr(kind, "value_type", kind) if str(kind).startswith("dictionary") else kind
    return {"large_string": "string", "list<item: double>": "list of double"}.get(str(kind), str(kind))
