"""Parse once: the number that a JSON value holds, with the place in the text that it was read from.

A JSON number is taken as it is. A text is read in this order: the commonest notation by one expression; else the
decoration is taken off (`cleaning`), every amount is found (`amounts`) and put into its context (`direction`,
`ranges`), and the one that is the answer is chosen (`extract`). What could mean two things is refused with a reason,
never guessed.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

import numpy as np

from evalkit.metrics.numeric.amounts import Amount
from evalkit.metrics.numeric.cleaning import Cleaned, clean
from evalkit.metrics.numeric.dates import is_year
from evalkit.metrics.numeric.extract import Wanted, candidates, choose
from evalkit.metrics.numeric.notation import SCALES, SYMBOLS
from evalkit.metrics.numeric.num import EXACT, Asked, Like, Num, Reading, changed, from_number, is_identifier, new
from evalkit.metrics.numeric.question import read_question
from evalkit.metrics.numeric.separators import DECIMAL_COMMA
from evalkit.metrics.numeric.statements import Region, regions
from evalkit.metrics.numeric.units import MINOR_MONEY

__all__ = ["EXTRACTS", "MAX_CHARS", "MAX_PART", "PLAIN", "parse", "read", "read_all", "read_question"]

MAX_CHARS: Final = 20_000
"""Of a longer text the last so many characters are read: answers come last."""

MAX_PART: Final = 3_000
"""Of these, the characters behind "the answer is", or else the last ones, that are looked at for numbers."""

EXTRACTS: Final = ("auto", "first", "last", "only", "any")
"""Ways to choose among the numbers of a text; also `regex:PATTERN`."""

PLAIN: Final = r"^\s*-?(?:[0-9]{1,15}|[1-9][0-9]{0,2}(?:,[0-9]{3}){1,4})(?:\.[0-9]{1,12})?\s*%?\s*$"
"""The commonest notation, which needs no grammar (also a valid RE2 expression, for whole columns).

It holds for every locale but those with a decimal comma, where `1,234` and `1.234` are read one by one.
"""

_usual: Final = re.compile(
    r"(-)?(?:[1-9][0-9]{0,2}(?:,[0-9]{3}(?:,[0-9]{3}){0,3}|[0-9]{0,12})|(0[0-9]{0,14}))(?:\.([0-9]{1,24}))?(%)?"
).fullmatch
_SIMPLE: Final = re.compile(
    r"\s*(-)?([$€£¥₹])?(-)?((?:[0-9]{1,15}|[1-9][0-9]{0,2}(?:,[0-9]{3}){1,4})(?:\.([0-9]{1,24}))?)"
    r"(?: (thousand|million|billion|percent|trillion))?\.?\s*", re.ASCII,
)  # fmt: skip


def parse(value: Any) -> Num | None:
    """The number that a JSON value holds, or None: booleans, null, lists, objects and unclear texts hold none."""
    return read(value).num


def read(
    value: Any, like: Like | None = None, asked: Asked | None = None, *, extract: str = "auto", locale: str = "en"
) -> Reading:
    """The number that a JSON value holds, or why it holds none. Never raises; linear in the length of a text.

    Args:
        value: a JSON value; only numbers and texts hold one.
        like: what sort of number gold is: of several numbers in a text one of its kind, currency or unit is taken.
        asked: what the question says.
        extract: which number of a text is its answer. "auto": what is boxed or announced as the answer, what stands
            behind the last equals sign, else the number of the last statement, as long as nothing contradicts it;
            "first", "last"; "only": there must be just one; "any" reads like "auto" (see `read_all`);
            "regex:PATTERN": what group 1 of the first match holds, or the whole match.
        locale: what "1,234" and "1.234" mean: "en", "in" and "ch" have a decimal point, "de" and "fr" a decimal comma.
    """
    if (
        type(value) is str
        and extract == "auto"
        and locale not in DECIMAL_COMMA
        and (found := _usual(value)) is not None
    ):
        reading = _usual_reading(value, found)
        if like is None or reading.num is None:
            return reading
        return Reading(_suited(reading.num, like))
    if not isinstance(value, str):
        return _from_json(value)
    if extract in ("auto", "any"):
        if len(value) < _SHORT and locale not in DECIMAL_COMMA and (common := _simple(value)) is not None:
            return Reading(common if like is None else _suited(common, like))
        return _read_text(value, Wanted(like, asked, locale))
    return _read_by(value, Wanted(like, asked, locale), extract)


def read_all(value: Any, like: Like | None = None, asked: Asked | None = None, *, locale: str = "en") -> list[Num]:
    """Every number of a text that might be an answer, in order: no names, operands or denied numbers.

    A range comes as one, a list as its numbers. Dates are left out, and years where there are other numbers.
    """
    if not isinstance(value, str):
        num = _from_json(value).num
        return [] if num is None else [num]
    text, base = _tail(value, MAX_PART)
    cleaned = clean(text)
    found = candidates(cleaned, Wanted(like, asked, locale))
    return [_suited(_placed(num, amount, cleaned, base, value), like) for num, amount in found]


_made: Final = tuple.__new__
"""A Reading at half the price of its constructor."""

_PLAIN_LIKE: Final = Like()
_SHORT: Final = 64
"""No text in a common notation is longer."""


def _suited(num: Num, like: Like | None) -> Num:
    """The number in the form of gold where that says which of two it is: a year as a date, cents of its currency."""
    if like is None:
        return num
    if like.kind == "date" and num.plain and num.sig_figs == 4 and is_year(str(num.value)):
        return changed(num, kind="date", label=str(num.value), plain=False)
    if num.unit in MINOR_MONEY and like.currency:
        return changed(num, value=num.value.scaleb(-2, EXACT), exp=num.exp - 2, unit=None, currency=like.currency)
    if num.unit == "pound" and like.currency == "GBP":
        return changed(num, unit=None, currency="GBP")
    if like.unit == "pound" and num.currency == "GBP":
        return changed(num, unit="pound", currency=None)
    if like.unit in MINOR_MONEY and num.currency:
        return changed(num, value=num.value.scaleb(2, EXACT), exp=num.exp + 2, unit=like.unit, currency=None)
    return num


def _from_json(value: Any) -> Reading:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Reading(None, "not a number or text")
    return from_number(value)


def _usual_reading(value: str, found: re.Match[str]) -> Reading:
    """The number of a text in the commonest notation; written for speed, since most numbers are."""
    minus, zero, fraction, percent = found.groups()
    num = object.__new__(Num)
    fields = num.__dict__
    fields["raw"] = value
    fields["span"] = (0, len(value))
    digits = value.replace(",", "")
    if percent:
        digits = digits[:-1]
        fields["kind"] = "percent"
    fields["value"] = Decimal(digits)
    figures = len(digits)
    if minus:
        fields["sign"] = "minus"
        figures -= 1
    if fraction:
        fields["exp"] = -len(fraction)
        figures -= 1
    else:
        fields["exp"] = 0
        if not percent:
            fields["plain"] = True
            fields["identifier"] = zero is not None and len(zero) > 1
    fields["sig_figs"] = figures if zero is None else len((zero + (fraction or "")).lstrip("0")) or 1
    return _made(Reading, (num, "", "unparsed"))


def _simple(text: str) -> Num | None:
    """A currency symbol, digits and a scale word: what most answers are."""
    found = _SIMPLE.fullmatch(text)
    if found is None:
        return None
    minus, symbol, minus2, written, fraction, word = found.groups()
    if minus and minus2:
        return None
    digits = written.replace(",", "")
    negative = minus or minus2
    value = Decimal(f"-{digits}" if negative else digits)
    exp = -len(fraction) if fraction else 0
    if shift := SCALES.get(word, 0):
        value, exp = value.scaleb(shift), exp + shift
    start = next(at for at in (found.start(1), found.start(2), found.start(3), found.start(4)) if at >= 0)
    span = (start, found.end(6) if word else found.end(4))
    plain = not (symbol or word or fraction)
    return new(
        value, exp, len(digits.replace(".", "").lstrip("0")) or 1, raw=found.string[start : span[1]], span=span,
        kind="percent" if word == "percent" else "number", currency=SYMBOLS[symbol] if symbol else None,
        scaled=bool(shift), plain=plain, identifier=plain and is_identifier(digits), sign="minus" if negative else "",
    )  # fmt: skip


def _tail(text: str, length: int) -> tuple[str, int]:
    """The last characters of a text, and where they begin."""
    base = max(0, len(text) - length)
    return (text[base:], base) if base else (text, 0)


def _read_text(value: str, wanted: Wanted) -> Reading:
    text, base = _tail(value, MAX_CHARS)
    reading = Reading(None, "no number")
    for region in regions(text):
        reading = _read_region(value, text, base, region, wanted)
        if reading.num is not None or region.how != "tail" or reading.rule == "ambiguous":
            return reading
    return reading


def _read_region(value: str, text: str, base: int, region: Region, wanted: Wanted) -> Reading:
    if region.end - region.start > MAX_PART:
        start = region.start if region.how == "tail" else region.end - MAX_PART
        region = Region(start, start + MAX_PART, region.how)
    part = text[region.start : region.end]
    cleaned = clean(part)
    reading, amount = choose(cleaned, wanted, region.how)
    if reading.num is None or amount is None:
        return reading
    return Reading(_suited(_placed(reading.num, amount, cleaned, base + region.start, value), wanted.like))


def _placed(num: Num, amount: Amount, cleaned: Cleaned, base: int, value: str) -> Num:
    """The amount's number with its place in the text as given."""
    start, end = cleaned.original(amount.start, amount.end)
    span = (base + start, base + end)
    return changed(num, span=span, raw=value[span[0] : span[1]])


def _read_by(value: str, wanted: Wanted, extract: str) -> Reading:
    """One of the other ways to choose."""
    text, base = _tail(value, MAX_PART)
    if extract.startswith("regex:"):
        return _read_match(value, text, base, wanted, extract.removeprefix("regex:"))
    cleaned = clean(text)
    found = candidates(cleaned, wanted)
    if not found:
        return choose(cleaned, wanted, "text")[0]
    if extract == "only" and len(found) > 1:
        return Reading(None, "several numbers", "ambiguous")
    num, amount = found[0 if extract == "first" else -1]
    return Reading(_suited(_placed(num, amount, cleaned, base, value), wanted.like))


def _read_match(value: str, text: str, base: int, wanted: Wanted, pattern: str) -> Reading:
    from evalkit.metrics.numeric.patterns import complaint, find_group

    if complaint(pattern) is not None:
        return Reading(None, "the pattern is no regular expression")
    place = find_group(pattern, text)
    if place is None:
        return Reading(None, "the pattern is not in it")
    return _read_region(value, text, base, Region(*place, "final"), wanted)
