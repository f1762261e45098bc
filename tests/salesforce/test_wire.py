"""Values keep their digits and their moment on the way."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apatar.salesforce.errors import NotExpressible, NotUnderstood
from apatar.salesforce.wire import instant, read_json, spelled, write_json


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4))
def test_money_keeps_every_digit_there_and_back(amount: Decimal) -> None:
    assert read_json(write_json({"Amount": amount}))["Amount"] == amount


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_other_values_are_written_as_json_writes_them(value: object) -> None:
    assert json.loads(write_json({"value": value})) == {"value": value}


def test_large_numbers_are_written_without_an_exponent() -> None:
    assert write_json(Decimal("1E+7")) == b"10000000"


def test_times_are_spelled_in_utc_with_milliseconds() -> None:
    eastern = timezone(timedelta(hours=-5))
    moment = datetime(2026, 1, 31, 22, 5, 6, 7_000, tzinfo=eastern)
    assert spelled(moment) == "2026-02-01T03:05:06.007Z"
    assert write_json([moment, date(2026, 1, 31)]) == b'["2026-02-01T03:05:06.007Z","2026-01-31"]'


@pytest.mark.parametrize(
    "text", ["2015-06-25T21:54:37.000+0000", "2015-06-25T21:54:37.000Z", "2015-06-25T23:54:37+02:00"]
)
def test_times_are_read_as_salesforce_spells_them(text: str) -> None:
    assert instant(text) == datetime(2015, 6, 25, 21, 54, 37, tzinfo=UTC)


def test_a_time_without_a_zone_is_refused_in_both_directions() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        instant("2015-06-25T21:54:37")
    with pytest.raises(NotExpressible):
        spelled(datetime(2026, 1, 1))  # noqa: DTZ001  the mistake under test


@pytest.mark.parametrize("value", [1.5, {1, 2}, b"x", Decimal("NaN"), Decimal("Infinity")])
def test_floats_and_other_strangers_are_refused(value: object) -> None:
    with pytest.raises(NotExpressible):
        write_json({"value": value})


@pytest.mark.parametrize("body", [b"", b"<html></html>", b"\xff\xfe", b"NaN", b"[" * 100_000])
def test_what_is_not_json_is_said_so(body: bytes) -> None:
    with pytest.raises(NotUnderstood):
        read_json(body)
