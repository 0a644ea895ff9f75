"""Which metrics belong together on the page of metrics, and what each family is for."""

from __future__ import annotations

from typing import Final, NamedTuple

from evalkit.metrics.builtin import BUILTIN

__all__ = ["FAMILIES", "Family"]


class Family(NamedTuple):
    """One chapter of the page.

    Attributes:
        title: its heading.
        about: one or two sentences: when to use these.
        metrics: their names.
    """

    title: str
    about: str
    metrics: tuple[str, ...]


FAMILIES: Final = (
    Family(
        "Numbers",
        "An answer is a number, however it is written. [The guide](../guides/matching.md) goes through the rules.",
        ("numeric",),
    ),
    Family(
        "Values, text and choices",
        "An answer is right or wrong as a value, a text, one of several options, or a list.",
        ("exact", "text", "choice", "set_match"),
    ),
    Family(
        "Overlap",
        'How much two texts share. None of these says that an answer is right: "profit rose" and "profit did not '
        'rise" overlap well. For translation, transcription and summaries, beside a metric that decides.',
        ("token_f1", "bleu", "chrf", "rouge", "wer", "cer", "edit_similarity"),
    ),
    Family(
        "Structured output",
        "An answer is JSON, an object with fields, or calls of tools.",
        ("json_valid", "json_schema", "fields", "tool_calls"),
    ),
    Family(
        "Queries and instructions",
        "An answer is right by what it does, or by what it obeys.",
        ("sql", "instructions"),
    ),
    Family(
        "Classification",
        "An answer is one of several classes.",
        ("accuracy", "precision", "recall", "f1", "classification"),
    ),
    Family(
        "Forecasts",
        "An answer is a number to come close to, or a probability to be honest about.",
        ("regression", "calibration", "brier", "log_loss"),
    ),
    Family(
        "Judged, recorded, and operational",
        "A judge's verdicts; scores that another tool gave ([importing](../guides/importing.md)); whether there was an "
        "answer, how long it took, what it cost.",
        ("judged", "rubric", "pairwise", "recorded", "answered", "seconds", "cost"),
    ),
)

_PLACED = [name for family in FAMILIES for name in family.metrics]
if sorted(_PLACED) != sorted(BUILTIN):
    raise LookupError(f"every metric has one family; differing: {sorted(set(_PLACED) ^ set(BUILTIN))}")
