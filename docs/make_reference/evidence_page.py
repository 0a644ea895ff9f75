"""docs/reference/evidence.md, from the kinds of evidence."""

from __future__ import annotations

from typing import get_args

from docs.make_reference.docstrings import NOTE, wrap
from docs.make_reference.models import section
from evalkit.core import evidence, nouns

PARTS: list[type[nouns.Noun]] = [
    evidence.Check,
    evidence.Node,
    evidence.Edge,
    evidence.Move,
    evidence.Measured,
    evidence.Series,
    evidence.Moment,
    evidence.Stage,
    evidence.Column,
    nouns.Span,
]
"""What evidence is made of."""

COMMON = {
    "kind": "which evidence it is",
    "created": "ISO 8601, UTC",
    "made_by": "command, stage or person, for people",
    "outcome": "its own verdict; null: it has none",
    "about": "artifact of the model that it is about; null: not known, or of data; a run of another model refuses it",
}
"""Fields that all evidence has."""

INTRO = """\
What is known of a run beside its record. `evalkit evidence add run:ID FILE.json` reads one object or a list of them;
`store.add_evidence(run_id, evidence)` does it from Python. Each is kept as `runs/<id>/evidence/<digest>.json`, is never
changed, and travels with the run. Fields that are not given have their default, unknown fields are refused, and there
is no NaN. [Releases](../guides/releases.md#evidence) shows it at work.

```python
from evalkit.core.evidence import EVIDENCE

made = {"kind": "limits", "created": "2026-11-20T09:00:00+00:00", "sentences": ["Tested in English only."]}
found = EVIDENCE.validate_python(made)
print(found.kind, found.digest[:12])
```

<!-- output: as above -->
```text
limits 8f5b31b9650a
```"""


def evidence_page() -> str:
    """The page: every kind, then the parts."""
    kinds = get_args(get_args(evidence.Evidence)[0])
    lines = ["# Evidence", "", NOTE, "", INTRO, ""]
    for model in kinds:
        lines += section(model, COMMON)
    lines += ["## Parts", "", wrap("What the kinds above are made of."), ""]
    for model in PARTS:
        lines += section(model, {"kind": "what it is"})
    return "\n".join(lines).rstrip() + "\n"
