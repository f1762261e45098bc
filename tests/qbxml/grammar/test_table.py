"""The table of messages: complete, well-formed, and the same as the facts it was drawn from."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from apatar.qbxml import grammar
from apatar.qbxml.errors import UnknownMessage
from apatar.qbxml.grammar import Choice, Element, Kind, Particle
from apatar.qbxml.versions import FIRST, Version
from tests.shared_folder import needs_shared, shared

LISTS = [
    "Customer", "Vendor", "Employee", "OtherName", "Entity", "Account", "Terms", "StandardTerms", "DateDrivenTerms",
    "SalesRep", "CustomerType", "JobType", "Class", "PriceLevel", "SalesTaxCode", "PaymentMethod", "ShipMethod",
    "CustomerMsg", "Currency", "Template", "Company", "Host", "Preferences", "DataExtDef", "Transaction",
    "ListDeleted", "TxnDeleted",
]  # fmt: skip
ITEMS = [
    "Item", "ItemService", "ItemNonInventory", "ItemInventory", "ItemInventoryAssembly", "ItemOtherCharge",
    "ItemDiscount", "ItemGroup", "ItemSubtotal", "ItemPayment", "ItemSalesTax", "ItemSalesTaxGroup",
    "ItemFixedAsset",
]  # fmt: skip
DOCUMENTS = [
    "Estimate", "SalesOrder", "Invoice", "SalesReceipt", "CreditMemo", "ReceivePayment",
]  # fmt: skip
# Lists that QuickBooks hands out only as a whole (QBWC facts 4.5), and some that have pages.
WITHOUT_ITERATOR = [
    "Account",
    "Class",
    "SalesRep",
    "Terms",
    "PriceLevel",
    "Template",
    "ListDeleted",
    "TxnDeleted",
    "Host",
]
WITH_ITERATOR = [
    "Customer",
    "Vendor",
    "Entity",
    "Item",
    "ItemService",
    "Invoice",
    "Estimate",
    "ReceivePayment",
    "Transaction",
]


@pytest.mark.parametrize("name", LISTS + ITEMS + DOCUMENTS)
def test_every_object_of_the_product_can_be_asked_for(name: str) -> None:
    assert grammar.message(f"{name}Query").children


def test_an_unknown_message_is_refused_by_name() -> None:
    with pytest.raises(UnknownMessage, match="CustomerAd: QuickBooks has no such message"):
        grammar.message("CustomerAd")


@pytest.mark.parametrize("name", WITHOUT_ITERATOR)
def test_lists_that_come_whole_have_no_iterator(name: str) -> None:
    assert not grammar.message(f"{name}Query").iterates


@pytest.mark.parametrize("name", WITH_ITERATOR)
def test_long_lists_have_an_iterator(name: str) -> None:
    assert grammar.message(f"{name}Query").iterates


def test_terms_and_types_can_not_be_modified() -> None:
    assert not any(grammar.known(f"{name}Mod") for name in ("StandardTerms", "CustomerType", "JobType", "ShipMethod"))


def test_only_the_xsd_limits_the_repeats() -> None:
    body = grammar.message("CustomerAdd").body()
    assert body is not None
    elements = grammar.elements_of(body.children)
    contacts = grammar.elements_of(elements["Contacts"].children)

    assert elements["ShipToAddress"].most == 50
    assert elements["AdditionalContactRef"].most == 8
    assert contacts["AdditionalContactRef"].most == 5


def test_a_record_tells_its_fields_by_dotted_paths() -> None:
    record = grammar.record("Customer")
    assert record is not None
    fields = record.fields()

    assert fields["BillAddress.Addr1"].length == 41
    assert fields["TermsRef.FullName"].kind is Kind.TEXT
    assert fields["ContactsRet.FirstName"].length == 25


def test_a_record_that_the_table_lacks_is_no_error() -> None:
    assert grammar.record("VehicleMileage") is None


def test_records_that_are_alike_have_the_same_fields() -> None:
    one, other = grammar.record("JobType"), grammar.record("CustomerType")
    assert one is not None
    assert other is not None
    assert one.fields().keys() == other.fields().keys()


@needs_shared
@pytest.mark.parametrize("name", grammar.messages())
def test_order_types_lengths_and_versions_are_those_of_the_facts(name: str) -> None:
    facts = messages_of_the_facts()[f"{name}Rq"]
    message = grammar.message(name)

    assert list(of_the_table(message.children)) == list(of_the_facts(facts["children"]))
    assert message.since == Version.parse(facts.get("since", "1.0"))
    assert message.iterates == ("iterator" in facts["attributes"])
    assert message.counts == ("metaData" in facts["attributes"])


@cache
def messages_of_the_facts() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(shared("facts/qbxml_messages.json").read_text())["requests"]
    return found


Row = tuple[str, str, int | None, Version, bool]


def of_the_table(particles: tuple[Particle, ...], path: str = "") -> Iterator[Row]:
    for particle in particles:
        if isinstance(particle, Choice):
            for alternative in particle.alternatives:
                yield from of_the_table(alternative, path)
        else:
            yield row(particle, path)
            yield from of_the_table(particle.children, f"{path}{particle.name}.")


def row(element: Element, path: str) -> Row:
    length = None if element.kind is Kind.ID else element.length
    return f"{path}{element.name}", element.kind, length, element.since, element.repeats


KINDS = {
    "AGGREGATE": "group", "STRTYPE": "text", "IDTYPE": "id", "GUIDTYPE": "guid", "BOOLTYPE": "bool", "INTTYPE": "int",
    "AMTTYPE": "amount", "PRICETYPE": "price", "QUANTYPE": "quantity", "PERCENTTYPE": "percent", "FLOATTYPE": "float",
    "DATETYPE": "date", "DATETIMETYPE": "moment", "TIMEINTERVALTYPE": "interval", "ENUMTYPE": "enum",
}  # fmt: skip


def of_the_facts(children: list[dict[str, Any]], path: str = "") -> Iterator[Row]:
    for child in children:
        if child.get("choice"):
            for alternative in child["alternatives"]:
                yield from of_the_facts(alternative, path)
        elif "QBD" not in child.get("notIn", []):
            yield fact_row(child, path)
            yield from of_the_facts(child.get("children", []), f"{path}{child['name']}.")


def fact_row(child: dict[str, Any], path: str) -> Row:
    length = child.get("maxLength")
    length = length.get("QBD") if isinstance(length, dict) else length
    length = int(length) if length and child["type"] == "STRTYPE" else None
    since = Version.parse(child["since"]) if "since" in child else FIRST
    return f"{path}{child['name']}", KINDS[child["type"]], length, since, child["max"] == "unbounded"
