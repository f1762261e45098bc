"""The fields of QuickBooks' objects as people choose from them."""

import pytest

from apatar.qbxml.catalogue import CatalogueField, custom_fields, fields_of, label_of
from apatar.qbxml.grammar import Kind


def field(name: str, path: str) -> CatalogueField:
    return next(one for one in fields_of(name) if one.path == path)


@pytest.mark.parametrize(
    ("name", "path", "length", "written"),
    [
        ("Customer", "Name", 41, (True, True)),
        ("Customer", "TotalBalance", None, (False, False)),
        ("Customer", "ListID", 36, (False, False)),
        ("Customer", "BillAddress.City", 31, (True, True)),
        ("Contact", "FirstName", 25, (True, True)),
        ("MainContact", "Email", 1023, (True, True)),
        ("Invoice", "RefNumber", 11, (True, True)),
        ("Invoice", "BalanceRemaining", None, (False, False)),
        ("InvoiceLine", "Desc", 4095, (True, True)),
        ("Item", "SalesOrPurchase.Price", None, (True, True)),
    ],
)
def test_a_field_is_as_long_and_as_writable_as_the_messages_say(
    name: str, path: str, length: int | None, written: tuple[bool, bool]
) -> None:
    found = field(name, path)
    assert (found.length, (found.addable, found.modable)) == (length, written)


def test_a_picklist_brings_its_values() -> None:
    assert "Awarded" in field("Customer", "JobStatus").values


def test_a_field_of_some_kinds_of_item_names_them() -> None:
    assert "ItemInventory" in field("Item", "AssetAccountRef.FullName").variants
    assert field("Item", "Name").variants == ()


def test_versions_are_those_of_the_whole_path() -> None:
    assert str(field("Customer", "BillAddress.Addr5").since) == "6.0"
    assert str(field("Customer", "ClassRef.FullName").since) == "12.0"


@pytest.mark.parametrize("name", ["Customer", "ReceivePayment", "SalesReceipt"])
def test_numbers_of_credit_cards_are_not_offered(name: str) -> None:
    assert [one.path for one in fields_of(name) if "CreditCard" in one.path] == []


def test_an_object_that_the_grammar_lacks_has_no_fields() -> None:
    assert fields_of("Wombat") == ()


def test_a_custom_field_is_a_field_like_others() -> None:
    [found] = custom_fields(["Colour"])
    assert (found.path, found.label, found.kind, found.addable) == ("DataExt.Colour", "Colour", Kind.TEXT, True)


@pytest.mark.parametrize(
    ("path", "label"),
    [("BillAddress.City", "Billing address city"), ("TermsRef.FullName", "Terms"), ("FullName", "Full name"),
     ("PONumber", "PO number"), ("TxnDate", "Transaction date"), ("RefNumber", "Reference number")],
)  # fmt: skip
def test_paths_are_said_in_words(path: str, label: str) -> None:
    assert label_of(path) == label
