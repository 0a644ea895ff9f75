"""What stands behind the digits of an amount: percent, scale words, currencies, units."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from evalkit.metrics.numeric.units import UNITS

__all__ = ["CODES", "CURRENCIES", "SCALES", "SYMBOLS", "Suffix", "read_suffix"]

SYMBOLS: Final = {
    "$": "USD", "US$": "USD", "U.S.$": "USD", "C$": "CAD", "CA$": "CAD", "CAD$": "CAD", "A$": "AUD", "AU$": "AUD",
    "AUD$": "AUD", "HK$": "HKD", "NZ$": "NZD", "S$": "SGD", "SG$": "SGD", "NT$": "TWD", "MX$": "MXN", "R$": "BRL",
    "€": "EUR", "£": "GBP", "¥": "JPY", "JP¥": "JPY", "CN¥": "CNY", "RMB¥": "CNY", "₹": "INR", "Rs.": "INR",
    "Rs": "INR", "₩": "KRW", "₽": "RUB", "₺": "TRY", "₪": "ILS", "₫": "VND", "₴": "UAH", "₱": "PHP", "฿": "THB",
    "₦": "NGN", "zł": "PLN", "Kč": "CZK",
}  # fmt: skip
CODES: Final = frozenset(
    [
        "USD",
        "EUR",
        "GBP",
        "JPY",
        "CNY",
        "INR",
        "CHF",
        "CAD",
        "AUD",
        "NZD",
        "SEK",
        "NOK",
        "DKK",
        "SGD",
        "HKD",
        "KRW",
        "BRL",
        "MXN",
        "ZAR",
        "PLN",
        "CZK",
        "HUF",
        "TRY",
        "RUB",
        "ILS",
        "THB",
        "IDR",
        "MYR",
        "PHP",
        "VND",
        "TWD",
        "AED",
        "SAR",
        "QAR",
        "KWD",
        "BHD",
        "OMR",
        "EGP",
        "NGN",
        "KES",
        "PKR",
        "BDT",
        "LKR",
        "CLP",
        "COP",
        "PEN",
        "ARS",
        "RON",
        "BGN",
        "UAH",
        "KZT",
        "ISK",
    ]
)
_WORDS: Final = {
    "dollar": "USD", "us dollar": "USD", "u.s. dollar": "USD", "american dollar": "USD", "canadian dollar": "CAD",
    "australian dollar": "AUD", "hong kong dollar": "HKD", "singapore dollar": "SGD", "new zealand dollar": "NZD",
    "buck": "USD", "euro": "EUR", "yen": "JPY", "rupee": "INR", "indian rupee": "INR", "yuan": "CNY",
    "renminbi": "CNY", "rmb": "CNY", "pound sterling": "GBP", "pounds sterling": "GBP", "british pound": "GBP",
    "sterling": "GBP", "quid": "GBP", "swiss franc": "CHF", "franc": "CHF", "ruble": "RUB", "rouble": "RUB",
    "swedish krona": "SEK", "norwegian krone": "NOK", "danish krone": "DKK", "zloty": "PLN", "shekel": "ILS",
    "peso": "MXN", "rand": "ZAR", "lira": "TRY", "baht": "THB", "us$": "USD", "元": "CNY", "円": "JPY", "圓": "TWD",
    "원": "KRW",
}  # fmt: skip
_PLURALS: Final = {f"{word}s": code for word, code in _WORDS.items() if word.isalpha() or " " in word}
CURRENCIES: Final = SYMBOLS | {code: code for code in CODES} | _PLURALS | _WORDS | {"RMB": "CNY"}

SCALES: Final = {
    "hundred": 2, "hundreds": 2, "k": 3, "thousand": 3, "thousands": 3, "tsd": 3, "m": 6, "mm": 6, "mn": 6, "mln": 6,
    "mio": 6, "mil": 6, "mill": 6, "million": 6, "millions": 6, "b": 9, "bn": 9, "bln": 9, "bil": 9, "billion": 9,
    "billions": 9, "mrd": 9, "milliard": 9, "milliards": 9, "tn": 12, "trn": 12, "trillion": 12, "trillions": 12,
    "quadrillion": 15, "lakh": 5, "lakhs": 5, "lac": 5, "lacs": 5, "crore": 7, "crores": 7, "cr": 7, "千": 3, "万": 4,
    "萬": 4, "億": 8, "亿": 8, "兆": 12, "만": 4, "억": 8, "조": 12,
}  # fmt: skip
_PERCENT: Final = {
    "%": (0, False), "percent": (0, False), "per cent": (0, False), "pct": (0, False), "percents": (0, False),
    "percentage": (0, False), "‰": (-1, False), "permille": (-1, False), "per mille": (-1, False),
    "percentage point": (0, True), "percentage points": (0, True), "percentage-point": (0, True),
    "percent point": (0, True), "percent points": (0, True), "pp": (0, True), "pps": (0, True), "ppt": (0, True),
    "ppts": (0, True), "p.p": (0, True), "pct point": (0, True), "pct points": (0, True), "%-point": (0, True),
    "%-points": (0, True), "% point": (0, True), "% points": (0, True), "%pt": (0, True), "%pts": (0, True),
    "% pts": (0, True), "basis point": (-2, True), "basis points": (-2, True), "basis-point": (-2, True),
    "basis-points": (-2, True), "bp": (-2, True), "bps": (-2, True), "bips": (-2, True),
}  # fmt: skip
"""Power of ten to percent, and whether they are points."""

_TIMES: Final = frozenset({"x", "times", "-fold", "fold", "×"})
_ONE_LETTER: Final = frozenset("ghsltjwp")
_NAME_LETTERS: Final = frozenset("KMBT")
_FIRST_OF_TWO: Final = re.compile(
    r"(?i:per|percentage|percent|pct|basis|square|sq|cubic|cu|fluid|fl|metric|short|long|troy|nautical|degrees|us|u\.s\."
    r"|american|canadian|australian|hong|singapore|new|indian|pound|pounds|british|swiss|swedish|norwegian|danish|watt|"
    r"kilowatt|megawatt|gigawatt|terawatt|metres|meters|miles|kilometres|kilometers|%)\Z"
)
_NEXT: Final = re.compile(
    r"(?P<gap>[ -]{0,4}|')(?P<word>%(?:-?(?:pts?|points?))?(?![a-z])|‰|[€£¥₹₩₽₺₪₫₴₱฿¢]|US\$|U\.S\.\ dollars?|"
    r"[$](?![ ]?[0-9(])"
    r"|[千万萬億亿兆만억조元円圓원]|℃|℉|°[CFcf]?|km/h|m/s|[kmg]bit/s|p\.p|[A-Za-zµμł]{1,14}[²³]?(?![A-Za-z0-9_$])|[mfk]{1,2}[t]?[23](?!\w))"
)
_SECOND: Final = re.compile(r"[ -]([A-Za-z]{1,12})(?:[ ]([A-Za-z]{1,9}))?(?![A-Za-z0-9_])")
_IN_SCALE: Final = re.compile(
    r" ?,? ?\(?in (?:(?:USD|US\$|\$|EUR|€|GBP|£) ?)?(thousand|million|billion|trillion|lakh|crore)s?"
    r"(?: of (?:US |U\.S\. )?(?:dollars|euros|pounds))?\b\)?", re.IGNORECASE,
)  # fmt: skip


@dataclass(slots=True)
class Suffix:
    """What follows the digits, up to `end`."""

    end: int
    shift: int = 0
    scaled: bool = False
    percent: bool = False
    points: bool = False
    currency: str | None = None
    unit: str | None = None
    times: bool = False
    letter: bool = False
    dozen: bool = False
    clash: str = ""

    @property
    def any(self) -> bool:
        """Whether anything was read."""
        return self.scaled or self.percent or bool(self.currency or self.unit) or self.times or self.dozen


def read_suffix(text: str, start: int, like_unit: str | None = None) -> Suffix:
    """Percent, scale words, currency and unit after the digits that end at `start`."""
    found = Suffix(start)
    for _ in range(5):
        match = _NEXT.match(text, found.end)
        if match is None or not _take(found, text, match, start, like_unit):
            break
    if not found.scaled and not found.percent and (match := _IN_SCALE.match(text, found.end)):
        found.shift, found.scaled, found.end = SCALES[match[1].lower()], True, match.end()
    return found


def _take(found: Suffix, text: str, match: re.Match[str], start: int, like_unit: str | None) -> bool:
    """Read one more word; False where it says nothing about the amount."""
    word, end = match["word"], match.end()
    if word in ("x", "X", "times") and _FACTOR.match(text, end):
        return False
    attached = (not match["gap"] and found.end == start) or text[end : end + 1] in _CLOSING
    if "-" in match["gap"] and not _hyphen_joins(match["gap"], word):
        return False
    if match["gap"].startswith("-") and word.lower() == "fold":
        found.times, found.end = True, end
        return True
    if _FIRST_OF_TWO.match(word) and (second := _SECOND.match(text, end)):
        for words, stop in ((second[1], second.end(1)), (f"{second[1]} {second[2]}", second.end())):
            if _add(found, f"{word} {words}", attached, like_unit):
                found.end = stop
                return True
    if not _add(found, word, attached, like_unit):
        return False
    found.end = end
    return True


_CLOSING: Final = frozenset(("", ".", ",", ";", "\n"))
"""What may follow "10 g" or "2.3 b" when the letter is a unit: nothing of the sentence goes on from it."""

_FACTOR: Final = re.compile(r" ?[-($€£¥]* ?[0-9]")
_JOINED: Final = frozenset({"fold", "percent", "percentage", "basis"})


def _hyphen_joins(gap: str, word: str) -> bool:
    """ "5-million" and "25-basis-point" are amounts; "2-year average" and "10-K" are names."""
    lower = word.lower()
    return gap == "-" and (lower in _JOINED or (len(word) > 4 and lower in SCALES))


def _add(found: Suffix, written: str, attached: bool, like_unit: str | None) -> bool:
    """Whether the word says something about the amount; it is noted if so."""
    word = written.lower() if len(written) > 1 else written
    if word in _PERCENT or written.lower() == "%":
        if found.any and not found.scaled:
            return False
        (found.shift, found.points), found.percent = _PERCENT[word], True
        return True
    if found.percent:
        return False
    if _is_unit(found, word, attached, like_unit):
        found.unit = _MEGA.get(written) or UNITS[word.lower()]
        return True
    scale = 12 if written == "T" else SCALES.get(written.lower())
    if scale is not None and not found.unit and not found.times:
        return _add_scale(found, written, scale, attached)
    if word == "dozen" and not found.any:
        found.dozen = True
        return True
    if written.lower() in _TIMES and not found.any:
        found.times = True
        return True
    code = CURRENCIES.get(written) or CURRENCIES.get(word)
    if code is None or found.unit:
        return False
    found.clash = "two currencies" if found.currency and found.currency != code else found.clash
    found.currency = code
    return True


def _is_unit(found: Suffix, word: str, attached: bool, like_unit: str | None) -> bool:
    unit = UNITS.get(word.lower())
    if unit is None or found.unit or found.times:
        return False
    if word == "m" or word == "M":
        return not found.scaled and like_unit in _LENGTHS and word == "m"
    if len(word) == 1 and word.isalpha():
        return word in _ONE_LETTER and (attached or like_unit == unit) and not found.scaled
    if word in ("mm", "pp") or (word in ("mt", "mb", "kb", "pounds", "pound") and found.currency):
        return like_unit in _LENGTHS and not found.scaled
    return True


_MEGA: Final = {"Mt": "megatonne", "MT": "tonne"}
"""Units in whose short names a capital letter counts."""

_LENGTHS: Final = frozenset({"metre", "kilometre", "centimetre", "millimetre", "foot", "inch", "yard", "mile"})


def _add_scale(found: Suffix, written: str, scale: int, attached: bool) -> bool:
    if found.scaled:
        if len(written) < 4 and written.isascii():
            return False
        found.shift += scale  # "lakh crore"
        return True
    if len(written) == 1 and written.isascii():
        if not attached and written in "kbT":
            return False
        found.letter = True
    elif written.lower() == "cr" and not written.islower() and written != "Cr":
        return False
    found.shift, found.scaled = scale, True
    return True
