"""What a question says about the form of its answer: percent, "in USD millions", "by how much did it fall"."""

from __future__ import annotations

import re
from typing import Final, Literal

from evalkit.metrics.numeric.notation import CODES, CURRENCIES, SCALES
from evalkit.metrics.numeric.num import Asked

__all__ = ["MAX_QUESTION", "read_question"]

MAX_QUESTION: Final = 4_000
"""Characters of a question that are read, from its end: what is asked stands last."""

_PERCENT: Final = re.compile(
    r"%|％|٪|\bper ?cent\b|\bpercentages?\b|\bpct\b|\bpercentile\b|\bbasis points?\b|\bbps?\b", re.IGNORECASE
)
_BASIS: Final = re.compile(r"\bbasis points?\b|\bbps?\b|\bbips\b", re.IGNORECASE)
_YEAR: Final = re.compile(
    r"\b(?:what|which)(?: (?:fiscal|financial|calendar|reporting))? year\b(?![- ](?:over|on|to|end|ago|period))",
    re.IGNORECASE,
)
_SCALE: Final = re.compile(
    r"(?<![\d.,])(?:(?<=\bin )|(?<=\bin the )|(?<=\()|(?<=[,;] )|(?:\b(?:in|USD|EUR|GBP|INR|JPY|CNY|US dollar|"
    r"US|dollars?|euros?)|[$€£¥₹])"
    r"\s?(?:[A-Z]{3} |US |U\.S\. |[$€£¥₹] ?)?)(thousand|million|billion|trillion|lakh|crore|k|mm|mn|bn|"
    r"(?<=[$€£])[mb])s?\b(?! (?:shares|people))",
    re.IGNORECASE,
)
_PLURAL: Final = re.compile(r"(?<![\d] )\b(thousand|million|billion|trillion|lakh|crore)s\b", re.IGNORECASE)
_CURRENCY: Final = re.compile(
    r"(?:US|C|CA|A|AU|HK|NZ|S)?\$|[€£¥₹₩]|\b(?:[A-Z]{3})\b|(?i:\b(?:US |Canadian |Australian )?dollars?\b|"
    r"\beuros?\b|\brupees?\b|\byen\b|\byuan\b)"
)
_BOTH: Final = re.compile(
    r"increas\w*\s?/\s?\(?decreas|decreas\w*\)?\s?/\s?\(?increas|\(decrease\)|\(increase\)|increase or (?:a )?decrease|"
    r"rise or fall|gain\w* (?:or|/) ?\(?loss|(?:income|profit|gain)s?\s?/?\s?\(loss",
    re.IGNORECASE,
)
_CHANGE: Final = re.compile(
    r"\b(?:chang\w*|differen\w*|varianc\w*|delta|growth rate|movement|swing|net change)\b", re.IGNORECASE
)
_DOWN: Final = re.compile(
    r"\b(?:decreas\w*|declin\w*|reduc(?:e|ed|tion|tions)|fall(?:en)?|fell|drop(?:ped)?|shrink|shrank|shrunk|lower(?:ed)?|down)\b",
    re.IGNORECASE,
)  # fmt: skip
_BELOW: Final = re.compile(
    r"\b(?:lose|lost|loss(?:es)?(?! (?:carry|ratio|per|adjust|reserve|allowance|provision|contingenc))|deficit|"
    r"shortfall|less|fewer)\b",
    re.IGNORECASE,
)
"""Words that say what is below nothing, or below something else, but not that anything changed: a loss of 236."""
_UP: Final = re.compile(
    r"\b(?:increas\w*|rise|risen|rose|grow(?:n|th)?|grew|gain(?:s|ed)?|improve\w*|higher|more than|expan\w+|up|"
    r"climb\w*)\b",
    re.IGNORECASE,
)
_ORDER: Final = re.compile(
    r"\b(?:in (?:the )?(?:\w+ )?order|order(?:ed)? (?:by|from)|respectively|rank(?:ed|ing)?|ascending|"
    r"descending|chronolog\w*|"
    r"from (?:the )?(?:largest|smallest|highest|lowest|oldest|newest)|sort(?:ed)?|sequence)\b", re.IGNORECASE,
)  # fmt: skip


def read_question(text: str) -> Asked:
    """What the question asks for. Total, and linear in the length of the text.

    "What was the loss?" has the direction "down" but asks for no change: a loss of 5 is 5 there.

    >>> asked = read_question("By how much did revenue fall, in USD millions?")
    >>> asked.scale, asked.currency, asked.direction, asked.change
    (6, 'USD', 'down', True)
    """
    text = text[-MAX_QUESTION:] if isinstance(text, str) else ""
    up, down, below = (pattern.search(text) is not None for pattern in (_UP, _DOWN, _BELOW))
    neutral = _BOTH.search(text) is not None or _CHANGE.search(text) is not None
    direction: Literal["", "down", "up"] = ""
    if up != (down or below) and not neutral:
        direction = "up" if up else "down"
    return Asked(
        percent=_PERCENT.search(text) is not None,
        scale=_scale(text),
        currency=_currency(text),
        direction=direction,
        change=neutral or up or down,
        order=_ORDER.search(text) is not None,
        basis=_BASIS.search(text) is not None and _PERCENT.search(_BASIS.sub("", text)) is None,
        year=_YEAR.search(text) is not None,
        unit=_unit(text),
    )


_UNIT: Final = re.compile(
    r"\b(?:how many|number of|in) (seconds|minutes|hours|days|weeks|months|quarters|years|cents)\b", re.IGNORECASE
)


def _unit(text: str) -> str | None:
    """The only unit of time that is asked for, or cents; None where there are several or none."""
    units = {found[1].lower().removesuffix("s") for found in _UNIT.finditer(text)}
    return units.pop() if len(units) == 1 else None


def _scale(text: str) -> int | None:
    """The last scale that is named as a unit; "the $5 million loan" names none."""
    for pattern in (_SCALE, _PLURAL):
        names = [found[1].lower() for found in pattern.finditer(text) if not _denied(text, found.start())]
        if names:
            return SCALES[names[-1]]
    return None


def _denied(text: str, start: int) -> bool:
    """Whether a unit is named to say that it is not wanted: "in full dollars (not millions)"."""
    return _NOT.search(text, max(0, start - 24), start) is not None


_NOT: Final = re.compile(r"\b(?:not|rather than|instead of|without)(?: in)?(?: the)?\s*\Z", re.IGNORECASE)


def _currency(text: str) -> str | None:
    """The only currency that is named; None where there are several or none."""
    codes = set()
    for found in _CURRENCY.finditer(text):
        word = found[0].strip()
        if len(word) == 3 and word.isupper() and word.isalpha() and word not in CODES:
            continue
        codes.add(CURRENCIES.get(word) or CURRENCIES.get(word.lower()))
    codes.discard(None)
    return codes.pop() if len(codes) == 1 else None
