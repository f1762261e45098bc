"""The map's document: what it means, what it refuses, and that it says again what it was told."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apatar.sync.custom_map import (
    DEFAULT_DOCUMENT,
    Map,
    default_map,
    directions_of,
    pruned,
    read_map,
    write_map,
)
from apatar.sync.findings import MapError
from apatar.sync.map_rules import every_field
from apatar.sync.mapping import Direction, Field, Missing, Mode
from apatar.sync.pairs import DOCUMENTS, OFF_AT_FIRST, PAIRS
from apatar.sync.values import Kind

ACCOUNTS = "accounts_customers"
OWN_FIELD = {"added": True, "label": "Region", "salesforce": "Region__c", "quickbooks": "DataExt.Region"}


def of_accounts(**pair: Any) -> dict[str, Any]:
    return {"format": 1, "pairs": {ACCOUNTS: pair}}


def with_field(name: str, **field: Any) -> dict[str, Any]:
    return of_accounts(fields={name: field})


def of_lines(**fields: Any) -> dict[str, Any]:
    return {"format": 1, "pairs": {"opportunity_invoice": {"fields": {"lines": {"fields": fields}}}}}


def field_of(found: Map, name: str, pair: str = ACCOUNTS) -> Field:
    return dict(every_field(found.pair(pair)))[name]


def refusals(document: dict[str, Any]) -> list[tuple[str, str]]:
    """The findings of a document that is refused: field and attribute of each."""
    with pytest.raises(MapError) as caught:
        read_map(document)
    assert all(one.sentence for one in caught.value.findings)
    return [(one.field, one.attribute) for one in caught.value.findings]


def test_an_empty_document_is_every_pair_but_those_that_are_off_at_first() -> None:
    found = read_map(DEFAULT_DOCUMENT)
    assert [one.name for one in found.pairs] == [one.name for one in PAIRS if one.name not in OFF_AT_FIRST]
    assert write_map(found) == {}


def test_without_changes_a_pair_is_the_default_itself() -> None:
    accounts = next(one for one in PAIRS if one.name == ACCOUNTS)
    assert read_map({}).pair(ACCOUNTS) == accounts


def test_pairs_stay_in_their_order_whatever_the_order_of_the_document() -> None:
    found = read_map({"pairs": {"payments": {"enabled": False}, "opportunities_jobs": {"enabled": True}}})
    names = [one.name for one in found.pairs]
    assert "payments" not in names
    assert names == [one.name for one in PAIRS if one.name in names]
    assert "opportunities_jobs" in names


def test_a_pair_takes_direction_filters_and_update_only() -> None:
    document = of_accounts(
        direction="to-quickbooks", update_only=True, salesforce_filter="record.Type == 'Customer'", enabled=False
    )
    pair = read_map(document).pair(ACCOUNTS)
    assert (pair.direction, pair.link_only, pair.salesforce_filter) == (
        Direction.TO_QUICKBOOKS,
        True,
        "record.Type == 'Customer'",
    )
    assert write_map(read_map(document)) == document


def test_documents_begin_on_a_day() -> None:
    document = {"format": 1, "pairs": {"invoices": {"since": "2026-01-01"}}}
    assert read_map(document).pair("invoices").since == "2026-01-01"
    assert write_map(read_map(document)) == document


def test_a_mirror_of_documents_goes_one_way() -> None:
    assert directions_of(default_map().pair("invoices")) == (Direction.TO_SALESFORCE,)
    assert directions_of(default_map().pair(ACCOUNTS)) == tuple(Direction)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_won_opportunity_makes_the_chosen_document(document: str) -> None:
    found = read_map({"won_opportunity": document})
    chosen = {one.chosen_document for one in found.pairs if one.salesforce_object == "Opportunity" and one.trigger}
    assert chosen == {document}


def test_missing_items_follow_the_policy() -> None:
    found = read_map({"missing_items": "stand-in", "stand_in_item": "Misc"})
    deal = found.pair("opportunity_invoice")
    assert (deal.missing, deal.stand_in) == (Missing.STAND_IN, "Misc")


def test_a_changed_field_keeps_the_rest_of_itself() -> None:
    usual, now = field_of(default_map(), "phone"), field_of(read_map(with_field("phone", mode="if_empty")), "phone")
    assert now.mode is Mode.IF_EMPTY
    assert (now.salesforce, now.quickbooks_length, now.kind) == (usual.salesforce, usual.quickbooks_length, usual.kind)


def test_another_path_has_another_length_and_leaves_its_address() -> None:
    found = read_map(with_field("billing_city", quickbooks="AltContact"))
    city = field_of(found, "billing_city")
    assert (city.quickbooks, city.quickbooks_length, city.group) == (("AltContact",), None, None)
    moved = read_map(with_field("phone", quickbooks="BillAddress.Note"))
    assert field_of(moved, "phone").group == "BillAddress"


def test_a_field_is_removed_and_another_added() -> None:
    document = of_accounts(fields={"fax": {"removed": True}, "region": {**OWN_FIELD, "kind": "number", "places": 3}})
    found = read_map(document)
    assert "fax" not in {one.name for one in found.pair(ACCOUNTS).fields}
    region = field_of(found, "region")
    assert (region.kind, region.places, region.is_extension) == (Kind.NUMBER, 3, True)
    assert write_map(found) == document


def test_fields_of_the_lines_change_too() -> None:
    lines = {"fields": {"description": {"removed": True}, "class": {**OWN_FIELD, "direction": "to-quickbooks"}}}
    document = {"format": 1, "pairs": {"opportunity_invoice": {"fields": {"lines": lines}}}}
    found = read_map(document)
    names = {name for name, _ in every_field(found.pair("opportunity_invoice"))}
    assert "lines.class" in names
    assert "lines.description" not in names
    assert write_map(found) == document


def test_a_formula_takes_the_place_of_what_computes_a_field() -> None:
    document = {"format": 1, "pairs": {"invoices": {"fields": {"status": {"formula": "'Open'"}}}}}
    status = field_of(read_map(document), "status", "invoices")
    assert status.computes is None
    assert write_map(read_map(document)) == document


def test_a_constant_needs_no_place_to_come_from() -> None:
    constant = {"added": True, "quickbooks": "JobTitle", "direction": "to-quickbooks", "formula": "'Buyer'"}
    assert field_of(read_map(with_field("title", **constant)), "title").salesforce == ()


def test_tables_by_hand_lie_over_the_tables_that_were_read() -> None:
    found = read_map({"sales_rep_users": {"JD": "005x"}, "tables": {"regions": {"W": "West"}}})
    merged = found.tables_over({"sales_rep_users": {"JD": "005a", "KL": "005b"}, "currency_codes": {"Euro": "EUR"}})
    assert merged["sales_rep_users"] == {"JD": "005x", "KL": "005b"}
    assert merged["regions"] == {"W": "West"}
    assert merged["currency_codes"] == {"Euro": "EUR"}
    assert merged["item_defaults"] == {}


@pytest.mark.parametrize(
    ("document", "about"),
    [
        ({"format": 2}, ("", "")),
        ({"colour": "red"}, ("", "")),
        ({"pairs": {"cats_dogs": {}}}, ("", "pairs")),
        ({"pairs": []}, ("", "pairs")),
        ({"won_opportunity": "Bill"}, ("", "won_opportunity")),
        ({"missing_items": "stand-in"}, ("", "stand_in_item")),
        ({"item_defaults": {"type": "Group"}}, ("", "type")),
        ({"item_defaults": {"colour": "red"}}, ("", "item_defaults")),
        ({"tables": {"Regions!": {}}}, ("", "")),
        ({"tables": {"item_defaults": {}}}, ("", "")),
        ({"tables": {"regions": {"W": 1}}}, ("", "regions")),
        (of_accounts(direction="sideways"), ("", "direction")),
        (of_accounts(since="2026-01-01"), ("", "since")),
        ({"pairs": {"invoices": {"since": "1 May"}}}, ("", "since")),
        ({"pairs": {"invoices": {"direction": "both"}}}, ("", "direction")),
        (of_accounts(salesforce_filter="record."), ("", "salesforce_filter")),
        (with_field("name", removed=True), ("name", "removed")),
        (with_field("phone", label=7), ("phone", "label")),
        (with_field("phone", when="record.X ="), ("phone", "when")),
        (with_field("phone", formula="'1'"), ("phone", "direction")),
        (with_field("phone", to_quickbooks_as="record.Phone"), ("phone", "to_quickbooks_as")),
        (with_field("phone", to_quickbooks_as="lookup('a', value)"), ("phone", "to_quickbooks_as")),
        (with_field("phone", formula="upper(value)", direction="to-quickbooks"), ("phone", "formula")),
        (with_field("phone", when="lookup('a', record.Type) == 'b'"), ("phone", "when")),
        (of_accounts(quickbooks_filter="value == 'x'"), ("", "quickbooks_filter")),
        (of_lines(quantity={"when": "record.X == 1"}), ("lines.quantity", "when")),
        (of_lines(quantity={"removed": False, "default": "1"}), ("lines.quantity", "default")),
        (of_lines(item={"removed": True}), ("lines.item", "removed")),
        (with_field("phone", quickbooks="", direction="to-quickbooks"), ("phone", "quickbooks")),
        (with_field("phone", salesforce=[1]), ("phone", "salesforce")),
        (with_field("phone", kind="number"), ("phone", "")),
        (with_field("nobody", direction="both"), ("nobody", "")),
        (with_field("No Body", added=True), ("No Body", "")),
        (with_field("region", **{**OWN_FIELD, "kind": "reference"}), ("region", "kind")),
        ({"pairs": {ACCOUNTS: {"fields": {"phone": "Fax"}}}}, ("phone", "")),
    ],
)
def test_what_is_wrong_is_told_where_it_stands(document: dict[str, Any], about: tuple[str, str]) -> None:
    assert about in refusals(document)


def test_two_fields_that_write_one_place_are_refused() -> None:
    document = with_field("region", added=True, salesforce="Phone", quickbooks="AltPhone")
    with pytest.raises(MapError, match="would be written by 2 fields"):
        read_map(document)


def test_a_refusal_names_pair_and_field() -> None:
    with pytest.raises(MapError) as caught:
        read_map(with_field("phone", when="record."))
    assert caught.value.sentences[0].startswith("Accounts and customers, Phone: the condition cannot be used.")


def test_what_a_later_version_no_longer_knows_is_passed_over() -> None:
    stored = {"pairs": {"gone_pair": {}, ACCOUNTS: {"fields": {"gone": {"mode": "if_empty"}, "region": OWN_FIELD}}}}
    assert pruned(stored) == {"pairs": {ACCOUNTS: {"fields": {"region": OWN_FIELD}}}}
    read_map(pruned(stored))


def edits_of_a_field(one: Field) -> st.SearchStrategy[dict[str, Any]]:
    """Some of the things that may be said about a default field, each different from its default."""
    usual_modes = [mode.value for mode in Mode if mode not in {one.mode, Mode.MATCH_ONLY}]
    said = {
        "label": st.text("abc ", min_size=4, max_size=9).map(lambda text: f"x{text}x"),
        "mode": st.sampled_from(usual_modes),
        "when": st.sampled_from(["record.Type == 'A'", "record.X != null && true"]),
        "default": st.sampled_from(["'n/a'", "upper(record.Name)"]),
        "to_salesforce_as": st.sampled_from(["upper(value)", "left(value, 3)"]),
    }
    return st.fixed_dictionaries({}, optional=said).filter(bool)


def edits_of_a_pair(name: str) -> st.SearchStrategy[dict[str, Any]]:
    pair = default_map().pair(name)
    movable = [
        one for one in pair.fields if one.kind not in {Kind.REFERENCE, Kind.LINES} and one.mode is not Mode.MATCH_ONLY
    ]
    fields = {one.name: edits_of_a_field(one) for one in movable[:6]}
    said = {
        "enabled": st.just(name in OFF_AT_FIRST),
        "update_only": st.just(True),
        "salesforce_filter": st.sampled_from(["record.Type == 'B'", "contains(record.Name, 'x')"]),
        "fields": st.fixed_dictionaries({}, optional={**fields, "region": st.just(OWN_FIELD)}).filter(bool),
    }
    if name == ACCOUNTS:
        said["match_by"] = st.sampled_from(["account_number", "phone"])
    return st.fixed_dictionaries({}, optional=said).filter(bool)


PAIRS_TO_DRAW = (ACCOUNTS, "contacts", "products_items", "opportunities_jobs", "opportunity_invoice")
DOCUMENTS_TO_DRAW = st.fixed_dictionaries(
    {},
    optional={
        "won_opportunity": st.sampled_from(["Sales Order", "Invoice", "Sales Receipt"]),
        "activated_order": st.just("Invoice"),
        "missing_items": st.just("refuse"),
        "tables": st.dictionaries(st.sampled_from(["regions", "codes"]), st.just({"a": "b"}), min_size=1),
        "sales_rep_users": st.just({"JD": "005"}),
        "item_defaults": st.just({"type": "Inventory", "asset_account": "Stock"}),
        "pairs": st.fixed_dictionaries({}, optional={name: edits_of_a_pair(name) for name in PAIRS_TO_DRAW}).filter(
            bool
        ),
    },
).filter(bool)


@settings(max_examples=150)
@given(DOCUMENTS_TO_DRAW)
def test_a_document_that_says_only_what_differs_is_written_again_as_it_was(document: dict[str, Any]) -> None:
    assert write_map(read_map(document)) == {"format": 1, **document}


@settings(max_examples=100)
@given(DOCUMENTS_TO_DRAW)
def test_reading_what_was_written_gives_the_same_map(document: dict[str, Any]) -> None:
    found = read_map(document)
    assert read_map(write_map(found)) == found


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["fields", "phone", "added", "x"]), inner)
    ),
    max_leaves=8,
)


@settings(max_examples=150)
@given(st.dictionaries(st.sampled_from(["format", "pairs", "tables", "missing_items", "y"]), json_values), json_values)
def test_whatever_is_imported_is_a_map_or_is_refused_in_words(document: dict[str, Any], accounts: Any) -> None:
    for one in (document, {**document, "pairs": {ACCOUNTS: accounts}}):
        with suppress(MapError):
            read_map(one)


def test_a_pair_is_matched_by_a_field_that_both_sides_have_and_by_no_other() -> None:
    assert read_map({"pairs": {ACCOUNTS: {"match_by": "account_number"}}}).pair(ACCOUNTS).match_by == "account_number"
    for name, field in ((ACCOUNTS, "billing_city"), (ACCOUNTS, "nothing"), ("invoices", "number")):
        with pytest.raises(MapError, match="match_by"):
            read_map({"pairs": {name: {"match_by": field}}})
