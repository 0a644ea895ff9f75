"""Parse once: one number out of a JSON value.

`parse` reads a JSON number, or a text that holds exactly one number: signs, thousands separators by their shape,
currencies, percent and basis points, scale words, accounting parentheses. What could mean two things is refused with
a reason, never guessed.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Any, Final, Literal

import numpy as np

from evalkit.metrics.numeric.num import Num, Reading, from_number, make

__all__ = ["MAX_CHARS", "PLAIN", "parse", "read", "read_text"]

MAX_CHARS: Final = 20_000
"""A longer text is not read: finding the one number in it is no longer a question of notation."""

PLAIN: Final = r"^\s*-?(?:[0-9]{1,15}|[1-9][0-9]{0,2}(?:,[0-9]{3}){1,4})(?:\.[0-9]{1,12})?\s*%?\s*$"
"""The commonest notation, which needs no grammar (also a valid RE2 expression, for whole columns)."""

_USUAL: Final = re.compile(PLAIN, re.ASCII)

_SYMBOLS: Final = {
    "$": "USD", "US$": "USD", "C$": "CAD", "CA$": "CAD", "A$": "AUD", "AU$": "AUD", "HK$": "HKD", "NZ$": "NZD",
    "S$": "SGD", "R$": "BRL", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₩": "KRW", "₽": "RUB", "₺": "TRY",
    "₪": "ILS", "₫": "VND", "₴": "UAH", "₱": "PHP", "฿": "THB",
}  # fmt: skip
_CODES: Final = (
    "USD|EUR|GBP|JPY|CNY|INR|CHF|CAD|AUD|NZD|SEK|NOK|DKK|SGD|HKD|KRW|BRL|MXN|ZAR|PLN|CZK|HUF|TRY|RUB|ILS|THB|IDR|"
    "MYR|PHP|VND|TWD|AED|SAR|UAH"
)
_WORDS: Final = {"dollar": "USD", "euro": "EUR", "yen": "JPY", "rupee": "INR", "yuan": "CNY", "RMB": "CNY"}
_DOLLARS: Final = frozenset({"CAD", "AUD", "HKD", "NZD", "SGD"})
_CURRENCIES: Final = _SYMBOLS | {code: code for code in _CODES.split("|")} | _WORDS

_SCALES: Final = {
    "k": 3, "thousand": 3, "m": 6, "mm": 6, "mn": 6, "mio": 6, "million": 6, "b": 9, "bn": 9, "billion": 9,
    "tn": 12, "trillion": 12, "lakh": 5, "lakhs": 5, "crore": 7, "crores": 7, "lakh crore": 12,
}  # fmt: skip
_PERCENT: Final = {
    "%": 0, "percent": 0, "per cent": 0, "pct": 0, "percentage point": 0, "percentage points": 0, "pp": 0, "ppt": 0,
    "ppts": 0, "basis point": -2, "basis points": -2, "bp": -2, "bps": -2,
}  # fmt: skip

_DASHES: Final = dict.fromkeys("‐‑‒–—―−﹣－", "-")
_SPACES: Final = dict.fromkeys(
    "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000", " "
)
_OTHERS: Final = {
    "％": "%",
    "﹪": "%",
    "٪": "%",
    "＄": "$",
    "（": "(",
    "）": ")",
    "，": ",",
    "．": ".",
    "＋": "+",
    "٫": ".",
    "٬": ",",
}
_PLAIN_CHARS: Final = str.maketrans({**_DASHES, **_SPACES, **_OTHERS, "’": "'", "\u200b": None, "\ufeff": None})


def _any(words: list[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_CUR_BEFORE: Final = rf"(?:(?:{_any(list(_SYMBOLS))})|(?:{_CODES}|RMB)(?![^\W\d_]))"
_CUR_AFTER: Final = rf"(?:[€£¥₹]|(?:{_CODES}|RMB|(?i:dollar|euro|yen|rupee|yuan)s?)(?!\w))"
_UNIT: Final = rf"(?:%|(?i:{_any([*list(_PERCENT)[1:], *_SCALES])})(?!\w))"
_AMOUNT: Final = re.compile(
    rf"""(?<![\w.,])
    (?P<sign>[-+]\ ?)? (?P<cur>{_CUR_BEFORE}\ ?)? (?P<open>\(\ ?)? (?P<sign2>[-+])? (?P<cur2>{_CUR_BEFORE}\ ?)?
    (?P<num>[0-9]{{1,3}}(?:\ [0-9]{{3}})+(?![0-9])(?:[.,][0-9]+)?|[0-9]+(?:[.,'][0-9]+)*|\.[0-9]+)
    (?P<power>[eE][-+]?[0-9]{{1,4}}(?![0-9]))?
    (?:\ ?(?P<unit>{_UNIT}))? (?:\ ?(?P<cur3>{_CUR_AFTER}))? (?P<close>\ ?\))? (?:\ ?(?P<unit2>{_UNIT}))?
    (?:\ ?(?P<cur4>{_CUR_AFTER}))?""",
    re.VERBOSE,
)
_LATEX: Final = re.compile(r"\\([%$])|\\[,;!]|\{(,)\}")
_AROUND: Final = " \t\r\n.,;:!?\"'`*=~≈#"
_YEAR: Final = re.compile("(?:19|20)[0-9]{2}")
_DIGIT: Final = re.compile("[0-9]")
_BOUND: Final = (
    r"[<>≤≥]|\b(?:(?:less|more|fewer|greater|higher|lower) than|at (?:least|most)|up to|"
    r"over|under|above|below|between)\b"
)
_NEGATION: Final = r"\b(?:not|no|nor|never|cannot|unable|without|neither|unknown)\b|n't\b"
_DIRECTION: Final = (
    r"\b(?:(?:decreas|declin|reduc|shr[aiu]nk)\w*|fell|falls?|falling|fallen|drop\w*|down|loss\w*|lost|lower|less|minus|"
    r"negative)\b"
)
_UNCLEAR: Final = tuple(
    (reason, re.compile(pattern, re.IGNORECASE))
    for reason, pattern in (("bound", _BOUND), ("negation", _NEGATION), ("direction in words", _DIRECTION))
)


def parse(value: Any) -> Num | None:
    """The number that a JSON value holds, or None: booleans, null, lists, objects and unclear texts hold none."""
    return read(value).num


def read(value: Any) -> Reading:
    """The number that a JSON value holds, or why it holds none. Never raises; linear in the length of a text."""
    if isinstance(value, str):
        if len(value) > MAX_CHARS:
            return Reading(None, f"text longer than {MAX_CHARS} characters")
        return read_text(value)
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Reading(None, "not a number or text")
    return from_number(value)


def read_text(text: str) -> Reading:
    """The one number in a text, or why there is none. Total, and linear in the length of the text."""
    if _USUAL.fullmatch(text):
        return _usual(text)
    cleaned = _cleaned(text)
    found = [match for match in _AMOUNT.finditer(cleaned) if not _part_of_a_name(cleaned, match)]
    if len(found) != 1:
        return Reading(None, "several numbers" if found else "no number")
    match = found[0]
    whole = not (cleaned[: match.start()].strip(_AROUND) or cleaned[match.end() :].strip(_AROUND))
    if not whole and (unclear := _unclear(cleaned, match)):
        return Reading(None, unclear)
    return _amount(match, whole, text)


def _usual(text: str) -> Reading:
    """The number of a text in the commonest notation."""
    digits = text.strip().replace(",", "")
    percent = digits.endswith("%")
    plain = not percent and "." not in digits
    kind: Literal["number", "percent"] = "percent" if percent else "number"
    return make(Decimal(digits.removesuffix("%").rstrip()), kind=kind, plain=plain, raw=digits if plain else text)


def _cleaned(text: str) -> str:
    if "\\" in text or "{" in text:
        text = _LATEX.sub(lambda found: found[1] or found[2] or "", text)
    if text.isascii():
        return text
    text = text.translate(_PLAIN_CHARS)
    return text if text.isascii() else "".join(_ascii_digit(c) for c in text)


def _ascii_digit(char: str) -> str:
    return char if char.isascii() or not char.isdecimal() else str(unicodedata.decimal(char))


def _part_of_a_name(text: str, match: re.Match[str]) -> bool:
    """Whether the digits belong to a word: COVID-19, 3rd, 5kg, 10⁹."""
    end, start = match.end(), match.start()
    if end < len(text) and (text[end].isalnum() or text[end] == "_"):
        return True
    return start > 1 and text[start - 1] == "-" and text[start - 2].isalpha()


def _unclear(text: str, match: re.Match[str]) -> str:
    """Why a number inside other words may not mean what it says; "" when it does."""
    signed = match["sign"] or match["sign2"]
    for reason, pattern in _UNCLEAR:
        if pattern.search(text) and not (reason == "direction in words" and signed):
            return reason
    if _YEAR.fullmatch(match.group()) and _DIGIT.search(text[: match.start()] + text[match.end() :]):
        return "a date"  # Q3 2020
    if match["sign"] and match["sign"].endswith(" ") and text[: match.start()].strip():
        return "a dash that may be a minus"
    unit = match["unit"] or ""
    if unit in ("K", "M", "B") and not (match["cur"] or match["cur2"]):
        return "a letter that may be a scale"  # 3M Company
    if match["open"] and match["close"] and not match["cur"] and not signed:
        return "a number in parentheses inside other words"
    return ""


def _amount(match: re.Match[str], whole: bool, raw: str) -> Reading:
    """The Num of one match."""
    written = _digits(match["num"])
    if written is None:
        return Reading(None, "unclear separators")
    sign = (match["sign2"] or match["sign"] or "").strip()
    in_parentheses = bool(match["open"] and match["close"]) and not sign and (whole or bool(match["cur"]))
    if match["sign"] and match["sign2"]:
        return Reading(None, "two signs")
    codes = {_currency(match[name]) for name in ("cur", "cur2", "cur3", "cur4") if match[name]}
    if len(codes) == 2 and codes - {"USD"} <= _DOLLARS:
        codes.discard("USD")  # "$20 CAD" is Canadian
    if len(codes) > 1:
        return Reading(None, "two currencies")
    currency = next(iter(codes), None)
    units = _units([match["unit"], match["unit2"]])
    if units is None:
        return Reading(None, "two units")
    kind, shift = units
    if kind == "percent" and currency:
        return Reading(None, "a percentage of money")
    number = Decimal(("-" if sign == "-" or in_parentheses else "") + written + (match["power"] or ""))
    plain = written.isdigit() and not (match["power"] or currency or match["unit"] or match["unit2"])
    return make(number, shift=shift, kind=kind, currency=currency, plain=plain, raw=written if plain else raw)


def _currency(text: str) -> str:
    text = text.strip()
    return _CURRENCIES.get(text) or _CURRENCIES[text.lower().removesuffix("s")]


def _units(texts: list[str | None]) -> tuple[Literal["number", "percent"], int] | None:
    """Kind and power of ten of what stands after the digits; None when it contradicts itself."""
    words = [text.lower() for text in texts if text]
    if len(words) > 1:
        return None
    if not words:
        return "number", 0
    word = words[0]
    return ("percent", _PERCENT[word]) if word in _PERCENT else ("number", _SCALES[word])


_GROUPED: Final = re.compile(r"[1-9][0-9]{0,2}(?:[,. '][0-9]{3})+|[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}")  # or 12,34,567


def _digits(token: str) -> str | None:
    """Digits with a decimal point out of digits with separators, read by their shape; None when they have none."""
    separators = re.sub("[0-9]", "", token)
    kinds = list(dict.fromkeys(separators))
    if not kinds:
        return token
    if len(kinds) == 2 and separators.count(kinds[1]) == 1 and kinds[1] in ".,":
        whole, _, fraction = token.rpartition(kinds[1])
        clean = fraction.isdigit() and _GROUPED.fullmatch(whole)
        return f"{_ungrouped(whole)}.{fraction}" if clean else None
    if len(kinds) != 1:
        return None
    if kinds[0] in ", '" and _GROUPED.fullmatch(token):
        return _ungrouped(token)
    if len(separators) == 1 and kinds[0] in ".,":
        return token.replace(",", ".")
    return _ungrouped(token) if kinds[0] == "." and _GROUPED.fullmatch(token) else None


def _ungrouped(text: str) -> str:
    return re.sub("[,. ']", "", text)
