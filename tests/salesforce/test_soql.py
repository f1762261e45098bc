"""Queries say what was meant, whatever the values hold."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apatar.salesforce import soql
from apatar.salesforce.errors import NotExpressible

SINCE = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
UNTIL = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
_UNESCAPED = {"\\": "\\", "'": "'", '"': '"', "n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


def unquoted(literal: str) -> str:
    """Read a literal as SOQL does: it ends at the first quote that no backslash precedes."""
    body = re.fullmatch(r"'((?:[^'\\]|\\.)*)'", literal, re.DOTALL)
    assert body, f"{literal!r} is not one literal"
    return re.sub(r"\\(.)", lambda escape: _UNESCAPED[escape[1]], body[1], flags=re.DOTALL)


@given(st.text() | st.text(alphabet="'\\\"\n\r\t\b\fab%_ "))
def test_a_quoted_text_is_one_literal_that_reads_as_the_text(text: str) -> None:
    assert unquoted(soql.quote(text)) == text


@given(st.text(alphabet="'\\ abORn", min_size=1))
def test_no_value_can_add_a_condition(text: str) -> None:
    where = soql.equal("Name", text)
    assert unquoted(where.removeprefix("Name = ")) == text


@pytest.mark.parametrize("name", ["", "Name, Id", "Name'", "1Name", "Name--", "Name WHERE", ".Name", "Owner.", "Näme"])
def test_what_is_not_a_name_is_refused(name: str) -> None:
    with pytest.raises(NotExpressible):
        soql.name(name)


@pytest.mark.parametrize("name", ["Id", "QuickBooks_ListID__c", "Owner.Name", "Parent__r.Ext__c"])
def test_names_of_fields_and_paths_pass(name: str) -> None:
    assert soql.name(name) == name


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        (None, "null"),
        (True, "true"),
        (7, "7"),
        (Decimal("10.50"), "10.50"),
        ("O'Neil", r"'O\'Neil'"),
        (date(2026, 1, 2), "2026-01-02"),
        (SINCE, "2026-11-22T12:00:00.000Z"),
    ],
)
def test_only_texts_are_quoted(value: soql.Value, literal: str) -> None:
    assert soql.literal(value) == literal


def test_a_selection_names_each_field_once_and_the_id_always() -> None:
    assert soql.select("Account", ["Name", "Name"], limit=5) == "SELECT Name, Id FROM Account LIMIT 5"


def test_a_window_of_changes_is_read_oldest_first() -> None:
    assert soql.modified_since("Account", ["Id", "Name"], since=SINCE, until=UNTIL) == (
        "SELECT Id, Name, SystemModstamp FROM Account WHERE SystemModstamp >= 2026-11-22T12:00:00.000Z "
        "AND SystemModstamp < 2026-11-22T13:00:00.000Z ORDER BY SystemModstamp, Id"
    )


def test_a_window_goes_on_behind_the_last_record_of_the_same_second() -> None:
    query = soql.modified_since(
        "Account", ["Id"], since=SINCE, until=UNTIL, after_id="00D1a000000H3O9", where="Type = 'A' OR Type = 'B'"
    )
    assert (
        "WHERE ((SystemModstamp = 2026-11-22T12:00:00.000Z AND Id > '00D1a000000H3O9EAK') "
        "OR SystemModstamp > 2026-11-22T12:00:00.000Z) AND SystemModstamp < 2026-11-22T13:00:00.000Z "
        "AND (Type = 'A' OR Type = 'B') ORDER BY"
    ) in query


def test_the_outcome_of_an_insert_is_looked_for_by_its_author_time_and_values() -> None:
    query = soql.created_since_by(
        "Contact", ["LastName"], user_id="0051a000000UGT8AAO", since=SINCE, matching={"Email": "o'n@x.example"}
    )
    assert query == (
        "SELECT LastName, CreatedDate, Id FROM Contact WHERE CreatedDate >= 2026-11-22T12:00:00.000Z "
        r"AND CreatedById = '0051a000000UGT8AAO' AND Email = 'o\'n@x.example' ORDER BY CreatedDate, Id"
    )


def test_deleted_records_of_a_window_can_be_asked_for() -> None:
    assert "IsDeleted = true" in soql.deleted_since("Account", since=SINCE, until=UNTIL)


def test_a_list_of_values_is_quoted_one_by_one() -> None:
    assert soql.any_of("Name", ["a", "b'"]) == r"Name IN ('a', 'b\'')"
    with pytest.raises(NotExpressible):
        soql.any_of("Name", [])


def test_children_are_asked_for_in_the_same_query() -> None:
    query = soql.select("QuickBooks_Invoice__c", ["Name"], children={"Lines__r": ["Amount__c"]}, where="Name = 'x'")
    assert query == "SELECT Name, Id, (SELECT Amount__c, Id FROM Lines__r) FROM QuickBooks_Invoice__c WHERE Name = 'x'"
    changed = soql.modified_since("Order", [], since=SINCE, until=UNTIL, children={"OrderItems": ["Quantity"]})
    assert changed.startswith("SELECT SystemModstamp, Id, (SELECT Quantity, Id FROM OrderItems) FROM Order WHERE ")


def test_a_child_relationship_is_a_name() -> None:
    with pytest.raises(NotExpressible):
        soql.select("Order", [], children={"Lines__r) FROM X --": ["Id"]})
