"""Reading and writing by the table, and the directions."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from apatar.sync.accounts_customers import ACCOUNTS_CUSTOMERS as MAPPING
from apatar.sync.errors import MappingError, UnreadableValueError
from apatar.sync.fitting import Fitting, NamePolicy
from apatar.sync.mapping import Direction, Field, ObjectMapping, flows
from apatar.sync.reading import name_of, read
from apatar.sync.record import Remote, Side
from apatar.sync.values import Kind, RemoteValue, Value
from apatar.sync.writing import Target, write
from tests.sync.situations import CUT_NAME, LONG_NAME, account, customer

ADDRESS: Remote = {
    "BillAddress.Addr1": "12 Main St",
    "BillAddress.Addr2": "Suite 4",
    "BillAddress.City": "Palo Alto",
    "BillAddress.Note": "ring twice",
    "BillAddressBlock.Addr1": "12 Main St",
    "Phone": "1",
}


_NEW = Target(side=Side.QUICKBOOKS, creating=True)


def to_quickbooks(values: dict[str, Value], current: Remote, *, creating: bool = False) -> dict[str, RemoteValue]:
    return write(MAPPING, Target(side=Side.QUICKBOOKS, current=current, creating=creating), values).fields


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        (Direction.BOTH, Direction.TO_SALESFORCE, Direction.TO_SALESFORCE),
        (Direction.TO_QUICKBOOKS, Direction.BOTH, Direction.TO_QUICKBOOKS),
        (Direction.BOTH, Direction.BOTH, Direction.BOTH),
        (Direction.TO_QUICKBOOKS, Direction.TO_SALESFORCE, None),
    ],
)
def test_directions_narrow_each_other(one: Direction, other: Direction, both: Direction | None) -> None:
    assert one.narrowed_by(other) is both


def test_a_direction_allows_its_target_only() -> None:
    assert Direction.TO_SALESFORCE.allows(Side.SALESFORCE)
    assert not Direction.TO_SALESFORCE.allows(Side.QUICKBOOKS)
    assert all(Direction.BOTH.allows(side) for side in Side)


def test_both_sides_read_to_the_same_values() -> None:
    ours = read(MAPPING, account(BillingStreet="12 Main St\r\nSuite 4", QuickBooks_Balance__c=Decimal(5)))
    theirs = read(
        MAPPING,
        customer(BillAddress__Addr1="12 Main St", BillAddress__Addr2="Suite 4 ", Balance="5.0", CompanyName="Acme"),
    )
    assert ours == theirs
    assert ours["billing_street"] == ("12 Main St", "Suite 4")
    assert ours["balance"] == Decimal("5.00")


def test_an_unreadable_value_names_its_field_and_side() -> None:
    with pytest.raises(
        UnreadableValueError, match=r"^Credit limit in QuickBooks holds 'much', which is not an amount\."
    ):
        read(MAPPING, customer(CreditLimit="much"))


def test_a_record_without_a_name_has_an_empty_one() -> None:
    assert name_of(MAPPING, account(name=None)) == ""
    assert name_of(MAPPING, account(name=" Acme ")) == "Acme"


def test_one_line_of_an_address_sends_the_whole_address_with_what_is_not_mapped() -> None:
    assert to_quickbooks({"billing_city": "Menlo Park"}, ADDRESS) == {
        "BillAddress.Addr1": "12 Main St",
        "BillAddress.Addr2": "Suite 4",
        "BillAddress.City": "Menlo Park",
        "BillAddress.Note": "ring twice",
    }


def test_a_shorter_street_clears_the_lines_it_no_longer_has() -> None:
    sent = to_quickbooks({"billing_street": ("12 Main St",)}, ADDRESS)
    assert sent["BillAddress.Addr2"] == ""
    assert "BillAddress.Addr3" not in sent


def test_a_street_that_was_emptied_is_cleared_line_by_line() -> None:
    sent = to_quickbooks({"billing_street": None}, ADDRESS)
    assert (sent["BillAddress.Addr1"], sent["BillAddress.Addr2"]) == ("", "")


def test_a_field_outside_an_address_is_sent_alone() -> None:
    assert to_quickbooks({"phone": None}, ADDRESS) == {"Phone": ""}


def test_a_new_record_carries_no_empty_elements() -> None:
    assert to_quickbooks({"name": "Acme", "phone": None, "billing_street": ("x",)}, {}, creating=True) == {
        "Name": "Acme",
        "BillAddress.Addr1": "x",
    }


def test_salesforce_gets_one_street_text_and_none_for_empty() -> None:
    values: dict[str, Value] = {"billing_street": ("12 Main St", "Suite 4"), "phone": None, "balance": Decimal("5.00")}
    written = write(MAPPING, Target(side=Side.SALESFORCE), values)
    assert written.fields == {
        "BillingStreet": "12 Main St\nSuite 4",
        "Phone": None,
        "QuickBooks_Balance__c": Decimal("5.00"),
    }


def test_what_was_cut_is_said_with_the_label_and_the_cut_value_is_what_will_stand_there() -> None:
    written = write(MAPPING, Target(side=Side.QUICKBOOKS), {"name": LONG_NAME})
    assert written.values == {"name": CUT_NAME}
    assert written.notes == ("Name was shortened to 41 characters.",)


def test_policy_salt_and_spelling_shape_what_goes_to_quickbooks() -> None:
    written = write(
        MAPPING,
        _NEW,
        {"name": LONG_NAME.upper(), "phone": "x"},
        fitting=Fitting(NamePolicy.SUFFIX, "001A", str.lower),
    )
    assert str(written.fields["Name"]).startswith("the very long established trading")
    assert " ~" in str(written.fields["Name"])


def test_dates_and_booleans_are_written_as_both_interfaces_take_them() -> None:
    fields = tuple(
        Field(name=kind.value, label=kind.value, kind=kind, salesforce=(f"{kind.value}__c",), quickbooks=(kind.value,))
        for kind in (Kind.DATE, Kind.BOOLEAN)
    )
    mapping = ObjectMapping(name="m", label="M", salesforce_object="A", quickbooks_object="C", fields=fields)
    written = write(mapping, Target(side=Side.QUICKBOOKS, creating=True), {"date": date(2026, 5, 4), "boolean": False})
    assert written.fields == {"date": "2026-05-04", "boolean": False}


def test_an_unknown_field_is_refused_by_name() -> None:
    with pytest.raises(MappingError, match="has no field 'colour'"):
        MAPPING.field("colour")


def test_a_field_is_open_only_where_field_mapping_and_connection_agree() -> None:
    table = {flow.field.name: flow for flow in flows(MAPPING, Direction.TO_QUICKBOOKS)}
    assert table["name"].open_to(Side.QUICKBOOKS)
    assert not table["name"].open_to(Side.SALESFORCE)
    assert not table["balance"].open_to(Side.SALESFORCE)
    one_way = replace(MAPPING, direction=Direction.TO_SALESFORCE)
    assert not any(flow.to_quickbooks for flow in flows(one_way, Direction.BOTH))


def test_mappings_that_differ_in_one_field_are_not_mistaken_for_each_other() -> None:
    shorter = replace(MAPPING, fields=(replace(MAPPING.fields[0], quickbooks_length=10), *MAPPING.fields[1:]))
    assert hash(shorter) == hash(MAPPING)
    assert len(str(write(shorter, _NEW, {"name": LONG_NAME}).fields["Name"])) <= 10
    assert len(str(write(MAPPING, _NEW, {"name": LONG_NAME}).fields["Name"])) == 41
