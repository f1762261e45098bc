"""The nouns, and that a base survives storage."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apatar.sync.record import Base, Link, Record, Side
from apatar.sync.values import Value
from tests.sync.situations import NOON, account

values: st.SearchStrategy[Value] = st.one_of(
    st.none(),
    st.booleans(),
    st.text(max_size=20),
    st.decimals(allow_nan=False, allow_infinity=False, places=2),
    st.dates(),
    st.lists(st.text(max_size=9), max_size=5).map(tuple),
)


@settings(max_examples=100)
@given(st.dictionaries(st.text(max_size=6), values), st.dictionaries(st.text(max_size=6), values))
def test_a_base_comes_back_from_its_json_as_it_was(salesforce: dict[str, Value], quickbooks: dict[str, Value]) -> None:
    base = Base(salesforce, quickbooks)
    again = Base.from_json(base.to_json())
    assert again == base
    assert [type(value) for value in again.salesforce.values()] == [type(salesforce[name]) for name in again.salesforce]


def test_the_json_of_a_base_does_not_depend_on_the_order_of_its_fields() -> None:
    assert (
        Base({"a": Decimal("1.00"), "b": date(2026, 1, 2)}).to_json()
        == Base({"b": date(2026, 1, 2), "a": Decimal("1.00")}).to_json()
    )


def test_settling_takes_over_only_the_fields_of_the_fragment() -> None:
    base = Base({"a": "1", "b": "2"}, {"a": "1", "b": "2"})
    settled = base.settled(Base({"b": "3"}, {"b": "4"}))
    assert settled == Base({"a": "1", "b": "3"}, {"a": "1", "b": "4"})
    assert base.settled(Base()) is base


def test_forgotten_fields_are_gone_from_both_sides() -> None:
    assert Base({"a": "1", "b": "2"}, {"a": "1"}).without(["a"]) == Base({"b": "2"}, {})


def test_each_side_knows_the_other() -> None:
    assert Side.SALESFORCE.other is Side.QUICKBOOKS
    assert Side.QUICKBOOKS.other.label == "Salesforce"


def test_a_link_names_its_records_by_side() -> None:
    link = Link("001A", "80-1")
    assert [link.remote_id(side) for side in Side] == ["001A", "80-1"]


def test_a_time_without_a_zone_is_refused_where_it_enters() -> None:
    naive: datetime = NOON.replace(tzinfo=None)
    with pytest.raises(ValueError, match="must be aware UTC"):
        Record(Side.SALESFORCE, "Account", "001A", "v", {}, naive)


def test_a_record_is_known_by_side_object_and_id() -> None:
    assert account("001B").key == (Side.SALESFORCE, "Account", "001B")
