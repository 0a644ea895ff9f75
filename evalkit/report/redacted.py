"""What a page says of what was taken out of it."""

from __future__ import annotations

from evalkit.core.dossier import Dossier
from evalkit.report.text import listing

__all__ = ["statement"]

_CONTENT = ("input", "expected", "output", "gold", "answer")


def statement(dossier: Dossier) -> str:
    """What was redacted and what that means, in sentences; empty where nothing was."""
    fields = list(dossier.redacted)
    if not fields:
        return ""
    heads = {field.partition(".")[0] for field in fields}
    said = [f"Redacted in this document: {listing(fields, len(fields))}.", "A redacted value reads [redacted]"]
    said[-1] += ", also where another text repeats it."
    if heads & {"id", "ids", "case_id"}:
        said.append("In the place of an id stands a short digest of its case, which only who has the case can make.")
    if not heads <= {"id", "ids", "case_id", "group", "tags", "trace", "failure", "detail", "rationale"}:
        what = "traces, prompts and rationales of judges, messages of failures and the matcher's details"
        said.append(f"With them went what may repeat them in other words: {what}.")
    if heads & {"expected", "gold"}:
        said.append("Scores stay: who sees an answer and that it is right knows the gold.")
    said.append("Digests are those of the whole data.")
    return " ".join(said)
