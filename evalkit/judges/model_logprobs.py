"""How sure a model was of its label: the probabilities of the token with which the label begins."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

_LABEL = re.compile(r"""["'](?:label|verdict|winner|rating|score)["']\s*:\s*["']?""", re.IGNORECASE)


def label_probabilities(
    tokens: Sequence[tuple[str, Mapping[str, float]]] | None, menu: Sequence[str]
) -> dict[str, float] | None:
    """Label -> probability, summing to 1 over the menu; None where the tokens do not tell.

    The alternatives of the first token of the label's text are shared out: one that begins exactly one label of the
    menu counts for it, others for none; what counts is renormalised. Where an alternative with weight begins several
    labels, the first token does not tell them apart and nothing is said.

    Args:
        tokens: (token, {alternative: log probability}) of the reply, in order.
        menu: labels.
    """
    if not tokens:
        return None
    matches = list(_LABEL.finditer("".join(token for token, _ in tokens)))
    if not matches:
        return None
    start, at = matches[-1].end(), 0
    for token, alternatives in tokens:
        if at <= start < at + len(token):
            return _shared(token[: start - at], alternatives, menu)
        at += len(token)
    return None


def _shared(before: str, alternatives: Mapping[str, float], menu: Sequence[str]) -> dict[str, float] | None:
    found = dict.fromkeys(menu, 0.0)
    for text, log in alternatives.items():
        rest = text[len(before) :] if text.startswith(before) else ""
        labels = [label for label in menu if _begins(rest.casefold(), label.casefold())]
        if len(labels) > 1:
            return None
        if labels:
            found[labels[0]] += math.exp(log)
    total = sum(found.values())
    return {label: mass / total for label, mass in found.items()} if total > 0 else None


def _begins(rest: str, label: str) -> bool:
    """Whether a token's text is the beginning of a label, or a label with what follows it (`1"`, `tie"}`)."""
    if rest.startswith(label):
        return not rest[len(label) : len(label) + 1].isalnum()
    return bool(rest) and label.startswith(rest)
