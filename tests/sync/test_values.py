"""Canonical forms."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apatar.sync.errors import SyncError, UnreadableValueError
from apatar.sync.values import Kind, Raw, Value, canonical, canonicaliser

TEXTS = [kind for kind in Kind if kind.is_text]


@pytest.mark.parametrize(
    ("kind", "raw", "expected"),
    [
        (Kind.TEXT, "  Palo   Alto ", "Palo Alto"),
        (Kind.TEXT, "one\r\ntwo\tthree", "one two three"),
        (Kind.TEXT, "a\u00a0b", "a b"),
        (Kind.TEXT, "Cafe\u0301", "Café"),
        (Kind.TEXT, "a\u200bb\x00", "ab"),
        (Kind.TEXT, " \n ", None),
        (Kind.TEXT, None, None),
        (Kind.TEXT, 12, "12"),
        (Kind.TEXT, True, "true"),
        (Kind.LONG_TEXT, " one \r\ntwo  words\r\n\r\nthree \n", "one\ntwo  words\n\nthree"),
        (Kind.LONG_TEXT, "\r\n", None),
        (Kind.STREET, "12 Main  St\r\n\r\n Suite 4 ", ("12 Main St", "Suite 4")),
        (Kind.STREET, ("12 Main St", "", " Suite 4"), ("12 Main St", "Suite 4")),
        (Kind.STREET, "", None),
        (Kind.MONEY, "12.5", Decimal("12.50")),
        (Kind.MONEY, Decimal("-0.001"), Decimal("0.00")),
        (Kind.MONEY, 7, Decimal("7.00")),
        (Kind.MONEY, "2.345", Decimal("2.35")),
        (Kind.MONEY, "", None),
        (Kind.DATE, "2026-05-04T11:12:13+00:00", date(2026, 5, 4)),
        (Kind.DATE, date(2026, 5, 4), date(2026, 5, 4)),
        (Kind.DATE, " ", None),
        (Kind.BOOLEAN, "1", True),
        (Kind.BOOLEAN, "False", False),
        (Kind.BOOLEAN, "", None),
        (Kind.BOOLEAN, False, False),
    ],
)
def test_a_raw_value_has_one_canonical_form(kind: Kind, raw: Raw, expected: Value) -> None:
    assert canonical(kind, raw) == expected
    assert canonicaliser(kind)(raw) == expected


def test_amounts_keep_as_many_places_as_their_currency_has() -> None:
    assert str(canonical(Kind.MONEY, "12.5", places=0)) == "13"
    assert str(canonicaliser(Kind.MONEY, places=3)("12.5")) == "12.500"


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        (Kind.MONEY, "twelve"),
        (Kind.MONEY, "NaN"),
        (Kind.MONEY, "Infinity"),
        (Kind.MONEY, True),
        (Kind.MONEY, "1" * 40),
        (Kind.DATE, "04.05.2026"),
        (Kind.BOOLEAN, "maybe"),
    ],
)
def test_what_its_kind_does_not_promise_is_refused_in_a_sentence_with_a_remedy(kind: Kind, raw: Raw) -> None:
    with pytest.raises(UnreadableValueError, match=r"holds .* which is not .*\. Correct it there") as caught:
        canonical(kind, raw)
    assert isinstance(caught.value, SyncError)
    assert isinstance(caught.value, ValueError)


@settings(max_examples=150)
@given(st.sampled_from(TEXTS), st.text(max_size=60))
def test_a_canonical_text_is_its_own_canonical_form(kind: Kind, text: str) -> None:
    once = canonical(kind, text)
    assert canonical(kind, once) == once


@settings(max_examples=80)
@given(st.decimals(min_value=-(10**13), max_value=10**13, places=4))
def test_an_amount_is_its_own_canonical_form(amount: Decimal) -> None:
    once = canonical(Kind.MONEY, amount)
    assert canonical(Kind.MONEY, str(once)) == once
