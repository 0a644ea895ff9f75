"""Labels of people as numbers, higher is better: the rubric's own values, else those that the words say."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from evalkit.core.errors import InputError

BEST = ("correct", "right", "pass", "yes", "true", "good", "1")
WORST = ("incorrect", "wrong", "fail", "no", "false", "bad", "0")


def values_of(
    labels: Iterable[str], where: str, positive: str | None = None, menu: Mapping[str, float] | None = None
) -> dict[str, float]:
    """label -> number.

    Args:
        labels: that occur.
        where: the file, for errors.
        positive: the label that counts 1, all others 0; None: what follows.
        menu: values of a rubric that knows all of them; None: numbers as they are, or one of the usual words is 1.

    Raises:
        InputError: nothing says what the labels are worth.
    """
    used = sorted(set(labels))
    if positive is not None:
        if positive not in used:
            raise InputError(
                f"nobody gave the label {positive!r:.60}", "--positive", f"Labels: {', '.join(used)[:200]}"
            )
        return {label: float(label == positive) for label in used}
    if menu and set(used) <= set(menu):
        return {label: menu[label] for label in used}
    try:
        numbers = {label: float(label) for label in used}
    except ValueError:
        numbers = {}
    if numbers and all(map(math.isfinite, numbers.values())):
        return numbers
    words = {label.casefold(): label for label in used}
    best = next((words[word] for word in BEST if word in words), None)
    if best is None and len(used) == 2 and (worst := next((words[w] for w in WORST if w in words), None)) is not None:
        best = next(label for label in used if label != worst)
    if best is None or len(used) > 2:
        what = f"nothing says what the labels {', '.join(map(repr, used[:6]))} are worth"
        raise InputError(what, where, "Name the good one: --positive LABEL")
    return {label: float(label == best) for label in used}
