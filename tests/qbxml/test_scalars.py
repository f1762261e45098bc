"""How single values are written."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from apatar.qbxml.errors import GrammarError, MissingElement, TooLong, UnrepresentableText, WrongType
from apatar.qbxml.grammar import Element, Kind
from apatar.qbxml.scalars import written
from tests.qbxml.clocks import clock


def write(kind: Kind, value: Any, **facts: Any) -> str:
    return written(Element("Field", kind, **facts), value, message="CustomerAdd", path=("CustomerAdd", "Field"))


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (Kind.AMOUNT, Decimal(206), "206.00"),
        (Kind.AMOUNT, Decimal("-99.990"), "-99.99"),
        (Kind.AMOUNT, Decimal("1E+3"), "1000.00"),
        (Kind.AMOUNT, "206.00", "206.00"),
        (Kind.PRICE, Decimal("2.695"), "2.695"),
        (Kind.PRICE, Decimal(103), "103.00"),
        (Kind.QUANTITY, Decimal("0.50"), "0.5"),
        (Kind.QUANTITY, 2, "2"),
        (Kind.PERCENT, Decimal("7.25"), "7.25"),
        (Kind.FLOAT, Decimal("1.103400"), "1.1034"),
        (Kind.BOOL, True, "true"),
        (Kind.BOOL, "false", "false"),
        (Kind.INT, 7, "7"),
        (Kind.DATE, date(2024, 2, 29), "2024-02-29"),
        (Kind.MOMENT, clock("2024-02-29T09:05:00"), "2024-02-29T09:05:00"),
        (Kind.INTERVAL, timedelta(hours=26, minutes=5), "PT26H5M0S"),
        (Kind.GUID, "{12345678-90ab-cdef-1234-567890abcdef}", "{12345678-90ab-cdef-1234-567890abcdef}"),
        (Kind.AMOUNT, None, ""),
        (Kind.TEXT, "", ""),
        (Kind.BOOL, None, ""),
    ],
)
def test_values_are_written_as_quickbooks_prints_them(kind: Kind, value: Any, text: str) -> None:
    assert write(kind, value) == text


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Kind.AMOUNT, 1.5),
        (Kind.AMOUNT, Decimal("1.005")),
        (Kind.AMOUNT, Decimal("NaN")),
        (Kind.AMOUNT, Decimal(12345678901234)),
        (Kind.AMOUNT, True),
        (Kind.AMOUNT, "1.5"),
        (Kind.PRICE, Decimal("0.000001")),
        (Kind.QUANTITY, Decimal("1E+11")),
        (Kind.FLOAT, 1.1),
        (Kind.BOOL, 1),
        (Kind.BOOL, "yes"),
        (Kind.INT, True),
        (Kind.INT, "1.0"),
        (Kind.INT, None),
        (Kind.TEXT, 5),
        (Kind.DATE, "2024-02-30"),
        (Kind.DATE, datetime(2024, 1, 1, tzinfo=UTC)),
        (Kind.MOMENT, datetime(2024, 1, 1, tzinfo=UTC)),
        (Kind.MOMENT, "2024-01-01T00:00:00-05:00"),
        (Kind.INTERVAL, "PT"),
        (Kind.GUID, "12345678"),
        (Kind.ENUM, None),
    ],
)
def test_values_that_do_not_fit_are_refused_never_rounded(kind: Kind, value: Any) -> None:
    with pytest.raises(WrongType, match=r"^CustomerAdd: CustomerAdd\.Field: "):
        write(kind, value)


def test_a_value_outside_the_set_is_refused_with_the_set() -> None:
    with pytest.raises(WrongType, match="takes only All, None; not 'Some'"):
        write(Kind.ENUM, "Some", values=("All", "None"))


def test_a_number_outside_its_range_is_refused() -> None:
    with pytest.raises(WrongType, match="13 is outside 1 to 12"):
        write(Kind.INT, 13, low=1, high=12)


def test_text_that_is_too_long_says_by_how_much() -> None:
    with pytest.raises(TooLong) as refused:
        write(Kind.TEXT, "x" * 42, length=41)

    assert (refused.value.length, refused.value.limit, refused.value.path) == (42, 41, "CustomerAdd.Field")


def test_characters_that_quickbooks_can_not_store_are_refused() -> None:
    with pytest.raises(UnrepresentableText, match="u6771"):
        write(Kind.TEXT, "東")


@pytest.mark.parametrize("value", [None, ""])
def test_a_required_value_can_not_be_empty(value: str | None) -> None:
    with pytest.raises(MissingElement):
        write(Kind.TEXT, value, required=True)


def test_every_refusal_is_one_tree() -> None:
    with pytest.raises(GrammarError) as refused:
        write(Kind.AMOUNT, 1.5)

    assert refused.value.permanent
    assert refused.value.message == "CustomerAdd"
