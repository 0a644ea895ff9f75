"""What a written number says, and which texts are refused instead of guessed at."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.metrics.numeric import parse
from evalkit.metrics.numeric.columns import read_many
from evalkit.metrics.numeric.num import MAX_DIGITS
from evalkit.metrics.numeric.reading import MAX_CHARS, read


@pytest.mark.parametrize(
    ("written", "value", "exp", "figures"),
    [
        (5, "5", 0, 1),
        (-0.32, "-0.32", -2, 2),
        (14.0, "14", 0, 2),
        (1e-7, "1E-7", -7, 1),
        ("0", "0", 0, 1),
        ("0.00", "0.00", -2, 1),
        ("-32.82%", "-32.82", -2, 4),
        ("12 per cent", "12", 0, 2),
        ("12％", "12", 0, 2),
        ("١٢٪", "12", 0, 2),
        ("−5", "-5", 0, 1),
        ("–5", "-5", 0, 1),
        ("+5", "5", 0, 1),
        ("1,577", "1577", 0, 4),
        ("206 588", "206588", 0, 6),
        ("206\u202f588", "206588", 0, 6),
        ("206'588", "206588", 0, 6),
        ("5,00,00,000", "50000000", 0, 8),
        ("12,5", "12.5", -1, 3),
        ("0,75", "0.75", -2, 2),
        ("0,123", "0.123", -3, 3),
        ("1.234,56 €", "1234.56", -2, 6),
        ("1,234.56", "1234.56", -2, 6),
        ("2.500.000", "2500000", 0, 7),
        (".5", "0.5", -1, 1),
        ("(134)", "-134", 0, 3),
        ("$(1,577)", "-1577", 0, 4),
        ("(12.5)%", "-12.5", -1, 3),
        ("(-5)", "-5", 0, 1),
        ("-$1,577", "-1577", 0, 4),
        ("$8.738 billion", "8738000000", 6, 4),
        ("2.3bn", "2300000000", 8, 2),
        ("$1.5MM", "1500000", 5, 2),
        ("12k", "12000", 3, 2),
        ("1.2 trillion", "1200000000000", 11, 2),
        ("5 crore", "50000000", 7, 1),
        ("50 bps", "0.50", -2, 2),
        ("0.2 percentage points", "0.2", -1, 1),
        ("6.022e23", "6.022E+23", 20, 4),
        ("1577 USD", "1577", 0, 4),
        ("The answer is **42**.", "42", 0, 2),
        ("\\boxed{1577}", "1577", 0, 4),
        ("14.1\\%", "14.1", -1, 3),
        ("1{,}577", "1577", 0, 4),
        ("3 years", "3", 0, 1),
        ("FY2018 revenue: $1,577", "1577", 0, 4),
        ("COVID-19 cost us $5", "5", 0, 1),
    ],
)
def test_one_number(written: Any, value: str, exp: int, figures: int) -> None:
    num = parse(written)
    assert num is not None
    assert (num.value, num.exp, num.sig_figs) == (Decimal(value), exp, figures)


@pytest.mark.parametrize(
    ("written", "kind", "currency", "plain"),
    [
        ("5%", "percent", None, False),
        ("25bp", "percent", None, False),
        ("US$ 5", "number", "USD", False),
        ("C$20", "number", "CAD", False),
        ("$20 CAD", "number", "CAD", False),
        ("¥1,200", "number", "JPY", False),
        ("5 euros", "number", "EUR", False),
        ("1,577", "number", None, True),
        (1577, "number", None, True),
        ("1577.0", "number", None, False),
        ("5k", "number", None, False),
    ],
)
def test_what_kind_of_number(written: Any, kind: str, currency: str | None, plain: bool) -> None:
    num = parse(written)
    assert num is not None
    assert (num.kind, num.currency, num.plain) == (kind, currency, plain)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "no number"),
        ("N/A", "no number"),
        ("nan", "no number"),
        ("Infinity", "no number"),
        ("10⁹", "no number"),
        ("Q3", "no number"),
        ("3rd", "no number"),
        ("12, 15 and 18", "several numbers"),
        ("15-20%", "several numbers"),
        ("2018-12-31", "several numbers"),
        ("3/4", "several numbers"),
        ("12,15,18", "unclear separators"),
        ("1.2.3", "unclear separators"),
        ("more than 42", "bound"),
        ("<42", "bound"),
        ("not 42", "negation"),
        ("I cannot say, maybe 42", "negation"),
        ("decreased by 32%", "direction in words"),
        ("a loss of $5", "direction in words"),
        ("3M Company", "a letter that may be a scale"),
        ("earnings were (134) that year", "a number in parentheses inside other words"),
        ("Q3 2020", "a date"),
        ("-(-5)", "two signs"),
        ("€5 USD", "two currencies"),
        ("$5%", "a percentage of money"),
        ("1e999", "out of range"),
        ("9" * (MAX_DIGITS + 1), "out of range"),
        (None, "not a number or text"),
        (True, "not a number or text"),
        ([5], "not a number or text"),
        ({"value": 5}, "not a number or text"),
        (10**3000, "out of range"),
        (float("nan"), "not finite"),
    ],
)
def test_refused_with_a_reason(written: Any, reason: str) -> None:
    assert read(written) == (None, reason)


def test_an_explicit_minus_settles_the_direction() -> None:
    num = parse("decreased by -32%")
    assert num is not None
    assert num.value == -32


def test_ten_megabytes_are_refused_at_once() -> None:
    huge = "1 " * 5_000_000
    start = time.process_time()
    assert read(huge).reason == f"text longer than {MAX_CHARS} characters"
    assert not read_many([huge, "5"]).readable[0]
    assert time.process_time() - start < 1.0


@pytest.mark.parametrize("piece", ["1", "1,", "1 ", "111 ", "(", "$", "-", "1e", "1a", "€ (", "a-1", "<1", "1.", "%"])
def test_hostile_texts_take_linear_time(piece: str) -> None:
    text = (piece * MAX_CHARS)[:MAX_CHARS]
    start = time.process_time()
    assert read(text).num is None
    assert time.process_time() - start < 1.0


alphabet = "0123456789.,-+()%$€ '\u2212\u00a0eEkMbn¹٣x\\{}"


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text(alphabet, max_size=14))
def test_columns_read_what_the_grammar_reads(text: str) -> None:
    """The bulk path and the grammar agree on every field of every text, and never raise."""
    one, many = parse(text), read_many([text, 5, None])
    assert bool(many.readable[0]) == (one is not None)
    if one is None:
        return
    bare = one.without_currency_zeros()
    found = (many.exp[0], many.bare_exp[0], many.sig_figs[0], many.percent[0], many.plain[0], many.identifier[0])
    assert found == (one.exp, bare.exp, one.sig_figs, one.kind == "percent", one.plain, one.identifier)
    assert many.value[0] == pytest.approx(float(one.value), rel=1e-15)
    assert many.currency[0] == (one.currency or "")


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False)), min_size=1, max_size=5))
def test_columns_read_json_numbers_like_one_by_one(values: list[Any]) -> None:
    many = read_many(values)
    for row, value in enumerate(values):
        one = parse(value)
        assert bool(many.readable[row]) == (one is not None)
        if one is not None:
            assert many.value[row] == float(one.value)
            assert (many.exp[row], many.sig_figs[row], many.plain[row]) == (one.exp, one.sig_figs, one.plain)


def test_taking_rows_keeps_their_readings() -> None:
    many = read_many(["$5", "6", "nothing", 7.5])
    some = many.take(np.array([2, 0]))
    assert some.reading(0).reason == "no number"
    assert some.num(1) == parse("$5")
